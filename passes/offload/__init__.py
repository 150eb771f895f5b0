"""Accelerators: what they claim of a network, and who decides that they get it."""
