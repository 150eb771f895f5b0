"""Accuracy of one model, quantized in many ways, on the whole test split.

The C that the compiler makes runs on the host: it has the bits of the integer graph's interpreter
and of every board.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.interpreters import find_function
from ...lowering.onnx_frontend import import_model
from ...passes.quantize.calibrate import input_names
from ..compile import compile_model
from ..mixed import Budget, choose_schemes
from ..pipeline import Options
from ..run import run_package
from ..run.io import save_npz
from .datasets import Split

FLAGS = ("-O3", "-march=native")
"""Vectors make long splits short; integers stay the same bits."""


def host_outputs(model: Path, samples: NDArray[Any], options: Options) -> NDArray[Any]:
    """Outputs (N, classes) of the compiled model on the host. Raises NnoptError."""
    with tempfile.TemporaryDirectory(prefix="nnopt-accuracy-") as folder:
        out = Path(folder) / "out"
        unit = compile_model(model, out, options)
        inputs = {unit.inputs[0].name: samples}
        result = run_package(out, inputs, "host", cflags=FLAGS, timeout=None)
    (output,) = result.outputs.values()
    return output.reshape(len(samples), -1)


def top1(outputs: NDArray[Any], labels: NDArray[Any]) -> float:
    """The share of samples whose largest output is that of their class."""
    return np.count_nonzero(outputs.argmax(axis=1) == labels) / len(labels)


def quantized_accuracy(model: Path, test: Split, calibration: Split, options: Options) -> float:
    """Accuracy of a model compiled with `options` after calibration. Raises NnoptError."""
    with calibration_file(model, calibration) as file:
        portable = dataclasses.replace(
            options, calibrate=str(file), target="portable", place="first-fit"
        )
        return top1(host_outputs(model, test.samples, portable), test.labels)


def mixed_accuracy(model: Path, test: Split, calibration: Split) -> float:
    """Accuracy of a model whose layers' schemes are chosen, without labels. Raises NnoptError."""
    with calibration_file(model, calibration) as file:
        options = Options(calibrate=str(file), target="portable", place="first-fit")
        build = partial(compile_model, model)
        budget = Budget.parse([])
        chosen, choice = choose_schemes(import_model(model), options, budget, build)
        print(f"    {choice.summary()}", file=sys.stderr, flush=True)
        return top1(host_outputs(model, test.samples, chosen), test.labels)


@contextmanager
def calibration_file(model: Path, calibration: Split) -> Generator[Path]:
    """Samples in a file for as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="nnopt-calibrate-") as folder:
        file = Path(folder) / "calibration.npz"
        save_npz(file, {input_name(model): calibration.samples})
        yield file


def input_name(model: Path) -> str:
    """The name of a model's only input."""
    (name,) = input_names(find_function(import_model(model), "main"))
    return name
