"""The committed table of measurements is what the shipped models need today."""

import shutil

import pytest

from nnopt.tools import bench
from nnopt.tools.zoo import Case, read_cases

CASES = read_cases(bench.FOLDER / "models.toml")
SHIPPED = [case for case in CASES if not case.shared]

needs_board = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)


def test_both_files_hold_the_same_numbers_of_the_listed_models() -> None:
    stored = bench.read_stored()
    assert set(stored.table) == {case.name for case in CASES}
    assert (bench.FOLDER / "models.json").read_text() == bench.to_json(stored)
    assert (bench.FOLDER / "models.md").read_text() == bench.to_markdown(stored)


@needs_board
@pytest.mark.parametrize("case", SHIPPED, ids=lambda case: case.name)
def test_a_shipped_model_needs_what_the_table_says(case: Case) -> None:
    stored, now = bench.read_stored(), bench.environment()
    same = stored.environment == now
    measured = {case.name: bench.measure(case)}
    if found := bench.changes(stored.table, measured, same_compiler=same):
        lines = "\n  ".join(found)
        pytest.fail(
            f"benchmarks/models.json is out of date:\n  {lines}\n"
            "If this is meant, `nnopt bench --update` stores it.",
            pytrace=False,
        )
    if not same:
        pytest.skip(f"only the RAM pool was compared: {now} is not the stored {stored.environment}")


@needs_board
def test_two_measurements_give_the_same_numbers() -> None:
    case = next(case for case in SHIPPED if case.name == "digits_cnn_int8")
    assert bench.measure(case) == bench.measure(case)
