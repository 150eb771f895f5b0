"""Passes on the graph of tensor operations, before and after quantization."""

GRAPH_PIPELINE: tuple[str, ...] = (
    "fold-constants",
    "canonicalize-graph",
    "propagate-layout",
    "canonicalize-graph",
    "fold-batch-norm",
    "fold-bias",
    "fuse-activation",
    "fold-pad",
    "fold-constants",
    "canonicalize-graph",
    "cse",
    "form-layer-norm",
    "dce",
)
"""The passes between import and quantization or lowering, in order.

`propagate-layout` comes before the folding passes, because it takes the transposes out from between
a layer and the batch normalization, bias or activation after it. `cse` and `dce` are xDSL's own.
`native-io` is not among them: it comes last, when it is known how the ends are quantized.
"""
