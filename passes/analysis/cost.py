"""What ops cost and how they access their operands."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from xdsl.dialects.builtin import IntegerType, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import accel, fxp, nn, vpool

ELEMENTWISE: tuple[type[Operation], ...] = (
    nn.UnaryElementwiseOp,
    nn.BinaryElementwiseOp,
    nn.CastOp,
    nn.BitcastOp,
    nn.CompareOp,
    nn.BitwiseOp,
    nn.ShiftOp,
    nn.RemainderOp,
    nn.WhereOp,
    nn.PreluOp,
    fxp.RequantizeOp,
    fxp.WidenOp,
    fxp.LookupOp,
    fxp.InterpolateOp,
    fxp.ToRealOp,
    fxp.FromRealOp,
)
"""Ops whose output element depends on one element of each operand (up to broadcasting)."""


def is_elementwise(op: Operation) -> bool:
    """Whether each output element depends on one element of each operand."""
    return isinstance(op, ELEMENTWISE)


def is_view(op: Operation) -> bool:
    """Whether the result has the very bytes of the operand."""
    return isinstance(op, nn.ReshapeOp | fxp.StorageCastOp)


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Shape of a tensor value."""
    assert isa(value.type, TensorType)
    return value.type.get_shape()


def body_ops(kernel: vpool.KernelOp | vpool.LaunchOp) -> list[Operation]:
    """The ops of a kernel's region that compute: without the terminator and the constants that are
    unpacked there, or a part of the code.
    """
    skipped = vpool.YieldOp | vpool.UnpackOp | vpool.UnshiftBiasOp | nn.ConstantOp
    return [op for op in kernel.body.block.ops if not isinstance(op, skipped)]


def head_of(kernel: vpool.KernelOp | vpool.LaunchOp) -> Operation:
    """The op that names a kernel: the one that is not element-wise, else the last that computes
    (does not only convert), else the last one.
    """
    ops = body_ops(kernel)
    heads = [op for op in ops if not is_elementwise(op) and not isinstance(op, vpool.FetchOp)]
    computing = [op for op in ops if isinstance(op, nn.NnOp)]
    return (heads or computing[-1:] or ops[-1:])[0]


def op_macs(op: Operation) -> int:
    """Multiply-accumulate operations of one op (convolutions and matrix products; else 0)."""
    output = int(np.prod(shape_of(op.results[0]))) if op.results else 0
    if isinstance(op, nn.Conv2dOp):
        return output * int(np.prod(shape_of(op.operands[1])[1:]))
    if isinstance(op, nn.FullyConnectedOp):
        return output * shape_of(op.operands[1])[-1]
    if isinstance(op, nn.RecurrentOp | fxp.RecurrentOp):
        steps, batch, width, size = op.sizes
        return steps * batch * shape_of(op.weights)[0] * (width + size)
    if isinstance(op, nn.MatmulOp):
        return output * shape_of(op.operands[0])[-1]
    if isinstance(op, accel.OffloadOp):
        return total_macs(op.ops)
    return 0


def macs(kernel: vpool.KernelOp | vpool.LaunchOp) -> int:
    """Multiply-accumulate operations of a kernel, taps in the padding included."""
    return total_macs(body_ops(kernel))


def total_macs(ops: Iterable[Operation]) -> int:
    """Multiply-accumulate operations of several ops."""
    return sum(op_macs(op) for op in ops)


def may_run_in_place(kernel: vpool.KernelOp | vpool.LaunchOp, index: int) -> bool:
    """Whether the output may be written exactly where input `index` lies.

    True for element-wise kernels that read that input at the very element they write, and write
    elements of the same type, or bytes (which C lets alias anything): forwards or backwards,
    nothing is overwritten before it is read. This is for states, which the caller keeps; tensors in
    the arena may overlap in more ways (`passes/memory`).
    """
    ops = body_ops(kernel)
    if len(kernel.outputs) != 1 or not all(is_elementwise(op) for op in ops):
        return False
    argument, terminator = kernel.body.block.args[index], kernel.body.block.last_op
    assert isinstance(terminator, vpool.YieldOp)
    output = terminator.arguments[0]
    assert isa(argument.type, TensorType) and isa(output.type, TensorType)
    source, target = argument.type.element_type, output.type.element_type
    same_shape = argument.type.get_shape() == output.type.get_shape()
    is_byte = isa(target, IntegerType) and target.width.data == 8
    return same_shape and (source == target or is_byte)
