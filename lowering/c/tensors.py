"""What C, and the tools that feed it, have to know of a network's tensors and layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Encoding:
    """Scale and zero point of an input or output held as integers."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class IoTensor:
    """An input or an output of the network, as the C sees it and as the model does."""

    role: str
    name: str
    c_name: str
    macro: str
    c_type: str
    dtype: str
    shape: tuple[int, ...]
    onnx_shape: tuple[int, ...]
    perm: tuple[int, ...] | None
    encoding: Encoding | None
    onnx_dtype: str
    offset: int | None = None
    """Bytes from the beginning of the arena, for a tensor that lies in it."""
    memory: int = 0
    """Number of that arena, where there are several."""
    base: int = 0
    """Bytes of all arenas before it."""
    strips: tuple[int, int] | None = None
    """How many rows are asked for at a time, and how many there are, for an input in no memory."""

    @property
    def elements(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @property
    def row_elements(self) -> int:
        """Elements of a row, for an input whose rows are asked for."""
        return self.elements // self.strips[1] if self.strips is not None else self.elements

    @property
    def brackets(self) -> str:
        """The shape as C array brackets."""
        return "".join(f"[{extent}]" for extent in self.shape)

    def manifest(self) -> dict[str, Any]:
        """The entry of `manifest.json`."""
        encoding = self.encoding
        return {
            "name": self.name,
            "c_name": self.c_name,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "onnx_shape": list(self.onnx_shape),
            "perm": list(self.perm) if self.perm else None,
            "encoding": {"scale": encoding.scale, "zero_point": encoding.zero_point}
            if encoding
            else None,
            "onnx_dtype": self.onnx_dtype,
            "arena_offset": None if self.offset is None else self.base + self.offset,
            **({"strips": list(self.strips)} if self.strips is not None else {}),
        }


@dataclass(frozen=True)
class Arena:
    """Memory that the caller gives, for everything between inputs and outputs."""

    name: str
    """What it is called where there are several, else empty."""
    c_name: str
    """The parameter of the run function."""
    pool: str
    """The same as bytes."""
    macro: str
    """What its size is called."""
    bytes: int
    base: int
    """Bytes of all arenas before it."""


@dataclass(frozen=True)
class LayerOutput:
    """The memory that holds a layer's result when the layer has run."""

    where: str
    """"arena", "output" or "state"."""
    index: int
    """Number of the output; 0 for the arena and the state."""
    offset: int
    """Bytes from the beginning of the arena, of the output's buffer or of the state. Several arenas
    count as one, one after the other."""
    bytes: int
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One kernel call of the run function."""

    index: int
    name: str
    op: str
    macs: int
    output: LayerOutput
