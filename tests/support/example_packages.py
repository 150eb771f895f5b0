"""The packages below `examples/`, built and laid out as `pip install` would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def installed(example: Path, folder: Path) -> Path:
    """A folder with what `pip install` would put into site-packages."""
    source = folder / "source"
    shutil.copytree(example, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__py*"))
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "lib")
    return folder / "lib"


def environment(*folders: Path) -> dict[str, str]:
    known = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*map(str, folders), *filter(None, [known])]),
    }
