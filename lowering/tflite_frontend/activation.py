"""Functions of one element. Of 8-bit integers, each is a table that is computed here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from ...dialects.fixed_point import apply_scale
from ...dialects.gemmlowp import round_shift
from .arithmetic import ACTIVATIONS, Rescale, multiplier_and_exponent, rescale, table
from .importer import Result, is_real
from .model import Operator, Quantization
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

Ints = NDArray[np.int64]

_RELUS = {"RELU": "RELU", "RELU6": "RELU6", "RELU_N1_TO_1": "RELU_N1_TO_1"}


@handler("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1")
def relu(ctx: "Importer", op: Operator) -> Result:
    """A clamp; quantized, with a rescale (QuantizedReluX)."""
    x = ctx.value(op, 0)
    ends = ACTIVATIONS[_RELUS[op.kind]] if op.kind in _RELUS else (0.0, 1.0)
    if is_real(x):
        return ctx.add(nn.ClampOp(x, *ends))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    # the factor is a quotient of floats
    scaling = rescale(float(source.scale / target.scale))
    return ctx.requantize(op, x, scaling, ends=ends, input_zero_point=source.zero_point)


def table_of_integers(ctx: "Importer", op: Operator, function: Callable[[Ints], Ints]) -> SSAValue:
    """A table of a function of the centred integers that gives centred integers."""
    tensor, output = ctx.tensor(op, 0), ctx.output(op)
    source, target = ctx.encoding(op, tensor), ctx.encoding(op, output)
    info = _byte(op, tensor.dtype)
    _byte(op, output.dtype)
    numbers = np.arange(info.min, info.max + 1, dtype=np.int64) - source.zero_point
    low, high = ctx.limits(op)
    values = np.clip(function(numbers) + target.zero_point, low, high)
    element = ctx.integer_type(op, output)
    return ctx.add(fxp.LookupOp(ctx.value(op, 0), values.astype(output.dtype), element))


def _byte(op: Operator, dtype: "np.dtype[Any] | None") -> "np.iinfo[Any]":
    if dtype is None or dtype.kind not in "iu" or dtype.itemsize != 1:
        raise op.error(f"of elements of {dtype} it is not supported")
    return np.iinfo(dtype)


def table_of_reals(
    ctx: "Importer", op: Operator, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> SSAValue:
    """A table of a function of reals."""
    tensor, output = ctx.tensor(op, 0), ctx.output(op)
    source, target = ctx.encoding(op, tensor), ctx.encoding(op, output)
    _byte(op, tensor.dtype)
    _byte(op, output.dtype)
    assert output.dtype is not None
    if tensor.dtype != output.dtype:
        raise op.error(f"from {tensor.type_name} to {output.type_name} it is not supported")
    values = table(
        function,
        (source.scale, source.zero_point),
        (target.scale, target.zero_point),
        output.dtype,
    )
    return ctx.add(fxp.LookupOp(ctx.value(op, 0), values, ctx.integer_type(op, output)))


@handler("LOGISTIC")
def logistic(ctx: "Importer", op: Operator) -> Result:
    """1 / (1 + exp(-x)); the exponential, the sum and the quotient are rounded to float."""
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(nn.SigmoidOp(x))

    def sigmoid(v: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):
            exponential = np.exp(-v).astype(np.float32)
        return (np.float32(1) / (np.float32(1) + exponential)).astype(np.float64)

    return table_of_reals(ctx, op, sigmoid)


@handler("TANH")
def tanh(ctx: "Importer", op: Operator) -> Result:
    """The hyperbolic tangent."""
    x = ctx.value(op, 0)
    return ctx.add(nn.TanhOp(x)) if is_real(x) else table_of_reals(ctx, op, np.tanh)


@handler("ELU")
def elu(ctx: "Importer", op: Operator) -> Result:
    """x, or exp(x) - 1 where it is negative; of 8-bit integers only."""
    if is_real(ctx.value(op, 0)):
        raise op.error("of reals it is not supported")
    return table_of_reals(ctx, op, lambda v: np.where(v < 0, np.expm1(np.minimum(v, 0)), v))


@handler("LEAKY_RELU")
def leaky_relu(ctx: "Importer", op: Operator) -> Result:
    """x, times alpha where it is negative."""
    x, alpha = ctx.value(op, 0), op.float_("Alpha")
    if is_real(x):
        return ctx.add(nn.LeakyReluOp(x, alpha))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    identity = float(source.scale / target.scale)
    slope = float(source.scale * np.float32(alpha) / target.scale)

    def function(numbers: Ints) -> Ints:
        negative = rescaled(numbers, abs(slope)) * (1 if slope >= 0 else -1)
        return np.where(numbers >= 0, rescaled(numbers, identity), negative)

    return table_of_integers(ctx, op, function)


def rescaled(numbers: Ints, real: float) -> Ints:
    """Integers times a real factor, as kernels multiply sums of 32 bits."""
    scaling = rescale(real)
    return apply_scale(
        numbers, int(scaling.multipliers[0]), int(scaling.shifts[0]), scaling.rounding
    )


@handler("HARD_SWISH")
def hard_swish(ctx: "Importer", op: Operator) -> Result:
    """X * min(max(x + 3, 0), 6) / 6; quantized in fixed point of 16 bits."""
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(nn.HardSwishOp(x))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    return table_of_integers(ctx, op, lambda numbers: _hard_swish(numbers, source, target, op))


def _hard_swish(numbers: Ints, source: Quantization, target: Quantization, op: Operator) -> Ints:
    """HardSwish of reference/hard_swish.h on centred integers, before the output's zero point."""
    fine_scale = np.float32(1 / 128) * source.scale
    output, output_exponent = _short_multiplier(float(fine_scale / target.scale))
    gate, gate_exponent = _short_multiplier(float(fine_scale / np.float32(3.0 / 32768.0)))
    if output_exponent > 0:
        raise op.error("its output scale is too small")
    fine = numbers << 7
    scaled = _high_multiply16(fine, output)
    value = fine
    if gate_exponent > 0:
        value = _saturate16(value << (gate_exponent - 1))
    value = _high_multiply16(value, gate)
    if gate_exponent > 0:
        value = _saturate16(value << 1)
    elif gate_exponent < 0:
        value = round_shift(value, -gate_exponent)
    value = (value + (1 << 15)) >> 1
    product = value * scaled
    truncated = np.sign(product) * (np.abs(product) >> 15)
    return round_shift(truncated, -output_exponent)


def _short_multiplier(real: float) -> tuple[int, int]:
    """A factor as a multiplier of 15 bits and an exponent (DownScaleInt32ToInt16Multiplier)."""
    multiplier, exponent = multiplier_and_exponent(real)
    return (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else 0x7FFF, exponent


def _saturate16(x: Ints) -> Ints:
    return np.clip(x, -(1 << 15), (1 << 15) - 1)


def _high_multiply16(a: Ints, b: int) -> Ints:
    """SaturatingRoundingDoublingHighMul of 16 bits: it rounds like that of 32 bits."""
    return _saturate16((a * b + (1 << 14)) >> 15)


@handler("PRELU")
def prelu(ctx: "Importer", op: Operator) -> Result:
    """x, times a slope per channel where it is negative."""
    x, slopes = ctx.value(op, 0), ctx.array(op, 1, "slopes")
    if is_real(x):
        return ctx.add(nn.PreluOp(x, ctx.value(op, 1)))
    tensors = ctx.tensor(op, 0), ctx.tensor(op, 1), ctx.output(op)
    source, slope, target = (ctx.encoding(op, tensor) for tensor in tensors)
    # Of the two halves one is 0; what lies beyond twice the range is clamped in the end.
    info = _byte(op, tensors[2].dtype)
    far = 2 * int(info.max - info.min)
    upper = rescale(float(source.scale / target.scale))
    lower = rescale(float(source.scale * slope.scale / target.scale))
    positive = ctx.add(
        fxp.RequantizeOp(
            x,
            upper.multipliers,
            upper.shifts,
            element_type=i32,
            input_zero_point=source.zero_point,
            rounding=upper.rounding,
            min_value=0,
            max_value=far,
        )
    )
    centred = ctx.add(fxp.WidenOp(x, source.zero_point))
    below = ctx.add(nn.MinimumOp(centred, ctx.constant(np.zeros(1, np.int32))))
    factors = ctx.constant((slopes.astype(np.int32) - slope.zero_point).astype(np.int32))
    negative = ctx.add(
        fxp.RequantizeOp(
            ctx.add(nn.MulOp(below, factors)),
            lower.multipliers,
            lower.shifts,
            element_type=i32,
            rounding=lower.rounding,
            min_value=-far,
            max_value=far,
        )
    )
    as_it_is = Rescale(np.ones(1, np.int32), np.zeros(1, np.int32), "half_up")
    return ctx.requantize(op, ctx.add(nn.AddOp(positive, negative)), as_it_is)
