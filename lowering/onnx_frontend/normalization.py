"""Normalizations: batch (with statistics of the training), layer and instance."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import constant_like, real_operand
from .importer import shape_of
from .layout import reshape
from .logic import absolute, compare, where
from .model import Node
from .reduction import reduce
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


@handler("BatchNormalization", since=7)
def batch_normalization(ctx: "Importer", node: Node) -> Result:
    """Inputs: X (N, C, …), scale, B, mean, var of size C. Outputs 1 and 2 are the running mean and
    variance; training_mode computes with those of X.
    """
    if node.int_("spatial", 1) == 0:
        raise node.error("spatial = 0 is not supported")
    x = real_operand(ctx, node, 0)
    scale, bias, mean, variance = (real_operand(ctx, node, i) for i in range(1, 5))
    epsilon = node.float_("epsilon", 1e-5)
    if node.int_("training_mode", 0):
        return _training(ctx, node, x, (scale, bias, mean, variance))
    if all(ctx.try_constant(node, i) is not None for i in range(1, 5)):
        return ctx.add(nn.BatchNormOp(x, scale, bias, mean, variance, epsilon=epsilon, axis=1))
    along = (-1, *(1,) * (len(shape_of(x)) - 2))
    size = (shape_of(scale)[0], *along[1:])
    scale, bias, mean, variance = (reshape(ctx, v, size) for v in (scale, bias, mean, variance))
    deviation = ctx.add(nn.SqrtOp(ctx.add(nn.AddOp(variance, constant_like(ctx, epsilon)))))
    factor = ctx.add(nn.DivOp(scale, deviation))
    return ctx.add(nn.AddOp(ctx.add(nn.MulOp(ctx.add(nn.SubOp(x, mean)), factor)), bias))


def _training(
    ctx: "Importer", node: Node, x: SSAValue, given: tuple[SSAValue, SSAValue, SSAValue, SSAValue]
) -> Result:
    """Normalization by the statistics of X, and running ones: a weighted sum of old and new."""
    scale, bias, old_mean, old_variance = given
    rank, share = len(shape_of(x)), node.float_("momentum", 0.9)
    axes = tuple(axis for axis in range(rank) if axis != 1)
    size = (shape_of(scale)[0], *(1,) * (rank - 2))
    result, mean, _ = _normalized(ctx, x, axes, node.float_("epsilon", 1e-5))
    centred = ctx.add(nn.SubOp(x, mean))
    variance = reduce(ctx, ctx.add(nn.MulOp(centred, centred)), "mean", axes)
    product = ctx.add(nn.MulOp(result, reshape(ctx, scale, size)))

    def running(old: SSAValue, new: SSAValue) -> SSAValue:
        kept = ctx.add(nn.MulOp(old, constant_like(ctx, share)))
        added = ctx.add(nn.MulOp(reshape(ctx, new, size[:1]), constant_like(ctx, 1 - share)))
        return ctx.add(nn.AddOp(kept, added))

    return [
        ctx.add(nn.AddOp(product, reshape(ctx, bias, size))),
        running(old_mean, mean),
        running(old_variance, variance),
    ]


def _normalized(
    ctx: "Importer", x: SSAValue, axes: tuple[int, ...], epsilon: float
) -> tuple[SSAValue, SSAValue, SSAValue]:
    """(x - mean) / sqrt(variance + epsilon) over axes, with the mean and 1 / sqrt(…)."""
    mean = reduce(ctx, x, "mean", axes)
    centred = ctx.add(nn.SubOp(x, mean))
    variance = reduce(ctx, ctx.add(nn.MulOp(centred, centred)), "mean", axes)
    deviation = ctx.add(nn.SqrtOp(ctx.add(nn.AddOp(variance, constant_like(ctx, epsilon)))))
    inverse = ctx.add(nn.ReciprocalOp(deviation))
    return ctx.add(nn.MulOp(centred, inverse)), mean, inverse


@handler("LayerNormalization")
def layer_normalization(ctx: "Importer", node: Node) -> Result:
    """Inputs: X, scale, optional bias, both broadcast over the dimensions from `axis` on.

    ONNX has it since opset 17; onnxruntime accepts it in older models as well.
    """
    x = real_operand(ctx, node, 0)
    rank = len(shape_of(x))
    axes = tuple(range(node.axis("axis", -1, rank), rank))
    result, mean, inverse = _normalized(ctx, x, axes, node.float_("epsilon", 1e-5))
    result = ctx.add(nn.MulOp(result, real_operand(ctx, node, 1)))
    if node.has_input(2):
        result = ctx.add(nn.AddOp(result, real_operand(ctx, node, 2)))
    return [result, mean, inverse]


@handler("InstanceNormalization", since=6)
def instance_normalization(ctx: "Importer", node: Node) -> Result:
    """Inputs: X (N, C, …), scale (C), B (C); over the spatial dimensions."""
    x = real_operand(ctx, node, 0)
    rank = len(shape_of(x))
    if rank < 3:
        raise node.error(f"its input has {rank} dimensions, at least 3 are needed")
    result, _, _ = _normalized(ctx, x, tuple(range(2, rank)), node.float_("epsilon", 1e-5))
    along = (-1, *(1,) * (rank - 2))

    def per_channel(index: int) -> SSAValue:
        value = ctx.value(node, index)
        if isinstance(value, np.ndarray):
            return ctx.build(value.reshape(along), node.inputs[index], "channels")
        size = ctx.shape(node, index)[0]
        return reshape(ctx, real_operand(ctx, node, index), (size, *along[1:]))

    return ctx.add(nn.AddOp(ctx.add(nn.MulOp(result, per_channel(1))), per_channel(2)))


@handler("LpNormalization")
def lp_normalization(ctx: "Importer", node: Node) -> Result:
    """X divided by its p-norm along an axis; 0 where that is 0."""
    x = real_operand(ctx, node, 0)
    axis = (node.axis("axis", -1, len(shape_of(x))),)
    if node.int_("p", 2) == 1:
        norm = reduce(ctx, absolute(ctx, x), "sum", axis)
    else:
        norm = ctx.add(nn.SqrtOp(reduce(ctx, ctx.add(nn.MulOp(x, x)), "sum", axis)))
    zero = constant_like(ctx, 0.0)
    empty = compare(ctx, "eq", norm, zero)
    return where(ctx, empty, zero, ctx.add(nn.DivOp(x, norm)))


@handler("LRN")
def local_response_normalization(ctx: "Importer", node: Node) -> Result:
    """X / (bias + alpha / size * sum of squares of the neighbouring channels) ** beta."""
    x = real_operand(ctx, node, 0)
    size, rank = node.int_("size", 1), len(shape_of(x))
    pads = [0] * (2 * rank)
    pads[1], pads[rank + 1] = (size - 1) // 2, size // 2
    squares = ctx.add(nn.PadOp(ctx.add(nn.MulOp(x, x)), pads))
    parts = [
        ctx.add(
            nn.SliceOp(squares, [k if d == 1 else 0 for d in range(rank)], shape_of(x), [1] * rank)
        )
        for k in range(size)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = ctx.add(nn.AddOp(total, part))
    factor = constant_like(ctx, node.float_("alpha", 1e-4) / size)
    base = ctx.add(
        nn.AddOp(ctx.add(nn.MulOp(total, factor)), constant_like(ctx, node.float_("bias", 1.0)))
    )
    power = ctx.add(nn.PowOp(base, constant_like(ctx, node.float_("beta", 0.75))))
    return ctx.add(nn.DivOp(x, power))
