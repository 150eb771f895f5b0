"""Small ONNX models for tests, run by onnxruntime and by the interpreter of the imported module."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model

Array: TypeAlias = NDArray[Any]


def make_model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Array],
    constants: Mapping[str, Array] | None = None,
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
) -> onnx.ModelProto:
    """Return a model whose inputs have the types and shapes of the given arrays."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in inputs.items()
        ],
        [helper.make_value_info(name, onnx.TypeProto()) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
    )


def run_onnxruntime(model: onnx.ModelProto, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return the outputs of onnxruntime by name; its graph optimizations are off."""
    runtime = cast(Any, onnxruntime)  # has no types of its own
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names: list[str] = [output.name for output in session.get_outputs()]
    results: list[Array] = session.run(names, dict(inputs))
    return dict(zip(names, results, strict=True))


def run_imported(model: onnx.ModelProto, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return the outputs of the imported module, which is verified first."""
    module = import_model(model)
    module.verify()
    return run_function(module, dict(inputs))


def check_against_onnxruntime(
    model: onnx.ModelProto, inputs: Mapping[str, Array], *, tolerance: float = 1e-5, steps: int = 0
) -> dict[str, Array]:
    """Compare the imported module with onnxruntime and return its outputs.

    Names, shapes and element types must be the same, reals within `tolerance` relative to the
    output's largest magnitude, integers within `steps`.
    """
    expected, got = run_onnxruntime(model, inputs), run_imported(model, inputs)
    assert got.keys() == expected.keys()
    for name, wanted in expected.items():
        result = got[name]
        assert result.shape == wanted.shape, name
        assert result.dtype == wanted.dtype, name
        if wanted.dtype.kind == "f":
            scale = max(float(np.abs(wanted).max(initial=0.0)), 1e-30)
            assert float(np.abs(result - wanted).max(initial=0.0)) <= tolerance * scale, name
        else:
            difference = np.abs(result.astype(np.int64) - wanted.astype(np.int64))
            assert int(difference.max(initial=0)) <= steps, name
    return got
