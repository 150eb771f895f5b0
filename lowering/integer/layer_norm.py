"""Layer normalization of quantized tensors: exact sums, one reciprocal root per row."""

from xdsl.dialects.builtin import i8, i16
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fxp import ui8
from ...dialects.integer_norm import plan
from ...passes.quantize.constants import plain_constant
from .conversion import Replacement, activation_type, compute_on_reals

STORED = (i8, ui8, i16)


class LowerLayerNorm(RewritePattern):
    """`nn.layer_norm` with constant scale and bias becomes `fxp.layer_norm`."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.LayerNormOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.result.type):
            return
        source, element = activation_type(op.input), activation_type(op.result)
        scale, bias = plain_constant(op.scale), plain_constant(op.bias)
        if scale is None or bias is None:
            compute_on_reals(op, rewriter, "its scale or bias is not constant")
            return
        if source.storage not in STORED or element.storage not in STORED:
            compute_on_reals(op, rewriter, f"of {source.storage} to {element.storage}")
            return
        bits = source.storage.width.data
        steps = source.scale, element.scale
        try:
            norm = plan(scale, bias, op.epsilon.value.data, steps, bits)
        except ValueError as error:
            compute_on_reals(op, rewriter, str(error))
            return
        replacement = Replacement(op, rewriter)
        stored = replacement.storage(op.input)
        value = fxp.LayerNormOp(stored, norm, element.storage, element.zero_point)
        replacement.finish(replacement.add(value))
