"""The algorithm `vectors`: plain mathematics, no IR.

As `lanes`, but for vectors of 16 bytes (Helium): a strip of the input is copied, with its padding,
so that the window of each output pixel is one run of bytes; then blocks of four output channels and
two pixels are dot products of vectors. Strips are in the layouts `patches`, `taps` and `columns` of
`dialects/packing.py`. Sums of four channels are rescaled in a vector, and all of a strip's pixels
pass under the weights of a block before the next block begins.

Cycles are instructions, of which a Cortex-M55 completes about one in two cycles where they work on
vectors: what counts is which layout takes fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...dialects import packing
from .lanes import STRIP_BYTES, Plan, Window

PATCH_BYTES = 1024
"""Scratch that a strip of separate windows may take, if two pixels do not need more."""

CYCLES_STEP_2, CYCLES_STEP_1 = 15.0, 10.0
"""A vector of four channels, two pixels or one."""

CYCLES_TILE, CYCLES_BLOCK = 22.0, 20.0
"""A register block beside its products: rescale and store; a block of channels of a strip."""

CYCLES_RUN, CYCLES_VECTOR = 12.0, 3.0
"""Copying: a run, and each vector of it."""


@dataclass(frozen=True)
class VectorPlan(Plan):
    """How one window op runs with `vectors` in a given layout."""

    @property
    def pixels(self) -> int:
        """Output pixels of a register block."""
        return 2

    @property
    def steps(self) -> int:
        """Vectors of a window."""
        return packing.vectors(self.lanes) // packing.VECTOR

    def strip_lanes(self, pixels: int) -> int:
        """Bytes of a strip of so many output pixels, with those that the last vector reads."""
        return packing.vectors((pixels - 1) * self.pixel_step + packing.VECTOR * self.steps)

    @cached_property
    def strip(self) -> int:
        """Output pixels of a strip: all of a row, an even part of it, or an even number."""
        columns = self.window.columns
        most = STRIP_BYTES if self.order == "columns" else PATCH_BYTES
        if self.strip_lanes(columns) <= most:
            return columns
        room = (most - packing.VECTOR * self.steps) // self.pixel_step + 1
        even = max(2, room // 2 * 2)
        parts = [n for n in range(even, even // 2, -2) if columns % n == 0]
        return min(columns, parts[0] if parts else even)

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch memory."""
        return self.strip_lanes(self.strip)

    @property
    def cycles(self) -> float:
        """Estimated cycles of the whole op."""
        window = self.window
        blocks = -(-window.channels // packing.BLOCK)
        pairs, single = divmod(window.columns, 2)
        products = self.steps * (pairs * CYCLES_STEP_2 + single * CYCLES_STEP_1)
        strips = -(-window.columns // self.strip)
        copied = strips * self.strip_lanes(self.strip)
        runs = copied / self.run
        tiles = blocks * (products + (pairs + single) * CYCLES_TILE + strips * CYCLES_BLOCK)
        copies = runs * (CYCLES_RUN + -(-self.run // packing.VECTOR) * CYCLES_VECTOR)
        return window.rows * (tiles + copies)


def best_vectors(window: Window) -> VectorPlan:
    """The plan with the layout that takes the fewest cycles."""
    layouts = ["patches" if window.dilations[1] == 1 else "taps"]
    if window.dilations[1] == 1 and window.kernel[1] > window.strides[1]:
        layouts.append("columns")
    plans = [VectorPlan(window, packing.VECTORS + layout) for layout in layouts]
    return min(plans, key=lambda plan: plan.cycles)
