"""The `nn` dialect: what a network computes."""
