"""Gather, scatter and indices of extremes, element by element."""

from typing import Any

import numpy as np
import pytest
from nn_ops import Array, run, value_like

from nnopt.dialects import nn


def place(index: int, extent: int) -> int:
    """Negative indices count from the end; beyond an end the nearest one is meant."""
    return min(max(index + extent if index < 0 else index, 0), extent - 1)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_gather(axis: int, dtype: Any):
    x = np.arange(24).reshape(2, 3, 4).astype(dtype)
    indices = np.array([[0, -1, 1], [-2, 100, -100]])
    found = run(nn.GatherOp(value_like(x), value_like(indices), axis), x, indices)
    axis %= 3
    for at in np.ndindex(*found.shape):
        index = int(indices[at[axis], at[axis + 1]])
        source = (*at[:axis], place(index, x.shape[axis]), *at[axis + 2 :])
        assert found[at] == x[source]


@pytest.mark.parametrize("kind", ["set", "add", "mul", "max", "min"])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_scatter(kind: str, dtype: Any):
    rng = np.random.default_rng(3)
    data, updates = (rng.integers(-9, 10, (n, 3)).astype(dtype) for n in (4, 7))
    rows = np.array([0, -1, 2, 0, 0, 50, -50])
    before = data.copy()
    found = run(
        nn.ScatterOp(value_like(data), value_like(rows), value_like(updates), kind),
        data, rows, updates,
    )  # fmt: skip
    assert np.array_equal(data, before)
    expected = data.copy()
    for index, update in zip(rows.tolist(), updates, strict=True):
        for column in range(3):
            old, new = expected[place(index, 4), column], update[column]
            choices = {"set": new, "add": old + new, "mul": old * new}
            choices |= {"max": max(old, new), "min": min(old, new)}
            expected[place(index, 4), column] = choices[kind]
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8])
def test_arg_extreme(kind: str, last: bool, dtype: Any):
    x = np.random.default_rng(4).integers(0, 4, (3, 7, 5)).astype(dtype)
    found = run(nn.ArgExtremeOp(value_like(x), kind, 1, last), x)
    for i, k in np.ndindex(3, 5):
        row: Array = x[i, :, k]
        places = np.flatnonzero(row == (row.max() if kind == "max" else row.min()))
        assert found[i, 0, k] == places[-1 if last else 0]


def test_comparisons_with_nan_are_false():
    x = np.array([[1.0, np.nan, 3.0, np.nan], [np.nan, 1.0, 2.0, 3.0]], np.float32)
    found = run(nn.ArgExtremeOp(value_like(x), "max", 1), x)
    assert found.tolist() == [[2], [0]]


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8])
def test_top_k(kind: str, dtype: Any):
    x = np.random.default_rng(5).integers(0, 4, (3, 7, 2)).astype(dtype)
    found = run(nn.TopKOp(value_like(x), kind, 1, 5), x)
    for i, k in np.ndindex(3, 2):
        row = x[i, :, k].astype(np.int64)
        order = np.argsort(-row if kind == "max" else row, kind="stable")
        assert found[i, :, k].tolist() == order[:5].tolist()


def test_nan_is_in_no_order():
    x = np.array([np.nan, 1.0, np.nan, 3.0], np.float32)
    assert run(nn.TopKOp(value_like(x), "max", 0, 4), x).tolist() == [3, 1, 0, 0]
