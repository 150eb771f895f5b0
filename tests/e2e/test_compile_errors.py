"""What is wrong with a call of `nnopt compile` is told in one line, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnopt.tools.nnopt import main

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
MODEL = SHIPPED / "digits_cnn.onnx"
CALIBRATION = SHIPPED / "digits_calibration.npz"


def fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must fail; the line that it prints."""
    assert main([str(argument) for argument in arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("nnopt: ")
    return lines[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_missing_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot read 'no.onnx'" in fails(capsys, "compile", "no.onnx", "-o", "out")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_damaged_model(folder: Path, capsys: pytest.CaptureFixture[str], size: int) -> None:
    (folder / "cut.onnx").write_bytes(MODEL.read_bytes()[:size])
    assert "'cut.onnx'" in fails(capsys, "compile", "cut.onnx", "-o", "out")
    assert [path.name for path in folder.iterdir()] == ["cut.onnx"]


def test_a_file_that_is_no_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "text.onnx").write_text("no network\n")
    fails(capsys, "compile", "text.onnx", "-o", "out")
    assert [path.name for path in folder.iterdir()] == ["text.onnx"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "z80"], "target 'z80' is not known: choose one of"),
        (["--quantize", "int4"], "int4 is not known"),
        (["--quantize", "int8"], "needs --calibrate"),
        (["--quantize", "int8", "--calibrate", "no.npz"], "'no.npz'"),
        (["--quantize", "int8", "--calibrate", MODEL], "digits_cnn.onnx'"),
        (["--prefix", "a b"], "'a b' is not a C identifier"),
        (["--prefix", ""], "'' is not a C identifier"),
        (["--prefix", "9a"], "'9a' is not a C identifier"),
        (["--prefix", "int"], "'int' is a word that C, C++ or their headers have taken"),
        (["--prefix", "class"], "'class' is a word that C, C++ or their headers have taken"),
        (["--prefix", "a__b"], "'a__b' has underscores at its end or several in a row"),
        (["--prefix", "ä"], "'ä' is not a C identifier"),
        (["--prefix", "a;b"], "'a;b' is not a C identifier"),
        (["--bind", "N"], "--bind N: write NAME=NUMBER"),
        (["--bind", "N=x"], "--bind N=x: write NAME=NUMBER"),
        (["--bind", "N=1", "--bind", "N=2"], "gives dimension 'N' two sizes, 1 and 2"),
        (["--bind", "N=1"], "no input of the model has a dimension named 'N'"),
        (["--place", "magic"], "disjoint, first-fit, exact, found magic"),
        (["--place", 'exact" x="'], 'found exact" x="'),
        (["--block", "0,1"], "from 1 to 8"),
        (["--block", "9,9"], "from 1 to 8"),
    ],
)
def test_an_option(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[object], words: str
) -> None:
    assert words in fails(capsys, "compile", MODEL, "-o", "out", *options)
    assert list(folder.iterdir()) == []


def test_a_network_that_needs_too_much_ram(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = SHIPPED / "digits_dscnn.onnx"
    samples = ["--quantize", "int8", "--calibrate", CALIBRATION, "--io-memory", "pool"]
    line = fails(capsys, "compile", model, "-o", "out", *samples, "--ram-limit", "1K")
    assert "bytes of RAM" in line and "the limit is 1,024" in line
    assert "with --fuse rows: " in line and "with --max-recompute 1.7: " in line
    assert list(folder.iterdir()) == []
    assert (
        main([str(a) for a in ("compile", model, "-o", "out", *samples, "--ram-limit", "64K")]) == 0
    )
    capsys.readouterr()
    arguments = ("compile", model, "-o", "out", *samples, "--json")
    assert main([str(a) for a in arguments]) == 0
    ram = json.loads(capsys.readouterr().out)["ram"]
    assert ram["total"] == ram["pool"] + ram["scratch"] <= 64 * 1024


def test_calibration_samples_of_another_shape(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(folder / "x.npz", input=np.zeros((2, 1, 8, 9), np.float32))
    options = ("--quantize", "int8", "--calibrate", "x.npz")
    assert "(1, 8, 9)" in fails(capsys, "compile", MODEL, "-o", "out", *options)
    assert not (folder / "out").exists()


def test_a_calibration_file_may_have_any_name(folder: Path) -> None:
    name = 'it\'s a "name", {really}\\.npz'
    (folder / name).write_bytes(CALIBRATION.read_bytes())
    options = ("--quantize", "int8", "--calibrate", name)
    assert main(["compile", str(MODEL), "-o", "out", *options]) == 0


def test_a_folder_that_is_no_package_stays_as_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = folder / "mine" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("keep me")
    message = fails(capsys, "compile", MODEL, "-o", notes.parent)
    assert "holds files that are no nnopt package" in message
    assert "is a file" in fails(capsys, "compile", MODEL, "-o", notes)
    fails(capsys, "compile", MODEL, "-o", notes / "out")
    assert [path.name for path in notes.parent.iterdir()] == ["notes.txt"]
    assert notes.read_text() == "keep me"


def test_a_failure_leaves_an_older_package_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(MODEL), "-o", "out"]) == 0
    before = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    capsys.readouterr()
    fails(capsys, "compile", MODEL, "-o", "out", "--place", "magic")
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == before
    assert [path.name for path in folder.iterdir()] == ["out"]


def test_a_package_replaces_an_older_one_completely(folder: Path) -> None:
    assert main(["compile", str(MODEL), "-o", "out", "--prefix", "old"]) == 0
    assert main(["compile", str(MODEL), "-o", "out", "--prefix", "fresh"]) == 0
    assert not [path for path in (folder / "out").iterdir() if path.name.startswith("old")]
    assert [path.name for path in folder.iterdir()] == ["out"]
