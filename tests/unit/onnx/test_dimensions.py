"""Symbolic dimensions: bound by name or place, all that is unknown told at once."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import read_graph
from nnopt.tools.nnopt import main
from nnopt.tools.nnopt_opt import run

Dims = list[int | str | None]


def model_of(*inputs: tuple[str, Dims]) -> onnx.ModelProto:
    """The sum of all inputs."""
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, dims) for n, dims in inputs]
    node = helper.make_node("Sum", [name for name, _ in inputs], ["y"], name="sum")
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, inputs[0][1])
    graph = helper.make_graph([node], "g", infos, [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_bound_by_name_wherever_the_name_is() -> None:
    graph = read_graph(model_of(("a", ["N", "seq"]), ("b", ["N", 1])), {"N": 3, "seq": 128})
    assert [info.shape for info in graph.inputs] == [(3, 128), (3, 1)]
    assert graph.outputs[0].shape == (3, 128)


def test_bound_by_place_where_there_is_no_name() -> None:
    model = model_of(("a", [None, 4]), ("b", [None, 4]))
    graph = read_graph(model, {"a:0": 2, "b:0": 1})
    assert [info.shape for info in graph.inputs] == [(2, 4), (1, 4)]


def test_everything_unknown_is_told_at_once() -> None:
    with pytest.raises(NnoptError) as raised:
        read_graph(model_of(("a", ["N", "seq", None]), ("b", ["M"])))
    text = str(raised.value)
    assert (
        "input 'a' has no size for dimension 'N' (axis 0), 'seq' (axis 1), 'a:2' (axis 2)" in text
    )
    assert "--bind N=NUMBER --bind seq=NUMBER --bind a:2=NUMBER" in text
    assert "input 'b' has no size for dimension 'M' (axis 0)" in text


@pytest.mark.parametrize(
    ("bindings", "message"),
    [
        ({"N": 0}, "dimension 'N' cannot be 0"),
        ({"N": -1}, "dimension 'N' cannot be -1"),
        ({"N": 1 << 31}, "dimension 'N' cannot be 2147483648"),
        ({"M": 1}, "no input .* named 'M'; those without a size are 'N'"),
        ({"N": 1, "a:1": 4}, "no input of the model has a dimension named 'a:1'"),
    ],
)
def test_wrong_bindings(bindings: dict[str, int], message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        read_graph(model_of(("a", ["N", 4])), bindings)


@pytest.mark.parametrize("name", ["N", "batch", "batch_size", "unk__7", None])
def test_an_open_batch_is_one_and_that_is_said(name: str | None) -> None:
    told: list[str] = []
    graph = read_graph(model_of(("a", [name, 4])), tell_batch=told.append)
    assert graph.inputs[0].shape == (1, 4)
    key = name or "a:0"
    assert told == [f"dimension '{key}', the first of input 'a', is taken as a batch of 1"]


@pytest.mark.parametrize("dims", [["seq", 4], [4, "N"], ["N"]])
def test_what_is_no_batch_is_not_guessed(dims: Dims) -> None:
    told: list[str] = []
    with pytest.raises(NnoptError, match="has no size for dimension"):
        read_graph(model_of(("a", dims)), tell_batch=told.append)
    assert told == []


def test_every_command_takes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = str(tmp_path / "m.onnx"), str(tmp_path / "out")
    Path(path).write_bytes(model_of(("a", ["N", "seq"]), ("b", ["N", "seq"])).SerializeToString())
    assert main(["compile", path, "-o", out]) == 1
    assert "--bind seq=NUMBER" in capsys.readouterr().err
    assert main(["compile", path, "-o", out, "--bind", "seq=5"]) == 0
    assert "note: dimension 'N', the first of input 'a', is taken" in capsys.readouterr().err
    arrays = {name: np.ones((2, 1, 5), np.float32) for name in ("a", "b")}
    np.savez(tmp_path / "x.npz", **arrays)  # pyright: ignore[reportArgumentType]
    samples = str(tmp_path / "x.npz")
    assert main(["run", out, "--input", samples, "--board", "host"]) == 0
    assert main(["compare", path, out, "--input", samples]) == 0
    assert "same bits" in capsys.readouterr().out
    assert run([path, "--bind", "N=2", "--bind", "seq=3"]) == 0
    assert "tensor<2x3xf32>" in capsys.readouterr().out
    assert run([path, "--bind", "seq"]) == 1
    assert "write NAME=NUMBER" in capsys.readouterr().err
