"""Patterns of `canonicalize-graph` that give a computation the one form that later passes know."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import DenseArrayBase, f32, i64
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ..rewriting import (
    constant_of,
    element_of,
    producer,
    rebuild,
    shape_of,
    splat_of,
)
from .activation import activation_of, attributes_of, clamp, limits_of, then
from .layout_rules import order_of, permuted_type
from .permutations import compose, is_view


def keeps_elements(op: Operation) -> bool:
    """Return whether operands and result have the same element type, with one scale if any."""
    element = element_of(op.results[0])
    if isinstance(element, fxp.FxpType) and element.axis is not None:
        return False
    return all(element_of(value) == element for value in op.operands)


class ReshapeOfReshape(RewritePattern):
    """reshape(reshape(x)) -> reshape(x)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReshapeOp, rewriter: PatternRewriter, /) -> None:
        first = producer(op.operands[0], nn.ReshapeOp)
        if first is not None and keeps_elements(first):
            rewriter.replace(op, rebuild(op, first.operands))


class TransposeOfTranspose(RewritePattern):
    """transpose(transpose(x)) -> transpose(x)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.TransposeOp, rewriter: PatternRewriter, /) -> None:
        first = producer(op.operands[0], nn.TransposeOp)
        if first is None:
            return
        order = compose(order_of(first), order_of(op))
        attributes = {"permutation": DenseArrayBase.from_list(i64, order)}
        rewriter.replace(op, rebuild(op, first.operands, attributes=attributes))


class TransposeOfUnitAxes(RewritePattern):
    """A transpose in which only axes of size 1 change places -> reshape."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.TransposeOp, rewriter: PatternRewriter, /) -> None:
        if is_view(shape_of(op.input), order_of(op)) and keeps_elements(op):
            rewriter.replace(op, nn.ReshapeOp(op.operands[0], shape_of(op.results[0])))


class ClampOfClamp(RewritePattern):
    """relu and clamp after relu or clamp -> one of them."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReluOp | nn.ClampOp, rewriter: PatternRewriter, /) -> None:
        first, limits = op.operands[0].owner, limits_of(op)
        if not isinstance(first, nn.ReluOp | nn.ClampOp) or limits is None:
            return
        before = limits_of(first)
        types = {first.operands[0].type, first.results[0].type, op.results[0].type}
        if before is not None and len(types) == 1:
            rewriter.replace(op, clamp(first.operands[0], then(before, limits)))


class ClampIsRelu(RewritePattern):
    """clamp(x, 0, inf) -> relu(x)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ClampOp, rewriter: PatternRewriter, /) -> None:
        if limits_of(op) == (0.0, inf) and op.operands[0].type == op.results[0].type:
            rewriter.replace(op, nn.ReluOp(op.operands[0]))


class ExtremumIsClamp(RewritePattern):
    """maximum(x, c) and minimum(x, c) with one constant c -> clamp."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: nn.MaximumOp | nn.MinimumOp, rewriter: PatternRewriter, /
    ) -> None:
        for index in (0, 1):
            value, bound = op.operands[index], splat_of(op.operands[1 - index])
            if bound is None or value.type != op.results[0].type or element_of(value) != f32:
                continue
            limits = (bound, inf) if isinstance(op, nn.MaximumOp) else (-inf, bound)
            rewriter.replace(op, clamp(value, limits))
            return


class MatmulOfConstant(RewritePattern):
    """matmul(x, constant (K, N)) -> fully_connected with weights (N, K) and a bias of zeros."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MatmulOp, rewriter: PatternRewriter, /) -> None:
        a, b = op.operands
        if element_of(a) != f32 or element_of(op.results[0]) != f32 or len(shape_of(b)) != 2:
            return
        cast = producer(b, fxp.DequantizeOp)
        stored = b if cast is None else cast.input
        array = constant_of(stored)
        if array is None or len(shape_of(a)) < 2:
            return
        moved: NDArray[Any] = array.transpose((1, 0))
        constant = nn.ConstantOp.from_array(moved, permuted_type(stored.type, (1, 0)))
        constant.result.name_hint = stored.name_hint
        rewriter.insert(constant)
        weights: Operation = constant
        if cast is not None:
            weights = rewriter.insert(fxp.DequantizeOp(constant.result))
        bias = nn.ConstantOp.from_array(np.zeros(shape_of(b)[1], np.float32))
        layer = nn.FullyConnectedOp(a, weights, bias)
        limits = attributes_of(activation_of(op))
        layer.properties.update({n: a for n, a in limits.items() if a is not None})
        rewriter.replace(op, [bias, layer])


class ReduceIsGlobalPool(RewritePattern):
    """mean or max over height and width of an image (N, H, W, C) -> a pool of one window.

    Also over the length of a signal (N, L, C). Where the reduction drops its axes, a reshape does.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReduceOp, rewriter: PatternRewriter, /) -> None:
        shape = shape_of(op.operands[0])
        axes = sorted(int(a) % len(shape) for a in op.axes.get_values())
        if op.kind.data not in ("mean", "max") or not nn.is_real(element_of(op.input)):
            return
        if not keeps_elements(op):
            return
        if axes != list(range(1, len(shape) - 1)) or len(shape) not in (3, 4):
            return
        image = shape if len(shape) == 4 else (shape[0], 1, *shape[1:])
        kind = nn.AvgPool2dOp if op.kind.data == "mean" else nn.MaxPool2dOp
        source = nn.ReshapeOp(op.input, image)
        pool = kind(source, kernel=image[1:3])
        rewriter.replace(op, [source, pool, nn.ReshapeOp(pool, shape_of(op.results[0]))])


class ConcatOfConcat(RewritePattern):
    """concat(concat(a, b), c) along one axis -> concat(a, b, c), if nobody else uses the first."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ConcatOp, rewriter: PatternRewriter, /) -> None:
        parts: list[SSAValue] = []
        for value in op.operands:
            inner = producer(value, nn.ConcatOp)
            same = inner is not None and inner.axis == op.axis and keeps_elements(inner)
            if inner is not None and same and value.has_one_use():
                parts.extend(inner.operands)
            else:
                parts.append(value)
        if len(parts) != len(op.operands):
            rewriter.replace(op, rebuild(op, parts))


CANONICAL_FORMS: tuple[RewritePattern, ...] = (
    ReshapeOfReshape(),
    TransposeOfTranspose(),
    TransposeOfUnitAxes(),
    ClampOfClamp(),
    ClampIsRelu(),
    ExtremumIsClamp(),
    MatmulOfConstant(),
    ReduceIsGlobalPool(),
    ConcatOfConcat(),
)
