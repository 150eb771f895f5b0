"""Sums of rescaled bytes with one rescale instead of three, where every pair of bytes agrees."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import IntegerType, ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, requantize
from ...passes.rewriting import apply_patterns, element_of, producer, rebuild

Ints = NDArray[np.int64]

SHIFTS = range(22, 17, -1)
"""How fine the steps of the sum may be: 2**-22 to 2**-18 of the result's."""

NUDGES = sorted(
    ((a, b) for a in range(-4, 5) for b in range(-4, 5)),
    key=lambda pair: abs(pair[0]) + abs(pair[1]),
)
"""By how much the factors may differ from the nearest ones."""


@dataclass(frozen=True)
class _Term:
    """A byte, widened and rescaled to 32 bits."""

    input: SSAValue
    zero_point: int
    numbers: Ints
    """All values of the byte, less its zero point."""
    rescaled: Ints
    """What the sum adds for each of them."""
    factor: float

    @staticmethod
    def of(value: SSAValue) -> "_Term | None":
        rescale = producer(value, fxp.RequantizeOp)
        widen = None if rescale is None else producer(rescale.input, fxp.WidenOp)
        if rescale is None or widen is None or len(rescale.multiplier) != 1:
            return None
        element = cast(IntegerType, element_of(widen.input))
        if element.width.data != 8 or not (value.has_one_use() and rescale.input.has_one_use()):
            return None
        low, high = fxp.integer_range(element)
        zero_point, by = widen.zero_point.value.data, widen.multiplier.value.data
        numbers = np.arange(low, high + 1, dtype=np.int64) - zero_point
        real = by * _factor(rescale)
        return _Term(widen.input, zero_point, numbers, _applied(rescale, numbers * by), real)


def _factor(op: fxp.RequantizeOp) -> float:
    return op.multiplier.get_values()[0] * 2.0 ** -op.shift.get_values()[0]


def _applied(op: fxp.RequantizeOp, values: Ints) -> Ints:
    """What a rescale with one multiplier makes of integers."""
    return requantize(
        values,
        op.multiplier.get_values()[0],
        op.shift.get_values()[0],
        input_zero_point=op.input_zero_point.value.data,
        zero_point=op.zero_point.value.data,
        rounding=op.rounding_mode,
        low=op.min_value.value.data,
        high=op.max_value.value.data,
    )


class MergeRescales(RewritePattern):
    """requantize(requantize(widen(a)) ± requantize(widen(b))) becomes a shift of widen(a) ±
    widen(b), if there are factors for which all 65,536 pairs of bytes give the same.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.RequantizeOp, rewriter: PatternRewriter) -> None:
        """Replace the last rescale; the others go when nobody uses them."""
        total = op.input.owner
        if not isinstance(total, nn.AddOp | nn.SubOp) or len(op.multiplier) != 1:
            return
        terms = [_Term.of(value) for value in total.operands]
        lhs, rhs = terms
        if lhs is None or rhs is None or not op.input.has_one_use():
            return
        sign = 1 if isinstance(total, nn.AddOp) else -1
        wanted = _applied(op, lhs.rescaled[:, None] + sign * rhs.rescaled[None, :])
        for shift, a, b in _candidates(lhs, rhs, _factor(op)):
            sums = (lhs.numbers * a)[:, None] + sign * (rhs.numbers * b)[None, :]
            new = fxp.RequantizeOp(
                total.result,
                1,
                shift,
                element_type=cast(IntegerType, element_of(op.result)),
                zero_point=op.zero_point.value.data,
                rounding="half_up",
                min_value=op.min_value.value.data,
                max_value=op.max_value.value.data,
            )
            if not np.array_equal(_applied(new, sums), wanted):
                continue
            widened = [
                fxp.WidenOp(term.input, term.zero_point, factor)
                for term, factor in ((lhs, a), (rhs, b))
            ]
            plain = rebuild(total, [w.result for w in widened])
            new.operands[0] = plain.results[0]
            rewriter.replace(op, [*widened, plain, new])
            return


def _candidates(lhs: _Term, rhs: _Term, factor: float) -> Iterator[tuple[int, int, int]]:
    """Shifts and factors to try, the likeliest first; none whose sums may leave 32 bits."""
    sizes = [int(np.abs(term.numbers).max()) for term in (lhs, rhs)]
    for shift in SHIFTS:
        nearest = [round(term.factor * factor * 2.0**shift) for term in (lhs, rhs)]
        for nudges in NUDGES:
            a, b = (n + d for n, d in zip(nearest, nudges, strict=True))
            if min(a, b) > 0 and a * sizes[0] + b * sizes[1] + (1 << shift) <= I32_MAX:
                yield shift, a, b


@dataclass(frozen=True)
class MergeRescalesPass(ModulePass):
    """Rescale a sum of two bytes once, if that gives the same for all 65,536 pairs of bytes.

    TFLite's sums rescale both operands and the sum, each with two roundings. The factors of one
    merged rescale are searched near the exact ones, and taken only where all results agree, so that
    the pass never changes a bit. A sum without such factors stays as it is.

    Before:

    ```mlir
    func.func @main(%a: tensor<4xi8>, %b: tensor<4xi8>) -> tensor<4xi8> {
      %0 = fxp.widen %a {zero_point = 3 : i32, multiplier = 1048576 : i32}
          : tensor<4xi8> -> tensor<4xi32>
      %1 = fxp.requantize %0 {multiplier = array<i32: 1073741824>, shift = array<i32: 31>,
                              rounding = "double", min = -68681728 : i32, max = 65011712 : i32}
          : tensor<4xi32> -> tensor<4xi32>
      %2 = fxp.widen %b {multiplier = 1048576 : i32} : tensor<4xi8> -> tensor<4xi32>
      %3 = fxp.requantize %2 {multiplier = array<i32: 1288490189>, shift = array<i32: 32>,
                              rounding = "double", min = -40265319 : i32, max = 39950746 : i32}
          : tensor<4xi32> -> tensor<4xi32>
      %4 = nn.add %1, %3 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
      %y = fxp.requantize %4 {multiplier = array<i32: 1717986918>, shift = array<i32: 50>,
                              rounding = "double", min = -128 : i32, max = 127 : i32}
          : tensor<4xi32> -> tensor<4xi8>
      func.return %y : tensor<4xi8>
    }
    ```

    After:

    ```mlir
    func.func @main(%a: tensor<4xi8>, %b: tensor<4xi8>) -> tensor<4xi8> {
      %0 = fxp.widen %a {zero_point = 3 : i32, multiplier = 3355443 : i32}
          : tensor<4xi8> -> tensor<4xi32>
      %1 = fxp.widen %b {multiplier = 2013266 : i32} : tensor<4xi8> -> tensor<4xi32>
      %2 = nn.add %0, %1 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
      %y = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 22>,
                              rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<4xi32> -> tensor<4xi8>
      func.return %y : tensor<4xi8>
    }
    ```
    """

    name = "merge-rescales"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Try every sum once."""
        apply_patterns(op, MergeRescales(), recursively=False)
