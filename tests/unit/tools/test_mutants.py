"""The list of deliberate faults fits the sources, and a fault that no test sees is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools import mutants


@pytest.mark.parametrize("mutant", mutants.read_mutants(), ids=lambda mutant: mutant.name)
def test_every_fault_can_be_made(mutant: mutants.Mutant) -> None:
    text = (mutants.ROOT / mutant.file).read_text(encoding="utf-8")
    assert mutant.applied(text) != text
    assert mutant.tests and all((mutants.ROOT / test).exists() for test in mutant.tests)


def test_there_are_enough() -> None:
    folders = {mutant.file.split("/")[0] for mutant in mutants.read_mutants()}
    assert len(mutants.read_mutants()) >= 30
    assert folders >= {"dialects", "passes", "lowering", "runtime_c"}


def test_faults_that_are_seen_and_not(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "halves.py").write_text("def half(x):\n    return x // 2\n")
    (tmp_path / "test_code.py").write_text(
        "import sys\nsys.path.insert(0, '.')\nfrom halves import half\n\n"
        "def test_half():\n    assert half(4) == 2\n"
    )
    seen = mutants.Mutant("third", "halves.py", "// 2", "// 3", ("test_code.py",))
    missed = mutants.Mutant("up", "halves.py", "x // 2", "-(-x // 2)", ("test_code.py",))
    assert not mutants.survives(seen, tmp_path) and mutants.survives(missed, tmp_path)
    assert "// 2" in (tmp_path / "halves.py").read_text()
    with pytest.raises(NnoptError, match="its text is 0 times"):
        mutants.survives(mutants.Mutant("none", "halves.py", "y", "z", ()), tmp_path)
    with pytest.raises(NnoptError, match="cannot be run"):
        mutants.passes(tmp_path, ["test_gone.py"])
