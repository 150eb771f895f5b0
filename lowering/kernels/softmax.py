"""Softmax of integers over rows: exponentials from a table, one reciprocal per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, i32
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from ...dialects.gemmlowp import SUM_BITS
from .builder import Index, strides_of
from .kernel import Kernel, Position, element_of, head, shape_of
from .scalar import plus


@head(fxp.SoftmaxOp)
def integer_softmax(kernel: Kernel, op: Operation) -> None:
    """Per row: the largest element, the sum of exponentials, then each of them over the sum."""
    assert isinstance(op, fxp.SoftmaxOp)
    builder = kernel.builder
    shape = shape_of(op.input)
    extent, strides = shape[-1], strides_of(shape)
    table = kernel.constant(op.table_array(), "table")
    table_size = op.table_array().size
    least = fxp.integer_range(cast(IntegerType, element_of(op.input)))[0]
    low, high = fxp.integer_range(cast(IntegerType, element_of(op.result)))

    def body(indices: list[Index]) -> None:
        start = builder.linear(*zip(indices, strides[:-1], strict=True))

        def largest(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            value = kernel.load(op.input, builder.add(start, i))
            return [builder.emit(arith.MaxSIOp(carried[0], value))]

        def exponential(i: Index) -> SSAValue:
            value = kernel.load(op.input, builder.add(start, i))
            below = builder.emit(arith.SubiOp(peak, value))
            if table_size == 256:
                return entry(below, "e")
            coarse = entry(builder.emit(arith.ShRSIOp(below, builder.integer(8))))
            rest = builder.emit(arith.AndIOp(below, builder.integer(255)))
            fine = entry(plus(kernel, rest, 256))
            return builder.emit(fxp.ApplyScaleOp(coarse, fine, builder.integer(31), "half_up"), "e")

        def entry(place: SSAValue, hint: str | None = None) -> SSAValue:
            return builder.load(table, builder.emit(arith.IndexCastOp(place, nn.INDEX)), hint)

        def summed(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            # Rounded without the sum of e and one half, which may exceed 31 bits.
            e = exponential(i)
            down = builder.emit(arith.ShRSIOp(e, builder.integer(SUM_BITS)))
            bit = builder.emit(arith.ShRSIOp(e, builder.integer(SUM_BITS - 1)))
            up = builder.emit(arith.AndIOp(bit, builder.integer(1)))
            rounded = builder.emit(arith.AddiOp(down, up))
            return [builder.emit(arith.AddiOp(carried[0], rounded))]

        def divided(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            product = builder.emit(fxp.ApplyScaleOp(exponential(i), scale, shift, "double"))
            value = builder.emit(fxp.SaturateOp(plus(kernel, product, op.zero), low, high))
            at = Position(builder, [*indices, i], shape)
            kernel.elements([at], op.result, [value])
            return ()

        lowest = builder.integer(least)
        (peak,) = builder.for_(0, extent, largest, [lowest], carried_hints=["peak"])
        zero = builder.integer(0)
        (total,) = builder.for_(0, extent, summed, [zero], carried_hints=["total"])
        scale = builder.call("nnopt_inverse", [total], i32)
        shift = builder.call("nnopt_inverse_shift", [total], i32)
        shift = plus(kernel, shift, 8 - op.bits.value.data)
        builder.for_(0, extent, divided)

    builder.loops(shape[:-1], body)
