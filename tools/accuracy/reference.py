"""What onnxruntime reaches: the model as it is, and after its own static quantization."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def session(model: Path) -> Any:
    """An inference session on the CPU."""
    import onnxruntime

    runtime = cast("Any", onnxruntime)  # has no types of its own
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    return runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def classes(model: Path, samples: Array) -> Array:
    """The classes that onnxruntime finds for samples (N, *input shape)."""
    runner = session(model)
    name = runner.get_inputs()[0].name
    outputs = [runner.run(None, {name: sample})[0] for sample in samples]
    return np.asarray(outputs).reshape(len(samples), -1).argmax(axis=1)


class _Reader:
    """Samples as onnxruntime's calibration wants to read them."""

    def __init__(self, name: str, samples: Array):
        self.rest: Iterator[dict[str, Array]] = iter({name: sample} for sample in samples)

    def get_next(self) -> dict[str, Array] | None:
        """The next sample, None after the last."""
        return next(self.rest, None)


def quantize_statically(model: Path, samples: Array, out: Path) -> None:
    """Write what onnxruntime's static quantization makes of a model, calibrated on samples.

    8-bit activations with zero points, symmetric 8-bit weights per channel, min-max, QDQ.
    """
    from onnxruntime import quantization

    tool = cast("Any", quantization)
    name = session(model).get_inputs()[0].name
    logging.getLogger().setLevel(logging.ERROR)
    tool.quantize_static(
        str(model),
        str(out),
        _Reader(name, samples),
        quant_format=tool.QuantFormat.QDQ,
        activation_type=tool.QuantType.QInt8,
        weight_type=tool.QuantType.QInt8,
        per_channel=True,
    )
