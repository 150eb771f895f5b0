"""What a finished package says about itself: `manifest.json`, read and checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...dialects.errors import NnoptError

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "bool")
"""Element types that may cross the border of a package's C function."""

ONNX_DTYPES = (*DTYPES, "float16", "float64", "uint64")
"""Element types that an ONNX model may declare for its inputs and outputs."""


@dataclass(frozen=True)
class Encoding:
    """How stored integers q stand for reals: (q - zero_point) * scale."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class Tensor:
    """One input or output of the package's function."""

    name: str
    """The ONNX name."""
    c_name: str
    dtype: np.dtype[Any]
    """Element type in C."""
    shape: tuple[int, ...]
    """Shape in C."""
    onnx_shape: tuple[int, ...]
    perm: tuple[int, ...] | None
    """c_array = onnx_array.transpose(perm); None if the layouts agree."""
    encoding: Encoding | None
    onnx_dtype: np.dtype[Any]
    arena_offset: int | None = None
    """Where the tensor lies in the arena; None if it has memory of its own."""
    rows: int | None = None
    """How many rows may be asked for; None for a tensor that is in memory as a whole."""

    @property
    def bytes(self) -> int:
        """Size of one sample in C."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class State:
    """One tensor that the package keeps between calls."""

    tensor: Tensor
    """As the input that it is in ONNX."""
    output: str
    """The ONNX name of the output that becomes its next value."""
    offset: int
    """Bytes from the beginning of the state memory to the value that is read."""
    next_offset: int
    """The same to the value that is written."""


@dataclass(frozen=True)
class LayerOutput:
    """The memory that holds a layer's result as soon as the layer has run."""

    where: str
    """"arena", "output" or "state"."""
    index: int
    """Number of the output; 0 for the arena and the state."""
    offset: int
    """Bytes from the beginning of the arena, of the output's buffer or of the state."""
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Size of the result."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class Layer:
    """One layer of the generated code, in the order of execution."""

    index: int
    name: str
    op: str
    macs: int
    output: LayerOutput | None
    """None if the manifest does not tell."""


@dataclass(frozen=True)
class Manifest:
    """The checked content of a package's `manifest.json`."""

    folder: Path
    target: str
    entry: str
    header: str
    sources: tuple[str, ...]
    cflags: tuple[str, ...]
    arena_bytes: int
    arena_align: int
    scratch_bytes: int
    """Part of the arena that is scratch of kernels, 0 if the manifest does not tell."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[Layer, ...]
    memories: tuple[tuple[str, int], ...] = ()
    """Name and bytes of each arena, if there are several: addresses in the arena count them one
    after the other.
    """
    states: tuple[State, ...] = ()
    state_bytes: int = 0
    state_align: int = 4
    models: tuple[str, ...] = ()
    """C files that play the hardware of accelerators, for boards without it."""
    reset: str | None = None
    """The function that sets the states to zero; None without states."""

    def arena_at(self, offset: int) -> tuple[int, int]:
        """Number of the arena that an address lies in, and how far from its beginning."""
        number = 0
        for number, (_, size) in enumerate(self.memories):
            if offset < size:
                break
            if number + 1 < len(self.memories):
                offset -= size
        return number, offset


_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_C_FLAG = re.compile(
    r"-O[0-3sz]|-std=c\d\d|-f(?!plugin)[a-z0-9-]+(=[a-z0-9]+)?|-D[A-Za-z_]\w*(=\w*)?", re.ASCII
)
"""Options that change the code. Others name files or programs (-fplugin=, -specs=, -B, -wrapper): a
compiler would load or run what somebody wrote into a manifest."""


class _Fields:
    """Typed access to one JSON object, with errors that name the place."""

    def __init__(self, value: object, where: str):
        if not isinstance(value, dict):
            raise NnoptError(f"{where} is not a JSON object; compile the package again")
        self.values = cast(Mapping[str, object], value)
        self.where = where

    def wrong(self, key: str, wanted: str) -> NnoptError:
        return NnoptError(f"{self.where}: {key!r} must be {wanted}; compile the package again")

    def text(self, key: str, may_be_empty: bool = False) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not (value or may_be_empty):
            raise self.wrong(key, "a text")
        return value

    def identifier(self, key: str) -> str:
        value = self.text(key)
        if not _IDENTIFIER.fullmatch(value):
            raise self.wrong(key, "a C identifier")
        return value

    def number(self, key: str, least: int = 0, default: int | None = None) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(key, f"an integer of at least {least}")
        return value

    def items(self, key: str) -> list[object]:
        value = self.values.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return cast(list[object], value)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.items(key)
        if not all(isinstance(value, str) and value for value in values):
            raise self.wrong(key, "a list of texts")
        return cast(tuple[str, ...], tuple(values))

    def numbers(self, key: str) -> tuple[int, ...]:
        values = self.items(key)
        if not all(isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in values):
            raise self.wrong(key, "a list of integers of at least 0")
        return cast(tuple[int, ...], tuple(values))

    def dtype(self, key: str, choices: tuple[str, ...]) -> np.dtype[Any]:
        value = self.text(key)
        if value not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return np.dtype(value)


def _read_encoding(value: object, where: str) -> Encoding | None:
    if value is None:
        return None
    fields = _Fields(value, where)
    scale = fields.values.get("scale")
    zero_point = fields.values.get("zero_point", 0)
    if not isinstance(scale, int | float) or not scale > 0:
        raise fields.wrong("scale", "a positive number")
    if not isinstance(zero_point, int):
        raise fields.wrong("zero_point", "an integer")
    return Encoding(float(scale), zero_point)


def _read_strips(fields: _Fields) -> int:
    """The number of rows of an input whose rows are asked for."""
    numbers = fields.numbers("strips")
    shape = fields.numbers("shape")
    if len(numbers) != 2 or not numbers[1] or np.prod(shape, dtype=np.int64) % numbers[1]:
        raise fields.wrong("strips", "a number of rows at a time, and one of all rows")
    return numbers[1]


def _read_tensor(value: object, where: str) -> Tensor:
    fields = _Fields(value, where)
    onnx_shape = fields.numbers("onnx_shape")
    shape = fields.numbers("shape")
    perm = None if fields.values.get("perm") is None else fields.numbers("perm")
    if perm is not None and sorted(perm) != list(range(len(onnx_shape))):
        raise fields.wrong("perm", f"a permutation of the {len(onnx_shape)} ONNX axes")
    if np.prod(onnx_shape, dtype=np.int64) != np.prod(shape, dtype=np.int64):
        raise fields.wrong("shape", "as many elements as 'onnx_shape'")
    offset, strips = fields.values.get("arena_offset"), fields.values.get("strips")
    return Tensor(
        name=fields.text("name"),
        c_name=fields.identifier("c_name"),
        dtype=fields.dtype("dtype", DTYPES),
        shape=shape,
        onnx_shape=onnx_shape,
        perm=perm,
        encoding=_read_encoding(fields.values.get("encoding"), f"{where}: encoding"),
        onnx_dtype=fields.dtype("onnx_dtype", ONNX_DTYPES),
        arena_offset=None if offset is None else fields.number("arena_offset"),
        rows=None if strips is None else _read_strips(fields),
    )


def _read_state(value: object, where: str) -> State:
    fields = _Fields(value, where)
    tensor = _read_tensor(value, where)
    return State(
        tensor, fields.text("output"), fields.number("offset"), fields.number("next_offset")
    )


def _read_states(fields: _Fields, path: Path) -> dict[str, Any]:
    """The fields of the manifest that are about states."""
    if not fields.values.get("states"):
        return {}
    items = enumerate(fields.items("states"))
    align = fields.number("state_align", 1)
    if align & (align - 1):
        raise fields.wrong("state_align", "a power of two")
    return {
        "states": tuple(_read_state(item, f"{path}: states[{i}]") for i, item in items),
        "state_bytes": fields.number("state_bytes", 1),
        "state_align": align,
        "reset": fields.identifier("reset"),
    }


def _read_memories(fields: _Fields, path: Path) -> tuple[tuple[str, int], ...]:
    """The arenas of several memories; nothing where there is one."""
    if not fields.values.get("memories"):
        return ()
    items = [
        _Fields(item, f"{path}: memories[{i}]") for i, item in enumerate(fields.items("memories"))
    ]
    found = tuple((item.identifier("name"), item.number("bytes")) for item in items)
    if sum(size for _, size in found) != fields.number("arena_bytes"):
        raise fields.wrong("memories", "as large together as 'arena_bytes'")
    return found


def _read_layer(value: object, where: str) -> Layer:
    fields = _Fields(value, where)
    name = fields.text("name", may_be_empty=True)
    output = fields.values.get("output")
    return Layer(
        fields.number("index"),
        name,
        fields.text("op"),
        fields.number("macs"),
        None if output is None else _read_layer_output(output, f"{where}: output"),
    )


def _read_layer_output(value: object, where: str) -> LayerOutput:
    fields = _Fields(value, where)
    place = fields.text("where")
    if place not in ("arena", "output", "state"):
        raise fields.wrong("where", '"arena", "output" or "state"')
    return LayerOutput(
        where=place,
        index=fields.number("index"),
        offset=fields.number("offset"),
        dtype=fields.dtype("dtype", DTYPES),
        shape=fields.numbers("shape"),
    )


def _read_files(fields: _Fields, folder: Path) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    header, sources = fields.text("header"), fields.texts("sources")
    models = fields.texts("models") if "models" in fields.values else ()
    for name in (header, *sources, *models):
        if Path(name).name != name or not (folder / name).is_file():
            raise NnoptError(
                f"{folder}: the file {name} of the manifest is missing; compile the package again"
            )
    return header, sources, models


def read_manifest(folder: Path) -> Manifest:
    """Read `folder`/manifest.json.

    Raises NnoptError, naming the place, if the folder is no package, the JSON is damaged, a field
    is missing or senseless, or a file that the manifest lists is not there.
    """
    path = folder / "manifest.json"
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NnoptError(f"{folder} is not a compiled package: it has no manifest.json") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NnoptError(f"{path} cannot be read ({error}); compile the package again") from None
    fields = _Fields(content, str(path))
    header, sources, models = _read_files(fields, folder)
    cflags = fields.texts("cflags")
    if not all(_C_FLAG.fullmatch(flag) for flag in cflags):
        raise fields.wrong("cflags", "a list of compiler flags")
    align = fields.number("arena_align", 1)
    if align & (align - 1):
        raise fields.wrong("arena_align", "a power of two")

    def tensors(key: str) -> tuple[Tensor, ...]:
        items = enumerate(fields.items(key))
        return tuple(_read_tensor(item, f"{path}: {key}[{i}]") for i, item in items)

    layers = enumerate(fields.items("layers"))
    inputs, outputs = tensors("inputs"), tensors("outputs")
    for tensor in (*inputs, *outputs):
        if (tensor.arena_offset or 0) + tensor.bytes > fields.number("arena_bytes") and (
            tensor.arena_offset is not None
        ):
            raise fields.wrong("arena_bytes", f"enough to hold {tensor.name!r}")
    return Manifest(
        folder=folder,
        target=fields.text("target"),
        entry=fields.identifier("entry"),
        header=header,
        sources=sources,
        models=models,
        cflags=cflags,
        arena_bytes=fields.number("arena_bytes"),
        arena_align=align,
        scratch_bytes=fields.number("scratch_bytes", default=0),
        inputs=inputs,
        outputs=outputs,
        layers=tuple(_read_layer(item, f"{path}: layers[{i}]") for i, item in layers),
        memories=_read_memories(fields, path),
        **_read_states(fields, path),
    )
