"""The layers of a compiled network and what the interpreter computes for each of them.

A layer is a `vpool.launch` of the placed module. Its result is read right after the launch, because
a later one may overwrite it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import MemRefType, ModuleOp, TensorType
from xdsl.interpreter import Interpreter, PythonValues
from xdsl.ir import Attribute, Operation, OpResult, SSAValue

from ..dialects import fxp, nn, vpool
from ..dialects.interpreters import find_function, make_interpreter, names_of
from ..dialects.interpreters.placed import attributes_of, memory_of, role_of, tensor_of
from ..dialects.interpreters.streaming import initial_state, state_names
from ..dialects.interpreters.vpool import memory_dtype
from ..lowering.integer.drop_channels import KEPT, TOTAL

Array = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """One launch of a placed module."""

    label: str
    argument: int
    """Number of the function's argument that holds the result: an output or the arena."""
    offset: int
    """Bytes from the beginning of that argument."""
    where: str
    """Its role: "output" or "arena"."""
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    nodes: tuple[str, ...]
    """ONNX nodes that the layer computes, as far as locations tell; the last one first."""
    encoding: fxp.FxpType | None
    """How the integers of the result stand for reals, if that is known."""
    kept: tuple[int, ...] | None = None
    """The channels that `drop-channels` has left, None if it has left all."""
    channels: int = 1
    """How many channels there were."""
    base: int = 0
    """Bytes of the arenas before its own, where there are several."""

    @property
    def full_shape(self) -> tuple[int, ...]:
        """The shape with all channels."""
        return self.shape if self.kept is None else (*self.shape[:-1], self.channels)

    def selected(self, array: Array) -> Array:
        """Of an array with all channels, those that are left."""
        return array if self.kept is None else array[..., list(self.kept)]


Encodings = dict[str, list[tuple[int, fxp.FxpType]]]
"""For each ONNX node the results that stand for reals: number of elements and encoding."""


def read_encodings(quantized: ModuleOp) -> Encodings:
    """Collect the encodings of a module at the quantized level by the nodes that its ops are of."""
    found: Encodings = {}
    for op in quantized.walk():
        name = nn.node_name(op)
        for result in op.results:
            encoding = fxp.fxp_type_of(result.type)
            if name is None or encoding is None or encoding.axis is not None:
                continue
            tensor = cast("TensorType[Attribute]", result.type)
            found.setdefault(name, []).append((tensor.element_count(), encoding))
    return found


def read_layers(placed: ModuleOp, encodings: Encodings) -> list[Layer]:
    """The layers of a placed module in the order in which they run."""
    function = find_function(placed, "main")
    launches = [op for op in function.body.block.ops if isinstance(op, vpool.LaunchOp)]
    return [_layer(launch, function, encodings) for launch in launches]


def _layer(launch: vpool.LaunchOp, function: func.FuncOp, encodings: Encodings) -> Layer:
    memory = launch.outputs[0]
    result = launch.body.block.last_op
    assert isinstance(result, vpool.YieldOp)
    tensor = cast("TensorType[Attribute]", result.arguments[0].type)
    dtype, offset = memory_dtype(tensor.element_type), 0
    if isinstance(memory, OpResult) and isinstance(memory.op, vpool.ViewOp):
        offset, memory = memory.op.offset.value.data, memory.op.operands[0]
    argument = list[SSAValue](function.body.block.args).index(memory)
    names = [nn.node_name(op) for op in reversed(list(launch.body.block.ops))]
    nodes = tuple(dict.fromkeys(n for n in (*names, launch.label.data) if n is not None))
    attributes = cast(Operation, result.arguments[0].owner).attributes
    kept, channels = None, tensor.get_shape()[-1:] or (1,)
    if KEPT in attributes:
        kept = tuple(int(c) for c in cast(Any, attributes[KEPT]).get_values())
        channels = (int(cast(Any, attributes[TOTAL]).value.data),)
    elements = tensor.element_count() // max(1, len(kept or ())) * (channels[0] if kept else 1)
    return Layer(
        label=launch.label.data,
        argument=argument,
        offset=offset,
        where=role_of(function, argument) or "",
        dtype=dtype,
        shape=tensor.get_shape(),
        nodes=nodes,
        encoding=_encoding(encodings, nodes, elements, dtype),
        kept=kept,
        channels=channels[0],
        base=sum(
            vpool.byte_size(cast("MemRefType[Attribute]", argument_.type))
            for index, argument_ in enumerate(function.body.block.args[:argument])
            if role_of(function, index) == "arena"
        ),
    )


def _encoding(
    encodings: Encodings, nodes: Sequence[str], elements: int, dtype: np.dtype[Any]
) -> fxp.FxpType | None:
    """The encoding of the last result of that size and type among those of the nodes."""
    for node in nodes:
        for size, encoding in reversed(encodings.get(node, [])):
            if size == elements and encoding.dtype == dtype:
                return encoding
    return None


class _Recorder(Interpreter.Listener):
    """Copies the result of each layer when the layer has run."""

    def __init__(self, layers: Sequence[Layer], memory: Sequence[Array]):
        self.layers, self.memory = layers, memory
        self.results: list[Array] = []

    def will_interpret_op(self, op: Operation, args: PythonValues) -> None:
        """Nothing to do before an op."""

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        """Read the memory that a launch has written."""
        if isinstance(op, vpool.LaunchOp):
            layer = self.layers[len(self.results)]
            data = self.memory[layer.argument].view(np.uint8)[layer.offset :]
            size = layer.dtype.itemsize * int(np.prod(layer.shape, dtype=np.int64))
            self.results.append(data[:size].copy().view(layer.dtype).reshape(layer.shape))


class LayerInterpreter:
    """Runs a placed module again and again and keeps its states (`nn.state`)."""

    def __init__(self, placed: ModuleOp, layers: Sequence[Layer]):
        self.placed, self.layers = placed, layers
        self.function = find_function(placed, "main")
        names = names_of(self.function.arg_attrs, len(self.function.args), "arg")
        self.carried = {
            names.index(n): names.index(r) for n, r in state_names(self.function).items()
        }
        self.states = {index: self._initial(index) for index in self.carried}

    def _initial(self, index: int) -> Array:
        encoding = attributes_of(self.function, index).get("nn.encoding")
        return initial_state(tensor_of(self.function, index), encoding).reshape(-1)

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """Run the module once; the result of each layer in its shape.

        `inputs` has one array per input of the function that is no state, in C's element type and
        order.
        """
        given = iter(inputs)
        count = len(self.function.args)
        arguments = [i for i in range(count) if role_of(self.function, i) == "input"]
        memory = memory_of(
            self.function, [self.states[i] if i in self.states else next(given) for i in arguments]
        )
        recorder = _Recorder(self.layers, memory)
        interpreter = make_interpreter(self.placed)
        interpreter.listeners = (recorder,)
        interpreter.call_op(self.function, tuple(memory))
        self.states = {index: memory[result] for index, result in self.carried.items()}
        return recorder.results
