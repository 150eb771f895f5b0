"""Interpreters of ops with indices that are known only at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import nn
from .nn_common import Array, maximum, minimum

STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda old, new: new,
    "add": np.add,
    "mul": np.multiply,
    "max": maximum,
    "min": minimum,
}


def positions(indices: Array, extent: int) -> Array:
    """Indices from the front: negative ones count from the end; all of them inside."""
    wide = indices.astype(np.int64)
    return np.clip(np.where(wide < 0, wide + extent, wide), 0, extent - 1)


def arg_extreme(x: Array, largest: bool, axis: int, last: bool) -> Array:
    """The index of the extreme element along an axis, which stays with size 1."""
    moved = np.moveaxis(x, axis, 0)
    best: Array = moved[0]
    where: Array = np.zeros(best.shape, np.int64)
    for index in range(1, moved.shape[0]):
        row: Array = moved[index]
        order: Any = (
            (np.greater_equal if last else np.greater)
            if largest
            else (np.less_equal if last else np.less)
        )
        better: Array = order(row, best)
        best, where = np.where(better, row, best), np.where(better, index, where)
    return np.expand_dims(where, axis)


def top_k(x: Array, largest: bool, axis: int, k: int) -> Array:
    """The indices of the k extreme elements: again and again the best of those that come after."""
    rows: Array = np.moveaxis(x, axis, -1)
    result: Array = np.zeros((*rows.shape[:-1], k), np.int64)
    for at in np.ndindex(*rows.shape[:-1]):
        row = rows[at]
        chosen: list[int] = []
        for place in range(k):
            best = -1
            for i, value in enumerate(row):
                better = best < 0 or (value > row[best] if largest else value < row[best])
                if i not in chosen and value == value and better:
                    best = i
            if best >= 0:
                chosen.append(best)
                result[at][place] = best
    return np.moveaxis(result, -1, axis)


@register_impls
class NnIndexingFunctions(InterpreterFunctions):
    """Implementations of the ops of `dialects/nn/indexing.py`."""

    @impl(nn.GatherOp)
    def gather(
        self, interpreter: Interpreter, op: nn.GatherOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Slices in the order of the indices."""
        axis = op.axis.value.data
        return (np.take(args[0], positions(args[1], args[0].shape[axis]), axis=axis),)

    @impl(nn.ScatterOp)
    def scatter(
        self, interpreter: Interpreter, op: nn.ScatterOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """One update after the other."""
        result, step = args[0].copy(), STEPS[op.kind.data]
        with np.errstate(all="ignore"):
            for row, update in zip(positions(args[1], len(result)), args[2], strict=True):
                result[row] = step(result[row], update)
        return (result,)

    @impl(nn.ArgExtremeOp)
    def arg_extreme(
        self, interpreter: Interpreter, op: nn.ArgExtremeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """The first or last of the best."""
        largest, last = op.kind.data == "max", op.last.value.data != 0
        return (arg_extreme(args[0], largest, op.axis.value.data, last),)

    @impl(nn.TopKOp)
    def top_k(
        self, interpreter: Interpreter, op: nn.TopKOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """In order."""
        largest = op.kind.data == "max"
        return (top_k(args[0], largest, op.axis.value.data, op.k.value.data),)
