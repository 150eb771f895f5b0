"""Gestures of a hand that holds an accelerometer: recorded ones if there are, or synthetic ones.

A gesture is 128 samples of three axes, 25 a second, in units of g: (128, 3) float32. The recorded
ones are those of the magic wand of TensorFlow Lite Micro, as the shared material has them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = ("wing", "ring", "slope", "negative")
SAMPLES, AXES = 128, 3
SEED = 20260101

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Gestures:
    """Windows (N, 128, 3), their classes, and where they are from."""

    windows: Floats
    labels: Labels
    source: str


def _path(kind: int, t: NDArray[Any]) -> NDArray[Any]:
    """The hand's way through the plane, for t from 0 to 1: (len(t), 2)."""
    if kind == 0:  # a W: down, up, down, up
        return np.stack([2 * t - 1, np.abs(np.abs(4 * t - 2) - 1) * 2 - 1], axis=1)
    if kind == 1:  # a circle
        return np.stack([np.sin(2 * np.pi * t), 1 - np.cos(2 * np.pi * t)], axis=1)
    # down a slope, and along
    corner = np.clip(2 * t, 0, 1)
    return np.stack([np.where(t < 0.5, -corner, 4 * t - 3), 1 - 2 * corner], axis=1)


def _window(kind: int, rng: np.random.Generator) -> NDArray[Any]:
    """One synthetic recording: gravity, tremor, and the acceleration of the gesture's way."""
    gravity = rng.normal(size=3)
    window = np.tile(gravity / np.linalg.norm(gravity) * 0.3 + [0, 0, 0.9], (SAMPLES, 1))
    window += rng.normal(scale=0.04, size=window.shape)
    if kind == 3:  # something else: slow drifts and a jerk
        drift = np.cumsum(rng.normal(scale=0.03, size=window.shape), axis=0)
        start = int(rng.integers(0, SAMPLES - 10))
        window[start : start + 8] += rng.normal(scale=1.0, size=3) * rng.integers(0, 2)
        return window + drift
    length = int(rng.integers(60, 110))
    start = int(rng.integers(0, SAMPLES - length + 1))
    way = _path(kind, np.linspace(0, 1, length + 2))
    smooth = np.ones(7) / 7
    way = np.stack([np.convolve(way[:, a], smooth, "same") for a in range(2)], axis=1)
    push = np.diff(way, 2, axis=0) * (length / 2) ** 1.5 * rng.uniform(0.15, 0.3)
    window[start : start + length, :2] += push
    return window


def synthetic(count: int, seed: int) -> Gestures:
    """So many synthetic gestures, all classes in turn."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    windows = np.stack([_window(int(kind), rng) for kind in labels])
    return Gestures(
        np.clip(windows, -4, 4).astype(np.float32), labels.astype(np.uint8), "synthetic gestures"
    )


def recorded(split: str) -> Gestures | None:
    """The recorded ones of a split, train or test; None where the shared material is not there."""
    default = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("NNOPT_SHARED", default)) / "data" / "magic_wand.npz"
    if not path.is_file():
        return None
    with np.load(path) as data:
        assert tuple(data["classes"]) == CLASSES
        windows = data[f"x_{split}"].astype(np.float32).reshape(-1, SAMPLES, AXES)
        return Gestures(windows, data[f"y_{split}"].astype(np.uint8), "recorded gestures")


def test_gestures() -> Gestures:
    """What the demonstration streams: the recorded test split, or as many synthetic ones, in a
    random order.
    """
    found = recorded("test") or synthetic(72, SEED + 1)
    order = np.random.default_rng(SEED).permutation(len(found.labels))
    return Gestures(found.windows[order], found.labels[order], found.source)
