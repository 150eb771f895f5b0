"""From the bytes of a .tflite file to a `Model`: the only file that knows flatbuffers.

The parser is the PyPI package `tflite`, generated from TFLite's schema. Flatbuffers are read in
place by offsets that the file gives, so that damage shows as any exception at any access: all of
them become one NnoptError here.
"""

import math
import struct
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from .model import Array, Model, Operator, Quantization, Tensor

MAX_TENSORS = 100_000
MAX_OPERATORS = 20_000
WITHOUT_OUTPUT = ("ASSIGN_VARIABLE", "CALL_ONCE")
MAX_RANK = 8
MAX_ELEMENTS = (1 << 31) - 1

DTYPES: dict[str, type[np.generic]] = {
    "FLOAT32": np.float32,
    "FLOAT16": np.float16,
    "INT8": np.int8,
    "UINT8": np.uint8,
    "INT16": np.int16,
    "UINT16": np.uint16,
    "INT32": np.int32,
    "INT64": np.int64,
    "BOOL": np.bool_,
}
"""The element types that are read."""

_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
    struct.error,
)
"""What reading garbage raises."""


@cache
def _schema() -> Any:
    return import_module("tflite")


@cache
def names_of(enumeration: str) -> dict[int, str]:
    """Number to name of an enumeration of the schema."""
    holder: Any = getattr(_schema(), enumeration)
    members: dict[str, Any] = {name: getattr(holder, name) for name in dir(holder)}
    return {value: name for name, value in members.items() if isinstance(value, int)}


@contextmanager
def reading(what: str) -> Generator[None]:
    """Turn whatever reading a damaged file raises into an NnoptError."""
    try:
        yield
    except NnoptError:
        raise
    except _DAMAGE as error:
        detail = " ".join(str(error).split())[:120] or type(error).__name__
        raise NnoptError(f"{what} is damaged and cannot be read as a TFLite model: {detail}") from (
            error
        )


def parse_bytes(data: bytes, source: str) -> Model:
    """Read a model. Raises NnoptError when it is none, or not one that can be used at all."""
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise NnoptError(
            f"{source} is no TFLite model (its bytes 4 to 7 are not 'TFL3'); is the file complete?"
        )
    with reading(source):
        model = _schema().Model.GetRootAs(data, 0)
        if model.Version() != 3:
            raise NnoptError(f"{source} uses version {model.Version()} of TFLite's schema, not 3")
        if model.SubgraphsLength() < 1:
            raise NnoptError(f"{source} holds no graph")
        return _Reader(model, data, source).read()


@dataclass
class _Reader:
    model: Any
    data: bytes
    source: str

    def read(self) -> Model:
        """The first subgraph, and those that it runs once."""
        main = self._graph(0)
        once = [op for op in main.operators if op.kind == "CALL_ONCE"]
        numbers = dict.fromkeys(op.int_("InitSubgraphIndex") for op in once)
        for number in numbers:
            if not 0 < number < self.model.SubgraphsLength():
                raise NnoptError(f"{self.source} is damaged: there is no subgraph {number}")
        return replace(main, initial=tuple(self._graph(number) for number in numbers))

    def _graph(self, number: int) -> Model:
        graph = self.model.Subgraphs(number)
        count = graph.TensorsLength()
        if count > MAX_TENSORS or graph.OperatorsLength() > MAX_OPERATORS:
            raise NnoptError(
                f"{self.source} claims {count} tensors and {graph.OperatorsLength()} operators; "
                "this is no network for a microcontroller"
            )
        taken: set[str] = set()
        tensors = tuple(self._tensor(graph.Tensors(i), i, taken) for i in range(count))
        made: set[str] = set()
        operators = tuple(
            self._operator(graph.Operators(i), i, tensors, made)
            for i in range(graph.OperatorsLength())
        )
        return Model(
            name=_text(graph.Name()) or "main",
            tensors=tensors,
            operators=operators,
            inputs=self._indices(_numbers(graph, "Inputs"), count, "an input of the graph"),
            outputs=self._indices(_numbers(graph, "Outputs"), count, "an output of the graph"),
        )

    def _indices(self, values: NDArray[np.int64], count: int, what: str) -> tuple[int, ...]:
        for value in values:
            if not 0 <= value < count:
                raise NnoptError(
                    f"{self.source} is damaged: {what} is tensor {value}, but there are {count}"
                )
        return tuple(int(v) for v in values)

    # Tensors

    def _tensor(self, tensor: Any, index: int, taken: set[str]) -> Tensor:
        name = _unique(_text(tensor.Name()) or f"tensor {index}", taken)
        type_name = names_of("TensorType").get(tensor.Type(), f"type {tensor.Type()}")
        declared = _numbers(tensor, "Shape")
        shape = tuple(int(d) for d in declared)
        elements = math.prod(shape)
        signature = _numbers(tensor, "ShapeSignature")
        free = tuple(int(i) for i in np.flatnonzero(signature < 0)) if signature.size else ()
        problem = ""
        if len(shape) > MAX_RANK or any(d < 0 for d in shape) or elements > MAX_ELEMENTS:
            problem = f"has dimensions {list(shape)[:10]}, which is not supported"
        elif tensor.Sparsity() is not None:
            problem = "is stored sparsely; convert the model without sparsity"
        dtype = DTYPES.get(type_name)
        values = None
        if not problem:
            values, problem = self._values(tensor, shape, dtype)
        quantization = None
        if not problem:
            quantization, problem = _quantization(tensor.Quantization(), shape)
        return Tensor(
            index=index,
            name=name,
            dtype=None if dtype is None else np.dtype(dtype),
            type_name=type_name,
            shape=shape,
            free_axes=free,
            data=values,
            quantization=quantization,
            problem=problem,
            variable=bool(tensor.IsVariable()),
        )

    def _values(
        self, tensor: Any, shape: tuple[int, ...], dtype: type[np.generic] | None
    ) -> tuple[Array | None, str]:
        """The constant that a tensor holds, if it does, or what is wrong with it."""
        number = tensor.Buffer()
        if number >= self.model.BuffersLength():
            return None, f"is in buffer {number}, which does not exist"
        buffer = self.model.Buffers(number)
        if buffer.DataLength() == 0 and buffer.Offset() <= 1:
            return None, ""
        if buffer.Offset() > 1:
            end = buffer.Offset() + buffer.Size()
            raw = np.frombuffer(self.data, np.uint8)[buffer.Offset() : end]
            if raw.size != buffer.Size():
                return None, f"is in bytes {buffer.Offset()} to {end}, beyond the end of the file"
        else:
            raw = np.asarray(buffer.DataAsNumpy(), np.uint8)
        if dtype is None:
            return None, ""
        wanted = math.prod(shape) * np.dtype(dtype).itemsize
        if raw.size != wanted:
            return None, f"holds {raw.size} bytes, its dimensions {list(shape)} need {wanted}"
        values = np.frombuffer(raw.tobytes(), np.dtype(dtype).newbyteorder("<"))
        return values.astype(dtype).reshape(shape), ""

    # Operators

    def _operator(
        self, op: Any, index: int, tensors: Sequence[Tensor], taken: set[str]
    ) -> Operator:
        code = self.model.OperatorCodes(op.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = names_of("BuiltinOperator").get(number, f"operator {number}")
        if kind == "CUSTOM":
            kind = f"CUSTOM {_text(code.CustomCode())}"
        count = len(tensors)
        outputs = self._indices(_numbers(op, "Outputs"), count, f"an output of operator {index}")
        raw_inputs = _numbers(op, "Inputs")
        self._indices(raw_inputs[raw_inputs >= 0], count, f"an input of operator {index}")
        if not outputs and kind not in WITHOUT_OUTPUT:
            raise NnoptError(f"{self.source} is damaged: operator {index} ({kind}) has no output")
        return Operator(
            name=_unique(tensors[outputs[0]].name if outputs else f"{kind} {index}", taken),
            kind=kind,
            version=int(code.Version()),
            inputs=tuple(max(int(v), -1) for v in raw_inputs),
            outputs=outputs,
            read=_option_reader(op, kind, self.source),
        )


def _option_reader(op: Any, kind: str, source: str) -> Callable[[str], Any]:
    """A function that reads one field of an operator's options."""
    table = op.BuiltinOptions()
    name = names_of("BuiltinOptions").get(op.BuiltinOptionsType(), "NONE")
    if table is None or name == "NONE":
        return lambda _: None
    options = getattr(_schema(), name)()
    options.Init(table.Bytes, table.Pos)

    def read(field: str) -> Any:
        with reading(f"{source}: an option of {kind}"):
            vector = getattr(options, f"{field}AsNumpy", None)
            method = vector or getattr(options, field, None)
            return None if method is None else method()

    return read


def _quantization(table: Any, shape: tuple[int, ...]) -> tuple[Quantization | None, str]:
    """Scales and zero points, None for a tensor without; or what is wrong with them."""
    if table is None or table.ScaleLength() == 0:
        return None, ""
    scales = np.asarray(table.ScaleAsNumpy(), np.float32)
    zero_points = np.zeros(scales.size, np.int64)
    if table.ZeroPointLength():
        given = np.asarray(table.ZeroPointAsNumpy(), np.int64)
        if given.size not in (1, scales.size):
            return None, f"has {scales.size} scales, but {given.size} zero points"
        zero_points = np.broadcast_to(given, scales.shape).astype(np.int64)
    axis = int(table.QuantizedDimension())
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        return None, "has a scale that is not a positive number"
    if scales.size > 1 and not (0 <= axis < len(shape) and shape[axis] == scales.size):
        return None, f"has {scales.size} scales along axis {axis} of dimensions {list(shape)}"
    return Quantization(scales, zero_points, axis), ""


def _numbers(table: Any, field: str) -> NDArray[np.int64]:
    """A vector of integers; empty if it is not given."""
    if getattr(table, f"{field}Length")() == 0:
        return np.zeros(0, np.int64)
    return np.asarray(getattr(table, f"{field}AsNumpy")(), np.int64)


def _text(value: Any) -> str:
    return "" if value is None else bytes(value).decode("utf-8", "replace")


def _unique(name: str, taken: set[str]) -> str:
    """The name, or the name with a number where it is taken."""
    chosen, number = name, 1
    while chosen in taken:
        number += 1
        chosen = f"{name}#{number}"
    taken.add(chosen)
    return chosen
