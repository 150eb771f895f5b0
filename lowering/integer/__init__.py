"""From quantized tensors to plain integers with every rescale explicit."""
