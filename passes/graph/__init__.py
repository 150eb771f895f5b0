"""Passes on the graph level, one per file: folding, fusion, layout."""
