"""The tutorials hold: their diffs apply, stay as small as they say, and their commands succeed.

Each is replayed on a copy of the sources; what it adds is not part of the product.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from checkout import copy_of_sources, run
from layout import ROOT
from onnx_reference import run_onnxruntime

from nnopt.tools.run import load_npz

PLACES = (
    "dialects/nn",
    "dialects/interpreters",
    "lowering/onnx_frontend",
    "lowering/kernels",
    "passes/registry.py",
    "passes/graph",
    "tests/filecheck",
)
"""What counts as one place: a file, or files of the same purpose in one folder."""


@dataclass(frozen=True)
class Tutorial:
    """A page of docs/ that adds something to the sources."""

    page: str
    places: frozenset[str]
    """What CONTRIBUTING.md says has to be touched."""
    below: int
    """A bound of the number of lines added, tests included."""

    def text(self) -> str:
        return (ROOT / "docs" / self.page).read_text("utf-8")

    def blocks(self, kind: str) -> list[str]:
        """The fenced blocks of a kind."""
        return re.findall(rf"^```{kind}\n(.*?)^```$", self.text(), re.M | re.S)

    def added(self) -> list[str]:
        """The lines that the diffs add."""
        return re.findall(r"^\+(?!\+\+ b/).*", "".join(self.blocks("diff")), re.M)

    def files(self) -> list[str]:
        """The files that the diffs touch, as often as they do."""
        return re.findall(r"^\+\+\+ b/(.*)$", "".join(self.blocks("diff")), re.M)


OP = Tutorial(
    "tutorial-op.md",
    frozenset(
        (
            "dialects/nn",
            "dialects/interpreters",
            "lowering/onnx_frontend",
            "lowering/kernels",
            "tests/filecheck",
        )
    ),
    below=80,
)
PASS = Tutorial(
    "tutorial-pass.md",
    frozenset(("passes/graph", "passes/registry.py", "tests/filecheck")),
    below=60,
)
TUTORIALS = pytest.mark.parametrize("tutorial", (OP, PASS), ids=lambda t: t.page)


def place_of(file: str) -> str:
    """The place a file belongs to."""
    return next((place for place in PLACES if file == place or file.startswith(f"{place}/")), file)


def replayed(tutorial: Tutorial, folder: Path) -> Path:
    """A copy of the sources with the tutorial's diffs applied."""
    copy = copy_of_sources(folder)
    done = subprocess.run(
        ["patch", "-p1", "--no-backup-if-mismatch", "--fuzz=0"],
        cwd=copy,
        input="".join(tutorial.blocks("diff")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"a diff of docs/{tutorial.page} does not fit:\n{done.stdout}"
    return copy


@TUTORIALS
def test_places_and_lines(tutorial: Tutorial):
    files = tutorial.files()
    assert len(set(files)) == len(files)
    assert {place_of(file) for file in files} == tutorial.places
    diff = "".join(tutorial.blocks("diff"))
    assert 0 < len(tutorial.added()) < tutorial.below
    assert not re.findall(r"^-(?!-- )", diff, re.M), "nothing is taken away"


@TUTORIALS
def test_product_does_not_have_it(tutorial: Tutorial):
    new = re.findall(r"^--- /dev/null\n\+\+\+ b/(.*)$", "".join(tutorial.blocks("diff")), re.M)
    assert new
    assert not [file for file in new if (ROOT / file).exists()]


@TUTORIALS
def test_contributing_names_these_places(tutorial: Tutorial):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    link = re.search(rf"\[docs/{tutorial.page}\].*?: (\d+) lines", text)
    assert link is not None and int(link[1]) == len(tutorial.added())
    missing = [place for place in tutorial.places if f"`{place}" not in text]
    assert not missing, f"CONTRIBUTING.md does not name {', '.join(missing)}"


@pytest.mark.slow
@TUTORIALS
def test_lint_is_clean(tutorial: Tutorial, tmp_path: Path):
    copy = replayed(tutorial, tmp_path)
    python = " ".join(file for file in tutorial.files() if file.endswith(".py"))
    run(f"ruff check {python} && ruff format --check {python}", copy, tmp_path)
    run(f"python -m pyright --pythonpath {sys.executable} {python}", copy, tmp_path)


@pytest.mark.slow
@TUTORIALS
def test_commands_succeed(tutorial: Tutorial, tmp_path: Path):
    copy = replayed(tutorial, tmp_path)
    for block in tutorial.blocks("sh"):
        for command in block.splitlines():
            run(command, copy, tmp_path)


MODEL = """<ir_version: 8, opset_import: ["" : 17]>
magnitudes (float[1,2,5,5] x) => (float[1,3,5,5] y)
<float[3,2,1,1] w = {0.5, -1, 2, 1, -0.25, -3}, float[3] b = {0.5, -1, 0}>
{
  c = Conv (x, w, b)
  y = Abs (c)
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("quantize", ("float", "int8"))
def test_network_with_the_new_op(quantize: str, tmp_path: Path):
    """A convolution and an Abs, compiled in the copy and run on the host, against onnxruntime."""
    copy = replayed(OP, tmp_path)
    model = onnx.parser.parse_model(MODEL)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    x = np.random.default_rng(5).normal(size=(20, 1, 2, 5, 5)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    how = "" if quantize == "float" else f"--quantize {quantize} --calibrate $T/x.npz"
    run(f"nnopt compile $T/m.onnx -o $T/out --target portable {how}", copy, tmp_path)
    run("nnopt run $T/out --input $T/x.npz --board host --output $T/y.npz", copy, tmp_path)
    y = load_npz(tmp_path / "y.npz")["y"]
    expected = np.stack([run_onnxruntime(model, {"x": sample})["y"] for sample in x])
    bound = 1e-6 if quantize == "float" else 0.02
    assert np.abs(y - expected).max() <= bound * np.abs(expected).max()
