"""TFLite models written with the flatbuffer builder, and what TFLite's reference kernels make of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from nnopt.tools.tflite_values import reference_interpreter

Array = NDArray[Any]
schema: Any = import_module("tflite")
flatbuffers: Any = import_module("flatbuffers")

TYPES = {
    "float32": "FLOAT32",
    "float16": "FLOAT16",
    "int8": "INT8",
    "uint8": "UINT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "bool": "BOOL",
}

VERSIONS = {"BROADCAST_TO": 2}
"""Of operators that TFLite has no first version of."""

Scale = float | Sequence[float] | NDArray[np.floating]


@dataclass
class _Tensor:
    name: str
    shape: tuple[int, ...]
    dtype: str
    data: Array | None
    scales: list[float]
    zero_points: list[int]
    axis: int
    signature: tuple[int, ...] | None
    variable: bool = False


@dataclass
class _Operator:
    kind: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: str | None
    fields: Mapping[str, Any]


@dataclass
class ModelBuilder:
    """Collects tensors and operators, then writes them as a .tflite file."""

    tensors: list[_Tensor] = field(default_factory=list[_Tensor])
    operators: list[_Operator] = field(default_factory=list[_Operator])
    inputs: list[int] = field(default_factory=list[int])
    outputs: list[int] = field(default_factory=list[int])
    further: list[ModelBuilder] = field(default_factory=list["ModelBuilder"])
    """More subgraphs."""

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "int8",
        scale: Scale | None = None,
        zero_point: int = 0,
        *,
        name: str | None = None,
        data: Array | None = None,
        axis: int = 0,
        signature: Sequence[int] | None = None,
        variable: bool = False,
    ) -> int:
        """Add a tensor; with several scales they are along `axis`. Returns its number."""
        scales = [] if scale is None else [float(s) for s in np.atleast_1d(np.asarray(scale))]
        self.tensors.append(
            _Tensor(
                name or f"t{len(self.tensors)}",
                tuple(shape),
                dtype,
                data,
                scales,
                [zero_point] * len(scales),
                axis,
                None if signature is None else tuple(signature),
                variable,
            )
        )
        return len(self.tensors) - 1

    def input(self, *args: Any, **options: Any) -> int:
        """Add a tensor that is an input of the graph."""
        number = self.tensor(*args, **options)
        self.inputs.append(number)
        return number

    def constant(self, data: Array, scale: Scale | None = None, **options: Any) -> int:
        """Add a constant tensor."""
        return self.tensor(data.shape, data.dtype.name, scale, data=data, **options)

    def operator(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        options: str | None = None,
        **fields: Any,
    ) -> None:
        """Add an operator; `fields` are those of its options table, of the schema's name."""
        self.operators.append(_Operator(kind, inputs, outputs, options, fields))

    def build(self, outputs: Sequence[int] | None = None) -> bytes:
        """The bytes of the file."""
        b = flatbuffers.Builder(1024)
        all_graphs = [self, *self.further]
        kinds = list(dict.fromkeys(op.kind for g in all_graphs for op in g.operators))
        buffers = [_table(b, "Buffer")]
        codes = [self._code(b, kind) for kind in kinds]
        graphs = [g._graph(b, buffers, kinds, outputs) for g in all_graphs]
        model = _table(
            b,
            "Model",
            Version=3,
            OperatorCodes=_offsets(b, codes),
            Subgraphs=_offsets(b, graphs),
            Buffers=_offsets(b, buffers),
        )
        b.Finish(model, b"TFL3")
        return bytes(b.Output())

    def _graph(
        self, b: Any, buffers: list[int], kinds: Sequence[str], outputs: Sequence[int] | None
    ) -> int:
        tensors: list[int] = []
        for tensor in self.tensors:
            number = 0
            if tensor.data is not None:
                number = len(buffers)
                data = _bytes(b, np.ascontiguousarray(tensor.data).tobytes())
                buffers.append(_table(b, "Buffer", Data=data))
            tensors.append(self._tensor(b, tensor, number))
        operators = [self._operator(b, op, kinds) for op in self.operators]
        return _table(
            b,
            "SubGraph",
            Tensors=_offsets(b, tensors),
            Inputs=_ints(b, self.inputs),
            Outputs=_ints(b, self.outputs if outputs is None else outputs),
            Operators=_offsets(b, operators),
            Name=b.CreateString("main"),
        )

    def _tensor(self, b: Any, tensor: _Tensor, buffer: int) -> int:
        fields: dict[str, Any] = {}
        if tensor.scales:
            fields["Quantization"] = _table(
                b,
                "QuantizationParameters",
                Scale=b.CreateNumpyVector(np.array(tensor.scales, np.float32)),
                ZeroPoint=b.CreateNumpyVector(np.array(tensor.zero_points, np.int64)),
                QuantizedDimension=tensor.axis,
            )
        if tensor.signature is not None:
            fields["ShapeSignature"] = _ints(b, tensor.signature)
        return _table(
            b,
            "Tensor",
            Shape=_ints(b, tensor.shape),
            Type=getattr(schema.TensorType, TYPES.get(tensor.dtype, tensor.dtype)),
            Buffer=buffer,
            Name=b.CreateString(tensor.name),
            IsVariable=tensor.variable,
            **fields,
        )

    def _code(self, b: Any, kind: str) -> int:
        name = kind.split()[0]
        number = getattr(schema.BuiltinOperator, name)
        fields: dict[str, Any] = {}
        if name == "CUSTOM":
            fields["CustomCode"] = b.CreateString(kind.split()[1])
        return _table(
            b,
            "OperatorCode",
            DeprecatedBuiltinCode=min(number, 127),
            BuiltinCode=number,
            Version=VERSIONS.get(name, 1),
            **fields,
        )

    def _operator(self, b: Any, op: _Operator, kinds: Sequence[str]) -> int:
        fields: dict[str, Any] = {}
        if op.options is not None:
            ready = {key: _ready(b, value) for key, value in op.fields.items()}
            fields["BuiltinOptions"] = _table(b, op.options, **ready)
            fields["BuiltinOptionsType"] = getattr(schema.BuiltinOptions, op.options)
        return _table(
            b,
            "Operator",
            OpcodeIndex=kinds.index(op.kind),
            Inputs=_ints(b, op.inputs),
            Outputs=_ints(b, op.outputs),
            **fields,
        )


def _table(b: Any, name: str, **fields: Any) -> int:
    getattr(schema, f"{name}Start")(b)
    for key, value in fields.items():
        getattr(schema, f"{name}Add{key}")(b, value)
    return getattr(schema, f"{name}End")(b)


def _ints(b: Any, values: Sequence[int]) -> int:
    return b.CreateNumpyVector(np.array(values, np.int32))


def _ready(b: Any, value: Any) -> Any:
    """What a field of a table holds: the place of a list or a text, else the number."""
    if isinstance(value, str):
        return b.CreateString(value)
    return _ints(b, cast("list[int]", value)) if isinstance(value, list) else value


def _offsets(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


def _bytes(b: Any, data: bytes) -> int:
    """A vector of bytes, aligned as TFLite asks for."""
    b.StartVector(1, len(data), 16)
    head = b.head - len(data)
    b.head = head
    b.Bytes[head : head + len(data)] = data
    return b.EndVector()


def needs_reference() -> None:
    """Skip a test where TFLite's kernels are not installed."""
    pytest.importorskip("ai_edge_litert.interpreter", reason="pip install ai-edge-litert")


def reference(
    model: bytes, inputs: Mapping[str, Array], kernels: str = "BUILTIN_REF"
) -> dict[str, Array]:
    """The outputs of TFLite's reference kernels (or others), by name."""
    interpreter = reference_interpreter(model, kernels)
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], inputs[detail["name"]])
    interpreter.invoke()
    return {
        detail["name"]: np.array(interpreter.get_tensor(detail["index"]))
        for detail in interpreter.get_output_details()
    }


def reference_stream(
    model: bytes, samples: Sequence[Mapping[str, Array]]
) -> list[dict[str, Array]]:
    """The outputs of TFLite's reference kernels for samples that come one after the other."""
    interpreter = reference_interpreter(model)
    found: list[dict[str, Array]] = []
    for sample in samples:
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], sample[detail["name"]])
        interpreter.invoke()
        details = interpreter.get_output_details()
        found.append({d["name"]: np.array(interpreter.get_tensor(d["index"])) for d in details})
    return found


def random_inputs(model: ModelBuilder, rng: np.random.Generator) -> dict[str, Array]:
    """Integers of the whole range, with its ends; reals that go with them."""
    found: dict[str, Array] = {}
    for tensor in (model.tensors[number] for number in model.inputs):
        if tensor.dtype == "float32":
            found[tensor.name] = rng.normal(0, 2, tensor.shape).astype(np.float32)
            continue
        info = np.iinfo(tensor.dtype)
        array = rng.integers(info.min, info.max, tensor.shape, dtype=np.int64, endpoint=True)
        if array.size > 2:
            array.flat[0], array.flat[-1] = info.min, info.max
        found[tensor.name] = array.astype(tensor.dtype)
    return found


Build = Callable[[ModelBuilder, np.random.Generator], None]


def small_network(seed: int = 0) -> ModelBuilder:
    """A quantized network as converters make them: convolutions, a residual sum, pools, dense."""
    rng = np.random.default_rng(seed)
    model = ModelBuilder()
    image = model.input((1, 8, 8, 3), "int8", 0.5, -1, name="image", signature=(-1, 8, 8, 3))

    def convolution(x: int, out: tuple[int, ...], kernel: int, name: str, relu: int = 1) -> int:
        source = model.tensors[x]
        weights = rng.integers(-127, 128, (out[3], kernel, kernel, source.shape[3]))
        scales = rng.uniform(0.01, 0.02, out[3]).astype(np.float32)
        bias = rng.integers(-200, 200, out[3]).astype(np.int32)
        y = model.tensor(out, "int8", 0.7, -128 if relu else 3, name=name)
        filters = model.constant(weights.astype(np.int8), scales)
        stride = source.shape[1] // out[1]
        inputs = [x, filters, model.constant(bias, scales * np.float32(source.scales[0]))]
        model.operator(
            "CONV_2D", inputs, [y], "Conv2DOptions", Padding=0, StrideW=stride, StrideH=stride,
            FusedActivationFunction=relu, DilationWFactor=1, DilationHFactor=1,
        )  # fmt: skip
        return y

    a = convolution(image, (1, 4, 4, 8), 3, "first")
    b = convolution(a, (1, 4, 4, 8), 1, "second", 0)
    total = model.tensor((1, 4, 4, 8), "int8", 0.9, -10, name="sum")
    model.operator("ADD", [a, b], [total], "AddOptions", FusedActivationFunction=0)
    pooled = model.tensor((1, 1, 1, 8), "int8", 0.9, -10, name="pool")
    model.operator(
        "AVERAGE_POOL_2D", [total], [pooled], "Pool2DOptions", Padding=1, StrideW=4, StrideH=4,
        FilterWidth=4, FilterHeight=4,
    )  # fmt: skip
    flat = model.tensor((1, 8), "int8", 0.9, -10, name="flat")
    shape = model.constant(np.array([-1, 8], np.int32))
    model.operator("RESHAPE", [pooled, shape], [flat], "ReshapeOptions", NewShape=[-1, 8])
    weights = model.constant(rng.integers(-127, 128, (5, 8)).astype(np.int8), 0.001)
    bias = model.constant(rng.integers(-99, 99, 5).astype(np.int32), 0.0009)
    logits = model.tensor((1, 5), "int8", 0.03, 7, name="logits")
    model.operator("FULLY_CONNECTED", [flat, weights, bias], [logits], "FullyConnectedOptions")
    result = model.tensor((1, 5), "int8", 1 / 256, -128, name="probabilities")
    model.operator("SOFTMAX", [logits], [result], "SoftmaxOptions", Beta=1.0)
    model.outputs.append(result)
    return model
