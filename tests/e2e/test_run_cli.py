"""`nnopt run` as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hand_packages import OUTPUT_SCALE, int8_images, int8_package, int8_reference

from nnopt.tools.nnopt import main


def run(*arguments: str | Path) -> int:
    return main(["run", *map(str, arguments)])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return int8_package(tmp_path / "out")


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    images = int8_images(3)
    path = tmp_path / "x.npz"
    scores = int8_reference(images).astype(np.float32) * np.float32(OUTPUT_SCALE)
    np.savez(path, in_net_image_0=images, out_scores=scores, label=scores.argmax(-1)[:, 0])
    return path


def test_json(package: Path, samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    output = tmp_path / "y.npz"
    options = ("--input", samples, "--json", "--profile", "--limit", "2", "--output", output)
    assert run(package, *options) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["outputs"] == str(output)
    with np.load(output) as arrays, np.load(samples) as given:
        assert arrays.files == ["scores"]
        np.testing.assert_array_equal(arrays["scores"], given["out_scores"][:2])
    assert content["board"] == "mps2-an386" and content["target"] == "cortex-m4"
    assert content["samples"] == 2 and content["instructions"] > 500
    assert content["comparison"][0]["within_one_step"] == 1.0
    assert [layer["op"] for layer in content["layers"]] == ["conv2d", "fully_connected"]


def test_json_without_output_file(package: Path, samples: Path, capsys: pytest.CaptureFixture[str]):
    assert run(package, "--input", samples, "--json", "--board", "host", "--raw") == 0
    content = json.loads(capsys.readouterr().out)
    path = Path(content["outputs"])
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["scores"], int8_reference(int8_images(3)))
    path.unlink()
    assert content["instructions"] is None and "comparison" not in content


def test_tables(package: Path, samples: Path, capsys: pytest.CaptureFixture[str]):
    assert run(package, "--input", samples, "--profile") == 0
    text = capsys.readouterr().out
    for expected in ("Cortex-M4F", "instructions per inference", "/conv", "fully_connected"):
        assert expected in text
    assert "accuracy" in text and "100.00%" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--board", "abacus"), "unknown board 'abacus'; choose one of host, mps2-an386"),
        (("--limit", "0"), "leaves no sample"),
        (("--sanitize",), "sanitizers run on the host only"),
        (("--output", "/nonexistent/y.npz"), "/nonexistent/y.npz cannot be written"),
    ],
)
def test_errors_are_one_line(
    package: Path,
    samples: Path,
    options: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
):
    assert run(package, "--input", samples, *options) == 1
    error = capsys.readouterr().err
    assert error.startswith("nnopt: ") and message in error
    assert error.count("\n") == 1


def test_wrong_files_are_one_line(
    package: Path, samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(tmp_path, "--input", samples) == 1
    assert run(package, "--input", tmp_path / "none.npz") == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "has no manifest.json" in errors[0] and "does not exist" in errors[1]
