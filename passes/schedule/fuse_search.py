"""The search of `fuse-rows`: which kernels become one, and how they run, for the smallest pool.

What a step of the network needs is known for each part of each chain of kernels and each way to run
it. A chain is divided so that its largest part needs least. What patches compute again counts
against a budget: among the divisions of all chains whose largest part needs no more than a number
of bytes, those that compute least again are known by dynamic programming; the smallest number of
bytes within the budget is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects import func

from ...dialects import vpool
from ..analysis.cost import macs, shape_of
from ..memory.network import KernelNetwork
from ..memory.overlap import greedy, lower_bound_at, lower_bounds
from .chains import can_patch, chains_of, fuse, kernels_of, run_as
from .row_chain import AGAIN, GROUPS, PATCHES, ROWS, by_groups, executed_macs, is_fused
from .unpacked import NAME as UNPACKED
from .variants import DIRECT, ONE_PLANE, algorithm_of

FIXED = (DIRECT, UNPACKED)
"""Algorithms that no slower one is tried for: weights of straight-line code are inside of it."""

LONGEST = 9
"""Kernels that the search makes one of at most."""

WIDER = 1.25
"""How much wider at least the next tile is that patches are tried with."""


@dataclass(frozen=True)
class Choice:
    """What the search may do."""

    in_pool: bool
    """Whether inputs and outputs lie in the pool."""

    limit: int = 0
    """A pool of so many bytes is small enough."""

    recompute: float = 1.0
    """How many times the network's multiplications may be done."""

    direct: bool = False
    """Whether kernels may run with the direct algorithm where that needs less memory."""

    fuse: bool = True
    """Whether kernels may become one at all."""


@dataclass(frozen=True, order=True)
class Part:
    """A part of a chain: its first and last places, and how the kernel made of it runs."""

    first: int
    last: int
    algorithm: str = ""
    """Empty where a kernel stays as it is."""
    tile: tuple[int, ...] = ()
    again: int = 0
    """Multiplications that are done more often than once."""

    @property
    def slow(self) -> int:
        """How much the part costs instructions that are not counted by `again`, roughly."""
        return {GROUPS: 1, AGAIN: 1, ONE_PLANE: 1, DIRECT: 2}.get(self.algorithm, 0)


Costs = dict[Part, int]
"""What the step of a kernel needs that is made of a part of a chain."""

Parts = list[tuple[list[int], Part]]
"""Numbers of kernels to make one of, and how."""

Division = tuple[int, list[Part]]
"""What is computed again in a chain, and its parts."""


def needs(function: func.FuncOp, in_pool: bool) -> list[int]:
    """The least bytes that each kernel's step needs, from the tensors alive."""
    network = KernelNetwork(function, turn=True)
    problem = network.problem(in_pool)
    return lower_bounds(problem.buffers, problem.overlaps, len(network.kernels))


def need_of(function: func.FuncOp, kernel: vpool.KernelOp, in_pool: bool) -> int:
    """The least bytes that the step of one kernel needs."""
    network = KernelNetwork(function, turn=True, only=kernel)
    problem = network.problem(in_pool)
    step = network.kernels.index(kernel)
    return lower_bound_at(problem.buffers, problem.overlaps, step)


def placed(function: func.FuncOp, in_pool: bool) -> int:
    """The pool that a greedy placement finds."""
    problem = KernelNetwork(function, turn=True).problem(in_pool)
    return greedy(problem.buffers, problem.overlaps).size


def costs_of(function: func.FuncOp, chain: Sequence[int], choice: Choice) -> Costs:
    """The needs of all parts of a chain, row by row or as they are."""
    found: Costs = {}
    for first in range(len(chain)):
        copy = function.clone()
        kernels = kernels_of(copy)
        fused = kernels[chain[first]]
        for last in range(first, min(first + LONGEST, len(chain)) if choice.fuse else first + 1):
            if last > first:
                fused = fuse(fused, kernels[chain[last]])
            plain = fused.schedule
            algorithm = ROWS if last > first else ""
            found[Part(first, last, algorithm)] = need_of(copy, fused, choice.in_pool)
            if last > first and plain is not None:
                run_as(fused, GROUPS)
                if any(by_groups(fused)):
                    found[Part(first, last, GROUPS)] = need_of(copy, fused, choice.in_pool)
                fused.schedule = plain
    if choice.direct:
        copy = function.clone()
        for place, number in enumerate(chain):
            kernel = kernels_of(copy)[number]
            ways = (ONE_PLANE, DIRECT) if algorithm_of(kernel) == "planes" else (DIRECT,)
            for way in ways if not is_fused(kernel) and algorithm_of(kernel) not in FIXED else ():
                run_as(kernel, way)
                found[Part(place, place, way)] = need_of(copy, kernel, choice.in_pool)
    return found


def tiles_of(kernel: vpool.KernelOp) -> list[tuple[int, int]]:
    """The tiles that patches are tried with: whole rows, and equal parts of one row."""
    _, rows, columns, _ = shape_of(kernel.outputs[0])
    widths = list[int]()
    for count in range(columns, 0, -1):
        width = -(-columns // count)
        if not widths or width == columns > widths[-1] or width >= WIDER * widths[-1]:
            widths.append(width)
    return [(1, width) for width in widths] + [(h, columns) for h in (2, 4) if h < rows]


def grown(
    function: func.FuncOp, chain: Sequence[int]
) -> Iterator[tuple[Part, func.FuncOp, vpool.KernelOp]]:
    """All parts of a chain of two kernels and more, each as a kernel in a copy of the function.

    The next part is made of it: whoever changes the kernel does so for that one too.
    """
    for first in range(len(chain)):
        copy = function.clone()
        kernels = kernels_of(copy)
        fused = kernels[chain[first]]
        for last in range(first + 1, min(first + LONGEST, len(chain))):
            fused = fuse(fused, kernels[chain[last]])
            yield Part(first, last), copy, fused


def again_costs(function: func.FuncOp, chain: Sequence[int], choice: Choice, most: int) -> Costs:
    """The needs of all parts of a chain that compute something again: no more than so many
    products.
    """
    found: Costs = {}
    for part, copy, fused in grown(function, chain):
        run_as(fused, AGAIN)
        again = executed_macs(fused) - macs(fused)
        if any(by_groups(fused)) and again <= most:
            key = replace(part, algorithm=AGAIN, again=again)
            found[key] = need_of(copy, fused, choice.in_pool)
    for part, copy, fused in grown(function, chain):
        for tile in tiles_of(fused) if can_patch(fused) else ():
            again = executed_macs(fused, tile) - macs(fused)
            if again <= most:
                run_as(fused, PATCHES, tile)
                key = replace(part, algorithm=PATCHES, tile=tile, again=again)
                found[key] = need_of(copy, fused, choice.in_pool)
    return found


def divided(costs: Costs, length: int, price: Callable[[int], float]) -> Division:
    """The parts of a chain with the lowest sum of prices; among equal ones those that run fastest:
    little that is computed again, few that go through groups of channels, and many parts.
    """
    best: list[tuple[float, int, int, int, list[Part]]] = [(0.0, 0, 0, 0, [])]
    by_end: dict[int, list[Part]] = {}
    for part in costs:
        by_end.setdefault(part.last, []).append(part)
    for end in range(length):
        ways: list[tuple[float, int, int, int, list[Part]]] = []
        for part in by_end[end]:
            sum_, again, slow, parts, way = best[part.first]
            total = sum_ + price(costs[part])
            ways.append((total, again + part.again, slow + part.slow, parts - 1, [*way, part]))
        best.append(min(ways, key=lambda way: way[:4]))
    return best[-1][1], best[-1][4]


def smallest(costs: Costs, length: int) -> int:
    """The least that the largest part of a chain needs, over all ways to divide it."""
    best = [0] + [1 << 62] * length
    for part in sorted(costs, key=lambda part: part.last):
        best[part.last + 1] = min(best[part.last + 1], max(best[part.first], costs[part]))
    return best[-1]


def at_most(size: int) -> Callable[[int], float]:
    """The price of a step that may need so many bytes."""
    return lambda cost: float(max(0, cost - size))


@dataclass
class Search:
    """The chains of a function, what their parts need, and what may be computed again."""

    function: func.FuncOp
    choice: Choice

    def __post_init__(self) -> None:
        kernels, choice = kernels_of(self.function), self.choice
        least = 1 if choice.direct else 2
        self.chains = [c for c in chains_of(kernels) if len(c) >= least]
        self.costs = [costs_of(self.function, chain, choice) for chain in self.chains]
        inside = {kernel for chain in self.chains for kernel in chain}
        steps = needs(self.function, choice.in_pool)
        self.others = max([1, *(cost for k, cost in enumerate(steps) if k not in inside)])
        total = sum(macs(kernel) for kernel in kernels)
        self.budget = int((choice.recompute - 1) * total) if choice.fuse else 0

    def least(self) -> list[int]:
        """What the largest part of each chain needs at least."""
        pairs = zip(self.costs, self.chains, strict=True)
        return [smallest(costs, len(chain)) for costs, chain in pairs]

    def add_again(self) -> bool:
        """Compute again in the chains that need most, as long as others need less; whether there
        are such chains.
        """
        tried: set[int] = set()
        while self.budget > 0:
            sizes = self.least()
            largest = max([self.others, self.choice.limit, *sizes])
            worst = [n for n, size in enumerate(sizes) if size == largest and n not in tried]
            if not worst:
                break
            for n in worst:
                chain, choice = self.chains[n], self.choice
                self.costs[n] |= again_costs(self.function, chain, choice, self.budget)
                tried.add(n)
        return bool(tried)

    def divisions(self, price: Callable[[int], float]) -> list[Division]:
        """How each chain is divided at a price."""
        pairs = zip(self.costs, self.chains, strict=True)
        return [divided(costs, len(chain), price) for costs, chain in pairs]

    def affordable(self, divisions: Sequence[Division]) -> bool:
        """Whether no more is computed again than may be."""
        return sum(again for again, _ in divisions) <= self.budget

    def target(self) -> int:
        """The fewest bytes that all steps can do with, within the budget."""
        low = max([self.others, *self.least()])
        sizes = sorted({low, *(c for costs in self.costs for c in costs.values() if c > low)})
        first, last = 0, len(sizes) - 1
        while first < last:
            middle = (first + last) // 2
            if self.affordable(self.divisions(at_most(sizes[middle]))):
                last = middle
            else:
                first = middle + 1
        return sizes[first]

    def ways(self) -> Iterator[Parts]:
        """Ways to divide all chains that are worth a look: no more is fused than the limit takes,
        or the smallest largest step; or so that all parts need little, which may be easier to
        place.
        """
        least, limit = self.target(), self.choice.limit
        prices: list[Callable[[int], float]] = [at_most(least), lambda cost: (cost / least) ** 16]
        for price in [at_most(limit), *prices] if limit > least else prices:
            divisions = self.divisions(price)
            if self.affordable(divisions):
                yield self._parts(divisions)

    def _parts(self, divisions: Sequence[Division]) -> Parts:
        """The parts that change anything, with the numbers of their kernels."""
        return [
            (chain[part.first : part.last + 1], part)
            for chain, (_, parts) in zip(self.chains, divisions, strict=True)
            for part in parts
            if part.algorithm
        ]


def search(function: func.FuncOp, choice: Choice) -> Parts:
    """The kernels to make one of, so that the pool is smallest, or not above the limit; as few as
    possible for that.

    The placement decides, also whether to fuse at all, or to compute anything again.
    """
    found = Search(function, choice)
    if not found.chains:
        return []
    ways: list[Parts] = [[], *found.ways()]
    if found.add_again():
        ways += found.ways()
    return min(ways, key=lambda parts: (*_price(function, parts, choice), parts))


def _price(function: func.FuncOp, parts: Parts, choice: Choice) -> tuple[int, int, int, int]:
    """What counts of a way to fuse: the pool, then what costs instructions, then how much it is."""
    copy = function.clone()
    apply_parts(copy, parts)
    size = max(choice.limit, placed(copy, choice.in_pool))
    again, slow = sum(part.again for _, part in parts), sum(part.slow for _, part in parts)
    return size, again, slow, sum(len(kernels) for kernels, _ in parts)


def apply_parts(function: func.FuncOp, parts: Parts) -> None:
    """Make one kernel of each group of kernels."""
    kernels = kernels_of(function)
    for numbers, part in parts:
        fused = kernels[numbers[0]]
        for number in numbers[1:]:
            fused = fuse(fused, kernels[number])
        run_as(fused, part.algorithm, part.tile)
