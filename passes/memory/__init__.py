"""Where every tensor lives: placement in one pool."""
