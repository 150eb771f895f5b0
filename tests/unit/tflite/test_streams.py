"""What TFLite models keep between calls: variables, and the memory of SVDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tflite_models import (
    Array,
    ModelBuilder,
    needs_reference,
    random_inputs,
    reference_stream,
)

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters.streaming import Stream
from nnopt.lowering.tflite_frontend import import_tflite
from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt import main
from nnopt.tools.pipeline import Options
from nnopt.tools.run import run_package

Samples = list[dict[str, Array]]


def svdf(dtype: str, rank: int, depth: int, bias: bool = True, activation: int = 1) -> ModelBuilder:
    """A layer of 6 features over `depth` calls."""
    rng = np.random.default_rng(rank * 10 + depth)
    real, model, features = dtype == "float32", ModelBuilder(), 6
    x = model.input((2, 5), dtype, *(() if real else (0.05, -7)))
    if real:
        first = model.constant(rng.normal(0, 1, (features, 5)).astype(np.float32))
        times = model.constant(rng.normal(0, 1, (features, depth)).astype(np.float32))
    else:
        weights = rng.integers(-127, 128, (features, 5)).astype(np.int8)
        first = model.constant(weights, 0.01)
        times = model.constant(
            rng.integers(-32767, 32768, (features, depth)).astype(np.int16), 1 / 32768
        )
    units = features // rank
    offsets = rng.integers(-20000, 20000, units).astype(np.float32 if real else np.int32)
    scale = None if real else 0.0005 / 32768
    third = model.constant(offsets, scale) if bias else -1
    memory = model.tensor(
        (2, features * depth),
        "float32" if real else "int16",
        None if real else 0.0005,
        name="memory",
        variable=True,
    )
    y = model.tensor((2, units), dtype, None if real else 0.02, 0 if real else 3, name="y")
    model.outputs.append(y)
    model.operator(
        "SVDF", [x, first, times, third, memory], [y], "SVDFOptions",
        Rank=rank, FusedActivationFunction=activation,
    )  # fmt: skip
    return model


def ring(initial: int = -3) -> ModelBuilder:
    """The last two rows and the new one, convolved: how streaming networks keep their past."""
    rng = np.random.default_rng(0)
    model, once = ModelBuilder(), ModelBuilder()
    x = model.input((1, 1, 1, 4), "int8", 0.5, -3, name="x")
    handle = once.tensor((), "RESOURCE", name="handle")
    once.operator("VAR_HANDLE", [], [handle], "VarHandleOptions", SharedName="past")
    zeros = once.constant(np.full((1, 2, 1, 4), initial, np.int8), 0.5, zero_point=-3)
    once.operator("ASSIGN_VARIABLE", [handle, zeros], [], "AssignVariableOptions")
    model.further.append(once)
    model.operator("CALL_ONCE", [], [], "CallOnceOptions", InitSubgraphIndex=1)
    past = model.tensor((), "RESOURCE", name="past")
    model.operator("VAR_HANDLE", [], [past], "VarHandleOptions", SharedName="past")
    old = model.tensor((1, 2, 1, 4), "int8", 0.5, -3, name="old")
    model.operator("READ_VARIABLE", [past], [old], "ReadVariableOptions")
    window = model.tensor((1, 3, 1, 4), "int8", 0.5, -3, name="window")
    model.operator("CONCATENATION", [old, x], [window], "ConcatenationOptions", Axis=1)
    new = model.tensor((1, 2, 1, 4), "int8", 0.5, -3, name="new")
    limits = [model.constant(np.array(v, np.int32)) for v in ([0, 1, 0, 0], [1, 2, 1, 4])]
    model.operator("SLICE", [window, *limits], [new], "SliceOptions")
    model.operator("ASSIGN_VARIABLE", [past, new], [], "AssignVariableOptions")
    weights = model.constant(rng.integers(-127, 128, (5, 3, 1, 4)).astype(np.int8), 0.01)
    bias = model.constant(rng.integers(-500, 500, 5).astype(np.int32), 0.005)
    y = model.tensor((1, 1, 1, 5), "int8", 0.3, 7, name="y")
    model.operator(
        "CONV_2D", [window, weights, bias], [y], "Conv2DOptions", Padding=1, StrideW=1, StrideH=1,
        DilationWFactor=1, DilationHFactor=1, FusedActivationFunction=1,
    )  # fmt: skip
    model.outputs.append(y)
    return model


CASES = {
    "svdf int8": lambda: svdf("int8", 1, 4),
    "svdf rank": lambda: svdf("int8", 2, 3),
    "svdf without bias": lambda: svdf("int8", 3, 1, bias=False),
    "svdf float": lambda: svdf("float32", 2, 4, activation=3),
    "variables": ring,
}


def samples_of(model: ModelBuilder, count: int = 7) -> Samples:
    return [random_inputs(model, np.random.default_rng(seed)) for seed in range(count)]


def check(got: Array, wanted: Array) -> None:
    if wanted.dtype == np.float32:
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-3)
    else:
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("name", CASES)
def test_stream(name: str, tmp_path: Path):
    """The interpreter and the C have TFLite's bits, call after call."""
    needs_reference()
    model = CASES[name]()
    data = model.build()
    module = import_tflite(data)
    module.verify()
    samples = samples_of(model)
    wanted = [outputs["y"] for outputs in reference_stream(data, samples)]
    stream = Stream(module)
    for sample, expected in zip(samples, wanted, strict=True):
        (got,) = stream.step(sample).values()
        check(got, expected)
    stream.reset()
    check(next(iter(stream.step(samples[0]).values())), wanted[0])
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    compile_model(path, tmp_path / "out", Options(target="portable", place="first-fit"))
    stacked = {key: np.stack([sample[key] for sample in samples]) for key in samples[0]}
    (outputs,) = run_package(tmp_path / "out", stacked, "host").outputs.values()
    check(outputs, np.stack(wanted))


def test_a_variable_that_does_not_start_at_zero():
    with pytest.raises(NnoptError, match="variable 'past' does not start at zero"):
        import_tflite(ring(initial=5).build())


def test_what_runs_once_only_assigns():
    model = ring()
    model.further[0].operator("ADD", [0, 0], [0], "AddOptions")
    with pytest.raises(NnoptError, match="may only assign constants to variables"):
        import_tflite(model.build())


def test_integers_of_svdf_have_a_relu():
    with pytest.raises(NnoptError, match="with a fused RELU only"):
        import_tflite(svdf("int8", 1, 2, activation=0).build())


def test_a_subgraph_that_is_not_there():
    model = ring()
    model.further.clear()
    with pytest.raises(NnoptError, match="there is no subgraph 1"):
        import_tflite(model.build())


def test_compared_layer_by_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    needs_reference()
    model = ring()
    path, out = tmp_path / "ring.tflite", tmp_path / "out"
    path.write_bytes(model.build())
    samples = samples_of(model, 3)
    np.savez(tmp_path / "x.npz", x=np.stack([sample["x"] for sample in samples]))
    assert main(["compile", str(path), "-o", str(out)]) == 0
    assert main(["compare", str(path), str(out), "--input", str(tmp_path / "x.npz")]) == 0
    said = capsys.readouterr().out
    assert "The C agrees with the interpreter in every layer." in said
