"""Recurrent cells in integers, step by step; no xDSL in here.

States and gates are Q0.15, sums and the cell state of an LSTM Q16.15 in 32 bits. Sums of products
are exact, then rescaled to Q16.15 and saturated to `LARGEST`. The hyperbolic tangent is followed
along straight lines between 1025 entries, one for every 1/64 of -8..8; the sigmoid is (1 + tanh(x /
2)) / 2. Both are within 1.6 steps of 2**-15 of the exact function of every number that they can be
given (`tests/unit/fxp/test_integer_cell.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fixed_point import requantize

Ints = NDArray[np.int64]

FRACTION = 15
LARGEST = 1 << 28
"""Where rescaled sums saturate: two of them fit in 32 bits."""

REACH = 1 << 18
"""8 in Q16.15: beyond that, tanh is 1 to within a step."""

SEGMENT = 9
"""Bits of the places between two entries."""


@cache
def tanh_table() -> NDArray[np.int16]:
    """The entries: tanh from -8 to 8 in Q0.15."""
    places = np.linspace(-8.0, 8.0, (2 * REACH >> SEGMENT) + 1)
    return np.clip(np.rint(np.tanh(places) * 2**FRACTION), -(2**15), 2**15 - 1).astype(np.int16)


def tanh(x: NDArray[Any]) -> Ints:
    """The hyperbolic tangent of Q16.15 numbers, in Q0.15."""
    table = tanh_table().astype(np.int64)
    place = np.clip(x.astype(np.int64), -REACH, REACH - 1) + REACH
    index, rest = place >> SEGMENT, place & ((1 << SEGMENT) - 1)
    rise = (table[index + 1] - table[index]) * rest
    return table[index] + ((rise + (1 << (SEGMENT - 1))) >> SEGMENT)


def sigmoid(x: NDArray[Any]) -> Ints:
    """The logistic function of Q16.15 numbers, in Q0.15: at most 1 - 2**-15."""
    return (tanh(x.astype(np.int64) >> 1) + (1 << FRACTION)) >> 1


def product(a: Ints, b: Ints) -> Ints:
    """The product of numbers with 15 bits behind the point, rounded, ties upwards."""
    return (a * b + (1 << (FRACTION - 1))) >> FRACTION


@dataclass(frozen=True)
class Scales:
    """A multiplier and a shift for each row of a matrix: from its sums to Q16.15."""

    multiplier: NDArray[np.int32]
    shift: NDArray[np.int32]

    def apply(self, sums: Ints, rows: slice) -> Ints:
        """Rescaled sums of some rows."""
        return requantize(
            sums,
            self.multiplier[rows],
            self.shift[rows],
            rounding="half_up",
            low=-LARGEST,
            high=LARGEST,
        )


@dataclass(frozen=True)
class IntegerCell:
    """A cell with its constants; states are rows."""

    kind: str
    reset_after: bool
    weights: Ints
    recurrence: Ints
    bias: Ints
    given_scales: Scales
    own_scales: Scales

    @property
    def size(self) -> int:
        """Elements of a state."""
        return self.recurrence.shape[1]

    def _rows(self, gate: int) -> slice:
        return slice(gate * self.size, (gate + 1) * self.size)

    def given(self, gate: int, x: Ints) -> Ints:
        """What the input gives to a gate."""
        rows = self._rows(gate)
        return self.given_scales.apply(self.weights[rows] @ x + self.bias[rows], rows)

    def own(self, gate: int, state: Ints, start: Ints | int = 0) -> Ints:
        """What a state gives to a gate."""
        rows = self._rows(gate)
        return self.own_scales.apply(self.recurrence[rows] @ state + start, rows)

    def step(self, x: Ints, state: Ints, memory: Ints) -> tuple[Ints, Ints]:
        """The next state and cell state."""
        if self.kind == "rnn":
            return tanh(self.given(0, x) + self.own(0, state)), memory
        if self.kind == "gru":
            z, r = (sigmoid(self.given(g, x) + self.own(g, state)) for g in (0, 1))
            if self.reset_after:
                inner = product(self.own(2, state, self.bias[self._rows(3)]), r)
            else:
                inner = self.own(2, product(r, state))
            n = tanh(self.given(2, x) + inner)
            return n + product(z, state - n), memory
        i, o, f = (sigmoid(self.given(g, x) + self.own(g, state)) for g in (0, 1, 2))
        new = tanh(self.given(3, x) + self.own(3, state))
        memory = product(memory, f) + product(i, new)
        return product(o, tanh(memory)), memory
