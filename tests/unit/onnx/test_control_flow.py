"""If, Loop and Scan: written out where their course is known, refused where it depends on data."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx_reference import run_onnxruntime

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model

F32, I64, BOOL = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.BOOL


def info(name: str, shape: list[int] | None = None, element: int = F32) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, element, shape)


def model(
    nodes: list[onnx.NodeProto], outputs: list[str], constants: dict[str, Any]
) -> onnx.ModelProto:
    initializers = [numpy_helper.from_array(np.asarray(a), name) for name, a in constants.items()]
    graph = helper.make_graph(
        nodes,
        "flow",
        [info("x", [3, 2])],
        [helper.make_tensor_value_info(name, F32, None) for name in outputs],
        initializers,
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8)


def loop(inputs: list[str], body: onnx.GraphProto) -> onnx.NodeProto:
    return helper.make_node("Loop", inputs, ["y", "all"], name="l", body=body)


def agree(made: onnx.ModelProto) -> None:
    x = np.random.default_rng(1).normal(0, 1, (3, 2)).astype(np.float32)
    found = run_function(import_model(made), {"x": x})
    names = [value.name for value in made.graph.output]
    expected = run_onnxruntime(made, {"x": x})
    for name in names:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6, atol=1e-6)


def loop_body(condition: onnx.NodeProto, captured: str = "x") -> onnx.GraphProto:
    """A body that adds a value from around it to a state, and gives the state's double."""
    nodes = [
        helper.make_node("Add", ["state", captured], ["next"]),
        helper.make_node("Mul", ["next", "two"], ["double"]),
        condition,
    ]
    inputs = [info("i", [], I64), info("go", [], BOOL), info("state", [3, 2])]
    outputs = [info("on", [], BOOL), info("next", [3, 2]), info("double", [3, 2])]
    two = numpy_helper.from_array(np.array(2, np.float32), "two")
    return helper.make_graph(nodes, "body", inputs, outputs, [two])


GO_ON = helper.make_node("Identity", ["go"], ["on"])


def test_loop():
    node = loop(["trips", "", "x"], loop_body(GO_ON))
    agree(model([node], ["y", "all"], {"trips": np.int64(4)}))


def test_loop_ends_when_its_condition_is_known_to():
    stop = helper.make_node(
        "Constant", [], ["on"], value=numpy_helper.from_array(np.array(False), "no")
    )
    node = loop(["trips", "", "x"], loop_body(stop))
    agree(model([node], ["y", "all"], {"trips": np.int64(4)}))


def test_loop_that_depends_on_data_is_refused():
    depends = helper.make_node("IsNaN", ["x"], ["on"])
    node = loop(["n", "", "x"], loop_body(depends))
    with pytest.raises(NnoptError, match=r"node 'l' .Loop.: its condition 'l/0/on/.*' is not"):
        import_model(model([node], ["y"], {"n": np.int64(4)}))
    node = loop(["x", "", "x"], loop_body(GO_ON))
    with pytest.raises(NnoptError, match="its number of iterations is not constant"):
        import_model(model([node], ["y"], {}))


def test_too_many_iterations_are_refused():
    node = loop(["n", "", "x"], loop_body(GO_ON))
    with pytest.raises(NnoptError, match="its 1000000000000 iterations of 3 nodes are too many"):
        import_model(model([node], ["y"], {"n": np.int64(10**12)}))


def test_scan_in_a_branch():
    body = helper.make_graph(
        [
            helper.make_node("Add", ["sum", "row"], ["next"]),
            helper.make_node("Sub", ["next", "x0"], ["out"]),
        ],
        "body",
        [info("sum", [2]), info("row", [2])],
        [info("next", [2]), info("out", [2])],
    )
    scan = helper.make_node(
        "Scan",
        ["zero", "x"],
        ["last", "each"],
        num_scan_inputs=1,
        scan_input_directions=[1],
        scan_output_axes=[1],
        body=body,
    )
    other = helper.make_node("Identity", ["other"], ["rest"])
    branches: dict[str, Any] = {
        "then_branch": helper.make_graph([scan], "then", [], [info("each", [2, 3])]),
        "else_branch": helper.make_graph([other], "else", [], [info("rest", [2, 3])]),
    }
    choose = helper.make_node("If", ["yes"], ["y"], name="choose", **branches)
    first = helper.make_node("Gather", ["x", "index"], ["x0"], axis=0)
    constants = {
        "yes": np.array(True),
        "zero": np.zeros(2, np.float32),
        "index": np.int64(0),
        "other": np.zeros((2, 3), np.float32),
    }
    agree(model([first, choose], ["y"], constants))


def test_unknown_condition_takes_both_branches():
    larger = helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0)
    test = helper.make_node("Greater", ["largest", "bound"], ["c"])
    branches: dict[str, Any] = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node(op, ["x", "bound"], [name])], name, [], [info(name, [3, 2])]
        )
        for name, op in (("then", "Add"), ("else", "Mul"))
    }
    choose = helper.make_node("If", ["c"], ["y"], name="choose", **branches)
    for bound in (-9.0, 9.0):
        agree(model([larger, test, choose], ["y"], {"bound": np.float32(bound)}))
