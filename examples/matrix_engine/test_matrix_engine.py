"""The matrix engine: its model against numpy, and networks that it has a part in."""

from __future__ import annotations

import ctypes
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nnopt_matrix_engine import FOLDER, MatrixEngine, Shape

from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import check_c, run_package

MODELS = Path(__file__).resolve().parents[1] / "models"
NETWORKS = ("digits_cnn_int8", "digits_resnet_int8")


def samples(name: str) -> dict[str, np.ndarray[Any, Any]]:
    with np.load(MODELS / f"{name}_io.npz") as arrays:
        return {k.removeprefix("in_"): arrays[k] for k in arrays if k.startswith("in_")}


def offloaded(package: Path) -> dict[str, dict[str, str]]:
    report = json.loads((package / "report.json").read_text())
    return {row["node"]: row for row in report["offload"]}


@pytest.mark.parametrize("board", ["host", "mps2-an386"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_have_the_same_bits(tmp_path: Path, name: str, board: str) -> None:
    model, inputs = MODELS / f"{name}.onnx", samples(name)
    compile_model(model, tmp_path / "cpu", Options(place="first-fit"))
    chosen = Options(place="first-fit", accelerators=("matrix-engine:scratchpad=2048",))
    unit = compile_model(model, tmp_path / "npu", chosen)
    assert sum(layer.op == "offload" for layer in unit.layers) >= 3
    cpu = run_package(tmp_path / "cpu", inputs, "host")
    npu = run_package(tmp_path / "npu", inputs, board, sanitize=board == "host")
    for key, value in cpu.outputs.items():
        assert np.array_equal(npu.outputs[key], value)


def test_the_c(tmp_path: Path) -> None:
    chosen = Options(place="first-fit", accelerators=("matrix-engine",))
    compile_model(MODELS / "digits_resnet_int8.onnx", tmp_path / "npu", chosen)
    assert check_c(tmp_path / "npu") == []


def test_who_gets_what(tmp_path: Path) -> None:
    model = MODELS / "digits_resnet_int8.onnx"
    chosen = Options(place="first-fit", accelerators=("matrix-engine",))
    compile_model(model, tmp_path / "npu", chosen)
    where = {node: row["where"] for node, row in offloaded(tmp_path / "npu").items()}
    assert where["/block1/conv1"] == where["/classifier"] == "matrix-engine"
    assert where["/block1/add"] == where["/pool"] == "cpu"
    little = Options(place="first-fit", accelerators=("matrix-engine:scratchpad=64",))
    compile_model(model, tmp_path / "small", little)
    rows = offloaded(tmp_path / "small")
    assert "do not fit in 64 bytes" in rows["/block1/conv1"]["why"]
    assert rows["/block1/conv1"]["where"] == "cpu"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Driver and model as a library."""
    out = tmp_path_factory.mktemp("engine") / "engine.so"
    files = [str(FOLDER / "matrix_engine.c"), str(FOLDER / "matrix_engine_model.c")]
    subprocess.run(["gcc", "-std=c99", "-O1", "-shared", "-fPIC", *files, "-o", out], check=True)
    return ctypes.CDLL(str(out))


def scaled(
    acc: np.ndarray[Any, Any], multiplier: np.ndarray[Any, Any], shift: int, even: bool
) -> list[int]:
    """Rescaled with the integers of Python."""
    found: list[int] = []
    for row in acc.reshape(-1, acc.shape[-1]):
        for value, factor in zip(row.tolist(), multiplier.tolist(), strict=True):
            low, rest = divmod(value * factor, 2**shift)
            twice = 2 * rest
            up = twice > 2**shift or (twice == 2**shift and (not even or low % 2 == 1))
            found.append(min(max(low + up + 2, -120), 120))
    return found


@pytest.mark.parametrize("seed", range(30))
def test_the_driver_against_python(library: ctypes.CDLL, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel, strides = rng.integers(1, 4, 2), rng.integers(1, 3, 2)
    image = np.array([*(kernel + rng.integers(0, 5, 2)), rng.integers(1, 6)])
    pads = rng.integers(0, 2, 2) * (kernel > 1)
    ends = rng.integers(0, 2, 2) * (kernel > 1)
    output = (image[:2] + pads + ends - kernel) // strides + 1
    channels, padding, even = int(rng.integers(1, 10)), int(rng.integers(-9, 9)), seed % 2
    shape = Shape(
        (int(image[0]), int(image[1]), int(image[2])),
        (int(output[0]), int(output[1]), channels),
        (int(kernel[0]), int(kernel[1])),
        (int(strides[0]), int(strides[1])),
        (int(pads[0]), int(pads[1])),
    )
    x = rng.integers(-128, 128, image, np.int8)
    weights = rng.integers(-127, 128, (channels, shape.depth), np.int8)
    bias = rng.integers(-1000, 1000, channels)
    multiplier, shift = rng.integers(1, 9, channels), 9  # many ties
    engine = MatrixEngine(scratchpad=int(rng.integers(shape.depth * 3 + 40, 2000)))
    tiles = engine.tiles(shape)
    assert tiles is not None
    blob: list[np.ndarray[Any, Any]] = []
    for first in range(0, channels, tiles[1]):
        part = slice(first, first + tiles[1])
        numbers = [bias[part], multiplier[part], np.full(len(bias[part]), shift)]
        blob += [weights[part].reshape(-1)]
        blob += [np.frombuffer(n.astype("<i4").tobytes(), np.int8) for n in numbers]
    packed, y = np.concatenate(blob), np.zeros(shape.output, np.int8)
    sizes = (*shape.image, *shape.output, *shape.kernel, *shape.strides, *shape.pads)
    library.matrix_engine_restart_cycles()
    library.matrix_engine_convolution(
        *(ctypes.c_void_p(array.ctypes.data) for array in (x, y, packed)),
        *(int(n) for n in (*sizes, padding, 2, -120, 120, even, *tiles)),
    )
    acc = shape.columns(x, padding).astype(np.int64) @ weights.T.astype(np.int64) + bias
    assert y.reshape(-1).tolist() == scaled(acc, multiplier, shift, bool(even))
    if not pads.any() and not ends.any():
        assert library.matrix_engine_cycles() == engine.tiled_cycles(shape, *tiles)
