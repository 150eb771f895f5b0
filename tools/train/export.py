"""Networks as ONNX: in float, or with the quantizers that they were trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ...dialects.fxp import FxpType
from .forward import Weights
from .network import INPUT, Layer, Network
from .quantizers import Quantizers

OUTPUT = "output"
OPSET, IR_VERSION = 17, 8
WIDE_OPSET, WIDE_IR_VERSION = 21, 10
"""The first opset whose quantizers know 16-bit integers."""

OPERATORS = {"relu": "Relu", "add": "Add", "flatten": "Flatten"}


class Exporter:
    """Appends the nodes of a network; with `quantizers`, those of quantization as well."""

    def __init__(self, network: Network, weights: Weights, quantizers: Quantizers | None):
        self.network = network
        self.weights = weights
        self.quantizers = quantizers
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def model(self, name: str) -> onnx.ModelProto:
        """The whole model, checked: input (1, *input shape), output (1, classes)."""
        values = {INPUT: self._quantized(INPUT, INPUT)}
        for layer in self.network.layers:
            result = self._layer(layer, [values[name] for name in layer.inputs])
            values[layer.name] = self._quantized(layer.name, result)
        self.nodes[-1].output[0] = OUTPUT
        last = self.network.layers[-1].shape
        graph = helper.make_graph(
            self.nodes,
            name,
            [_info(INPUT, (1, *self.network.input_shape))],
            [_info(OUTPUT, (1, *last))],
            self.constants,
        )
        wide = self.quantizers is not None and self.quantizers.scheme.bits > 8
        opset = helper.make_opsetid("", WIDE_OPSET if wide else OPSET)
        model = helper.make_model(
            graph,
            producer_name="nnopt train",
            opset_imports=[opset],
            ir_version=WIDE_IR_VERSION if wide else IR_VERSION,
        )
        cast("Any", onnx.checker).check_model(model, full_check=True)
        return model

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _node(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        result = f"{name}_output"
        self.nodes.append(helper.make_node(op, inputs, [result], name=f"/{name}", **attributes))
        return result

    def _layer(self, layer: Layer, given: list[str]) -> str:
        if layer.kind == "conv":
            sizes = len(layer.weights) - 2
            return self._node(
                "Conv",
                layer.name,
                [*given, *self._operands(layer)],
                kernel_shape=list(layer.weights[2:]),
                strides=[layer.stride] * sizes,
                pads=[layer.pad] * (2 * sizes),
            )
        if layer.kind == "linear":
            return self._node("Gemm", layer.name, [*given, *self._operands(layer)], transB=1)
        if layer.kind == "max_pool":
            window = list(layer.window)
            return self._node("MaxPool", layer.name, given, kernel_shape=window, strides=window)
        return self._node(OPERATORS[layer.kind], layer.name, given)

    def _operands(self, layer: Layer) -> list[str]:
        """The names of a layer's weights and bias; dequantizers before them if quantized."""
        weight, bias = (self.weights[f"{layer.name}.{part}"] for part in ("weight", "bias"))
        names = [f"{layer.name}.weight", f"{layer.name}.bias"]
        if self.quantizers is None:
            return [self._constant(n, a) for n, a in zip(names, (weight, bias), strict=True)]
        stored, integers, steps = self.quantizers.stored(layer, weight, bias)
        pairs = ((stored.array, stored.type.scales), (integers.astype(np.int32), steps))
        return [
            self._dequantized(name, self._constant(f"{name}.integers", array), scales, array.dtype)
            for name, (array, scales) in zip(names, pairs, strict=True)
        ]

    def _dequantized(
        self, name: str, source: str, scales: NDArray[np.float64], dtype: np.dtype[Any]
    ) -> str:
        scale = self._constant(f"{name}.scale", scales.astype(np.float32))
        zero = self._constant(f"{name}.zero_point", np.zeros(scales.shape, dtype))
        return self._node("DequantizeLinear", name, [source, scale, zero], axis=0)

    def _quantized(self, value: str, result: str) -> str:
        """A quantizer and a dequantizer behind a value, if it has a type of its own."""
        if self.quantizers is None or value not in self.quantizers.activations:
            return result
        kind: FxpType = self.quantizers.activations[value]
        scale = self._constant(f"{value}.scale", np.array(kind.scale, np.float32))
        zero = self._constant(f"{value}.zero_point", np.asarray(kind.zero_point, kind.dtype))
        stored = self._node("QuantizeLinear", f"{value}/quantize", [result, scale, zero])
        return self._node("DequantizeLinear", f"{value}/dequantize", [stored, scale, zero])


def _info(name: str, shape: tuple[int, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def write_model(
    file: Path, network: Network, weights: Weights, quantizers: Quantizers | None = None
) -> None:
    """Write a network of folded weights, quantized if `quantizers` say how."""
    file.write_bytes(Exporter(network, weights, quantizers).model(file.stem).SerializeToString())
