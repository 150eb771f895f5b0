"""Damaged models: a short run of the fuzzer, and what it would call a finding."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools import fuzz, fuzz_atheris
from nnopt.tools.mutations import flipped, mutated

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
DIGITS = (SHIPPED / "digits_cnn.onnx").read_bytes()


@pytest.mark.slow
def test_damaged_models_become_c_or_one_clear_error() -> None:
    outcomes = fuzz.run(200, seed=7, jobs=1)
    findings = [outcome for outcome in outcomes if outcome.status in fuzz.FINDINGS]
    assert not findings
    counts = Counter(outcome.status for outcome in outcomes)
    assert counts["compiled"] > 20 and counts["refused"] > 50
    assert [outcome.index for outcome in outcomes] == list(range(200))


@pytest.mark.slow
def test_what_was_found_stays_repaired(tmp_path: Path) -> None:
    models = fuzz.corpus()
    # scales of 0, a view of a constant, 0 times 2 ** 63, column 2 ** 31, nothing 2 ** 40 times
    for index in (1473, 4105, 5852, 6306, 6722):
        source, data = fuzz.make_case(models, 1, index)
        assert fuzz.run_case(index, source, data, tmp_path).status in ("compiled", "refused")


def test_the_same_seed_makes_the_same_case() -> None:
    cases = [mutated(DIGITS, random.Random(f"1:{index}")) for index in range(40)]
    again = [mutated(DIGITS, random.Random(f"1:{index}")) for index in range(40)]
    assert cases == again and len(set(cases)) > 35
    assert all(case != DIGITS for case in cases[:1])
    assert flipped(b"", random.Random(1))


def explode(path: Path, *_: object, **__: object) -> None:
    raise KeyError("nobody caught me")


def linger(path: Path, *_: object, **__: object) -> None:
    while True:
        time.process_time()


def vanish(path: Path, *_: object, **__: object) -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def litter(path: Path, out: Path, *_: object, **__: object) -> None:
    out.mkdir()
    raise NnoptError("no")


@pytest.mark.parametrize(
    ("behave", "status"),
    [(explode, "traceback"), (linger, "hang"), (vanish, "crash"), (litter, "traceback")],
)
def test_findings_are_found(monkeypatch: pytest.MonkeyPatch, behave: object, status: str) -> None:
    monkeypatch.setattr(fuzz, "compile_model", behave)
    if status == "hang":  # the others take what they need, however slow the machine
        monkeypatch.setattr(fuzz, "SECONDS", 1)
    outcomes = fuzz.run(2, seed=1, jobs=1, models=[("digits_cnn", DIGITS)])
    assert [outcome.status for outcome in outcomes] == [status, status]


def test_a_run_goes_on_where_its_log_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, log = [("digits_cnn", DIGITS)], tmp_path / "log"
    monkeypatch.setattr(fuzz, "compile_model", explode)
    early = fuzz.run(2, seed=1, jobs=1, models=models, log=log)
    monkeypatch.setattr(fuzz, "compile_model", litter)
    later = fuzz.run(4, seed=1, jobs=1, models=models, log=log)
    assert [outcome.index for outcome in later] == [0, 1, 2, 3]
    assert later[:2] == early and {outcome.where for outcome in later[2:]} == {"message or files"}
    assert fuzz.read_log(log, models, 1) == later
    with pytest.raises(NnoptError, match="another run"):
        fuzz.read_log(log, models, 2)


def test_what_atheris_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fuzz_atheris.import_bytes(DIGITS, tmp_path)
    assert not fuzz_atheris.import_bytes(DIGITS[:100], tmp_path)
    assert not fuzz_atheris.import_bytes(b"\0\0\0\0TFL3" + DIGITS[:100], tmp_path)
    cases = [fuzz_atheris.mutate(DIGITS, 1 << 16, seed) for seed in range(20)]
    assert cases == [fuzz_atheris.mutate(DIGITS, 1 << 16, seed) for seed in range(20)]
    assert len({DIGITS, *cases}) > 15 and len(fuzz_atheris.mutate(DIGITS, 50, 1)) <= 50
    assert fuzz_atheris.mutate(b"no model", 50, 1)
    monkeypatch.setattr("nnopt.lowering.onnx_frontend.import_model", explode)
    with pytest.raises(KeyError):
        fuzz_atheris.import_bytes(DIGITS, tmp_path)


def test_atheris_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert fuzz_atheris.main(["corpus"]) == 1
    assert "pip install atheris" in capsys.readouterr().err


def test_broken_c_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"sources": ["net.c"]}')
    (tmp_path / "net.c").write_text("int f(void)\n{\n    int unused = 1;\n    return 0;\n}\n")
    assert "unused" in fuzz._check_c(tmp_path)  # pyright: ignore[reportPrivateUsage]
