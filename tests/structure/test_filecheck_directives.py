"""Directives of FileCheck tests are spelt right: filecheck ignores those it does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from filecheck_runner import SUFFIXES
from layout import ROOT, committed_files, relative

SUFFIX = r"(?:-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?(?:\{LITERAL\})?"
KEYWORDS = {"RUN", "COM", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "REDEFINE"}
DIRECTIVE = re.compile(r"^\s*(?://|#)\s*([A-Z][A-Z0-9_{}-]*)(\s*)(:?)")
PREFIXES = re.compile(r"--?check-prefix(?:es)?[= ]([\w,-]+)")

TESTS = [
    path
    for path in committed_files()
    if path.suffix in SUFFIXES and ROOT / "tests" / "filecheck" in path.parents
]


def problems(text: str) -> list[str]:
    """Return what is wrong with the directives of a test, a line each."""
    runs = " ".join(line for line in text.splitlines() if re.match(r"\s*(//|#)\s*RUN:", line))
    prefixes = {name for group in PREFIXES.findall(runs) for name in group.split(",")}
    if re.search(r"\bfilecheck(?:(?!check-prefix)[^|;&])*?(?:$|[|;&]|// RUN)", runs):
        prefixes.add("CHECK")
    known = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(prefixes)))}){SUFFIX}")
    found: list[str] = []
    used: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not (match := DIRECTIVE.match(line)):
            continue
        word, space, colon = match.groups()
        if prefixes and known.fullmatch(word):
            used.update(name for name in prefixes if re.fullmatch(re.escape(name) + SUFFIX, word))
            if space or not colon:
                found.append(f"line {number}: no colon after {word}")
        elif colon and word not in KEYWORDS:
            found.append(f"line {number}: {word}: is no directive here (known: {known.pattern})")
        elif not colon and word.split("-")[0] in {"CHECK", "RUN"}:
            found.append(f"line {number}: no colon after {word}")
    if not runs:
        found.append("no RUN line")
    found += [f"prefix {name} is never used" for name in sorted(prefixes - used)]
    return found


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_directives(path: Path):
    wrong = problems(path.read_text("utf-8"))
    assert not wrong, relative(path) + ":\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("// RUN: x | filecheck %s\n// CHECK: a\n// CHECK-NEXT: b\n// CHECK-COUNT-2: c", 0),
        ("// RUN: x | filecheck %s\n// CHECK{LITERAL}: {{0}}\n// CHECK-NOT: x", 0),
        ("# RUN: x | filecheck %s --check-prefix=A\n# A-NEXT: a", 0),
        ("// RUN: x | filecheck %s\n// CHECK: a\n// CHECK-NXT: b", 1),
        ("// RUN: x | filecheck %s\n// CHECK: a\n// CHEKC: b", 1),
        ("// RUN: x | filecheck %s\n// CHECK: a\n// CHECK-NEXT b", 1),
        ("// RUN: x | filecheck %s\n// CHECK: a\n// CHECK : b", 1),
        ("// RUN: x | filecheck %s --check-prefix=A\n// A: a\n// CHECK: b", 1),
        ("// RUN: x | filecheck %s --check-prefix=A\n// RUN: y | filecheck %s\n// A: a", 1),
        ("// RUN: x | filecheck %s --check-prefixes=A,B\n// A: a", 1),
        ("// CHECK: a", 2),
    ],
)
def test_the_lint(text: str, wrong: int):
    assert len(problems(text)) == wrong, problems(text)
