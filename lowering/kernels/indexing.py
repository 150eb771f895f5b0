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


@head(nn.TopKOp)
def top_k(kernel: Kernel, op: Operation) -> None:
    """For each place in the order, the best of the elements that come after the one before."""
    assert isinstance(op, nn.TopKOp)
    builder = kernel.builder
    x, result = op.operands[0], op.results[0]
    shape, strides = shape_of(x), strides_of(shape_of(x))
    axis = op.axis.value.data % len(shape)
    better, worse = ("gt", "lt") if op.kind.data == "max" else ("lt", "gt")
    others = [d for d in range(len(shape)) if d != axis]

    def body(at: list[Index]) -> None:
        start = builder.linear(*((i, strides[d]) for i, d in zip(at, others, strict=True)))
        one, none, nothing = (builder.integer(n) for n in (1, 0, -1))

        def holds(test: SSAValue) -> SSAValue:
            return chosen(kernel, test, one, none)

        def pick(place: Index, last: list[SSAValue]) -> Sequence[SSAValue]:
            def step(i: Index, best: list[SSAValue]) -> Sequence[SSAValue]:
                value = kernel.load(x, builder.linear((start, 1), (i, strides[axis])))
                here = builder.cast_index(i)
                first = holds(compared(kernel, "lt", last[1], none))
                lower = holds(compared(kernel, worse, value, last[0]))
                equal = holds(compared(kernel, "eq", value, last[0]))
                behind = holds(compared(kernel, "gt", here, last[1]))
                after = _or(kernel, first, _or(kernel, lower, _and(kernel, equal, behind)))
                empty = holds(compared(kernel, "lt", best[1], none))
                gains = _or(kernel, empty, holds(compared(kernel, better, value, best[0])))
                real = holds(compared(kernel, "eq", value, value))
                taken = _and(kernel, _and(kernel, after, gains), real)
                test = compared(kernel, "ne", taken, none)
                return [chosen(kernel, test, value, best[0]), chosen(kernel, test, here, best[1])]

            hints = ["best", "where"]
            found = builder.for_(0, shape[axis], step, [last[0], nothing], carried_hints=hints)
            index = builder.emit(arith.ExtSIOp(builder.emit(arith.MaxSIOp(found[1], none)), i64))
            where = [*at[:axis], place, *at[axis:]]
            kernel.elements([Position(builder, where, shape_of(result))], result, [index])
            return found

        begin = [kernel.load(x, start), nothing]
        builder.for_(0, op.k.value.data, pick, begin, hint="place", carried_hints=["last", "index"])

    builder.loops([shape[d] for d in others], body)


def _and(kernel: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    return kernel.builder.emit(arith.AndIOp(a, b))


def _or(kernel: Kernel, a: SSAValue, b: SSAValue) -> SSAValue:
    return kernel.builder.emit(arith.OrIOp(a, b))
