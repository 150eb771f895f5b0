"""Test cases of the onnx package on an emulated microcontroller.

A case is compiled for the board's processor and run on the host and on the board. Both have to give
the same bits, and the case's outputs at its own tolerance.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import joblib
import numpy as np
from numpy.typing import NDArray

from ..dialects.errors import NnoptError
from .backend_batch import Outcome, difference
from .backend_cases import Case, DataSet
from .compile import compile_model
from .pipeline import TARGETS, Options
from .run import run_package
from .run.boards import find_board

Array = NDArray[Any]


def same_bits(one: Array, other: Array) -> bool:
    """Whether two arrays agree bit for bit; NaN have no sign that processors agree on."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.kind == "f":
        nan = np.isnan(one)
        if not np.array_equal(nan, np.isnan(other)):
            return False
        one, other = np.where(nan, 0, one), np.where(nan, 0, other)
    return one.tobytes() == other.tobytes()


def _problem(case: Case, package: Path, board: str, data: DataSet) -> str:
    """What is wrong with the outputs of one data set; empty when nothing is."""
    given = {name: array[None] for name, array in data[0].items()}
    host = run_package(package, given, "host").outputs
    emulated = run_package(package, given, board).outputs
    for name, expected in data[1].items():
        if not same_bits(host[name], emulated[name]):
            return f"output {name}: {board} and the host differ"
        wrong = difference(emulated[name][0], expected, case.rtol, case.atol)
        if wrong:
            return f"output {name}: {wrong}"
    return ""


def target_of(board: str) -> str:
    """The compiler's target for a board's processor."""
    names = [flag.removeprefix("-mcpu=") for flag in find_board(board).cpu_flags]
    return next((name for name in names if name in TARGETS), "portable")


def run_on_board(case: Case, board: str) -> Outcome:
    """One case, from ONNX to compared outputs; refusals as in the table of the host."""
    with tempfile.TemporaryDirectory(prefix="nnopt-backend-") as name:
        path, package = Path(name) / "case.onnx", Path(name) / "package"
        path.write_bytes(case.model)
        options = Options(target=target_of(board), io="model", place="first-fit")
        try:
            compile_model(path, package, options, tell_batch=lambda _: None)
        except NnoptError as error:
            return Outcome(case.name, "refusal", str(error))
        try:
            problems = [_problem(case, package, board, data) for data in case.data]
        except NnoptError as error:
            return Outcome(case.name, "fail", str(error))
    problem = next((p for p in problems if p), "")
    return Outcome(case.name, "fail" if problem else "pass", problem)


def sample(cases: Sequence[Case], seed: int) -> list[Case]:
    """The cases of the microcontrollers' subset that have an input, in the order of a seed."""
    chosen = [case for case in cases if case.mcu and case.data and case.data[0][0]]
    random.Random(seed).shuffle(chosen)
    return chosen


def run_sample(cases: Sequence[Case], board: str, count: int, jobs: int = 1) -> Iterator[Outcome]:
    """The outcomes of the first `count` cases that are not refused, in their order."""
    tools = cast("Any", joblib)
    run = tools.Parallel(n_jobs=jobs, return_as="generator")
    begin = 0
    while count and begin < len(cases):  # a refusal or two ask for a few cases more
        part = cases[begin : begin + count]
        begin += count
        for outcome in run(tools.delayed(run_on_board)(case, board) for case in part):
            if outcome.status != "refusal":
                count -= 1
                yield outcome


def page(outcomes: Sequence[Outcome], board: str, seed: int) -> str:
    """The committed page."""
    good = sum(outcome.status == "pass" for outcome in outcomes)
    names = ", ".join(sorted(o.name.removeprefix("test_") for o in outcomes))
    bad = [f"- {o.name}: {o.message}" for o in outcomes if o.status != "pass"]
    return "\n".join(
        [
            f"# Test cases of the onnx package on {board}",
            "",
            f"Made by `python -m nnopt.tools.backend --board {board} --sample {len(outcomes)} "
            f"--seed {seed} --update`. Of {len(outcomes)} cases, drawn from the microcontrollers' "
            f"subset of [onnx-backend.md](onnx-backend.md), {good} have the outputs that are "
            "expected, and the same bits as on the host.",
            "",
            *bad,
            *([""] if bad else []),
            f"{names}.",
            "",
        ]
    )
