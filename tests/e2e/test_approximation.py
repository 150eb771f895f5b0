"""Straight-line code gives the bits of packed kernels; skipping keeps to its budget."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnopt.dialects.errors import NnoptError
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import BOARDS, check_c, run_package

MODELS = Path(__file__).resolve().parents[2] / "examples" / "models"
PACKED, UNPACKED = Options(), Options(unpack=("auto",), unpack_flash=512 << 10)


def outputs(
    model: Path, options: Options, samples: dict[str, NDArray[Any]], board: str, folder: Path
) -> tuple[list[NDArray[Any]], Any]:
    """What a model gives, and the result with its numbers."""
    shutil.rmtree(folder / "net", ignore_errors=True)
    unit = compile_model(model, folder / "net", options)
    given = {t.name: samples[t.name] for t in unit.inputs}
    result = run_package(folder / "net", given, board, raw=True)
    return list(result.outputs.values()), result


def recorded(file: Path, count: int) -> dict[str, NDArray[Any]]:
    """Samples by the names of inputs."""
    data = np.load(file)
    return {k.removeprefix("in_"): data[k][:count] for k in data.files if k.startswith("in_")}


def test_straight_line_code_stays_where_the_smallest_kernels_are_asked_for(tmp_path: Path) -> None:
    """Its weights are inside of it: it has no slower form that needs less."""
    model = MODELS / "digits_resnet_int8.onnx"
    unit = compile_model(model, tmp_path / "net", Options(unpack=("auto",), algorithm="smallest"))
    assert "NNOPT_UNPACKED_BEGIN" in (tmp_path / "net" / "net.c").read_text("utf-8")
    samples = recorded(MODELS / "digits_resnet_int8_io.npz", 2)
    (found,) = run_package(tmp_path / "net", samples, "host", raw=True).outputs.values()
    expected, _ = outputs(model, PACKED, samples, "host", tmp_path)
    assert len(unit.layers) > 2 and (found == expected[0]).all()


@pytest.mark.parametrize(
    "name", ["digits_cnn_int8", pytest.param("digits_resnet_int8", marks=pytest.mark.slow)]
)
def test_unpacked_has_the_bits_of_packed(name: str, tmp_path: Path) -> None:
    board = "mps2-an386"
    for program in (BOARDS[board].compiler, BOARDS[board].emulator[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    samples = recorded(MODELS / f"{name}_io.npz", 2)
    expected, _ = outputs(MODELS / f"{name}.onnx", PACKED, samples, board, tmp_path)
    convolutions = tuple(
        layer.name
        for layer in compile_model(MODELS / f"{name}.onnx", tmp_path / "all", PACKED).layers
        if layer.op in ("conv2d", "fully_connected")
    )
    unpacked = dataclasses.replace(PACKED, unpack=convolutions)
    found, _ = outputs(MODELS / f"{name}.onnx", unpacked, samples, board, tmp_path)
    assert len(convolutions) > 2
    assert all((a == b).all() for a, b in zip(expected, found, strict=True))
    assert "NNOPT_UNPACKED_BEGIN" in (tmp_path / "net" / "net.c").read_text("utf-8")
    check_c(tmp_path / "net")


def test_skipping_saves_cycles_within_the_budget(tmp_path: Path) -> None:
    board = "mps2-an386"
    for program in (BOARDS[board].compiler, BOARDS[board].emulator[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    model, test = MODELS / "digits_resnet_int8.onnx", np.load(MODELS / "digits_test.npz")
    name = "input"
    skipping = Options(calibrate=str(MODELS / "digits_calibration.npz"), skip=2.0, unpack=("auto",))
    samples = {name: test[name][:1]}
    _, exact = outputs(model, PACKED, samples, board, tmp_path)
    _, fewer = outputs(model, skipping, samples, board, tmp_path)
    assert fewer.cycles_estimate < 0.9 * exact.cycles_estimate
    whole = {name: test[name]}
    host = dataclasses.replace(skipping, target="portable")
    (found,), _ = outputs(model, host, whole, "host", tmp_path)
    (real,), _ = outputs(model, Options(target="portable"), whole, "host", tmp_path)
    same = found.reshape(len(found), -1).argmax(1) == real.reshape(len(real), -1).argmax(1)
    assert 0.93 < same.mean() < 1


def test_channels_make_packed_kernels_smaller(tmp_path: Path) -> None:
    model, data = MODELS / "digits_resnet_int8.onnx", str(MODELS / "digits_calibration.npz")
    exact = compile_model(model, tmp_path / "exact", Options())
    options = Options(calibrate=data, skip_threshold=0.5, skip_unit="channels")
    fewer = compile_model(model, tmp_path / "fewer", options)
    assert sum(x.macs for x in fewer.layers) < 0.9 * sum(x.macs for x in exact.layers)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skip": 1.0}, "needs --calibrate"),
        ({"skip_unit": "taps"}, "choose one of weights, pairs, channels"),
        ({"unpack": ("auto",), "input_strips": 2}, "do not go together"),
        ({"skip_layers": ("conv",), "calibrate": "x.npz"}, "no NAME=THRESHOLD"),
    ],
)
def test_options_that_make_no_sense(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        Options(**changes)


def test_layers_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NnoptError, match="no layer is called 'conv'"):
        compile_model(MODELS / "digits_cnn_int8.onnx", tmp_path, Options(unpack=("conv",)))


@pytest.mark.slow
def test_all_shared_models_have_the_same_bits(shared: Path, tmp_path: Path) -> None:
    for file in sorted((shared / "models").glob("*_int8.onnx")):
        if "mcunet" in file.name or "vww" in file.name:
            continue  # minutes of compiling; their layers are of the same kinds
        samples = recorded(file.with_name(f"{file.stem}_io.npz"), 1)
        expected, _ = outputs(file, PACKED, samples, "host", tmp_path)
        found, _ = outputs(file, UNPACKED, samples, "host", tmp_path)
        same = [(a == b).all() for a, b in zip(expected, found, strict=True)]
        assert all(same), file.name


def test_samples_are_seen_as_fixed_point_where_the_network_is(tmp_path: Path) -> None:
    """What hardly matters is measured on the integers that the network computes on."""
    model, test = MODELS / "digits_resnet.onnx", np.load(MODELS / "digits_test.npz")
    data = str(MODELS / "digits_calibration.npz")
    options = Options(quantize="q7", calibrate=data, target="portable", place="first-fit")
    whole = {"input": test["input"].astype(np.float32)}
    correct: list[float] = []
    for threshold in (0.0, 0.001):
        compile_model(
            model, tmp_path / "net", dataclasses.replace(options, skip_threshold=threshold)
        )
        (found,) = run_package(tmp_path / "net", whole, "host").outputs.values()
        correct.append(float((found.reshape(540, -1).argmax(1) == test["label"]).mean()))
    assert correct[0] > 0.985 and correct[1] > correct[0] - 0.01
