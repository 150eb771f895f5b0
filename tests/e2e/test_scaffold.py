"""`nnopt new-pass` and `nnopt new-op`: what they write is complete, and its tests pass at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkout import copy_of_sources, run
from layout import ROOT

from nnopt.dialects.errors import NnoptError
from nnopt.tools.nnopt import main
from nnopt.tools.scaffold.new_op import functions, plan_op
from nnopt.tools.scaffold.new_pass import plan_pass
from nnopt.tools.scaffold.tree import Tree

PASS_PLACES = {"passes/graph", "passes/registry.py", "tests/filecheck/graph"}
OP_PLACES = {
    "dialects/nn",
    "dialects/interpreters",
    "lowering/onnx_frontend",
    "lowering/kernels",
    "tests/filecheck/nn",
}


def place(path: str) -> str:
    """The place of CONTRIBUTING.md that a file belongs to."""
    return path if path.endswith("registry.py") else str(Path(path).parent)


def plan(kind: str) -> Tree:
    """The changes of a command, not written."""
    tree = Tree(ROOT)
    if kind == "pass":
        assert plan_pass(tree, "drop-pairs", "graph")
    elif kind == "op":
        assert plan_op(tree, "sinh", None, None)
    else:
        assert plan_op(tree, "absolute", "Abs", "abs")
    return tree


@pytest.mark.parametrize("kind", ("pass", "op", "op of a function"))
def test_places_are_those_of_contributing(kind: str):
    tree = plan(kind)
    places = PASS_PLACES if kind == "pass" else OP_PLACES
    assert {place(path) for path in tree.planned} == places
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert all(name.removesuffix("/graph").removesuffix("/nn") in contributing for name in places)
    for path, text in tree.planned.items():
        assert len(text.splitlines()) <= 600, path


def test_skeletons_pass_their_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A pass in each of two folders, an op of a function and one to be filled in, in one copy."""
    copy = copy_of_sources(tmp_path)
    for command in (
        ("new-pass", "drop-pairs"),
        ("new-pass", "drop-pairs-of-negations-everywhere", "--folder", "schedule"),
        ("new-op", "sinh"),
        ("new-op", "absolute", "--onnx", "Abs", "--function", "abs"),
    ):
        assert main([*command, "--root", str(copy)]) == 0
    captured = capsys.readouterr()
    assert "note: Abs is imported already; from opset 13 on, nn.absolute takes" in captured.err
    tests = re.findall(r"^  pytest -q (.*)$", captured.out, re.MULTILINE)
    assert len(tests) == 8
    paths = sorted({word for line in tests for word in line.split() if word.startswith("tests/")})
    wanted = "drop-pairs or sinh or absolute or [nn]"
    done = run(f"pytest -q -p no:cacheprovider {' '.join(paths)} -k '{wanted}'", copy, tmp_path)
    assert (passed := re.search(r"^(\d+) passed", done, re.MULTILINE)) is not None, done
    # FileCheck, documentation, passes in the registry (2 each), ops of the dialect
    assert int(passed[1]) == 6 + 2 + 2 * 2 + 5, done
    changed = [path for path in tmp_path.rglob("*.py") if not _is_original(path, copy)]
    assert len(changed) == 7
    names = " ".join(str(path.relative_to(copy)) for path in changed)
    run(f"ruff check {names} && ruff format --check {names}", copy, tmp_path)


def _is_original(path: Path, copy: Path) -> bool:
    original = ROOT / path.relative_to(copy)
    return original.is_file() and original.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new-pass", "Fold_It"), "'Fold_It' cannot be a pass"),
        (("new-pass", "../x"), "'../x' cannot be a pass"),
        (("new-pass", "fold-bias"), "there is a pass fold-bias already"),
        (("new-pass", "lower-kernels"), "there is a pass lower-kernels already"),
        (("new-op", "Sinh"), "'Sinh' cannot be an op"),
        (("new-op", "class"), "'class' cannot be an op"),
        (("new-op", "relu"), "there is an op nn.relu already"),
        (("new-op", "warp"), "ONNX has no operator Warp"),
        (("new-op", "plus", "--onnx", "Add"), "ONNX's Add is no function of one tensor"),
        (("new-op", "flip", "--onnx", "Not"), "Not is imported already"),
        (("new-op", "sinh", "--function", "sinh"), "--function sinh: choose one of exp, log"),
    ],
)
def test_what_cannot_be_made(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    for name in ("pyproject.toml", "passes/registry.py", "dialects/nn/elementwise.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main([*arguments, "--root", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


def test_outside_of_a_checkout(tmp_path: Path):
    with pytest.raises(NnoptError, match="does not hold the sources of nnopt"):
        Tree(tmp_path)


def test_functions_are_those_of_the_runtime():
    names = ("nnopt_math.h", "nnopt_math64.h")
    header = "".join((ROOT / "runtime_c" / name).read_text("utf-8") for name in names)
    assert {"exp", "sqrt", "abs", "floor"} <= functions().keys()
    assert all(f"nnopt_{name}(float x)" in header for name in functions())
