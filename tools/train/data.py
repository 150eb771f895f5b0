"""Training and test splits of an experiment."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from ..accuracy.datasets import Dataset, Split, read_dataset
from ..run import load_npz
from .experiment import DataChoice, Experiment

ROOT = Path(__file__).resolve().parents[2]
PIXEL_MAX = 16.0
"""Of scikit-learn's digits, whose pixels become 0..1."""


def read_splits(experiment: Experiment) -> tuple[Split, Split]:
    """Training and test samples (N, 1, *sample shape) and classes. Raises NnoptError."""
    data = experiment.data
    if data.source == "digits":
        return _digits(data, experiment.seed)
    file = _resolve(data.file, experiment.folder)
    if data.source == "npz":
        return _arrays(file, data.train), _arrays(file, data.test)
    dataset: Dataset = read_dataset(file, data.source)
    if dataset.training is None:
        raise NnoptError(f"'{file}' has no training split")
    return _checked(dataset.training, file), _checked(dataset.test, file)


def _resolve(text: str, folder: Path) -> Path:
    if text.startswith("shared:"):
        shared = Path(os.environ.get("NNOPT_SHARED", ROOT.parent / "shared"))
        file = shared / text.removeprefix("shared:")
        if not file.is_file():
            raise NnoptError(f"there is no file {file}: set NNOPT_SHARED to the folder of the data")
        return file
    return folder / text


def _digits(data: DataChoice, seed: int) -> tuple[Split, Split]:
    """The digits bundled with scikit-learn, split at random."""
    try:
        datasets: Any = import_module("sklearn.datasets")
    except ImportError as error:
        raise NnoptError(
            "data.source 'digits' needs scikit-learn: pip install 'nnopt[train]'"
        ) from error
    bundle = datasets.load_digits()
    samples = np.asarray(bundle.images, np.float32)[:, None, None] / np.float32(PIXEL_MAX)
    labels = np.asarray(bundle.target, np.int64)
    order = np.random.default_rng(seed).permutation(len(samples))
    count = round(len(samples) * data.test_share)
    whole = Split(samples, labels)
    return whole.take(order[count:]), whole.take(order[:count])


def _arrays(file: Path, names: tuple[str, ...]) -> Split:
    """Samples and classes by name."""
    arrays = load_npz(file)
    for name in names:
        if name not in arrays:
            raise NnoptError(f"'{file}' has no array '{name}', only {', '.join(sorted(arrays))}")
    samples, labels = (arrays[name] for name in names)
    if samples.dtype.kind not in "fiu":
        raise NnoptError(f"'{names[0]}' of '{file}' holds {samples.dtype}, not numbers")
    return _checked(Split(np.ascontiguousarray(samples, np.float32)[:, None], labels), file)


def _checked(split: Split, file: Path) -> Split:
    labels: NDArray[Any] = split.labels
    if len(split.samples) == 0 or split.samples.ndim < 3:
        raise NnoptError(f"'{file}' holds no samples (N, ...)")
    if not np.isfinite(split.samples).all():
        raise NnoptError(f"'{file}' holds samples that are not finite")
    if labels.shape != (len(split.samples),) or labels.dtype.kind not in "iu":
        raise NnoptError(
            f"'{file}': classes must be one integer for each of the {len(split.samples)} samples, "
            f"not {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0:
        raise NnoptError(f"'{file}': classes are numbered from 0")
    return Split(split.samples, labels.astype(np.int64))


def count_classes(*splits: Split) -> int:
    """How many classes there are, numbered from 0."""
    return int(max(split.labels.max() for split in splits)) + 1


def shifted(
    samples: NDArray[np.float32], most: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Samples (N, channels, ...), each moved by up to `most` positions along its last axes."""
    if most == 0 or samples.ndim < 3:
        return samples
    axes = samples.ndim - 2
    padded = np.pad(samples, [(0, 0), (0, 0), *[(most, most)] * axes])
    starts = rng.integers(0, 2 * most + 1, (len(samples), axes))
    moved = np.empty_like(samples)
    for index, start in enumerate(starts):
        windows = (slice(s, s + n) for s, n in zip(start, samples.shape[2:], strict=True))
        moved[index] = padded[(index, slice(None), *windows)]
    return moved
