"""The numbers behind TFLite's kernels, against exact arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.fixed_point import apply_scale
from nnopt.lowering.tflite_frontend.arithmetic import (
    Rescale,
    clamp_ends,
    divide_exactly,
    first_accumulators,
    mean_rescale,
    multiplier_and_exponent,
    rescale,
    rescale_in_double,
    rescale_wide,
    round_product,
    settled_channels,
)
from nnopt.lowering.tflite_frontend.geometry import same_pads

REAL = st.floats(1e-9, 1e3)


def apply(acc: "np.ndarray[tuple[int], np.dtype[np.int64]]", scaling: Rescale):
    assert scaling.multipliers.size == 1
    return apply_scale(acc, int(scaling.multipliers[0]), int(scaling.shifts[0]), scaling.rounding)


@given(real=REAL)
def test_multiplier(real: float):
    multiplier, exponent = multiplier_and_exponent(real)
    exact = Fraction(real)
    assert 2**30 <= multiplier < 2**31
    assert abs(Fraction(multiplier) * Fraction(2) ** (exponent - 31) / exact - 1) <= Fraction(
        1, 2**31
    )


@pytest.mark.parametrize("real", [0.0, 1e-12, 2.0**-40])
def test_tiny_factors_count_as_zero(real: float):
    assert multiplier_and_exponent(real) == (0, 0)


@pytest.mark.parametrize("real", [-1.0, math.inf, math.nan, 2.0**40])
def test_impossible_factors_are_refused(real: float):
    with pytest.raises(ValueError, match="rescale by"):
        rescale(real)
    with pytest.raises(ValueError, match="rescale"):
        rescale_wide(real)
    with pytest.raises(ValueError, match="rescale"):
        rescale_in_double(real, -128, 127)


@pytest.mark.parametrize("divisor", [1, 2, 3, 4, 6, 7, 9, 12, 25, 36, 49, 64, 100, 144, 1000])
def test_division_is_exact(divisor: int):
    """Every sum of 8-bit numbers, ties included, as C's integer division with half added."""
    sums = np.arange(-128 * divisor, 128 * divisor + 1, dtype=np.int64)
    half = divisor // 2
    wanted = np.where(sums > 0, (sums + half) // divisor, -((-sums + half) // divisor))
    scaling = divide_exactly(divisor, 128 * divisor)
    np.testing.assert_array_equal(apply(sums, scaling), wanted)


def test_division_that_cannot_be_exact_is_refused():
    with pytest.raises(ValueError, match="exactly"):
        divide_exactly(3, 2**40)


@given(real=st.floats(1e-6, 0.3), seed=st.integers(0, 1000))
def test_rescale_in_double(real: float, seed: int):
    low, high = -128, 127
    scaling = rescale_in_double(real, low, high)
    near = int(300 / real)
    acc = np.random.default_rng(seed).integers(-near, near, 2000)
    first, results = first_accumulators(real, low, high)
    assert (round_product(first, real) >= results).all()
    assert (round_product(first - 1, real) < results).all()
    acc = np.concatenate([acc, first, first - 1])
    wanted = np.clip(round_product(acc, real), low, high)
    np.testing.assert_array_equal(np.clip(apply(acc, scaling), low, high), wanted)


@given(acc=st.integers(-(2**31), 2**31 - 1), real=REAL)
def test_round_product(acc: int, real: float):
    product = float(acc) * real
    wanted = math.floor(abs(Fraction(product)) + Fraction(1, 2)) * (1 if product >= 0 else -1)
    assert int(round_product(np.array([acc]), real)[0]) == wanted


@given(real=st.floats(0.01, 10.0), count=st.integers(1, 5000))
def test_mean(real: float, count: int):
    """Two roundings in a row, so that it is off by up to three quarters of a step."""
    sums = np.arange(-255 * count, 255 * count + 1, max(count // 3, 1), dtype=np.int64)
    got = apply(sums, mean_rescale(real, count))
    assert np.abs(got - sums * (real / count)).max() < 0.76


@pytest.mark.parametrize("wide", [False, True])
def test_settled_channels(wide: bool):
    """Channels that no sum changes are found, and their bias gives what the sums gave."""
    reals = np.array([0.01, 1e-7, 0.012, 0.0, 0.2, 2.0**-26, 0.01])
    before = rescale_wide(reals) if wide else rescale(reals)
    low = [-1000, 2**30 - 99, -9, -5, -1, -(2**30), -(10**6)]
    high = [1000, 2**30 + 99, 9, 5, 1, -(2**30) + 50, -(10**5)]
    settled = settled_channels(before, low, high, (-20, 110))
    assert settled is not None
    assert settled.channels.tolist() == [False, True, True, True, True, True, True]
    after = settled.scaling
    assert set(after.shifts.tolist()) == {int(before.shifts[0])}
    results = apply_scale(settled.bias, after.multipliers, after.shifts, after.rounding)
    for channel in np.flatnonzero(settled.channels).tolist():
        acc = np.linspace(low[channel], high[channel], 999).astype(np.int64)
        multiplier, shift = int(before.multipliers[channel]), int(before.shifts[channel])
        was = np.clip(apply_scale(acc, multiplier, shift, before.rounding), -20, 110)
        assert set(was.tolist()) == {int(results[channel])}
    assert settled_channels(rescale(0.1), [0], [0], (-1, 1)) is None
    assert settled_channels(rescale(np.array([1.0, 1.0])), [-9, -9], [9, 9], (-128, 127)) is None


def test_clamps():
    scale = np.float32(0.1)
    inf = math.inf
    assert clamp_ends((-inf, inf), scale, 3, (-128, 127)) == (-128, 127)
    assert clamp_ends((0.0, 6.0), scale, 3, (-128, 127)) == (3, 63)
    assert clamp_ends((-1.0, 1.0), np.float32(0.001), 0, (-128, 127)) == (-128, 127)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (5, 2, 1), (5, 1, 3)])
def test_same_padding(size: int, kernel: int, stride: int):
    before, after = same_pads(size, kernel, stride, 1)
    assert 0 <= after - before <= 1
    assert (size + before + after - kernel) // stride + 1 == -(-size // stride)
