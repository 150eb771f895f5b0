"""Accuracy of the benchmark models in every scheme, on whole test splits."""
