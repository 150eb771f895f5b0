"""Comparing the outputs of a run with reference outputs in an `_io.npz` file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...dialects.errors import NnoptError
from .io import Array, file_key, load_npz
from .manifest import Manifest, Tensor


@dataclass(frozen=True)
class OutputComparison:
    """How one output differs from its reference, over all samples."""

    name: str
    samples: int
    max_abs_error: float
    max_rel_error: float
    """Largest absolute error, relative to the largest magnitude in the reference."""
    step: float
    """One quantization step of the output in units of the compared values; 0 for float outputs."""
    within_one_step: float
    """Fraction of elements that differ by no more than one step (float: that are equal)."""
    top1_agreement: float
    """Fraction of samples whose largest element is at the same place."""
    top1_agreement_clear: float
    """The same among samples whose reference is decided by more than one step; 1 if none is."""
    accuracy: float | None
    """Fraction of samples whose largest element is the label's, if the file has labels."""
    reference_accuracy: float | None

    def to_json(self) -> dict[str, object]:
        """Return the numbers as a JSON object."""
        return asdict(self)


def _step(tensor: Tensor, reference: Array) -> float:
    if reference.dtype.kind in "iu":
        return 1.0
    return tensor.encoding.scale if tensor.encoding is not None else 0.0


def compare_output(
    tensor: Tensor, values: Array, reference: Array, labels: Array | None = None
) -> OutputComparison:
    """Compare `values` with `reference`, both (N, *onnx_shape); `labels` has shape (N,)."""
    if values.shape != reference.shape:
        raise NnoptError(
            f"output {tensor.name!r} has shape {values.shape}, its reference {reference.shape}"
        )
    samples = len(values)
    got = values.astype(np.float64).reshape(samples, -1)
    wanted = reference.astype(np.float64).reshape(samples, -1)
    error = np.abs(got - wanted)
    step = _step(tensor, reference)
    largest = float(np.abs(wanted).max(initial=0.0))
    worst = float(error.max(initial=0.0))
    top, top_wanted = got.argmax(axis=1), wanted.argmax(axis=1)
    ordered = np.sort(wanted, axis=1)
    margin = ordered[:, -1] - ordered[:, -2] if wanted.shape[1] > 1 else np.zeros(samples)
    slack = step * (1 + 1e-5)  # float32 values of neighbouring steps are a rounding error apart
    clear = margin > slack
    same = top == top_wanted
    usable = labels is not None and wanted.shape[1] > 1
    return OutputComparison(
        name=tensor.name,
        samples=samples,
        max_abs_error=worst,
        max_rel_error=worst / largest if largest > 0 else worst,
        step=step,
        within_one_step=float((error <= slack).mean()),
        top1_agreement=float(same.mean()),
        top1_agreement_clear=float(same[clear].mean()) if clear.any() else 1.0,
        accuracy=float((top == labels).mean()) if usable else None,
        reference_accuracy=float((top_wanted == labels).mean()) if usable else None,
    )


def compare_with_references(
    manifest: Manifest, outputs: Mapping[str, Array], references: Mapping[str, Array]
) -> list[OutputComparison]:
    """Compare the outputs (not raw) that have a reference `out_<name>` among `references`.

    The references may hold more samples than were run: the first ones count.
    """
    comparisons: list[OutputComparison] = []
    for tensor in manifest.outputs:
        keys = (f"out_{tensor.name}", f"out_{file_key(tensor.name)}")
        reference = next((references[key] for key in keys if key in references), None)
        if reference is None or tensor.name not in outputs:
            continue
        values: Array = outputs[tensor.name]
        labels: Array | None = references.get("label")
        count: int = len(values)
        comparisons.append(
            compare_output(
                tensor, values, reference[:count], None if labels is None else labels[:count]
            )
        )
    return comparisons


def compare_with_io_npz(
    manifest: Manifest, outputs: Mapping[str, np.ndarray[Any, Any]], path: Path
) -> list[OutputComparison]:
    """Compare a run's outputs (not raw) with the `out_<name>` arrays of an `_io.npz` file.

    Raises NnoptError if the file cannot be read, has no reference for any output, or shapes differ.
    """
    comparisons = compare_with_references(manifest, outputs, load_npz(path))
    if not comparisons:
        names = ", ".join(f"out_{file_key(name)}" for name in outputs)
        raise NnoptError(f"{path} has no reference outputs ({names})")
    return comparisons
