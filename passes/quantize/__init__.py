"""From a real-valued graph to a quantized one: calibration, insertion, folding."""

QUANTIZED_PIPELINE: tuple[str, ...] = ("fold-qdq", "verify-quantized")
"""The passes, by name, that turn a graph with quantizers into one on quantized numbers.

A float graph gets its quantizers from `calibrate` and `insert-quantizers` before.
"""
