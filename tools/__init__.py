"""Command-line tools: nnopt, nnopt-opt, and what they share."""
