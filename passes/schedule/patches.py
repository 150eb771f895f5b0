"""Chains of windows that run patch by patch: plain mathematics, no IR.

The output of the last window is computed in tiles of a few rows and columns, from left to right and
from top to bottom. For each tile every stage computes the patch that the stage behind it needs for
it, in memory of that size, and keeps nothing: what two tiles need both is computed twice. So there
is no line of the whole width anywhere, and no ring; what that costs, `macs` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..memory.access import NOTHING, Slide, Span


def needed(stage: Slide, outputs: Span) -> Span:
    """The rows (or columns) of its image that a stage needs for some of its outputs.

    From the first tap of the first output to the last tap of the last one, in the image.
    """
    reach = (stage.kernel - 1) * stage.dilation - stage.pad
    first = np.maximum(0, outputs.first * stage.stride - stage.pad)
    last = np.minimum(stage.extent - 1, outputs.last * stage.stride + reach)
    return Span(first, last)


def tiles(stages: Sequence[Slide], size: int) -> tuple[Span, ...]:
    """What each stage computes along an axis for each tile of the last one; at the front what the
    first stage reads.
    """
    found = [Span.blocks(stages[-1].outputs, size)]
    for stage in reversed(stages):
        found.append(needed(stage, found[-1]))
    return tuple(reversed(found))


def lengths(span: Span) -> list[int]:
    """How much each tile has of it."""
    return [int(n) for n in np.maximum(0, span.last - span.first + 1)]


@dataclass(frozen=True)
class PatchChain:
    """Stages from the first to the last, along both axes, and the tile of the last one."""

    rows: tuple[Slide, ...]
    columns: tuple[Slide, ...]
    tile: tuple[int, int]

    @cached_property
    def spans(self) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Rows and columns, per tile: of the image, then of each stage."""
        return tiles(self.rows, self.tile[0]), tiles(self.columns, self.tile[1])

    def patch(self, stage: int) -> tuple[int, int]:
        """Rows and columns of the memory behind a stage."""
        rows, columns = (max(1, *lengths(axis[stage + 1]), 0) for axis in self.spans)
        return rows, columns

    def computed(self, stage: int) -> int:
        """Pixels that a stage computes for all tiles together."""
        rows, columns = (sum(lengths(axis[stage + 1])) for axis in self.spans)
        return rows * columns

    def reads(self) -> tuple[Span, Span]:
        """Rows and columns of the image that each tile reads; none where `first > last`."""
        found: list[Span] = []
        for axis in self.spans:
            some = axis[0].first <= axis[0].last
            first = np.where(some, axis[0].first, NOTHING)
            found.append(Span(first, np.where(some, axis[0].last, -NOTHING)))
        return found[0], found[1]
