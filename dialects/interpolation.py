"""Functions of 16 bits by tables whose entries are joined by straight lines; no xDSL in here.

A table of 2**k + 1 entries has one for every 2**(16 - k)-th place, from the least on; the last one
lies one step beyond the greatest place. Between two entries the line is followed, rounded once. The
place of an input is the input itself, or the input times a power of two, saturated: functions that
are flat far from zero need no entries there.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

INPUTS = np.arange(-(1 << 15), 1 << 15)
SMALLEST, LARGEST = 6, 12
"""Bits k of the tables that `fit_table` makes: 65 to 4097 entries."""

MOST_LEFT = 10
"""The largest power of two that inputs are multiplied by."""

BOUND = 1 << 19
"""Magnitude of entries: with 6 bits or more, the products of a line fit in 32 bits then."""


class Table(NamedTuple):
    """Entries, and the power of two that inputs are multiplied by."""

    entries: Ints
    left: int


def interpolate(x: NDArray[Any], table: NDArray[Any], left: int = 0) -> Ints:
    """Return the function of 16-bit numbers.

    With s = 16 - k and p = clamp(x * 2**left) + 2**15, i = p >> s: y = t[i] + (((t[i + 1] - t[i])
    * (p mod 2**s) + 2**(s - 1)) >> s), clamped to 16 bits.
    """
    shift = segment_bits(table.size)
    place = _clamped(x.astype(np.int64) << left) + (1 << 15)
    entries = table.astype(np.int64)
    index, rest = place >> shift, place & ((1 << shift) - 1)
    rise = entries[index + 1] - entries[index]
    return _clamped(entries[index] + ((rise * rest + ((1 << shift) >> 1)) >> shift))


def segment_bits(size: int) -> int:
    """Return s, where 2**s places lie between two of `size` entries."""
    return 17 - (size - 1).bit_length()


def fit_table(results: Ints, error: int = 1) -> Table | None:
    """Return the smallest table that gives all results to within `error`, None if none does.

    `results` are 65,536, not clamped: where they leave 16 bits, entries do so as well.
    """
    bounded = np.clip(results, -BOUND, BOUND)
    wanted = _clamped(bounded)
    edges = [wanted[0], wanted[-1]]
    flat = [
        bool(np.abs(wanted[: (1 << 15) - half + 1] - edges[0]).max() <= error)
        and bool(np.abs(wanted[(1 << 15) + half - 1 :] - edges[1]).max() <= error)
        for half in (1 << 15 >> left for left in range(MOST_LEFT + 1))
    ]
    for bits in range(SMALLEST, LARGEST + 1):
        for left in range(MOST_LEFT + 1):
            if not flat[left] or left > 16 - bits:
                continue
            entries = sampled(bounded, bits, left)
            if np.abs(interpolate(INPUTS, entries, left) - wanted).max() <= error:
                return Table(entries, left)
    return None


def sampled(results: Ints, bits: int, left: int = 0) -> Ints:
    """Return the results at every 2**(16 - bits)-th place; the last line ends at the last one."""
    step = 1 << (16 - bits)
    places = np.arange(-(1 << 15), 1 << 15, step) >> left
    entries = results[places + (1 << 15)].astype(np.int64)
    rise = int(results[-1] - entries[-1])
    last = entries[-1] + round(rise * step / (step - 1))
    return np.append(entries, np.clip(last, -BOUND, BOUND))


def _clamped(results: Ints) -> Ints:
    return np.clip(results, -(1 << 15), (1 << 15) - 1)
