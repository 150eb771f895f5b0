"""No file over 600 lines, no function over 80: in Python and in C."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from layout import committed_files, relative, tree

MAX_FILE = 600
MAX_FUNCTION = 80

PYTHON = [path for path in committed_files() if path.suffix == ".py"]
C = [
    path
    for path in committed_files()
    if path.suffix in (".c", ".h", ".S", ".j2") and "golden" not in path.parts
]


@pytest.mark.parametrize("path", [*PYTHON, *C], ids=relative)
def test_file_is_not_too_long(path: Path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MAX_FILE, f"{relative(path)} has {lines} lines: split it"


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_python_functions_are_not_too_long(path: Path):
    too_long = [
        f"{node.name} ({lines} lines)"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
    ]
    assert not too_long, f"{relative(path)}: {', '.join(too_long)}"


def c_functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield the first line and the number of lines of each block at the outer level of C code."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', '""', text)
    text = re.sub(r'extern "" \{', "", text)
    macro = r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*"
    text = re.sub(macro, lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE)
    depth, start, heading = 0, 0, ""
    for number, line in enumerate(text.splitlines()):
        if line.lstrip().startswith("#"):
            continue
        if depth == 0 and line.strip() not in ("", "{", "}"):
            if not heading or heading.endswith((";", "}")):
                start = number
            heading = line.strip()
        before = depth
        depth = max(0, depth + line.count("{") - line.count("}"))
        if before > 0 and depth == 0:
            yield heading, number - start + 1
            heading = ""


@pytest.mark.parametrize("path", C, ids=relative)
def test_c_functions_are_not_too_long(path: Path):
    if path.suffix == ".S":
        return
    too_long = [
        f"{heading} ({lines} lines)"
        for heading, lines in c_functions(path.read_text("utf-8"))
        if lines > MAX_FUNCTION
        and not re.search(r"=\s*\{?$|\benum\b|\bstruct\b\s*\w*\s*\{", heading)
    ]
    assert not too_long, f"{relative(path)}: {', '.join(too_long)}"


def test_the_scan_of_c_sees_functions():
    text = 'int a(void)\n{ /* { */\n  f("{");\n  if (x) {\n  }\n}\n\nstatic int b(int c) {\n}\n'
    assert list(c_functions(text)) == [("int a(void)", 6), ("static int b(int c) {", 2)]
