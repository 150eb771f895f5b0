"""Operators as opset 6 has them, where opset 7 changed their meaning: broadcast by attributes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32
from xdsl.ir import Operation, SSAValue

from ...dialects import nn
from .elementwise import real_operand
from .importer import is_real, shape_of
from .layout import reshape
from .model import Node
from .normalization import batch_normalization
from .registry import Handler, handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def aligned(ctx: "Importer", node: Node, a: SSAValue, b: SSAValue) -> SSAValue:
    """The second operand so that numpy broadcasts it where `axis` says: its first dimension there.

    Without `broadcast` both have one shape, or the second one has one element.
    """
    rank, shape = len(shape_of(a)), shape_of(b)
    if not node.has("axis") or not node.int_("broadcast", 0):
        return b
    axis = node.axis("axis", 0, rank)
    return reshape(ctx, b, (*shape, *(1,) * (rank - axis - len(shape))))


def _binary(make: Callable[[SSAValue, SSAValue], Operation]) -> Handler:
    def binary(ctx: "Importer", node: Node) -> Result:
        a, b = ctx.operand(node, 0), ctx.operand(node, 1)
        return ctx.add(make(a, aligned(ctx, node, a, b)))

    return binary


handler("Add", since=6)(_binary(nn.AddOp))
handler("Sub", since=6)(_binary(nn.SubOp))
handler("Mul", since=6)(_binary(nn.MulOp))
handler("Div", since=6)(_binary(nn.DivOp))


@handler("Pow", since=1)
def power(ctx: "Importer", node: Node) -> Result:
    """One tensor to the power of the other."""
    x, y = real_operand(ctx, node, 0), ctx.operand(node, 1)
    y = aligned(ctx, node, x, y)
    exponent = ctx.try_constant(node, 1)
    if exponent is not None and exponent.size == 1 and float(exponent.reshape(-1)[0]) == 2.0:
        return ctx.add(nn.MulOp(x, x))
    return ctx.add(nn.PowOp(x, y if is_real(y) else ctx.add(nn.CastOp(y, f32))))


@handler("PRelu", since=6)
def prelu(ctx: "Importer", node: Node) -> Result:
    """One slope, or one for each channel."""
    x, slope = real_operand(ctx, node, 0), real_operand(ctx, node, 1)
    count = int(np.prod(shape_of(slope)))
    along = () if count == 1 else (count, *(1,) * (len(shape_of(x)) - 2))
    return ctx.add(nn.PreluOp(x, reshape(ctx, slope, along)))


handler("BatchNormalization", since=6)(batch_normalization)
