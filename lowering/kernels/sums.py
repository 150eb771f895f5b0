"""Sums of two tensors of bytes on the vectors of Helium: `helium.sum` for a whole kernel."""

from __future__ import annotations

from xdsl.dialects.builtin import i8
from xdsl.ir import SSAValue

from ...dialects import fxp, helium, nn
from ...dialects.fixed_point import I32_MAX, I32_MIN
from .kernel import Kernel, element_of, shape_of


def _widened(kernel: Kernel, value: SSAValue) -> fxp.WidenOp | None:
    """The op that makes a term of signed bytes in memory."""
    op = value.owner
    if not isinstance(op, fxp.WidenOp) or op.input not in kernel.memory:
        return None
    return op if element_of(op.input) == i8 else None


def _only_shifts(op: fxp.RequantizeOp) -> bool:
    """Whether a rescale to signed bytes is one shift, rounded half up."""
    (multiplier, *others), (shift, *_) = op.multiplier.get_values(), op.shift.get_values()
    return (
        op.rounding_mode == "half_up"
        and not others
        and multiplier == 1
        and 1 <= shift <= 31
        and op.input_zero_point.value.data == 0
        and element_of(op.result) == i8
        and -128 <= op.min_value.value.data <= op.max_value.value.data <= 127
    )


def emit_sum(kernel: Kernel) -> bool:
    """Emit a kernel that adds two widened tensors of bytes and shifts; whether it is one.

    Rounding, zero points and all are in a constant, if no sum then leaves 32 bits.
    """
    last = kernel.results[0].owner
    if kernel.schedule.isa.data != "helium" or kernel.schedule.is_reversed:
        return False
    if not isinstance(last, fxp.RequantizeOp) or not _only_shifts(last):
        return False
    add = last.input.owner
    if not isinstance(add, nn.AddOp):
        return False
    x, y = (_widened(kernel, value) for value in add.operands)
    shape = shape_of(last.result)
    if x is None or y is None or shape_of(x.input) != shape or shape_of(y.input) != shape:
        return False
    shift = int(last.shift.get_values()[0])
    factors = [op.multiplier.value.data for op in (x, y)]
    zero_points = [op.zero_point.value.data for op in (x, y)]
    constant = (1 << shift >> 1) + (last.zero_point.value.data << shift)
    constant -= sum(f * z for f, z in zip(factors, zero_points, strict=True))
    least = constant + sum(min(-128 * f, 127 * f) for f in factors)
    most = constant + sum(max(-128 * f, 127 * f) for f in factors)
    if not I32_MIN <= least <= most <= I32_MAX or not I32_MIN <= constant <= I32_MAX:
        return False
    zero = kernel.builder.value(0)
    op = helium.SumOp(
        (kernel.memory[x.input], zero),
        (kernel.memory[y.input], zero),
        (kernel.outputs[0], zero),
        length=kernel.memory_elements(last.result),
        factor_x=factors[0],
        factor_y=factors[1],
        constant=constant,
        shift=shift,
        low=last.min_value.value.data,
        high=last.max_value.value.data,
    )
    kernel.block.add_op(op)
    return True
