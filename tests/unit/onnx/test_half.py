"""float16 models: float32 in C, wherever the type may stand."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model

HALF = TensorProto.FLOAT16
W = np.array([[0.5, -1.25], [3.0, 1 / 3]], np.float16)


def half_model(nodes: list[onnx.NodeProto], weights: list[TensorProto]) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "half",
        [helper.make_tensor_value_info("x", HALF, [1, 2])],
        [helper.make_tensor_value_info("y", HALF, None)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def outputs(model: onnx.ModelProto, folder: Path | None = None) -> np.ndarray:
    module = import_model(model, folder=folder)
    return run_function(module, {"x": np.array([[1.0, 2.0]], np.float32)})["y"]


WANTED = np.array([[1.0, 2.0]], np.float32) @ W.astype(np.float32)


def test_inputs_weights_and_results() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    result = outputs(half_model(nodes, [numpy_helper.from_array(W, "w")]))
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, WANTED)


def test_weights_as_numbers_of_16_bits() -> None:
    tensor = helper.make_tensor("w", HALF, [2, 2], W.reshape(-1).tolist())
    assert not tensor.raw_data
    result = outputs(half_model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor]))
    np.testing.assert_array_equal(result, WANTED)


def test_weights_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(W.tobytes())
    tensor = TensorProto(name="w", data_type=HALF, dims=[2, 2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="w.bin")
    model = half_model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor])
    np.testing.assert_array_equal(outputs(model, tmp_path), WANTED)
    tensor.external_data[0].value = "../w.bin"
    model = half_model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor])
    with pytest.raises(NnoptError, match="outside of the model's folder"):
        outputs(model, tmp_path)


def test_attributes_and_branches() -> None:
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(W)),
         helper.make_node("MatMul", ["x", "c"], ["r"])],
        "then", [], [helper.make_tensor_value_info("r", HALF, None)],
    )  # fmt: skip
    nodes = [
        helper.make_node("Constant", [], ["yes"], value=numpy_helper.from_array(np.array(True))),
        helper.make_node("If", ["yes"], ["m"], then_branch=branch, else_branch=branch),
        helper.make_node("Cast", ["m"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["f"], ["y"], to=HALF),
    ]
    np.testing.assert_array_equal(outputs(half_model(nodes, [])), WANTED)


def test_too_few_bytes_are_named() -> None:
    tensor = TensorProto(name="w", data_type=HALF, dims=[2, 2], raw_data=b"1234567")
    with pytest.raises(NnoptError, match=r"'w' of dimensions .* needs 8 bytes, but has 7"):
        outputs(half_model([helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor]))


def test_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    import_model(half_model(nodes, []), tell_batch=said.append)
    assert said == ["float16 is float32 in C, for inputs and outputs as well"]
