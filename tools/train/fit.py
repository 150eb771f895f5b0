"""Fitting parameters to a training split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from ..accuracy.datasets import Split
from .data import shifted
from .framework import Tensor, load_torch

Epoch = Callable[[float], None]
"""Called after every epoch with the mean loss."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: Adam, the rate falling to zero along a cosine."""

    epochs: int
    batch: int
    rate: float
    decay: float
    smoothing: float
    shift: int
    seed: int


def batches(
    split: Split, schedule: Schedule, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """One epoch of shuffled, shifted samples (B, *shape); an incomplete last batch is dropped."""
    order = rng.permutation(len(split))
    size = min(schedule.batch, len(order))
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        yield shifted(split.samples[chosen, 0], schedule.shift, rng), split.labels[chosen]


def fit(
    parameters: list[Tensor],
    forward: Callable[[Tensor], Tensor],
    split: Split,
    schedule: Schedule,
    done: Epoch,
    teacher: Callable[[Tensor], Tensor] | None = None,
    distill: float = 0.0,
) -> None:
    """Change parameters such that `forward` finds the classes of a split.

    With a `teacher`, `distill` is the weight of its outputs as targets. Raises NnoptError where the
    loss is no number any more.
    """
    torch = load_torch()
    functional = torch.nn.functional
    rng = np.random.default_rng(schedule.seed)
    steps = schedule.epochs * max(1, len(split) // schedule.batch)
    optimizer = torch.optim.Adam(parameters, lr=schedule.rate, weight_decay=schedule.decay)
    course = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(schedule.epochs):
        losses: list[float] = []
        for samples, labels in batches(split, schedule, rng):
            x = torch.from_numpy(samples)
            outputs = forward(x)
            loss = functional.cross_entropy(
                outputs, torch.from_numpy(labels), label_smoothing=schedule.smoothing
            )
            if teacher is not None and distill:
                with torch.no_grad():
                    targets = functional.softmax(teacher(x), dim=1)
                copied = functional.cross_entropy(outputs, targets)
                loss = (1 - distill) * loss + distill * copied
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            course.step()
            losses.append(float(loss.detach()))
        mean = math.fsum(losses) / len(losses)
        if not math.isfinite(mean):
            raise NnoptError("training diverged: the loss is no number; choose a smaller rate")
        done(mean)
