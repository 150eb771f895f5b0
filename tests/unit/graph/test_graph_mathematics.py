"""Permutations, reshapes and minimum cuts against brute force."""

from itertools import permutations, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnopt.passes.graph.min_cut import CutProblem
from nnopt.passes.graph.permutations import (
    compose,
    inverse,
    is_view,
    permuted,
    reshape_groups,
    through_reshape,
)

shapes = st.lists(st.sampled_from([1, 1, 2, 3, 4]), min_size=1, max_size=5).map(tuple)


@st.composite
def shapes_with_permutation(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = draw(shapes)
    return shape, tuple(draw(st.permutations(range(len(shape)))))


def numbered(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape)


@given(shapes_with_permutation(), st.randoms())
def test_compose_and_inverse(case: tuple[tuple[int, ...], tuple[int, ...]], random: object) -> None:
    shape, p = case
    x = numbered(shape)
    q = tuple(reversed(range(len(shape))))
    assert np.array_equal(x.transpose(p).transpose(q), x.transpose(compose(p, q)))
    assert np.array_equal(x.transpose(p).transpose(inverse(p)), x)
    assert x.transpose(p).shape == permuted(shape, p)


@given(shapes_with_permutation())
def test_is_view_iff_no_element_moves(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    shape, p = case
    x = numbered(shape)
    assert is_view(shape, p) == np.array_equal(x.transpose(p).ravel(), x.ravel())


def reshapes_of(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    total = int(np.prod(shape))
    return [
        s for rank in (1, 2, 3, 4) for s in product(range(1, 5), repeat=rank) if np.prod(s) == total
    ]


@given(shapes_with_permutation(), st.data())
def test_a_permutation_goes_through_a_reshape_iff_the_data_allow_it(
    case: tuple[tuple[int, ...], tuple[int, ...]], data: st.DataObject
) -> None:
    shape, p = case
    candidates = reshapes_of(shape)
    if not candidates:
        return
    target = data.draw(st.sampled_from(candidates))
    x = numbered(shape)
    wanted = x.transpose(p).ravel()
    possible = [
        q
        for q in permutations(range(len(target)))
        if np.array_equal(x.reshape(target).transpose(q).ravel(), wanted)
    ]
    q = through_reshape(shape, target, p)
    assert q in possible if possible else q is None


def test_reshape_groups() -> None:
    assert reshape_groups((1, 12, 5), (3, 4, 1, 5)) == [([1], [0, 1]), ([2], [3])]
    assert reshape_groups((2, 3), (3, 2)) == [([0, 1], [0, 1])]
    assert reshape_groups((2, 3), (5,)) is None


def test_channels_last_keeps_the_height_of_one_dimensional_networks_in_place() -> None:
    assert through_reshape((1, 8, 5), (1, 8, 1, 5), (0, 2, 1)) == (0, 2, 3, 1)


@given(st.integers(1, 6), st.data())
def test_cut_is_the_minimum(size: int, data: st.DataObject) -> None:
    costs = st.integers(0, 9)
    unary = [(data.draw(costs), data.draw(costs)) for _ in range(size)]
    pairs: list[tuple[int, int, tuple[int, int, int, int]]] = []
    for _ in range(data.draw(st.integers(0, 8))):
        a, b = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
        if a != b:
            neither, both, more = data.draw(costs), data.draw(costs), data.draw(costs)
            only_b = data.draw(st.integers(0, neither + both))
            pairs.append((a, b, (neither, only_b, neither + both - only_b + more, both)))

    def cost(sides: tuple[bool, ...]) -> int:
        total = sum(u[side] for u, side in zip(unary, sides, strict=True))
        return total + sum(c[2 * sides[a] + sides[b]] for a, b, c in pairs)

    problem = CutProblem(size)
    for node, (if_false, if_true) in enumerate(unary):
        problem.prefer(node, cost_if_false=if_false, cost_if_true=if_true)
    for a, b, c in pairs:
        problem.pairwise(a, b, c)
    assignments = list(product((False, True), repeat=size))
    best = min(map(cost, assignments))
    sides = tuple(problem.solve())
    assert cost(sides) == best
    assert sum(sides) == min(sum(s) for s in assignments if cost(s) == best)
