"""The mathematics of rescaling against exact rational arithmetic, and its C twin against both."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnopt.dialects.fixed_point import (
    I32_MAX,
    I32_MIN,
    ROUNDING_MODES,
    RoundingMode,
    accumulator_bound,
    apply_scale,
    as_shifts,
    half_up_equals_half_away,
    half_up_equals_half_even,
    quantize_multiplier,
    quantize_multipliers,
    real_multiplier,
    requantize,
)

I32 = st.integers(I32_MIN, I32_MAX)
I64 = st.integers(-(2**63), 2**63 - 1)
MULTIPLIER = st.integers(0, 2**31 - 1)
SHIFT = st.integers(0, 62)


def round_fraction(value: Fraction, mode: str) -> int:
    """The three single roundings, by definition."""
    if mode == "half_even":
        return round(value)
    if mode == "half_up":
        return math.floor(value + Fraction(1, 2))
    return int(math.copysign(1, value)) * math.floor(abs(value) + Fraction(1, 2))


def gemmlowp(acc: int, multiplier: int, shift: int) -> int:
    """Gemmlowp's two roundings as in fixedpoint.h: truncating division, masks, thresholds."""
    left, right = max(31 - shift, 0), max(shift - 31, 0)
    shifted = max(I32_MIN, min(I32_MAX, acc << left))
    product = shifted * multiplier
    nudge = 2**30 if product >= 0 else 1 - 2**30
    quotient = abs(product + nudge) // 2**31
    high = quotient if product + nudge >= 0 else -quotient
    mask = (1 << right) - 1
    threshold = (mask >> 1) + (1 if high < 0 else 0)
    return (high >> right) + (1 if (high & mask) > threshold else 0)


def truth(acc: int, multiplier: int, shift: int, mode: str) -> int:
    if mode == "double":
        return gemmlowp(acc, multiplier, shift)
    return round_fraction(Fraction(acc * multiplier, 2**shift), mode)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@given(acc=I32, multiplier=MULTIPLIER, shift=SHIFT)
def test_integers_round_as_defined(mode: RoundingMode, acc: int, multiplier: int, shift: int):
    assert apply_scale(acc, multiplier, shift, mode) == truth(acc, multiplier, shift, mode)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_small_products_round_as_defined_exhaustively(mode: RoundingMode):
    """Every tie and non-tie around zero, with small shifts, where ties are frequent."""
    for shift in (0, 1, 2, 3, 29, 30, 31, 32, 33, 34):
        for multiplier in (1, 2, 3, 2**29, 2**30, 2**30 + 2**29, 2**31 - 1):
            accs = np.arange(-40, 41)
            got = apply_scale(accs, multiplier, shift, mode).tolist()
            assert got == [truth(a, multiplier, shift, mode) for a in accs.tolist()]


def samples(bits: int, seed: int, count: int = 20000) -> tuple[NDArray[np.int64], ...]:
    """Accumulators of all magnitudes and extremes, multipliers, shifts, many of them ties."""
    rng = np.random.default_rng(seed)
    acc = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), count) >> rng.integers(0, bits, count)
    acc[:4] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1]
    multiplier = rng.integers(0, 2**31, count) >> rng.integers(0, 31, count)
    multiplier[rng.random(count) < 0.3] = 2**30
    multiplier[rng.random(count) < 0.1] = 2**31 - 1
    shift = rng.integers(0, 63, count)
    return acc, multiplier, shift


def saturated(acc: int, multiplier: int, shift: int, mode: str, bits: int) -> int:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return max(low, min(high, truth(acc, multiplier, shift, mode)))


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_arrays_equal_the_truth(mode: RoundingMode):
    acc, multiplier, shift = samples(32, 1)
    got = apply_scale(acc, multiplier, shift, mode)
    expected = [
        saturated(a, m, s, mode, 64)
        for a, m, s in zip(acc.tolist(), multiplier.tolist(), shift.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", ["half_even", "half_up", "half_away"])
def test_wide_arrays_equal_the_truth(mode: RoundingMode):
    acc, multiplier, shift = samples(64, 2)
    got = apply_scale(acc, multiplier, shift, mode)
    expected = [
        saturated(a, m, s, mode, 64)
        for a, m, s in zip(acc.tolist(), multiplier.tolist(), shift.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", ["half_even", "half_up", "half_away"])
@given(acc=I64, multiplier=MULTIPLIER, shift=SHIFT)
def test_wide_integers_equal_arrays(mode: RoundingMode, acc: int, multiplier: int, shift: int):
    assert apply_scale(acc, multiplier, shift, mode) == saturated(acc, multiplier, shift, mode, 64)
    array = apply_scale(np.array([acc]), multiplier, shift, mode)
    assert array.tolist() == [saturated(acc, multiplier, shift, mode, 64)]


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_c_equals_numpy(mode: RoundingMode, twins: Any):
    acc, multiplier, shift = samples(32, 3, 1_000_000)
    expected = np.clip(apply_scale(acc, multiplier, shift, mode), I32_MIN, I32_MAX)
    arrays = [a.astype(np.int32) for a in (acc, multiplier, shift)]
    got = np.empty(acc.shape, np.int32)
    getattr(twins, f"apply_scale_{mode}")(*arrays, got, np.int64(acc.size))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", ["half_even", "half_up", "half_away"])
def test_wide_c_equals_numpy(mode: RoundingMode, twins: Any):
    acc, multiplier, shift = samples(64, 4, 500_000)
    expected = np.clip(apply_scale(acc, multiplier, shift, mode), I32_MIN, I32_MAX)
    arrays = [a.astype(np.int32) for a in (multiplier, shift)]
    got = np.empty(acc.shape, np.int32)
    getattr(twins, f"apply_scale_i64_{mode}")(acc, *arrays, got, np.int64(acc.size))
    np.testing.assert_array_equal(got, expected)


@given(st.floats(2.0**-31, 2.0**31, exclude_max=True))
def test_multipliers_have_31_bits(real: float):
    if round(Fraction(real)) >= 2**31 - 1:
        return
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31 and 0 <= shift <= 62
    error = abs(Fraction(real_multiplier(multiplier, shift)) - Fraction(real)) / Fraction(real)
    assert error <= Fraction(1, 2**31)


@pytest.mark.parametrize("exponent", range(-62, 31))
def test_powers_of_two_are_exact(exponent: int):
    multiplier, shift = quantize_multiplier(2.0**exponent)
    assert real_multiplier(multiplier, shift) == 2.0**exponent
    if exponent >= -32:
        assert multiplier == 2**30


@pytest.mark.parametrize("real", [5e-324, 1e-30, 1e-15, 2.0**-40 * 1.7])
def test_small_reals_lose_bits_but_not_the_scale(real: float):
    multiplier, shift = quantize_multiplier(real)
    assert shift == 62
    assert abs(Fraction(multiplier, 2**62) - Fraction(real)) <= Fraction(1, 2**63)


def test_zero_and_the_largest_real():
    assert quantize_multiplier(0.0) == (0, 62)
    assert quantize_multiplier(2.0**31 - 1) == (2**31 - 1, 0)


@pytest.mark.parametrize("real", [-1.0, math.inf, math.nan, 2.0**31, 2.0**31 - 0.25, -5e-324])
def test_unusable_reals_are_refused(real: float):
    with pytest.raises(ValueError):
        quantize_multiplier(real)


@pytest.mark.parametrize("mode", ["half_up", "half_even"])
@pytest.mark.parametrize("wide", [False, True])
def test_shifts_in_c_equal_numpy(mode: RoundingMode, wide: bool, twins: Any):
    rng = np.random.default_rng(3)
    bits = 64 if wide else 32
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    acc = rng.integers(low, high, 20000, endpoint=True) >> rng.integers(0, bits, 20000)
    acc[:4] = [low, high, -1, 0]
    acc[4:3000] = rng.integers(-2000, 2000, 2996)
    shift = rng.integers(0, 63 if wide else 32, 20000).astype(np.int32)
    acc = acc.astype(np.int64 if wide else np.int32)
    got = np.zeros(20000, np.int32)
    name = f"rounding_shift_{'i64_' if wide else ''}{mode}"
    getattr(twins, name)(acc, shift, got, np.int64(20000))
    expected = apply_scale(acc, 1, shift, mode)
    np.testing.assert_array_equal(got, np.clip(expected, I32_MIN, I32_MAX))


def test_powers_of_two_become_shifts():
    multipliers, shifts = as_shifts(*quantize_multipliers([0.25, 1.0, 2.0**-40]))
    assert multipliers.tolist() == [1, 1, 1]
    assert shifts.tolist() == [2, 0, 40]
    for kept in ([0.25, 0.3], [0.25, 2.0], [0.25, 0.0]):
        given = quantize_multipliers(kept)
        assert np.array_equal(as_shifts(*given), given)


def test_multipliers_of_channels():
    multipliers, shifts = quantize_multipliers([0.5, 0.1])
    assert multipliers.tolist() == [2**30, 1717986918] and shifts.tolist() == [31, 34]


@pytest.mark.parametrize(
    ("acc", "multiplier", "shift", "mode"),
    [
        (1, 2**31, 31, "half_up"),
        (1, -1, 31, "half_up"),
        (1, 1, 63, "half_up"),
        (1, 1, -1, "half_up"),
        (2**31, 1, 1, "double"),
        (2**63, 1, 1, "half_even"),
        (1, 1, 1, "stochastic"),
    ],
)
def test_numbers_out_of_range_are_refused(acc: int, multiplier: int, shift: int, mode: Any):
    with pytest.raises(ValueError):
        apply_scale(acc, multiplier, shift, mode)
    if acc < 2**63:
        with pytest.raises(ValueError):
            apply_scale(np.array([acc]), multiplier, shift, mode)


@given(st.integers(0, 300), st.integers(0, 14), st.integers(-300, 300), st.integers(0, 400))
def test_tie_analysis_equals_brute_force(multiplier: int, shift: int, low: int, width: int):
    accs = np.arange(low, low + width + 1)
    up = apply_scale(accs, multiplier, shift, "half_up")
    even = apply_scale(accs, multiplier, shift, "half_even")
    away = apply_scale(accs, multiplier, shift, "half_away")
    ends = multiplier, shift, low, low + width
    assert half_up_equals_half_even(*ends) == np.array_equal(up, even)
    assert half_up_equals_half_away(*ends) == np.array_equal(up, away)


@given(MULTIPLIER, SHIFT, st.integers(I32_MIN, I32_MAX), st.integers(0, 2**20))
def test_tie_analysis_names_a_witness(multiplier: int, shift: int, low: int, width: int):
    """Where the analysis denies equality, bisection finds one accumulator that differs."""
    if half_up_equals_half_even(multiplier, shift, low, low + width):
        return
    start, end = low, low + width
    while start < end:
        middle = (start + end) // 2
        if half_up_equals_half_even(multiplier, shift, start, middle):
            start = middle + 1
        else:
            end = middle
    up = apply_scale(start, multiplier, shift, "half_up")
    assert up != apply_scale(start, multiplier, shift, "half_even")


def test_requantize_clamps_around_the_zero_point():
    x = np.array([-1000, -5, -1, 0, 1, 3, 1000], np.int32)
    got = requantize(x, 2**30, 31, input_zero_point=1, zero_point=10, low=-20, high=30)
    assert got.tolist() == [-20, 7, 9, 10, 10, 11, 30]


def test_requantize_per_channel():
    x = np.array([[8, 8, 8], [-8, -8, -8]], np.int64)
    got = requantize(x, np.array([2**30, 2**30, 3]), np.array([30, 31, 1]), low=-128, high=127)
    assert got.tolist() == [[8, 4, 12], [-8, -4, -12]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 4))
def test_accumulator_bound_holds_and_is_reached(seed: int, channels: int, taps: int):
    rng = np.random.default_rng(seed)
    weights = rng.integers(-5, 6, (channels, taps))
    bias = rng.integers(-100, 101, channels)
    low, high, zero_point = -4, 3, int(rng.integers(-4, 4))
    bound = accumulator_bound(weights, bias, low, high, zero_point, 1)
    grid = np.stack(np.meshgrid(*[np.arange(low, high + 1)] * taps), -1).reshape(-1, taps)
    sums = (grid - zero_point) @ (weights - 1).T + bias
    assert sums.min(axis=0).tolist() == list(bound.low)
    assert sums.max(axis=0).tolist() == list(bound.high)
    assert bound.least == min(bound.low) and bound.greatest == max(bound.high)


def test_accumulator_bound_knows_bits():
    bound = accumulator_bound(np.full((1, 2**10), 127), np.array([0]), -128, 127, -128)
    assert bound.high == (2**10 * 127 * 255,)
    assert bound.fits(26) and not bound.fits(25)
    assert accumulator_bound(np.zeros((2, 3), np.int8), None, 0, 255).fits(1)
