"""The in-process runner means the same by a test file as lit does."""

from __future__ import annotations

from pathlib import Path

import pytest
from filecheck_runner import NeedsLit, parse_run_line, run_file, run_lines

FUNCTION = "func.func @f() {\n  func.return\n}\n"
PASSING = (
    "// RUN: nnopt-opt %s | filecheck %s\n// CHECK: @f",
    "// RUN: nnopt-opt %s \\\n// RUN:   -p dce | filecheck %s --check-prefix=A\n// A: @f",
    "// RUN: not nnopt-opt %s -p nothing 2>&1 | filecheck %s\n// CHECK: Unrecognized passes",
    "// RUN: nnopt-opt %s",
    "// RUN: nnopt-opt %s | nnopt-opt --print-op-generic | filecheck %s\n// CHECK: sym_name",
)
FAILING = (
    "// RUN: nnopt-opt %s | filecheck %s\n// CHECK: @g",
    "// RUN: not nnopt-opt %s | filecheck %s\n// CHECK: @f",
    "// RUN: nnopt-opt %s -p nothing 2>&1 | filecheck %s\n// CHECK: Unrecognized passes",
    "// RUN: nnopt-opt %s | filecheck %s",
    "// RUN: nnopt-opt %s\n// RUN: nnopt-opt %s -p nothing",
    "// RUN: nnopt-opt %s -p nothing | nnopt-opt | filecheck %s\n// CHECK: {{.*}}",
    "// RUN: nnopt-opt %s | nnopt-opt -p nothing | filecheck %s\n// CHECK: {{.*}}",
    "// nothing to run",
)


def write(folder: Path, text: str) -> Path:
    path = folder / "test.mlir"
    path.write_text(f"{text}\n{FUNCTION}")
    return path


@pytest.mark.parametrize("text", PASSING)
def test_passes(tmp_path: Path, text: str):
    assert run_file(write(tmp_path, text)) == ("PASS", "")


@pytest.mark.parametrize("text", FAILING)
def test_fails(tmp_path: Path, text: str):
    result, message = run_file(write(tmp_path, text))
    assert result == "FAIL" and message


@pytest.mark.parametrize(
    "line",
    [
        "nnopt-opt < %s | filecheck %s",
        "nnopt-opt %s > %t && filecheck %s < %t",
        "nnopt-opt %s | sed s/a/b/ | filecheck %s",
        "nnopt-opt %s --disable-verify",
        "xdsl-opt %s | filecheck %s",
        "%python %s",
    ],
)
def test_everything_else_is_left_to_lit(line: str):
    with pytest.raises(NeedsLit):
        parse_run_line(line, Path("x.mlir"))


def test_keywords_are_left_to_lit():
    with pytest.raises(NeedsLit, match="REQUIRES"):
        run_lines("// REQUIRES: target\n// RUN: nnopt-opt %s")


def test_quotes_and_options_arrive_whole():
    line = parse_run_line("nnopt-opt %s -p 'a{b=1},c' | filecheck %s", Path("a b.mlir"))
    assert line.drivers[0] == ("a b.mlir", "-p", "a{b=1},c")
    assert line.check == ("filecheck", "a b.mlir")


def test_quotes_inside_quotes():
    line = parse_run_line("nnopt-opt %s -t 'c{prefix=\"q\"}' 2>&1 | filecheck %s", Path("x.mlir"))
    assert line.merge_stderr and line.drivers[0][-1] == 'c{prefix="q"}'
