"""`nnopt compare`: layers of the C, of the interpreter and of ONNX side by side."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from end_to_end import missing_program

from nnopt.tools.nnopt import main
from nnopt.tools.onnx_values import layouts, sqnr

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
CALIBRATION = SHIPPED / "digits_calibration.npz"


def compiled(folder: Path, name: str, *options: object) -> list[str]:
    """Compile a shipped model to `folder`/out; the beginning of the command that compares it."""
    model, package = SHIPPED / f"{name}.onnx", folder / "out"
    assert main(["compile", str(model), "-o", str(package), *map(str, options)]) == 0
    return ["compare", str(model), str(package), "--input", str(SHIPPED / f"{name}_io.npz")]


def compared(
    capsys: pytest.CaptureFixture[str], command: list[str], *options: object, code: int = 0
) -> dict[str, Any]:
    """Run the command with --json; its object."""
    capsys.readouterr()
    assert main([*command, "--json", *map(str, options)]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("board", ["host", "mps2-an386", "riscv32"])
def test_an_int8_network_is_exact_in_every_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], board: str
) -> None:
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    command = compiled(tmp_path, "digits_resnet_int8")
    result = compared(capsys, command, "--board", board, "--limit", 3)
    assert (result["board"], result["samples"]) == (board, 3)
    assert result["integers_are_equal"] and result["first_divergence"] is None
    layers = result["layers"]
    assert [layer["name"] for layer in layers][::9] == ["/stem/conv", "/classifier"]
    for layer in layers:
        assert layer["differing"] == 0 and layer["exact"] and layer["dtype"] == "int8"
    # The activation is part of the convolution; flattening what was pooled moves nothing.
    assert "stem/relu" in layers[0]["onnx"]
    assert "flatten" in layers[8]["onnx"]


def test_a_float_network_differs_by_rounding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = compared(capsys, compiled(tmp_path, "digits_dscnn"))
    assert result["first_divergence"] is None
    for layer in result["layers"]:
        assert layer["dtype"] == "float32" and layer["max_error_steps"] is None
        assert layer["exact"] or layer["sqnr_db"] > 110


def test_quantization_shows_as_noise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--quantize", "int8", "--calibrate", CALIBRATION)
    command = compiled(tmp_path, "digits_dscnn", *options)
    result = compared(capsys, command, "--calibrate", CALIBRATION)
    assert result["integers_are_equal"]
    for layer in result["layers"]:
        assert 25 < layer["sqnr_db"] < 60
        assert 0.5 < layer["max_error_steps"] < 20


def test_c_that_computes_something_else_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = compiled(tmp_path, "digits_resnet_int8")
    source = tmp_path / "out" / "net_weights.c"
    bias = re.compile(r"(net_block2_conv2_bias\[\d+\] \w+ = \{\s*)(-?\d+)")
    changed, count = bias.subn(lambda m: f"{m[1]}{int(m[2]) + 400}", source.read_text())
    assert count == 1
    source.write_text(changed)
    result = compared(capsys, command, code=1)
    assert not result["integers_are_equal"]
    assert result["first_divergence"] == "/block2/conv2"
    by_name = {layer["name"]: layer for layer in result["layers"]}
    assert by_name["/block2/project"]["differing"] == 0
    assert by_name["/block2/conv2"]["differing"] > 0
    assert by_name["/block2/conv2"]["max_difference"] <= 67
    assert main(command) == 1
    assert "/block2/conv2 (conv2d)" in capsys.readouterr().out


def test_the_table_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = compiled(tmp_path, "digits_cnn_int8")
    assert main([*command, "--limit", "1"]) == 0
    text = capsys.readouterr().out
    assert "same bits" in text and "exact" in text
    assert "The C agrees with the interpreter in every layer." in text


@pytest.mark.parametrize("options", [("--io", "model"), ("--place", "disjoint")])
def test_the_recorded_options_are_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    command = compiled(tmp_path, "digits_resnet_int8", *options, "--target", "rv32imc")
    result = compared(capsys, command, "--limit", 1)
    assert result["integers_are_equal"]
    assert all(layer["exact"] for layer in result["layers"] if layer["onnx"])


def complaint(capsys: pytest.CaptureFixture[str], command: list[str], *options: object) -> str:
    """Run a command that must fail with one line; the line."""
    capsys.readouterr()
    assert main([*command, *map(str, options)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1
    return captured.err


def test_another_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = compiled(tmp_path, "digits_cnn_int8")
    command[1] = str(SHIPPED / "digits_cnn.onnx")
    assert "was not compiled from" in complaint(capsys, command)
    command[1] = str(tmp_path / "no.onnx")
    assert "cannot read" in complaint(capsys, command)


def test_the_calibration_file_must_be_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--quantize", "int8", "--calibrate", CALIBRATION)
    command = compiled(tmp_path, "digits_cnn", *options)
    assert "give the same file" in complaint(capsys, command)
    other = SHIPPED / "digits_test.npz"
    assert "was not compiled with" in complaint(capsys, command, "--calibrate", other)
    copy = shutil.copy(CALIBRATION, tmp_path / "copy.npz")
    compared(capsys, command, "--calibrate", copy, "--limit", 1)


def test_a_manifest_that_was_changed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = compiled(tmp_path, "digits_cnn_int8")
    file = tmp_path / "out" / "manifest.json"
    text = file.read_text()

    def change(edit: Callable[[dict[str, Any]], object]) -> str:
        content: dict[str, Any] = json.loads(text)
        edit(content)
        file.write_text(json.dumps(content))
        return complaint(capsys, command)

    assert "options of this version" in change(lambda m: m.pop("options"))
    assert "options of this version" in change(lambda m: m["options"].update(speed=3))
    assert "other layers" in change(lambda m: m["layers"][1]["output"].update(offset=4))
    assert "other layers" in change(lambda m: m["layers"].pop())
    assert "compile the package again" in change(lambda m: m["layers"][0].pop("output"))
    assert "'where'" in change(lambda m: m["layers"][0]["output"].update(where="flash"))


def test_wrong_boards_samples_and_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = compiled(tmp_path, "digits_cnn_int8")
    assert "unknown board" in complaint(capsys, command, "--board", "z80")
    assert "leaves no sample" in complaint(capsys, command, "--limit", 0)
    command[-1] = str(CALIBRATION.with_name("no.npz"))
    assert "does not exist" in complaint(capsys, command)


def test_a_value_is_found_in_every_layout() -> None:
    nchw = np.arange(2 * 3 * 4 * 5).reshape(2, 1, 3, 4, 5)
    nhwc = nchw.transpose(0, 1, 3, 4, 2)
    assert [a.tolist() for a in layouts(nchw, (1, 4, 5, 3))] == [nhwc.tolist()]
    assert [a.shape for a in layouts(nchw, (60,))] == [(2, 60)]
    assert list(layouts(nchw, (7, 3))) == []
    square = np.arange(8).reshape(1, 2, 2, 2)
    assert len(list(layouts(square, (2, 2, 2)))) == 6
    dropped = np.arange(24).reshape(1, 1, 24)
    assert [a.shape for a in layouts(dropped, (1, 1, 1, 24))] == [(1, 1, 1, 1, 24)]


def test_sqnr_is_in_decibels() -> None:
    ones = np.ones(100)
    assert sqnr(ones, ones) == float("inf")
    assert sqnr(ones, ones * 1.1) == pytest.approx(20)
    assert sqnr(ones * 0, ones) == -float("inf")
