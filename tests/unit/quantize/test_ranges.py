"""From ranges and weights to scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.fixed_point import accumulator_bound
from nnopt.passes.quantize.ranges import (
    affine_encoding,
    fraction_bits,
    guarded_scales,
    nearest_powers_of_two,
    powers_of_two_above,
    symmetric_encoding,
    weight_scales,
)

FLOAT = st.floats(-1e6, 1e6, width=32)


@given(FLOAT, FLOAT)
def test_affine_encoding_covers_the_range_and_zero(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    code = affine_encoding(low, high)
    assert code.qmin <= code.zero_point <= code.qmax
    if code.scale != 1.0:
        assert (code.qmin - code.zero_point - 0.51) * code.scale <= min(low, 0) + 1e-6 * code.scale
        assert (code.qmax - code.zero_point + 0.51) * code.scale >= max(high, 0) - 1e-6 * code.scale


def test_affine_encoding_of_a_relu_output():
    code = affine_encoding(0.0, 25.5)
    assert (code.zero_point, code.qmin, code.qmax) == (-128, -128, 127)
    assert code.scale == pytest.approx(0.1)


def test_empty_range_has_scale_one():
    assert affine_encoding(0.0, 0.0).scale == 1.0
    assert symmetric_encoding(0.0, 0.0, 16).scale == 1.0


def test_symmetric_encoding_uses_the_larger_side():
    code = symmetric_encoding(-2.0, 1.0, 16)
    assert code.zero_point == 0
    assert code.scale == pytest.approx(2.0 / 32767)


def test_weight_scales_leave_room_for_the_bias():
    weights = np.array([[1.27, 0.1], [0.0, 0.0], [1e-9, 0.0]], np.float32)
    bias = np.array([0.5, 3.0, 3.0], np.float32)
    scales = weight_scales(weights, bias, 1e-3)
    assert scales[0] == pytest.approx(0.01)
    assert (np.abs(bias) / (1e-3 * scales) <= 2**30 * 1.001).all()


@given(st.floats(2**-40, 2**40), st.floats(0, 1), st.sampled_from([8, 16]))
def test_fraction_bits_reach_the_range_but_for_a_step(high: float, part: float, bits: int) -> None:
    n = fraction_bits(-high * part, high, bits)
    largest = 2.0 ** (bits - 1)
    assert high * 2.0**n <= largest < high * 2.0 ** (n + 1)
    assert fraction_bits(-high, high * part, bits) == n


def test_fraction_bits_of_nothing():
    assert fraction_bits(0.0, 0.0, 8) == 0


def test_powers_of_two_for_weights_cut_off_what_costs_least():
    assert powers_of_two_above(np.array([0.25, 0.26, 3.0])).tolist() == [0.25, 0.5, 4.0]
    rng = np.random.default_rng(0)
    many = rng.uniform(-0.5, 0.5, (1, 1000))
    one_outlier = np.concatenate([many, [[1.005]]], axis=1)
    whole = weight_scales(one_outlier, np.zeros(1), 1.0)
    assert nearest_powers_of_two(one_outlier, whole, 8) == 2.0**-7
    assert nearest_powers_of_two(one_outlier * 1.5, whole * 1.5, 8) == 2.0**-6


@given(st.integers(1, 400), st.integers(0, 2**32), st.sampled_from([2**7, 2**15]))
def test_guarded_scales_keep_sums_in_32_bits(count: int, seed: int, magnitude: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (2, count)) * 2.0 ** rng.integers(-10, 10)
    bias = rng.normal(0, 10, 2)
    scales = guarded_scales(weights, bias, 0.01, magnitude)
    integers = np.rint(weights / scales[:, None]).astype(np.int64)
    if np.abs(integers).max() < 2**15:
        stored = np.rint(bias / (0.01 * scales)).astype(np.int64)
        bound = accumulator_bound(integers, stored, -magnitude, magnitude - 1)
        assert bound.fits(32)
