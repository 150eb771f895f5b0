"""One element of comparisons, bit operations, remainders and selections; booleans are 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, f32, i64
from xdsl.ir import Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import nn
from .integers import total, within
from .kernel import Kernel, Position, element_of, scalar

Registers = Sequence[SSAValue]

_INTEGER = {"eq": "eq", "ne": "ne", "lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge"}
_REAL = {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}


def compared(kernel: Kernel, predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
    """The i1 value of a comparison of two registers."""
    if a.type == f32:
        return kernel.builder.emit(arith.CmpfOp(a, b, _REAL[predicate]))
    return kernel.builder.emit(arith.CmpiOp(a, b, _INTEGER[predicate]))


def chosen(kernel: Kernel, test: SSAValue, yes: SSAValue, no: SSAValue) -> SSAValue:
    """One of two registers."""
    return kernel.builder.emit(arith.SelectOp(test, yes, no))


def known(kernel: Kernel, like: SSAValue, value: int) -> SSAValue:
    """A number in a register of the type of another."""
    builder = kernel.builder
    return builder.real(value) if like.type == f32 else builder.integer(value, like.type)


@scalar(nn.CompareOp)
def compare(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """1 where the comparison holds, else 0."""
    assert isinstance(op, nn.CompareOp)
    builder = kernel.builder
    test = compared(kernel, op.predicate.data, args[0], args[1])
    return chosen(kernel, test, builder.integer(1), builder.integer(0))


@scalar(nn.BitwiseOp)
def bitwise(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """Bit by bit."""
    assert isinstance(op, nn.BitwiseOp)
    ops = {"and": arith.AndIOp, "or": arith.OrIOp, "xor": arith.XOrIOp}
    return kernel.builder.emit(ops[op.kind.data](args[0], args[1]))


@scalar(nn.ShiftOp)
def shift(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """Shifted by a distance inside of the type, else only the sign is left."""
    assert isinstance(op, nn.ShiftOp)
    element = element_of(op.operands[0])
    assert isa(element, IntegerType)
    width = "i64" if args[0].type == i64 else "i32"
    bits = kernel.builder.integer(element.width.data, args[0].type)
    name = f"nnopt_shift_{op.direction.data}_{width}"
    moved = kernel.builder.call(name, [*args, bits], args[0].type)
    return within(kernel, moved, element) if op.direction.data == "left" else moved


@scalar(nn.RemainderOp)
def remainder(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """With the sign of the first operand (truncated) or of the second."""
    assert isinstance(op, nn.RemainderOp)
    builder = kernel.builder
    a, b = args
    zero = known(kernel, a, 0)
    if a.type == f32:
        rest = builder.call("nnopt_fmod", [a, b], f32)
    else:
        rest = total(kernel, "remainder", [a, b])
    if op.truncated.value.data:
        return rest
    other_side = (
        builder.emit(arith.AddfOp(rest, b)) if a.type == f32 else total(kernel, "add", [rest, b])
    )
    one, none = builder.integer(1), builder.integer(0)
    negative = chosen(kernel, compared(kernel, "lt", rest, zero), one, none)
    other = chosen(kernel, compared(kernel, "lt", b, zero), one, none)
    differs = compared(kernel, "ne", negative, other)
    adjusted = chosen(kernel, differs, other_side, rest)
    return chosen(kernel, compared(kernel, "ne", rest, zero), adjusted, rest)


@scalar(nn.WhereOp)
def where(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """One of two elements, both of which are read."""
    test = compared(kernel, "ne", args[0], kernel.builder.integer(0))
    return chosen(kernel, test, args[1], args[2])
