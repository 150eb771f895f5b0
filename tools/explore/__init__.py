"""`nnopt explore`: the front of accuracy, cycles, RAM and flash over the compiler's options."""
