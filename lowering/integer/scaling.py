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

from ...dialects.fixed_point import I32_MAX, MAX_SHIFT, quantize_multiplier

SUM_ERROR_STEPS = 2.0**-10
"""A sum whose terms fit a common shift within this error is scaled by the shift alone."""

SUM_ERROR_LIMIT = 0.5
"""A sum that is less exact than this is refused: the result could be two steps off."""


@dataclass(frozen=True)
class SumScaling:
    """Integer factors of a sum: ``result = round(sum(terms_i * factors_i) * multiplier *
    2**-shift)``.
    """

    factors: tuple[int, ...]
    multiplier: int
    shift: int

    def error(self, ratios: Sequence[float], magnitudes: Sequence[float]) -> float:
        """Return the largest deviation from ``sum(terms_i * ratios_i)``, in steps."""
        scale = Fraction(self.multiplier) / Fraction(2) ** self.shift
        deviations = (
            abs(Fraction(f) * scale - Fraction(r)) * Fraction(m)
            for f, r, m in zip(self.factors, ratios, magnitudes, strict=True)
        )
        return float(sum(deviations))


def scale_sum(ratios: Sequence[float], magnitudes: Sequence[float]) -> SumScaling:
    """Choose the integer factors of ``sum(terms_i * ratios_i)`` with |terms_i| <= magnitudes_i.

    `ratios` are the input scales over the output scale, positive and finite; the weighted sum of
    the magnitudes stays below 2**31. A power of two as the common scale makes the rescale a mere
    shift, and with 8-bit terms it is exact to about 2**-13 steps. Terms of 16 bits leave too few
    bits for that: then the factors of two terms are a rational approximation of the ratio of their
    ratios, whose error falls with the square of the factors, and the common scale becomes a full
    multiplier.

    Raises ValueError when no choice within 32 bits is exact to `SUM_ERROR_LIMIT` steps.
    """
    by_shift = _scale_by_shift(ratios, magnitudes)
    if by_shift is not None and by_shift.error(ratios, magnitudes) <= SUM_ERROR_STEPS:
        return by_shift
    candidates = [c for c in (by_shift, _scale_by_ratio(ratios, magnitudes)) if c is not None]
    best = min(candidates, key=lambda c: c.error(ratios, magnitudes), default=None)
    if best is None or best.error(ratios, magnitudes) > SUM_ERROR_LIMIT:
        raise ValueError("the terms of the sum differ too much in scale for 32 bits")
    return best


def _scale_by_shift(ratios: Sequence[float], magnitudes: Sequence[float]) -> SumScaling | None:
    total = sum(r * m for r, m in zip(ratios, magnitudes, strict=True))
    shift = min(31 - math.frexp(total)[1], MAX_SHIFT) if total > 0 else 0
    for k in (shift, shift - 1):
        if k < 0:
            return None
        factors = tuple(round(Fraction(r) * 2**k) for r in ratios)
        if sum(f * m for f, m in zip(factors, magnitudes, strict=True)) <= I32_MAX and all(
            f <= I32_MAX for f in factors
        ):
            return _strip_twos(factors, k)
    return None


def _strip_twos(factors: tuple[int, ...], shift: int) -> SumScaling:
    """Divide out common powers of two: equal scales give factors of 1 and no shift at all."""
    while shift > 0 and all(f % 2 == 0 for f in factors):
        factors, shift = tuple(f // 2 for f in factors), shift - 1
    return SumScaling(factors, 1, shift)


def _scale_by_ratio(ratios: Sequence[float], magnitudes: Sequence[float]) -> SumScaling | None:
    if len(ratios) != 2:
        return None
    target = Fraction(ratios[0]) / Fraction(ratios[1])
    fitting = [
        (p, q)
        for p, q in _convergents(target)
        if p > 0 and q > 0 and p * magnitudes[0] + q * magnitudes[1] <= I32_MAX
    ]
    if not fitting:
        return None
    p, q = fitting[-1]
    ends = ratios[0] / p, ratios[1] / q
    choices: list[SumScaling] = []
    for common in (*ends, sum(ends) / 2):
        try:
            choices.append(SumScaling((p, q), *quantize_multiplier(common)))
        except ValueError:
            continue
    return min(choices, key=lambda c: c.error(ratios, magnitudes), default=None)


def _convergents(target: Fraction) -> list[tuple[int, int]]:
    """Return the convergents and semiconvergents p/q of `target`, best last."""
    result: list[tuple[int, int]] = []
    (p0, q0), (p1, q1) = (0, 1), (1, 0)
    rest = target
    while q1 < 2**31:
        digit = math.floor(rest)
        steps = range((digit + 1) // 2, digit) if digit < 2**12 else ()
        result.extend((p0 + k * p1, q0 + k * q1) for k in steps if k > 0)
        (p0, q0), (p1, q1) = (p1, q1), (p0 + digit * p1, q0 + digit * q1)
        result.append((p1, q1))
        if rest == digit:
            break
        rest = 1 / (rest - digit)
    return result


def window_counts(
    size: int, kernel: int, stride: int, pad_before: int, pad_after: int
) -> NDArray[np.int64]:
    """Return for each output position along one axis how many taps of the window lie inside the
    input.
    """
    starts = np.arange((size + pad_before + pad_after - kernel) // stride + 1) * stride - pad_before
    inside = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
    return np.maximum(inside, 0).astype(np.int64)
