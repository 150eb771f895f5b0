"""The example packages, with operators and accelerators: built, installed, and their tests run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from example_packages import EXAMPLES, environment, installed


@pytest.mark.parametrize(("name", "count"), [("custom_operator", 5), ("matrix_engine", 36)])
def test_their_own_tests_pass(tmp_path: Path, name: str, count: int) -> None:
    tests = str(EXAMPLES / name)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
    paths = environment(installed(EXAMPLES / name, tmp_path))
    done = subprocess.run(command, env=paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{count} passed" in done.stdout


BROKEN = {
    "operators": (
        "from nnopt.dialects.external import find_operator; find_operator('x', 'Y', 1)",
        "NnoptError: the operators of entry point 'odd' (nowhere_at_all:register)",
    ),
    "accelerators": (
        "from nnopt.passes.offload.accelerator import known_accelerators; known_accelerators()",
        "NnoptError: the accelerator of entry point 'odd' (nowhere_at_all:register)",
    ),
}


@pytest.mark.parametrize("group", BROKEN)
def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path, group: str) -> None:
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[nnopt.{group}]\nodd = nowhere_at_all:register\n")
    code, message = BROKEN[group]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert message in done.stderr
