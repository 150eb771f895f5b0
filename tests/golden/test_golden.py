"""The compiler still makes of the shipped models what is stored, file by file."""

import pytest

from nnopt.tools.golden import CASES, FOLDER, compare
from nnopt.tools.zoo import Case, read_cases

GOLDEN = read_cases(FOLDER / CASES)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_nothing_changed(case: Case) -> None:
    text = compare(case, FOLDER / case.name)
    if text:
        shown = "".join(text.splitlines(keepends=True)[:200])
        pytest.fail(f"{shown}\nIf this is meant, `make golden` stores it.", pytrace=False)


def test_every_folder_belongs_to_a_case() -> None:
    names = {case.name for case in GOLDEN}
    assert {path.name for path in FOLDER.iterdir() if any(path.glob("*.mlir"))} == names
