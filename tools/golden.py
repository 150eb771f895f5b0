"""Golden files: what the compiler makes of the shipped models, stored and compared.

    python -m nnopt.tools.golden             print what differs from the stored files; exit code 1 if so
    python -m nnopt.tools.golden --update    print it and store it: `make golden`

For every case of `tests/golden/cases.toml` there is a folder with the IR after each phase, the C and
the report. A change of the compiler that changes any of these shows in a review as a difference of
these files. Large constants are replaced by a hash of their bytes, so that the files stay small and
a changed weight still shows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden"


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
