"""Passes between levels of the same dialects, grouped by what they decide."""
