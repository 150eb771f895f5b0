"""One element of each element-wise op: the bodies of the loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import arith
from xdsl.dialects.builtin import Float32Type, FloatAttr, IntegerType, f32, i1, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import dsp, fxp, nn
from ...dialects.fixed_point import I32_MAX, I32_MIN
from ...dialects.interpolation import segment_bits
from ...dialects.vpool import is_unsigned, register_type
from .bounds import largest_sum
from .integers import within, wrapped
from .kernel import Kernel, Position, element_of, scalar

Registers = Sequence[SSAValue]


def is_real(value: SSAValue) -> bool:
    """Whether a register or a tensor's element is an f32."""
    type_ = getattr(value.type, "element_type", value.type)
    return isinstance(type_, Float32Type)


def zero_of(kernel: Kernel, tensor: SSAValue) -> SSAValue:
    """Zero in a register for elements of `tensor`."""
    return number_of(kernel, tensor, 0)


def number_of(kernel: Kernel, tensor: SSAValue, value: float) -> SSAValue:
    """A known number in a register for elements of `tensor`; an integer unless they are f32."""
    register = register_type(element_of(tensor))
    if register == f32:
        return kernel.builder.real(value)
    return kernel.builder.integer(int(value), register)


def widened(kernel: Kernel, register: SSAValue, to: Attribute) -> SSAValue:
    """`register` extended to i64 where `to` asks for it."""
    if to == i64 and register.type == i32:
        return kernel.builder.emit(arith.ExtSIOp(register, i64))
    return register


def minus(kernel: Kernel, register: SSAValue, amount: int) -> SSAValue:
    """`register - amount` for a known integer."""
    if amount == 0:
        return register
    if amount < 0:
        return plus(kernel, register, -amount)
    constant = kernel.builder.integer(amount, register.type)
    return kernel.builder.emit(arith.SubiOp(register, constant))


def plus(kernel: Kernel, register: SSAValue, amount: int) -> SSAValue:
    """`register + amount` for a known integer."""
    if amount == 0:
        return register
    if amount < 0:
        return minus(kernel, register, -amount)
    constant = kernel.builder.integer(amount, register.type)
    return kernel.builder.emit(arith.AddiOp(register, constant))


def clamp_real(kernel: Kernel, value: SSAValue, low: float | None, high: float | None) -> SSAValue:
    """min(max(value, low), high); a bound that is None or infinite is left out."""
    if low is not None and np.isfinite(low):
        value = kernel.builder.call("nnopt_max_f32", [value, kernel.builder.real(low)], f32)
    if high is not None and np.isfinite(high):
        value = kernel.builder.call("nnopt_min_f32", [value, kernel.builder.real(high)], f32)
    return value


def activated(kernel: Kernel, op: Operation, value: SSAValue) -> SSAValue:
    """The fused clamp of an op with `act_min` / `act_max`, applied to an f32 register."""
    low, high = (op.properties.get(name) for name in ("act_min", "act_max"))
    return clamp_real(
        kernel,
        value,
        low.value.data if isinstance(low, FloatAttr) else None,
        high.value.data if isinstance(high, FloatAttr) else None,
    )


@scalar(fxp.RequantizeOp)
def requantize(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """Rescaling by a multiplier and a shift per tensor or channel, then saturation."""
    assert isinstance(op, fxp.RequantizeOp)
    builder = kernel.builder
    acc = minus(kernel, args[0], op.input_zero_point.value.data)
    if is_shift(op):
        return shift_only(kernel, op, acc, at)
    multipliers = np.array(op.multiplier.get_values(), np.int32)
    shifts = np.array(op.shift.get_values(), np.int32)
    if takes_high_multiply(kernel, op):
        return high_multiply(kernel, op, acc, at)
    if multipliers.size == 1:
        multiplier, shift = builder.integer(int(multipliers[0])), builder.integer(int(shifts[0]))
    else:
        place = at.offset((multipliers.size,))
        multiplier = builder.load(kernel.constant(multipliers, "multiplier"), place)
        if (shifts == shifts[0]).all():
            shift = builder.integer(int(shifts[0]))
        else:
            shift = builder.load(kernel.constant(shifts.astype(np.uint8), "shift"), place)
    scaled = builder.emit(fxp.ApplyScaleOp(acc, multiplier, shift, op.rounding_mode))
    zero_point = op.zero_point.value.data
    low, high = op.min_value.value.data, op.max_value.value.data
    small = acc.type == i32 and shifts.min() >= 32  # then |scaled| <= 2^30
    if small and abs(zero_point) < 1 << 30:  # adding first cannot overflow
        return builder.emit(fxp.SaturateOp(plus(kernel, scaled, zero_point), low, high))
    least, most = (max(I32_MIN, min(I32_MAX, end - zero_point)) for end in (low, high))
    clamped = builder.emit(fxp.SaturateOp(scaled, least, most))
    return plus(kernel, clamped, zero_point)


MOST_CONSTANT = 1 << 30
"""Bound of the constants of `high_multiply`: added to a high product they stay within 32 bits."""


def _behind_point(op: fxp.RequantizeOp) -> NDArray[np.int64]:
    """By how much the high product is shifted: SMMLA gives bits from 32 on, SMMLAR of a doubled
    number from 31 on.
    """
    shifts = np.array(op.shift.get_values(), np.int64)
    return shifts - (31 if op.rounding_mode == "double" else 32)


def high_constants(op: fxp.RequantizeOp) -> tuple[NDArray[np.int64], int]:
    """What is added to the high half of the product, per channel, and what to the shifted result.

    The first is rounding and zero point, the second 0; where a shift is so large that the sum would
    leave 32 bits, the zero point comes afterwards.
    """
    shifts = _behind_point(op)
    rounding, zero_point = 1 << shifts >> 1, op.zero_point.value.data
    constants = rounding + (zero_point << shifts)
    if np.abs(constants).max() <= MOST_CONSTANT:
        return constants, 0
    return rounding, zero_point


def takes_high_multiply(kernel: Kernel, op: fxp.RequantizeOp) -> bool:
    """Whether a rescale is exact as one SMMLA or SMMLAR: from 32 bits, shifts large enough, half up
    or double; see `high_multiply`.
    """
    exact = {"half_up": lambda: True, "double": lambda: doubles_exactly(kernel, op)}.get(
        op.rounding_mode
    )
    return (
        exact is not None
        and kernel.schedule.isa.data in ("armv7e-m", "rv32im")
        and register_type(element_of(op.operands[0])) == i32
        and int(_behind_point(op).min()) > 0
        and abs(op.zero_point.value.data) <= MOST_CONSTANT
        and exact()
    )


def doubles_exactly(kernel: Kernel, op: fxp.RequantizeOp) -> bool:
    """Whether no accumulator reaches 2^30, or the clamp hides that twice such a one saturates.

    The high product then is at least m/2 - 1 in magnitude, as it is without saturation; shifted, it
    has to lie beyond both ends of the clamp.
    """
    multipliers = np.array(op.multiplier.get_values(), np.int64)
    least = ((multipliers >> 1) - 2) >> _behind_point(op)
    zero_point = op.zero_point.value.data
    ends = op.max_value.value.data - zero_point, zero_point - op.min_value.value.data
    if ((multipliers == 0) | (least > max(ends))).all():
        return True
    largest = largest_sum(kernel, op.input) if op.input_zero_point.value.data == 0 else None
    return largest is not None and largest < 1 << 30


def high_multiply(kernel: Kernel, op: fxp.RequantizeOp, acc: SSAValue, at: Position) -> SSAValue:
    """A rescale whose rounding and zero point lie in the high half of the product.

    Half up: for a shift s above 32, floor((acc * m + 2^(s-1)) / 2^s) + zp is
    floor((floor(acc * m / 2^32) + c) / 2^(s-32)) with c = 2^(s-33) + zp * 2^(s-32): the low half
    of the product cannot carry. |acc * m / 2^32| is below 2^30 or -2^30, so nothing overflows.

    Double: h = floor(acc * m / 2^31 + 1/2) is SMMLAR of 2 * acc; with r = s - 31 > 0, rounding half
    away from zero is floor((h + 2^(r-1) - [acc < 0]) / 2^r): h is negative only where acc is, and
    where h is 0 the correction changes nothing. It is left out where the clamp hides all negative
    results.

    Multiplier, constant and shift of a channel lie together, so that one group of loads gets them.
    """
    factor, constant, shift = scale_parameters(kernel, op, at)
    builder = kernel.builder
    if op.rounding_mode == "double":
        twice = builder.emit(dsp.QaddOp(acc, acc))
        high = builder.emit(dsp.SmmlarOp(twice, factor, constant))
        if op.min_value.value.data < op.zero_point.value.data:
            sign = builder.emit(arith.ShRSIOp(acc, builder.integer(31)))
            high = builder.emit(arith.AddiOp(high, sign))
    else:
        high = builder.emit(dsp.SmmlaOp(acc, factor, constant))
    least, most = op.min_value.value.data, op.max_value.value.data
    fixed = fixed_shift(op)
    if fixed is not None and (least, most) == (-128, 127):
        return builder.emit(dsp.SsatOp(high, fixed))
    moved = plus(kernel, builder.emit(arith.ShRSIOp(high, shift)), high_constants(op)[1])
    return builder.emit(fxp.SaturateOp(moved, least, most))


def fixed_shift(op: fxp.RequantizeOp) -> int | None:
    """The shift of `high_multiply` after which nothing is added, if it is one for all channels and
    the product is rounded once.
    """
    if op.rounding_mode == "double":
        return None
    shifts = {int(s) - 32 for s in op.shift.get_values()}
    (shift,) = shifts if len(shifts) == 1 else (0,)
    return shift if 1 <= shift <= 30 and high_constants(op)[1] == 0 else None


def only_rescale(kernel: Kernel, head: Operation, twice: bool = False) -> fxp.RequantizeOp | None:
    """The rescale behind a head, if it is all that is there and one SMMLA and SSAT do it; `twice`:
    or SMMLAR of a doubled sum and a shift per channel.
    """
    op = kernel.results[0].owner if len(kernel.results) == 1 else None
    if not isinstance(op, fxp.RequantizeOp) or op.operands[0] is not head.results[0]:
        return None
    fits = (
        op.input_zero_point.value.data == 0
        and (op.min_value.value.data, op.max_value.value.data) == (-128, 127)
        and takes_high_multiply(kernel, op)
        and (fixed_shift(op) is not None or (twice and rounds_twice(op)))
    )
    return op if fits else None


def rounds_twice(op: fxp.RequantizeOp) -> bool:
    """Whether `high_multiply` rounds twice and adds nothing after the shift."""
    return op.rounding_mode == "double" and high_constants(op)[1] == 0


def scale_table(kernel: Kernel, op: fxp.RequantizeOp) -> SSAValue:
    """Multipliers and constants of `high_multiply`, channel by channel, for a fixed shift; with two
    roundings, shifts as well.
    """
    multipliers = np.array(op.multiplier.get_values(), np.int64)
    shifts = [_behind_point(op)] if op.rounding_mode == "double" else []
    fields = np.broadcast_arrays(multipliers, high_constants(op)[0], *shifts)
    return kernel.constant(np.stack(fields, 1).astype(np.int32).reshape(-1), "scale")


def scale_parameters(
    kernel: Kernel, op: fxp.RequantizeOp, at: Position
) -> tuple[SSAValue, SSAValue, SSAValue]:
    """Multiplier, constant and shift of `high_multiply` for the channel of a position."""
    builder = kernel.builder
    multipliers = np.array(op.multiplier.get_values(), np.int64)
    shifts = _behind_point(op)
    fields = [multipliers, high_constants(op)[0], shifts]
    if multipliers.size == 1:
        factor, constant, shift = (builder.integer(int(field[0])) for field in fields)
    else:
        uniform = bool((shifts == shifts[0]).all())
        if uniform:
            fields.pop()
        table = kernel.constant(np.stack(fields, 1).astype(np.int32).reshape(-1), "scale")
        row = builder.mul(at.offset((multipliers.size,)), len(fields))
        factor = builder.load_constant(table, row)
        constant = builder.load_constant(table, builder.add(row, 1))
        shift = (
            builder.integer(int(shifts[0]))
            if uniform
            else builder.load_constant(table, builder.add(row, 2))
        )
    return factor, constant, shift


def prefetch(kernel: Kernel, at: Position) -> None:
    """Load here what the rescales around the head need for a channel: loops inside reuse it."""
    for op in kernel.launch.body.block.ops:
        if isinstance(op, fxp.RequantizeOp) and takes_high_multiply(kernel, op):
            scale_parameters(kernel, op, at)


def is_shift(op: fxp.RequantizeOp) -> bool:
    """Whether a rescale is by powers of two: it needs no multiplication."""
    wide = register_type(element_of(op.operands[0])) == i64
    return (
        op.rounding_mode in ("half_up", "half_even")
        and set(op.multiplier.get_values()) == {1}
        and max(op.shift.get_values()) <= (62 if wide else 31)
    )


def shift_only(kernel: Kernel, op: fxp.RequantizeOp, acc: SSAValue, at: Position) -> SSAValue:
    """A rescale by powers of two, per tensor or channel, then saturation."""
    builder = kernel.builder
    shifts = np.array(op.shift.get_values(), np.uint8)
    if (shifts == shifts[0]).all():
        shift = builder.integer(int(shifts[0]))
    else:
        shift = builder.load(kernel.constant(shifts, "shift"), at.offset((shifts.size,)))
    scaled = acc
    if shifts.any() or acc.type == i64:
        scaled = builder.emit(fxp.RoundingShiftOp(acc, shift, op.rounding_mode))
    zero_point = op.zero_point.value.data
    low, high = op.min_value.value.data, op.max_value.value.data
    if zero_point == 0:
        return builder.emit(fxp.SaturateOp(scaled, low, high))
    least, most = (max(I32_MIN, min(I32_MAX, end - zero_point)) for end in (low, high))
    return plus(kernel, builder.emit(fxp.SaturateOp(scaled, least, most)), zero_point)


@scalar(fxp.WidenOp)
def widen(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """(x - zero point) * multiplier as an i32 register."""
    assert isinstance(op, fxp.WidenOp)
    value = minus(kernel, args[0], op.zero_point.value.data)
    multiplier = op.multiplier.value.data
    if multiplier == 1:
        return value
    return kernel.builder.emit(arith.MuliOp(value, kernel.builder.integer(multiplier)))


@scalar(fxp.LookupOp)
def lookup(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """One entry of a table of 256."""
    assert isinstance(op, fxp.LookupOp)
    place = plus(kernel, args[0], 0 if is_unsigned(element_of(op.input)) else 128)
    index = kernel.builder.emit(arith.IndexCastOp(place, nn.INDEX))
    return kernel.builder.load(kernel.constant(op.table_array(), "table"), index)


@scalar(fxp.InterpolateOp)
def interpolated(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The line between two entries of a table."""
    assert isinstance(op, fxp.InterpolateOp)
    array = op.table_array()
    table = kernel.constant(array, "table")
    builder, factor = kernel.builder, 1 << op.left.value.data
    place = args[0]
    if factor > 1:
        scaled = builder.emit(arith.MuliOp(place, builder.integer(factor)))
        place = builder.emit(fxp.SaturateOp(scaled, -(2**15), 2**15 - 1))
    place = plus(kernel, place, 2**15)
    value = along_line(kernel, table, segment_bits(array.size), place)
    least, most = int(array.min()), int(array.max())
    if least >= -(2**15) and most < 2**15:
        return value
    return builder.emit(fxp.SaturateOp(value, -(2**15), 2**15 - 1))


def along_line(kernel: Kernel, table: SSAValue, shift: int, place: SSAValue) -> SSAValue:
    """A table of one entry for every 2**shift-th place, followed between its entries."""
    builder = kernel.builder
    segment = builder.emit(arith.ShRSIOp(place, builder.integer(shift)))
    rest = builder.emit(arith.AndIOp(place, builder.integer((1 << shift) - 1)))
    index = builder.emit(arith.IndexCastOp(segment, nn.INDEX))
    first = builder.load(table, index, "first")
    rise = builder.emit(arith.SubiOp(builder.load(table, builder.add(index, 1)), first))
    risen = plus(kernel, builder.emit(arith.MuliOp(rise, rest)), (1 << shift) >> 1)
    return builder.emit(
        arith.AddiOp(first, builder.emit(arith.ShRSIOp(risen, builder.integer(shift))))
    )


@scalar(fxp.ToRealOp)
def to_real(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """(x - zero point) * scale, in f32."""
    assert isinstance(op, fxp.ToRealOp)
    zero_point = op.zero_point.value.data
    return kernel.builder.emit(fxp.IntToRealOp(args[0], op.scale.value.data, zero_point))


@scalar(fxp.FromRealOp)
def from_real(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The nearest integer to x / scale, plus the zero point, saturated."""
    assert isinstance(op, fxp.FromRealOp)
    element = element_of(op.result)
    assert isa(element, IntegerType)
    low, high = fxp.integer_range(element)
    zero_point = op.zero_point.value.data
    scale = op.scale.value.data
    return kernel.builder.emit(
        fxp.RealToIntOp(args[0], scale, zero_point, low, high, op.rounding_mode)
    )


def _binary(
    real: type[Operation] | str, integer: type[Operation] | str
) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        chosen = real if is_real(args[0]) else integer
        if isinstance(chosen, str):
            value = kernel.builder.call(chosen, args, args[0].type)
        else:
            value = kernel.builder.emit(chosen(*args))
        return activated(kernel, op, value)

    return rule


def _ring(
    name: str, real: type[Operation], integer: type[Operation]
) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    bounded = _binary(real, integer)

    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        if "wraps" in op.properties:
            return wrapped(kernel, name, args, op.results[0])
        return bounded(kernel, op, args, at)

    return rule


scalar(nn.AddOp)(_ring("add", arith.AddfOp, arith.AddiOp))
scalar(nn.SubOp)(_ring("sub", arith.SubfOp, arith.SubiOp))
scalar(nn.MulOp)(_ring("mul", arith.MulfOp, arith.MuliOp))


@scalar(nn.DivOp)
def divide(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The quotient; of integers cut off towards zero, and defined for all."""
    x, y = args
    if is_real(x):
        return activated(kernel, op, kernel.builder.emit(arith.DivfOp(x, y)))
    return wrapped(kernel, "div", args, op.results[0])


scalar(nn.MaximumOp)(_binary("nnopt_max_f32", arith.MaxSIOp))
scalar(nn.MinimumOp)(_binary("nnopt_min_f32", arith.MinSIOp))


@scalar(nn.PowOp)
def power(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The first to the power of the second."""
    if is_real(args[0]):
        return activated(kernel, op, kernel.builder.call("nnopt_pow", args, f32))
    return wrapped(kernel, "pow", args, op.results[0])


@scalar(nn.BitcastOp)
def bitcast(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The same bits in another register."""
    source, target = element_of(op.operands[0]), element_of(op.results[0])
    if source == target:
        return args[0]
    if source == f32:
        return kernel.builder.call("nnopt_bits_of_real", args, i32)
    if target == f32:
        return kernel.builder.call("nnopt_real_of_bits", args, f32)
    if target == i1:
        return kernel.builder.emit(arith.AndIOp(args[0], kernel.builder.integer(1)))
    return within(kernel, args[0], target)


def _function(name: str) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        if not is_real(args[0]):
            raise PassFailedException(f"{op.name} on integers has no kernel: quantize it first")
        return kernel.builder.call(name, args, f32)

    return rule


FUNCTIONS: dict[type[Operation], str] = {
    nn.SigmoidOp: "nnopt_sigmoid",
    nn.TanhOp: "nnopt_tanh",
    nn.ExpOp: "nnopt_exp",
    nn.LogOp: "nnopt_log",
    nn.SqrtOp: "nnopt_sqrt",
    nn.ReciprocalOp: "nnopt_reciprocal",
    nn.ErfOp: "nnopt_erf",
    nn.GeluOp: "nnopt_gelu",
    nn.FloorOp: "nnopt_floor",
    nn.CeilOp: "nnopt_ceil",
    nn.HardSwishOp: "nnopt_hard_swish",
    nn.RoundOp: "nnopt_round",
    nn.SinOp: "nnopt_sin",
    nn.CosOp: "nnopt_cos",
    nn.AtanOp: "nnopt_atan",
}
"""Unary f32 ops that are one call of `runtime_c/nnopt_math.h`."""

for _cls, _name in FUNCTIONS.items():
    scalar(_cls)(_function(_name))


@scalar(nn.NegateOp)
def negate(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """0 - x."""
    if is_real(args[0]):
        return kernel.builder.emit(arith.NegfOp(args[0]))
    return wrapped(kernel, "sub", [zero_of(kernel, op.results[0]), args[0]], op.results[0])


@scalar(nn.ReluOp)
def relu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The larger of x and 0."""
    if is_real(args[0]):
        return clamp_real(kernel, args[0], 0.0, None)
    return kernel.builder.emit(arith.MaxSIOp(args[0], zero_of(kernel, op.results[0])))


@scalar(nn.ClampOp)
def clamp(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, limited to [min, max]."""
    assert isinstance(op, nn.ClampOp)
    low, high = op.min.value.data, op.max.value.data
    if is_real(args[0]):
        return clamp_real(kernel, args[0], low, high)
    return _clamp_integer(kernel, op.results[0], args[0], low, high)


def _clamp_integer(
    kernel: Kernel, tensor: SSAValue, value: SSAValue, low: float, high: float
) -> SSAValue:
    """min(max(value, low), high) for elements of `tensor`; bounds outside of its type are left out,
    fractions of bounds fall away.
    """
    element = element_of(tensor)
    assert isa(element, IntegerType)
    least, most = fxp.integer_range(element)
    if low > least:
        bound = number_of(kernel, tensor, min(low, most))
        value = kernel.builder.emit(arith.MaxSIOp(value, bound))
    if high < most:
        bound = number_of(kernel, tensor, max(high, least))
        value = kernel.builder.emit(arith.MinSIOp(value, bound))
    return value


@scalar(nn.LeakyReluOp)
def leaky_relu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, times alpha where x is negative."""
    assert isinstance(op, nn.LeakyReluOp)
    alpha = kernel.builder.real(op.alpha.value.data)
    return _where_negative(kernel, args[0], alpha)


@scalar(nn.PreluOp)
def prelu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, times its slope where x is negative."""
    return _where_negative(kernel, args[0], args[1])


def _where_negative(kernel: Kernel, value: SSAValue, slope: SSAValue) -> SSAValue:
    """Value >= 0 ? value : value * slope, in f32."""
    builder = kernel.builder
    scaled = builder.emit(arith.MulfOp(value, slope))
    negative = builder.emit(arith.CmpfOp(value, builder.real(0.0), "olt"))
    return builder.emit(arith.SelectOp(negative, scaled, value))


@scalar(nn.HardSigmoidOp)
def hard_sigmoid(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The line alpha * x + beta, limited to [0, 1]."""
    assert isinstance(op, nn.HardSigmoidOp)
    line = [kernel.builder.real(a.value.data) for a in (op.alpha, op.beta)]
    return kernel.builder.call("nnopt_hard_sigmoid", [*args, *line], f32)


@scalar(nn.CastOp)
def cast(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """Another type: integers keep their low bits; reals are truncated towards zero, saturating."""
    source, target = element_of(op.operands[0]), element_of(op.results[0])
    builder = kernel.builder
    if isinstance(source, Float32Type) and isa(target, IntegerType):
        if target == i1:
            test = builder.emit(arith.CmpfOp(args[0], builder.real(0.0), "une"))
            return builder.emit(arith.SelectOp(test, builder.integer(1), builder.integer(0)))
        low, high = fxp.integer_range(target)
        if target.width.data > 32:
            return builder.call("nnopt_truncate_i64", args, i64)
        return builder.emit(
            fxp.SaturateOp(builder.call("nnopt_truncate_f32", args, i32), low, high)
        )
    if isinstance(target, Float32Type):
        return (
            args[0]
            if isinstance(source, Float32Type)
            else builder.emit(arith.SIToFPOp(args[0], f32))
        )
    if target == i64:
        return widened(kernel, args[0], i64)
    if target == i1:
        zero = builder.integer(0, args[0].type)
        test = builder.emit(arith.CmpiOp(args[0], zero, "ne"))
        return builder.emit(arith.SelectOp(test, builder.integer(1), builder.integer(0)))
    narrow = builder.emit(arith.TruncIOp(args[0], i32)) if args[0].type == i64 else args[0]
    return narrow if _holds(source, target) else within(kernel, narrow, target)


def _holds(source: Attribute, target: Attribute) -> bool:
    """Whether a type of integers has all numbers of another."""
    assert isa(source, IntegerType) and isa(target, IntegerType)
    if source.width.data > 32:
        return False
    (low, high), (least, most) = fxp.integer_range(source), fxp.integer_range(target)
    return least <= low and high <= most
