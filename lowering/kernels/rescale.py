"""Rescales: from sums to the next layer's integers, one element at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import arith
from xdsl.dialects.builtin import i32, i64
from xdsl.ir import Operation, SSAValue

from ...dialects import dsp, fxp
from ...dialects.fixed_point import I32_MAX, I32_MIN
from ...dialects.vpool import WITH_DSP, register_type
from .bounds import largest_sum
from .kernel import Kernel, Position, element_of, scalar
from .scalar import Registers, minus, plus


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


def behind_point(op: fxp.RequantizeOp) -> NDArray[np.int64]:
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
    shifts = behind_point(op)
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
        and kernel.schedule.isa.data in (*WITH_DSP, "rv32im")
        and register_type(element_of(op.operands[0])) == i32
        and int(behind_point(op).min()) > 0
        and abs(op.zero_point.value.data) <= MOST_CONSTANT
        and exact()
    )


def doubles_exactly(kernel: Kernel, op: fxp.RequantizeOp) -> bool:
    """Whether no accumulator reaches 2^30, or the clamp hides that twice such a one saturates.

    The high product then is at least m/2 - 1 in magnitude, as it is without saturation; shifted, it
    has to lie beyond both ends of the clamp.
    """
    multipliers = np.array(op.multiplier.get_values(), np.int64)
    least = ((multipliers >> 1) - 2) >> behind_point(op)
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
    shifts = [behind_point(op)] if op.rounding_mode == "double" else []
    fields = np.broadcast_arrays(multipliers, high_constants(op)[0], *shifts)
    return kernel.constant(np.stack(fields, 1).astype(np.int32).reshape(-1), "scale")


def scale_parameters(
    kernel: Kernel, op: fxp.RequantizeOp, at: Position
) -> tuple[SSAValue, SSAValue, SSAValue]:
    """Multiplier, constant and shift of `high_multiply` for the channel of a position."""
    builder = kernel.builder
    multipliers = np.array(op.multiplier.get_values(), np.int64)
    shifts = behind_point(op)
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
