"""`nnopt quantize-report`: which layers lose accuracy when quantized, why, and what would help."""
