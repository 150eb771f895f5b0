"""Data of experiments: digits, named arrays, and what is wrong with them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools.accuracy.datasets import Split
from nnopt.tools.train.data import count_classes, read_splits, shifted
from nnopt.tools.train.experiment import DataChoice, Experiment

NPZ = DataChoice(source="npz", file="data.npz")


def good_arrays() -> dict[str, Any]:
    x = np.arange(60, dtype=np.uint8).reshape(5, 3, 4)
    y = np.array([0, 1, 2, 1, 0])
    return {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]}


def read(folder: Path, choice: DataChoice = NPZ, **changes: Any) -> tuple[Split, Split]:
    np.savez(folder / "data.npz", **{**good_arrays(), **changes})
    return read_splits(Experiment("x", folder, data=choice))


def test_named_arrays(tmp_path: Path) -> None:
    training, test = read(tmp_path)
    assert training.samples.shape == (5, 1, 3, 4) and training.samples.dtype == np.float32
    assert test.samples.shape == (2, 1, 3, 4) and test.labels.dtype == np.int64
    assert (training.samples[:, 0] == good_arrays()["x_train"]).all()
    assert count_classes(training, test) == 3


def test_other_names(tmp_path: Path) -> None:
    choice = DataChoice(source="npz", file="data.npz", train=("a", "b"), test=("a", "b"))
    training, test = read(tmp_path, choice, a=np.ones((2, 7)), b=np.array([1, 0], np.uint8))
    assert training.samples.shape == test.samples.shape == (2, 1, 7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y_train": np.zeros(4, int)}, "one integer for each of the 5 samples, not int64"),
        ({"y_train": np.zeros(5)}, "not float64 of shape (5,)"),
        ({"y_test": np.array([-1, 0])}, "numbered from 0"),
        ({"x_test": np.array(["a", "b"])}, "'x_test'"),
        ({"x_test": np.zeros((0, 3, 4))}, "holds no samples"),
        ({"x_train": np.full((5, 3, 4), np.nan)}, "not finite"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(NnoptError, match=r"data\.npz") as caught:
        read(tmp_path, NPZ, **changes)
    assert words in str(caught.value)


def test_a_name_that_is_not_there(tmp_path: Path) -> None:
    choice = DataChoice(source="npz", file="data.npz", test=("x", "y"))
    with pytest.raises(NnoptError, match=r"no array 'x', only x_test, x_train, y_test, y_train"):
        read(tmp_path, choice)


def test_shared_data_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNOPT_SHARED", str(tmp_path))
    choice = DataChoice(source="har", file="shared:data/har_uci.npz")
    with pytest.raises(NnoptError, match="set NNOPT_SHARED"):
        read_splits(Experiment("x", tmp_path, data=choice))


def test_digits_are_split_by_the_seed(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    training, test = read_splits(Experiment("x", tmp_path, seed=3))
    again, _ = read_splits(Experiment("x", tmp_path, seed=3))
    other, _ = read_splits(Experiment("x", tmp_path, seed=4))
    assert (len(training), len(test)) == (1258, 539)
    assert training.samples.shape[1:] == (1, 1, 8, 8) and training.samples.max() == 1
    assert (training.samples == again.samples).all()
    assert not (training.samples == other.samples).all()


@pytest.mark.parametrize("shape", [(6, 2, 9), (6, 2, 5, 9)])
def test_shifts_move_by_so_much_at_most(shape: tuple[int, ...]) -> None:
    samples = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
    moved = shifted(samples, 2, np.random.default_rng(0))
    assert moved.shape == shape and not (moved == samples).all()
    for before, after in zip(samples, moved, strict=True):
        there = np.argwhere(after > 0)
        offsets = [place - np.argwhere(before == after[tuple(place)])[0] for place in there]
        assert len({tuple(offset) for offset in offsets}) == 1
        assert offsets[0][0] == 0 and (np.abs(offsets[0]) <= 2).all()


def test_rows_of_features_are_not_shifted() -> None:
    samples = np.ones((4, 7), np.float32)
    assert shifted(samples, 2, np.random.default_rng(0)) is samples
