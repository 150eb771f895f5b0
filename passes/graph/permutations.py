"""Arithmetic of axis permutations, as numpy's `transpose` uses them. No xDSL in here.

A permutation is a tuple p; `x.transpose(p)` has the axis p[i] of x as its axis i.
"""

from __future__ import annotations

from collections.abc import Sequence

Permutation = tuple[int, ...]


def identity(rank: int) -> Permutation:
    """Return the permutation that changes nothing."""
    return tuple(range(rank))


def compose(first: Sequence[int], second: Sequence[int]) -> Permutation:
    """Return p with x.transpose(p) == x.transpose(first).transpose(second)."""
    return tuple(first[i] for i in second)


def inverse(permutation: Sequence[int]) -> Permutation:
    """Return p with x.transpose(permutation).transpose(p) == x."""
    result = [0] * len(permutation)
    for position, axis in enumerate(permutation):
        result[axis] = position
    return tuple(result)


def permuted(values: Sequence[int], permutation: Sequence[int]) -> tuple[int, ...]:
    """Return what is listed per axis (a shape, say) in the order of the permuted axes."""
    return tuple(values[axis] for axis in permutation)


def is_view(shape: Sequence[int], permutation: Sequence[int]) -> bool:
    """Return whether transposing moves no data: only axes of size 1 change places."""
    axes = [axis for axis in permutation if shape[axis] != 1]
    return axes == sorted(axes)


def reshape_groups(
    source: Sequence[int], target: Sequence[int]
) -> list[tuple[list[int], list[int]]] | None:
    """Return the smallest groups of axes that a row-major reshape maps onto each other.

    Axes of size 1 are left out. For (1, 12, 5) -> (3, 4, 1, 5): [([1], [0, 1]), ([2], [3])].
    None when a tensor is empty or the sizes do not fit.
    """
    left = [a for a, size in enumerate(source) if size != 1]
    right = [a for a, size in enumerate(target) if size != 1]
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        group = ([left[i]], [right[j]])
        a, b = source[left[i]], target[right[j]]
        i, j = i + 1, j + 1
        while a != b:
            if a < b and i < len(left):
                a, i = a * source[left[i]], (group[0].append(left[i]), i + 1)[1]
            elif b < a and j < len(right):
                b, j = b * target[right[j]], (group[1].append(right[j]), j + 1)[1]
            else:
                return None
        groups.append(group)
    return groups if i == len(left) and j == len(right) else None


def through_reshape(
    source: Sequence[int], target: Sequence[int], permutation: Sequence[int]
) -> Permutation | None:
    """Return q such that reshaping commutes with transposing: q on the target, for p on the source.

    `x.reshape(target).transpose(q)` holds the same elements in the same order as
    `x.transpose(permutation)`. None when the permutation tears apart axes that are merged or split
    together.
    """
    groups = reshape_groups(source, target)
    if groups is None:
        return None
    by_first = {group[0][0]: group for group in groups}
    order = [axis for axis in permutation if source[axis] != 1]
    axes: list[int] = []
    while order:
        group = by_first.get(order[0])
        if group is None or order[: len(group[0])] != group[0]:
            return None
        order = order[len(group[0]) :]
        axes.extend(group[1])
    return _with_unit_axes(target, axes)


def _with_unit_axes(shape: Sequence[int], axes: Sequence[int]) -> Permutation:
    """Complete an order of the axes that are not 1: others come before their next one, or lead."""
    pending: list[int] = []
    before: dict[int, list[int]] = {}
    leading: list[int] | None = None
    for axis, size in enumerate(shape):
        if size == 1:
            pending.append(axis)
            continue
        if leading is None:
            leading, pending = pending, []
        before[axis], pending = pending, []
    result = list(leading or [])
    for axis in axes:
        result += [*before[axis], axis]
    return tuple(result + pending)
