"""Kernels that read or write at positions which they read from a tensor of indices."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import f32, i32, i64
from xdsl.ir import Operation, SSAValue
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn
from .builder import Index, strides_of
from .integers import total
from .kernel import Kernel, Position, head, shape_of
from .logic import chosen, compared


def position(kernel: Kernel, indices: SSAValue, place: Index, extent: int) -> Index:
    """The index at `place`, negative ones counted from the end, and always inside of the extent."""
    builder = kernel.builder
    register = kernel.load(indices, place)
    count, last = (builder.integer(n, register.type) for n in (extent, extent - 1))
    zero = builder.integer(0, register.type)
    negative = compared(kernel, "lt", register, zero)
    front = builder.emit(arith.AddiOp(register, chosen(kernel, negative, count, zero)))
    inside = builder.emit(arith.MinSIOp(builder.emit(arith.MaxSIOp(front, zero)), last))
    narrow = inside if inside.type == i32 else builder.emit(arith.TruncIOp(inside, i32))
    return builder.named(builder.emit(arith.IndexCastOp(narrow, nn.INDEX)), "at")


@head(nn.GatherOp)
def gather(kernel: Kernel, op: Operation) -> None:
    """For each index the elements around the axis that it stands for."""
    assert isinstance(op, nn.GatherOp)
    builder = kernel.builder
    data, indices = op.operands
    shape, source = shape_of(op.results[0]), shape_of(data)
    axis = op.axis.value.data % len(source)
    split = axis + len(shape_of(indices))
    steps, extent = strides_of(source), source[axis]
    index_steps = strides_of(shape_of(indices))

    def body(at: list[Index]) -> None:
        place = builder.linear(*zip(at[axis:], index_steps, strict=True))
        where = position(kernel, indices, place, extent)
        start = builder.linear(*zip([*at[:axis], where], steps[: axis + 1], strict=True))

        def element(inner: list[Index]) -> None:
            offset = builder.linear((start, 1), *zip(inner, steps[axis + 1 :], strict=True))
            value = kernel.load(data, offset)
            here = Position(builder, [*at, *inner], shape)
            kernel.elements([here], op.results[0], [value])

        builder.loops(shape[split:], element, [f"k{d}" for d in range(len(shape) - split)])

    builder.loops(shape[:split], body)


@head(nn.ScatterOp)
def scatter(kernel: Kernel, op: Operation) -> None:
    """A copy, then one update after the other."""
    assert isinstance(op, nn.ScatterOp)
    if kernel.results[0] is not op.results[0]:
        raise PassFailedException("nothing can be fused behind nn.scatter: it changes its output")
    builder = kernel.builder
    data, indices, updates = op.operands
    out = kernel.outputs[0]
    rows, length = shape_of(data)
    (count,) = shape_of(indices)
    kind = op.kind.data

    def copy(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
        builder.store(kernel.load(data, i), out, i)
        return ()

    def update(m: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
        row = position(kernel, indices, m, rows)

        def element(k: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            place = builder.linear((row, length), (k, 1))
            value = kernel.load(updates, builder.linear((m, length), (k, 1)))
            if kind != "set":
                value = combined(kernel, kind, builder.load(out, place), value)
            builder.store(value, out, place)
            return ()

        builder.for_(0, length, element, hint="k")
        return ()

    builder.for_(0, rows * length, copy)
    builder.for_(0, count, update, hint="m")


def combined(kernel: Kernel, kind: str, old: SSAValue, new: SSAValue) -> SSAValue:
    """Two registers added, multiplied, or the larger or smaller of them."""
    builder = kernel.builder
    if old.type == f32 and kind in ("max", "min"):
        return builder.call(f"nnopt_{kind}_f32", [old, new], f32)
    real = {"add": arith.AddfOp, "mul": arith.MulfOp}
    whole = {"max": arith.MaxSIOp, "min": arith.MinSIOp}
    if old.type != f32 and kind in ("add", "mul"):
        return total(kernel, kind, [old, new])
    return builder.emit((real if old.type == f32 else whole)[kind](old, new))


@head(nn.ArgExtremeOp)
def arg_extreme(kernel: Kernel, op: Operation) -> None:
    """One pass along the axis with the best element and its index in registers."""
    assert isinstance(op, nn.ArgExtremeOp)
    builder = kernel.builder
    x = op.operands[0]
    shape, result = shape_of(x), shape_of(op.results[0])
    axis = op.axis.value.data % len(shape)
    strides = strides_of(shape)
    order = {"max": "gt", "min": "lt"}[op.kind.data]
    if op.last.value.data:
        order = {"gt": "ge", "lt": "le"}[order]

    def body(at: list[Index]) -> None:
        start = builder.linear(*zip(at, strides, strict=True))

        def step(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            value = kernel.load(x, builder.linear((start, 1), (i, strides[axis])))
            test = compared(kernel, order, value, carried[0])
            place = builder.cast_index(i)
            return [
                chosen(kernel, test, value, carried[0]),
                chosen(kernel, test, place, carried[1]),
            ]

        first = [kernel.load(x, start), builder.integer(0)]
        found = builder.for_(1, shape[axis], step, first, carried_hints=["best", "where"])
        wide = builder.emit(arith.ExtSIOp(found[1], i64))
        kernel.elements([Position(builder, at, result)], op.results[0], [wide])

    builder.loops(result, body)
