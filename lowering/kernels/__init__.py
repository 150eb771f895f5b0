"""From kernels to loops."""
