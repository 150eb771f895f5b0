"""The algorithm `unpacked`: dense products as straight-line code, plain mathematics, no IR.

Inputs are widened to lanes as for `lanes`, a strip at a time. Then a few pixels and output channels
at a time are one run of instructions without a loop: the weights are immediates, and those that are
zero are not there (`dialects/unpacking.py`). All strips and pixels go through the same code, so
strips divide a row of outputs, and groups of pixels a strip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects import packing
from ...dialects.unpacking import Cost, channels_of_block, cost_of, expand
from .lanes import STRIP_BYTES, Plan, Window

NAME = "unpacked"
"""How a schedule names it."""

MOST_PIXELS = 4
"""Pixels that share an immediate."""

ROW_BYTES = 8192
"""Scratch that a strip may take that is a whole row of outputs, read from rows of the image."""

CODE_OUTPUT, CYCLES_OUTPUT = 28, 9.0
"""Bytes of code of an output, and its cycles: bias, rescale and store."""


@dataclass(frozen=True)
class UnpackedPlan(Plan):
    """How one window op runs unpacked in a given layout."""

    @cached_property
    def group(self) -> tuple[int, int]:
        """Output pixels that share the code, and pixels of a strip."""
        columns = self.window.columns
        lengths = [n for n in range(1, columns + 1) if columns % n == 0]
        for pixels in range(MOST_PIXELS, 0, -1):
            if self.layout == "rows" and self.copies == 2 and pixels % 2:
                continue
            fitting = [n for n in lengths if n % pixels == 0]
            if self.layout == "rows":
                fitting = [n for n in fitting if n == columns]
            if fitting:
                small = [n for n in fitting if 2 * self.strip_lanes(n) <= STRIP_BYTES]
                return pixels, max(small) if small else min(fitting)
        return 0, columns

    @property
    def pixels(self) -> int:
        """Output pixels that share the code; 0 where the layout cannot be."""
        return self.group[0]

    @cached_property
    def strip(self) -> int:
        """Output pixels of a strip."""
        return self.group[1]

    @property
    def runs(self) -> tuple[int, int, int]:
        """Runs of lanes of a pixel, pairs of each, their distance."""
        if self.layout != "rows":
            return 1, self.lanes // 2, 0
        rows = self.window.kernel[0]
        return rows, self.lanes // rows // 2, self.row

    @property
    def bases(self) -> list[int]:
        """The first lane of each pixel of a group, from that of the first."""
        if self.layout == "rows" and self.copies == 2:
            second = self.window.kernel[0] * self.row
            return [p % 2 * second + p // 2 * 2 * self.advance for p in range(self.pixels)]
        return [p * self.step for p in range(self.pixels)]

    @property
    def step(self) -> int:
        """Lanes from a group's first pixel to the next, if they lie in the same copy."""
        return self.advance if self.layout == "rows" else self.pixel_step

    @property
    def fits(self) -> bool:
        """Whether the layout can be: even lanes, and rows of the image that are not too long."""
        if self.layout == "rows" and 2 * self.strip_lanes(self.window.columns) > ROW_BYTES:
            return False
        return self.pixels > 0 and not any(base % 2 for base in self.bases)

    def rows_of(self, weights: NDArray[Any]) -> NDArray[Any]:
        """Weights (O, KH, KW, C) as a row of lanes for each channel."""
        order = packing.positions(self.layout, weights.shape[1:])  # pyright: ignore[reportArgumentType]
        flat = weights.reshape(len(weights), -1)
        return np.where(order >= 0, flat[:, order], 0).astype(weights.dtype)

    def pairs(self) -> NDArray[np.int64]:
        """The elements of the window (flat, of KH x KW x C) of each pair of lanes; -1 for none."""
        return packing.positions(self.layout, self.window.shape).reshape(-1, 2)

    def blocks(self, weights: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
        """The first channel of each block, and its weights as rows of lanes."""
        rows, block = self.rows_of(weights), channels_of_block(self.pixels)
        for first in range(0, len(rows), block):
            yield first, rows[first : first + block]

    def cost(self, weights: NDArray[Any]) -> Cost:
        """Estimated cycles of the whole op with these weights, and the bytes of its code."""
        runs, pairs, distance = self.runs
        lanes = [r * distance + 2 * j for r in range(runs) for j in range(pairs)]
        total = Cost()
        for _, rows in self.blocks(weights):
            total += cost_of(expand(rows.reshape(len(rows), -1, 2), lanes, self.bases))
        window = self.window
        outputs = window.columns * window.channels
        groups = window.columns // self.pixels
        cycles = window.rows * (groups * total.cycles + outputs * CYCLES_OUTPUT + self.widening)
        return Cost(round(cycles), total.code + CODE_OUTPUT * self.pixels * window.channels)


@cache
def unpacked_plan(window: Window) -> UnpackedPlan:
    """The plan that takes the fewest cycles if all weights are there."""
    layouts = ["patches" if window.dilations[1] == 1 else "taps"]
    if window.dilations[1] == 1 and window.kernel[1] > window.strides[1]:
        layouts.append("columns")
        if window.dilations == (1, 1):
            layouts.append("rows")
    plans = [UnpackedPlan(window, layout) for layout in layouts]
    one = np.ones((channels_of_block(MOST_PIXELS), *window.shape), np.int8)

    def price(plan: UnpackedPlan) -> float:
        few = replace(window, channels=len(one))
        part = UnpackedPlan(few, plan.layout).cost(one).cycles
        widening = window.rows * plan.widening
        return (part - widening) * window.channels / len(one) + widening

    return min((plan for plan in plans if plan.fits), key=price)
