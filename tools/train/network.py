"""Networks as lists of layers, written once: training runs them, the exporter prints them.

Layouts are ONNX's: (channels, positions) or (channels, rows, columns), without a batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Shape: TypeAlias = tuple[int, ...]
Kind: TypeAlias = Literal["conv", "linear", "relu", "max_pool", "add", "flatten"]

INPUT = "input"
"""Name of the value that a network starts with."""


@dataclass(frozen=True)
class Layer:
    """One operation; its result has its name."""

    name: str
    kind: Kind
    inputs: tuple[str, ...]
    shape: Shape
    """Of the result."""
    weights: Shape = ()
    """(out, in, *window) of convolutions, (out, in) of fully connected layers."""
    stride: int = 1
    pad: int = 0
    window: Shape = ()
    """Of a pool: as many positions apart as it is wide."""
    norm: bool = False
    """Batch normalization follows, instead of a bias."""


@dataclass
class Network:
    """Layers in the order in which they run; the last one's result is the output."""

    input_shape: Shape
    layers: list[Layer] = field(default_factory=list[Layer])

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every value."""
        return {INPUT: self.input_shape, **{layer.name: layer.shape for layer in self.layers}}

    @property
    def linear(self) -> list[Layer]:
        """The layers that have weights."""
        return [layer for layer in self.layers if layer.weights]

    def conv(self, name: str, x: str, channels: int, window: int = 3, stride: int = 1) -> str:
        """Append a convolution that keeps sizes (divided by the stride), normalized."""
        depth, *sizes = self.shapes[x]
        shape = (channels, *(-(-size // stride) for size in sizes))
        weights = (channels, depth, *[window] * len(sizes))
        pad = window // 2
        return self._add(Layer(name, "conv", (x,), shape, weights, stride, pad, norm=True))

    def fully_connected(self, name: str, x: str, features: int) -> str:
        """Append a fully connected layer with a bias."""
        (depth,) = self.shapes[x]
        return self._add(Layer(name, "linear", (x,), (features,), (features, depth)))

    def relu(self, name: str, x: str) -> str:
        """Append the larger of 0 and x."""
        return self._add(Layer(name, "relu", (x,), self.shapes[x]))

    def max_pool(self, name: str, x: str, window: Shape) -> str:
        """Append a pool whose windows touch; what is left over at the ends is dropped."""
        channels, *sizes = self.shapes[x]
        shape = (channels, *(size // w for size, w in zip(sizes, window, strict=True)))
        return self._add(Layer(name, "max_pool", (x,), shape, window=window))

    def add(self, name: str, a: str, b: str) -> str:
        """Append a sum."""
        return self._add(Layer(name, "add", (a, b), self.shapes[a]))

    def flatten(self, name: str, x: str) -> str:
        """Append all elements in one row."""
        return self._add(Layer(name, "flatten", (x,), (math.prod(self.shapes[x]),)))

    def _add(self, layer: Layer) -> str:
        self.layers.append(layer)
        return layer.name

    def users(self, name: str) -> list[Layer]:
        """The layers that read a value."""
        return [layer for layer in self.layers if name in layer.inputs]

    def quantized_values(self) -> list[str]:
        """The values that get quantizers of their own, as `insert-quantizers` places them.

        Not what is only clamped (the clamp's result is quantized), nor what is only moved or
        selected, which keeps the steps of where it comes from.
        """
        chosen = [INPUT]
        for layer in self.layers:
            clamped = [user.kind for user in self.users(layer.name)] == ["relu"]
            if layer.kind not in ("max_pool", "flatten") and not clamped:
                chosen.append(layer.name)
        return chosen

    def source(self, name: str) -> str:
        """The value whose quantizer a value has: where it was moved from."""
        layers = {layer.name: layer for layer in self.layers}
        while name in layers and layers[name].kind in ("max_pool", "flatten"):
            name = layers[name].inputs[0]
        return name
