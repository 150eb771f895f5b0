"""Normalizations: batch (with statistics of the training), layer and instance."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import constant_like, real_operand
from .importer import shape_of
from .layout import reshape
from .model import Node
from .reduction import reduce
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


@handler("BatchNormalization", since=7)
def batch_normalization(ctx: "Importer", node: Node) -> Result:
    """Inputs: X (N, C, …), scale, B, mean, var of size C. Only the first output, only inference."""
    if node.int_("training_mode", 0):
        raise node.error("training_mode is not supported", "export the model for inference")
    if node.int_("spatial", 1) == 0:
        raise node.error("spatial = 0 is not supported")
    x = real_operand(ctx, node, 0)
    scale, bias, mean, variance = (real_operand(ctx, node, i) for i in range(1, 5))
    epsilon = node.float_("epsilon", 1e-5)
    return ctx.add(nn.BatchNormOp(x, scale, bias, mean, variance, epsilon=epsilon, axis=1))


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
