"""`nnopt train`: from an experiment in TOML to a table of accuracy, RAM, flash and instructions.

Only `framework.py` names PyTorch, and loads it when training starts.
"""
