"""Which range each observer chooses."""

import numpy as np
import pytest

from nnopt.passes.quantize.observers import (
    OBSERVERS,
    EntropyObserver,
    MinMaxObserver,
    MseObserver,
    PercentileObserver,
)
from nnopt.passes.quantize.ranges import affine_encoding


def test_min_max_observer_sees_every_sample():
    observer = MinMaxObserver()
    for sample in ([1.0, 2.0], [-3.0], [0.5]):
        observer.observe(np.array(sample, np.float32))
    assert observer.range() == (-3.0, 2.0)


def test_percentile_observer_ignores_rare_outliers():
    rng = np.random.default_rng(0)
    observer = PercentileObserver(percentile=99.9)
    for _ in range(20):
        observer.observe(rng.uniform(-1, 1, 5000).astype(np.float32))
    observer.observe(np.array([100.0, -50.0], np.float32))
    low, high = observer.range()
    assert -1.2 < low < -0.9
    assert 0.9 < high < 1.2


def test_percentiles_of_what_is_spread_evenly():
    observer = PercentileObserver(percentile=90)
    observer.observe(np.arange(1000, dtype=np.float32))
    low, high = observer.range()
    assert abs(low - 50) < 2
    assert abs(high - 950) < 2


def observed(name: str, values: np.ndarray, bits: int = 8) -> tuple[float, float]:
    observer = OBSERVERS[name](bits)
    for part in np.array_split(values.astype(np.float32), 7):
        observer.observe(part)
    return observer.range()


def error(values: np.ndarray, low: float, high: float) -> float:
    code = affine_encoding(low, high)
    steps = np.clip(np.rint(values / code.scale) + code.zero_point, code.qmin, code.qmax)
    return float(np.square((steps - code.zero_point) * code.scale - values).mean())


@pytest.mark.parametrize("name", OBSERVERS)
def test_nothing_seen_is_an_empty_range(name: str) -> None:
    assert OBSERVERS[name](8).range() == (0.0, 0.0)


@pytest.mark.parametrize("name", ["entropy", "mse"])
def test_ranges_stay_within_what_was_seen(name: str) -> None:
    rng = np.random.default_rng(1)
    for values in (rng.normal(3, 1, 5000), -rng.exponential(1, 5000), np.full(100, 2.5)):
        low, high = observed(name, values)
        assert min(0, values.min()) - 1e-6 <= low <= 0 <= high <= max(0, values.max()) + 1e-6


@pytest.mark.parametrize("sign", [1, -1])
def test_mse_beats_every_other_range_on_heavy_tails(sign: int) -> None:
    values = np.random.default_rng(2).laplace(0, 1, 200_000)
    values[0] = sign * 25.0
    low, high = observed("mse", values)
    assert max(-low, high) < 20
    best = error(values, low, high)
    for name in ("min-max", "percentile", "entropy"):
        assert best <= error(values, *observed(name, values)) * 1.01


def test_mse_of_16_bits_cuts_nothing_off():
    values = np.random.default_rng(3).laplace(0, 1, 50_000)
    low, high = observed("mse", values, bits=16)
    assert (low, high) == pytest.approx((values.min(), values.max()), rel=0.02)


def test_entropy_prefers_the_bulk_to_an_outlier():
    values = np.random.default_rng(4).normal(0, 1, 100_000)
    values[0] = 1000.0
    observer = EntropyObserver(8)
    observer.observe(values.astype(np.float32))
    _, high = observer.range()
    assert high < 200
    assert observer.divergence(0.0, 1e-9) == np.inf


def test_histograms_keep_every_value():
    observer = MseObserver(8, bins=64)
    for size in (1.0, 1000.0, 0.001, 3e6):
        observer.observe(np.linspace(-size, size, 101, dtype=np.float32))
    assert observer.counts.sum() == 404
    assert (observer.least, observer.most) == (-3e6, 3e6)
