"""A matrix engine as an accelerator of nnopt: convolutions and matrix products on bytes.

The engine (`matrix_engine.h`) multiplies matrices of int8 out of its own scratchpad, adds biases,
rescales and clamps; a DMA moves rows between memory and the scratchpad and fills what is padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import i8
from xdsl.ir import Operation
from xdsl.pattern_rewriter import RewritePattern

import nnopt
from nnopt.dialects import fxp, nn
from nnopt.dialects.nn.common import element, shape

FOLDER = Path(__file__).parent
ROUNDINGS = ("half_up", "half_even")

Array = NDArray[Any]


class ProductThenRescale(nnopt.ClaimPattern):
    """A dense convolution or a matrix product with constant weights, and its rescaling to bytes."""

    def claimed(self, op: Operation) -> Sequence[Operation]:
        """Both, if the product is used by nothing else."""
        if not isinstance(op, fxp.RequantizeOp) or op.rounding.data not in ROUNDINGS:
            return ()
        product = op.input.owner
        if not isinstance(product, nn.Conv2dOp | nn.FullyConnectedOp):
            return ()
        suits = (
            element(product.operands[0]) == element(op.result) == i8
            and product.weight_zero_point.value.data == op.input_zero_point.value.data == 0
            and all(nnopt.constant_array(value) is not None for value in product.operands[1:])
            and len(list(op.input.uses)) == 1
        )
        if isinstance(product, nn.Conv2dOp):
            dense = product.groups.value.data == 1 and shape(product.result)[0] == 1
            suits &= dense and all(d == 1 for d in product.dilations.get_values())
        return (product, op) if suits else ()


@dataclass(frozen=True)
class Shape:
    """A convolution as the driver computes it; a matrix product has one column."""

    image: tuple[int, int, int]
    output: tuple[int, int, int]
    kernel: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    pads: tuple[int, int] = (0, 0)

    @property
    def depth(self) -> int:
        """Columns of the matrices that are multiplied."""
        return self.kernel[0] * self.kernel[1] * self.image[2]

    def columns(self, x: Array, padding: int) -> Array:
        """Rows of image bytes under each output pixel: (OH * OW, depth)."""
        height, width, _ = self.image
        rows, columns, _ = self.output
        below = (rows - 1) * self.strides[0] + self.kernel[0] - height - self.pads[0]
        right = (columns - 1) * self.strides[1] + self.kernel[1] - width - self.pads[1]
        around = ((self.pads[0], max(0, below)), (self.pads[1], max(0, right)), (0, 0))
        padded = np.pad(x.reshape(self.image), around, constant_values=padding)
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=(0, 1))
        windows = windows[:: self.strides[0], :: self.strides[1]][:rows, :columns]
        return windows.transpose(0, 1, 3, 4, 2).reshape(rows * columns, self.depth)


def shape_of(region: nnopt.OffloadedRegion) -> Shape:
    """The shape of what was claimed."""
    product, image, output = region.ops[0], region.inputs[0].shape, region.outputs[0].shape
    if not isinstance(product, nn.Conv2dOp):
        rows = int(np.prod(image[:-1]))
        return Shape((rows, 1, image[-1]), (rows, 1, output[-1]))
    kernel, strides, pads, _ = product.window()
    pairs = [(int(p[0]), int(p[1])) for p in (kernel, strides, pads)]
    (_, *size), (_, *out) = image, output
    return Shape((size[0], size[1], size[2]), (out[0], out[1], out[2]), *pairs)


@dataclass(frozen=True)
class MatrixEngine(nnopt.Accelerator):
    """An engine with so many bytes of `scratchpad`."""

    name = "matrix-engine"
    headers = (FOLDER / "matrix_engine.h",)
    sources = (FOLDER / "matrix_engine.c",)
    models = (FOLDER / "matrix_engine_model.c",)

    scratchpad: int = 16384

    def patterns(self) -> Sequence[RewritePattern]:
        """Products with their rescaling."""
        return (ProductThenRescale(self),)

    def tiles(self, shape: Shape) -> tuple[int, int] | None:
        """Pixels and channels of a tile in the fewest cycles; None if the smallest does not fit."""
        columns, channels = shape.output[1:]
        best: tuple[float, int, int] | None = None
        for some in range(1, channels + 1):
            rest = self.scratchpad - some * (shape.depth + 12)
            pixels = min(columns, rest // (shape.depth + some))
            if pixels >= 1:
                cost = self.tiled_cycles(shape, pixels, some)
                best = min(best or (cost, pixels, some), (cost, pixels, some))
        return None if best is None else best[1:]

    def tiled_cycles(self, shape: Shape, pixels: int, channels: int) -> float:
        """Cycles of the engine; windows at the left and right edge count as the others."""
        rows, columns, outputs = shape.output
        line = shape.kernel[1] * shape.image[2]
        total = 0.0
        for first in range(0, outputs, channels):
            some = min(channels, outputs - first)
            total += 4 + -(-some * (shape.depth + 12) // 4)
            for start in range(0, columns, pixels):
                count = min(pixels, columns - start)
                gather = shape.kernel[0] * count * (4 + -(-line // 4))
                store = count * (4 + -(-some // 4))
                product = -(-count // 8) * -(-some // 8) * (shape.depth + 16)
                total += rows * (gather + store + product)
        return total

    def refuse(self, region: nnopt.OffloadedRegion) -> str:
        """What does not fit in the scratchpad."""
        if self.tiles(shape_of(region)) is None:
            return f"one pixel and one channel do not fit in {self.scratchpad:,} bytes"
        return ""

    def cycles(self, region: nnopt.OffloadedRegion) -> float:
        """The engine's cycles, and 40 of the processor's for each operation that it starts."""
        size = shape_of(region)
        tiles = self.tiles(size)
        assert tiles is not None
        steps = size.output[0] * -(-size.output[1] // tiles[0]) * -(-size.output[2] // tiles[1])
        return self.tiled_cycles(size, *tiles) + 40.0 * steps * (2 + size.kernel[0])

    def call(self, region: nnopt.OffloadedRegion) -> nnopt.DriverCall:
        """Weights in tiles, each with its biases and scales; biases take in the zero point."""
        size, (product, rescale) = shape_of(region), region.ops
        assert isinstance(rescale, fxp.RequantizeOp)
        tiles = self.tiles(size)
        assert tiles is not None
        weights, bias, multiplier, shift = parameters_of(region)
        blob: list[Array] = []
        for first in range(0, size.output[2], tiles[1]):
            part = slice(first, first + tiles[1])
            blob.append(weights[part].reshape(-1))
            for numbers in (bias, multiplier, shift):
                blob.append(np.frombuffer(numbers[part].astype("<i4").tobytes(), np.int8))
        sizes = (*size.image, *size.output, *size.kernel, *size.strides, *size.pads)
        return nnopt.DriverCall(
            "matrix_engine_convolution",
            constants=[np.concatenate(blob)],
            parameters=[
                *sizes,
                zero_point_of(product),
                rescale.zero_point.value.data,
                rescale.min_value.value.data,
                rescale.max_value.value.data,
                int(rescale.rounding.data == "half_even"),
                *tiles,
            ],
        )

    def reference(self, region: nnopt.OffloadedRegion, *inputs: Array) -> Array:
        """What the engine computes, with 64 bits for products."""
        size, (product, rescale) = shape_of(region), region.ops
        assert isinstance(rescale, fxp.RequantizeOp)
        weights, bias, multiplier, shift = parameters_of(region)
        columns = size.columns(inputs[0], zero_point_of(product)).astype(np.int64)
        scaled = (columns @ weights.T.astype(np.int64) + bias) * multiplier
        half = np.where(shift > 0, np.left_shift(1, np.maximum(shift - 1, 0)), 0)
        rounded = (scaled + half) >> shift
        if rescale.rounding.data == "half_even":
            is_tie = (shift > 0) & (scaled - np.left_shift(rounded, shift) == -half)
            rounded = rounded - (rounded & is_tie)
        low, high = rescale.min_value.value.data, rescale.max_value.value.data
        clamped = np.clip(rounded + rescale.zero_point.value.data, low, high)
        return clamped.astype(np.int8).reshape(region.outputs[0].shape)


def zero_point_of(product: Operation) -> int:
    """Zero point of the image."""
    assert isinstance(product, nn.Conv2dOp | nn.FullyConnectedOp)
    return product.input_zero_point.value.data


def parameters_of(region: nnopt.OffloadedRegion) -> tuple[Array, Array, Array, Array]:
    """Weights (channels, depth); biases that take in the zero point, multipliers and shifts."""
    product, rescale = region.ops
    assert isinstance(rescale, fxp.RequantizeOp)
    weights = region.constant(product.operands[1])
    weights = weights.reshape(weights.shape[0], -1)
    bias = region.constant(product.operands[2]).astype(np.int64)
    bias = bias - zero_point_of(product) * weights.sum(axis=1, dtype=np.int64)
    scales = [np.array(a.get_values(), np.int64) for a in (rescale.multiplier, rescale.shift)]
    multiplier, shift = (np.broadcast_to(scale, bias.shape) for scale in scales)
    return weights, bias, multiplier, shift
