"""What range of a value to encode, decided from all its samples; no xDSL in here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ranges import FLOAT32_TINY, affine_encoding


class Observer(Protocol):
    """Sees every sample of one value, then tells the range to encode."""

    def observe(self, values: NDArray[np.floating]) -> None:
        """Take in the values of one sample."""
        ...

    def range(self) -> tuple[float, float]:
        """Return (low, high) of what was seen; (0, 0) if nothing was."""
        ...


@dataclass
class MinMaxObserver:
    """The smallest and the largest value ever seen."""

    low: float = 0.0
    high: float = 0.0
    seen: bool = False

    def observe(self, values: NDArray[np.floating]) -> None:
        """Take in the values of one sample."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        self.low = min(self.low, low) if self.seen else low
        self.high = max(self.high, high) if self.seen else high
        self.seen = True

    def range(self) -> tuple[float, float]:
        """Return (low, high)."""
        return self.low, self.high


@dataclass
class HistogramObserver:
    """Counts values in bins of equal width; memory stays constant however many samples come.

    When a value falls outside, the covered interval doubles and pairs of bins merge.
    """

    bits: int = 8
    """Of the integers that the value is to be stored in."""
    bins: int = 4096
    low: float = 0.0
    high: float = 0.0
    least: float = np.inf
    most: float = -np.inf
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def observe(self, values: NDArray[np.floating]) -> None:
        """Take in the values of one sample."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        self.least, self.most = min(self.least, low), max(self.most, high)
        if not self.counts.size:
            margin = max(high - low, FLOAT32_TINY * 2**20, abs(high) * 1e-6)
            self.low, self.high = low, low + margin
            self.counts = np.zeros(self.bins, np.int64)
        while high > self.high:
            self._double()
            self.high += self.high - self.low
        while low < self.low:
            self._double(at_end=True)
            self.low -= self.high - self.low
        hist, _ = np.histogram(
            values.astype(np.float64), bins=self.bins, range=(self.low, self.high)
        )
        self.counts += hist

    def _double(self, *, at_end: bool = False) -> None:
        half = self.counts.reshape(-1, 2).sum(axis=1)
        empty = np.zeros(self.bins - half.size, np.int64)
        self.counts = np.concatenate([empty, half] if at_end else [half, empty])

    def centres(self) -> NDArray[np.floating]:
        """Return the middle of each bin."""
        width = (self.high - self.low) / self.bins
        return self.low + (np.arange(self.bins) + 0.5) * width

    def range(self) -> tuple[float, float]:
        """Return (low, high); (0, 0) if nothing was seen."""
        if not self.counts.size:
            return 0.0, 0.0
        return self.choose()

    def choose(self) -> tuple[float, float]:
        """Return the range to encode, given that something was seen."""
        return self.least, self.most

    def best_cut(self, cost: Callable[[float, float], float]) -> tuple[float, float]:
        """Return the range of least cost among those that cut off the same share at both ends.

        After that each end is moved on its own. Ranges contain zero and lie in what was seen.
        """
        low, high = min(self.least, 0.0), max(self.most, 0.0)
        shares = [s / 100 for s in range(100, 9, -1)]
        _, share = min((cost(low * s, high * s), -s) for s in shares)
        best = (low * -share, high * -share)
        for end in (0, 1):
            factors = [(1.0, s) if end else (s, 1.0) for s in shares]
            others = [(best[0] * f[0], best[1] * f[1]) for f in factors]
            best = min(others, key=lambda r, e=end: (cost(*r), -abs(r[e])))
        return best


@dataclass
class PercentileObserver(HistogramObserver):
    """Leaves out the same share of values at either end."""

    percentile: float = 99.99

    def choose(self) -> tuple[float, float]:
        """Return (low, high)."""
        cumulated = np.cumsum(self.counts) / max(int(self.counts.sum()), 1)
        tail = (1 - self.percentile / 100) / 2
        first = int(np.searchsorted(cumulated, tail, side="right"))
        last = int(np.searchsorted(cumulated, 1 - tail, side="left"))
        width = (self.high - self.low) / self.bins
        return self.low + first * width, self.low + (min(last, self.bins - 1) + 1) * width


@dataclass
class MseObserver(HistogramObserver):
    """The range with the least mean squared error of rounding and cutting off."""

    def choose(self) -> tuple[float, float]:
        """Return (low, high)."""
        seen = self.counts > 0
        values, weights = self.centres()[seen], self.counts[seen].astype(np.float64)

        def cost(low: float, high: float) -> float:
            encoding = affine_encoding(low, high, self.bits)
            steps = np.rint(values / encoding.scale) + encoding.zero_point
            clipped = np.clip(steps, encoding.qmin, encoding.qmax) - encoding.zero_point
            return float(np.square(clipped * encoding.scale - values) @ weights)

        return self.best_cut(cost)


@dataclass
class EntropyObserver(HistogramObserver):
    """The range that loses the least information, by the Kullback-Leibler divergence.

    After Migacz, 8-bit inference with TensorRT (GTC 2017): the distribution of the values, those
    cut off counted at the ends, against the one that 2**bits levels can tell apart.
    """

    def choose(self) -> tuple[float, float]:
        """Return (low, high)."""
        return self.best_cut(self.divergence)

    def divergence(self, low: float, high: float) -> float:
        """Return the divergence of a range, infinite for one without a bin."""
        seen = self.counts.astype(np.float64)
        zero = int(self.bins * -self.low / (self.high - self.low))
        if 0 <= zero < self.bins:
            seen[zero] = 0  # zeros, of which ReLU makes many, are exact in every range
        first, last = np.searchsorted(self.centres(), (low, high))
        counts = seen[first:last]
        if not counts.sum():
            return np.inf
        clipped = counts.copy()
        clipped[0] += seen[:first].sum()
        clipped[-1] += seen[last:].sum()
        levels = min(2**self.bits, counts.size)
        level = np.arange(counts.size) * levels // counts.size
        present = counts > 0
        sums = np.bincount(level, counts, levels)
        members = np.bincount(level, present.astype(np.float64), levels)
        spread = np.where(present, sums[level] / np.maximum(members[level], 1), 0)
        p, q = clipped / clipped.sum(), spread / spread.sum()
        some = p > 0
        return float(p[some] @ np.log(p[some] / np.maximum(q[some], 1e-12)))


OBSERVERS: dict[str, Callable[[int], Observer]] = {
    "min-max": lambda bits: MinMaxObserver(),
    "percentile": lambda bits: PercentileObserver(bits),
    "entropy": lambda bits: EntropyObserver(bits),
    "mse": lambda bits: MseObserver(bits),
}
"""The calibration algorithms by name: from the bits of the integers to an observer of one value."""
