"""Layer normalization in integers; no xDSL in here.

For a row of n integers x with the sum s, d = n * x - s is n times the distance from the mean, and
w = n * sum(x * x) - s * s is n * n times the variance: both exact. So

    y = d / sqrt(w + n * n * epsilon / step**2) * scale + bias,

where only the root, its reciprocal, and two products are rounded, far below a step of y.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fixed_point import I32_MAX, apply_scale
from .gemmlowp import inverse

IntArray = NDArray[np.int64]

MAX_WIDTH = 4096
"""The longest row."""

WIDE = 61
"""Sums under the root have so many bits."""

MAX_LIFT = 24
LEAST_BITS = 4
MOST_BITS = 24


def root_lift(x: int) -> int:
    """By how many pairs of bits x, 1 to 2**62 - 1, is shifted left to reach 2**60."""
    return (62 - x.bit_length()) // 2


def root(x: int) -> int:
    """The square root of x, shifted left by `root_lift` pairs of bits, cut off: 2**30 and more."""
    return math.isqrt(x << (2 * root_lift(x)))


C_FUNCTIONS: dict[str, Callable[[int], int]] = {
    "nnopt_root": root,
    "nnopt_root_lift": root_lift,
}
"""The functions of nnopt_fxp.h that loops call by name."""


@dataclass(frozen=True)
class Norm:
    """The numbers of one normalization."""

    gains: NDArray[np.int32]
    """scale / step of y, with `fraction_of_gains` bits behind the point."""
    offsets: NDArray[np.int32]
    """bias / step of y, with `bits` bits behind the point."""
    epsilon: int
    """What is added under the root, with `lift` bits behind the point."""
    lift: int
    """How many bits the variance is shifted left; an even number."""
    fraction: int
    """Bits behind the point of x less the mean, over the deviation."""
    drop: int
    """Bits that the product with a gain loses."""
    bits: int
    """Bits behind the point of what is left of it."""


def largest_sum(width: int, bits: int) -> int:
    """The largest w of rows of `width` integers of `bits` bits."""
    return (width * ((1 << bits) - 1)) ** 2 // 4


def largest_ratio(width: int, fraction: int) -> int:
    """A bound of a distance from the mean over the deviation: sqrt(n) and less."""
    return (math.isqrt(width) + 1) << fraction


def plan(
    scale: NDArray[np.floating],
    bias: NDArray[np.floating],
    epsilon: float,
    steps: tuple[float, float],
    input_bits: int,
) -> Norm:
    """The integers of a normalization between steps of x and y. Raises ValueError where there are
    none: rows too long, or numbers beyond what 32 bits hold.
    """
    width = scale.size
    if not 1 <= width <= MAX_WIDTH:
        raise ValueError(f"rows of {width} elements, more than {MAX_WIDTH}")
    factors = scale.astype(np.float64) / steps[1]
    terms = bias.astype(np.float64) / steps[1]
    steepest, highest = float(np.abs(factors).max()), float(np.abs(terms).max())
    reach = math.sqrt(width) * steepest + highest
    if not math.isfinite(reach):
        raise ValueError("its scale or bias is not finite")
    lift = min(MAX_LIFT, WIDE - largest_sum(width, input_bits).bit_length()) // 2 * 2
    under = epsilon * width**2 / steps[0] ** 2 * 2.0**lift
    if under >= 1 << WIDE:
        raise ValueError(f"its epsilon {epsilon:g} is far above the variance")
    fraction = 30 - (math.isqrt(width) + 1).bit_length()
    gain_bits = min(30 - math.frexp(steepest)[1], 40)
    bits = min(29 - math.frexp(reach)[1], MOST_BITS, fraction + gain_bits)
    if bits < LEAST_BITS:
        raise ValueError("its results are far beyond the range of their type")
    return Norm(
        np.rint(factors * 2.0**gain_bits).astype(np.int32),
        np.rint(terms * 2.0**bits).astype(np.int32),
        max(1, round(under)),
        lift,
        fraction,
        fraction + gain_bits - bits,
        bits,
    )


def fits(norm: Norm, input_bits: int) -> bool:
    """Whether no row of integers of `input_bits` bits leaves 63 bits under the root or 31 behind
    it.
    """
    width = norm.gains.size
    under = (largest_sum(width, input_bits) << norm.lift) + norm.epsilon
    ratio = largest_ratio(width, norm.fraction)
    products = (ratio * np.abs(norm.gains.astype(object))) >> norm.drop
    sums = products + np.abs(norm.offsets.astype(object)) + 2
    shifts = norm.lift >= 0 and norm.lift % 2 == 0 and 0 <= norm.drop <= 62
    return bool(shifts and under < 1 << 62 and ratio <= I32_MAX and max(sums) <= I32_MAX)


def row(x: IntArray, norm: Norm) -> IntArray:
    """One row of integers to one of 32 bits in steps of y."""
    width, total = x.size, int(x.sum())
    variance = width * int((x * x).sum()) - total * total
    under = (variance << norm.lift) + norm.epsilon
    shift = max(61 - root_lift(under) - norm.lift // 2 - norm.fraction, 0)
    distance = width * x - total
    ratio: Any = apply_scale(distance, inverse(root(under)), shift, "half_up")
    product = (ratio * norm.gains.astype(np.int64)) >> norm.drop
    return (product + norm.offsets + (1 << norm.bits >> 1)) >> norm.bits
