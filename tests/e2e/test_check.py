"""`nnopt check`: everything that is wrong with a model is said at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nnopt.tools.nnopt import main

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
F32 = TensorProto.FLOAT


def saved(
    folder: Path,
    nodes: list[onnx.NodeProto],
    initializers: list[onnx.TensorProto] | None = None,
    dims: list[int | str | None] | None = None,
) -> Path:
    """A model file; its input is x, its output y."""
    x = helper.make_tensor_value_info("x", F32, dims or [1, 4])
    y = helper.make_tensor_value_info("y", F32, None)
    graph = helper.make_graph(nodes, "g", [x], [y], initializers or [])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    path = folder / "m.onnx"
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def tensor(name: str, array: NDArray[Any]) -> onnx.TensorProto:
    return numpy_helper.from_array(array, name)


def checked(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, Any]:
    """The JSON of the command; its exit code must agree with it."""
    code = main(["check", str(path), "--json", *options])
    content = json.loads(capsys.readouterr().out)
    assert content["ok"] == (code == 0) == (content["errors"] == 0)
    assert content["errors"] + content["warnings"] == len(content["findings"])
    return content


def test_a_good_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(SHIPPED / "digits_cnn_int8.onnx")]) == 0
    assert capsys.readouterr().out.endswith("digits_cnn_int8.onnx: nothing is wrong with it\n")


def test_everything_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tensor("far", np.ones(4, np.float32))
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="weights.bin")
    nodes = [
        helper.make_node("Add", ["x", "far"], ["a"], name="add"),
        helper.make_node("Fourier", ["a"], ["b"], name="first", domain="com.example"),
        helper.make_node("StringNormalizer", ["b"], ["c"], name="second"),
        helper.make_node("Relu", ["x"], ["d"], name="odd", alpha=1.0),
        helper.make_node("Reshape", ["x", "shape"], ["e"], name="third"),
        helper.make_node("Mul", ["x", "nowhere"], ["f"], name="fourth"),
        helper.make_node("Sum", ["c", "d", "e", "f"], ["y"], name="sum"),
    ]
    shape = tensor("shape", np.array([3, 5], np.int64))
    content = checked(capsys, saved(tmp_path, nodes, [outside, shape], ["seq", 4]))
    found = {(f["kind"], f["subject"]): f for f in content["findings"]}
    assert set(found) == {
        ("dimension", "x"),
        ("data", "far"),
        ("operator", "first"),
        ("operator", "second"),
        ("node", "odd"),
        ("node", "third"),
        ("node", "fourth"),
    }
    assert found["operator", "first"]["op"] == "com.example.Fourier"
    assert "register_operator" in found["operator", "first"]["advice"]
    assert "--bind seq=NUMBER" in found["dimension", "x"]["advice"]
    assert "does not exist beside the model" in found["data", "far"]["reason"]
    assert "'nowhere'" in found["node", "fourth"]["reason"]
    assert content["errors"] == 7
    bound = checked(capsys, tmp_path / "m.onnx", "--bind", "seq=1")
    assert bound["errors"] == 6
    wrong = checked(capsys, tmp_path / "m.onnx", "--bind", "other=1")
    assert wrong["errors"] == 8


def test_an_operator_of_a_later_opset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path, [helper.make_node("Trilu", ["x"], ["y"], name="n")])
    model = onnx.ModelProto.FromString(path.read_bytes())
    model.opset_import[0].version = 11
    path.write_bytes(model.SerializeToString())
    (finding,) = checked(capsys, path)["findings"]
    assert finding["reason"] == "the operator is supported from opset 14 on, the model has 11"


@pytest.mark.parametrize(
    ("values", "words", "severity"),
    [
        ([0.0] * 16, "all its elements are 0", "warning"),
        ([0.5] * 15 + [1e3], "is 1e+03, but nine of ten elements are below 0.5", "warning"),
        ([1.0] * 14 + [1e-40, -1e-42], "2 of its 16 elements are subnormal", "warning"),
        ([1.0] * 15 + [np.nan], "1 of its 16 elements are NaN", "warning"),
        ([1.0] * 15 + [-np.inf], "1 of its 16 elements are infinite", "warning"),
    ],
)
def test_odd_weights(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    values: list[float],
    words: str,
    severity: str,
) -> None:
    weights = np.array(values, np.float32).reshape(4, 4)
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="n")
    content = checked(capsys, saved(tmp_path, [node], [tensor("w", weights)]))
    reasons = [(f["reason"], f["severity"]) for f in content["findings"]]
    assert any(words in reason and severity == given for reason, given in reasons)
    assert content["ok"] == bool(np.isfinite(weights).all())


@pytest.mark.parametrize("scale", [0.0, -0.5, np.nan])
def test_a_scale_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scale: float
) -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"], name="q"),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], name="d"),
    ]
    given = [tensor("s", np.float32(scale)), tensor("z", np.int8(0))]  # pyright: ignore[reportArgumentType]
    content = checked(capsys, saved(tmp_path, nodes, given))
    assert not content["ok"]
    assert any("scale" in f["reason"] or "not above 0" in f["reason"] for f in content["findings"])


def test_channels_of_scale_0_are_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s", "z"], ["d"], name="d", axis=0),
        helper.make_node("Add", ["x", "d"], ["y"]),
    ]
    scales = np.array([0.0, 0.5, 0.5, 0.25], np.float32)
    given = [tensor("s", scales), tensor("z", np.zeros(4, np.int8))]
    given.append(tensor("w", np.array([1, 2, 3, 4], np.int8)))
    content = checked(capsys, saved(tmp_path, nodes, given))
    assert content["ok"] and content["warnings"] == 1


def test_no_model_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (finding,) = checked(capsys, tmp_path / "no.onnx")["findings"]
    assert finding["kind"] == "file" and "cannot read" in finding["reason"]


def test_lines_in_a_pipe_a_table_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(
        saved(tmp_path, [helper.make_node("Odd", ["x"], ["y"], name="n", domain="com.example")])
    )
    assert main(["check", path]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "error: node 'n' (com.example.Odd): the operator is not supported (opset 1); "
    )
    assert last == f"{path}: 1 error"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["check", path]) == 1
    assert "what to do" in capsys.readouterr().out
