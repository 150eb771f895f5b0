"""Placement of tensors that may overlap where a kernel reads one and writes the other.

Plain mathematics, no IR. As in `placement.py` a buffer lives from step to step; but an input that
dies in a kernel and the kernel's output need not be disjoint: they may be as close as the kernel's
distance allows (`distance.py`). In place, concatenation in place and the overlap of convolutions
are all the same constraint here. CP-SAT minimises the pool and says whether the result is proven.

A pool may be circular: addresses are then taken modulo its size, and a tensor may run over its end.
A chain of layers whose outputs each lie a little below their inputs needs no more than its
largest step then, while in a linear pool it runs into the beginning. Often the same is reached
without wrapping around, by running some kernels backwards: their outputs lie above their inputs.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import TYPE_CHECKING, Any

from .distance import Distance, circular_footprint, footprint
from .placement import Buffer, Placement, align

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

RESTARTS = 200
"""Random orders that the greedy search tries."""


@dataclass(frozen=True)
class Overlap:
    """Buffers (by index) of an input that dies in a kernel and of its output, and their distance.

    `turned` is the distance where the kernel runs from its last step to its first, if it may: then
    placement decides which. Where a kernel reads one buffer in several ways, there are several.
    """

    input: int
    output: int
    distance: Distance
    turned: Distance | None = None


@dataclass(frozen=True)
class OverlapPlacement(Placement):
    """A placement, and the buffers whose kernels run backwards to make it possible."""

    backwards: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Pair:
    """Two buffers that are alive together and how far apart they must be.

    There is one distance, or for the input `first` and the output `second` of a kernel that may run
    both ways, one for each way: forwards, backwards.
    """

    first: int
    second: int
    ways: tuple[Distance, ...]

    def way(self, backwards: Collection[int]) -> Distance:
        """The distance that holds where the kernels that write `backwards` run backwards."""
        return self.ways[-1 if self.second in backwards else 0]


def circular_allows(found: Distance, moved: int, pool: int) -> bool:
    """Whether offset(input) - offset(output) may be `moved` in a circular pool."""
    return any(found.below <= moved + turn <= pool - found.above for turn in (-pool, 0, pool))


def pairs_of(buffers: Sequence[Buffer], overlaps: Sequence[Overlap]) -> list[Pair]:
    """The constraints between all buffers that are alive together.

    Raises ValueError for an overlap whose input lives on, or whose output lives before.
    """
    allowed: dict[tuple[int, int], tuple[Distance, ...]] = {}
    one_way = {o.output for o in overlaps if o.turned is None}
    for overlap in overlaps:
        x, y = buffers[overlap.input], buffers[overlap.output]
        if x.last != y.first or x.first >= y.first:
            raise ValueError(
                f"buffer {overlap.input} must die where buffer {overlap.output} is written: "
                f"alive to step {x.last}, written at step {y.first}"
            )
        ways = (overlap.distance,)
        if overlap.turned is not None and overlap.output not in one_way:
            ways = (overlap.distance, overlap.turned)
        key = overlap.input, overlap.output
        old = allowed.get(key, ways)
        allowed[key] = tuple(a.both(b) for a, b in zip(old, ways, strict=True))
    pairs: list[Pair] = []
    for first, x in enumerate(buffers):
        for second in range(first + 1, len(buffers)):
            y = buffers[second]
            if not x.meets(y):
                continue
            known = [key for key in ((first, second), (second, first)) if key in allowed]
            if known:
                pairs.append(Pair(*known[0], allowed[known[0]]))
            else:
                pairs.append(Pair(first, second, (Distance(y.size, x.size),)))
    return [pair for pair in pairs if any(d.below + d.above > 0 for d in pair.ways)]


def lower_bound(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = (), circular: bool = False
) -> int:
    """A size that no pool can be below, from the buffers alive at each step.

    Of a kernel's output and the inputs that it may overlap, either the inputs count, or the output,
    or the bytes that the output and one input cover together.
    """
    best = max((b.size for b in buffers), default=0)
    steps = {b.first for b in buffers}
    return max([best, *(lower_bound_at(buffers, overlaps, step, circular) for step in steps)])


def lower_bounds(buffers: Sequence[Buffer], overlaps: Sequence[Overlap], steps: int) -> list[int]:
    """For each step what a pool needs at least to get over it."""
    return [lower_bound_at(buffers, overlaps, step) for step in range(steps)]


def lower_bound_at(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], step: int, circular: bool = False
) -> int:
    """What a pool needs at least to get over a step."""
    alive = {i for i, b in enumerate(buffers) if b.first <= step <= b.last}
    here = [o for o in overlaps if buffers[o.output].first == step]
    outputs, inputs = {o.output for o in here}, {o.input for o in here}
    apart = sum(buffers[i].size for i in alive - inputs - outputs)
    best = max(apart + sum(buffers[i].size for i in group) for group in (inputs, outputs))
    if len(outputs) == 1 and len(inputs) == len(here):
        cover = circular_footprint if circular and not apart else footprint
        for o in here:
            sizes = buffers[o.input].size, buffers[o.output].size
            least = min(cover(d, *sizes) for d in (o.distance, o.turned or o.distance))
            best = max(best, apart + least)
    return best


def pool_size(buffers: Sequence[Buffer], offsets: Sequence[int]) -> int:
    """The end of the last buffer."""
    return max((o + b.size for o, b in zip(offsets, buffers, strict=True)), default=0)


Forbidden = Mapping[int, Sequence[Pair]]
"""The pairs in which a buffer takes part."""


def _by_buffer(count: int, pairs: Sequence[Pair]) -> Forbidden:
    found: dict[int, list[Pair]] = {i: [] for i in range(count)}
    for pair in pairs:
        found[pair.first].append(pair)
        found[pair.second].append(pair)
    return found


def _lowest(
    buffers: Sequence[Buffer], pairs: Forbidden, order: Sequence[int], backwards: set[int]
) -> list[int]:
    """Each buffer in turn at the lowest offset that the ones before allow."""
    offsets: dict[int, int] = {}
    for index in order:
        known: list[tuple[int, Distance]] = []
        for pair in pairs[index]:
            way = pair.way(backwards)
            if index == pair.first and pair.second in offsets:
                known.append((offsets[pair.second], way.mirrored))
            elif index == pair.second and pair.first in offsets:
                known.append((offsets[pair.first], way))
        known.sort(key=lambda item: item[0])
        place, before = 0, -1
        while place != before:
            before = place
            for other, way in known:
                place = align(way.next_above(other, place), buffers[index].alignment)
        offsets[index] = place
    return [offsets[i] for i in range(len(buffers))]


def greedy(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], restarts: int = RESTARTS
) -> OverlapPlacement:
    """The best of some greedy orders and of random changes to them; the same on every machine."""
    count = len(buffers)
    pairs = _by_buffer(count, pairs_of(buffers, overlaps))
    bound = lower_bound(buffers, overlaps)
    turnable = sorted({p.second for found in pairs.values() for p in found if len(p.ways) > 1})
    orders = [
        sorted(range(count), key=lambda i: (-buffers[i].size, buffers[i].first)),
        sorted(range(count), key=lambda i: (buffers[i].first, -buffers[i].size)),
        sorted(range(count), key=lambda i: (-buffers[i].last, -buffers[i].size)),
    ]
    states = [(order, set(turned)) for order in orders for turned in ((), turnable[::2])]
    size, offsets, state = 1 << 62, [0] * count, states[0]
    chance = random.Random(0)
    for attempt in range(len(states) + (restarts if count > 1 else 0)):
        if size == bound:
            break
        if attempt < len(states):
            order, backwards = states[attempt]
        else:
            order, backwards = list(state[0]), set(state[1])
            for _ in range(chance.randint(1, 3)):
                if turnable and chance.random() < 0.4:
                    backwards ^= {chance.choice(turnable)}
                else:
                    order.insert(chance.randrange(count), order.pop(chance.randrange(count)))
        found = _lowest(buffers, pairs, order, backwards)
        if (pool_size(buffers, found), len(backwards)) <= (size, len(state[1])):
            size, offsets, state = pool_size(buffers, found), found, (order, backwards)
    turned = still_backwards(list(pairs.values()), offsets, state[1])
    return OverlapPlacement(tuple(offsets), size, size == bound, turned)


def still_backwards(
    pairs: Sequence[Sequence[Pair]],
    offsets: Sequence[int],
    backwards: Collection[int],
    circular: int = 0,
) -> frozenset[int]:
    """Those of the `backwards` kernels that may not as well run forwards at these offsets."""
    needed: set[int] = set()
    for pair in (pair for found in pairs for pair in found):
        a, b = offsets[pair.first], offsets[pair.second]
        way = pair.ways[0]
        fine = circular_allows(way, a - b, circular) if circular else way.allows(a, b)
        if not fine:
            needed.add(pair.second)
    return frozenset(needed.intersection(backwards))


class SatModel:
    """Distances between buffers, as constraints on variables for their offsets."""

    model: cp_model.CpModel
    hint: OverlapPlacement
    turned: dict[int, cp_model.IntVar]
    """Whether the kernel that writes a buffer runs backwards."""

    def turned_var(self, output: int) -> cp_model.IntVar:
        """Whether the kernel that writes a buffer runs backwards."""
        if output not in self.turned:
            self.turned[output] = self.model.new_bool_var(f"turned{output}")
            self.model.add_hint(self.turned[output], output in self.hint.backwards)
        return self.turned[output]

    def _when(self, chosen: list[Any], constraint: Any) -> None:
        self.model.add(constraint).only_enforce_if(chosen)  # pyright: ignore[reportUnknownMemberType]

    def linear(self, name: str, moved: Any, ways: list[tuple[Distance, list[Any]]]) -> None:
        """Two buffers at a distance, offset less offset: for each way, where its literals hold."""
        below = self.model.new_bool_var(f"below_{name}")
        for number, (way, when) in enumerate(ways):
            if way.pitch is None:
                self._when([*when, below], moved >= way.below)
                self._when([*when, ~below], moved <= -way.above)
                continue
            near = self.model.new_bool_var(f"near_{name}_{number}")
            most = self.hint.size // way.pitch.bytes + 1
            times = self.model.new_int_var(-most, most, f"times_{name}_{number}")
            self._when([*when, below, ~near], moved >= way.below)
            self._when([*when, ~below, ~near], moved <= -way.above)
            self._when([*when, below, near], moved >= way.pitch.below)
            self._when([*when, ~below, near], moved <= -way.pitch.above)
            self._when([*when, near], moved == times * way.pitch.bytes)


@dataclass
class _Model(SatModel):
    """The constraint model: a variable per offset, and one for the pool."""

    buffers: Sequence[Buffer]
    overlaps: Sequence[Overlap]
    hint: OverlapPlacement
    circular: bool

    def __post_init__(self) -> None:
        from ortools.sat.python import cp_model

        self.model = cp_model.CpModel()
        most, step = self.hint.size, lcm(*(b.alignment for b in self.buffers))
        bound = lower_bound(self.buffers, self.overlaps, self.circular)
        if self.circular:
            units = self.model.new_int_var(-(-bound // step), -(-most // step), "units")
            self.pool = self.model.new_int_var(bound, align(most, step), "pool")
            self.model.add(self.pool == units * step)
        else:
            self.pool = self.model.new_int_var(bound, most, "pool")
        self.starts = [self._start(i, b, most) for i, b in enumerate(self.buffers)]
        self.turned: dict[int, cp_model.IntVar] = {}
        drawn = self._disjoint() if not self.circular else set[tuple[int, int]]()
        for pair in pairs_of(self.buffers, self.overlaps):
            if (min(pair.first, pair.second), max(pair.first, pair.second)) not in drawn:
                self._either(pair)
        self.model.minimize(self.pool)

    def _start(self, index: int, buffer: Buffer, most: int) -> cp_model.IntVar:
        unit = self.model.new_int_var(0, most // buffer.alignment, f"unit{index}")
        start = self.model.new_int_var(0, most, f"start{index}")
        self.model.add(start == unit * buffer.alignment)
        self.model.add(start + (1 if self.circular else buffer.size) <= self.pool)
        self.model.add_hint(start, self.hint.offsets[index])
        return start

    def _disjoint(self) -> set[tuple[int, int]]:
        """Rectangles of life and bytes, in half steps: kernels read in the first, write in the
        second half. Returns the pairs that are kept apart by them.
        """
        inputs, outputs = {o.input for o in self.overlaps}, {o.output for o in self.overlaps}
        lives: list[tuple[int, int]] = []
        for i, b in enumerate(self.buffers):
            lives.append((2 * b.first + (i in outputs), 2 * b.last + (i not in inputs) + 1))
        self.model.add_no_overlap_2d(
            [
                self.model.new_fixed_size_interval_var(first, end - first, f"life{i}")
                for i, (first, end) in enumerate(lives)
            ],
            [
                self.model.new_fixed_size_interval_var(start, b.size, f"bytes{i}")
                for i, (start, b) in enumerate(zip(self.starts, self.buffers, strict=True))
            ],
        )
        count = len(lives)
        return {
            (i, j)
            for i in range(count)
            for j in range(i + 1, count)
            if lives[i][0] < lives[j][1] and lives[j][0] < lives[i][1]
        }

    def _either(self, pair: Pair) -> None:
        moved = self.starts[pair.first] - self.starts[pair.second]
        name = f"{pair.first}_{pair.second}"
        ways: list[tuple[Distance, list[Any]]] = [(pair.ways[0], [])]
        if len(pair.ways) > 1:
            turned = self.turned_var(pair.second)
            ways = [(pair.ways[0], [~turned]), (pair.ways[1], [turned])]
        if not self.circular:
            self.linear(name, moved, ways)
            return
        turns: list[cp_model.IntVar] = []
        for turn in (-1, 0, 1):
            chosen = self.model.new_bool_var(f"turn{turn}_{name}")
            for way, when in ways:
                self._when([*when, chosen], moved + turn * self.pool >= way.below)
                self._when([*when, chosen], moved + (turn - 1) * self.pool <= -way.above)
            turns.append(chosen)
        self.model.add_at_least_one(turns)


def place_overlapping(
    buffers: Sequence[Buffer],
    overlaps: Sequence[Overlap],
    effort: float = 10.0,
    circular: bool = False,
) -> OverlapPlacement:
    """The smallest pool in which buffers may overlap as far as the given distances allow.

    `effort` is the solver's deterministic time, so that the result is the same on every machine:
    one worker, a fixed seed. `proven` says whether no smaller pool exists; if the effort runs out,
    the best placement found is returned. Kernels run backwards only where that makes the pool
    smaller than the greedy search can without. In a `circular` pool a buffer may run over the end,
    and the pool is a multiple of all alignments. Raises ValueError for an overlap of buffers that
    do not meet at the kernel in between.
    """
    found = _smallest(buffers, overlaps, effort, circular)
    if not found.backwards:
        return found
    forwards = greedy(buffers, [replace(overlap, turned=None) for overlap in overlaps])
    return found if forwards.size > found.size else replace(forwards, proven=found.proven)


def _smallest(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], effort: float, circular: bool
) -> OverlapPlacement:
    hint = greedy(buffers, overlaps)
    if not buffers or hint.size == lower_bound(buffers, overlaps, circular):
        return hint
    from ortools.sat.python import cp_model

    model = _Model(buffers, overlaps, hint, circular)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return hint
    offsets = tuple(solver.value(start) for start in model.starts)
    size = solver.value(model.pool) if circular else pool_size(buffers, offsets)
    if hint.size < size:
        return hint
    chosen = [i for i, turned in model.turned.items() if solver.boolean_value(turned)]
    pairs = [pairs_of(buffers, overlaps)]
    turned = still_backwards(pairs, offsets, chosen, size if circular else 0)
    return OverlapPlacement(offsets, size, status == cp_model.OPTIMAL, turned)
