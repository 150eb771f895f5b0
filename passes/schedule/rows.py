"""Chains of windows that run row by row: plain mathematics, no IR.

A chain of kernels - expand, depthwise, project, say - need not compute whole tensors one after the
other. It goes through the rows of its last output; for each, every stage before computes the rows
that are needed next and have not been computed yet. Between two stages only the rows live that are
still to be read: a *ring* of a few rows, row r of the tensor in row r modulo the number of rows of
the ring. Nothing is computed twice.

A step is one row of the last output. For stage i (windows `stages[i]` along the rows), `ends[i][t]`
is the number of its rows that are there after step t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..memory.access import NOTHING, Ints, Slide, Span


def rows_before(stage: Slide, rows: Ints) -> Ints:
    """How many input rows the first `rows` output rows of a stage need (elementwise)."""
    last = (rows - 1) * stage.stride - stage.pad + (stage.kernel - 1) * stage.dilation
    return np.where(rows > 0, np.clip(last + 1, 0, stage.extent), 0)


@dataclass(frozen=True)
class RowChain:
    """Stages from the first to the last."""

    stages: tuple[Slide, ...]

    @cached_property
    def ends(self) -> tuple[Ints, ...]:
        """Rows of each stage that are there after each step."""
        found = [np.arange(1, self.stages[-1].outputs + 1, dtype=np.int64)]
        for stage in reversed(self.stages[1:]):
            found.append(np.maximum.accumulate(rows_before(stage, found[-1])))
        return tuple(reversed(found))

    def starts(self, stage: int) -> Ints:
        """Rows of a stage that are there before each step."""
        return np.append(0, self.ends[stage][:-1])

    def ring(self, stage: int) -> int:
        """Rows of the ring behind a stage that is not the last one."""
        reader = self.stages[stage + 1]
        first = np.maximum(0, self.starts(stage + 1) * reader.stride - reader.pad)
        return max(1, int((self.ends[stage] - np.minimum(first, self.ends[stage])).max()))

    def reads(self) -> Span:
        """Rows of the chain's input that each step reads; none where `first > last`."""
        stage, starts, ends = self.stages[0], self.starts(0), self.ends[0]
        reach = (ends - 1) * stage.stride - stage.pad + (stage.kernel - 1) * stage.dilation
        first = np.maximum(0, starts * stage.stride - stage.pad)
        last = np.minimum(stage.extent - 1, reach)
        some = (ends > starts) & (first <= last)
        return Span(np.where(some, first, NOTHING), np.where(some, last, -NOTHING))
