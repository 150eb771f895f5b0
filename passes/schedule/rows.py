"""Chains of windows that run row by row: plain mathematics, no IR.

A chain of kernels - expand, depthwise, project, say - need not compute whole tensors one after the
other. It goes through the rows of its last output; before each, the stage before computes the rows
that are needed for it and have not been computed yet, and before each of those the stage before
that one does the same. Between two stages only the rows live that are still to be read: a *ring* of
a few rows, row r of the tensor in row r modulo the number of rows of the ring. Nothing is computed
twice.

A step is one row of the last output. For stage i (windows `stages[i]` along the rows), `ends[i][t]`
is the number of its rows that are there after step t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..memory.access import NOTHING, Ints, Slide, Span


def whole_strips(rows: Ints, strip: int, extent: int) -> Ints:
    """Numbers of rows, rounded up to whole strips; the last strip may be shorter."""
    return np.minimum(-(-rows // strip) * strip, extent)


def rows_before(stage: Slide, rows: Ints) -> Ints:
    """How many input rows the first `rows` output rows of a stage need (elementwise)."""
    last = (rows - 1) * stage.stride - stage.pad + (stage.kernel - 1) * stage.dilation
    return np.where(rows > 0, np.clip(last + 1, 0, stage.extent), 0)


@dataclass(frozen=True)
class RowChain:
    """Stages from the first to the last.

    The first one computes its rows in strips of `strip` rows, which lie together in the ring.
    """

    stages: tuple[Slide, ...]
    strip: int = 1
    again: bool = False
    """Whether the first stage keeps no rows: those under a row of the second one are computed for
    each of its rows.
    """

    @cached_property
    def ends(self) -> tuple[Ints, ...]:
        """Rows of each stage that are there after each step."""
        found = [np.arange(1, self.stages[-1].outputs + 1, dtype=np.int64)]
        for stage in reversed(self.stages[1:]):
            found.append(np.maximum.accumulate(rows_before(stage, found[-1])))
        found[-1] = whole_strips(found[-1], self.strip, self.stages[0].outputs)
        return tuple(reversed(found))

    def starts(self, stage: int) -> Ints:
        """Rows of a stage that are there before each step."""
        return np.append(0, self.ends[stage][:-1])

    def ring(self, stage: int) -> int:
        """Rows of the ring behind a stage that is not the last one."""
        reader = self.stages[stage + 1]
        rows = np.arange(int(self.ends[stage + 1][-1]), dtype=np.int64)
        there = np.maximum.accumulate(rows_before(reader, rows + 1))
        if stage == 0:
            there = whole_strips(there, self.strip, self.stages[0].outputs)
        first = np.minimum(np.maximum(0, rows * reader.stride - reader.pad), there)
        most = np.array(max(1, int((there - first).max(initial=0))))
        return int(whole_strips(most, self.strip, self.stages[0].outputs) if stage == 0 else most)

    def kept(self, stage: int) -> int:
        """Rows behind a stage that a row of the reader leaves to the next one."""
        reader = self.stages[stage + 1]
        rows = np.arange(int(self.ends[stage + 1][-1]), dtype=np.int64)
        there = np.maximum.accumulate(rows_before(reader, rows + 1))
        first = np.minimum(np.maximum(0, (rows + 1) * reader.stride - reader.pad), there)
        return max(1, int((there - first)[:-1].max(initial=0)))

    def fresh(self, stage: int) -> int:
        """Rows behind a stage that a row of the reader needs more than the one before it."""
        reader = self.stages[stage + 1]
        rows = np.arange(int(self.ends[stage + 1][-1]), dtype=np.int64)
        there = np.maximum.accumulate(rows_before(reader, rows + 1))
        return max(1, int(np.diff(there, prepend=0).max()))

    @property
    def first_rows(self) -> int:
        """How many rows the first stage computes, the same ones several times if `again`."""
        if not self.again:
            return int(self.ends[0][-1])
        rows = np.arange(int(self.ends[1][-1]), dtype=np.int64)
        return int((rows_before(self.stages[1], rows + 1) - self._under(rows)).sum())

    def _under(self, rows: Ints) -> Ints:
        """The first row of the first stage under each row of the second one."""
        reader = self.stages[1]
        return np.maximum(0, rows * reader.stride - reader.pad)

    def follows(self, stage: int) -> bool:
        """Whether the stage after it needs one row of a stage for each of its own, the same."""
        reader = self.stages[stage + 1]
        return (reader.kernel, reader.stride, reader.pad) == (1, 1, 0)

    def reads(self) -> Span:
        """Rows of the chain's input that each step reads; none where `first > last`."""
        stage, starts, ends = self.stages[0], self.starts(0), self.ends[0]
        if self.again:  # where the second stage does nothing, so does the first
            some = self.ends[1] > self.starts(1)
            starts = np.where(some, np.minimum(starts, self._under(self.starts(1))), ends)
        reach = (ends - 1) * stage.stride - stage.pad + (stage.kernel - 1) * stage.dilation
        first = np.maximum(0, starts * stage.stride - stage.pad)
        last = np.minimum(stage.extent - 1, reach)
        some = (ends > starts) & (first <= last)
        return Span(np.where(some, first, NOTHING), np.where(some, last, -NOTHING))
