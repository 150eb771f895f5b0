"""float16 becomes float32: inputs, outputs, weights and everything between.

C99 has no type of 16 bits for real numbers, and few microcontrollers have instructions for one. All
values of float16 are values of float32, so that results are at least as exact. What looks at the
bits of a number (BitCast) is not changed, and refused for its type later.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...dialects.errors import NnoptError
from . import onnx_api
from .complaints import Complaints
from .initializers import read_initializer

_TYPE_ATTRIBUTES = frozenset(
    {"to", "dtype", "output_dtype", "output_datatype", "stash_type", "softmax_precision"}
)
"""Attributes of ONNX's own operators that hold an element type."""


def _messages(graph: Any) -> Iterator[Any]:
    """A graph (or function) and the graphs inside its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer:
                    yield from _messages(inner)


def _widen_tensor(tensor: onnx.TensorProto, folder: Path | None) -> bool:
    if tensor.data_type not in onnx_api.HALF:
        return False
    values = read_initializer(tensor, folder, onnx_api.HALF)
    wide = onnx.numpy_helper.from_array(values.astype(np.float32), tensor.name)
    tensor.CopyFrom(wide)
    return True


def _widen_attributes(node: onnx.NodeProto, folder: Path | None) -> bool:
    changed = False
    for attribute in node.attribute:
        if attribute.HasField("t"):
            changed |= _widen_tensor(attribute.t, folder)
        is_type = attribute.name in _TYPE_ATTRIBUTES and node.domain in ("", "ai.onnx")
        if is_type and attribute.i in onnx_api.HALF and node.op_type != "BitCast":
            attribute.i = onnx.TensorProto.FLOAT
            changed = True
    return changed


def _widen_graph(graph: Any, folder: Path | None, complaints: Complaints) -> bool:
    changed = False
    is_graph = isinstance(graph, onnx.GraphProto)
    values = [*graph.input, *graph.output] if is_graph else []
    for value in (*values, *graph.value_info):
        if value.type.tensor_type.elem_type in onnx_api.HALF:
            value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
            changed = True
    for tensor in graph.initializer if is_graph else ():
        try:
            changed |= _widen_tensor(tensor, folder)
        except NnoptError as error:
            complaints.add(error, "data", tensor.name)
    for node in graph.node:
        try:
            changed |= _widen_attributes(node, folder)
        except NnoptError as error:
            complaints.add(error, "node", node.name)
    return changed


def widen_half(model: onnx.ModelProto, folder: Path | None, complaints: Complaints) -> bool:
    """Make a model one of float32 in place; whether there was anything to change.

    What cannot be read goes to `complaints`.
    """
    graphs = [model.graph, *model.functions]
    inner = [message for graph in graphs for message in _messages(graph)]
    changed = [_widen_graph(graph, folder, complaints) for graph in inner]
    return any(changed)
