"""The numbers behind TFLite's integer kernels: multipliers, ranges, tables; no xDSL in here.

Everything follows tensorflow/lite/kernels (quantization_util.cc, kernel_util.cc, common.h and the
`Prepare` function of each kernel), down to which factors are float and which are double, because
that decides the last bit of a multiplier.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.fixed_point import (
    MAX_SHIFT,
    RoundingMode,
    apply_scale,
    quantize_multiplier,
    quantize_multipliers,
)

LEAST_SHIFT = -31
"""TFLite's exponent below which a factor counts as zero."""


@dataclass(frozen=True)
class Rescale:
    """A rescale as `fxp.requantize` takes it; one multiplier and shift, or one per channel."""

    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int32]
    rounding: RoundingMode


def multiplier_and_exponent(real: float) -> tuple[int, int]:
    """QuantizeMultiplier: ``real`` as multiplier * 2**(exponent - 31)."""
    if real == 0.0 or math.frexp(real)[1] < LEAST_SHIFT - 1:
        return 0, 0
    fraction, exponent = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier, exponent = multiplier // 2, exponent + 1
    return (multiplier, exponent) if exponent >= LEAST_SHIFT else (0, 0)


@dataclass(frozen=True)
class Settled:
    """The channels of a linear operator whose results no input changes."""

    channels: NDArray[np.bool_]
    bias: NDArray[np.int64]
    """What gives these results with weights of 0 and `scaling`; 0 for other channels."""
    scaling: Rescale


def settled_channels(
    scaling: Rescale, low: Sequence[int], high: Sequence[int], ends: tuple[int, int]
) -> Settled | None:
    """Find the channels whose sums, in [low, high], all rescale to one number once clamped to
    `ends` (without the zero point); None if there are none, or one multiplier serves all.

    Trained networks have channels that never get anywhere: weights of no weight beside a bias near
    2^30, with multipliers and shifts that no other channel has. They get a common shift.
    """
    multipliers, shifts = scaling.multipliers, scaling.shifts
    if multipliers.size == 1 or max(map(abs, (*low, *high))) >= 1 << 31:
        return None
    results, others = (
        np.clip(apply_scale(np.array(acc), multipliers, shifts, scaling.rounding), *ends)
        for acc in (low, high)
    )
    channels = results == others
    kept, counts = np.unique(shifts[~channels], return_counts=True)
    shift = int(kept[counts.argmax()]) if kept.size else 31
    unit = 30 if scaling.rounding == "double" or int(multipliers.max()) >= 1 << 16 else 14
    if not channels.any() or not unit <= shift <= unit + 21:
        return None
    settled = Rescale(
        np.where(channels, 1 << unit, multipliers).astype(np.int32),
        np.where(channels, shift, shifts).astype(np.int32),
        scaling.rounding,
    )
    return Settled(channels, np.where(channels, results << (shift - unit), 0), settled)


def rescale(reals: "float | NDArray[np.float64]") -> Rescale:
    """The rescale of accumulators of 32 bits by real factors: MultiplyByQuantizedMultiplier, which
    rounds twice.

    Raises ValueError for factors that are not finite or beyond 2**31.
    """
    pairs: list[tuple[int, int]] = []
    for real in np.atleast_1d(np.asarray(reals, np.float64)).tolist():
        if not math.isfinite(real) or real < 0:
            raise ValueError(f"a rescale by {real}")
        multiplier, exponent = multiplier_and_exponent(real)
        if exponent > 31:
            raise ValueError(f"a rescale by {real} is too large")
        pairs.append((multiplier, 31 - exponent))
    multipliers, shifts = zip(*pairs, strict=True)
    return Rescale(np.array(multipliers, np.int32), np.array(shifts, np.int32), "double")


def rescale_wide(reals: "float | NDArray[np.float64]") -> Rescale:
    """The rescale of accumulators of 64 bits: multipliers of 15 bits, rounded once, ties upwards.

    Raises ValueError for factors that are not finite or beyond 2**15.
    """
    narrow = rescale(reals)
    rounded = (narrow.multipliers.astype(np.int64) + (1 << 15)) >> 16
    multipliers = np.where(narrow.multipliers < 0x7FFF0000, rounded, 0x7FFF).astype(np.int32)
    shifts = narrow.shifts - 16
    if (shifts < 0).any():
        raise ValueError("a rescale of 64-bit sums by more than 2**15")
    return Rescale(multipliers, shifts, "half_up")


def round_product(acc: NDArray[np.int64], real: float) -> NDArray[np.int64]:
    """``round(acc * real)`` in double precision, ties away from zero: how some kernels rescale."""
    product = acc.astype(np.float64) * real
    whole = np.trunc(product)
    up = np.abs(product - whole) >= 0.5
    return (whole + np.where(up, np.copysign(1.0, product), 0.0)).astype(np.int64)


def rescale_in_double(reals: "float | NDArray[np.float64]", low: int, high: int) -> Rescale:
    """Integer multipliers with the results of `round_product`, clamped to [low, high].

    Both functions increase with the accumulator, so that they are equal everywhere if they reach
    each result at the same one: that is checked for every result. A multiplier of 31 bits is off by
    2**-32 at most, so that it, or one of its neighbours, nearly always passes for results of 8
    bits. Where none does, results of 16 bits mostly, the nearest one is returned: it differs by one
    step where a sum comes within 2**-32 of itself to a tie. Raises ValueError as `rescale` does.
    """
    rescale(reals)  # refuses what is not finite or too large
    factors = np.atleast_1d(np.asarray(reals, np.float64)).tolist()
    for rounding in ("half_up", "half_away"):
        pairs = [_equal_multiplier(real, low, high, rounding) for real in factors]
        found = [pair for pair in pairs if pair is not None]
        if len(found) == len(pairs):
            multipliers, shifts = zip(*found, strict=True)
            return Rescale(np.array(multipliers, np.int32), np.array(shifts, np.int32), rounding)
    multipliers, shifts = quantize_multipliers(factors)
    return Rescale(multipliers, shifts, "half_away")


def _equal_multiplier(
    real: float, low: int, high: int, rounding: RoundingMode
) -> tuple[int, int] | None:
    """A multiplier and shift that rescale like `round_product` by `real`, if there are any."""
    least, above = first_accumulators(real, low, high)
    multiplier, shift = quantize_multiplier(real)
    for nudge in sorted(range(-4, 5), key=abs):
        chosen = multiplier + nudge
        if not 0 <= chosen < 1 << 31:
            continue
        reached = apply_scale(least, chosen, shift, rounding) >= above
        missed = apply_scale(least - 1, chosen, shift, rounding) < above
        if (reached & missed).all():
            return chosen, shift
    return None


def first_accumulators(
    real: float, low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least accumulators for which `round_product` reaches each result in (low, high], and
    these results; those beyond 2**62 are left out.
    """
    results = np.arange(low + 1, high + 1, dtype=np.int64)
    guess = np.ceil((results - 0.5) / real) if real > 0 else np.full(results.shape, np.inf)
    results = results[np.abs(guess) < float(1 << 62)]
    first = guess[np.abs(guess) < float(1 << 62)].astype(np.int64) + 2
    for _ in range(4):
        first = np.where(round_product(first - 1, real) >= results, first - 1, first)
    return first, results


def mean_rescale(real: float, count: int) -> Rescale:
    """The rescale of the sum of `count` numbers to their mean times `real` (QuantizedMeanOrSum)."""
    multiplier, exponent = multiplier_and_exponent(real)
    shift = min(count.bit_length() - 1, 32, 31 + exponent)
    multiplier = (multiplier << shift) // count
    shifts = np.array([31 - (exponent - shift)], np.int32)
    return Rescale(np.array([multiplier], np.int32), shifts, "double")


def divide_exactly(divisor: int, largest: int) -> Rescale:
    """The division of numbers up to `largest` in magnitude, rounded with ties away from zero.

    The multiplier is the reciprocal rounded up, so that exact ties stay or move away from zero;
    everything else stays on its side of a tie, which is at least 1 / (2 * divisor) away. Raises
    ValueError if 31 bits are too few for that.
    """
    if divisor & (divisor - 1) == 0:
        return Rescale(
            np.array([1], np.int32), np.array([divisor.bit_length() - 1], np.int32), "half_away"
        )
    shift = min(30 + divisor.bit_length() - 1, MAX_SHIFT)
    multiplier = -(-(1 << shift) // divisor)
    excess = multiplier * divisor - (1 << shift)
    if 2 * largest * excess >= 1 << shift:
        raise ValueError(f"numbers up to {largest} cannot be divided by {divisor} exactly")
    return Rescale(np.array([multiplier], np.int32), np.array([shift], np.int32), "half_away")


def nearest(value: "np.float32 | NDArray[np.float32]") -> Any:
    """TfLiteRound: C's roundf, ties away from zero."""
    magnitude = np.floor(np.abs(value).astype(np.float64) + 0.5)
    return np.copysign(magnitude, value).astype(np.float32)


def stored(real: float, scale: np.float32, zero_point: int) -> int:
    """The integer of a real bound: Quantize of kernel_util.cc."""
    return zero_point + int(nearest(np.float32(real) / scale))


ACTIVATIONS: dict[str, tuple[float, float]] = {
    "NONE": (-math.inf, math.inf),
    "RELU": (0.0, math.inf),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU6": (0.0, 6.0),
}
"""Ends of the clamps that TFLite fuses, by the name in its schema."""


def clamp_ends(
    ends: tuple[float, float], scale: np.float32, zero_point: int, limits: tuple[int, int]
) -> tuple[int, int]:
    """The integers to which a real clamp limits a quantized result (CalculateActivationRange)."""
    low, high = limits
    if math.isfinite(ends[0]):
        low = max(low, stored(ends[0], scale, zero_point))
    if math.isfinite(ends[1]):
        high = min(high, stored(ends[1], scale, zero_point))
    return low, high


def table(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    source: tuple[np.float32, int],
    target: tuple[np.float32, int],
    dtype: np.dtype[Any],
) -> Any:
    """LUTPopulate: a function of 8 bits, computed in float at each of the 256 numbers.

    `source` and `target` are scale and zero point. `function` is computed in double and rounded to
    float, which is what a good C library's float function gives.
    """
    limits = np.iinfo(dtype)
    numbers = np.arange(limits.min, limits.max + 1)
    real = source[0] * (numbers - source[1]).astype(np.float32)
    transformed = function(real.astype(np.float64)).astype(np.float32)
    rescaled = nearest(transformed * (np.float32(1) / target[0]))
    quantized = (rescaled + np.float32(target[1])).astype(np.int64)
    return np.clip(quantized, limits.min, limits.max).astype(dtype)
