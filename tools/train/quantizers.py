"""Quantization inside of training, with the numbers that `insert-quantizers` would choose.

Activations get the types that a scheme gives the ranges seen in calibration. Weights and biases
are rounded anew in every step, by the functions of the compiler; gradients pass the rounding
unchanged, and stop where an activation is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.fxp import FixedType, FxpType
from ...passes.quantize.constants import QuantizedConstant
from ...passes.quantize.insert_quantizers import rounded_weights
from ...passes.quantize.observers import OBSERVERS
from ...passes.quantize.schemes import SCHEMES, Scheme
from .forward import Parameters, Weights, as_tensors, run, run_folded
from .framework import Tensor, load_torch
from .network import Layer, Network

Range = tuple[float, float]


def observe_ranges(
    network: Network, weights: Weights, samples: NDArray[np.float32], observer: str, bits: int
) -> dict[str, Range]:
    """The range of every value that is to be quantized, on samples (N, *input shape)."""
    torch = load_torch()
    observers = {name: OBSERVERS[observer](bits) for name in network.quantized_values()}

    def watch(name: str, value: Tensor) -> Tensor:
        if name in observers:
            observers[name].observe(value.detach().numpy())
        return value

    parameters = as_tensors(weights)
    with torch.no_grad():
        for sample in samples:
            run_folded(network, parameters, torch.from_numpy(sample[None]), watch)
    return {name: seen.range() for name, seen in observers.items()}


@dataclass(frozen=True)
class Quantizers:
    """How a network is quantized: a scheme, and the type of every activation."""

    network: Network
    scheme: Scheme
    activations: dict[str, FxpType]

    @staticmethod
    def of(network: Network, scheme: str, ranges: dict[str, Range]) -> Quantizers:
        """Choose the types of activations by their ranges."""
        how = SCHEMES[scheme]
        return Quantizers(network, how, {n: how.encode(*seen) for n, seen in ranges.items()})

    def input_type(self, layer: Layer) -> FxpType:
        """The type of what a layer reads."""
        return self.activations[self.network.source(layer.inputs[0])]

    def stored(
        self, layer: Layer, weight: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> tuple[QuantizedConstant, NDArray[np.float64], NDArray[np.float64]]:
        """The weights of a layer in integers; its bias in integers and the steps of these."""
        scale = self.input_type(layer).scale
        weights = rounded_weights(weight, bias, scale, self.scheme)
        steps = scale * weights.type.scales
        return weights, np.rint(bias.astype(np.float64) / steps), steps

    def rounded(
        self, layer: Layer, weight: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The real numbers that stored weights and bias stand for."""
        weights, integers, steps = self.stored(layer, weight, bias)
        return weights.real.astype(np.float32), (integers * steps).astype(np.float32)

    def forward(self, parameters: Parameters, x: Tensor) -> Tensor:
        """The output of the quantized network; `parameters` are those of the folded one."""
        torch = load_torch()
        cutters = {name: quantizer(torch, kind) for name, kind in self.activations.items()}

        def operands(layer: Layer) -> tuple[Tensor, Tensor]:
            weight, bias = (parameters[f"{layer.name}.{part}"] for part in ("weight", "bias"))
            rounded = self.rounded(layer, weight.detach().numpy(), bias.detach().numpy())
            new_weight, new_bias = (torch.from_numpy(array) for array in rounded)
            return (
                weight + (new_weight - weight).detach(),
                bias + (new_bias - bias).detach(),
            )

        def tap(name: str, value: Tensor) -> Tensor:
            return cutters[name](value) if name in cutters else value

        return run(self.network, x, operands, tap, lambda _, value: value)


def quantizer(torch: Any, kind: FxpType) -> Callable[[Tensor], Tensor]:
    """The function that rounds reals to what a type can hold, passing gradients between its ends.

    Ties go upwards for fixed point, as its shifts do, and to even for the others.
    """
    scale, zero_point = kind.scale, kind.zero_point
    low, high = (kind.qmin - zero_point) * scale, (kind.qmax - zero_point) * scale
    upwards = isinstance(kind, FixedType)

    def apply(value: Tensor) -> Tensor:
        cut = value.clamp(low, high)
        with torch.no_grad():
            steps = cut / scale
            steps = (steps + 0.5).floor_() if upwards else steps.round_()
            steps = steps.clamp_(kind.qmin - zero_point, kind.qmax - zero_point)
            difference = steps.mul_(scale).sub_(cut)
        return cut + difference

    return apply
