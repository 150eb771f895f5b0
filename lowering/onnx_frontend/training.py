"""One step of an optimizer: the operators of ai.onnx.preview.training that are element-wise.

Rules: https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Adam.html and its neighbours.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import f32
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import constant_like, real_operand
from .importer import is_real
from .logic import compare, where
from .model import Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer

DOMAIN = "ai.onnx.preview.training"

Step = Callable[["_Algebra", SSAValue, SSAValue, list[SSAValue]], list[SSAValue]]
"""From a tensor, its regularized gradient and its accumulators to the new tensor and those."""


class _Algebra:
    """Arithmetic on values and numbers, and what all optimizers share."""

    def __init__(self, ctx: "Importer", node: Node):
        self.ctx, self.node = ctx, node
        self.rate = real_operand(ctx, node, 0)
        steps = ctx.operand(node, 1)
        self.steps = steps if is_real(steps) else ctx.add(nn.CastOp(steps, f32))

    def value(self, x: SSAValue | float) -> SSAValue:
        return x if isinstance(x, SSAValue) else constant_like(self.ctx, x)

    def plus(self, a: SSAValue | float, b: SSAValue | float) -> SSAValue:
        return self.ctx.add(nn.AddOp(self.value(a), self.value(b)))

    def minus(self, a: SSAValue | float, b: SSAValue | float) -> SSAValue:
        return self.ctx.add(nn.SubOp(self.value(a), self.value(b)))

    def times(self, a: SSAValue | float, b: SSAValue | float) -> SSAValue:
        return self.ctx.add(nn.MulOp(self.value(a), self.value(b)))

    def over(self, a: SSAValue | float, b: SSAValue | float) -> SSAValue:
        return self.ctx.add(nn.DivOp(self.value(a), self.value(b)))

    def root(self, a: SSAValue) -> SSAValue:
        return self.ctx.add(nn.SqrtOp(a))

    def power(self, base: float) -> SSAValue:
        """A number to the power of the count of steps."""
        return self.ctx.add(nn.PowOp(self.value(base), self.steps))

    def unless_first(self, later: SSAValue | float, first: SSAValue | float) -> SSAValue:
        """`first` while no step has been made."""
        begun = compare(self.ctx, "gt", self.steps, self.value(0.0))
        return where(self.ctx, begun, self.value(later), self.value(first))

    def number(self, name: str, default: float) -> float:
        return self.node.float_(name, default)


def _optimize(ctx: "Importer", node: Node, accumulators: int, step: Step) -> Result:
    """Inputs: R, T, all tensors, all gradients, all of each accumulator. Outputs: the new ones."""
    groups = 2 + accumulators
    count, rest = divmod(len(node.inputs) - 2, groups)
    if rest or count < 1:
        raise node.error(f"it has {len(node.inputs)} inputs, 2 and {groups} for each tensor needed")
    algebra = _Algebra(ctx, node)
    factor = node.float_("norm_coefficient", 0.0)
    made: list[list[SSAValue]] = []
    for index in range(count):
        x, gradient, *kept = (
            real_operand(ctx, node, 2 + group * count + index) for group in range(groups)
        )
        regularized = algebra.plus(algebra.times(factor, x), gradient)
        made.append(step(algebra, x, regularized, kept))
    return [row[group] for group in range(1 + accumulators) for row in made]


@handler("Adagrad", domain=DOMAIN)
def adagrad(ctx: "Importer", node: Node) -> Result:
    """X - r * G / (sqrt(H) + epsilon), where H sums the squares of gradients."""

    def step(a: _Algebra, x: SSAValue, g: SSAValue, kept: list[SSAValue]) -> list[SSAValue]:
        rate = a.over(a.rate, a.plus(1.0, a.times(a.steps, a.number("decay_factor", 0.0))))
        squares = a.plus(kept[0], a.times(g, g))
        divisor = a.plus(a.root(squares), a.number("epsilon", 1e-6))
        return [a.minus(x, a.over(a.times(rate, g), divisor)), squares]

    return _optimize(ctx, node, 1, step)


@handler("Adam", domain=DOMAIN)
def adam(ctx: "Importer", node: Node) -> Result:
    """With averages of gradients (V) and of their squares (H), corrected for their beginning."""
    alpha, beta = node.float_("alpha", 0.9), node.float_("beta", 0.999)

    def step(a: _Algebra, x: SSAValue, g: SSAValue, kept: list[SSAValue]) -> list[SSAValue]:
        average = a.plus(a.times(alpha, kept[0]), a.times(1 - alpha, g))
        squares = a.plus(a.times(beta, kept[1]), a.times(1 - beta, a.times(g, g)))
        divisor = a.plus(a.root(squares), a.number("epsilon", 1e-6))
        corrected = a.over(
            a.times(a.rate, a.root(a.minus(1.0, a.power(beta)))), a.minus(1.0, a.power(alpha))
        )
        rate = a.unless_first(corrected, a.rate)
        new = a.minus(x, a.over(a.times(rate, average), divisor))
        return [a.times(1 - a.number("norm_coefficient_post", 0.0), new), average, squares]

    return _optimize(ctx, node, 2, step)


@handler("Momentum", domain=DOMAIN)
def momentum(ctx: "Importer", node: Node) -> Result:
    """Plain or Nesterov's, as the attribute `mode` says."""
    alpha, beta = node.float_("alpha", 0.0), node.float_("beta", 0.0)
    mode = node.string("mode", "standard")
    if mode not in ("standard", "nesterov"):
        raise node.error(f"its mode is '{mode}', but must be standard or nesterov")

    def step(a: _Algebra, x: SSAValue, g: SSAValue, kept: list[SSAValue]) -> list[SSAValue]:
        velocity = a.plus(a.times(alpha, kept[0]), a.times(a.unless_first(beta, 1.0), g))
        direction = a.plus(g, a.times(alpha, velocity)) if mode == "nesterov" else velocity
        return [a.minus(x, a.times(a.rate, direction)), velocity]

    return _optimize(ctx, node, 1, step)
