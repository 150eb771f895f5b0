"""The shipped digit networks, each written once and built twice.

A network is a function of a `Backend` and the input value.  `OnnxBackend`
turns it into ONNX nodes (opset 17) from trained weights; `make_models.py` has
the other backend, which runs it in PyTorch for training.  So the exported
graph does not depend on any exporter, and node names are ours.

Layouts are ONNX's: images (1, channels, rows, columns), filters
(out, in / groups, rows, columns).  The input is the image of scikit-learn's
digits as it comes: (1, 1, 8, 8) float32, pixel values 0..16.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

PIXEL_MAX = 16.0
BATCH_NORM_EPSILON = 1e-5

V = TypeVar("V")
FloatArray = NDArray[np.float32]


class Backend(Protocol[V]):
    """What a network may be built of; a value is a tensor or the name of one."""

    def conv(
        self,
        name: str,
        x: V,
        shape: tuple[int, int],
        kernel: int = 3,
        stride: int = 1,
        pad: int = 1,
        groups: int = 1,
        batch_norm: bool = False,
    ) -> V:
        """2-D convolution, `shape` = (channels in, channels out), square kernel."""
        ...

    def linear(self, name: str, x: V, shape: tuple[int, int]) -> V:
        """Fully connected, `shape` = (features in, features out)."""
        ...

    def pad_after(self, name: str, x: V) -> V:
        """One row of zeros below, one column at the right: TensorFlow's SAME at stride 2."""
        ...

    def relu(self, name: str, x: V) -> V: ...
    def relu6(self, name: str, x: V) -> V: ...
    def max_pool(self, name: str, x: V) -> V: ...
    def global_average(self, name: str, x: V) -> V: ...
    def flatten(self, name: str, x: V) -> V: ...
    def add(self, name: str, a: V, b: V) -> V: ...
    def softmax(self, name: str, x: V) -> V: ...


Network = Callable[[Backend[V], V], V]


def digits_cnn(net: Backend[V], x: V) -> V:
    """Two convolutions with pooling, one fully connected layer, softmax."""
    x = net.relu("relu1", net.conv("conv1", x, (1, 12)))
    x = net.max_pool("pool1", x)
    x = net.relu("relu2", net.conv("conv2", x, (12, 24)))
    x = net.max_pool("pool2", x)
    x = net.linear("classifier", net.flatten("flatten", x), (96, 10))
    return net.softmax("softmax", x)


def digits_dscnn(net: Backend[V], x: V) -> V:
    """MobileNet-like: depthwise-separable blocks with ReLU6; the second one halves the image."""
    x = net.relu6("stem/relu6", net.conv("stem/conv", x, (1, 16), batch_norm=True))
    for block, (inputs, outputs, stride) in enumerate(((16, 24, 1), (24, 32, 2), (32, 32, 1)), 1):
        pad = 1
        if stride == 2:
            x, pad = net.pad_after(f"block{block}/pad", x), 0
        x = net.conv(
            f"block{block}/depthwise",
            x,
            (inputs, inputs),
            stride=stride,
            pad=pad,
            groups=inputs,
            batch_norm=True,
        )
        x = net.relu6(f"block{block}/relu6_1", x)
        name = f"block{block}/pointwise"
        x = net.conv(name, x, (inputs, outputs), kernel=1, pad=0, batch_norm=True)
        x = net.relu6(f"block{block}/relu6_2", x)
    x = net.flatten("flatten", net.global_average("pool", x))
    return net.linear("classifier", x, (32, 10))


def digits_resnet(net: Backend[V], x: V) -> V:
    """Two residual blocks with batch normalization; the second has a strided projection."""
    x = net.relu("stem/relu", net.conv("stem/conv", x, (1, 12), batch_norm=True))
    y = net.relu("block1/relu1", net.conv("block1/conv1", x, (12, 12), batch_norm=True))
    y = net.conv("block1/conv2", y, (12, 12), batch_norm=True)
    x = net.relu("block1/relu2", net.add("block1/add", x, y))
    y = net.conv("block2/conv1", x, (12, 24), stride=2, batch_norm=True)
    y = net.conv("block2/conv2", net.relu("block2/relu1", y), (24, 24), batch_norm=True)
    x = net.conv("block2/project", x, (12, 24), kernel=1, stride=2, pad=0, batch_norm=True)
    x = net.relu("block2/relu2", net.add("block2/add", x, y))
    x = net.flatten("flatten", net.global_average("pool", x))
    return net.linear("classifier", x, (24, 10))


class OnnxBackend:
    """Appends ONNX nodes; weights come from `weights`, by "layer.parameter".

    The parameters are PyTorch's: `weight`, `bias`, and for batch normalization
    `scale`, `shift`, `mean`, `variance`.  With `fold_batch_norm` these go into
    the convolution in float64, as a model prepared for quantization has it.
    """

    def __init__(self, weights: Mapping[str, FloatArray], *, fold_batch_norm: bool) -> None:
        self.weights = weights
        self.fold_batch_norm = fold_batch_norm
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def _constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _node(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        result = f"{name}_output"
        self.nodes.append(helper.make_node(op, inputs, [result], name=f"/{name}", **attributes))
        return result

    def conv(
        self,
        name: str,
        x: str,
        shape: tuple[int, int],
        kernel: int = 3,
        stride: int = 1,
        pad: int = 1,
        groups: int = 1,
        batch_norm: bool = False,
    ) -> str:
        """Conv, and BatchNormalization after it unless folded; see `Backend.conv`."""
        weight = self.weights[f"{name}.weight"]
        assert weight.shape == (shape[1], shape[0] // groups, kernel, kernel), name
        norm: list[FloatArray] = []
        if batch_norm:
            norm = [
                self.weights[f"{name}.{part}"] for part in ("scale", "shift", "mean", "variance")
            ]
        bias = None if batch_norm else self.weights[f"{name}.bias"]
        if batch_norm and self.fold_batch_norm:
            scale, shift, mean, variance = (part.astype(np.float64) for part in norm)
            gain = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
            weight = (weight * gain[:, None, None, None]).astype(np.float32)
            bias = (shift - mean * gain).astype(np.float32)
        inputs = [x, self._constant(f"{name}.weight", weight)]
        if bias is not None:
            inputs.append(self._constant(f"{name}.bias", bias))
        y = self._node(
            "Conv",
            name,
            inputs,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=[pad] * 4,
            dilations=[1, 1],
            group=groups,
        )
        if bias is None:
            names = ("scale", "shift", "mean", "variance")
            parts = [self._constant(f"{name}.{n}", a) for n, a in zip(names, norm, strict=True)]
            y = self._node(
                "BatchNormalization", f"{name}_norm", [y, *parts], epsilon=BATCH_NORM_EPSILON
            )
        return y

    def linear(self, name: str, x: str, shape: tuple[int, int]) -> str:
        """Gemm with the weights as PyTorch keeps them, (out, in)."""
        weight = self.weights[f"{name}.weight"]
        assert weight.shape == (shape[1], shape[0]), name
        w = self._constant(f"{name}.weight", weight)
        b = self._constant(f"{name}.bias", self.weights[f"{name}.bias"])
        return self._node("Gemm", name, [x, w, b], transB=1)

    def pad_after(self, name: str, x: str) -> str:
        """Pad of the last two axes, at their ends."""
        pads = np.array([0, 0, 0, 0, 0, 0, 1, 1], dtype=np.int64)
        return self._node("Pad", name, [x, self._constant(f"{name}.pads", pads)], mode="constant")

    def relu(self, name: str, x: str) -> str:
        """Relu."""
        return self._node("Relu", name, [x])

    def relu6(self, name: str, x: str) -> str:
        """Clip to 0..6."""
        low = self._constant(f"{name}.min", np.array(0, dtype=np.float32))
        high = self._constant(f"{name}.max", np.array(6, dtype=np.float32))
        return self._node("Clip", name, [x, low, high])

    def max_pool(self, name: str, x: str) -> str:
        """MaxPool 2×2, stride 2."""
        return self._node("MaxPool", name, [x], kernel_shape=[2, 2], strides=[2, 2])

    def global_average(self, name: str, x: str) -> str:
        """GlobalAveragePool."""
        return self._node("GlobalAveragePool", name, [x])

    def flatten(self, name: str, x: str) -> str:
        """Flatten to (1, features)."""
        return self._node("Flatten", name, [x], axis=1)

    def add(self, name: str, a: str, b: str) -> str:
        """Add."""
        return self._node("Add", name, [a, b])

    def softmax(self, name: str, x: str) -> str:
        """Softmax over the classes."""
        return self._node("Softmax", name, [x], axis=1)


def to_onnx(
    name: str,
    network: Callable[[OnnxBackend, str], str],
    weights: Mapping[str, FloatArray],
    *,
    fold_batch_norm: bool = False,
) -> onnx.ModelProto:
    """A checked ONNX model (opset 17) with input `input` and output `output`."""
    backend = OnnxBackend(weights, fold_batch_norm=fold_batch_norm)
    result = network(backend, "input")
    last = backend.nodes[-1]
    assert list(last.output) == [result]
    last.output[0] = "output"
    graph = helper.make_graph(
        backend.nodes,
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 10])],
        backend.constants,
    )
    model = helper.make_model(
        graph,
        producer_name="nnopt examples",
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.checker.check_model(model, full_check=True)  # pyright: ignore[reportUnknownMemberType]
    return model
