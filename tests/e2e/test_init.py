"""`nnopt init`: the project builds as it is, and its network runs on the board."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from end_to_end import missing_program

from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt import main
from nnopt.tools.packaging.boards import SKELETONS
from nnopt.tools.pipeline import Options
from nnopt.tools.run.boards import BOARDS

MODELS = Path(__file__).resolve().parents[2] / "examples" / "models"
XOR = "".join(f"sample {i}: differ = {y}\n" for i, y in enumerate((0, 1, 1, 0)))


def make(project: Path, *arguments: str) -> str:
    """Run make, which has to succeed; what it printed on both channels."""
    done = subprocess.run(
        ["make", "-s", *arguments],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_board_can_be_begun_with():
    assert SKELETONS.keys() == BOARDS.keys()


@pytest.mark.parametrize("board", SKELETONS)
def test_project_runs(board: str, tmp_path: Path):
    """The small network of a new project says of two bits whether they differ."""
    program = missing_program(board) if shutil.which("make") else "make"
    if program is not None:
        pytest.skip(f"not installed: {program}")
    project = tmp_path / "hello-1"
    assert main(["init", str(project), "--board", board]) == 0
    assert make(project, "run") == XOR
    assert "hello-1.elf" in make(project, "size")


@pytest.mark.skipif(missing_program("mps2-an386") is not None, reason="no mps2-an386")
def test_project_of_a_model(tmp_path: Path):
    """A network of one's own; compiling it anew changes nothing, and is seen by make."""
    project = tmp_path / "digits"
    assert main(["init", str(project), "--model", str(MODELS / "digits_cnn_int8.onnx")]) == 0
    printed = make(project, "run")
    assert printed.startswith("sample 0: output = ") and len(printed.splitlines()) == 4
    before = {path.name: path.read_bytes() for path in (project / "net").iterdir()}
    make(project, "net", f"NNOPT={sys.executable} -m nnopt.tools.nnopt")
    after = {path.name: path.read_bytes() for path in (project / "net").iterdir()}
    assert after == before
    assert make(project, "run") == printed


@pytest.mark.skipif(missing_program("microbit") is not None, reason="no microbit")
def test_project_of_a_package(tmp_path: Path):
    """What was compiled with options of one's own comes along as it is: 16 KB are enough for it."""
    package = tmp_path / "out"
    options = Options(target="cortex-m0plus", prefix="digits", io_memory="pool")
    compile_model(MODELS / "digits_cnn_int8.onnx", package, options)
    projects = [tmp_path / board for board in ("microbit", "host")]
    for project in projects:
        arguments = ["init", str(project), "--board", project.name, "--package", str(package)]
        assert main(arguments) == 0
        for path in package.iterdir():
            assert (project / "net" / path.name).read_bytes() == path.read_bytes()
    printed = make(projects[0], "run")
    assert printed.startswith("sample 0: output = ") and len(printed.splitlines()) == 4
    assert printed == make(projects[1], "run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a b",), "'a b' cannot be a project's name"),
        (("$(touch x)",), "cannot be a project's name"),
        (("new", "--board", "toaster"), "unknown board 'toaster'"),
        (("new", "--model", "absent.onnx"), "cannot read the model absent.onnx"),
        (("there",), "is there already"),
        (("new", "--package", "there"), "there is not a compiled package"),
    ],
)
def test_what_cannot_be_begun(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")
    assert main(["init", *arguments]) == 1
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there" / "file").read_text() == "mine"
