"""What skipping leaves of sums of products, measured by brute force."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nnopt.passes.quantize.significance import Moments, skip, skip_everywhere

Integers = NDArray[np.int64]


def rows(seed: int, count: int = 400, inputs: int = 24) -> Integers:
    """Inputs that follow each other in part."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(count, inputs)) @ rng.normal(size=(inputs, inputs))
    return np.clip(np.rint(12 * mixed + rng.integers(-40, 40, inputs)), -128, 127).astype(np.int64)


def loss(x: Integers, old: Integers, new: Integers, bias: Integers) -> NDArray[np.float64]:
    """The mean square error of each channel's sum, relative to its variance."""
    exact = x @ old.T
    return ((x @ new.T + bias - exact) ** 2).mean(0) / exact.var(0)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_lost_follows_the_threshold(seed: int) -> None:
    x = rows(seed)
    weights = np.random.default_rng(seed).integers(-127, 128, (5, 24)).astype(np.int64)
    moments, units = Moments.of(x), np.arange(24).reshape(-1, 2)
    lost: list[float] = []
    for threshold in (1e-4, 1e-3, 1e-2):
        skipped = skip(weights, moments, units, threshold)
        pairs = skipped.weights.reshape(5, -1, 2)
        gone = (pairs == 0).all(2)
        error = loss(x, weights, skipped.weights, skipped.bias)
        # each unit costs less than the threshold; rounding costs a little beside
        assert (error <= 1.5 * threshold * gone.sum(1) + 2e-3).all()
        lost.append(float(gone.mean()))
    assert lost == sorted(lost) and lost[-1] > lost[0]


@pytest.mark.parametrize("seed", range(6))
def test_weights_that_stay_take_over(seed: int) -> None:
    x = rows(seed)
    weights = np.random.default_rng(seed).integers(-127, 128, (5, 24)).astype(np.int64)
    moments, units = Moments.of(x), np.arange(24)[:, None]
    adapted = skip(weights, moments, units, 0.01)
    alone = np.where(adapted.weights == 0, 0, weights)
    shift = np.rint((weights - alone) @ moments.mean).astype(np.int64)
    assert (adapted.weights == 0).sum() > 5
    assert (
        loss(x, weights, adapted.weights, adapted.bias).mean()
        < 0.7 * loss(x, weights, alone, shift).mean()
    )


def test_nothing_is_skipped_at_zero() -> None:
    x, weights = rows(0), np.random.default_rng(0).integers(-127, 128, (5, 24))
    skipped = skip(weights, Moments.of(x), np.arange(24)[:, None], 0.0)
    assert (skipped.weights == weights).all() and not skipped.bias.any()


def test_without_compensation_only_the_bias_changes() -> None:
    x, weights = rows(1), np.random.default_rng(1).integers(-127, 128, (5, 24))
    skipped = skip(weights, Moments.of(x), np.arange(24)[:, None], 0.01, compensate=False)
    stays = skipped.weights != 0
    assert (skipped.weights[stays] == weights[stays]).all() and not stays.all()
    means = (x @ weights.T).mean(0), (x @ skipped.weights.T + skipped.bias).mean(0)
    assert np.abs(means[0] - means[1]).max() <= 0.5


def test_channels_go_for_all_sums() -> None:
    x = rows(2)
    x[:, :8] = x[:, :8] // 16
    weights = np.random.default_rng(2).integers(-127, 128, (5, 24))
    units = np.arange(24).reshape(-1, 4)
    skipped = skip_everywhere(weights, Moments.of(x), units, 0.02)
    gone = (skipped.weights.reshape(5, -1, 4) == 0).all(2)
    assert (gone == gone[0]).all() and gone[0, :2].all() and not gone.all()
    assert (loss(x, weights, skipped.weights, skipped.bias) < 0.06).all()
