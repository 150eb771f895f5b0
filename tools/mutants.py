"""Deliberate faults in a copy of the sources: the tests have to fail with each of them.

    python -m nnopt.tools.mutants [NAME …]

`tests/mutants.toml` lists faults in passes, planner and kernels: a text of a file, what stands in
its place, and the tests that know better. A fault that these tests do not see is a hole in them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..dialects.errors import NnoptError

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "mutants.toml"


@dataclass(frozen=True)
class Mutant:
    """A fault, and the tests that have to see it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file with the fault. Raises NnoptError where its text is not there just once."""
        if text.count(self.old) != 1 or self.old == self.new:
            raise NnoptError(
                f"fault '{self.name}': its text is {text.count(self.old)} times in {self.file}; "
                "once is needed, and something else in its place"
            )
        return text.replace(self.old, self.new)


def read_mutants(path: Path = LIST) -> list[Mutant]:
    """The list of faults."""
    return [
        Mutant(name, str(row["file"]), str(row["old"]), str(row["new"]), tuple(row["tests"]))
        for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
    ]


def copy_sources(folder: Path) -> None:
    """Copy the files that git knows, links as links."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_symlink() or source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def passes(folder: Path, tests: Sequence[str]) -> bool:
    """Whether tests pass in a copy of the sources. Raises NnoptError where they cannot be run."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    variables = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    variables.setdefault("NNOPT_SHARED", str(ROOT.parent / "shared"))
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise NnoptError(f"{' '.join(tests)} cannot be run:\n{done.stdout[-2000:]}{done.stderr}")
    return done.returncode == 0


def survives(mutant: Mutant, folder: Path) -> bool:
    """Whether no test sees a fault; the copy is without it afterwards. Raises NnoptError."""
    path = folder / mutant.file
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied(original), encoding="utf-8")
    try:
        return passes(folder, mutant.tests)
    finally:
        path.write_text(original, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command: 1 if a fault is not seen, or a test fails without any."""
    parser = argparse.ArgumentParser(prog="python -m nnopt.tools.mutants")
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults whose name has this text")
    args = parser.parse_args(argv)
    chosen = [m for m in read_mutants() if not args.names or any(n in m.name for n in args.names)]
    survivors: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nnopt-mutants-") as name:
        folder = Path(name)
        copy_sources(folder)
        try:
            for mutant in chosen:
                since = time.monotonic()
                missed = survives(mutant, folder)
                survivors += [mutant.name] if missed else []
                word = "NOT SEEN" if missed else "seen"
                print(f"{word}: {mutant.name} ({time.monotonic() - since:.0f} s)", flush=True)
            tests = sorted({test for mutant in chosen for test in mutant.tests})
            if not passes(folder, tests):
                raise NnoptError("the tests fail without any fault")
        except NnoptError as error:
            print(f"mutants: {error}", file=sys.stderr)
            return 1
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} faults are seen")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
