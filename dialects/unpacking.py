"""Dot products as straight-line code: what `dsp.unpacked` is expanded to. Plain mathematics, no IR.

The weights are known, so each pair of lanes with a weight other than zero is one step with its
weights as an immediate, and all others vanish. A step serves several pixels: their lanes are loaded
to registers first, and stay there as long as a later step reads the same lanes for another pixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SUMS = 8
"""Accumulators of a block: with four operands, a weight and a pointer all core registers."""

FARTHEST = 4095
"""The largest offset of a load, in bytes."""


@dataclass(frozen=True)
class Load:
    """A register gets the pair of lanes that begins so many lanes behind the pointer."""

    register: int
    lane: int


@dataclass(frozen=True)
class Move:
    """The pointer advances by so many lanes."""

    lanes: int


@dataclass(frozen=True)
class Multiply:
    """The products of a pair of weights with one register for each pixel go to a channel's sums."""

    channel: int
    registers: tuple[int, ...]
    low: int
    high: int

    @property
    def is_pair(self) -> bool:
        """Whether both weights are there; one alone is a shorter immediate."""
        return self.low != 0 and self.high != 0


Step = Load | Move | Multiply


def channels_of_block(pixels: int) -> int:
    """Output channels whose sums fit the registers beside those of so many pixels."""
    return max(1, SUMS // pixels)


def _order(lanes: NDArray[np.int64], bases: Sequence[int]) -> NDArray[np.int64]:
    """Numbers of pairs in an order in which one pixel soon reads what another one has read."""
    steps = [abs(b - a) for k, a in enumerate(bases) for b in bases[:k] if a != b]
    step = min(steps, default=0)
    if step == 0:
        return np.arange(len(lanes))
    return np.lexsort((lanes // step, lanes % step))


def expand(
    weights: NDArray[Any], lanes: Sequence[int] | NDArray[np.int64], bases: Sequence[int]
) -> Iterator[Step]:
    """The steps of a block of channels: `weights` (channels, pairs, 2), the first lane of each pair
    from a pixel's first lane on, and the first lane of each pixel. Lanes are even.
    """
    places = np.asarray(lanes, np.int64)
    held: list[int | None] = [None] * len(bases)
    pointer = 0
    for pair in _order(places, bases):
        channels = np.flatnonzero(weights[:, pair].any(1))
        if not len(channels):
            continue
        needed = [int(base + places[pair]) for base in bases]
        for lane in needed:
            if lane in held:
                continue
            if not 0 <= 2 * (lane - pointer) <= FARTHEST:
                yield Move(lane - pointer)
                pointer = lane
            free = next(r for r, there in enumerate(held) if there not in needed)
            held[free] = lane
            yield Load(free, lane - pointer)
        registers = tuple(held.index(lane) for lane in needed)
        for channel in channels:
            low, high = (int(w) for w in weights[channel, pair])
            yield Multiply(int(channel), registers, low, high)


@dataclass(frozen=True)
class Cost:
    """What straight-line code takes: cycles of a Cortex-M4 without wait states, bytes of flash."""

    cycles: int = 0
    code: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cycles + other.cycles, self.code + other.code)


def cost_of(steps: Iterator[Step]) -> Cost:
    """The cost of steps: loads that follow each other take a cycle each, and one more together."""
    cycles = code = 0
    loading = False
    for step in steps:
        if isinstance(step, Multiply):
            cycles += len(step.registers) + 1 + step.is_pair
            code += 4 * len(step.registers) + 4 + 4 * step.is_pair
        else:
            cycles += 1 if loading or isinstance(step, Move) else 2
            code += 4
        loading = isinstance(step, Load)
    return Cost(cycles, code)
