"""Quantizers pass operations that only move, select or clamp elements."""

from typing import cast

import numpy as np
from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ..rewriting import element_of, rebuild, shape_of, tensor_type_of
from .operators import CLAMPS, dequantized, is_real, only_moves


class RoundTrip(RewritePattern):
    """quantize(dequantize(x)) is x when both have the same type."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Drop the pair."""
        inner = op.input.owner
        if isinstance(inner, fxp.DequantizeOp) and inner.input.type == op.result.type:
            rewriter.replace(op, [], [inner.input])


class SameQuantizer(RewritePattern):
    """Two quantizers of one value to one type are one."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Use the earlier one."""
        for use in op.input.uses:
            other = use.operation
            if (
                isinstance(other, fxp.QuantizeOp)
                and other is not op
                and other.result.type == op.result.type
                and other.parent_block() is op.parent_block()
                and other.is_before_in_block(op)
            ):
                rewriter.replace(op, [], [other.result])
                return


class SinkDequantize(RewritePattern):
    """Movement and maximum of dequantized numbers happen on the integers instead.

    movement(dequantize(x)) becomes dequantize(movement(x)), for all operands of one and the same
    type.
    """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Move the dequantizer behind the operation."""
        if not only_moves(op) or not is_real(op.results[0]):
            return
        inputs = [dequantized(v) for v in op.operands]
        element = None if inputs[0] is None else cast(FxpType, element_of(inputs[0]))
        if element is None or any(v is None or element_of(v) != element for v in inputs):
            return
        if isinstance(op, nn.PadOp) and not pads_exactly(op, element):
            return
        new = rebuild(
            op, [v for v in inputs if v is not None], with_element(op.results[0], element)
        )
        rewriter.replace(op, [new, fxp.DequantizeOp(new)])


class HoistQuantize(RewritePattern):
    """What is moved, selected or clamped and then quantized is quantized before.

    quantize(movement(x)) becomes movement(quantize(x)) where nothing else uses the movement.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Move the quantizer before the operation."""
        mover = op.input.owner
        element = element_of(op.result)
        if not isinstance(mover, Operation) or not isinstance(element, FxpType):
            return
        if not only_moves(mover) and not isinstance(mover, CLAMPS):
            return
        if element.axis is not None or not op.input.has_one_use():
            return
        inputs = [fxp.QuantizeOp(v, element) for v in mover.operands]
        for quantizer in inputs:
            quantizer.location = mover.location
        new = rebuild(mover, inputs, op.result.type)
        rewriter.replace(op, [*inputs, new])


class SinkStorageCast(RewritePattern):
    """Movement of storage integers is movement of the numbers they stand for."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Move the cast behind the operation."""
        if not only_moves(op) or isinstance(op, nn.PadOp):
            return
        casts = [v.owner for v in op.operands]
        inputs = [c.input for c in casts if isinstance(c, fxp.StorageCastOp)]
        if len(inputs) != len(casts) or not isinstance(element_of(op.results[0]), IntegerType):
            return
        element = element_of(inputs[0])
        if any(element_of(v) != element for v in inputs):
            return
        if cast(FxpType, element).axis is not None:
            return
        new = rebuild(op, inputs, with_element(op.results[0], cast(FxpType, element)))
        rewriter.replace(op, [new, fxp.StorageCastOp(new)])


def pads_exactly(op: nn.PadOp, element: FxpType) -> bool:
    """Return whether the numbers of `element` contain the value that is padded with."""
    if op.mode.data != "constant":
        return True
    value = op.value.value.data
    stored = value / element.scale + element.zero_point
    return (
        bool(np.isfinite(stored))
        and element.qmin <= round(stored) <= element.qmax
        and abs(stored - round(stored)) < 1e-6
    )


def with_element(value: SSAValue, element: FxpType):
    """Return the tensor type of `value` with other elements."""
    return type(tensor_type_of(value))(element, shape_of(value))


MOVEMENT_PATTERNS = (RoundTrip, SameQuantizer, SinkDequantize, HoistQuantize, SinkStorageCast)
