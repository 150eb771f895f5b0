"""Analyses that passes share: they look at IR, and change nothing."""
