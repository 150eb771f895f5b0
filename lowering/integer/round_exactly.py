"""Cheaper rounding where it gives the same integers."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp
from ...dialects.fixed_point import half_up_equals_half_even
from ...passes.rewriting import apply_patterns, rebuild
from .intervals import interval_of


class HalfUpIsEnough(RewritePattern):
    """half_even becomes half_up where no accumulator in range is a tie that they round apart."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.RequantizeOp, rewriter: PatternRewriter) -> None:
        """Change the rounding mode."""
        if op.rounding.data != "half_even":
            return
        interval = interval_of(op.input)
        zero_point = op.input_zero_point.value.data
        factors = list(zip(op.multiplier.get_values(), op.shift.get_values(), strict=True))
        lows, highs = interval.low, interval.high
        if len(factors) == 1:
            lows, highs = (interval.least,), (interval.greatest,)
        elif len(lows) == 1:
            lows, highs = lows * len(factors), highs * len(factors)
        if all(
            half_up_equals_half_even(m, s, low - zero_point, high - zero_point)
            for (m, s), low, high in zip(factors, lows, highs, strict=True)
        ):
            rewriter.replace(op, rebuild(op, attributes={"rounding": StringAttr("half_up")}))


@dataclass(frozen=True)
class RoundExactlyPass(ModulePass):
    """Round half up instead of half to even wherever that is proven to change nothing.

    The proof is exact: from the weights follows the range of each accumulator, from multiplier and
    shift which accumulators are ties at all (`fixed_point.half_up_equals_half_even`). Multipliers
    of 31 bits leave ties only beyond 32 bits, so that most rescales qualify.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
      %y = fxp.requantize %x {multiplier = array<i32: 1717986919>, shift = array<i32: 34>,
                              rounding = "half_even", min = -128 : i32, max = 127 : i32}
          : tensor<1x2xi8> -> tensor<1x2xi8>
      func.return %y : tensor<1x2xi8>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
      %y = fxp.requantize %x {multiplier = array<i32: 1717986919>, shift = array<i32: 34>,
                              rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<1x2xi8> -> tensor<1x2xi8>
      func.return %y : tensor<1x2xi8>
    }
    ```
    """

    name = "round-exactly"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Visit every rescale once."""
        apply_patterns(op, HalfUpIsEnough(), recursively=False)
