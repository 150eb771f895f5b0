"""Building a compiled package and running it on the host or on an emulated board."""
