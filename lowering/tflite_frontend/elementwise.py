"""Sums, differences and products of two tensors that broadcast."""

import math
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from ...dialects.fixed_point import requantize
from .arithmetic import Rescale, rescale
from .importer import Result, is_real
from .model import Operator, Tensor
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

REAL = {
    "ADD": nn.AddOp,
    "SUB": nn.SubOp,
    "MUL": nn.MulOp,
    "DIV": nn.DivOp,
    "MAXIMUM": nn.MaximumOp,
    "MINIMUM": nn.MinimumOp,
    "POW": nn.PowOp,
}
"""The operation on reals, by builtin operator."""


@handler("ADD", "SUB")
def add_or_sub(ctx: "Importer", op: Operator) -> Result:
    """Quantized: both operands in steps of 2**-20 (2**-15 for 16 bits) of twice the coarser scale,
    each rounded; then their sum is rescaled.
    """
    if not _is_quantized(ctx, op):
        return _plain(ctx, op)
    tensors = [ctx.tensor(op, index) for index in (0, 1)]
    scales = [ctx.encoding(op, tensor).scale for tensor in tensors]
    left = 15 if tensors[0].type_name == "INT16" else 20
    if left == 15 and op.bool_("PotScaleInt16", True) and _powers_of_two(ctx, op, tensors):
        raise op.error("sums of 16-bit numbers in steps of powers of two are not supported")
    twice = 2 * np.float64(max(scales))
    terms = [
        _term(ctx, op, index, left, rescale(float(np.float64(scales[index]) / twice)))
        for index in (0, 1)
    ]
    target = np.float64(ctx.encoding(op, ctx.output(op)).scale)
    total = ctx.add(REAL[op.kind](*terms))
    scaling = rescale(float(twice / (np.float64(1 << left) * target)))
    return ctx.requantize(op, total, scaling, ends=ctx.activation(op))


def _term(ctx: "Importer", op: Operator, index: int, left: int, scaling: Rescale) -> SSAValue:
    """One operand in common fine steps."""
    tensor = ctx.tensor(op, index)
    zero_point = ctx.encoding(op, tensor).zero_point
    wide = ctx.add(fxp.WidenOp(ctx.value(op, index), zero_point, 1 << left))
    multiplier, shift = int(scaling.multipliers[0]), int(scaling.shifts[0])
    assert tensor.dtype is not None
    info = np.iinfo(tensor.dtype)
    ends = (np.array([info.min, info.max], np.int64) - zero_point) << left
    low, high = requantize(ends, multiplier, shift, rounding="double").tolist()
    return ctx.add(
        fxp.RequantizeOp(
            wide,
            multiplier,
            shift,
            element_type=i32,
            rounding="double",
            min_value=low,
            max_value=high,
        )
    )


@handler("MUL")
def mul(ctx: "Importer", op: Operator) -> Result:
    """Quantized: the product of the centred integers, rescaled; the factor is a float."""
    if not _is_quantized(ctx, op):
        return _plain(ctx, op)
    encodings = [ctx.encoding(op, ctx.tensor(op, index)) for index in (0, 1)]
    target = ctx.encoding(op, ctx.output(op))
    factors = [ctx.add(fxp.WidenOp(ctx.value(op, i), encodings[i].zero_point)) for i in (0, 1)]
    real = float(encodings[0].scale * encodings[1].scale / target.scale)
    product = ctx.add(nn.MulOp(*factors))
    return ctx.requantize(op, product, rescale(real), ends=ctx.activation(op))


@handler("DIV")
def div(ctx: "Importer", op: Operator) -> Result:
    """Of reals only."""
    if not is_real(ctx.value(op, 0)):
        raise op.error("quotients of integers are not supported")
    return _plain(ctx, op)


@handler("POW", "FLOOR_DIV")
def of_reals(ctx: "Importer", op: Operator) -> Result:
    """A power; a quotient rounded down. Of reals only."""
    a, b = ctx.value(op, 0), ctx.value(op, 1)
    if not is_real(a):
        raise op.error("of integers it is not supported")
    if op.kind == "POW":
        return ctx.add(nn.PowOp(a, b))
    return ctx.add(nn.FloorOp(ctx.add(nn.DivOp(a, b))))


@handler("ADD_N")
def add_n(ctx: "Importer", op: Operator) -> Result:
    """The sum of any number of tensors, from the first on; not of quantized ones."""
    if ctx.is_quantized(ctx.tensor(op, 0)):
        raise op.error("of quantized numbers it is not supported")
    total = ctx.value(op, 0)
    for index in range(1, len(op.inputs)):
        total = ctx.add(nn.AddOp(total, ctx.value(op, index)))
    return total


@handler("SQUARED_DIFFERENCE")
def squared_difference(ctx: "Importer", op: Operator) -> Result:
    """Quantized: both operands in steps of 2**-7 of twice the coarser scale, each rounded; the
    square of their difference is rescaled.
    """
    if not _is_quantized(ctx, op):
        difference = ctx.add(nn.SubOp(ctx.value(op, 0), ctx.value(op, 1)))
        return ctx.add(nn.MulOp(difference, difference))
    tensors = [ctx.tensor(op, index) for index in (0, 1)]
    if any(tensor.type_name != "INT8" for tensor in tensors):
        raise op.error(f"of elements of {tensors[0].type_name} it is not supported")
    scales = [ctx.encoding(op, tensor).scale for tensor in tensors]
    left, twice = 7, 2 * np.float64(max(scales))
    terms = [
        _term(ctx, op, index, left, rescale(float(np.float64(scales[index]) / twice)))
        for index in (0, 1)
    ]
    difference = ctx.add(nn.SubOp(*terms))
    target = np.float64(ctx.encoding(op, ctx.output(op)).scale)
    scaling = rescale(float(twice * twice / (np.float64(1 << 2 * left) * target)))
    return ctx.requantize(op, ctx.add(nn.MulOp(difference, difference)), scaling)


@handler("MAXIMUM", "MINIMUM")
def extreme(ctx: "Importer", op: Operator) -> Result:
    """The larger or smaller element; integers as they are stored."""
    if _is_quantized(ctx, op):
        ctx.same_encoding(op, 0)
        ctx.same_encoding(op, 1)
    return ctx.add(REAL[op.kind](ctx.value(op, 0), ctx.value(op, 1)))


def _is_quantized(ctx: "Importer", op: Operator) -> bool:
    return ctx.is_quantized(ctx.tensor(op, 0))


def _plain(ctx: "Importer", op: Operator) -> SSAValue:
    """On reals or plain integers."""
    a, b = ctx.value(op, 0), ctx.value(op, 1)
    if is_real(a):
        return ctx.add(REAL[op.kind](a, b, **ctx.real_activation(op)))
    if ctx.activation(op) != (-math.inf, math.inf):
        raise op.error("a fused activation on plain integers is not supported")
    return ctx.add(REAL[op.kind](a, b))


def _powers_of_two(ctx: "Importer", op: Operator, tensors: list[Tensor]) -> bool:
    scales = [ctx.encoding(op, tensor).scale for tensor in (*tensors, ctx.output(op))]
    return all(abs(math.log2(s) - round(math.log2(s))) < 1e-3 for s in map(float, scales))
