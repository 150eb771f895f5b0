"""Quantization whose scales and zero points are known only at run time, and exact integer products.

Constant scales become types (`quantization.py`); these here become arithmetic, as ONNX defines it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import IntegerType, i16
from xdsl.ir import SSAValue
from xdsl.utils.hints import isa

from ...dialects import fxp, nn
from .geometry import window_axes
from .importer import ELEMENT_TYPES, element_type_of, is_real, shape_of
from .indexing import take
from .layout import reshape
from .logic import as_real
from .model import Node
from .onnx_api import DTYPES
from .registry import handler
from .values import Result
from .volume import convolve as convolve_volume
from .volume import three_axes, volume_first, volume_last

if TYPE_CHECKING:
    from .importer import Importer


def spread(
    ctx: "Importer", node: Node, value: SSAValue, shape: Sequence[int], axis: int
) -> SSAValue:
    """A scale or zero point, per tensor, per axis or per block, so that it broadcasts to shape."""
    found = shape_of(value)
    if int(np.prod(found)) == 1:
        return reshape(ctx, value, ())
    axis = node.normalize_axes((axis,), len(shape))[0]
    if len(found) == 1:
        return reshape(ctx, value, [found[0] if d == axis else 1 for d in range(len(shape))])
    block = node.int_("block_size", 0)
    if not block or len(found) != len(shape):
        raise node.error(f"scales of shape {list(found)} do not fit {list(shape)}")
    return take(ctx, value, np.arange(shape[axis]) // block, axis)


def dequantize(ctx: "Importer", node: Node, indices: tuple[int, int, int], axis: int) -> SSAValue:
    """(x - zero point) * scale of the inputs at these places, in f32."""
    x = ctx.operand(node, indices[0])
    result = as_real(ctx, x)
    if node.has_input(indices[2]):
        zero = as_real(ctx, ctx.operand(node, indices[2]))
        result = ctx.add(nn.SubOp(result, spread(ctx, node, zero, shape_of(x), axis)))
    scale = ctx.operand(node, indices[1])
    if not is_real(scale):
        raise node.error("scales must be float32")
    return ctx.add(nn.MulOp(result, spread(ctx, node, scale, shape_of(x), axis)))


def quantize(
    ctx: "Importer", node: Node, x: SSAValue, indices: tuple[int, int], axis: int
) -> SSAValue:
    """round(x / scale) + zero point, saturated to the type of the zero point."""
    target = ELEMENT_TYPES.get(DTYPES.get(node.int_("output_dtype", 2), np.dtype(np.uint8)))
    scale = ctx.operand(node, indices[0])
    if not is_real(x) or not is_real(scale):
        raise node.error("only float32 is supported")
    quotient = ctx.add(nn.DivOp(x, spread(ctx, node, scale, shape_of(x), axis)))
    rounded = ctx.add(nn.RoundOp(quotient))
    if node.has_input(indices[1]):
        zero = ctx.operand(node, indices[1])
        target = element_type_of(zero)
        moved = spread(ctx, node, as_real(ctx, zero), shape_of(x), axis)
        rounded = ctx.add(nn.AddOp(rounded, moved))
    if not isa(target, IntegerType):
        raise node.error("the element type it quantizes to is not supported")
    low, high = fxp.integer_range(target)
    return ctx.add(nn.CastOp(ctx.add(nn.ClampOp(rounded, low, high)), target))


def _centred(ctx: "Importer", node: Node, index: int, zero: int, axis: int) -> SSAValue:
    """An 8-bit input minus its zero point, as i16."""
    value = ctx.operand(node, index)
    x = ctx.add(nn.CastOp(value, i16))
    if not node.has_input(zero):
        return x
    offset = ctx.add(nn.CastOp(ctx.operand(node, zero), i16))
    return ctx.add(nn.SubOp(x, spread(ctx, node, offset, shape_of(x), axis)))


@handler("MatMulInteger", since=10)
def matmul_integer(ctx: "Importer", node: Node) -> Result:
    """The exact product of 8-bit matrices less their zero points, in 32 bits."""
    rank = len(ctx.shape(node, 0))
    a = _centred(ctx, node, 0, 2, max(rank - 2, 0))
    b = _centred(ctx, node, 1, 3, len(ctx.shape(node, 1)) - 1)
    if rank < 2 or len(shape_of(b)) < 2:
        raise node.error("its operands must have at least two dimensions")
    return ctx.add(nn.MatmulOp(a, b))


@handler("ConvInteger", since=10)
def conv_integer(ctx: "Importer", node: Node) -> Result:
    """The exact convolution of 8-bit tensors less their zero points, in 32 bits."""
    x, w = _centred(ctx, node, 0, 2, 1), _centred(ctx, node, 1, 3, 0)
    rank = len(shape_of(x))
    axes = three_axes(window_axes(node, shape_of(x)[2:], shape_of(w)[2:]))
    filters = volume_last(ctx, w)
    bias = ctx.build(np.zeros(shape_of(w)[0], np.int32))
    groups = node.int_("group", 1)
    result = convolve_volume(ctx, volume_last(ctx, x), filters, bias, axes, groups)
    return volume_first(ctx, result, rank)
