"""Running a network in PyTorch: with batch normalization, folded, or quantized on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .framework import Tensor, load_torch
from .network import INPUT, Layer, Network

Parameters: TypeAlias = dict[str, Tensor]
"""By `layer.part`: weight and bias, or weight and the norm's scale, shift, mean, variance."""

Weights: TypeAlias = dict[str, NDArray[np.float32]]
"""Of a folded network: weight and bias of every layer, by `layer.part`."""

EPSILON = 1e-5
MOMENTUM = 0.1
NORM = ("scale", "shift", "mean", "variance")
LEARNT = ("weight", "bias", "scale", "shift")

Operands: TypeAlias = Callable[[Layer], tuple[Tensor, Tensor]]
"""Gives the weights and the bias that a layer computes with."""

Tap: TypeAlias = Callable[[str, Tensor], Tensor]
"""Sees every value by name, and gives the one to go on with."""


def initial_parameters(network: Network, seed: int) -> Parameters:
    """Random weights, uniform within 1/sqrt(inputs); everything else neutral."""
    torch = load_torch()
    source = torch.Generator().manual_seed(seed)
    found: Parameters = {}
    for layer in network.linear:
        bound = 1 / math.sqrt(math.prod(layer.weights[1:]))
        random = torch.rand(layer.weights, generator=source)
        found[f"{layer.name}.weight"] = (2 * random - 1) * bound
        channels = layer.weights[0]
        if layer.norm:
            for part in NORM:
                make = torch.ones if part in ("scale", "variance") else torch.zeros
                found[f"{layer.name}.{part}"] = make(channels)
        else:
            found[f"{layer.name}.bias"] = torch.zeros(channels)
    return found


def learnt(parameters: Parameters) -> list[Tensor]:
    """The parameters that gradients change, marked so."""
    chosen = [t for name, t in parameters.items() if name.rpartition(".")[2] in LEARNT]
    return [tensor.requires_grad_() for tensor in chosen]


def fold(network: Network, parameters: Parameters) -> Weights:
    """Weights and biases with the normalization in them, computed in float64."""
    arrays = {name: t.detach().numpy().astype(np.float64) for name, t in parameters.items()}
    weights: Weights = {}
    for layer in network.linear:
        weight = arrays[f"{layer.name}.weight"]
        if layer.norm:
            scale, shift, mean, variance = (arrays[f"{layer.name}.{part}"] for part in NORM)
            gain = scale / np.sqrt(variance + EPSILON)
            weight = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
            bias = shift - mean * gain
        else:
            bias = arrays[f"{layer.name}.bias"]
        weights[f"{layer.name}.weight"] = weight.astype(np.float32)
        weights[f"{layer.name}.bias"] = bias.astype(np.float32)
    return weights


def as_tensors(weights: Weights) -> Parameters:
    """Copies of arrays as tensors."""
    torch = load_torch()
    return {name: torch.tensor(array) for name, array in weights.items()}


def run(network: Network, x: Tensor, operands: Operands, tap: Tap, after: Tap) -> Tensor:
    """The output for samples (N, *input shape).

    `after` follows every layer with weights (its normalization), `tap` every value.
    """
    values = {INPUT: tap(INPUT, x)}
    for layer in network.layers:
        given = [values[name] for name in layer.inputs]
        result = _apply(layer, given, operands)
        if layer.weights:
            result = after(layer.name, result)
        values[layer.name] = tap(layer.name, result)
    return values[network.layers[-1].name]


def _apply(layer: Layer, given: list[Tensor], operands: Operands) -> Tensor:
    torch = load_torch()
    functional: Any = torch.nn.functional
    x = given[0]
    if layer.kind == "conv":
        weight, bias = operands(layer)
        convolve = functional.conv1d if len(layer.weights) == 3 else functional.conv2d
        return convolve(x, weight, bias, stride=layer.stride, padding=layer.pad)
    if layer.kind == "linear":
        return functional.linear(x, *operands(layer))
    if layer.kind == "relu":
        return functional.relu(x)
    if layer.kind == "max_pool":
        pool = functional.max_pool1d if len(layer.window) == 1 else functional.max_pool2d
        return pool(x, layer.window)
    if layer.kind == "add":
        return x + given[1]
    return x.flatten(1)


def run_normalized(network: Network, parameters: Parameters, x: Tensor, training: bool) -> Tensor:
    """The output with batch normalization; running means are updated while `training`."""
    functional = load_torch().nn.functional
    norms = {layer.name for layer in network.linear if layer.norm}

    def operands(layer: Layer) -> tuple[Tensor, Tensor]:
        return parameters[f"{layer.name}.weight"], parameters.get(f"{layer.name}.bias")

    def normalize(name: str, value: Tensor) -> Tensor:
        if name not in norms:
            return value
        scale, shift, mean, variance = (parameters[f"{name}.{part}"] for part in NORM)
        return functional.batch_norm(
            value, mean, variance, scale, shift, training, MOMENTUM, EPSILON
        )

    return run(network, x, operands, _unchanged, normalize)


def run_folded(network: Network, parameters: Parameters, x: Tensor, tap: Tap) -> Tensor:
    """The output of a folded network, whose values `tap` sees."""

    def operands(layer: Layer) -> tuple[Tensor, Tensor]:
        return parameters[f"{layer.name}.weight"], parameters[f"{layer.name}.bias"]

    return run(network, x, operands, tap, _unchanged)


def _unchanged(_: str, value: Tensor) -> Tensor:
    return value
