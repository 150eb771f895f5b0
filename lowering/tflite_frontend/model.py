"""A checked TFLite model as plain Python data: what the handlers see instead of flatbuffers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Quantization:
    """How the integers of a tensor stand for reals: (q - zero_point) * scale."""

    scales: NDArray[np.float32]
    """One, or one per index of `axis`; all positive and finite."""
    zero_points: NDArray[np.int64]
    """As many as scales."""
    axis: int
    """Of no meaning for one scale."""

    @property
    def per_tensor(self) -> bool:
        """Whether there is one scale for all elements."""
        return self.scales.size == 1

    @property
    def scale(self) -> np.float32:
        """The first scale."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The first zero point."""
        return int(self.zero_points[0])


@dataclass(frozen=True)
class Tensor:
    """One tensor of a subgraph."""

    index: int
    name: str
    """Unique in the model."""
    dtype: np.dtype[Any] | None
    """None for the element types that are not read."""
    type_name: str
    """The element type as TFLite's schema has it."""
    shape: tuple[int, ...]
    free_axes: tuple[int, ...]
    """Dimensions that the model leaves open; `shape` has their default."""
    data: Array | None
    """The value of a constant."""
    quantization: Quantization | None
    problem: str = ""
    """Why the tensor cannot be used, empty if it can."""
    variable: bool = False
    """Whether an operator keeps its value for the next call in it."""


@dataclass(frozen=True)
class Operator:
    """One operator of a subgraph."""

    name: str
    """The name of its first output, else its kind and number; unique in the model."""
    kind: str
    """The builtin operator as TFLite's schema names it; `CUSTOM <name>` for others."""
    version: int
    inputs: tuple[int, ...]
    """Numbers of tensors; -1 for optional inputs that are left out."""
    outputs: tuple[int, ...]
    read: Callable[[str], Any]
    """Reads one option by its name in the schema; None where the operator has no options."""

    def has_input(self, index: int) -> bool:
        """Whether the optional input at this position is there."""
        return index < len(self.inputs) and self.inputs[index] >= 0

    def error(self, problem: str, advice: str = "") -> NnoptError:
        """The exception that says what is wrong with this operator and what to do about it."""
        return NnoptError(
            f"operator '{self.name}' ({self.kind}): {problem}" + (f"; {advice}" if advice else "")
        )

    def int_(self, name: str, default: int = 0) -> int:
        """An integer option (or the number of an enumeration)."""
        value = self.read(name)
        return default if value is None else int(value)

    def float_(self, name: str, default: float = 0.0) -> float:
        """A float option; its value is a float32 widened."""
        value = self.read(name)
        return default if value is None else float(value)

    def bool_(self, name: str, default: bool = False) -> bool:
        """A boolean option."""
        value = self.read(name)
        return default if value is None else bool(value)

    def ints(self, name: str) -> tuple[int, ...] | None:
        """A list of integers, None if it is not given."""
        value = self.read(name)
        if value is None or isinstance(value, int):
            return None
        return tuple(int(item) for item in np.asarray(value).reshape(-1))

    def normalize_axes(self, values: Sequence[int], rank: int) -> tuple[int, ...]:
        """Negative axes count from the end. Raises NnoptError when one is out of range."""
        for value in values:
            if not -rank <= value < rank:
                raise self.error(f"axis {value} is outside of a tensor of {rank} dimensions")
        return tuple(dict.fromkeys(value % rank for value in values))


@dataclass(frozen=True)
class Model:
    """A subgraph, by default the first of a file; its operators in the order of execution."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    initial: "tuple[Model, ...]" = ()
    """The subgraphs that run once, before the first call."""
