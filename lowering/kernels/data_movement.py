"""Kernels that move data: each output element is some input element, or a constant.

All are strided copies: transposition, slices, repetition, joining and padding differ only in where
a run of elements starts and how far its steps are. Element-wise ops behind them are applied on the
way, by `Kernel.elements`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ...dialects import nn
from .builder import Index, strides_of
from .kernel import Kernel, Position, broadcast_strides, head, shape_of
from .scalar import number_of

ReadIndex = Callable[[list[Index]], Index]


def gather(kernel: Kernel, op: Operation, read: ReadIndex) -> None:
    """Every output element is the input's element at the flat position `read(indices)`."""
    builder = kernel.builder
    shape = shape_of(op.results[0])

    def body(indices: list[Index]) -> None:
        value = kernel.load(op.operands[0], read(indices))
        kernel.elements([Position(builder, indices, shape)], op.results[0], [value])

    builder.loops(shape, body)


@head(nn.TransposeOp)
def transpose(kernel: Kernel, op: Operation) -> None:
    """Permuted dimensions: the output is written in order, the input read in strides."""
    assert isinstance(op, nn.TransposeOp)
    strides = strides_of(shape_of(op.operands[0]))
    steps = [strides[axis] for axis in op.permutation.get_values()]
    gather(kernel, op, lambda at: kernel.builder.linear(*zip(at, steps, strict=True)))


@head(nn.SliceOp)
def slice_(kernel: Kernel, op: Operation) -> None:
    """A strided range of each dimension."""
    assert isinstance(op, nn.SliceOp)
    strides = strides_of(shape_of(op.operands[0]))
    start = sum(o * s for o, s in zip(op.offsets.get_values(), strides, strict=True))
    steps = [s * t for s, t in zip(strides, op.strides.get_values(), strict=True)]
    gather(
        kernel,
        op,
        lambda at: kernel.builder.add(start, kernel.builder.linear(*zip(at, steps, strict=True))),
    )


@head(nn.BroadcastOp)
def broadcast(kernel: Kernel, op: Operation) -> None:
    """Repetition along dimensions of extent 1."""
    steps = broadcast_strides(shape_of(op.operands[0]), shape_of(op.results[0]))
    gather(kernel, op, lambda at: kernel.builder.linear(*zip(at, steps, strict=True)))


@head(nn.ReshapeOp)
def reshape(kernel: Kernel, op: Operation) -> None:
    """A plain copy: the order of the elements stays."""
    steps = strides_of(shape_of(op.results[0]))
    gather(kernel, op, lambda at: kernel.builder.linear(*zip(at, steps, strict=True)))


@head(nn.ConcatOp)
def concat(kernel: Kernel, op: Operation) -> None:
    """Each operand is copied to its place along the axis."""
    assert isinstance(op, nn.ConcatOp)
    builder = kernel.builder
    result = op.results[0]
    shape = shape_of(result)
    axis = op.axis.value.data % len(shape)
    start = 0
    parts: list[Callable[[], None]] = []
    for operand in op.operands:
        extents = shape_of(operand)
        shift = [start if d == axis else 0 for d in range(len(shape))]

        def body(indices: list[Index], operand: SSAValue = operand, shift: list[int] = shift):
            source = Position(builder, indices, shape_of(operand))
            value = kernel.load(operand, source.offset(shape_of(operand)))
            at = [builder.add(i, s) for i, s in zip(indices, shift, strict=True)]
            kernel.elements([Position(builder, at, shape)], result, [value])

        parts.append(partial(builder.loops, extents, body))
        start += extents[axis]
    builder.one_by_one(parts)


@head(nn.PadOp)
def pad(kernel: Kernel, op: Operation) -> None:
    """Padding with a value, with the border element, or mirrored at the border."""
    assert isinstance(op, nn.PadOp)
    builder = kernel.builder
    source, result = op.operands[0], op.results[0]
    inner, outer = shape_of(source), shape_of(result)
    before = op.pads.get_values()[: len(inner)]
    strides = strides_of(inner)
    mode = op.mode.data

    def nearest(index: Index, d: int) -> Index:
        place = builder.sub(index, int(before[d]))
        if outer[d] == inner[d]:
            return place
        if mode == "reflect":
            last = inner[d] - 1
            place = builder.maximum(place, builder.sub(0, place))
            return builder.minimum(place, builder.sub(2 * last, place))
        return builder.minimum(builder.maximum(place, 0), inner[d] - 1)

    def body(indices: list[Index]) -> None:
        at = [nearest(index, d) for d, index in enumerate(indices)]
        value = kernel.load(source, builder.linear(*zip(at, strides, strict=True)))
        if mode == "constant":
            value = _outside_is_constant(kernel, op, indices, value)
        kernel.elements([Position(builder, indices, outer)], result, [value])

    builder.loops(outer, body)


def _outside_is_constant(
    kernel: Kernel, op: nn.PadOp, indices: Sequence[Index], value: SSAValue
) -> SSAValue:
    """`value` where all indices lie inside the input, the padding value elsewhere."""
    builder = kernel.builder
    inner, outer = shape_of(op.operands[0]), shape_of(op.results[0])
    before = op.pads.get_values()[: len(inner)]
    fill = number_of(kernel, op.operands[0], op.value.value.data)
    for d, index in enumerate(indices):
        if outer[d] == inner[d] or isinstance(index, int):
            continue
        bounds = ((int(before[d]), "slt"), (int(before[d]) + inner[d], "sge"))
        for bound, predicate in bounds:
            if bound in (0, outer[d]):
                continue
            test = builder.emit(arith.CmpiOp(index, builder.value(bound), predicate))
            value = builder.emit(arith.SelectOp(test, fill, value))
    return value
