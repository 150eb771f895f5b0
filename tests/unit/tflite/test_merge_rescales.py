"""Merged rescales of sums give the same for every pair of bytes, and are found nearly always."""

from __future__ import annotations

import numpy as np
import pytest
from graph_cases import run_passes
from tflite_cases import binary
from tflite_models import ModelBuilder
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.tflite_frontend import import_tflite

PAIRS = np.stack(np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)), -1).astype(np.int8)


def rescales(module: ModuleOp) -> int:
    return sum(isinstance(op, fxp.RequantizeOp) for op in module.walk())


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
def test_every_pair_of_bytes_gives_the_same(kind: str):
    merged = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        first, second = rng.uniform(0.02, 0.2, 2)
        target = rng.uniform(0.6, 1.4) * max(first, second)
        model = ModelBuilder()
        activation = "RELU" if seed % 2 else "NONE"
        build = binary(
            kind, (256, 256), (256, 256), scales=(first, second, target), activation=activation
        )
        build(model, rng)
        module = import_tflite(model.build())
        inputs = {
            model.tensors[number].name: np.ascontiguousarray(PAIRS[..., index])
            for index, number in enumerate(model.inputs)
        }
        before = run_function(module, inputs)
        assert rescales(module) == 3
        run_passes(module, "merge-rescales", "dce")
        merged += rescales(module) == 1
        for name, array in run_function(module, inputs).items():
            np.testing.assert_array_equal(array, before[name])
    assert merged >= 10
