"""The gesture recognizer of the examples, end to end on boards, with and without an accelerator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_packages import EXAMPLES, environment, installed

DEMO = EXAMPLES / "gesture" / "demo.py"


def recognized(out: Path, *arguments: str, paths: dict[str, str] | None = None) -> str:
    """What the board prints for the synthetic stream."""
    if not shutil.which("qemu-system-arm"):
        pytest.skip("qemu-system-arm is not installed")
    command = [sys.executable, str(DEMO), "--out", str(out), *arguments]
    variables = {**(paths or os.environ), "NNOPT_SHARED": str(out.parent / "nowhere")}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    first, *lines = done.stdout.splitlines()
    assert first.startswith("72 synthetic gestures on ")
    return "\n".join(lines)


def test_gestures_are_told_and_right(tmp_path: Path) -> None:
    lines = recognized(tmp_path / "out")
    for name in ("wing", "ring", "slope"):
        assert len(re.findall(rf"^ *\d+\.\d s  {name}$", lines, re.MULTILINE)) >= 5
    right = re.search(r"(\d+) of 72 windows right", lines)
    assert right is not None and int(right[1]) >= 68


def test_an_accelerator_gives_the_same_answers(tmp_path: Path) -> None:
    paths = environment(installed(EXAMPLES / "matrix_engine", tmp_path))
    plain = recognized(tmp_path / "out")
    offloaded = recognized(tmp_path / "npu", "--accelerator", "matrix-engine", paths=paths)
    assert "matrix_engine_convolution(" in (tmp_path / "npu" / "net" / "net.c").read_text()
    assert offloaded == plain
