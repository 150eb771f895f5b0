"""Layer normalization in integers: the stated bound, and the C that the loops call."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnopt.dialects.integer_norm import (
    MAX_WIDTH,
    WIDE,
    IntArray,
    Norm,
    fits,
    largest_sum,
    plan,
    root,
    root_lift,
    row,
)

Array = NDArray[Any]


def roots() -> list[int]:
    rng = np.random.default_rng(0)
    some = rng.integers(1, 2**62, 20_000) >> rng.integers(0, 61, 20_000)
    squares = [int(n) ** 2 + d for n in rng.integers(2, 2**31 - 1, 2000) for d in (-1, 0, 1)]
    edges = [2**b + d for b in range(63) for d in (-1, 0, 1) if 0 < 2**b + d < 2**62]
    return [max(int(x), 1) for x in (*some, *squares, *edges) if x < 2**62]


def test_root():
    for x in roots():
        pairs, found = root_lift(x), root(x)
        assert 2**30 <= found < 2**31
        assert found**2 <= x << 2 * pairs < (found + 1) ** 2


def test_c_takes_roots_like_python(twins: Any):
    x = np.array(roots(), np.int64)
    got, lift = np.empty(x.size, np.int32), np.empty(x.size, np.int32)
    twins.root(x, got, lift, np.int64(x.size))
    assert got.tolist() == [root(v) for v in x.tolist()]
    assert lift.tolist() == [root_lift(v) for v in x.tolist()]


def exact(x: Array, scale: Array, bias: Array, epsilon: float, step: float) -> Array:
    apart = (x - float(x.mean())) * step
    deviation = math.sqrt(float((apart * apart).mean()) + epsilon)
    return apart / deviation * scale + bias


@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.sampled_from([1, 2, 3, 32, 64, 257, MAX_WIDTH]),
    bits=st.sampled_from([8, 16]),
    out=st.sampled_from([8, 16]),
    spread=st.floats(0.02, 1),
)
@settings(max_examples=150, deadline=None)
def test_results_keep_the_stated_bound(seed: int, width: int, bits: int, out: int, spread: float):
    rng = np.random.default_rng(seed)
    half = 2 ** (bits - 1)
    x = np.clip(rng.normal(3, spread * half, width), -half, half - 1).astype(np.int64)
    scale, bias = rng.normal(0, 1, width), rng.normal(0, 1, width)
    given = float(10.0 ** rng.uniform(-4, 0))
    real = exact(x, scale, bias, 1e-5, given)
    steps = given, float(np.abs(real).max()) / 2 ** (out - 1)
    norm = plan(scale, bias, 1e-5, steps, bits)
    assert fits(norm, bits)
    wanted = real / steps[1]
    bound = 0.5 + 2.0 ** (1 - norm.bits) + np.abs(wanted).max() * 2.0**-26
    under = largest_relative_error_of_epsilon(x, norm)
    assert np.abs(row(x, norm) - wanted).max() <= bound + np.abs(wanted).max() * under


def largest_relative_error_of_epsilon(x: IntArray, norm: Norm) -> float:
    """Half a step of what is added under the root, against what is there, and half of that."""
    variance = x.size * int((x * x).sum()) - int(x.sum()) ** 2
    return 0.25 / ((variance << norm.lift) + norm.epsilon)


def test_a_row_of_equals_gives_the_bias():
    norm = plan(np.ones(5), np.arange(5.0), 1e-5, (0.1, 0.25), 8)
    assert row(np.full(5, -128, np.int64), norm).tolist() == [0, 4, 8, 12, 16]


def test_the_largest_rows_fit():
    """The ends of the range, half of a row each: the largest sum under the root."""
    for bits in (8, 16):
        norm = plan(np.ones(MAX_WIDTH), np.zeros(MAX_WIDTH), 1e-5, (0.01, 0.01), bits)
        assert fits(norm, bits)
        x = np.full(MAX_WIDTH, 2 ** (bits - 1) - 1, np.int64)
        x[::2] = -(2 ** (bits - 1))
        variance = MAX_WIDTH * int((x * x).sum()) - int(x.sum()) ** 2
        assert variance == largest_sum(MAX_WIDTH, bits) and variance << norm.lift < 1 << WIDE
        assert math.isclose(np.abs(row(x, norm)).max(), 100, rel_tol=0.01)


@pytest.mark.parametrize(
    ("scale", "steps", "epsilon", "message"),
    [
        (np.ones(MAX_WIDTH + 1), (0.1, 0.1), 1e-5, "rows of 4097 elements"),
        (np.full(4, np.inf), (0.1, 0.1), 1e-5, "not finite"),
        (np.ones(4), (1e-9, 0.1), 1.0, "epsilon"),
        (np.ones(4), (0.1, 1e-9), 1e-5, "far beyond the range"),
    ],
)
def test_what_has_no_integers(
    scale: Array, steps: tuple[float, float], epsilon: float, message: str
):
    with pytest.raises(ValueError, match=message):
        plan(scale, np.zeros(scale.size), epsilon, steps, 8)
