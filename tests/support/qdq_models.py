"""Small quantized ONNX models in QDQ form, made at random."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper
from onnx_reference import make_model

Array = NDArray[Any]


class QdqBuilder:
    """Adds operations between quantizers; names tensors by numbers."""

    def __init__(self, seed: int, dtype: type = np.int8):
        self.rng = np.random.default_rng(seed)
        self.dtype = np.dtype(dtype)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Array] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.scales: dict[str, float] = {}
        self.count = 0

    def name(self, prefix: str = "t") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def const(self, array: Array, prefix: str = "c") -> str:
        name = self.name(prefix)
        self.constants[name] = array
        return name

    def node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        out = self.name()
        self.nodes.append(
            helper.make_node(op, list(inputs), [out], name=out + "_" + op, **attributes)
        )
        return out

    def parameters(
        self, scale: float, dtype: "np.dtype[Any] | None" = None, zero: int | None = None
    ):
        dtype = dtype or self.dtype
        info = np.iinfo(dtype)
        if zero is None:
            zero = (
                int(self.rng.integers(info.min // 2, info.max // 2 + 1))
                if dtype.itemsize == 1
                else 0
            )
        return (
            self.const(np.array(scale, np.float32)),
            self.const(np.array(zero, dtype)),
        )

    def quantize(self, x: str, shape: tuple[int, ...], scale: float | None = None) -> str:
        """Return the dequantized tensor after a quantizer at `x`."""
        scale = float(self.rng.uniform(0.02, 0.08)) if scale is None else scale
        if self.dtype.itemsize == 2:
            scale /= 256
        parameters = self.parameters(scale)
        q = self.node("QuantizeLinear", [x, *parameters])
        out = self.node("DequantizeLinear", [q, *parameters])
        self.shapes[out], self.scales[out] = shape, scale
        return out

    def weights(
        self, shape: tuple[int, ...], input_scale: float, per_channel: bool, unsigned: bool = False
    ) -> tuple[str, str, Array]:
        """Return dequantized weights and bias."""
        count = shape[0]
        if unsigned:
            w = self.rng.integers(0, 256, shape).astype(np.uint8)
            zero = np.array(int(self.rng.integers(100, 156)), np.uint8)
            scales = np.array(self.rng.uniform(0.002, 0.01), np.float32)
        else:
            w = self.rng.integers(-127, 128, shape).astype(np.int8)
            scales = self.rng.uniform(0.002, 0.01, count if per_channel else ()).astype(np.float32)
            zero = np.zeros(scales.shape, np.int8)
        axis = {"axis": 0} if per_channel and not unsigned else {}
        parameters = [self.const(scales), self.const(zero)]
        dw = self.node("DequantizeLinear", [self.const(w), *parameters], **axis)
        bias = self.rng.integers(-3000, 3000, count).astype(np.int32)
        bias_scale = (np.float32(input_scale) * scales).astype(np.float32)
        bias_parameters = [self.const(bias_scale), self.const(np.zeros(bias_scale.shape, np.int32))]
        db = self.node("DequantizeLinear", [self.const(bias), *bias_parameters], **axis)
        return dw, db, scales

    def conv(
        self,
        x: str,
        channels: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        depthwise: bool = False,
        per_channel: bool = True,
        relu: bool = False,
        unsigned: bool = False,
    ) -> str:
        n, c, h, w = self.shapes[x]
        group = c if depthwise else 1
        channels = c if depthwise else channels
        dw, db, _ = self.weights(
            (channels, c // group, kernel, kernel), self.scales[x], per_channel, unsigned
        )
        pad = kernel // 2
        y = self.node(
            "Conv",
            [x, dw, db],
            kernel_shape=[kernel, kernel],
            pads=[pad] * 4,
            strides=[stride, stride],
            group=group,
        )
        if relu:
            y = self.node("Relu", [y])
        shape = (
            n,
            channels,
            (h + 2 * pad - kernel) // stride + 1,
            (w + 2 * pad - kernel) // stride + 1,
        )
        return self.quantize(y, shape)

    def gemm(self, x: str, count: int) -> str:
        n, k = self.shapes[x]
        dw, db, _ = self.weights((count, k), self.scales[x], True)
        return self.quantize(self.node("Gemm", [x, dw, db], transB=1), (n, count))

    def build(self, shape: tuple[int, ...], outputs: Sequence[str]) -> onnx.ModelProto:
        """Return the model with input x."""
        inputs = {"x": np.zeros(shape, np.float32)}
        return make_model(self.nodes, inputs, self.constants, outputs, opset=21)


def random_network(
    seed: int, dtype: type = np.int8, unsigned_weights: bool = False
) -> onnx.ModelProto:
    """Return convolutions, a residual sum, pools, a product, a fully connected layer."""
    b = QdqBuilder(seed, dtype)
    shape = (1, 3, 8, 8)
    x = b.quantize("x", shape)
    a = b.conv(x, 8, relu=True, unsigned=unsigned_weights)
    d = b.conv(a, 8, depthwise=True, per_channel=bool(seed % 2), relu=bool(seed % 3))
    p = b.conv(d, 8, kernel=1)
    s = b.quantize(b.node("Add", [a, p]), b.shapes[p])
    m = b.quantize(b.node("Mul", [s, a]), b.shapes[p])
    offset = b.const(b.rng.uniform(-1, 1, (1, 8, 1, 1)).astype(np.float32))
    gain = b.const(b.rng.uniform(0.5, 1.5, (1, 8, 1, 1)).astype(np.float32))
    m = b.quantize(b.node("Sub", [m, offset]), b.shapes[p])
    m = b.quantize(b.node("Mul", [gain, m]), b.shapes[p])
    c = b.node("Concat", [m, d], axis=1)
    c = b.quantize(c, (1, 16, 8, 8))
    pool = b.node(
        "AveragePool",
        [c],
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1, 1, 1, 1],
        count_include_pad=int(seed % 2),
    )
    pool = b.quantize(pool, (1, 16, 4, 4))
    mp = b.node("MaxPool", [pool], kernel_shape=[2, 2], strides=[2, 2])
    mp = b.quantize(mp, (1, 16, 2, 2))
    g = b.quantize(b.node("GlobalAveragePool", [mp]), (1, 16, 1, 1))
    f = b.node("Flatten", [g])
    b.shapes[f], b.scales[f] = (1, 16), b.scales[g]
    return b.build(shape, [b.gemm(f, 5), c, mp])
