"""Which weights matter to a sum of products, measured on inputs; no xDSL in here.

A sum is bias + weights · inputs. Without a weight it differs by weight * input: the mean of that
goes to the bias, and as far as other inputs tell, the rest to their weights (Hassibi and Stork,
Optimal Brain Surgeon, 1993; in this order of columns Frantar and Alistarh, SparseGPT,
https://arxiv.org/abs/2301.00774). The significance of what is skipped together is the variance that
is left then, relative to that of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DAMPING, FEW = 0.01, 0.25
"""What is added to the variance of every input, relative to their mean: noise that steadies, and as
much more for each input there is for a sample: few samples make inputs look alike that are not.
"""


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of the inputs of a sum."""

    mean: Array
    covariance: Array
    count: int
    """Samples that they were taken of."""

    @classmethod
    def of(cls, rows: Array) -> Moments:
        """Those of samples (rows, K)."""
        x = rows.astype(np.float64)
        mean = x.mean(0)
        x -= mean
        return cls(mean, x.T @ x / max(1, len(x)), len(x))

    def steady(self) -> Array:
        """The covariance with a little noise on every input, so that it has an inverse."""
        size = len(self.covariance)
        power = float(np.mean(np.diag(self.covariance))) or 1.0
        noise = DAMPING + FEW * size / max(1, self.count)
        return self.covariance + noise * power * np.eye(size)

    def factor(self, order: Array) -> Array:
        """The upper triangular factor of the inverse covariance, inputs in this order."""
        return np.linalg.cholesky(np.linalg.inv(self.steady()[np.ix_(order, order)])).T


@dataclass(frozen=True)
class Skipped:
    """Weights (channels, K) after skipping, and what is added to the bias of each channel."""

    weights: Array
    bias: Array


def skip(
    weights: Array, moments: Moments, units: Array, threshold: float, compensate: bool = True
) -> Skipped:
    """Skip the units (rows of numbers of inputs, -1 for none) with a significance below the
    threshold, for each channel (a row of `weights`) on its own.

    With `compensate` the weights that stay take over what they can, as integers of 8 bits;
    otherwise only the bias changes. Units that matter least, on average, are looked at first, so
    that those that come after can take over.
    """
    exact = weights.astype(np.float64)
    spread = np.einsum("ck,kl,cl->c", exact, moments.covariance, exact, optimize=True)
    limit = threshold * spread
    if compensate:
        units = units[np.argsort(_scores(exact, moments, units).mean(0), kind="stable")]
        kept = _kept(exact, moments, units, limit)
        new = np.stack([refit(row, moments, k) for row, k in zip(exact, kept, strict=True)])
    else:
        there = units >= 0
        variance = np.where(there, np.diag(moments.covariance)[units], 0)
        lost = (exact[:, units] ** 2 * variance).sum(2)
        new = exact.copy()
        for channel, unit in np.argwhere(lost < limit[:, None]):
            new[channel, units[unit][there[unit]]] = 0
    new = new.astype(np.int64)
    return Skipped(new, np.rint((exact - new) @ moments.mean).astype(np.int64))


def _scores(weights: Array, moments: Moments, units: Array) -> Array:
    """The variance that each unit costs each channel alone, all other weights adapted."""
    inverse = np.linalg.inv(moments.steady())
    scores = np.zeros((len(weights), len(units)))
    for number, unit in enumerate(units):
        here = unit[unit >= 0]
        part = weights[:, here]
        scores[:, number] = (part * np.linalg.solve(inverse[np.ix_(here, here)], part.T).T).sum(1)
    return scores


def _kept(weights: Array, moments: Moments, units: Array, limit: Array) -> Array:
    """Which weights stay: unit by unit, what skipping one costs goes to those that follow."""
    order = units[units >= 0]
    factor = moments.factor(order)
    left = weights[:, order]
    kept = np.zeros(weights.shape, np.bool_)
    at = 0
    for size in (units >= 0).sum(1):
        here = slice(at, at + size)
        errors = np.linalg.solve(factor[here, here].T, left[:, here].T).T
        staying = (errors**2).sum(1) >= limit
        kept[:, order[here]] = staying[:, None]
        left[:, at + size :] -= np.where(staying[:, None], 0, errors) @ factor[here, at + size :]
        at += size
    return kept & (weights != 0)


def refit(row: Array, moments: Moments, kept: Array) -> Array:
    """The integers at the places that are kept with which a sum varies least from that of `row`:
    the least squares, rounded one after the other, each error made up for by those that follow.
    """
    places = np.flatnonzero(kept)
    new = np.zeros_like(row)
    if len(places) == 0 or bool(kept[row != 0].all()):
        return row * kept
    covariance = moments.steady()
    part = covariance[np.ix_(places, places)]
    rest = np.linalg.solve(part, covariance[places] @ row)
    factor = np.linalg.cholesky(np.linalg.inv(part)).T
    for k, place in enumerate(places):
        new[place] = min(127.0, max(-127.0, float(np.rint(rest[k]))))
        rest[k + 1 :] -= (rest[k] - new[place]) / factor[k, k] * factor[k, k + 1 :]
    return new


def skip_everywhere(
    weights: Array, moments: Moments, units: Array, threshold: float, compensate: bool = True
) -> Skipped:
    """Skip units for all channels together: those whose loss, relative to the variance of each
    channel's sum and on average over them, lies below the threshold.
    """
    covariance = moments.covariance
    exact = weights.astype(np.float64)
    spread = np.einsum("ck,kl,cl->c", exact, covariance, exact, optimize=True)
    scaled = exact / np.sqrt(np.maximum(spread, 1e-9))[:, None]
    lost = [
        float(np.einsum("ck,kl,cl->", scaled[:, u], covariance[np.ix_(u, u)], scaled[:, u]))
        for u in units
    ]
    gone = units[np.array(lost) / len(exact) < threshold].reshape(-1)
    new = exact.copy()
    new[:, gone] = 0
    staying = np.ones(exact.shape[1], np.bool_)
    staying[gone] = False
    kept = np.flatnonzero(staying)
    if compensate and len(gone) and len(kept):
        steady = moments.steady()
        right = steady[np.ix_(kept, gone)] @ exact[:, gone].T
        new[:, kept] += np.linalg.solve(steady[np.ix_(kept, kept)], right).T
    rounded = np.clip(np.rint(new), -127, 127).astype(np.int64)
    return Skipped(rounded, np.rint((exact - rounded) @ moments.mean).astype(np.int64))
