"""Operators that sum products: Gemm and MatMul."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .importer import is_real, shape_of
from .layout import reshape, transpose, transposed, zeros
from .model import Array, Node
from .registry import handler
from .values import QuantizedConstant, Result, Value

if TYPE_CHECKING:
    from .importer import Importer


def _scaled(ctx: "Importer", value: SSAValue, factor: float) -> SSAValue:
    if factor == 1.0:
        return value
    return ctx.add(nn.MulOp(value, ctx.build(np.array(factor, np.float32))))


def _bias_of(
    ctx: "Importer", node: Node, rows: int, beta: float
) -> tuple[SSAValue, SSAValue | None]:
    """The bias (M) of a Gemm, and what must be added afterwards because it is no such bias."""
    if not node.has_input(2) or beta == 0.0:
        return ctx.build(zeros(rows)), None
    value = ctx.value(node, 2)
    shape = ctx.shape(node, 2)
    if (
        isinstance(value, np.ndarray)
        and value.dtype == np.float32
        and (value.ndim < 2 or shape[0] == 1)
    ):
        row = np.broadcast_to(value.reshape(-1) * np.float32(beta), (rows,))
        return ctx.build(row, node.inputs[2], f"bias{beta}"), None
    operand = ctx.operand(node, 2)
    if beta == 1.0 and shape in ((rows,), (1, rows)):
        return reshape(ctx, operand, (rows,)), None
    return ctx.build(zeros(rows)), _scaled(ctx, operand, beta)


@handler("Gemm")
def gemm(ctx: "Importer", node: Node) -> Result:
    """The sum alpha * A' B' + beta * C.

    Constant B, plain or quantized, becomes nn.fully_connected, any other nn.matmul.
    """
    alpha, beta = node.float_("alpha", 1.0), node.float_("beta", 1.0)
    a = ctx.operand(node, 0)
    if len(shape_of(a)) != 2 or len(ctx.shape(node, 1)) != 2:
        raise node.error("its operands must have two dimensions")
    if not is_real(a):
        raise node.error("only float32 is supported")
    if node.int_("transA", 0):
        a = transpose(ctx, a, (1, 0))
    b, trans_b = ctx.value(node, 1), node.int_("transB", 0) != 0
    if isinstance(b, SSAValue):
        product = _scaled(
            ctx, ctx.add(nn.MatmulOp(a, transpose(ctx, b, (1, 0)) if trans_b else b)), alpha
        )
        if not node.has_input(2) or beta == 0.0:
            return product
        return ctx.add(nn.AddOp(product, _scaled(ctx, ctx.operand(node, 2), beta)))
    weights: Value = transposed(ctx, b, (0, 1) if trans_b else (1, 0))
    layout = "mk"
    if isinstance(weights, np.ndarray) and alpha != 1.0:
        weights, alpha, layout = weights * np.float32(alpha), 1.0, f"mk*{alpha}"
    rows = ctx.shape(node, 1)[0 if trans_b else 1]
    if alpha != 1.0:
        # The bias must not be scaled with the product.
        product = _scaled(ctx, fully_connected(ctx, a, weights, node.inputs[1], layout), alpha)
        if not node.has_input(2) or beta == 0.0:
            return product
        return ctx.add(nn.AddOp(product, _scaled(ctx, ctx.operand(node, 2), beta)))
    bias, rest = _bias_of(ctx, node, rows, beta)
    result = ctx.add(nn.FullyConnectedOp(a, ctx.build(weights, node.inputs[1], layout), bias))
    return result if rest is None else ctx.add(nn.AddOp(result, rest))


def fully_connected(
    ctx: "Importer", x: SSAValue, weights: Value, name: str, layout: str = "mk"
) -> SSAValue:
    """The product of x (…, K) and weights (M, K), without a bias."""
    built = ctx.build(weights, name, layout)
    return ctx.add(nn.FullyConnectedOp(x, built, ctx.build(zeros(shape_of(built)[0]))))


def matmul_real(
    ctx: "Importer", a: SSAValue, b: "Array | QuantizedConstant | SSAValue", name: str
) -> SSAValue:
    """The numpy.matmul of reals. A constant matrix b becomes the weights of nn.fully_connected."""
    rank_a, shape_a = len(shape_of(a)), shape_of(a)
    if not isinstance(b, SSAValue) and len(b.shape) == 2:
        return fully_connected(ctx, a, transposed(ctx, b, (1, 0)), name)
    right = ctx.build(b, name)
    rank_b, shape_b = len(shape_of(right)), shape_of(right)
    left = reshape(ctx, a, (1, *shape_a)) if rank_a == 1 else a
    right = reshape(ctx, right, (*shape_b, 1)) if rank_b == 1 else right
    product = ctx.add(nn.MatmulOp(left, right))
    shape = list(shape_of(product))
    if rank_a == 1:
        del shape[-2]
    if rank_b == 1:
        del shape[-1]
    return reshape(ctx, product, shape)


@handler("MatMul")
def matmul(ctx: "Importer", node: Node) -> Result:
    """numpy.matmul."""
    a, b = ctx.operand(node, 0), ctx.value(node, 1)
    if not is_real(a):
        raise node.error("only float32 is supported")
    if isinstance(b, np.ndarray | QuantizedConstant):
        return matmul_real(ctx, a, b, node.inputs[1])
    return matmul_real(ctx, a, ctx.operand(node, 1), node.inputs[1])
