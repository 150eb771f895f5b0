"""Weights and biases of a calibrated graph, adapted to how it is going to be quantized.

The network is run as it is and as it will be quantized, on the same samples, layer by layer in
order: each layer sees what the quantized layers before it really give, and is then changed itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ...dialects.interpreters.nn_contraction import padded, windows
from ..rewriting import rebuild, shape_of
from .batching import BatchRunner, stacked
from .calibrate import module_samples
from .constants import plain_constant, quantized_constant
from .equalize import replace_constant
from .insert_quantizers import InsertQuantizersPass
from .operators import LINEAR
from .rounding import round_weights, second_moment

Array = NDArray[Any]
Linear = nn.Conv2dOp | nn.FullyConnectedOp

ROWS = 8192
"""Positions that the second moment of a layer's inputs is taken of, at most."""


@dataclass
class Adaptation:
    """What is done to each linear layer, on which samples."""

    quantizers: InsertQuantizersPass
    data: str
    limit: int
    rounding: bool = False
    biases: bool = False

    def apply(self, module: ModuleOp) -> None:
        """Change the weights or biases of a calibrated graph. Raises NnoptError for bad data."""
        samples = stacked(list(islice(module_samples(module, self.data), self.limit)))
        quantized = module.clone()
        self.quantizers.apply(Context(), quantized)
        layers = linear_layers(module)
        means: dict[int, Array] = {}
        places = {id(op): index for index, op in enumerate(layers)}
        runner = BatchRunner(module)

        def remember(op: Operation, operands: Sequence[Array], result: Array) -> Array:
            if id(op) in places:
                means[places[id(op)]] = _mean(_unclamped(runner, op, operands))
            return result

        runner.run(samples, remember)
        self._walk(quantized, layers, means, samples)
        region_dce(module.body)

    def _walk(
        self, quantized: ModuleOp, layers: "list[Linear]", means: dict[int, Array], samples: Any
    ) -> None:
        twins = {id(op): index for index, op in enumerate(linear_layers(quantized))}
        runner = BatchRunner(quantized)

        def adapt(op: Operation, operands: Sequence[Array], result: Array) -> Array:
            if id(op) not in twins:
                return result
            layer, index = layers[twins[id(op)]], twins[id(op)]
            stored = quantized_constant(op.operands[1])
            if stored is None:
                return result
            given = list(operands)
            if self.rounding:
                source = cast(fxp.DequantizeOp, op.operands[1].owner)
                given[1] = self._rounded(cast(Linear, op), layer, given[0], source)
            if self.biases:
                change = means[index] - _mean(_unclamped(runner, op, given))
                given[2] = (given[2] + change).astype(np.float32)
                replace_constant(layer, 2, given[2])
            return _run(runner, op, given)

        runner.run(samples, adapt)

    def _rounded(self, op: Linear, layer: Linear, x: Array, source: fxp.DequantizeOp) -> Array:
        real = plain_constant(layer.operands[1])
        if real is None:
            raise ValueError("the layer has no constant weights")
        element = cast(FxpType, source.input_element)
        scales = element.scales.reshape(-1, *[1] * (real.ndim - 1))
        limit = 2 ** (element.storage.width.data - 1) - 1
        steps = (real.astype(np.float64) / scales).reshape(len(real), -1)
        groups = op.groups.value.data if isinstance(op, nn.Conv2dOp) else 1
        parts: list[Array] = []
        size = len(steps) // groups
        for group in range(groups):
            moment = second_moment(_rows(op, x, group, groups))
            parts.append(round_weights(steps[group * size : (group + 1) * size], moment, limit))
        integers = np.concatenate(parts).reshape(real.shape)
        weights = (integers * scales).astype(np.float32)
        replace_constant(layer, 1, weights)
        return weights


def linear_layers(module: ModuleOp) -> "list[Linear]":
    """Return convolutions and fully connected layers with constant weights and biases, in order."""
    return [
        op
        for op in module.walk()
        if isinstance(op, LINEAR)
        and _weights(op) is not None
        and plain_constant(op.operands[2]) is not None
    ]


def _weights(op: Linear) -> object:
    plain = plain_constant(op.operands[1])
    return quantized_constant(op.operands[1]) if plain is None else plain


def _run(runner: BatchRunner, op: Operation, operands: Sequence[Array]) -> Array:
    x = operands[0]
    merged = x.reshape(len(x), *shape_of(op.operands[0])[1:])
    (result,) = runner.interpreter.run_op(op, (merged, *operands[1:]))
    return np.asarray(result).reshape(len(x), *shape_of(op.results[0]))


def _unclamped(runner: BatchRunner, op: Operation, operands: Sequence[Array]) -> Array:
    """Return the results of a linear operation before its activation."""
    bare = rebuild(op, attributes={"act_min": None, "act_max": None})
    try:
        return _run(runner, bare, operands)
    finally:
        bare.erase()


def _mean(results: Array) -> Array:
    """Return the mean per channel, the last dimension."""
    return results.reshape(-1, results.shape[-1]).mean(axis=0, dtype=np.float64)


def _rows(op: Linear, x: Array, group: int, groups: int) -> Array:
    """Return the inputs (rows, K) that each sum of a group of channels is taken over."""
    merged = x.reshape(len(x), *shape_of(op.operands[0])[1:])
    if isinstance(op, nn.FullyConnectedOp):
        return _some(merged.reshape(-1, merged.shape[-1]))
    size, strides, pads, dilations = op.window()
    depth = merged.shape[3] // groups
    part = merged[..., group * depth : (group + 1) * depth]
    views = windows(padded(part, pads, 0), size, strides, dilations)
    count = views.shape[0] * views.shape[1] * views.shape[2]
    chosen = np.unravel_index(_indices(count), views.shape[:3])
    return views[chosen].transpose(0, 2, 3, 1).reshape(len(chosen[0]), -1)


def _some(rows: Array) -> Array:
    return rows[_indices(len(rows))]


def _indices(count: int) -> NDArray[np.int64]:
    """Return up to ROWS of so many indices, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, ROWS)).astype(np.int64))
