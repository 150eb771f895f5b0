"""What the kernels of the IR read and write: from a `vpool.kernel` and its schedule to a `Walk`.

Here meet the ops of the IR and the plain mathematics of `access.py`. Tests run the loops that
`lower-kernels` makes and compare every load and store with what is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import cast

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, BlockArgument, Operation, OpResult, SSAValue
from xdsl.utils.exceptions import PassFailedException

from ...dialects import accel, fxp, nn, vpool
from ..analysis.cost import body_ops, is_elementwise, shape_of
from ..schedule.row_chain import (
    by_groups,
    by_patches,
    chain_of,
    heads_of,
    is_fused,
    patches_of,
)
from . import access
from .access import Access, HeadLoops, Loops, Nest, Read, Shape, Slide, Span, Walk
from .variant_access import TWICE, VARIANT_LOOPS, VARIANT_RUNS

IN_ORDER = (
    nn.SoftmaxOp,
    fxp.SoftmaxOp,
    nn.LayerNormOp,
    fxp.LayerNormOp,
    nn.ScatterOp,
    nn.TopKOp,
    nn.RecurrentOp,
    fxp.RecurrentOp,
    nn.ExternalOp,
    accel.OffloadOp,
)
"""Heads with steps that build on each other, or whose order is not ours to choose."""


@dataclass(frozen=True)
class LoopOrder:
    """What a schedule says about loops: their order, and the register block (pixels, channels)."""

    order: tuple[str, ...]
    block: tuple[int, int]


def element_size(value: SSAValue) -> int:
    """Bytes of one element of a tensor value in memory."""
    return vpool.element_bytes(cast("TensorType[Attribute]", value.type).element_type)


def byte_size(value: SSAValue) -> int:
    """Bytes of a tensor value in memory."""
    return vpool.byte_size(cast("TensorType[Attribute]", value.type))


def _slides(
    op: nn.Conv2dOp | nn.MaxPool2dOp | nn.AvgPool2dOp, kernel: Shape, dilations: Shape
) -> tuple[Slide, Slide]:
    image, output = shape_of(op.operands[0]), shape_of(op.results[0])
    strides, pads = op.strides.get_values(), op.pads.get_values()
    rows, columns = (
        Slide(image[1 + a], output[1 + a], kernel[a], strides[a], pads[a], dilations[a])
        for a in range(2)
    )
    return rows, columns


def _convolution(op: nn.Conv2dOp, schedule: LoopOrder) -> HeadLoops:
    image, filters, output = (shape_of(op.operands[0]), shape_of(op.weight), shape_of(op.result))
    groups = op.groups.value.data
    rows, columns = _slides(op, filters[1:3], op.dilations.get_values())
    pixels, channels = schedule.block
    if groups > 1 and not (filters[3] == 1 and filters[0] == groups):
        per_group = filters[0] // groups
        channels = max(d for d in range(1, channels + 1) if per_group % d == 0)
    loops = access.window_loops(output, rows, columns, schedule.order, (pixels, channels))
    return HeadLoops(
        loops, {0: lambda size: access.window_read(loops, rows, columns, image[3], groups, size)}
    )


def _pool(op: nn.MaxPool2dOp | nn.AvgPool2dOp, schedule: LoopOrder) -> HeadLoops:
    dilations = op.dilations.get_values() if isinstance(op, nn.MaxPool2dOp) else (1, 1)
    rows, columns = _slides(op, op.kernel.get_values(), dilations)
    loops = access.window_loops(shape_of(op.results[0]), rows, columns, schedule.order)
    depth = loops.shape[3]
    return HeadLoops(
        loops, {0: lambda size: access.window_read(loops, rows, columns, depth, depth, size)}
    )


def _contraction(op: nn.FullyConnectedOp, schedule: LoopOrder) -> HeadLoops:
    outputs, inner = shape_of(op.operands[1])
    rows = prod(shape_of(op.operands[0])[:-1])
    loops, _ = access.fully_connected(rows, inner, outputs, schedule.block)

    def read(size: int) -> Access:
        sizes = (size, 1)
        return access.fully_connected(rows, inner, outputs, schedule.block, sizes)[1]

    return HeadLoops(loops, {0: read})


def _matmul(op: nn.MatmulOp) -> HeadLoops:
    lhs, rhs, output = (shape_of(value) for value in (*op.operands, *op.results))
    loops, _, _ = access.matmul_reads(lhs, rhs, output)
    left: Read = lambda size: access.matmul_reads(lhs, rhs, output, size)[1]
    right: Read = lambda size: access.matmul_reads(lhs, rhs, output, size)[2]
    return HeadLoops(loops, {0: left, 1: right})


def _movement(op: Operation) -> HeadLoops:
    """Transpositions, slices, padding and copies: one output element per step."""
    source, output = shape_of(op.operands[0]), shape_of(op.results[0])
    loops = Loops.over(output)

    def read(size: int) -> Access:
        if isinstance(op, nn.TransposeOp):
            return access.transpose_read(source, op.permutation.get_values(), size)
        if isinstance(op, nn.SliceOp):
            offsets, steps = op.offsets.get_values(), op.strides.get_values()
            return access.slice_read(source, offsets, output, steps, size)
        if isinstance(op, nn.PadOp):
            before = op.pads.get_values()[: len(source)]
            return access.pad_read(source, before, output, op.mode.data, size)
        return loops.at(output if isinstance(op, nn.ReshapeOp) else source, size)

    return HeadLoops(loops, {0: read})


def _concat(op: nn.ConcatOp) -> Iterator[HeadLoops]:
    shapes = [shape_of(value) for value in op.operands]
    axis = op.axis.value.data % len(shapes[0])
    start = 0
    for k, shape in enumerate(shapes):
        loops = Loops.over(shape)
        shift = tuple(start if d == axis else 0 for d in range(len(shape)))
        reads: dict[int, Read] = {
            k: lambda size, loops=loops, shape=shape: loops.at(shape, size),
            **{other: nothing(loops) for other in range(len(shapes)) if other != k},
        }
        yield HeadLoops(loops, reads, shift)
        start += shape[axis]


def nothing(loops: Loops) -> Read:
    """A read of no byte at all."""
    empty = tuple(access.Span(s.first * 0 + 1, s.first * 0) for s in loops.spans)
    moves = [(d, span, 1) for d, span in zip(loops.along, empty, strict=True)]
    return lambda size: loops.touch(moves, size)


def _reduce(op: nn.ReduceOp) -> HeadLoops:
    shape = shape_of(op.operands[0])
    axes = [a % len(shape) for a in op.axes.get_values()]
    loops, _ = access.reduce_read(shape, axes)
    return HeadLoops(loops, {0: lambda size: access.reduce_read(shape, axes, size)[1]})


def _heads(op: Operation, schedule: LoopOrder) -> Iterator[HeadLoops]:
    match op:
        case nn.Conv2dOp():
            yield _convolution(op, schedule)
        case nn.MaxPool2dOp() | nn.AvgPool2dOp():
            yield _pool(op, schedule)
        case nn.FullyConnectedOp():
            yield _contraction(op, schedule)
        case nn.MatmulOp():
            yield _matmul(op)
        case nn.ConcatOp():
            yield from _concat(op)
        case nn.ReduceOp():
            yield _reduce(op)
        case nn.TransposeOp() | nn.SliceOp() | nn.PadOp() | nn.BroadcastOp() | nn.ReshapeOp():
            yield _movement(op)
        case _:
            raise PassFailedException(f"{op.name}: what its kernel reads is not known")


def _leaves(value: SSAValue) -> Iterator[int]:
    """Numbers of the inputs from which `value` is computed element by element."""
    if isinstance(value, BlockArgument):
        yield value.index
    elif isinstance(value, OpResult):
        for operand in value.op.operands:
            yield from _leaves(operand)


def _outside(value: SSAValue, head: Operation | None) -> Iterator[BlockArgument]:
    """The inputs that the element-wise rest behind `head` reads."""
    if isinstance(value, BlockArgument):
        yield value
    elif isinstance(value, OpResult) and value.op is not head:
        for operand in value.op.operands:
            yield from _outside(operand, head)


def _nest(kernel: vpool.KernelOp | vpool.LaunchOp, head: Operation, part: HeadLoops) -> Nest:
    result = _yielded(kernel)
    output, loops = shape_of(result), part.loops
    arguments = kernel.body.block.args

    def at(shape: Shape, size: int) -> Access:
        strides = access.operand_strides(shape, output, output if part.shift else loops.shape)
        if strides is None:
            return loops.touch([], size, reach=prod(shape) - 1)
        start = sum(s * t for s, t in zip(strides, part.shift, strict=False))
        pairs = zip(loops.along, loops.spans, strict=True)
        return loops.touch([(d, span, strides[d]) for d, span in pairs], size, start)

    reads: list[tuple[int, Access]] = []
    for k, operand in enumerate(head.operands):
        for number in _leaves(operand):
            size = element_size(arguments[number])
            whole = loops.touch([], size, reach=prod(shape_of(operand)) - 1)
            reads.append((number, part.reads[k](size) if k in part.reads else whole))
    for argument in _outside(result, head):
        reads.append((argument.index, at(shape_of(argument), element_size(argument))))
    return Nest(at(output, element_size(result)), tuple(reads))


def may_turn(kernel: vpool.KernelOp | vpool.LaunchOp) -> bool:
    """Whether the steps of a kernel may run in reverse: they are independent of each other."""
    in_order = any(isinstance(op, IN_ORDER) for op in kernel.body.block.ops)
    return not in_order and not is_fused(kernel)


def _softmax(head: nn.SoftmaxOp, kernel: vpool.KernelOp | vpool.LaunchOp, axis: int) -> Nest:
    shape, size = shape_of(head.result), element_size(head.result)
    reads: list[tuple[int, Access]] = []
    for number in _leaves(head.operands[0]):
        sizes = element_size(kernel.body.block.args[number]), size
        reads.append((number, access.softmax_walk(shape, axis, sizes)[0].reads[0][1]))
    return Nest(access.softmax_walk(shape, axis, (size, size))[0].write, tuple(reads))


def _rows_thrice(
    head: fxp.SoftmaxOp | fxp.LayerNormOp | nn.LayerNormOp,
    kernel: vpool.KernelOp | vpool.LaunchOp,
) -> Nest:
    """Each row is read three times, in the end while it is written; other operands at any time."""
    arguments, reads = kernel.body.block.args, list[tuple[int, Access]]()
    size, others = element_size(head.result), [prod(shape_of(v)) for v in head.operands[1:]]
    for k, operand in enumerate(head.operands):
        for number in _leaves(operand):
            sizes = element_size(arguments[number]), size
            (nest,) = access.rows_thrice_walk(shape_of(head.result), sizes, others)
            reads.append((number, nest.reads[k][1]))
    (nest,) = access.rows_thrice_walk(shape_of(head.result), (size, size))
    return Nest(nest.write, tuple(reads))


def _yielded(kernel: vpool.KernelOp | vpool.LaunchOp) -> SSAValue:
    terminator = kernel.body.block.last_op
    if not isinstance(terminator, vpool.YieldOp) or len(terminator.arguments) != 1:
        raise PassFailedException(f"kernel {kernel.label.data}: one result expected")
    return terminator.arguments[0]


def runs_of(kernel: vpool.KernelOp | vpool.LaunchOp) -> tuple[int, Walk] | None:
    """A pitch at which groups of channels do not meet, and the steps that matter then.

    None where there is none. The steps are over pixels: their bytes are the pitch.
    """
    result = _yielded(kernel)
    heads = [op for op in body_ops(kernel) if not is_elementwise(op)]
    chosen = kernel.schedule or vpool.ScheduleAttr()
    if not heads or chosen.algorithm.data not in VARIANT_RUNS:
        return None
    loops, moves, reach = VARIANT_RUNS[chosen.algorithm.data](heads[0])
    source = heads[0].operands[0]
    size = element_size(result)
    others = [a for a in _outside(result, heads[0]) if a is not source]
    if not isinstance(source, BlockArgument) or element_size(source) != size or others:
        return None
    pitch = shape_of(result)[-1] * size
    read = loops.touch(moves, pitch, reach=reach)
    walk = (loops.nest(pitch, (source.index, read)),)
    return pitch, access.backwards(walk) if chosen.is_reversed else walk


def walk_of(kernel: vpool.KernelOp | vpool.LaunchOp, block: tuple[int, int] | None = None) -> Walk:
    """What a kernel reads of its inputs, by their numbers, and writes, step by step.

    `block` asks what another register block than the schedule's would give to the direct algorithm;
    (1, all channels) is the bound for kernels that write a pixel when all of it has been computed.
    What other algorithms do in which order, `variant_access.py` says. Raises
    PassFailedException for a kernel with several results, or a head that is not known here.
    """
    walk = _forwards(kernel, block)
    if kernel.schedule is None or not kernel.schedule.is_reversed:
        return walk
    if not may_turn(kernel):
        raise PassFailedException(f"kernel {kernel.label.data}: its steps do not run backwards")
    return access.backwards(walk)


def _rows(kernel: vpool.KernelOp | vpool.LaunchOp) -> Nest:
    """A kernel that runs row by row: a step reads the input rows that it needs, then writes a row
    of the output.
    """
    result, chain, groups = _yielded(kernel), chain_of(kernel), [False, *by_groups(kernel)]
    rows = shape_of(result)[1]
    loops = Loops((rows, 1), (0, 1), (Span.each(rows), TWICE))

    def line(value: SSAValue, span: Span) -> Access:
        size = prod(shape_of(value)[2:])
        return loops.touch([(0, span, size)], element_size(value), reach=size - 1)

    image = heads_of(kernel)[0].operands[0]
    read = line(image, chain.reads())
    # one stage alone reads while it writes, and so do groups of channels at the end
    apart = len(heads_of(kernel)) > 1 and not groups[-1]
    return _fused(
        kernel, loops, read.before(1) if apart else read, lambda value: line(value, loops.spans[0])
    )


def _patches(kernel: vpool.KernelOp | vpool.LaunchOp) -> Nest:
    """A kernel that runs patch by patch: a step reads the patch of the input that it needs, then
    writes a tile of the output.
    """
    result, chain, heads = _yielded(kernel), patches_of(kernel), heads_of(kernel)
    tiles = tuple(Span.blocks(shape_of(result)[1 + axis], chain.tile[axis]) for axis in range(2))
    loops = Loops((len(tiles[0]), len(tiles[1]), 1), (0, 1, 2), (*tiles, TWICE))

    def tile(value: SSAValue, spans: tuple[Span, Span]) -> Access:
        _, _, width, depth = shape_of(value)
        moves = [(0, spans[0], width * depth), (1, spans[1], depth)]
        return loops.touch(moves, element_size(value), reach=depth - 1)

    read = tile(heads[0].operands[0], chain.reads())
    apart = len(heads) > 1
    return _fused(
        kernel,
        loops,
        read.before(2) if apart else read,
        lambda value: tile(value, (tiles[0], tiles[1])),
    )


def _fused(
    kernel: vpool.KernelOp | vpool.LaunchOp,
    loops: Loops,
    image_read: Access,
    at: Callable[[SSAValue], Access],
) -> Nest:
    """A fused kernel with so many steps, of which each does what `at` says of the output.

    What is read beside the image - element by element where a step writes, or anywhere - may be
    read after a part of the step has been written.
    """
    result, heads = _yielded(kernel), heads_of(kernel)
    reads: list[tuple[int, Access]] = []
    image = heads[0].operands[0]
    last = list(_outside(result, heads[-1]))
    for argument in kernel.body.block.args:
        if argument is image:
            reads.append((argument.index, image_read))
        elsewhere = [u for u in argument.uses if u.operation is not heads[0] or u.index]
        if not elsewhere:
            continue
        if argument in last and shape_of(argument) == shape_of(result):
            if all(_ends(use.operation, heads) for use in elsewhere):
                reads.append((argument.index, at(argument)))
                continue
        reach = prod(shape_of(argument)) - 1
        reads.append((argument.index, loops.touch([], element_size(argument), reach=reach)))
    return Nest(at(result), tuple(reads))


def _ends(op: Operation, heads: Sequence[Operation]) -> bool:
    """Whether an op belongs to the last stage: none of the heads computes on what it gives."""
    if op in heads:
        return False
    return all(_ends(use.operation, heads) for result in op.results for use in result.uses)


def _forwards(
    kernel: vpool.KernelOp | vpool.LaunchOp, block: tuple[int, int] | None = None
) -> Walk:
    if is_fused(kernel):
        return (_patches(kernel) if by_patches(kernel) else _rows(kernel),)
    result = _yielded(kernel)
    heads = [op for op in body_ops(kernel) if not is_elementwise(op)]
    if not heads:
        loops = Loops.over(shape_of(result))
        inputs = {argument.index: argument for argument in _outside(result, None)}
        reads = [(k, loops.at(shape_of(a), element_size(a))) for k, a in inputs.items()]
        return (loops.nest(element_size(result), *reads),)
    (head,) = heads
    if isinstance(head, nn.SoftmaxOp):
        axis = head.axis.value.data % len(shape_of(result))
        return (_softmax(head, kernel, axis),)
    if isinstance(head, fxp.SoftmaxOp | fxp.LayerNormOp | nn.LayerNormOp):
        return (_rows_thrice(head, kernel),)
    chosen = kernel.schedule or vpool.ScheduleAttr()
    if chosen.algorithm.data in VARIANT_LOOPS:
        return (_nest(kernel, head, VARIANT_LOOPS[chosen.algorithm.data](head)),)
    schedule = LoopOrder(chosen.loop_order, block or chosen.register_block)
    return tuple(_nest(kernel, head, part) for part in _heads(head, schedule))
