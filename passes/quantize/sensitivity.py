"""How much a network suffers from the schemes of its layers, measured on samples.

The graph with quantizers is run in real numbers on all samples at once, and compared with the graph
of real numbers that it was made of.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from ...dialects import fxp, nn
from ...dialects.interpreters import find_function
from .batching import BatchRunner, run_all
from .calibrate import input_names
from .insert_quantizers import InsertQuantizersPass, name_of
from .operators import only_moves
from .schemes import FLOAT

Array = NDArray[Any]
Samples = Mapping[str, Array]
Layers = Mapping[str, str]
"""Schemes by the names of nodes and inputs."""


def decibels(signal: Array, noise: Array) -> float:
    """Return the signal to noise ratio in dB; infinite without noise."""
    power = float(np.square(noise, dtype=np.float64).sum())
    whole = float(np.square(signal, dtype=np.float64).sum())
    if power == 0:
        return float(np.inf)
    return 10 * float(np.log10(max(whole, 1e-300) / power))


def layer_names(module: ModuleOp) -> list[str]:
    """Return the names of all inputs and nodes."""
    function = find_function(module, "main")
    ops = [nn.node_name(op) for op in function.body.block.ops]
    return list(dict.fromkeys([*input_names(function), *(name for name in ops if name)]))


def with_quantizers(module: ModuleOp, scheme: str, layers: Layers | None = None) -> ModuleOp:
    """Return a calibrated graph with quantizers; weights behind real inputs have them as well."""
    clone = module.clone()
    InsertQuantizersPass(scheme, json.dumps(dict(layers or {})), real_inputs=True).apply(
        Context(), clone
    )
    return clone


def quantized_layers(module: ModuleOp, scheme: str) -> list[str]:
    """Return the names of the nodes and inputs whose results get quantizers of their own."""
    function = find_function(with_quantizers(module, scheme), "main")
    inputs = input_names(function)
    found: list[str] = []
    for op in function.body.block.ops:
        if isinstance(op, fxp.QuantizeOp) and not only_moves(op.input.owner):
            name = name_of(op.input, inputs)
            if name is not None:
                found.append(name)
        if isinstance(op, func.ReturnOp):
            break
    return list(dict.fromkeys(found))


class Study:
    """A calibrated graph of real numbers on samples, and what it gives with quantizers."""

    def __init__(self, module: ModuleOp, samples: Samples, labels: Array | None = None):
        self.module, self.samples = module, samples
        self.labelled = labels is not None
        self.output = run_all(BatchRunner(module), samples)
        self.truth: Array = self.output.argmax(axis=1) if labels is None else labels
        self.names = layer_names(module)

    def quantized(self, scheme: str, layers: Layers | None = None) -> Array:
        """Return the outputs (N, size) in a scheme, with others for single layers."""
        return run_all(BatchRunner(with_quantizers(self.module, scheme, layers)), self.samples)

    def alone(self, name: str, scheme: str) -> Array:
        """Return the outputs with only one layer quantized."""
        return self.quantized(scheme, {other: FLOAT for other in self.names if other != name})

    def sqnr(self, output: Array) -> float:
        """Return the signal to noise ratio of outputs in dB."""
        return decibels(self.output, output - self.output)

    def noise(self, output: Array) -> float:
        """Return the power of the noise over that of the signal."""
        power = float(np.square(self.output, dtype=np.float64).sum())
        difference = np.square(output - self.output, dtype=np.float64).sum()
        return float(difference) / max(power, 1e-300)

    def accuracy(self, output: Array) -> float:
        """Return the share of samples with the right class: that of labels, or of the graph."""
        return float((output.argmax(axis=1) == self.truth).mean())

    @property
    def real_accuracy(self) -> float:
        """The accuracy of the graph of real numbers: 1 without labels."""
        return self.accuracy(self.output)

    def loss(self, output: Array) -> float:
        """Return the accuracy lost against the graph of real numbers, from 0 to 1."""
        return self.real_accuracy - self.accuracy(output)
