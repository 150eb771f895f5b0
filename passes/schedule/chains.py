"""Chains of kernels: which may become one, and how they do."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.hints import isa

from ...dialects import nn, packing, vpool
from ..analysis.cost import body_ops, is_elementwise, shape_of
from .row_chain import PATCHES, ROWS, rows_of
from .unpacked import NAME as UNPACKED
from .variants import DIRECT


def loops_of(kernel: vpool.KernelOp) -> list[Operation]:
    """The ops of a kernel that need loops of their own."""
    return [op for op in body_ops(kernel) if not is_elementwise(op)]


def has_rows(kernel: vpool.KernelOp) -> bool:
    """Whether a kernel can be a stage: one result, convolutions of one image, or element-wise.

    Its first op may fetch rows. Straight-line code is no stage: it widens strips of its own.
    """
    heads = loops_of(kernel)
    if kernel.schedule is not None and kernel.schedule.algorithm.data == UNPACKED:
        return False
    if heads and isinstance(heads[0], vpool.FetchOp):
        heads = heads[1:]
    plain = all(isinstance(op, nn.Conv2dOp) for op in heads) and len(kernel.outputs) == 1
    if not plain or len(shape_of(kernel.outputs[0])) != 4 or shape_of(kernel.outputs[0])[0] != 1:
        return False
    windows = [rows_of(op) for op in heads if isinstance(op, nn.Conv2dOp)]
    return all((w.kernel - 1) * w.dilation >= w.pad for w in windows)


def can_patch(kernel: vpool.KernelOp) -> bool:
    """Whether a fused kernel can run patch by patch: several convolutions, no rows to ask for."""
    heads = loops_of(kernel)
    return len(heads) > 1 and all(isinstance(op, nn.Conv2dOp) for op in heads)


def feeds(producer: vpool.KernelOp, consumer: vpool.KernelOp) -> bool:
    """Whether the result of one kernel is the image of the other's first stage, and nothing else.

    An element-wise consumer has to read the image at the very element that it writes.
    """
    if not (has_rows(producer) and has_rows(consumer)) or not loops_of(producer):
        return False
    (image,) = producer.outputs
    uses = list(image.uses)
    if len(uses) != 1 or uses[0].operation is not consumer:
        return False
    argument = consumer.body.block.args[uses[0].index]
    heads = loops_of(consumer)
    if not heads:
        return shape_of(argument) == shape_of(consumer.outputs[0])
    inner = list(argument.uses)
    return len(inner) == 1 and inner[0].operation is heads[0] and inner[0].index == 0


def fuse(producer: vpool.KernelOp, consumer: vpool.KernelOp) -> vpool.KernelOp:
    """Put two kernels into one, in place of the second."""
    (image,) = producer.outputs
    inputs: list[SSAValue] = []
    for value in (*producer.inputs, *consumer.inputs):
        if value is not image and value not in inputs:
            inputs.append(value)
    body = Block(arg_types=[value.type for value in inputs])
    given: dict[SSAValue, SSAValue] = dict(zip(inputs, body.args, strict=True))
    for value, argument in given.items():
        argument.name_hint = value.name_hint
    for kernel in (producer, consumer):
        copies: dict[SSAValue, SSAValue] = {
            argument: given[value]
            for value, argument in zip(kernel.inputs, kernel.body.block.args, strict=True)
        }
        for op in kernel.body.block.ops:
            if isinstance(op, vpool.YieldOp):
                given[kernel.outputs[0]] = copies[op.arguments[0]]
                continue
            copy = op.clone(copies)
            copy.location = op.location
            body.add_op(copy)
    (result,) = consumer.outputs
    body.add_op(vpool.YieldOp(given[result]))
    old = producer.schedule or vpool.ScheduleAttr()
    schedule = vpool.ScheduleAttr(ROWS, ("oh", "ow", "oc"), old.block, old.isa)
    label = f"{producer.label.data} + {consumer.label.data}"
    fused = vpool.KernelOp(label, inputs, [result.type], body, schedule)
    fused.location = producer.location
    Rewriter.insert_op(fused, InsertPoint.before(consumer))
    fused.outputs[0].name_hint = result.name_hint
    result.replace_all_uses_with(fused.outputs[0])
    for kernel in (consumer, producer):
        kernel.detach()
        kernel.erase()
    return fused


def kernels_of(function: func.FuncOp) -> list[vpool.KernelOp]:
    """The kernels of a function in order."""
    return [op for op in function.body.block.ops if isinstance(op, vpool.KernelOp)]


def chains_of(kernels: Sequence[vpool.KernelOp]) -> list[list[int]]:
    """The numbers of kernels that each feed the next one, in chains that share none."""
    number = {kernel: index for index, kernel in enumerate(kernels)}
    chain_of: dict[int, list[int]] = {}
    chains: list[list[int]] = []
    for index, kernel in enumerate(kernels):
        makers = [number[v.op] for v in kernel.inputs if isinstance(v, OpResult) if v.op in number]  # pyright: ignore[reportArgumentType]
        fed = [m for m in makers if chain_of[m][-1] == m and feeds(kernels[m], kernel)]
        if fed:
            chain_of[index] = chain_of[max(fed)]
        else:
            chains.append([])
            chain_of[index] = chains[-1]
        chain_of[index].append(index)
    return chains


def with_algorithm(
    schedule: vpool.ScheduleAttr, algorithm: str, tile: Sequence[int] = ()
) -> vpool.ScheduleAttr:
    """A schedule with another algorithm."""
    same = schedule.order, schedule.block, schedule.isa, schedule.backwards
    return vpool.ScheduleAttr(algorithm, *same, tile)


def unpack(kernel: vpool.KernelOp) -> None:
    """Give a kernel its weights as they are, for the direct algorithm."""
    block = kernel.body.block
    for op in [op for op in block.ops if isinstance(op, vpool.UnpackOp)]:
        argument, type_ = op.packed, op.result.type
        assert isinstance(argument, BlockArgument)
        assert isa(type_, TensorType)
        given = kernel.inputs[argument.index]
        assert isinstance(given, OpResult)
        packed = given.op
        assert isinstance(packed, nn.ConstantOp)
        weights = packing.unpack(packed.array(), op.weights_shape, op.layout.data)
        plain = nn.ConstantOp.from_array(weights.reshape(type_.get_shape()), type_)
        plain.location = packed.location
        Rewriter.insert_op(plain, InsertPoint.before(kernel))
        kernel.operands[argument.index] = plain.result
        fresh = block.insert_arg(type_, argument.index)
        op.result.replace_all_uses_with(fresh)
        op.detach()
        op.erase()
        block.erase_arg(argument)
        if not list(packed.result.uses):
            packed.detach()
            packed.erase()


def run_as(kernel: vpool.KernelOp, algorithm: str, tile: Sequence[int] = ()) -> None:
    """Let a kernel run with an algorithm; those that are direct within take plain weights.

    A kernel that is made direct computes one pixel at a time: so its output comes closest to its
    input.
    """
    if algorithm in (PATCHES, DIRECT):
        unpack(kernel)
    schedule = with_algorithm(kernel.schedule or vpool.ScheduleAttr(), algorithm, tile)
    if algorithm == DIRECT:
        pixels, channels = schedule.register_block
        block = 1, min(4, pixels * channels)
        schedule = vpool.ScheduleAttr(DIRECT, schedule.order, block, schedule.isa)
    kernel.schedule = schedule
