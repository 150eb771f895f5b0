"""The operators of this package in a network, from ONNX to C."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from nnopt_filters import median, mish

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model
from nnopt.lowering.onnx_frontend.prepare import read_file
from nnopt.tools.compare import compare
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import run_package

DENOISE = Path(__file__).parent / "denoise.onnxtxt"

SIGNALS = np.random.default_rng(1).normal(size=(3, 1, 2, 12)).astype(np.float32)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "denoise.onnx"
    path.write_bytes(network().SerializeToString())
    return path


def network() -> onnx.ModelProto:
    return read_file(DENOISE)


def expected() -> np.ndarray:
    return 2 * mish(median(SIGNALS, 5))


def test_the_interpreter(model: Path) -> None:
    module = import_model(model)
    outputs = [run_function(module, {"signal": signal})["y"] for signal in SIGNALS]
    assert np.allclose(outputs, expected(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("board", ["host", "mps2-an386"])
def test_the_c(model: Path, tmp_path: Path, board: str) -> None:
    unit = compile_model(model, tmp_path / "out", Options(place="first-fit"))
    assert unit.layers[0].op == "external"
    run = run_package(tmp_path / "out", {"signal": SIGNALS}, board, sanitize=board == "host")
    assert np.allclose(run.outputs["y"], expected(), rtol=1e-5, atol=1e-6)


def test_layer_by_layer(model: Path, tmp_path: Path) -> None:
    compile_model(model, tmp_path / "out", Options(place="first-fit"))
    result = compare(model, tmp_path / "out", {"signal": SIGNALS})
    assert result.first_divergence is None
    assert result.layers[0].onnx == "calm" and result.layers[0].exact


def test_a_wrong_attribute() -> None:
    model = network()
    model.graph.node[0].attribute[0].i = 4
    with pytest.raises(
        NnoptError, match=r"node 'filter' .*width must be odd and at most 12, not 4"
    ):
        import_model(model)
