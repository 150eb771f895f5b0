"""The integer factors of sums, and how many taps of a pooling window are inside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.fixed_point import apply_scale
from nnopt.lowering.integer.scaling import SUM_ERROR_LIMIT, scale_sum, window_counts

RATIO = st.floats(1e-3, 8.0)


@given(st.lists(RATIO, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_sum_of_bytes_is_within_the_stated_error(ratios, random):
    scaling = scale_sum(ratios, [255] * len(ratios))
    assert scaling.multiplier == 1
    assert sum(f * 255 for f in scaling.factors) < 2**31
    terms = [random.randint(-255, 255) for _ in ratios]
    acc = sum(t * f for t, f in zip(terms, scaling.factors, strict=True))
    exact = sum(t * r for t, r in zip(terms, ratios, strict=True))
    assert abs(acc / 2**scaling.shift - exact) <= scaling.error(ratios, [255] * len(ratios)) + 1e-9
    assert abs(apply_scale(acc, 1, scaling.shift) - exact) <= 0.5 + 2**-8 + abs(exact) * 1e-12


@given(st.floats(0.05, 20.0), st.floats(0.05, 20.0))
def test_sum_of_two_16_bit_numbers_is_within_a_fraction_of_a_step(first, second):
    scaling = scale_sum([first, second], [32768, 32768])
    assert scaling.error([first, second], [32768, 32768]) <= SUM_ERROR_LIMIT
    assert sum(f * 32768 for f in scaling.factors) < 2**31


def test_equal_scales_need_no_shift():
    scaling = scale_sum([1.0, 1.0], [255, 255])
    assert (scaling.factors, scaling.multiplier, scaling.shift) == ((1, 1), 1, 0)


def test_hopeless_sums_are_refused():
    with pytest.raises(ValueError, match="differ too much"):
        scale_sum([300.0, 0.001], [65535, 65535])


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.data())
def test_window_counts_match_a_direct_count(size, kernel, stride, data):
    before = data.draw(st.integers(0, kernel - 1))
    after = data.draw(st.integers(0, kernel - 1))
    if size + before + after < kernel:
        return
    padded = np.pad(np.ones(size, np.int64), (before, after))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel)[::stride]
    np.testing.assert_array_equal(
        window_counts(size, kernel, stride, before, after), windows.sum(axis=1)
    )
