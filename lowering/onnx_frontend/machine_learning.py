"""Operators of the domain ai.onnx.ml that come with perceptrons of scikit-learn.

Rules: https://onnx.ai/onnx/operators/index_ml.html
"""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32

from ...dialects import nn
from .elementwise import constant_like, real_operand
from .importer import is_real, shape_of
from .indexing import check_indices, take
from .logic import absolute, compare
from .model import Array, Node
from .reduction import reduce
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer

DOMAIN = "ai.onnx.ml"


def _floats(node: Node, name: str, default: float, features: int) -> Array:
    """A list of one number, or of one for each feature, as float32."""
    value = node.attributes.get(name)
    given = value if isinstance(value, tuple) and value else (default,)
    if not all(isinstance(item, float | int) for item in given):
        raise node.error(f"attribute '{name}' is not a list of numbers")
    if len(given) not in (1, features):
        raise node.error(f"attribute '{name}' has {len(given)} numbers for {features} features")
    return np.array(given, np.float32)


@handler("Scaler", domain=DOMAIN)
def scaler(ctx: "Importer", node: Node) -> Result:
    """(x - offset) * scale, one of each for all features or for each."""
    x = ctx.operand(node, 0)
    if not is_real(x):
        x = ctx.add(nn.CastOp(x, f32))
    shape = shape_of(x)
    features = shape[-1] if shape else 1
    offset = ctx.build(_floats(node, "offset", 0.0, features))
    scale = ctx.build(_floats(node, "scale", 1.0, features))
    return ctx.add(nn.MulOp(ctx.add(nn.SubOp(x, offset)), scale))


@handler("ArrayFeatureExtractor", domain=DOMAIN)
def array_feature_extractor(ctx: "Importer", node: Node) -> Result:
    """The columns (last axis) that a list of indices names; of a list, a row of them."""
    x, indices = ctx.operand(node, 0), ctx.try_constant(node, 1)
    dims = shape_of(x)
    axis = len(dims) - 1
    check_indices(node, indices, dims[axis], axis)
    if indices is not None:
        taken = take(ctx, x, indices.reshape(-1), axis)
    else:
        places = ctx.operand(node, 1)
        count = int(np.prod(shape_of(places)))
        flat = ctx.add(nn.ReshapeOp(places, (count,)))
        taken = ctx.add(nn.GatherOp(x, flat, axis))
    return ctx.add(nn.ReshapeOp(taken, (1, *shape_of(taken)))) if len(dims) == 1 else taken


@handler("Normalizer", domain=DOMAIN)
def normalizer(ctx: "Importer", node: Node) -> Result:
    """Each row divided by its norm: the largest element (MAX), L1 or L2."""
    x = real_operand(ctx, node, 0)
    axis, kind = len(shape_of(x)) - 1, node.string("norm", "MAX")
    if kind == "MAX":
        norm = reduce(ctx, x, "max", (axis,))
    elif kind == "L1":
        norm = reduce(ctx, absolute(ctx, x), "sum", (axis,))
    elif kind == "L2":
        norm = ctx.add(nn.SqrtOp(reduce(ctx, ctx.add(nn.MulOp(x, x)), "sum", (axis,))))
    else:
        raise node.error(f"its norm is '{kind}', but must be MAX, L1 or L2")
    return ctx.add(nn.DivOp(x, norm))


@handler("Binarizer", domain=DOMAIN)
def binarizer(ctx: "Importer", node: Node) -> Result:
    """1 where an element is greater than the threshold, else 0."""
    x = real_operand(ctx, node, 0)
    threshold = constant_like(ctx, node.float_("threshold", 0.0))
    return ctx.add(nn.CastOp(compare(ctx, "gt", x, threshold), f32))
