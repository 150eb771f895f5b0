"""Convolutions, fully connected layers and products of matrices in integers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerAttr, IntegerType, TensorType, i8, i16, i32, i64
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fixed_point import AccumulatorBound, accumulator_bound
from ...passes.quantize.constants import QuantizedConstant, quantized_constant
from ...passes.quantize.operators import LINEAR
from ...passes.rewriting import rebuild, shape_of
from .conversion import (
    Replacement,
    activation_type,
    compute_on_reals,
    fits_i32,
    magnitude,
    value_range,
)


@dataclass(frozen=True)
class PlainWeights:
    """Integers and the one number to subtract from them."""

    array: NDArray[Any]
    zero_point: int
    element: IntegerType


class LowerLinear(RewritePattern):
    """A linear operation becomes integer multiply-accumulates and a rescale per output channel.

    The accumulator has 32 bits where the weights and the bias prove that it suffices for any
    input, else 64.
    """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Replace the operation."""
        if not isinstance(op, LINEAR) or not fxp.is_fxp(op.results[0].type):
            return
        weights, bias = (quantized_constant(v) for v in op.operands[1:3])
        if weights is None or bias is None:
            raise PassFailedException(f"{_name(op)} needs quantized constant weights and bias")
        input_type, result_type = activation_type(op.operands[0]), activation_type(op.results[0])
        replacement = Replacement(op, rewriter)
        input = replacement.storage(op.operands[0])
        plain = plain_weights(weights)
        bound = accumulator_bound(
            plain.array, bias.array, *value_range(input), input_type.zero_point, plain.zero_point
        )
        accumulator = accumulator_type(op, bound)
        new = rebuild(
            op,
            [
                input,
                replacement.constant(plain.array, plain.element),
                replacement.constant(bias.array, accumulator),
            ],
            TensorType(accumulator, shape_of(op.results[0])),
            {
                "act_min": None,
                "act_max": None,
                "input_zero_point": IntegerAttr(input_type.zero_point, i32),
                "weight_zero_point": IntegerAttr(plain.zero_point, i32),
            },
        )
        factors = input_type.scale * weights.type.scales / result_type.scale
        try:
            result = replacement.requantize(replacement.add(new), factors, result_type)
        except ValueError as error:
            raise PassFailedException(f"{_name(op)} cannot be rescaled: {error}") from error
        replacement.finish(result)


class LowerMatmul(RewritePattern):
    """The product of two quantized activations; both zero points are the operation's."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MatmulOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type):
            return
        types = [activation_type(v) for v in op.operands]
        result_type = activation_type(op.results[0])
        depth = shape_of(op.operands[0])[-1]
        sizes = [magnitude(v, t.zero_point) for v, t in zip(op.operands, types, strict=True)]
        largest = depth * sizes[0] * sizes[1]
        if not fits_i32(largest):
            compute_on_reals(op, rewriter, "its sums can exceed 32 bits")
            return
        replacement = Replacement(op, rewriter)
        operands: list[SSAValue] = [replacement.storage(v) for v in op.operands]
        new = rebuild(
            op,
            operands,
            TensorType(i32, shape_of(op.results[0])),
            {
                "act_min": None,
                "act_max": None,
                "lhs_zero_point": IntegerAttr(types[0].zero_point, i32),
                "rhs_zero_point": IntegerAttr(types[1].zero_point, i32),
            },
        )
        factor = types[0].scale * types[1].scale / result_type.scale
        replacement.finish(replacement.requantize(replacement.add(new), factor, result_type))


def plain_weights(weights: QuantizedConstant) -> PlainWeights:
    """Return weights as plain integers: centred 8-bit ones where possible.

    Otherwise 8-bit ones with their common zero point (made signed), or centred 16-bit ones.
    """
    centred = weights.centred
    if centred.min(initial=0) >= -128 and centred.max(initial=0) <= 127:
        return PlainWeights(centred.astype(np.int8), 0, i8)
    zeros = weights.type.zero_points
    if weights.type.storage.width.data == 8 and (zeros == zeros[0]).all():
        offset = 128 if weights.type.qmin == 0 else 0
        signed = weights.array.astype(np.int64) - offset
        return PlainWeights(signed.astype(np.int8), int(zeros[0]) - offset, i8)
    if centred.min(initial=0) >= -(2**15) and centred.max(initial=0) < 2**15:
        return PlainWeights(centred.astype(np.int16), 0, i16)
    return PlainWeights(weights.array, int(zeros[0]), weights.type.storage)


def accumulator_type(op: Operation, bound: AccumulatorBound) -> IntegerType:
    """Return the narrowest accumulator that holds every partial sum; see `accumulator_bound`.

    Raises PassFailedException, naming the node, when 64 bits do not suffice.
    """
    for element in (i32, i64):
        if bound.fits(element.width.data):
            return element
    raise PassFailedException(
        f"{_name(op)} can reach sums of {bound.least} to {bound.greatest}, beyond 64 bits"
    )


def _name(op: Operation) -> str:
    return f"{nn.node_name(op) or 'unnamed'} ({op.name})"
