"""`nnopt explore` on a shipped model: killed, resumed, and its command lines run again."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from end_to_end import missing_program

from nnopt.tools import nnopt
from nnopt.tools.explore.measure import samples_of
from nnopt.tools.run import run_package

BOARD = "mps2-an386"
MODELS = Path(__file__).resolve().parents[2] / "examples" / "models"

pytestmark = [
    pytest.mark.skipif(missing_program(BOARD) is not None, reason=f"{missing_program(BOARD)}"),
    pytest.mark.xdist_group("explore"),
]

TEXT = f"""
model = "{MODELS / "digits_cnn.onnx"}"
calibrate = "{MODELS / "digits_calibration.npz"}"
evaluate = "{MODELS / "digits_test.npz"}"
points = 3
population = 2
[space]
quantize = ["int8", "float"]
unpack = ["none", "auto"]
algorithm = ["auto", "direct"]
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """An exploration and the points that were in its journal when it was killed."""
    folder = tmp_path_factory.mktemp("explore")
    (folder / "small.toml").write_text(TEXT)
    journal = folder / "out" / "points.jsonl"
    command = [sys.executable, "-m", "nnopt.tools.nnopt", "explore", str(folder / "small.toml")]
    with subprocess.Popen([*command, "-o", str(folder / "out"), "--jobs", "1"]) as run:
        for _ in range(1200):
            if journal.is_file() and len(journal.read_bytes().splitlines()) > 1:
                break
            time.sleep(0.05)
        os.kill(run.pid, signal.SIGKILL)
    return folder, len(journal.read_bytes().splitlines()) - 1


def resume(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[str, list[str]]:
    """Run it again; the front as JSON, and what was said of points that were measured."""
    capsys.readouterr()
    words = ["explore", str(folder / "small.toml"), "-o", str(folder / "out"), "--json", *more]
    assert nnopt.main(words) == 0
    said = capsys.readouterr()
    return said.out, [line for line in said.err.splitlines() if "flash" in line]


def test_a_killed_run_goes_on_and_its_lines_give_its_figures(
    killed: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, finished = killed
    assert 1 <= finished < 3
    first, told = resume(folder, capsys, "--jobs", "1")
    assert len(told) == 3 - finished, "a point was measured twice, or lost"
    again, told = resume(folder, capsys, "--jobs", "2")
    assert again == first and told == []
    assert (folder / "out" / "front.json").read_text() == first
    assert (folder / "out" / "front.svg").read_text().count("<svg") == 1
    check_reproduced(json.loads(first)["front"][0], folder)


def check_reproduced(entry: dict[str, Any], folder: Path) -> None:
    """The printed line makes a package of the same figures."""
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = str(folder / "again")
    assert words[:2] == ["nnopt", "compile"] and nnopt.main(words[1:]) == 0
    samples = samples_of(MODELS / "digits_test.npz", "label", 0.5)
    images = samples.arrays["input"]
    board = run_package(folder / "again", {"input": images[samples.seen[:2]]}, BOARD)
    host = run_package(folder / "again", {"input": images[samples.unseen]}, "host")
    hits = host.outputs["output"].reshape(-1, 10).argmax(1) == samples.labels[samples.unseen]
    assert entry["accuracy"] == hits.mean()
    assert entry["cycles"] == board.cycles_estimate
    assert entry["instructions"] == board.instructions
    assert (entry["ram"], entry["flash"]) == (board.ram.total, board.flash.total)


@pytest.mark.slow
def test_a_cluster_gives_the_same_front(
    killed: tuple[Path, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "a cluster needs dask: pip install '.[explore]'"
    distributed: Any = pytest.importorskip("distributed", reason=reason)
    folder, _ = killed
    alone, _ = resume(folder, capsys, "--jobs", "1")
    (tmp_path / "small.toml").write_text(TEXT)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        together, told = resume(tmp_path, capsys, "--scheduler", cluster.scheduler_address)
    assert len(told) == 3
    assert together == alone
