"""Constant arrays as C text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spelling import float_literal, integer_literal


@dataclass(frozen=True)
class WeightArray:
    """A constant array: its C name, its element type, its values."""

    name: str
    c_type: str
    values: NDArray[Any]

    @property
    def is_finite(self) -> bool:
        """Whether no value is infinite or NaN, for which C has only macros."""
        return self.values.dtype.kind != "f" or bool(np.isfinite(self.values).all())

    @property
    def elements(self) -> int:
        """Number of elements."""
        return int(self.values.size)


def array_text(array: WeightArray, macro: str, linkage: str = "") -> str:
    """Definition of a constant array, sixteen (floats: six) values a line."""
    values = array.values
    if values.dtype.kind == "f":
        texts = _floats(values)
        per_line = 6
    elif values.dtype == np.int64 or values.dtype == np.int32:
        width = values.dtype.itemsize * 8
        texts = [integer_literal(v, width).text for v in values.tolist()]
        per_line = 8
    else:
        texts = [str(int(v)) for v in values.tolist()]
        per_line = 16
    rows = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    body = ",\n    ".join(rows)
    head = f"{linkage}const {array.c_type} {array.name}[{array.elements}]"
    return f"{head}{' ' + macro if macro else ''} = {{\n    {body},\n}};"


def _floats(values: NDArray[Any]) -> list[str]:
    """The shortest constant expressions of f32 values."""
    if not np.isfinite(values).all():
        return [_constant(v) for v in values.tolist()]
    return [f"{t}f" if ("." in t or "e" in t) else f"{t}.0f" for t in values.astype(str).tolist()]


def _constant(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return float_literal(value)
