"""Placement in several memories of different speed: plain mathematics, no IR.

Every buffer lies in one of the memories, which are listed from the fastest to the slowest. Two
buffers that are alive together have to keep their distance (`overlap.py`) only where they lie in
the same one. As many loads and stores as possible go to the faster memories: what is minimised is
the sum of accesses, times the number of the memory, and after that the bytes that are used.

A greedy placement, the buffers with most accesses per byte first, is the hint; CP-SAT decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .overlap import Overlap, OverlapPlacement, Pair, greedy, pairs_of, still_backwards
from .overlap import SatModel as _Base
from .placement import Buffer

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

TRIES = 20
"""Random orders of the greedy placement, for each buffer that is added to a memory."""


@dataclass(frozen=True)
class Memory:
    """A range of RAM of its own: what it is called, and how many bytes there are."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Spread:
    """The memory of each buffer by number, its offset there, and the bytes used of each memory."""

    memory: tuple[int, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    proven: bool
    backwards: frozenset[int] = frozenset()

    def cost(self, accesses: Sequence[int]) -> int:
        """Accesses, each times the number of the memory that it goes to."""
        return sum(n * m for n, m in zip(accesses, self.memory, strict=True))


def _within(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], chosen: Sequence[int]
) -> OverlapPlacement:
    """A greedy placement of some buffers; kernels run forwards."""
    number = {buffer: index for index, buffer in enumerate(chosen)}
    inside = [
        replace(o, input=number[o.input], output=number[o.output], turned=None)
        for o in overlaps
        if o.input in number and o.output in number
    ]
    return greedy([buffers[index] for index in chosen], inside, restarts=TRIES)


def spread_greedily(
    buffers: Sequence[Buffer],
    overlaps: Sequence[Overlap],
    accesses: Sequence[int],
    memories: Sequence[Memory],
) -> Spread | None:
    """Buffers with most accesses per byte first, each in the fastest memory that has room left."""
    inside: list[list[int]] = [[] for _ in memories]
    order = sorted(range(len(buffers)), key=lambda i: (-accesses[i] / max(1, buffers[i].size), i))
    for index in order:
        for chosen, memory in zip(inside, memories, strict=True):
            if _within(buffers, overlaps, sorted([*chosen, index])).size <= memory.bytes:
                chosen.append(index)
                break
        else:
            return None
    offsets, where, sizes = [0] * len(buffers), [0] * len(buffers), list[int]()
    for number, chosen in enumerate(inside):
        chosen.sort()
        placement = _within(buffers, overlaps, chosen)
        sizes.append(placement.size)
        for index, offset in zip(chosen, placement.offsets, strict=True):
            offsets[index], where[index] = offset, number
    proven = all(number == 0 for number in where)
    return Spread(tuple(where), tuple(offsets), tuple(sizes), proven and sizes[0] == 0)


class _Model(_Base):
    """The constraint model: a memory and an offset per buffer, a size per memory."""

    def __init__(
        self,
        buffers: Sequence[Buffer],
        overlaps: Sequence[Overlap],
        accesses: Sequence[int],
        memories: Sequence[Memory],
        hint: Spread | None,
    ):
        from ortools.sat.python import cp_model

        self.model = cp_model.CpModel()
        self.buffers, self.turned = buffers, dict[int, cp_model.IntVar]()
        self.most = max(memory.bytes for memory in memories)
        backwards = frozenset[int]() if hint is None else hint.backwards
        self.hint = OverlapPlacement((), self.most, False, backwards)
        self.sizes = [self.model.new_int_var(0, m.bytes, m.name) for m in memories]
        self.starts: list[cp_model.IntVar] = []
        self.inside: list[list[cp_model.IntVar]] = []
        for index, buffer in enumerate(buffers):
            self._add_buffer(index, buffer, hint)
        for pair in pairs_of(buffers, overlaps):
            self._apart(pair)
        costs = [
            accesses[index] * number * chosen
            for index, memory in enumerate(self.inside)
            for number, chosen in enumerate(memory)
        ]
        total = sum(memory.bytes for memory in memories) + 1
        self.model.minimize(total * sum(costs) + sum(self.sizes))

    def _add_buffer(self, index: int, buffer: Buffer, hint: Spread | None) -> None:
        unit = self.model.new_int_var(0, self.most // buffer.alignment, f"unit{index}")
        start = self.model.new_int_var(0, self.most, f"start{index}")
        self.model.add(start == unit * buffer.alignment)
        inside = [self.model.new_bool_var(f"in{m}_{index}") for m in range(len(self.sizes))]
        self.model.add_exactly_one(inside)
        for number, (chosen, size) in enumerate(zip(inside, self.sizes, strict=True)):
            self._when([chosen], start + buffer.size <= size)
            if hint is not None:
                self.model.add_hint(chosen, hint.memory[index] == number)
        if hint is not None:
            self.model.add_hint(start, hint.offsets[index])
        self.starts.append(start)
        self.inside.append(inside)

    def _apart(self, pair: Pair) -> None:
        name = f"{pair.first}_{pair.second}"
        together = self.model.new_bool_var(f"together_{name}")
        for a, b in zip(self.inside[pair.first], self.inside[pair.second], strict=True):
            self.model.add_bool_or([~a, ~b, together])
        ways: list[tuple[Any, list[Any]]] = [(pair.ways[0], [together])]
        if len(pair.ways) > 1:
            turned = self.turned_var(pair.second)
            ways = [(pair.ways[0], [together, ~turned]), (pair.ways[1], [together, turned])]
        moved = self.starts[pair.first] - self.starts[pair.second]
        self.linear(name, moved, ways)

    def found(self, solver: cp_model.CpSolver, overlaps: Sequence[Overlap], proven: bool) -> Spread:
        """What the solver has found."""
        offsets = tuple(solver.value(start) for start in self.starts)
        memory = tuple(
            next(n for n, chosen in enumerate(inside) if solver.boolean_value(chosen))
            for inside in self.inside
        )
        sizes = [0] * len(self.sizes)
        for number, offset, buffer in zip(memory, offsets, self.buffers, strict=True):
            sizes[number] = max(sizes[number], offset + buffer.size)
        chosen = [i for i, turned in self.turned.items() if solver.boolean_value(turned)]
        pairs = [p for p in pairs_of(self.buffers, overlaps) if memory[p.first] == memory[p.second]]
        turned = still_backwards([pairs], offsets, chosen)
        return Spread(memory, offsets, tuple(sizes), proven, turned)


def spread(
    buffers: Sequence[Buffer],
    overlaps: Sequence[Overlap],
    accesses: Sequence[int],
    memories: Sequence[Memory],
    effort: float = 10.0,
) -> Spread | None:
    """Where each buffer lies; None where no way to fit them in was found.

    `effort` is the solver's deterministic time: the result is the same on every machine.
    """
    from ortools.sat.python import cp_model

    hint = spread_greedily(buffers, overlaps, accesses, memories)
    if not buffers:
        return hint
    model = _Model(buffers, overlaps, accesses, memories, hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint
    found = model.found(solver, overlaps, status == cp_model.OPTIMAL)
    if hint is None:
        return found
    return min(hint, found, key=lambda s: (s.cost(accesses), sum(s.sizes), not s.proven))
