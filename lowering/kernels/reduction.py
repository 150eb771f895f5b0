"""Reductions and softmax, in f32 (or exact integers for max and min).

Sums run in index order, row-major over the reduced axes, one rounding per addition: the interpreter
does the same, so that both have the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, f32
from xdsl.ir import Operation, SSAValue
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import fxp, nn
from .builder import Index, strides_of
from .integers import total, within
from .kernel import Kernel, Position, broadcast_strides, element_of, head, shape_of
from .scalar import is_real, number_of


def _start(kernel: Kernel, op: nn.ReduceOp) -> SSAValue:
    x, kind = op.operands[0], op.kind.data
    low, high = float("-inf"), float("inf")
    element = element_of(x)
    if isa(element, IntegerType):
        low, high = fxp.integer_range(element)
    return number_of(kernel, x, {"max": low, "min": high, "prod": 1}.get(kind, 0))


def _combine(kernel: Kernel, op: nn.ReduceOp, acc: SSAValue, value: SSAValue) -> SSAValue:
    builder, kind = kernel.builder, op.kind.data
    if acc.type == f32:
        if kind in ("max", "min"):
            return builder.call(f"nnopt_{kind}_f32", [acc, value], f32)
        return builder.emit((arith.MulfOp if kind == "prod" else arith.AddfOp)(acc, value))
    if op.wraps is not None and kind in ("sum", "prod"):
        return total(kernel, "add" if kind == "sum" else "mul", [acc, value])
    ops = {"max": arith.MaxSIOp, "min": arith.MinSIOp, "prod": arith.MuliOp}
    return builder.emit(ops.get(kind, arith.AddiOp)(acc, value))


@head(nn.ReduceOp)
def reduce(kernel: Kernel, op: Operation) -> None:
    """One output element is the fold of a whole sub-tensor."""
    assert isinstance(op, nn.ReduceOp)
    builder = kernel.builder
    x, result = op.operands[0], op.results[0]
    shape, strides, kind = shape_of(x), strides_of(shape_of(x)), op.kind.data
    axes = sorted(a % len(shape) for a in op.axes.get_values())
    kept = [d for d in range(len(shape)) if d not in axes]
    if kind == "mean" and not is_real(x):
        raise PassFailedException(
            f"kernel {kernel.launch.label.data}: a mean of integers has no loops, use a pool"
        )

    def fold(level: int, offset: Index, acc: SSAValue) -> SSAValue:
        if level == len(axes):
            return _combine(kernel, op, acc, kernel.load(x, offset))
        axis = axes[level]

        def body(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            place = builder.linear((offset, 1), (i, strides[axis]))
            return [fold(level + 1, place, carried[0])]

        return builder.for_(0, shape[axis], body, [acc], hint="r", carried_hints=["acc"])[0]

    def body(indices: list[Index]) -> None:
        start = builder.linear(*((i, strides[d]) for i, d in zip(indices, kept, strict=True)))
        acc = fold(0, start, _start(kernel, op))
        if kind == "mean":
            count = float(np.prod([shape[a] for a in axes]))
            acc = builder.emit(arith.DivfOp(acc, builder.real(count)))
        if op.wraps is not None:
            acc = within(kernel, acc, element_of(result))
        kernel.elements([KeptPosition(kernel, indices, shape_of(result), kept)], result, [acc])

    builder.loops([shape[d] for d in kept], body)


class KeptPosition(Position):
    """A position among a reduction's kept dimensions; the result may keep all of them."""

    def __init__(
        self, kernel: Kernel, indices: Sequence[Index], result: tuple[int, ...], kept: list[int]
    ):
        super().__init__(kernel.builder, indices, result)
        self.kept = kept if len(kept) != len(result) else list(range(len(result)))

    def strides(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        strides = broadcast_strides(shape, self.shape)
        return tuple(strides[d] for d in self.kept)


@head(nn.SoftmaxOp)
def softmax(kernel: Kernel, op: Operation) -> None:
    """Per row along the axis: exp(x - max), divided by their sum; the output holds the exps."""
    assert isinstance(op, nn.SoftmaxOp)
    if kernel.results[0] is not op.results[0]:
        raise PassFailedException(
            f"kernel {kernel.launch.label.data}: nothing can be fused behind nn.softmax, "
            "its output is scratch"
        )
    builder = kernel.builder
    x, out = op.operands[0], kernel.outputs[0]
    shape = shape_of(x)
    axis = op.axis.value.data % len(shape)
    stride = strides_of(shape)[axis]
    others = [d for d in range(len(shape)) if d != axis]

    def body(indices: list[Index]) -> None:
        strides = strides_of(shape)
        start = builder.linear(*((i, strides[d]) for i, d in zip(indices, others, strict=True)))

        def at(i: Index) -> Index:
            return builder.linear((start, 1), (i, stride))

        def largest(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            return [builder.call("nnopt_max_f32", [carried[0], kernel.load(x, at(i))], f32)]

        def exponential(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            moved = builder.emit(arith.SubfOp(kernel.load(x, at(i)), peak))
            value = builder.call("nnopt_exp", [moved], f32)
            value.name_hint = "e"
            builder.store(value, out, at(i))
            return [builder.emit(arith.AddfOp(carried[0], value))]

        def divide(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            value = builder.load(out, at(i))
            builder.store(builder.emit(arith.DivfOp(value, total)), out, at(i))
            return ()

        extent = shape[axis]
        lowest = builder.real(float("-inf"))
        (peak,) = builder.for_(0, extent, largest, [lowest], carried_hints=["peak"])
        zero = builder.real(0.0)
        (total,) = builder.for_(0, extent, exponential, [zero], carried_hints=["total"])
        builder.for_(0, extent, divide)

    builder.loops([shape[d] for d in others], body)
