"""Functions of one element that are no activations. Of bytes, each is a table made here."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from xdsl.ir import SSAValue

from ...dialects import nn
from ...dialects.fixed_point import apply_scale
from ...dialects.gemmlowp import inverse_root
from .activation import Ints, rescaled, table_of_integers, table_of_reals
from .arithmetic import multiplier_and_exponent, rescale
from .importer import Result, is_real
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

_REAL_FUNCTIONS: dict[str, Callable[[SSAValue], Any]] = {
    "FLOOR": nn.FloorOp,
    "CEIL": nn.CeilOp,
    "NEG": nn.NegateOp,
    "ROUND": nn.RoundOp,
    "SIN": nn.SinOp,
    "COS": nn.CosOp,
}


@handler(*_REAL_FUNCTIONS)
def real_function(ctx: "Importer", op: Operator) -> Result:
    """Functions of reals."""
    return ctx.add(_REAL_FUNCTIONS[op.kind](_real(ctx, op)))


def _real(ctx: "Importer", op: Operator) -> SSAValue:
    x = ctx.value(op, 0)
    if not is_real(x):
        raise op.error("of integers it is not supported")
    return x


@handler("EXP")
def exponential(ctx: "Importer", op: Operator) -> Result:
    """E to the power of x."""
    x = ctx.value(op, 0)
    return ctx.add(nn.ExpOp(x)) if is_real(x) else table_of_reals(ctx, op, np.exp)


@handler("SQUARE")
def square(ctx: "Importer", op: Operator) -> Result:
    """X times x; of reals only."""
    x = _real(ctx, op)
    return ctx.add(nn.MulOp(x, x))


@handler("ABS")
def absolute(ctx: "Importer", op: Operator) -> Result:
    """The magnitude; of bytes rescaled where the scales differ."""
    x = ctx.value(op, 0)
    if is_real(x) or not ctx.is_quantized(ctx.tensor(op, 0)):
        return ctx.add(nn.MaximumOp(x, ctx.add(nn.NegateOp(x))))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    same, factor = source.scale == target.scale, float(source.scale / target.scale)
    return table_of_integers(ctx, op, lambda n: np.abs(n) if same else rescaled(np.abs(n), factor))


@handler("LOG")
def logarithm(ctx: "Importer", op: Operator) -> Result:
    """The natural logarithm; of bytes the least number where there is none."""
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(nn.LogOp(x))
    target, (least, _) = ctx.encoding(op, ctx.output(op)), ctx.limits(op)
    lowest = float(np.float32(least - target.zero_point) * target.scale)

    def function(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(v > 0, np.log(np.where(v > 0, v, 1.0)), lowest)

    return table_of_reals(ctx, op, function)


@handler("SQRT")
def root(ctx: "Importer", op: Operator) -> Result:
    """The square root; of bytes rounded down, 0 for those below 0 (TFLite refuses to run)."""
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(nn.SqrtOp(x))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))

    def function(numbers: Ints) -> Ints:
        reals = source.scale * np.maximum(numbers, 0).astype(np.float32)
        return (np.sqrt(reals) / target.scale).astype(np.int64)

    return table_of_integers(ctx, op, function)


ROOT_BITS = 20
"""How many bits behind the point a reciprocal root has before it is rescaled."""


@handler("RSQRT")
def reciprocal_root(ctx: "Importer", op: Operator) -> Result:
    """1 / sqrt(x); of bytes the largest number for 0 and below (TFLite refuses to run there)."""
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(nn.ReciprocalOp(ctx.add(nn.SqrtOp(x))))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    factor = 1.0 / float(np.sqrt(source.scale) * target.scale)
    multiplier, exponent = multiplier_and_exponent(factor)

    def function(numbers: Ints) -> Ints:
        found = np.full(numbers.shape, 1 << 16, np.int64)
        for place, number in enumerate(numbers.tolist()):
            if number > 0:
                inverse, shift = inverse_root(number)
                fine = apply_scale(1, inverse, 31 + shift - ROOT_BITS, "double")
                found[place] = int(
                    apply_scale(fine, multiplier, 31 - exponent + ROOT_BITS, "double")
                )
        return found

    rescale(factor)  # refuses what is not finite or too large
    return table_of_integers(ctx, op, function)


@handler("GELU")
def gelu(ctx: "Importer", op: Operator) -> Result:
    """X times the share of a normal distribution below x, or an approximation of it by tanh."""
    x, near = ctx.value(op, 0), op.bool_("Approximate")
    if not is_real(x):
        return table_of_reals(ctx, op, _gelu_by_tanh if near else _gelu)
    if not near:
        return ctx.add(nn.GeluOp(x))
    cube = ctx.add(nn.MulOp(x, ctx.add(nn.MulOp(x, x))))
    inner = ctx.add(nn.AddOp(x, ctx.add(nn.MulOp(cube, _number(ctx, CUBIC)))))
    angle = ctx.add(nn.TanhOp(ctx.add(nn.MulOp(inner, _number(ctx, SLOPE)))))
    half = ctx.add(nn.MulOp(x, _number(ctx, 0.5)))
    return ctx.add(nn.MulOp(half, ctx.add(nn.AddOp(angle, _number(ctx, 1.0)))))


CUBIC, SLOPE = 0.044715, math.sqrt(2 / math.pi)
"""Of the approximation of a normal distribution by tanh(SLOPE * (x + CUBIC * x**3))."""


def _number(ctx: "Importer", value: float) -> SSAValue:
    return ctx.constant(np.array(value, np.float32))


def _gelu(v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every product is rounded to float, as in TFLite."""
    x = v.astype(np.float32)
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    share = erfc((x * np.float32(-math.sqrt(0.5))).astype(np.float64)).astype(np.float32)
    return (np.float32(0.5) * x * share).astype(np.float64)


def _gelu_by_tanh(v: NDArray[np.float64]) -> NDArray[np.float64]:
    x = v.astype(np.float32)
    inner = np.float32(SLOPE) * (x + np.float32(CUBIC) * x * x * x)
    angle = np.tanh(inner.astype(np.float64)).astype(np.float32)
    return (np.float32(0.5) * x * (np.float32(1) + angle)).astype(np.float64)
