"""Commands in the documentation and what they print: run, compared, rewritten.

    python -m nnopt.tools.transcripts docs/levels.md             differences; exit code 1 if any
    python -m nnopt.tools.transcripts docs/levels.md --update    rewrite the outputs

A fenced block marked `console` holds commands, each after `$ ` (continued after `> `), and below
each what it prints, standard error included. Commands run in the repository's folder with `$T`
naming an empty folder of their file. Large constants are shortened as in golden files, and the
folder's name is printed as `$T`.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .shorten import shorten_ir

ROOT = Path(__file__).resolve().parents[1]

_BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_PROMPT, _MORE = "$ ", "> "


def commands(block: str) -> list[list[str]]:
    """The commands of a block, as their lines with prompts; outputs are left out."""
    found: list[list[str]] = []
    open_ = False
    for line in block.splitlines():
        if line.startswith(_PROMPT):
            found.append([line])
            open_ = True
        elif open_ and line.startswith(_MORE):
            found[-1].append(line)
        else:
            open_ = False
    return found


def run_command(lines: Sequence[str], folder: Path) -> str:
    """Run one command in the repository's folder; what it printed, shortened."""
    text = "\n".join(line[len(_PROMPT) :] for line in lines)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        env={**os.environ, "PATH": path, "T": str(folder), "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return shorten_ir(done.stdout.replace(str(folder), "$T")).rstrip("\n")


def refresh(text: str) -> str:
    """Return a document with the outputs of all its commands as they are now."""
    with tempfile.TemporaryDirectory(prefix="nnopt-transcript-") as name:

        def rerun(match: re.Match[str]) -> str:
            printed: list[str] = []
            for lines in commands(match[1]):
                output = run_command(lines, Path(name))
                printed += [*lines, output] if output else lines
            return "".join(f"{line}\n" for line in printed)

        return _BLOCK.sub(rerun, text)


def documents() -> list[Path]:
    """All committed documents with commands in them."""
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [file for file in files if file.is_file() and _BLOCK.search(file.read_text())]


def check(file: Path, *, update: bool = False) -> str:
    """Unified difference between a document and its commands' outputs; stored with `update`."""
    before = file.read_text()
    after = refresh(before)
    if update and after != before:
        file.write_text(after)
    name = str(file)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name}, now"
    )
    return "".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code."""
    parser = argparse.ArgumentParser(description="Check the commands in documents.")
    parser.add_argument("files", type=Path, nargs="*", help="documents; default: all with commands")
    parser.add_argument("--update", action="store_true", help="rewrite the outputs")
    options = parser.parse_args(arguments)
    found = [check(file, update=options.update) for file in options.files or documents()]
    print("".join(found), end="")
    return int(any(found) and not options.update)


if __name__ == "__main__":
    sys.exit(main())
