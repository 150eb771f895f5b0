"""Skeletons of passes and ops for those who work on nnopt: `nnopt new-pass`, `nnopt new-op`."""
