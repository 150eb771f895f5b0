"""C headers and board support that compiled networks are built with."""
