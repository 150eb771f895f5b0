"""Layer normalization over rows, in f32 and in integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, f32, i32, i64
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from .builder import Index, strides_of
from .kernel import Kernel, Position, element_of, head, shape_of
from .scalar import plus, widened


@head(nn.LayerNormOp)
def layer_norm(kernel: Kernel, op: Operation) -> None:
    """Per row: the mean, the variance, then each element."""
    assert isinstance(op, nn.LayerNormOp)
    builder, shape = kernel.builder, shape_of(op.input)
    extent, strides = shape[-1], strides_of(shape)

    def body(indices: list[Index]) -> None:
        start = builder.linear(*zip(indices, strides[:-1], strict=True))

        def at(i: Index) -> SSAValue:
            return kernel.load(op.input, builder.add(start, i))

        def mean(value: Callable[[Index], SSAValue]) -> SSAValue:
            def add(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
                return [builder.emit(arith.AddfOp(carried[0], value(i)))]

            (total,) = builder.for_(0, extent, add, [builder.real(0.0)], carried_hints=["total"])
            return builder.emit(arith.DivfOp(total, builder.real(extent)))

        def distance(i: Index) -> SSAValue:
            return builder.emit(arith.SubfOp(at(i), middle), "d")

        def square(i: Index) -> SSAValue:
            apart = distance(i)
            return builder.emit(arith.MulfOp(apart, apart))

        def normalized(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            ratio = builder.emit(arith.MulfOp(distance(i), inverse))
            scaled = builder.emit(arith.MulfOp(ratio, kernel.load(op.scale, i)))
            value = builder.emit(arith.AddfOp(scaled, kernel.load(op.bias, i)))
            kernel.elements([Position(builder, [*indices, i], shape)], op.result, [value])
            return ()

        middle = mean(at)
        middle.name_hint = "mean"
        epsilon = builder.real(op.epsilon.value.data)
        under = builder.emit(arith.AddfOp(mean(square), epsilon))
        root = builder.call("nnopt_sqrt", [under], f32)
        inverse = builder.call("nnopt_reciprocal", [root], f32)
        inverse.name_hint = "inverse"
        builder.for_(0, extent, normalized)

    builder.loops(shape[:-1], body)


@head(fxp.LayerNormOp)
def integer_layer_norm(kernel: Kernel, op: Operation) -> None:
    """Per row: the sum, the sum of squares, then each element; see `dialects/integer_norm.py`."""
    assert isinstance(op, fxp.LayerNormOp)
    builder, shape, norm = kernel.builder, shape_of(op.input), op.norm
    extent, strides = shape[-1], strides_of(shape)
    gains = kernel.constant(norm.gains, "gains")
    offsets = kernel.constant(norm.offsets, "offsets")
    low, high = fxp.integer_range(cast(IntegerType, element_of(op.result)))

    def body(indices: list[Index]) -> None:
        start = builder.linear(*zip(indices, strides[:-1], strict=True))

        def at(i: Index) -> SSAValue:
            return kernel.load(op.input, builder.add(start, i))

        def summed(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            value = at(i)
            square = widened(kernel, builder.emit(arith.MuliOp(value, value)), i64)
            return [
                builder.emit(arith.AddiOp(carried[0], value)),
                builder.emit(arith.AddiOp(carried[1], square)),
            ]

        def normalized(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            times = builder.emit(arith.MuliOp(at(i), builder.integer(extent)))
            distance = builder.emit(arith.SubiOp(times, total))
            ratio = builder.emit(fxp.ApplyScaleOp(distance, inverse, shift, "half_up"), "r")
            gain = widened(kernel, builder.load(gains, i), i64)
            product = builder.emit(arith.MuliOp(widened(kernel, ratio, i64), gain))
            down = builder.emit(arith.ShRSIOp(product, builder.integer(norm.drop, i64)))
            narrow = builder.emit(arith.TruncIOp(down, i32))
            fine = builder.emit(arith.AddiOp(narrow, builder.load(offsets, i)))
            rounded = builder.emit(fxp.RoundingShiftOp(fine, builder.integer(norm.bits)))
            value = plus(kernel, rounded, op.zero_point.value.data)
            value = builder.emit(fxp.SaturateOp(value, low, high))
            kernel.elements([Position(builder, [*indices, i], shape)], op.result, [value])
            return ()

        zeros = [builder.integer(0), builder.integer(0, i64)]
        total, squares = builder.for_(0, extent, summed, zeros, carried_hints=["total", "squares"])
        wide = widened(kernel, total, i64)
        times = builder.emit(arith.MuliOp(squares, builder.integer(extent, i64)))
        variance = builder.emit(arith.SubiOp(times, builder.emit(arith.MuliOp(wide, wide))))
        if norm.lift:
            lifted = builder.integer(1 << norm.lift, i64)
            variance = builder.emit(arith.MuliOp(variance, lifted))
        under = builder.emit(arith.AddiOp(variance, builder.integer(norm.epsilon, i64)), "under")
        inverse = builder.call("nnopt_inverse", [builder.call("nnopt_root", [under], i32)], i32)
        inverse.name_hint = "inverse"
        pairs = builder.call("nnopt_root_lift", [under], i32)
        known = builder.integer(61 - norm.lift // 2 - norm.fraction)
        shift = builder.emit(arith.SubiOp(known, pairs))
        shift = builder.emit(arith.MaxSIOp(shift, builder.integer(0)), "shift")
        builder.for_(0, extent, normalized)

    builder.loops(shape[:-1], body)
