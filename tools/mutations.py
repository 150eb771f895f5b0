"""Damages ONNX models: their bytes, or their structure. The same seed makes the same damage."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

import numpy as np
import onnx
import onnx.defs
import onnx.helper

NUMBERS = (0, 1, -1, 2, 3, 5, 7, 100, 1 << 15, 1 << 31, -(1 << 31), (1 << 63) - 1, -(1 << 63))
REALS = (0.0, -0.0, -1.0, 0.5, 1e-42, 1e38, -1e38, float("nan"), float("inf"), float("-inf"))
TEXTS = (
    "", "x", "int", "class", "net_run", "arena", "a b", "a_b", "a/b", "a.b", "../..", "é%n\n", "*/",
    "??/", "y" * 300, "SAME_UPPER", "SAME_LOWER", "VALID", "linear", "constant", "0", "\x00",
)  # fmt: skip
"""Names that C cannot have, that become equal in C, or that attributes may have as values."""
Change = Callable[[onnx.ModelProto, random.Random], None]


def _fields(message: Any) -> Iterator[tuple[Any, Any]]:
    """Every set field of a message and of those inside, except for texts for people."""
    for descriptor, value in message.ListFields():
        if descriptor.name in ("doc_string", "metadata_props"):
            continue
        yield message, descriptor
        if descriptor.type == descriptor.TYPE_MESSAGE:
            for item in [value] if hasattr(value, "ListFields") else value:
                yield from _fields(item)


def _put(message: Any, descriptor: Any, new: Any, rng: random.Random) -> None:
    """Store a value in a field or in one element of a list; a value out of range clears it."""
    value = getattr(message, descriptor.name)
    try:
        if hasattr(value, "append"):
            value[rng.randrange(len(value))] = new
        else:
            setattr(message, descriptor.name, new)
    except (ValueError, TypeError):
        message.ClearField(descriptor.name)


def change_field(model: onnx.ModelProto, rng: random.Random) -> None:
    """Drop one field somewhere, drop or repeat an element of it, or put in another value."""
    message, descriptor = rng.choice(list(_fields(model)))
    value: Any = getattr(message, descriptor.name)
    is_list = hasattr(value, "append")
    choice = rng.randrange(4)
    if choice == 0:
        message.ClearField(descriptor.name)
    elif is_list and choice == 1:
        del value[rng.randrange(len(value))]
    elif is_list and descriptor.type == descriptor.TYPE_MESSAGE:
        value.append(rng.choice(list(value)))
    elif descriptor.type == descriptor.TYPE_MESSAGE:
        message.ClearField(descriptor.name)
    elif descriptor.type == descriptor.TYPE_STRING:
        _put(message, descriptor, rng.choice(TEXTS), rng)
    elif descriptor.type == descriptor.TYPE_BYTES:
        _put(message, descriptor, rng.choice(TEXTS).encode(), rng)
    elif descriptor.type in (descriptor.TYPE_FLOAT, descriptor.TYPE_DOUBLE):
        _put(message, descriptor, rng.choice(REALS), rng)
    elif descriptor.type in (descriptor.TYPE_INT32, descriptor.TYPE_ENUM):
        _put(message, descriptor, rng.randrange(-2, 30), rng)
    else:
        _put(message, descriptor, rng.choice(NUMBERS), rng)


def change_edge(model: onnx.ModelProto, rng: random.Random) -> None:
    """Let a node read or make another value: cycles, values made twice, wrong types."""
    graph = model.graph
    names = [v.name for v in graph.input] + [t.name for t in graph.initializer]
    names += [name for node in graph.node for name in node.output]
    node = rng.choice(list(graph.node))
    side = rng.choice([node.input, node.output])
    if side:
        side[rng.randrange(len(side))] = rng.choice([*names, "", rng.choice(TEXTS)])


@cache
def _operators() -> dict[str, tuple[range, range]]:
    """All of ONNX's operators: how many inputs and outputs each may have."""
    schemas = cast("list[Any]", onnx.defs.get_all_schemas())
    return {
        s.name: (range(s.min_input, s.max_input + 1), range(s.min_output, s.max_output + 1))
        for s in schemas
        if s.domain == ""
    }


def change_operator(model: onnx.ModelProto, rng: random.Random) -> None:
    """Make a node another operator, mostly one with as many inputs and outputs."""
    node = rng.choice(list(model.graph.node))
    fitting = [
        name
        for name, (inputs, outputs) in _operators().items()
        if len(node.input) in inputs and len(node.output) in outputs
    ]
    node.op_type = rng.choice(fitting if rng.random() < 0.9 and fitting else ["Nonsense", "If"])
    if rng.random() < 0.7:
        del node.attribute[:]


def change_rank(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another size for a dimension wherever it has the same one: often consistent."""
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    sizes = {d.dim_value for v in values for d in v.type.tensor_type.shape.dim if d.dim_value > 0}
    old, new = rng.choice(sorted(sizes) or [1]), rng.choice((1, 2, 3, 9, 17))
    for value in values:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_value == old:
                dim.dim_value = new


def change_nodes(model: onnx.ModelProto, rng: random.Random) -> None:
    """Drop, repeat or reorder nodes."""
    nodes = list(model.graph.node)
    choice = rng.randrange(3)
    if choice == 0:
        nodes.pop(rng.randrange(len(nodes)))
    elif choice == 1:
        nodes.append(rng.choice(nodes))
    else:
        rng.shuffle(nodes)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(copies)


def change_attribute(model: onnx.ModelProto, rng: random.Random) -> None:
    """Put other numbers or texts in an attribute, or give a node one that it may not have."""
    node = rng.choice(list(model.graph.node))
    if not node.attribute or rng.random() < 0.05:
        name = rng.choice(["axis", "axes", "group", "strides", "pads", "dilations", "kernel_shape"])
        ints = [rng.choice((*NUMBERS, 1, 2)) for _ in range(rng.randrange(1, 5))]
        value = ints[0] if rng.random() < 0.5 else ints
        node.attribute.append(onnx.helper.make_attribute(name, value))
        return
    attribute = rng.choice(list(node.attribute))
    if attribute.type == onnx.AttributeProto.INTS and attribute.ints:
        attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(NUMBERS)
    elif attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f = rng.choice(REALS)
    elif attribute.type == onnx.AttributeProto.STRING:
        attribute.s = rng.choice(TEXTS).encode()
    else:
        attribute.i = rng.choice(NUMBERS)


def change_shape(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another rank or size for an input, an output or an initializer."""
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    tensors = list(model.graph.initializer)
    if tensors and (rng.random() < 0.5 or not values):
        dims: Any = rng.choice(tensors).dims
        if dims and rng.random() < 0.7:
            dims[rng.randrange(len(dims))] = rng.choice(NUMBERS)
        else:
            dims.append(rng.choice((1, 2, 0)))
    elif values:
        shape: Any = rng.choice(values).type.tensor_type.shape
        if shape.dim and rng.random() < 0.7:
            dim = rng.choice(list(shape.dim))
            if rng.random() < 0.3:
                dim.dim_param = rng.choice(["N", "batch", "seq"])
            else:
                dim.dim_value = rng.choice(NUMBERS)
        else:
            shape.dim.add().dim_value = rng.choice((1, 2, 3))


def change_type(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another element type for an input, an output or an initializer."""
    number = rng.randrange(0, 25)
    values = [*model.graph.input, *model.graph.output]
    tensors = list(model.graph.initializer)
    if tensors and rng.random() < 0.6:
        rng.choice(tensors).data_type = number
    elif values:
        rng.choice(values).type.tensor_type.elem_type = number


def change_opset(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another opset, or one more domain."""
    if model.opset_import and rng.random() < 0.8:
        rng.choice(list(model.opset_import)).version = rng.choice((*range(6, 28), 1, 1 << 40, -1))
    else:
        model.opset_import.add(domain=rng.choice(("", "com.microsoft", "x")), version=1)


def change_weights(model: onnx.ModelProto, rng: random.Random) -> None:
    """Odd numbers in an initializer, or fewer of them."""
    tensors = [t for t in model.graph.initializer if t.raw_data]
    if not tensors:
        change_field(model, rng)
        return
    tensor = rng.choice(tensors)
    if tensor.data_type == onnx.TensorProto.FLOAT and rng.random() < 0.8:
        data = np.frombuffer(tensor.raw_data[: len(tensor.raw_data) // 4 * 4], np.float32).copy()
        where = slice(None) if rng.random() < 0.3 else slice(0, 1)
        data[where] = rng.choice(REALS)
        tensor.raw_data = data.tobytes()
    else:
        tensor.raw_data = flipped(tensor.raw_data, rng)


def change_name(model: onnx.ModelProto, rng: random.Random) -> None:
    """Rename a value everywhere, to something that C does not have or that something else has."""
    graph = model.graph
    names = [v.name for v in (*graph.input, *graph.output)]
    names += [name for node in graph.node for name in node.output]
    old, new = rng.choice(names), rng.choice([*TEXTS, *names])
    for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        if value.name == old:
            value.name = new
    for node in graph.node:
        for side in (node.input, node.output):
            for index, name in enumerate(side):
                if name == old:
                    side[index] = new


CHANGES: tuple[tuple[Change, int], ...] = (
    (change_field, 2),
    (change_edge, 2),
    (change_operator, 3),
    (change_nodes, 1),
    (change_attribute, 3),
    (change_shape, 1),
    (change_rank, 2),
    (change_type, 1),
    (change_opset, 2),
    (change_weights, 3),
    (change_name, 2),
)
"""The changes and how often each is made, relative to the others."""

_NUMBER_OF_CHANGES = (1, 1, 1, 1, 2, 3, 6)


BYTES = 0.15
"""How often the bytes are damaged instead of the structure."""


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Damage bytes: flip some, cut a piece out, repeat one, or cut the end off."""
    mutable = bytearray(data)
    choice = rng.randrange(6)
    if not mutable:
        return bytes([rng.randrange(256)])
    if choice < 3:
        for _ in range(rng.choice((1, 1, 2, 8, 64))):
            mutable[rng.randrange(len(mutable))] ^= 1 << rng.randrange(8)
    elif choice == 3:
        del mutable[rng.randrange(len(mutable)) :]
    else:
        start = rng.randrange(len(mutable))
        piece = mutable[start : start + rng.choice((1, 4, 100))]
        mutable[start : start + (len(piece) if choice == 4 else 0)] = piece * (choice == 5)
    return bytes(mutable)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A damaged copy of a serialised model."""
    if rng.random() < BYTES:
        return flipped(data, rng)
    model = onnx.ModelProto.FromString(data)
    changes, weights = zip(*CHANGES, strict=True)
    for change in rng.choices(changes, weights, k=rng.choice(_NUMBER_OF_CHANGES)):
        if model.graph.node:
            change(model, rng)
    try:
        return model.SerializeToString()
    except (ValueError, RuntimeError):  # a name that protobuf does not write
        return flipped(data, rng)
