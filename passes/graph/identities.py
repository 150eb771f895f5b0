"""Patterns of `canonicalize-graph` that erase operations which change nothing."""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerType, f32
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ..rewriting import element_of, producer, splat_of
from .activation import EVERYTHING, activation_of, clamp, limits_of
from .layout_rules import order_of
from .permutations import identity


class SameTypeMovement(RewritePattern):
    """reshape, broadcast, cast, slice or pad to the type it has already -> nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: nn.ReshapeOp | nn.BroadcastOp | nn.CastOp | nn.SliceOp | nn.PadOp,
        rewriter: PatternRewriter,
        /,
    ) -> None:
        if isinstance(op, nn.SliceOp) and any(int(s) < 0 for s in op.strides.get_values()):
            return
        if isinstance(op, nn.PadOp) and any(op.pads.get_values()):
            return
        if op.operands[0].type == op.results[0].type:
            rewriter.replace(op, [], [op.operands[0]])


class IdentityTranspose(RewritePattern):
    """A transpose that moves no axis -> nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.TransposeOp, rewriter: PatternRewriter, /) -> None:
        order = order_of(op)
        if order == identity(len(order)) and op.input.type == op.result.type:
            rewriter.replace(op, [], [op.operands[0]])


class OpenClamp(RewritePattern):
    """clamp to -inf … inf -> nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ClampOp, rewriter: PatternRewriter, /) -> None:
        if limits_of(op) == EVERYTHING and op.operands[0].type == op.results[0].type:
            rewriter.replace(op, [], [op.operands[0]])


class NeutralElement(RewritePattern):
    """x + 0, x - 0, x * 1, x / 1, x ** 1 -> x; a clamp is left where the operation had one."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: nn.AddOp | nn.SubOp | nn.MulOp | nn.DivOp | nn.PowOp,
        rewriter: PatternRewriter,
        /,
    ) -> None:
        neutral = 0 if isinstance(op, nn.AddOp | nn.SubOp) else 1
        if element_of(op.results[0]) != f32 and not isinstance(
            element_of(op.results[0]), IntegerType
        ):
            return
        for index in (0, 1) if isinstance(op, nn.AddOp | nn.MulOp) else (0,):
            value = op.operands[index]
            if splat_of(op.operands[1 - index]) != neutral or value.type != op.results[0].type:
                continue
            limits = activation_of(op)
            if limits == EVERYTHING:
                rewriter.replace(op, [], [value])
            else:
                rewriter.replace(op, clamp(value, limits))
            return


class UnitWindow(RewritePattern):
    """A pool of 1 x 1 windows at every position -> nothing (or its clamp)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: nn.MaxPool2dOp | nn.AvgPool2dOp, rewriter: PatternRewriter, /
    ) -> None:
        parts = (op.kernel, op.strides)
        if any(int(v) != 1 for part in parts for v in part.get_values()):
            return
        if any(op.pads.get_values()) or op.operands[0].type != op.results[0].type:
            return
        limits = activation_of(op)
        if limits == EVERYTHING:
            rewriter.replace(op, [], [op.operands[0]])
        else:
            rewriter.replace(op, clamp(op.operands[0], limits))


class LonelyConcat(RewritePattern):
    """concat of one tensor -> that tensor."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ConcatOp, rewriter: PatternRewriter, /) -> None:
        if len(op.operands) == 1 and op.operands[0].type == op.result.type:
            rewriter.replace(op, [], [op.operands[0]])


class QuantizeOfDequantize(RewritePattern):
    """quantize(dequantize(q)) -> q, when it ends at q's type.

    Exact for 8 and 16 bits: the two roundings to float32 move a number of less than 17 bits by much
    less than half a step.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter, /) -> None:
        cast = producer(op.input, fxp.DequantizeOp)
        if cast is None or cast.input.type != op.result.type:
            return
        element = element_of(op.result)
        if isinstance(element, fxp.FxpType) and element.storage.width.data <= 16:
            rewriter.replace(op, [], [cast.input])


IDENTITIES: tuple[RewritePattern, ...] = (
    SameTypeMovement(),
    IdentityTranspose(),
    OpenClamp(),
    NeutralElement(),
    UnitWindow(),
    LonelyConcat(),
    QuantizeOfDequantize(),
)
