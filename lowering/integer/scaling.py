"""How a rescale by real factors becomes integer multipliers; no xDSL in here.

The accuracy of every choice is measured in steps of the result: one step is one unit of the integer
that is stored at the end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ...dialects.fixed_point import I32_MAX, MAX_SHIFT

SUM_ERROR_STEPS = 2.0**-10
"""A sum is scaled by integer factors where it is exact to this; else each term is rescaled."""


@dataclass(frozen=True)
class SumScaling:
    """How the terms of a sum come to common steps of ``2**-shift``: by integer factors, or, where
    those are too coarse, each by a full multiplier and one rounding of its own.
    """

    shift: int
    factors: tuple[int, ...] | None

    def error(self, ratios: Sequence[float], magnitudes: Sequence[float]) -> float:
        """Return the largest deviation from ``sum(terms_i * ratios_i)``, in steps of the result."""
        if self.factors is None:
            return len(ratios) * math.ldexp(0.5, -self.shift)
        deviations = (
            abs(Fraction(f) / 2**self.shift - Fraction(r)) * Fraction(m)
            for f, r, m in zip(self.factors, ratios, magnitudes, strict=True)
        )
        return float(sum(deviations))


def scale_sum(
    ratios: Sequence[float], magnitudes: Sequence[float], *, fine: bool = False
) -> SumScaling:
    """Choose common steps for ``sum(terms_i * ratios_i)`` with |terms_i| <= magnitudes_i.

    `ratios` are the input scales over the output scale, positive and finite. The sum stays below
    2**31 in magnitude, in steps as fine as that allows, and rescales to the result by a mere shift.
    Factors are exact to about 2**-13 steps of the result for 8-bit terms; terms of 16 bits leave
    too few bits for factors. Steps are as coarse as exactness allows, unless `fine` (for real
    constants among the terms, which are rounded to steps).

    Raises ValueError when the sum can exceed 32 bits even in steps of the result.
    """
    total = sum(r * m for r, m in zip(ratios, magnitudes, strict=True))
    shift = min(30 - math.frexp(total)[1], MAX_SHIFT) if total > 0 else 0
    if shift < 0:
        raise ValueError("the sum can exceed 32 bits in steps of its result")
    for k in (shift + 1, shift):
        factors = tuple(round(Fraction(r) * 2**k) for r in ratios)
        largest = sum(f * Fraction(m) for f, m in zip(factors, magnitudes, strict=True))
        if max(factors) <= I32_MAX and largest <= I32_MAX:
            scaling = SumScaling(k, factors) if fine else _strip_twos(factors, k)
            if scaling.error(ratios, magnitudes) <= SUM_ERROR_STEPS:
                return scaling
    return SumScaling(shift, None)


def _strip_twos(factors: tuple[int, ...], shift: int) -> SumScaling:
    """Divide out common powers of two: equal scales give factors of 1 and no shift at all."""
    while shift > 0 and all(f % 2 == 0 for f in factors):
        factors, shift = tuple(f // 2 for f in factors), shift - 1
    return SumScaling(shift, factors)


def window_counts(
    size: int, kernel: int, stride: int, pad_before: int, pad_after: int
) -> NDArray[np.int64]:
    """Return for each output position along one axis how many taps of the window lie inside the
    input.
    """
    starts = np.arange((size + pad_before + pad_after - kernel) // stride + 1) * stride - pad_before
    inside = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
    return np.maximum(inside, 0).astype(np.int64)
