"""Which algorithm, loop order and register block each op uses."""
