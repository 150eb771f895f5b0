"""From quantized tensors to plain integers with every rescale explicit."""

INTEGER_PIPELINE: tuple[str, ...] = (
    "lower-quantized",
    "drop-channels",
    "merge-rescales",
    "round-exactly",
    "uniform-shifts",
    "verify-integer",
)
"""The passes, by name, that turn a quantized graph into an integer graph."""
