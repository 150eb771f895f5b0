"""`form-kernels`: groups the ops of a graph into kernels.

A kernel is one pass over one output: at most one op that needs loops of its own (the head: a
convolution, a pool, a softmax, …), and the element-wise ops around it, so that rescaling, clamping
and lookups happen on the accumulator in its register. Reshapes between kernels stay outside: they
move no data. What the function returns is always written by a kernel.

Before:

```mlir
func.func @conv(%x: tensor<1x2x2x1xi8>, %w: tensor<2x1x1x1xi8>, %b: tensor<2xi32>)
    -> tensor<1x2x2x2xi8> {
  %a = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>)
      -> tensor<1x2x2x2xi32>
  %q = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 37>,
      rounding = "half_even", min = -128 : i32, max = 127 : i32}
      : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xi8>
  func.return %q : tensor<1x2x2x2xi8>
}
```

After:

```mlir
func.func @conv(%x: tensor<1x2x2x1xi8>, %w: tensor<2x1x1x1xi8>, %b: tensor<2xi32>)
    -> tensor<1x2x2x2xi8> {
  %q = vpool.kernel "conv2d" ins(%x, %w, %b : tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>)
      -> tensor<1x2x2x2xi8> {
  ^bb0(%x1: tensor<1x2x2x1xi8>, %w1: tensor<2x1x1x1xi8>, %b1: tensor<2xi32>):
    %a = nn.conv2d %x1, %w1, %b1 : (tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>)
        -> tensor<1x2x2x2xi32>
    %q1 = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 37>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xi8>
    vpool.yield %q1 : tensor<1x2x2x2xi8>
  }
  func.return %q : tensor<1x2x2x2xi8>
}
```
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.hints import isa

from ...dialects import accel, fxp, nn, vpool
from ..analysis.cost import is_elementwise, is_view


def _shape(value: SSAValue) -> tuple[int, ...]:
    assert isa(value.type, TensorType)
    return value.type.get_shape()


def _is_computed(op: Operation) -> bool:
    return not isinstance(op, nn.ConstantOp | func.ReturnOp | vpool.KernelOp) and not is_view(op)


@dataclass
class Group:
    """The ops of one kernel to be, in program order; `head` is the op with loops of its own."""

    ops: list[Operation] = field(default_factory=list[Operation])
    head: Operation | None = None

    @property
    def last(self) -> Operation:
        """The op that gives the kernel's result."""
        return self.ops[-1]


def _element_bytes(value: SSAValue) -> int:
    assert isa(value.type, TensorType)
    return vpool.element_bytes(value.type.element_type)


def can_join(producer: Group, consumer: Operation, value: SSAValue) -> bool:
    """Whether `consumer` may finish the kernel that makes `value`.

    A kernel with a head does not end in wider elements than it has to: what widens an 8-bit result
    belongs to the kernel that reads it.
    """
    widens = _element_bytes(consumer.results[0]) > _element_bytes(value)
    return (
        is_elementwise(consumer)
        and len(list(value.uses)) == 1
        and _shape(value) == _shape(consumer.results[0])
        and not (widens and producer.head is not None)
        and not isinstance(
            producer.head,
            nn.SoftmaxOp
            | fxp.SoftmaxOp
            | nn.LayerNormOp
            | fxp.LayerNormOp
            | nn.ScatterOp
            | nn.RecurrentOp
            | fxp.RecurrentOp
            | nn.ExternalOp
            | accel.OffloadOp,
        )
    )


def can_precede(producer: Group, head: Operation, value: SSAValue) -> bool:
    """Whether the conversion that makes `value` may happen where `head` reads each element.

    Integers that a pool, a reduction or a softmax computes on as reals are then never stored as
    reals. A contraction reads its elements too often for that.
    """
    return (
        isinstance(head, nn.AvgPool2dOp | nn.ReduceOp | nn.SoftmaxOp | nn.LayerNormOp)
        and len(producer.ops) == 1
        and isinstance(producer.last, fxp.ToRealOp)
        and len(list(value.uses)) == 1
    )


def group_ops(block: Block) -> list[Group]:
    """Greedy grouping: an element-wise op joins the kernels of its operands where it can."""
    of: dict[Operation, Group] = {}
    for op in block.ops:
        if not _is_computed(op):
            continue
        group = Group([op], None if is_elementwise(op) else op)
        for operand in op.operands:
            producer = operand.op if isinstance(operand, OpResult) else None
            other = of.get(producer) if producer is not None else None
            if other is None or other is group:
                continue
            if group.head is op and can_precede(other, op, operand):
                group = Group([*other.ops, *group.ops], op)
                continue
            if not can_join(other, op, operand):
                continue
            if group.head is not None and other.head is not None:
                continue
            if other.head is not None and not _others_are_known(op, operand):
                continue
            group = Group([*other.ops, *group.ops], group.head or other.head)
        for member in group.ops:
            of[member] = group
    unique: dict[int, Group] = {id(group): group for group in of.values()}
    return list(unique.values())


def _others_are_known(op: Operation, operand: SSAValue) -> bool:
    """Whether all other operands are constants or function arguments: nothing to wait for."""
    return all(
        other is operand or not isinstance(other, OpResult) or isinstance(other.op, nn.ConstantOp)
        for other in op.operands
    )


def _label(group: Group) -> str:
    named = group.head or group.last
    for op in (named, *group.ops):
        name = nn.node_name(op)
        if name:
            return name
    return named.name.split(".")[1]


def make_kernel(group: Group) -> vpool.KernelOp:
    """Put the ops of a group into a kernel, in place of its last op."""
    inside = set(group.ops)
    inputs: list[SSAValue] = []
    for op in group.ops:
        for operand in op.operands:
            internal = isinstance(operand, OpResult) and operand.op in inside
            if not internal and operand not in inputs:
                inputs.append(operand)
    body = Block(arg_types=[value.type for value in inputs])
    for value, arg in zip(inputs, body.args, strict=True):
        arg.name_hint = value.name_hint
    copies: dict[SSAValue, SSAValue] = dict(zip(inputs, body.args, strict=True))
    for op in group.ops:
        copy = op.clone(copies)
        copy.location = op.location
        body.add_op(copy)
    last = group.last
    body.add_op(vpool.YieldOp(*(copies[r] for r in last.results)))
    types: list[Attribute] = [r.type for r in last.results]
    kernel = vpool.KernelOp(_label(group), inputs, types, body)
    kernel.location = (group.head or last).location
    Rewriter.insert_op(kernel, InsertPoint.before(last))
    for old, new in zip(last.results, kernel.outputs, strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    for op in reversed(group.ops):
        op.detach()
        op.erase()
    return kernel


def storage_root(value: SSAValue) -> SSAValue:
    """The value whose memory a chain of views shows."""
    while isinstance(value, OpResult) and is_view(value.op):
        value = value.op.operands[0]
    return value


def copy_returned(function: func.FuncOp) -> None:
    """Give every returned value a kernel of its own that writes it."""
    terminator = function.body.block.last_op
    assert isinstance(terminator, func.ReturnOp)
    seen: set[SSAValue] = set()
    for index, value in enumerate(terminator.operands):
        root = storage_root(value)
        written = isinstance(root, OpResult) and isinstance(root.op, vpool.KernelOp)
        if written and root not in seen:
            seen.add(root)
            continue
        copy = nn.ReshapeOp(value, _shape(value))
        copy.location = terminator.location
        Rewriter.insert_op(copy, InsertPoint.before(terminator))
        kernel = make_kernel(Group([copy], copy))
        terminator.operands[index] = kernel.outputs[0]


@dataclass(frozen=True)
class FormKernelsPass(ModulePass):
    """Group ops into kernels; runs on the integer (or float) graph."""

    name = "form-kernels"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Form the kernels of every function."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            for group in group_ops(function.body.block):
                make_kernel(group)
            copy_returned(function)
