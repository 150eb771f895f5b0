"""Test splits and calibration samples of the data sets that the benchmark models belong to.

Each preparation turns the arrays of a data file into what the models of one task take as input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from ..run import load_npz

Array = NDArray[Any]
Arrays = Mapping[str, Array]

CALIBRATION_SAMPLES = 200


@dataclass(frozen=True)
class Split:
    """Samples (N, *input shape), where the input's batch is 1, in float32; classes (N,)."""

    samples: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, indices: Array) -> Split:
        """Some of the samples."""
        return Split(self.samples[indices], self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """What a model is calibrated and tested on."""

    test: Split
    training: Split | None
    """None where the data file has none."""

    def calibration(self, count: int = CALIBRATION_SAMPLES, seed: int = 0) -> Split:
        """`count` random samples of the training split; of the test split where there is none."""
        source = self.training or self.test
        order = np.random.default_rng(seed).permutation(len(source))
        return source.take(order[:count])

    def given_calibration(self, count: int = CALIBRATION_SAMPLES) -> Split | None:
        """The training samples that the models `_int8.onnx` were calibrated on: onnxruntime's
        static quantization makes the very same models of these. None without training samples.
        """
        if self.training is None:
            return None
        order = np.random.RandomState(0).permutation(len(self.training))
        return self.training.take(order[:count])


def _standardized(x: Array, mean: Array, std: Array) -> Array:
    return (x.astype(np.float32) - mean) / std


def _har(data: Arrays, split: str) -> Array:
    mean, std = data["mean"][:, None], data["std"][:, None]
    return _standardized(data[f"x_{split}"], mean, std)


def _fsdd(data: Arrays, split: str) -> Array:
    x = _standardized(data[f"mfcc_{split}"], data["mfcc_mean"], data["mfcc_std"])
    return x.transpose(0, 2, 1)


def _fsddlm(data: Arrays, split: str) -> Array:
    x = _standardized(data[f"logmel_{split}"], data["logmel_mean"], data["logmel_std"])
    return x[:, None]


def _images(data: Arrays, split: str) -> Array:
    return data[f"x_{split}"].transpose(0, 3, 1, 2).astype(np.float32) / 255


def _images_nhwc255(data: Arrays, split: str) -> Array:
    return data[f"x_{split}"].astype(np.float32)


def _keywords(data: Arrays, split: str) -> Array:
    x = data[f"x_{split}"].astype(np.float32) - data["zero_point"]
    return (x * data["scale"])[..., None]


def _as_it_is(data: Arrays, split: str) -> Array:
    return data["input" if split == "test" else f"input_{split}"].astype(np.float32)


PREPARATIONS: dict[str, Callable[[Arrays, str], Array]] = {
    "har": _har,
    "fsdd": _fsdd,
    "fsddlm": _fsddlm,
    "cifar": _images,
    "gtsrb": _images,
    "cifar_nhwc255": _images_nhwc255,
    "kws": _keywords,
    "npz": _as_it_is,
}
"""How inputs are made of a data file, by the task; `npz` takes the keys `input` and `label`."""


def read_samples(file: Path) -> Split:
    """Read calibration samples, the key `input`, without classes. Raises NnoptError."""
    samples = np.ascontiguousarray(_as_it_is(load_npz(file), "test"), np.float32)
    return Split(samples, np.zeros(len(samples), np.int64))


def read_dataset(file: Path, preparation: str) -> Dataset:
    """Read a data file. Raises NnoptError if it is missing or the preparation is unknown."""
    if preparation not in PREPARATIONS:
        raise NnoptError(
            f"preparation '{preparation}' is not known: choose one of {', '.join(PREPARATIONS)}"
        )
    prepare, data = PREPARATIONS[preparation], load_npz(file)
    label = "label" if preparation == "npz" else "y_test"
    if label not in data:
        raise NnoptError(f"'{file}' has no key '{label}'")

    def split(name: str, labels: Array) -> Split:
        samples = np.ascontiguousarray(prepare(data, name), np.float32)
        return Split(samples if preparation == "npz" else samples[:, None], labels)

    training = split("train", data["y_train"]) if "y_train" in data else None
    return Dataset(split("test", data[label]), training)
