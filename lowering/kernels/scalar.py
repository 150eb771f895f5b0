"""One element of each element-wise op: the bodies of the loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import Float32Type, FloatAttr, IntegerType, f32, i1, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import fxp, nn
from ...dialects.interpolation import segment_bits
from ...dialects.vpool import is_unsigned, register_type
from .integers import within, wrapped
from .kernel import Kernel, Position, element_of, scalar

Registers = Sequence[SSAValue]


def is_real(value: SSAValue) -> bool:
    """Whether a register or a tensor's element is an f32."""
    type_ = getattr(value.type, "element_type", value.type)
    return isinstance(type_, Float32Type)


def zero_of(kernel: Kernel, tensor: SSAValue) -> SSAValue:
    """Zero in a register for elements of `tensor`."""
    return number_of(kernel, tensor, 0)


def number_of(kernel: Kernel, tensor: SSAValue, value: float) -> SSAValue:
    """A known number in a register for elements of `tensor`; an integer unless they are f32."""
    register = register_type(element_of(tensor))
    if register == f32:
        return kernel.builder.real(value)
    return kernel.builder.integer(int(value), register)


def widened(kernel: Kernel, register: SSAValue, to: Attribute) -> SSAValue:
    """`register` extended to i64 where `to` asks for it."""
    if to == i64 and register.type == i32:
        return kernel.builder.emit(arith.ExtSIOp(register, i64))
    return register


def minus(kernel: Kernel, register: SSAValue, amount: int) -> SSAValue:
    """`register - amount` for a known integer."""
    if amount == 0:
        return register
    if amount < 0:
        return plus(kernel, register, -amount)
    constant = kernel.builder.integer(amount, register.type)
    return kernel.builder.emit(arith.SubiOp(register, constant))


def plus(kernel: Kernel, register: SSAValue, amount: int) -> SSAValue:
    """`register + amount` for a known integer."""
    if amount == 0:
        return register
    if amount < 0:
        return minus(kernel, register, -amount)
    constant = kernel.builder.integer(amount, register.type)
    return kernel.builder.emit(arith.AddiOp(register, constant))


def clamp_real(kernel: Kernel, value: SSAValue, low: float | None, high: float | None) -> SSAValue:
    """min(max(value, low), high); a bound that is None or infinite is left out."""
    if low is not None and np.isfinite(low):
        value = kernel.builder.call("nnopt_max_f32", [value, kernel.builder.real(low)], f32)
    if high is not None and np.isfinite(high):
        value = kernel.builder.call("nnopt_min_f32", [value, kernel.builder.real(high)], f32)
    return value


def activated(kernel: Kernel, op: Operation, value: SSAValue) -> SSAValue:
    """The fused clamp of an op with `act_min` / `act_max`, applied to an f32 register."""
    low, high = (op.properties.get(name) for name in ("act_min", "act_max"))
    return clamp_real(
        kernel,
        value,
        low.value.data if isinstance(low, FloatAttr) else None,
        high.value.data if isinstance(high, FloatAttr) else None,
    )


@scalar(fxp.WidenOp)
def widen(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """(x - zero point) * multiplier as an i32 register."""
    assert isinstance(op, fxp.WidenOp)
    value = minus(kernel, args[0], op.zero_point.value.data)
    multiplier = op.multiplier.value.data
    if multiplier == 1:
        return value
    return kernel.builder.emit(arith.MuliOp(value, kernel.builder.integer(multiplier)))


@scalar(fxp.LookupOp)
def lookup(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """One entry of a table of 256."""
    assert isinstance(op, fxp.LookupOp)
    place = plus(kernel, args[0], 0 if is_unsigned(element_of(op.input)) else 128)
    index = kernel.builder.emit(arith.IndexCastOp(place, nn.INDEX))
    return kernel.builder.load(kernel.constant(op.table_array(), "table"), index)


@scalar(fxp.InterpolateOp)
def interpolated(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The line between two entries of a table."""
    assert isinstance(op, fxp.InterpolateOp)
    array = op.table_array()
    table = kernel.constant(array, "table")
    builder, factor = kernel.builder, 1 << op.left.value.data
    place = args[0]
    if factor > 1:
        scaled = builder.emit(arith.MuliOp(place, builder.integer(factor)))
        place = builder.emit(fxp.SaturateOp(scaled, -(2**15), 2**15 - 1))
    place = plus(kernel, place, 2**15)
    value = along_line(kernel, table, segment_bits(array.size), place)
    least, most = int(array.min()), int(array.max())
    if least >= -(2**15) and most < 2**15:
        return value
    return builder.emit(fxp.SaturateOp(value, -(2**15), 2**15 - 1))


def along_line(kernel: Kernel, table: SSAValue, shift: int, place: SSAValue) -> SSAValue:
    """A table of one entry for every 2**shift-th place, followed between its entries."""
    builder = kernel.builder
    segment = builder.emit(arith.ShRSIOp(place, builder.integer(shift)))
    rest = builder.emit(arith.AndIOp(place, builder.integer((1 << shift) - 1)))
    index = builder.emit(arith.IndexCastOp(segment, nn.INDEX))
    first = builder.load(table, index, "first")
    rise = builder.emit(arith.SubiOp(builder.load(table, builder.add(index, 1)), first))
    risen = plus(kernel, builder.emit(arith.MuliOp(rise, rest)), (1 << shift) >> 1)
    return builder.emit(
        arith.AddiOp(first, builder.emit(arith.ShRSIOp(risen, builder.integer(shift))))
    )


@scalar(fxp.ToRealOp)
def to_real(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """(x - zero point) * scale, in f32."""
    assert isinstance(op, fxp.ToRealOp)
    zero_point = op.zero_point.value.data
    return kernel.builder.emit(fxp.IntToRealOp(args[0], op.scale.value.data, zero_point))


@scalar(fxp.FromRealOp)
def from_real(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The nearest integer to x / scale, plus the zero point, saturated."""
    assert isinstance(op, fxp.FromRealOp)
    element = element_of(op.result)
    assert isa(element, IntegerType)
    low, high = fxp.integer_range(element)
    zero_point = op.zero_point.value.data
    scale = op.scale.value.data
    return kernel.builder.emit(
        fxp.RealToIntOp(args[0], scale, zero_point, low, high, op.rounding_mode)
    )


def _binary(
    real: type[Operation] | str, integer: type[Operation] | str
) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        chosen = real if is_real(args[0]) else integer
        if isinstance(chosen, str):
            value = kernel.builder.call(chosen, args, args[0].type)
        else:
            value = kernel.builder.emit(chosen(*args))
        return activated(kernel, op, value)

    return rule


def _ring(
    name: str, real: type[Operation], integer: type[Operation]
) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    bounded = _binary(real, integer)

    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        if "wraps" in op.properties:
            return wrapped(kernel, name, args, op.results[0])
        return bounded(kernel, op, args, at)

    return rule


scalar(nn.AddOp)(_ring("add", arith.AddfOp, arith.AddiOp))
scalar(nn.SubOp)(_ring("sub", arith.SubfOp, arith.SubiOp))
scalar(nn.MulOp)(_ring("mul", arith.MulfOp, arith.MuliOp))


@scalar(nn.DivOp)
def divide(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The quotient; of integers cut off towards zero, and defined for all."""
    x, y = args
    if is_real(x):
        return activated(kernel, op, kernel.builder.emit(arith.DivfOp(x, y)))
    return wrapped(kernel, "div", args, op.results[0])


scalar(nn.MaximumOp)(_binary("nnopt_max_f32", arith.MaxSIOp))
scalar(nn.MinimumOp)(_binary("nnopt_min_f32", arith.MinSIOp))


@scalar(nn.PowOp)
def power(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The first to the power of the second."""
    if is_real(args[0]):
        return activated(kernel, op, kernel.builder.call("nnopt_pow", args, f32))
    return wrapped(kernel, "pow", args, op.results[0])


@scalar(nn.BitcastOp)
def bitcast(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The same bits in another register."""
    source, target = element_of(op.operands[0]), element_of(op.results[0])
    if source == target:
        return args[0]
    if source == f32:
        return kernel.builder.call("nnopt_bits_of_real", args, i32)
    if target == f32:
        return kernel.builder.call("nnopt_real_of_bits", args, f32)
    if target == i1:
        return kernel.builder.emit(arith.AndIOp(args[0], kernel.builder.integer(1)))
    return within(kernel, args[0], target)


def _function(name: str) -> Callable[[Kernel, Operation, Registers, Position], SSAValue]:
    def rule(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
        if not is_real(args[0]):
            raise PassFailedException(f"{op.name} on integers has no kernel: quantize it first")
        return kernel.builder.call(name, args, f32)

    return rule


FUNCTIONS: dict[type[Operation], str] = {
    nn.SigmoidOp: "nnopt_sigmoid",
    nn.TanhOp: "nnopt_tanh",
    nn.ExpOp: "nnopt_exp",
    nn.LogOp: "nnopt_log",
    nn.SqrtOp: "nnopt_sqrt",
    nn.ReciprocalOp: "nnopt_reciprocal",
    nn.ErfOp: "nnopt_erf",
    nn.GeluOp: "nnopt_gelu",
    nn.FloorOp: "nnopt_floor",
    nn.CeilOp: "nnopt_ceil",
    nn.HardSwishOp: "nnopt_hard_swish",
    nn.RoundOp: "nnopt_round",
    nn.SinOp: "nnopt_sin",
    nn.CosOp: "nnopt_cos",
    nn.AtanOp: "nnopt_atan",
}
"""Unary f32 ops that are one call of `runtime_c/nnopt_math*.h`."""

for _cls, _name in FUNCTIONS.items():
    scalar(_cls)(_function(_name))


@scalar(nn.NegateOp)
def negate(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """0 - x."""
    if is_real(args[0]):
        return kernel.builder.emit(arith.NegfOp(args[0]))
    return wrapped(kernel, "sub", [zero_of(kernel, op.results[0]), args[0]], op.results[0])


@scalar(nn.ReluOp)
def relu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The larger of x and 0."""
    if is_real(args[0]):
        return clamp_real(kernel, args[0], 0.0, None)
    return kernel.builder.emit(arith.MaxSIOp(args[0], zero_of(kernel, op.results[0])))


@scalar(nn.ClampOp)
def clamp(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, limited to [min, max]."""
    assert isinstance(op, nn.ClampOp)
    low, high = op.min.value.data, op.max.value.data
    if is_real(args[0]):
        return clamp_real(kernel, args[0], low, high)
    return _clamp_integer(kernel, op.results[0], args[0], low, high)


def _clamp_integer(
    kernel: Kernel, tensor: SSAValue, value: SSAValue, low: float, high: float
) -> SSAValue:
    """min(max(value, low), high) for elements of `tensor`; bounds outside of its type are left out,
    fractions of bounds fall away.
    """
    element = element_of(tensor)
    assert isa(element, IntegerType)
    least, most = fxp.integer_range(element)
    if low > least:
        bound = number_of(kernel, tensor, min(low, most))
        value = kernel.builder.emit(arith.MaxSIOp(value, bound))
    if high < most:
        bound = number_of(kernel, tensor, max(high, least))
        value = kernel.builder.emit(arith.MinSIOp(value, bound))
    return value


@scalar(nn.LeakyReluOp)
def leaky_relu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, times alpha where x is negative."""
    assert isinstance(op, nn.LeakyReluOp)
    alpha = kernel.builder.real(op.alpha.value.data)
    return _where_negative(kernel, args[0], alpha)


@scalar(nn.PreluOp)
def prelu(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """x, times its slope where x is negative."""
    return _where_negative(kernel, args[0], args[1])


def _where_negative(kernel: Kernel, value: SSAValue, slope: SSAValue) -> SSAValue:
    """Value >= 0 ? value : value * slope, in f32."""
    builder = kernel.builder
    scaled = builder.emit(arith.MulfOp(value, slope))
    negative = builder.emit(arith.CmpfOp(value, builder.real(0.0), "olt"))
    return builder.emit(arith.SelectOp(negative, scaled, value))


@scalar(nn.HardSigmoidOp)
def hard_sigmoid(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """The line alpha * x + beta, limited to [0, 1]."""
    assert isinstance(op, nn.HardSigmoidOp)
    line = [kernel.builder.real(a.value.data) for a in (op.alpha, op.beta)]
    return kernel.builder.call("nnopt_hard_sigmoid", [*args, *line], f32)


@scalar(nn.CastOp)
def cast(kernel: Kernel, op: Operation, args: Registers, at: Position) -> SSAValue:
    """Another type: integers keep their low bits; reals are truncated towards zero, saturating."""
    source, target = element_of(op.operands[0]), element_of(op.results[0])
    builder = kernel.builder
    if isinstance(source, Float32Type) and isa(target, IntegerType):
        if target == i1:
            test = builder.emit(arith.CmpfOp(args[0], builder.real(0.0), "une"))
            return builder.emit(arith.SelectOp(test, builder.integer(1), builder.integer(0)))
        low, high = fxp.integer_range(target)
        if target.width.data > 32:
            return builder.call("nnopt_truncate_i64", args, i64)
        return builder.emit(
            fxp.SaturateOp(builder.call("nnopt_truncate_f32", args, i32), low, high)
        )
    if isinstance(target, Float32Type):
        return (
            args[0]
            if isinstance(source, Float32Type)
            else builder.emit(arith.SIToFPOp(args[0], f32))
        )
    if target == i64:
        return widened(kernel, args[0], i64)
    if target == i1:
        zero = builder.integer(0, args[0].type)
        test = builder.emit(arith.CmpiOp(args[0], zero, "ne"))
        return builder.emit(arith.SelectOp(test, builder.integer(1), builder.integer(0)))
    narrow = builder.emit(arith.TruncIOp(args[0], i32)) if args[0].type == i64 else args[0]
    return narrow if _holds(source, target) else within(kernel, narrow, target)


def _holds(source: Attribute, target: Attribute) -> bool:
    """Whether a type of integers has all numbers of another."""
    assert isa(source, IntegerType) and isa(target, IntegerType)
    if source.width.data > 32:
        return False
    (low, high), (least, most) = fxp.integer_range(source), fxp.integer_range(target)
    return least <= low and high <= most
