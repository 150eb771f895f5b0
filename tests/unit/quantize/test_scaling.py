"""The integer factors of sums, and how many taps of a pooling window are inside."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.fixed_point import apply_scale
from nnopt.lowering.integer.scaling import SUM_ERROR_STEPS, SumScaling, scale_sum, window_counts

RATIO = st.floats(1e-3, 4.0)


@given(st.lists(RATIO, min_size=2, max_size=2), st.randoms(use_true_random=False))
def test_sum_of_bytes_is_scaled_by_factors(ratios: list[float], random: Random) -> None:
    sizes = [255] * len(ratios)
    scaling = scale_sum(ratios, sizes)
    assert scaling.factors is not None
    assert sum(f * 255 for f in scaling.factors) < 2**31
    terms = [random.randint(-255, 255) for _ in ratios]
    acc = sum(t * f for t, f in zip(terms, scaling.factors, strict=True))
    exact = sum(t * r for t, r in zip(terms, ratios, strict=True))
    assert abs(acc / 2**scaling.shift - exact) <= scaling.error(ratios, sizes) + 1e-9
    assert scaling.error(ratios, sizes) <= SUM_ERROR_STEPS
    assert abs(apply_scale(acc, 1, scaling.shift) - exact) <= 0.5 + SUM_ERROR_STEPS


@given(st.floats(1e-6, 100.0), st.floats(1e-6, 100.0), st.integers(0, 1000))
def test_sum_of_words_is_rescaled_term_by_term_where_factors_are_coarse(
    first: float, second: float, seed: int
) -> None:
    ratios, sizes = [first, second], [32768, 32768]
    scaling = scale_sum(ratios, sizes)
    assert scaling.error(ratios, sizes) <= max(SUM_ERROR_STEPS, 2.0**-scaling.shift)
    if scaling.factors is None:
        terms = np.random.default_rng(seed).integers(-32768, 32768, 2)
        fine = [round(t * r * 2**scaling.shift) for t, r in zip(terms, ratios, strict=True)]
        assert abs(sum(fine)) < 2**31


def test_equal_scales_need_no_shift():
    assert scale_sum([1.0, 1.0], [255, 255]) == SumScaling(0, (1, 1))


def test_sums_beyond_32_bits_are_refused():
    with pytest.raises(ValueError, match="exceed 32 bits"):
        scale_sum([1e6, 1.0], [65535, 65535])


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.data())
def test_window_counts_match_a_direct_count(
    size: int, kernel: int, stride: int, data: st.DataObject
) -> None:
    before = data.draw(st.integers(0, kernel - 1))
    after = data.draw(st.integers(0, kernel - 1))
    if size + before + after < kernel:
        return
    padded = np.pad(np.ones(size, np.int64), (before, after))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel)[::stride]
    np.testing.assert_array_equal(
        window_counts(size, kernel, stride, before, after), windows.sum(axis=1)
    )
