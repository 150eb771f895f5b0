"""Lowering between dialects: ONNX to nn, quantized to integer, kernels to loops, loops to C."""
