"""The passes of `nnopt.lowering`, by name.

Each line maps a pass name to its module, relative to `nnopt.lowering`, and its class. The module is
imported when the pass is asked for, so that a long list costs nothing at start-up.
"""

PASSES: dict[str, tuple[str, str]] = {
    "drop-channels": ("integer.drop_channels", "DropChannelsPass"),
    "lower-kernels": ("kernels.lower_kernels", "LowerKernelsPass"),
    "lower-quantized": ("integer.lower_quantized", "LowerQuantizedPass"),
    "merge-rescales": ("integer.merge_rescales", "MergeRescalesPass"),
    "round-exactly": ("integer.round_exactly", "RoundExactlyPass"),
    "uniform-shifts": ("integer.uniform_shifts", "UniformShiftsPass"),
    "verify-integer": ("integer.verify_integer", "VerifyIntegerPass"),
}
