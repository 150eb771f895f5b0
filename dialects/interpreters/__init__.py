"""Numpy implementations of every op: the executable specification of the dialects."""
