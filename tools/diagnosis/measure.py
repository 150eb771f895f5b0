"""What quantization does to each layer, measured on samples.

The network with quantizers is run in real numbers on all samples at once: every layer together, and
every layer alone, the others left real.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ...passes.quantize.batching import BatchRunner
from ...passes.quantize.calibrate import input_names
from ...passes.quantize.constants import plain_constant
from ...passes.quantize.insert_quantizers import name_of, rounded_weights
from ...passes.quantize.operators import LINEAR, only_moves
from ...passes.quantize.schemes import find_scheme
from ...passes.quantize.sensitivity import Study, decibels, with_quantizers
from ...passes.rewriting import shape_of

Array = NDArray[Any]
Samples = Mapping[str, Array]

INPUT = "input"


@dataclass
class LayerReport:
    """One layer: a node whose result is quantized, or an input of the network."""

    name: str
    op: str
    type: str
    """How its result is stored."""
    low: float
    high: float
    """The range of its result on the samples."""
    saturated: float
    """Share of its results that the type cannot represent."""
    sqnr: float
    """Signal to quantization noise of its result, everything quantized, in dB."""
    weight_sqnr: float | None
    """The same of its weights, if it has any."""
    channel_ratio: float
    """The largest range of a channel over the median of all channels."""
    channel: int
    """The channel with the largest range."""
    tail_ratio: float
    """The largest magnitude over that below which 99.9 % of the magnitudes lie."""
    alone_sqnr: float = np.inf
    """Of the network's output when only this layer is quantized, in dB."""
    alone_loss: float = 0.0
    """Accuracy lost when only this layer is quantized, from 0 to 1."""


@dataclass
class QuantizationReport:
    """A network in one scheme."""

    scheme: str
    samples: int
    labelled: bool
    """Whether accuracy is that of labels; else it is agreement with the network in real numbers."""
    float_accuracy: float
    quantized_accuracy: float
    output_sqnr: float
    layers: list[LayerReport] = field(default_factory=list[LayerReport])


def diagnose(study: Study, scheme: str) -> QuantizationReport:
    """Measure a calibrated graph of real numbers. Raises NnoptError, PassFailedException."""
    module, samples = study.module, study.samples
    real = _results(module, samples)
    layers, quantized = _study_all(with_quantizers(module, scheme), samples, real)
    _add_weights(module, layers, scheme)
    report = QuantizationReport(
        scheme=scheme,
        samples=len(study.output),
        labelled=study.labelled,
        float_accuracy=study.real_accuracy,
        quantized_accuracy=study.accuracy(quantized),
        output_sqnr=study.sqnr(quantized),
        layers=list(layers.values()),
    )
    for layer in report.layers:
        alone = study.alone(layer.name, scheme)
        layer.alone_sqnr = study.sqnr(alone)
        layer.alone_loss = study.loss(alone)
    return report


def _results(module: ModuleOp, samples: Samples) -> dict[str, Array]:
    """The last result of each node, and the inputs, by name."""
    found: dict[str, Array] = dict(samples)

    def remember(op: Operation, operands: Sequence[Array], result: Array) -> Array:
        name = nn.node_name(op)
        if name is not None:
            found[name] = result
        return result

    BatchRunner(module).run(samples, remember)
    return found


def _study_all(
    module: ModuleOp, samples: Samples, real: Mapping[str, Array]
) -> tuple[dict[str, LayerReport], Array]:
    layers: dict[str, LayerReport] = {}
    runner = BatchRunner(module)
    inputs = input_names(runner.function)

    def study(op: Operation, operands: Sequence[Array], result: Array) -> Array:
        if isinstance(op, fxp.QuantizeOp):
            name = name_of(op.input, inputs)
            owner = op.input.owner
            if only_moves(owner):
                return result
            if name is not None and name in real and real[name].shape == operands[0].shape:
                kind = owner.name.removeprefix("nn.") if isinstance(owner, Operation) else INPUT
                element = cast(FxpType, op.result_element)
                layers[name] = _study(name, kind, element, operands[0], result, real[name])
        return result

    (output, *_) = runner.run(samples, study)
    return layers, output.reshape(len(output), -1)


def _study(
    name: str, kind: str, element: FxpType, before: Array, stored: Array, real: Array
) -> LayerReport:
    after = element.dequantize_array(stored, np.float64)
    low, high = ((e - element.zero_point) * element.scale for e in (element.qmin, element.qmax))
    step = element.scale / 2
    outside = (before < low - step) | (before > high + step)
    magnitudes = np.abs(real)
    channels = magnitudes.reshape(-1, magnitudes.shape[-1]).max(axis=0, initial=0)
    median = float(np.median(channels[channels > 0])) if channels.any() else 1.0
    most = float(np.quantile(magnitudes, 0.999))
    return LayerReport(
        name=name,
        op=kind,
        type=str(element),
        low=float(real.min()),
        high=float(real.max()),
        saturated=float(outside.mean()),
        sqnr=decibels(real, after - real),
        weight_sqnr=None,
        channel_ratio=float(channels.max()) / median if channels.any() else 1.0,
        channel=int(channels.argmax()),
        tail_ratio=float(magnitudes.max()) / most if most > 0 else 1.0,
    )


def _add_weights(module: ModuleOp, layers: Mapping[str, LayerReport], scheme: str) -> None:
    for op in module.walk():
        layer = layers.get(nn.node_name(op) or "")
        if not isinstance(op, LINEAR) or layer is None:
            continue
        weights, bias = plain_constant(op.operands[1]), plain_constant(op.operands[2])
        if weights is not None and bias is not None and shape_of(op.operands[0]):
            stored = rounded_weights(weights, bias, 1.0, find_scheme(scheme))
            layer.weight_sqnr = decibels(weights, stored.real - weights)
