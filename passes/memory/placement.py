"""Where buffers lie in one pool: plain mathematics, no IR.

A buffer lives from step `first` to step `last`, both included; two buffers whose lives meet must
not share a byte. Minimising the pool is dynamic storage allocation (NP-hard); `exact` solves it
with OR-tools CP-SAT, starting from `first_fit`, and says whether the result is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Buffer:
    """A buffer of `size` bytes, alive from step `first` to step `last`, aligned to `alignment`."""

    size: int
    first: int
    last: int
    alignment: int = 4

    def meets(self, other: Buffer) -> bool:
        """Whether both are alive at some step."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placement:
    """Offsets in bytes (one per buffer), pool size, and whether no smaller pool exists."""

    offsets: tuple[int, ...]
    size: int
    proven: bool


def align(offset: int, alignment: int) -> int:
    """`offset` rounded up to a multiple of `alignment`."""
    return -(-offset // alignment) * alignment


def lower_bound(buffers: Sequence[Buffer]) -> int:
    """The most bytes alive at one step: no pool can be smaller."""
    steps = {b.first for b in buffers}
    return max((sum(b.size for b in buffers if b.first <= s <= b.last) for s in steps), default=0)


def _pool(buffers: Sequence[Buffer], offsets: Sequence[int]) -> int:
    return max((o + b.size for o, b in zip(offsets, buffers, strict=True)), default=0)


def disjoint(buffers: Sequence[Buffer]) -> Placement:
    """Every buffer has bytes of its own, in order: no reuse at all."""
    offsets: list[int] = []
    end = 0
    for buffer in buffers:
        offsets.append(align(end, buffer.alignment))
        end = offsets[-1] + buffer.size
    return Placement(tuple(offsets), end, end == lower_bound(buffers))


def _first_fit_in(buffers: Sequence[Buffer], order: Sequence[int]) -> Placement:
    offsets: dict[int, int] = {}
    for index in order:
        buffer = buffers[index]
        taken = sorted(
            (offsets[other], offsets[other] + buffers[other].size)
            for other in offsets
            if buffer.meets(buffers[other])
        )
        place = 0
        for start, end in taken:
            if place + buffer.size <= start:
                break
            place = max(place, align(end, buffer.alignment))
        offsets[index] = place
    placed = tuple(offsets[i] for i in range(len(buffers)))
    size = _pool(buffers, placed)
    return Placement(placed, size, size == lower_bound(buffers))


def first_fit(buffers: Sequence[Buffer]) -> Placement:
    """The best of a few greedy orders, each buffer at the lowest place that is free."""
    count = range(len(buffers))
    orders = (
        count,  # so that it is never worse than `disjoint`
        sorted(count, key=lambda i: (-buffers[i].size, buffers[i].first)),
        sorted(count, key=lambda i: (buffers[i].first, -buffers[i].size)),
        sorted(count, key=lambda i: (buffers[i].first - buffers[i].last, -buffers[i].size)),
    )
    return min((_first_fit_in(buffers, order) for order in orders), key=lambda p: p.size)


def exact(buffers: Sequence[Buffer], effort: float = 10.0) -> Placement:
    """The smallest pool, by CP-SAT. `effort` is the solver's deterministic time, not seconds.

    The result is the same on every machine: one worker, a fixed seed, deterministic time. If the
    effort runs out, the best placement found so far is returned, with `proven` false.
    """
    hint = first_fit(buffers)
    if hint.proven:
        return hint
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    bound = lower_bound(buffers)
    pool = model.new_int_var(bound, hint.size, "pool")
    starts: list[cp_model.IntVar] = []
    for index, buffer in enumerate(buffers):
        unit = model.new_int_var(0, hint.size // buffer.alignment, f"unit{index}")
        start = model.new_int_var(0, hint.size, f"start{index}")
        model.add(start == unit * buffer.alignment)
        model.add(start + buffer.size <= pool)
        model.add_hint(start, hint.offsets[index])
        starts.append(start)
    model.add_no_overlap_2d(
        [
            model.new_fixed_size_interval_var(b.first, b.last - b.first + 1, f"life{i}")
            for i, b in enumerate(buffers)
        ],
        [
            model.new_fixed_size_interval_var(start, b.size, f"bytes{i}")
            for i, (start, b) in enumerate(zip(starts, buffers, strict=True))
        ],
    )
    model.minimize(pool)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint
    offsets = tuple(solver.value(start) for start in starts)
    return Placement(offsets, _pool(buffers, offsets), status == cp_model.OPTIMAL)


STRATEGIES = {"disjoint": disjoint, "first-fit": first_fit, "exact": exact}
"""Placement strategies by name."""
