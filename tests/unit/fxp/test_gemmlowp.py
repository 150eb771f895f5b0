"""gemmlowp's functions: accuracy against real numbers, the C against numpy.

That they have TFLite's bits is tested with its kernels, in tests/unit/tflite.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.fixed_point import I32_MAX, apply_scale
from nnopt.dialects.gemmlowp import (
    SUM_BITS,
    exp_of_negative,
    high_multiply,
    inverse,
    inverse_shift,
    round_shift,
    softmax_row,
    softmax_table,
)

I32 = st.integers(-(2**31) + 1, I32_MAX)


@given(a=I32, b=I32)
def test_high_multiply_rounds_ties_upwards(a: int, b: int):
    exact = Fraction(a * b, 2**31)
    assert int(high_multiply(a, b)) == math.floor(exact + Fraction(1, 2))


@given(x=I32, exponent=st.integers(0, 31))
def test_round_shift_rounds_ties_away_from_zero(x: int, exponent: int):
    exact = Fraction(x, 2**exponent)
    wanted = math.floor(abs(exact) + Fraction(1, 2)) * (1 if x >= 0 else -1)
    assert int(round_shift(x, exponent)) == wanted


@given(e=st.integers(0, I32_MAX), scale=st.integers(0, I32_MAX), exponent=st.integers(0, 31))
def test_both_are_the_double_rounding(e: int, scale: int, exponent: int):
    wanted = apply_scale(e, scale, 31 + exponent, "double")
    assert int(round_shift(high_multiply(e, scale), exponent)) == wanted


def test_exponential():
    x = -np.arange(0, 31 << 26, 99991, dtype=np.int64)
    error = exp_of_negative(x) / 2**31 - np.exp(x / 2**26)
    assert np.abs(error).max() < 3e-7
    assert int(exp_of_negative(0)) == I32_MAX


@given(x=st.integers(1, I32_MAX))
def test_inverse(x: int):
    """In (1/2, 1], and with its shift the quotient of Q0.31 by Q12.19 in steps of 1/256."""
    scaled = Fraction(inverse(x), 2**31)
    normal = Fraction(2 ** (x.bit_length() - 1), x)
    assert abs(scaled - normal) < Fraction(1, 10**8)
    wanted = Fraction(256 * 2 ** (31 - SUM_BITS), x) / 2**31
    quotient = scaled / Fraction(2) ** (inverse_shift(x) - 31)
    assert abs(quotient / wanted - 1) < Fraction(1, 10**7)


def test_c_inverts_like_python(twins: Any):
    rng = np.random.default_rng(0)
    some = rng.integers(1, 2**31, 20_000) >> rng.integers(0, 31, 20_000)
    edges = [2**b + d for b in range(31) for d in (-1, 0, 1) if 0 < 2**b + d < 2**31]
    x = np.maximum(np.concatenate([some, edges, [I32_MAX]]), 1).astype(np.int32)
    got, shift = np.empty_like(x), np.empty_like(x)
    twins.inverse(x, got, shift, np.int64(x.size))
    assert got.tolist() == [inverse(v) for v in x.tolist()]
    assert shift.tolist() == [inverse_shift(v) for v in x.tolist()]


def test_c_multiplies_like_numpy(twins: Any):
    rng = np.random.default_rng(1)
    a, b = (rng.integers(-(2**31) + 1, 2**31, 50_000).astype(np.int32) for _ in range(2))
    a[:4], b[:4] = [I32_MAX, -I32_MAX, I32_MAX, 0], [I32_MAX, I32_MAX, 1, -1]
    got = np.empty_like(a)
    twins.high_multiply(a, b, got, np.int64(a.size))
    np.testing.assert_array_equal(got, high_multiply(a.astype(np.int64), b.astype(np.int64)))


@pytest.mark.parametrize("scale", [1e-5, 0.01, 0.1, 2.0, 500.0])
def test_softmax_is_near_the_real_one(scale: float):
    table = softmax_table(scale)
    assert (
        table[0] == I32_MAX and (table >= 0).all() and (np.diff(table.astype(np.int64)) <= 0).all()
    )
    for seed in range(20):
        x = np.random.default_rng(seed).integers(-128, 128, 30)
        exact = np.exp((x - x.max()) * scale)
        exact /= exact.sum()
        got = softmax_row(x, table, -128, 127)
        assert np.abs((got + 128) / 256 - exact).max() <= 0.6 / 256 + 1 / 256 * (exact.max() > 0.99)


def test_softmax_of_many():
    """As many terms as the sum can hold."""
    table = softmax_table(0.1)
    got = softmax_row(np.zeros(4095, np.int64), table, -128, 127)
    assert (got == -128).all()


def test_a_scale_too_small_is_refused():
    with pytest.raises(ValueError, match="cannot be computed"):
        softmax_table(1e-9)
