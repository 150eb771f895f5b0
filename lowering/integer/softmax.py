"""Softmax of quantized tensors, by tables of exponentials."""

import math

from xdsl.dialects.builtin import IntegerType, i8, i16
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType, ui8
from ...dialects.gemmlowp import MAX_TERMS, softmax_table, wide_softmax_table
from ...passes.rewriting import shape_of
from .conversion import Replacement, activation_type, compute_on_reals

STORED = (i8, ui8, i16)


class LowerSoftmax(RewritePattern):
    """`nn.softmax` over the last dimension becomes `fxp.softmax`, to within a step."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.SoftmaxOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.result.type):
            return
        source, element = activation_type(op.input), activation_type(op.result)
        shape = shape_of(op.input)
        bits = steps_of_one(element)
        types: tuple[IntegerType, ...] = (source.storage, element.storage)
        along_rows = op.axis.value.data in (-1, len(shape) - 1) and shape[-1] <= MAX_TERMS
        if not along_rows or bits is None or not all(type in STORED for type in types):
            compute_on_reals(op, rewriter, "no table of exponentials is made for it")
            return
        make = wide_softmax_table if source.storage == i16 else softmax_table
        try:
            table = make(source.scale)
        except ValueError as error:
            compute_on_reals(op, rewriter, str(error))
            return
        least, _ = fxp.integer_range(element.storage)
        replacement = Replacement(op, rewriter)
        value = fxp.SoftmaxOp(
            replacement.storage(op.input),
            table,
            element.storage,
            bits=bits,
            zero_point=None if element.zero_point == least else element.zero_point,
        )
        replacement.finish(replacement.add(value))


def steps_of_one(element: FxpType) -> int | None:
    """Return n where the steps of a type are 2**-n, n in 1..16."""
    mantissa, exponent = math.frexp(element.scale)
    bits = 1 - exponent
    return bits if mantissa == 0.5 and 1 <= bits <= 16 else None
