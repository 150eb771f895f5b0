"""Graph passes change no result: every function of the FileCheck tests, and random graphs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_cases import channels_first_graphs, functions, parse, random_inputs, run_passes
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Attribute, Operation

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function
from nnopt.passes.graph import GRAPH_PIPELINE

FILECHECK = Path(__file__).resolve().parents[2] / "filecheck" / "graph"

EXACT = ("fuse-activation", "fold-pad", "fold-constants")
ROUNDED = {
    "fold-bias": 1e-6,
    "fold-batch-norm": 1e-5,
    "canonicalize-graph": 1e-6,
    "propagate-layout": 1e-5,
}
"""Passes that add up in another order or round constants, and the largest relative change."""

WINDOWS = (nn.Conv2dOp, nn.MaxPool2dOp, nn.AvgPool2dOp)

relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def assert_close(got: NDArray[Any], expected: NDArray[Any], tolerance: float) -> None:
    assert got.shape == expected.shape and got.dtype == expected.dtype
    if tolerance == 0 or expected.dtype.kind != "f":
        np.testing.assert_array_equal(got, expected)
    else:
        scale = float(np.abs(expected).max(initial=0.0))
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * max(scale, 1e-3))


@pytest.mark.parametrize(
    ("name", "tolerance"), [*((name, 0.0) for name in EXACT), *ROUNDED.items()]
)
def test_results_stay(name: str, tolerance: float) -> None:
    before = parse((FILECHECK / f"{name}.mlir").read_text("utf-8"))
    after = before.clone()
    run_passes(after, name)
    for function in functions(before):
        inputs, symbol = random_inputs(function), function.sym_name.data
        expected, got = (run_function(m, inputs, symbol) for m in (before, after))
        assert expected.keys() == got.keys()
        for key, array in expected.items():
            assert_close(got[key], array, tolerance)


def attributes_of(function: FuncOp, results: bool, index: int) -> dict[str, Attribute]:
    attributes = function.res_attrs if results else function.arg_attrs
    return dict(attributes.data[index].data) if attributes is not None else {}


def native(array: NDArray[Any], attributes: dict[str, Attribute]) -> NDArray[Any]:
    """Return what the caller of a function with native inputs and outputs has for an array."""
    perm, encoding = attributes.get("nn.perm"), attributes.get("nn.encoding")
    if isinstance(perm, DenseArrayBase):
        array = array.transpose([int(axis) for axis in perm.get_values()])
    if isinstance(encoding, fxp.FxpType) and array.dtype.kind == "f":
        array = encoding.quantize_array(array)
    return array


def test_native_io_says_how_to_call() -> None:
    before = parse((FILECHECK / "native-io.mlir").read_text("utf-8"))
    after = before.clone()
    run_passes(after, "native-io")
    for old, new in zip(functions(before), functions(after), strict=True):
        inputs, symbol = random_inputs(old), old.sym_name.data
        expected = run_function(before, inputs, symbol)
        given = {
            key: native(array, attributes_of(new, False, index))
            for index, (key, array) in enumerate(inputs.items())
        }
        got = run_function(after, given, symbol)
        for index, (key, array) in enumerate(expected.items()):
            np.testing.assert_array_equal(got[key], native(array, attributes_of(new, True, index)))


def test_native_io_can_be_asked_to_do_nothing() -> None:
    from nnopt.passes.graph.native_io import NativeIoPass

    module = parse((FILECHECK / "native-io.mlir").read_text("utf-8"))
    unchanged = module.clone()
    NativeIoPass(io="model").apply(None, module)  # pyright: ignore[reportArgumentType]
    assert module.is_structurally_equivalent(unchanged)
    with pytest.raises(ValueError, match="io must be one of native, model"):
        NativeIoPass(io="both")


def reaches_window(op: Operation, forwards: bool) -> bool:
    """Return whether a window lies behind (or before) an operation."""
    seen, stack = {op}, [op]
    while stack:
        current = stack.pop()
        if forwards:
            near = {use.operation for result in current.results for use in result.uses}
        else:
            near = {v.owner for v in current.operands if isinstance(v.owner, Operation)}
        for other in near - seen:
            if isinstance(other, WINDOWS):
                return True
            seen.add(other)
            stack.append(other)
    return False


def transposes_between_windows(module: ModuleOp) -> list[nn.TransposeOp]:
    return [
        op
        for op in module.walk()
        if isinstance(op, nn.TransposeOp) and reaches_window(op, True) and reaches_window(op, False)
    ]


@relaxed
@given(channels_first_graphs())
def test_no_transpose_is_left_between_windows(module: ModuleOp) -> None:
    inputs = random_inputs(functions(module)[0])
    expected = run_function(module, inputs)["out0"]
    run_passes(module, "propagate-layout")
    assert not transposes_between_windows(module), f"{module}"
    assert_close(run_function(module, inputs)["out0"], expected, 1e-4)


@relaxed
@given(channels_first_graphs())
def test_pipeline_keeps_results_and_is_done_after_one_run(module: ModuleOp) -> None:
    inputs = random_inputs(functions(module)[0])
    expected = run_function(module, inputs)["out0"]
    run_passes(module, *GRAPH_PIPELINE)
    assert_close(run_function(module, inputs)["out0"], expected, 1e-3)
    again = module.clone()
    run_passes(again, *GRAPH_PIPELINE)
    assert again.is_structurally_equivalent(module), f"{module}\n{again}"


def test_results_of_the_network_end_in_one_return() -> None:
    module = parse((FILECHECK / "propagate-layout.mlir").read_text("utf-8"))
    run_passes(module, "propagate-layout")
    assert all(isinstance(f.body.block.last_op, ReturnOp) for f in functions(module))
