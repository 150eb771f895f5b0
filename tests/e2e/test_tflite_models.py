"""TFLite networks as packages: layer by layer the bits of TFLite's reference kernels, in C."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from end_to_end import missing_program
from tflite_models import needs_reference, random_inputs, small_network

from nnopt.lowering.tflite_frontend import read_model
from nnopt.tools import nnopt
from nnopt.tools.compare import Comparison, compare
from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt_opt import NnoptOptMain
from nnopt.tools.pipeline import Options
from nnopt.tools.run.io import save_npz

SHARED_NAMES = (
    "ad01_int8",
    "kws_ref_model",
    "pretrainedResnet_quant",
    "str_ww_ref_model",
    "vww_96_int8",
)
BOARDS = {"host": "portable", "mps2-an386": "cortex-m4"}


def compared(model: Path, folder: Path, board: str, samples: int) -> Comparison:
    """Compile for a board and compare on random samples."""
    program = missing_program(board)
    if program is not None:
        pytest.skip(f"{program} is not installed")
    needs_reference()
    graph = read_model(model)
    rng = np.random.default_rng(7)
    arrays = {
        tensor.name: rng.integers(-128, 128, (samples, *tensor.shape)).astype(np.int8)
        for tensor in (graph.tensors[number] for number in graph.inputs)
    }
    compile_model(model, folder, Options(target=BOARDS[board], place="first-fit"))
    return compare(model, folder, arrays, board)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", SHARED_NAMES)
def test_shared_networks(name: str, board: str, shared: Path, tmp_path: Path):
    path = shared / "models" / "tflite" / f"{name}.tflite"
    result = compared(path, tmp_path / "net", board, 1)
    assert [layer.name for layer in result.layers if not layer.exact] == []
    assert result.integers_are_equal
    kinds = {"RESHAPE"}  # a view: no layer of its own
    operators = [op.name for op in read_model(path).operators if op.kind not in kinds]
    assert [layer.onnx for layer in result.layers] == operators


@pytest.mark.parametrize("board", BOARDS)
def test_small_network(board: str, tmp_path: Path):
    path = tmp_path / "small.tflite"
    path.write_bytes(small_network(3).build())
    result = compared(path, tmp_path / "net", board, 5)
    assert all(layer.exact for layer in result.layers)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(small_network().build())
    return path


def test_commands(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Wherever .onnx is taken, .tflite is."""
    needs_reference()
    out, samples = str(tmp_path / "net"), tmp_path / "x.npz"
    assert nnopt.main(["compile", str(small), "-o", out, "--target", "portable"]) == 0
    rows = [random_inputs(small_network(), np.random.default_rng(i)) for i in range(3)]
    save_npz(samples, {"image": np.stack([row["image"] for row in rows])})
    capsys.readouterr()
    assert nnopt.main(["compare", str(small), out, "--input", str(samples), "--json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert [layer["exact"] for layer in layers] == [True] * len(layers)
    assert nnopt.main(["run", out, "--input", str(samples), "--board", "host"]) == 0


def test_samples_may_be_real(small: Path, tmp_path: Path):
    """The package knows scale and zero point of its input."""
    compile_model(small, tmp_path / "net", Options(target="portable"))
    manifest = json.loads((tmp_path / "net" / "manifest.json").read_text("utf-8"))
    assert manifest["inputs"][0]["encoding"] == {"scale": 0.5, "zero_point": -1}
    assert manifest["inputs"][0]["onnx_dtype"] == "int8"


def test_without_the_reference_only_c_and_interpreter_are_compared(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("nnopt.tools.tflite_values.PACKAGE", "ai_edge_litert_that_is_absent")
    compile_model(small, tmp_path / "net", Options(target="portable"))
    arrays = {"image": random_inputs(small_network(), np.random.default_rng(0))["image"][None]}
    result = compare(small, tmp_path / "net", arrays)
    assert result.integers_are_equal and {layer.onnx for layer in result.layers} == {None}
    assert "pip install ai-edge-litert" in capsys.readouterr().err


def test_nnopt_opt(small: Path, capsys: pytest.CaptureFixture[str]):
    NnoptOptMain(args=[str(small)]).run()
    assert "fxp.softmax" in capsys.readouterr().out


def test_an_error_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "x.tflite"
    path.write_bytes(b"no model at all")
    assert nnopt.main(["compile", str(path), "-o", str(tmp_path / "net")]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "is no TFLite model" in captured.err
    assert not (tmp_path / "net").exists()
