"""A copy of the sources, in which tests add things and run commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from layout import ROOT, committed_files


def copy_of_sources(folder: Path) -> Path:
    """Copy the committed files to a new folder in `folder`."""
    copy = folder / "copy"
    for path in committed_files():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
    for link in (ROOT / "src" / "nnopt").iterdir():
        if link.is_symlink() and not (copy / "src" / "nnopt" / link.name).is_symlink():
            (copy / "src" / "nnopt" / link.name).symlink_to(link.readlink())
    return copy


def environment(copy: Path, scratch: Path) -> dict[str, str]:
    """Variables with which commands see the copy instead of the installed package."""
    return os.environ | {
        "PYTHONPATH": str(copy / "src"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "T": str(scratch),
    }


def run(command: str, copy: Path, scratch: Path) -> str:
    """Run a command in the copy, where it has to succeed; what it printed."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=copy,
        env=environment(copy, scratch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout
