"""Operators that compare, select, and work on bits; functions composed of them."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32, i1
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import constant_like, real_operand
from .importer import element_type_of, is_real
from .model import Array, Node
from .registry import Handler, handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def like(ctx: "Importer", value: SSAValue, number: float) -> SSAValue:
    """A scalar of the element type of another value; infinities are allowed."""
    array: Array = np.array(number).astype(nn.dtype_of(element_type_of(value)))
    return ctx.add(nn.ConstantOp.from_array(array))


def compare(ctx: "Importer", predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
    """nn.compare."""
    return ctx.add(nn.CompareOp(a, b, predicate))


def where(ctx: "Importer", condition: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
    """nn.where."""
    return ctx.add(nn.WhereOp(condition, a, b))


def absolute(ctx: "Importer", x: SSAValue) -> SSAValue:
    """The larger of x and -x; unsigned numbers are themselves."""
    if not is_real(x) and nn.dtype_of(element_type_of(x)).kind == "u":
        return x
    return ctx.add(nn.MaximumOp(x, ctx.add(nn.NegateOp(x))))


def _comparison(predicate: str) -> Handler:
    def comparison(ctx: "Importer", node: Node) -> Result:
        return compare(ctx, predicate, ctx.operand(node, 0), ctx.operand(node, 1))

    return comparison


for _name, _since, _predicate in (
    ("Equal", 7, "eq"),
    ("Less", 7, "lt"),
    ("LessOrEqual", 12, "le"),
    ("Greater", 7, "gt"),
    ("GreaterOrEqual", 12, "ge"),
):
    handler(_name, since=_since)(_comparison(_predicate))


def _bitwise(kind: str) -> Handler:
    def bitwise(ctx: "Importer", node: Node) -> Result:
        return ctx.add(nn.BitwiseOp(ctx.operand(node, 0), ctx.operand(node, 1), kind))

    return bitwise


for _name, _kind in (("And", "and"), ("Or", "or"), ("Xor", "xor")):
    handler(_name, since=7)(_bitwise(_kind))
    handler(f"Bitwise{_name}", since=18)(_bitwise(_kind))


@handler("Not", "BitwiseNot")
def invert(ctx: "Importer", node: Node) -> Result:
    """All bits turned."""
    x = ctx.operand(node, 0)
    dtype = nn.dtype_of(element_type_of(x))
    ones = 1 if dtype.kind == "b" else np.iinfo(dtype).max if dtype.kind == "u" else -1
    return ctx.add(nn.BitwiseOp(x, like(ctx, x, ones), "xor"))


@handler("BitShift", since=11)
def bit_shift(ctx: "Importer", node: Node) -> Result:
    """By the second input; towards higher bits for LEFT."""
    direction = node.string("direction", "").lower()
    return ctx.add(nn.ShiftOp(ctx.operand(node, 0), ctx.operand(node, 1), direction))


@handler("Mod", since=10)
def mod(ctx: "Importer", node: Node) -> Result:
    """The remainder, with the sign of the dividend if fmod is set."""
    truncated = node.int_("fmod", 0) != 0
    return ctx.add(nn.RemainderOp(ctx.operand(node, 0), ctx.operand(node, 1), truncated))


@handler("Where", since=9)
def where_handler(ctx: "Importer", node: Node) -> Result:
    """Chosen element by element."""
    return where(ctx, ctx.operand(node, 0), ctx.operand(node, 1), ctx.operand(node, 2))


@handler("IsNaN", since=9)
def is_nan(ctx: "Importer", node: Node) -> Result:
    """Only NaN is not equal to itself."""
    x = real_operand(ctx, node, 0)
    return compare(ctx, "ne", x, x)


@handler("IsInf", since=10)
def is_inf(ctx: "Importer", node: Node) -> Result:
    """Positive, negative or both infinities."""
    x = real_operand(ctx, node, 0)
    signs = [s for s, n in ((1, "detect_positive"), (-1, "detect_negative")) if node.int_(n, 1)]
    tests = [compare(ctx, "eq", x, like(ctx, x, s * np.inf)) for s in signs]
    if not tests:
        return compare(ctx, "lt", x, like(ctx, x, -np.inf))
    return tests[0] if len(tests) == 1 else ctx.add(nn.BitwiseOp(tests[0], tests[1], "or"))


@handler("Abs", since=6)
def abs_handler(ctx: "Importer", node: Node) -> Result:
    """The larger of x and -x."""
    return absolute(ctx, ctx.operand(node, 0))


@handler("Sign", since=9)
def sign(ctx: "Importer", node: Node) -> Result:
    """-1, 0 or 1."""
    x = ctx.operand(node, 0)
    zero, one = like(ctx, x, 0), like(ctx, x, 1)
    positive = where(ctx, compare(ctx, "gt", x, zero), one, zero)
    if nn.dtype_of(element_type_of(x)).kind == "u":
        return positive
    return where(ctx, compare(ctx, "lt", x, zero), like(ctx, x, -1), positive)


def _one_of(ctx: "Importer", x: SSAValue, negative: SSAValue, other: SSAValue) -> SSAValue:
    return where(ctx, compare(ctx, "lt", x, constant_like(ctx, 0.0)), negative, other)


def _scaled(ctx: "Importer", x: SSAValue, factor: float) -> SSAValue:
    return x if factor == 1.0 else ctx.add(nn.MulOp(x, constant_like(ctx, factor)))


def _exponential(ctx: "Importer", x: SSAValue, alpha: float, divisor: float = 1.0) -> SSAValue:
    """The function alpha * (exp(x / divisor) - 1)."""
    power = ctx.add(nn.ExpOp(_scaled(ctx, x, 1.0 / divisor)))
    return _scaled(ctx, ctx.add(nn.SubOp(power, constant_like(ctx, 1.0))), alpha)


@handler("Elu", since=6)
def elu(ctx: "Importer", node: Node) -> Result:
    """x, below zero alpha * (exp(x) - 1)."""
    x = real_operand(ctx, node, 0)
    return _one_of(ctx, x, _exponential(ctx, x, node.float_("alpha", 1.0)), x)


@handler("Celu", since=12)
def celu(ctx: "Importer", node: Node) -> Result:
    """x, below zero alpha * (exp(x / alpha) - 1)."""
    x, alpha = real_operand(ctx, node, 0), node.float_("alpha", 1.0)
    return _one_of(ctx, x, _exponential(ctx, x, alpha, alpha), x)


@handler("Selu", since=6)
def selu(ctx: "Importer", node: Node) -> Result:
    """Gamma * x, below zero gamma * alpha * (exp(x) - 1)."""
    x = real_operand(ctx, node, 0)
    gamma = node.float_("gamma", 1.0507009873554805)
    below = _exponential(ctx, x, gamma * node.float_("alpha", 1.6732632423543772))
    return _one_of(ctx, x, below, _scaled(ctx, x, gamma))


@handler("ThresholdedRelu", since=10)
def thresholded_relu(ctx: "Importer", node: Node) -> Result:
    """X above alpha, else 0."""
    x = real_operand(ctx, node, 0)
    above = compare(ctx, "gt", x, constant_like(ctx, node.float_("alpha", 1.0)))
    return where(ctx, above, x, constant_like(ctx, 0.0))


def _softplus(ctx: "Importer", x: SSAValue) -> SSAValue:
    """log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow."""
    small = ctx.add(nn.ExpOp(ctx.add(nn.NegateOp(absolute(ctx, x)))))
    rest = ctx.add(nn.LogOp(ctx.add(nn.AddOp(small, constant_like(ctx, 1.0)))))
    return ctx.add(nn.AddOp(ctx.add(nn.ReluOp(x)), rest))


@handler("Softplus")
def softplus(ctx: "Importer", node: Node) -> Result:
    """log(1 + exp(x))."""
    return _softplus(ctx, real_operand(ctx, node, 0))


@handler("Mish", since=18)
def mish(ctx: "Importer", node: Node) -> Result:
    """X * tanh(softplus(x))."""
    x = real_operand(ctx, node, 0)
    return ctx.add(nn.MulOp(x, ctx.add(nn.TanhOp(_softplus(ctx, x)))))


@handler("Softsign")
def softsign(ctx: "Importer", node: Node) -> Result:
    """X / (1 + |x|)."""
    x = real_operand(ctx, node, 0)
    return ctx.add(nn.DivOp(x, ctx.add(nn.AddOp(absolute(ctx, x), constant_like(ctx, 1.0)))))


@handler("Shrink", since=9)
def shrink(ctx: "Importer", node: Node) -> Result:
    """Towards zero by bias beyond lambd, else 0."""
    x = ctx.operand(node, 0)
    bias, bound = node.float_("bias", 0.0), node.float_("lambd", 0.5)
    zero = like(ctx, x, 0)
    low = compare(ctx, "lt", x, like(ctx, x, -bound))
    high = compare(ctx, "gt", x, like(ctx, x, bound))
    above = where(ctx, high, ctx.add(nn.SubOp(x, like(ctx, x, bias))), zero)
    return where(ctx, low, ctx.add(nn.AddOp(x, like(ctx, x, bias))), above)


@handler("Round", since=11)
def round_handler(ctx: "Importer", node: Node) -> Result:
    """To the nearest integer, halves to even."""
    return ctx.add(nn.RoundOp(real_operand(ctx, node, 0)))


handler("Sin", since=7)(lambda ctx, node: ctx.add(nn.SinOp(real_operand(ctx, node, 0))))
handler("Cos", since=7)(lambda ctx, node: ctx.add(nn.CosOp(real_operand(ctx, node, 0))))
handler("Atan", since=7)(lambda ctx, node: ctx.add(nn.AtanOp(real_operand(ctx, node, 0))))


@handler("Tan", since=7)
def tan(ctx: "Importer", node: Node) -> Result:
    """sin(x) / cos(x)."""
    x = real_operand(ctx, node, 0)
    return ctx.add(nn.DivOp(ctx.add(nn.SinOp(x)), ctx.add(nn.CosOp(x))))


@handler("Asin", "Acos", since=7)
def arc_sine(ctx: "Importer", node: Node) -> Result:
    """atan(x / sqrt((1 - x) (1 + x))), or pi / 2 minus that."""
    x, one = real_operand(ctx, node, 0), constant_like(ctx, 1.0)
    product = ctx.add(nn.MulOp(ctx.add(nn.SubOp(one, x)), ctx.add(nn.AddOp(one, x))))
    angle = ctx.add(nn.AtanOp(ctx.add(nn.DivOp(x, ctx.add(nn.SqrtOp(product))))))
    if node.op_type == "Asin":
        return angle
    return ctx.add(nn.SubOp(constant_like(ctx, float(np.pi / 2)), angle))


@handler("Sinh", "Cosh", since=9)
def hyperbolic(ctx: "Importer", node: Node) -> Result:
    """cosh(x) = (exp(x) + exp(-x)) / 2; sinh(x) = cosh(x) tanh(x), exact near zero."""
    x = real_operand(ctx, node, 0)
    powers = ctx.add(nn.ExpOp(x)), ctx.add(nn.ExpOp(ctx.add(nn.NegateOp(x))))
    result = _scaled(ctx, ctx.add(nn.AddOp(*powers)), 0.5)
    return result if node.op_type == "Cosh" else ctx.add(nn.MulOp(result, ctx.add(nn.TanhOp(x))))


@handler("Asinh", "Acosh", since=9)
def area(ctx: "Importer", node: Node) -> Result:
    """log(x + sqrt(x² ± 1)); asinh of the magnitude, with the sign of x."""
    x, one = real_operand(ctx, node, 0), constant_like(ctx, 1.0)
    odd = node.op_type == "Asinh"
    size = absolute(ctx, x) if odd else x
    square = ctx.add(nn.MulOp(size, size))
    moved = ctx.add(nn.AddOp(square, one) if odd else nn.SubOp(square, one))
    result = ctx.add(nn.LogOp(ctx.add(nn.AddOp(size, ctx.add(nn.SqrtOp(moved))))))
    return _one_of(ctx, x, ctx.add(nn.NegateOp(result)), result) if odd else result


@handler("Atanh", since=9)
def area_tangent(ctx: "Importer", node: Node) -> Result:
    """log((1 + x) / (1 - x)) / 2."""
    x, one = real_operand(ctx, node, 0), constant_like(ctx, 1.0)
    quotient = ctx.add(nn.DivOp(ctx.add(nn.AddOp(one, x)), ctx.add(nn.SubOp(one, x))))
    return _scaled(ctx, ctx.add(nn.LogOp(quotient)), 0.5)


def as_real(ctx: "Importer", x: SSAValue) -> SSAValue:
    """A value as f32."""
    return x if is_real(x) else ctx.add(nn.CastOp(x, f32))


def as_bool(ctx: "Importer", x: SSAValue) -> SSAValue:
    """A value as i1."""
    return x if element_type_of(x) == i1 else ctx.add(nn.CastOp(x, i1))
