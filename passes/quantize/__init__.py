"""From a real-valued graph to a quantized one: calibration, insertion, folding."""
