"""Operators that compute each element from the elements at the same place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32
from xdsl.ir import Operation, SSAValue

from ...dialects import nn
from .importer import element_type_of, is_real
from .model import Node
from .registry import Handler, handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def real_operand(ctx: "Importer", node: Node, index: int) -> SSAValue:
    """An input that must be float32."""
    value = ctx.operand(node, index)
    if not is_real(value):
        raise node.error(
            f"input {index} has element type {element_type_of(value)}; only float32 is supported"
        )
    return value


def constant_like(ctx: "Importer", number: float) -> SSAValue:
    """A float32 scalar."""
    return ctx.build(np.array(number, np.float32))


def _unary(make: Callable[[SSAValue], Operation]) -> Handler:
    def unary(ctx: "Importer", node: Node) -> Result:
        return ctx.add(make(real_operand(ctx, node, 0)))

    return unary


handler("Relu")(_unary(nn.ReluOp))
handler("Sigmoid")(_unary(nn.SigmoidOp))
handler("HardSwish")(_unary(nn.HardSwishOp))
handler("Tanh")(_unary(nn.TanhOp))
handler("Exp")(_unary(nn.ExpOp))
handler("Log")(_unary(nn.LogOp))
handler("Sqrt")(_unary(nn.SqrtOp))
handler("Erf")(_unary(nn.ErfOp))
handler("Neg")(lambda ctx, node: ctx.add(nn.NegateOp(ctx.operand(node, 0))))
handler("Floor")(_unary(nn.FloorOp))
handler("Ceil")(_unary(nn.CeilOp))
handler("Reciprocal")(_unary(nn.ReciprocalOp))


@handler("LeakyRelu")
def leaky_relu(ctx: "Importer", node: Node) -> Result:
    """Negative elements are multiplied by alpha."""
    return ctx.add(nn.LeakyReluOp(real_operand(ctx, node, 0), node.float_("alpha", 0.01)))


@handler("HardSigmoid")
def hard_sigmoid(ctx: "Importer", node: Node) -> Result:
    """max(0, min(1, alpha * x + beta))."""
    alpha, beta = node.float_("alpha", 0.2), node.float_("beta", 0.5)
    return ctx.add(nn.HardSigmoidOp(real_operand(ctx, node, 0), alpha, beta))


@handler("PRelu", since=7)
def prelu(ctx: "Importer", node: Node) -> Result:
    """Negative elements are multiplied by the slope, which is broadcast to x."""
    return ctx.add(nn.PreluOp(real_operand(ctx, node, 0), real_operand(ctx, node, 1)))


def _gelu_tanh(ctx: "Importer", x: SSAValue) -> SSAValue:
    """0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³)))."""
    cube = ctx.add(nn.MulOp(ctx.add(nn.MulOp(x, x)), x))
    inner = ctx.add(nn.AddOp(x, ctx.add(nn.MulOp(cube, constant_like(ctx, 0.044715)))))
    scaled = ctx.add(nn.MulOp(inner, constant_like(ctx, float(np.sqrt(2 / np.pi)))))
    factor = ctx.add(nn.AddOp(ctx.add(nn.TanhOp(scaled)), constant_like(ctx, 1.0)))
    return ctx.add(nn.MulOp(ctx.add(nn.MulOp(x, constant_like(ctx, 0.5))), factor))


@handler("Gelu", since=20)
@handler("Gelu", domain="com.microsoft")
def gelu(ctx: "Importer", node: Node) -> Result:
    """0.5 x (1 + erf(x / sqrt(2))), or its approximation by tanh."""
    x = real_operand(ctx, node, 0)
    approximate = node.string("approximate", "none")
    if approximate == "none":
        return ctx.add(nn.GeluOp(x))
    if approximate == "tanh":
        return _gelu_tanh(ctx, x)
    raise node.error(f"approximate = '{approximate}' does not exist")


@handler("FastGelu", domain="com.microsoft")
def fast_gelu(ctx: "Importer", node: Node) -> Result:
    """Gelu by tanh of x plus an optional bias."""
    x = real_operand(ctx, node, 0)
    if node.has_input(1):
        x = ctx.add(nn.AddOp(x, real_operand(ctx, node, 1)))
    return _gelu_tanh(ctx, x)


def _clamped(ctx: "Importer", x: SSAValue, low: float | None, high: float | None) -> SSAValue:
    largest = float(np.finfo(np.float32).max)
    low = -largest if low is None else max(low, -largest)
    high = largest if high is None else min(high, largest)
    if low <= -largest and high >= largest:
        return x
    if low == 0.0 and high >= largest:
        return ctx.add(nn.ReluOp(x))
    if low > high:  # ONNX: every element becomes the upper bound
        low = high
    return ctx.add(nn.ClampOp(x, low, high))


@handler("Clip")
def clip_attributes(ctx: "Importer", node: Node) -> Result:
    """Bounds are attributes."""
    low = node.float_("min", 0.0) if node.has("min") else None
    high = node.float_("max", 0.0) if node.has("max") else None
    return _clamped(ctx, real_operand(ctx, node, 0), low, high)


@handler("Clip", since=11)
def clip(ctx: "Importer", node: Node) -> Result:
    """Bounds are optional inputs."""
    x = ctx.operand(node, 0)
    constant = all(not node.has_input(i) or ctx.try_constant(node, i) is not None for i in (1, 2))
    if constant and is_real(x):
        low = ctx.scalar(node, 1, "lower bound") if node.has_input(1) else None
        high = ctx.scalar(node, 2, "upper bound") if node.has_input(2) else None
        return _clamped(ctx, x, low, high)
    if node.has_input(1) and not _is_infinite(ctx, node, 1):
        x = ctx.add(nn.MaximumOp(x, ctx.operand(node, 1)))
    if node.has_input(2) and not _is_infinite(ctx, node, 2):
        x = ctx.add(nn.MinimumOp(x, ctx.operand(node, 2)))
    return x


def _is_infinite(ctx: "Importer", node: Node, index: int) -> bool:
    """Whether a bound is the constant infinity that bounds nothing."""
    bound = ctx.try_constant(node, index)
    return bound is not None and bool((bound == (-np.inf if index == 1 else np.inf)).all())


def _binary(make: Callable[[SSAValue, SSAValue], Operation]) -> Handler:
    def binary(ctx: "Importer", node: Node) -> Result:
        return ctx.add(make(ctx.operand(node, 0), ctx.operand(node, 1)))

    return binary


handler("Add", since=7)(_binary(nn.AddOp))
handler("Sub", since=7)(_binary(nn.SubOp))
handler("Mul", since=7)(_binary(nn.MulOp))


@handler("Div", since=7)
def div(ctx: "Importer", node: Node) -> Result:
    """Division; of integers it truncates."""
    return ctx.add(nn.DivOp(ctx.operand(node, 0), ctx.operand(node, 1)))


def whole_power(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """Integers to the power of integers, modulo 2^bits, or of reals, cut off."""
    y = ctx.operand(node, 1)
    own = element_type_of(x)
    if not is_real(y):
        other = y if element_type_of(y) == own else ctx.add(nn.CastOp(y, own))
        return ctx.add(nn.PowOp(x, other))
    real = ctx.add(nn.CastOp(x, element_type_of(y)))
    return ctx.add(nn.CastOp(ctx.add(nn.PowOp(real, y)), own))


@handler("Pow", since=7)
def power(ctx: "Importer", node: Node) -> Result:
    """One tensor to the power of the other; the exponents 1, 2 and 0.5 become what they are."""
    x = ctx.operand(node, 0)
    if not is_real(x):
        return whole_power(ctx, node, x)
    exponent = ctx.try_constant(node, 1)
    if exponent is None:
        y = ctx.operand(node, 1)
        return ctx.add(nn.PowOp(x, y if is_real(y) else ctx.add(nn.CastOp(y, f32))))
    if exponent.size == 1 and exponent.ndim <= len(ctx.shape(node, 0)):
        number = float(exponent.reshape(-1)[0])
        if number == 1.0:
            return x
        if number == 2.0:
            return ctx.add(nn.MulOp(x, x))
        if number == 0.5:
            return ctx.add(nn.SqrtOp(x))
    return ctx.add(nn.PowOp(x, ctx.build(exponent.astype(np.float32), node.inputs[1], "f32")))


def _variadic(make: Callable[[SSAValue, SSAValue], Operation]) -> Handler:
    def variadic(ctx: "Importer", node: Node) -> Result:
        result = ctx.operand(node, 0)
        for index in range(1, len(node.inputs)):
            result = ctx.add(make(result, ctx.operand(node, index)))
        return result

    return variadic


handler("Sum", since=6)(_variadic(nn.AddOp))
handler("Min", since=6)(_variadic(nn.MinimumOp))
handler("Max", since=6)(_variadic(nn.MaximumOp))


@handler("Mean", since=6)
def mean(ctx: "Importer", node: Node) -> Result:
    """The mean of all inputs, element by element."""
    total = real_operand(ctx, node, 0)
    for index in range(1, len(node.inputs)):
        total = ctx.add(nn.AddOp(total, real_operand(ctx, node, index)))
    return ctx.add(nn.DivOp(total, constant_like(ctx, float(len(node.inputs)))))
