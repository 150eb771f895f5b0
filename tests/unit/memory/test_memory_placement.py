"""Placement of whole buffers: valid, aligned, deterministic, and as small as brute force finds."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnopt.passes.memory.overlap import OverlapPlacement, lower_bound
from nnopt.passes.memory.placement import Buffer, Placement, align
from nnopt.passes.memory.problem import STRATEGIES, Problem

Strategy = Callable[[Sequence[Buffer]], Placement]


def on_buffers(name: str) -> Strategy:
    """A strategy for buffers none of which may overlap."""
    return lambda given: STRATEGIES[name](Problem(tuple(range(len(given))), tuple(given), ()))


disjoint, first_fit, exact = (on_buffers(name) for name in ("disjoint", "first-fit", "exact"))


@st.composite
def buffers(draw: st.DrawFn, most: int = 10, largest: int = 60) -> Buffer:
    first = draw(st.integers(0, most))
    last = draw(st.integers(first, most + 3))
    return Buffer(draw(st.integers(1, largest)), first, last, draw(st.sampled_from([1, 4, 8])))


def check_valid(found: Placement, given_buffers: Sequence[Buffer]) -> None:
    ends = [o + b.size for o, b in zip(found.offsets, given_buffers, strict=True)]
    assert found.size == max(ends, default=0)
    assert found.size >= lower_bound(given_buffers)
    for i, a in enumerate(given_buffers):
        assert found.offsets[i] >= 0 and found.offsets[i] % a.alignment == 0
        for j, b in enumerate(given_buffers[:i]):
            apart = ends[i] <= found.offsets[j] or ends[j] <= found.offsets[i]
            assert apart or not a.meets(b)


def smallest(given_buffers: Sequence[Buffer]) -> int:
    """The smallest pool of all placements."""
    limit = first_fit(given_buffers).size
    ranges = [range(0, limit - b.size + 1, b.alignment) for b in given_buffers]
    best = limit
    for offsets in product(*ranges):
        ends = [o + b.size for o, b in zip(offsets, given_buffers, strict=True)]
        pairs = ((i, j) for i in range(len(offsets)) for j in range(i))
        if max(ends) < best and all(
            ends[i] <= offsets[j] or ends[j] <= offsets[i]
            for i, j in pairs
            if given_buffers[i].meets(given_buffers[j])
        ):
            best = max(ends)
    return best


@pytest.mark.parametrize("strategy", [disjoint, first_fit, exact])
@settings(max_examples=60, deadline=None)
@given(given_buffers=st.lists(buffers(), max_size=9))
def test_live_buffers_never_overlap(strategy: Strategy, given_buffers: list[Buffer]):
    found = strategy(given_buffers)
    check_valid(found, given_buffers)
    assert strategy(given_buffers) == found


@settings(max_examples=60, deadline=None)
@given(st.lists(buffers(), max_size=9))
def test_more_effort_is_never_worse(given_buffers: list[Buffer]):
    sizes = [s(given_buffers).size for s in (exact, first_fit, disjoint)]
    assert sizes == sorted(sizes)


@settings(max_examples=60, deadline=None)
@given(st.lists(buffers(most=3, largest=5), min_size=1, max_size=4))
def test_exact_is_the_smallest(given_buffers: list[Buffer]):
    found = exact(given_buffers)
    assert found.proven
    assert found.size == smallest(given_buffers)


@settings(max_examples=60, deadline=None)
@given(st.lists(buffers(most=3, largest=5), min_size=1, max_size=4))
def test_proven_is_not_claimed_wrongly(given_buffers: list[Buffer]):
    for strategy in (disjoint, first_fit):
        found = strategy(given_buffers)
        assert not found.proven or found.size == smallest(given_buffers)


def test_exact_finds_what_greedy_orders_miss():
    hard = [
        Buffer(6, 3, 6),
        Buffer(7, 2, 4),
        Buffer(4, 5, 6),
        Buffer(3, 1, 2),
        Buffer(5, 0, 3),
        Buffer(8, 6, 7),
    ]
    hard = [Buffer(b.size, b.first, b.last, 1) for b in hard]
    check_valid(exact(hard), hard)
    assert exact(hard).size <= first_fit(hard).size


def test_no_effort_gives_the_greedy_answer():
    given_buffers = [Buffer(4 * n, n % 3, n % 3 + n % 4) for n in range(1, 12)]
    problem = Problem(tuple(range(11)), tuple(given_buffers), ())
    found = problem.place(effort=0.0)
    check_valid(found, given_buffers)
    assert found.size <= first_fit(given_buffers).size


def test_alignment_costs_bytes_that_no_bound_counts():
    given_buffers = [Buffer(1, 0, 0, 4), Buffer(1, 0, 0, 4)]
    assert lower_bound(given_buffers) == 2
    found = exact(given_buffers)
    assert found.size == 5 and found.proven and sorted(found.offsets) == [0, 4]


def test_nothing_to_place():
    nothing = [s(Problem((), (), ())) for s in STRATEGIES.values()]
    assert nothing == [OverlapPlacement((), 0, True)] * 3


@pytest.mark.parametrize(("offset", "to", "expected"), [(0, 4, 0), (1, 4, 4), (8, 8, 8), (9, 1, 9)])
def test_align(offset: int, to: int, expected: int):
    assert align(offset, to) == expected
