"""Packages for the build systems of others, and new projects: `nnopt package`, `nnopt init`."""
