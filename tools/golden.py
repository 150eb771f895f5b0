"""Golden files: what the compiler makes of the shipped models, stored and compared.

    python -m nnopt.tools.golden               print what differs; exit code 1 if anything does
    python -m nnopt.tools.golden --update      print it and store it: `make golden`

For every case of `tests/golden/cases.toml` there is a folder with the IR after each phase (with
locations), the C and the report. A change of the compiler that changes any of these shows in a
review as a difference of these files. Without names of cases the commands in the documents are
compared and updated as well (`transcripts.py`).
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer

from ..dialects.errors import NnoptError
from .compile import compile_model
from .shorten import shorten
from .transcripts import check, documents
from .zoo import Case, compile_options, read_cases, select

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden"
CASES = "cases.toml"


def stored(folder: Path) -> dict[str, str]:
    """The golden files of a case by name; none if the folder does not exist."""
    return {path.name: path.read_text() for path in sorted(folder.glob("*")) if path.is_file()}


def difference(case: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Unified differences of all files that changed, came or went; empty if none did."""
    lines: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        lines += difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            "/dev/null" if old is None else f"a/{case}/{name}",
            "/dev/null" if new is None else f"b/{case}/{name}",
        )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def store(folder: Path, files: Mapping[str, str]) -> None:
    """Make `files` the golden files of a case, and only those."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)


def render(case: Case) -> dict[str, str]:
    """Compile a case; the files that are kept of it, by name, shortened."""
    files: dict[str, str] = {}

    def observe(phase: str, module: ModuleOp) -> None:
        out = StringIO()
        Printer(out, print_debuginfo=True).print_op(module)
        files[f"{len(files) + 1}-{phase}.mlir"] = out.getvalue() + "\n"

    with tempfile.TemporaryDirectory(prefix="nnopt-golden-") as name:
        out = Path(name) / "out"
        compile_model(case.model, out, compile_options(case), observe)
        for path in out.iterdir():
            if not path.name.startswith("nnopt_"):  # copies of runtime_c
                files[path.name] = path.read_text()
    return {name: shorten(name, text) for name, text in files.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code."""
    parser = argparse.ArgumentParser(description="Compare or update the golden files.")
    parser.add_argument("cases", nargs="*", help="names of cases; default: all")
    parser.add_argument("--update", action="store_true", help="store what the compiler makes now")
    options = parser.parse_args(arguments)
    try:
        cases = select(read_cases(FOLDER / CASES), options.cases)
        found = [compare(case, FOLDER / case.name, update=options.update) for case in cases]
        if not options.cases:
            found += [check(file, update=options.update) for file in documents()]
    except NnoptError as error:
        print(f"golden: {error}", file=sys.stderr)
        return 1
    print("".join(found), end="")
    return int(any(found) and not options.update)


def compare(case: Case, folder: Path, *, update: bool = False) -> str:
    """Difference between the golden files of a case and the compiler's; stored with `update`."""
    files = render(case)
    text = difference(case.name, stored(folder), files)
    if update and text:
        store(folder, files)
    return text


if __name__ == "__main__":
    sys.exit(main())
