"""From loops to C source text."""
