"""Each TFLite operator against TFLite's own reference kernels: integers have the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tflite_cases import OperatorCase, all_cases
from tflite_functions import more_cases
from tflite_models import Array, ModelBuilder, needs_reference, random_inputs, reference
from tflite_movement import movement_cases

from nnopt.dialects.interpreters import run_function
from nnopt.lowering.tflite_frontend import import_tflite, registered_operators
from nnopt.lowering.tflite_frontend.variables import STATEFUL
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import run_package

CASES = [*all_cases(), *movement_cases(), *more_cases()]
SEEDS = 3


def build(case: OperatorCase) -> ModelBuilder:
    model = ModelBuilder()
    case.build(model, np.random.default_rng(len(case.name)))
    return model


def check(name: str, got: Array, wanted: Array) -> None:
    assert got.dtype == wanted.dtype and got.shape == wanted.shape, name
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5, err_msg=name)
    else:
        np.testing.assert_array_equal(got, wanted, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_operator(case: OperatorCase):
    needs_reference()
    model = build(case)
    data = model.build()
    module = import_tflite(data)
    module.verify()
    for seed in range(SEEDS):
        inputs = random_inputs(model, np.random.default_rng(seed))
        wanted = reference(data, inputs, case.kernels)
        got = run_function(module, inputs)
        assert list(got) == [model.tensors[number].name for number in model.outputs]
        for name, array in got.items():
            check(name, array, wanted[name])


def test_every_operator_has_a_case():
    """But for those that keep something, which test_streams.py has."""
    tested = {op.kind for case in CASES for op in build(case).operators}
    assert not set(registered_operators()) - tested - set(STATEFUL)


def test_all_operators_in_c(tmp_path: Path):
    """All cases as one network, compiled and run on the host: as the interpreter has them, which
    the test above compares with TFLite.
    """
    model = ModelBuilder()
    for index, case in enumerate(CASES):
        case.build(model, np.random.default_rng(index))
    data = model.build()
    path = tmp_path / "all.tflite"
    path.write_bytes(data)
    compile_model(path, tmp_path / "out", Options(target="portable", place="first-fit"))
    samples = [random_inputs(model, np.random.default_rng(seed)) for seed in range(SEEDS)]
    stacked = {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}
    outputs = run_package(tmp_path / "out", stacked, "host").outputs
    module = import_tflite(data)
    for index, sample in enumerate(samples):
        for name, array in run_function(module, sample).items():
            check(name, outputs[name][index], array)
