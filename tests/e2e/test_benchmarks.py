"""The committed table of measurements is what the shipped models need today."""

import shutil

import pytest

from nnopt.tools import bench
from nnopt.tools.zoo import Case, read_cases

CASES = {table: read_cases(bench.FOLDER / f"{table}.toml") for table in bench.TABLES}
SHIPPED = [(table, case) for table, cases in CASES.items() for case in cases if not case.shared]

COMPILERS = ("arm-none-eabi-gcc", "riscv64-unknown-elf-gcc")
EMULATORS = ("qemu-system-arm", "qemu-system-riscv32")

needs_board = pytest.mark.skipif(
    not all(shutil.which(program) for program in (*COMPILERS, *EMULATORS)),
    reason=f"needs {', '.join((*COMPILERS, *EMULATORS))}",
)


@pytest.mark.parametrize("table", bench.TABLES)
def test_both_files_hold_the_same_numbers_of_the_listed_models(table: str) -> None:
    stored = bench.read_stored(table)
    assert set(stored.table) == {case.name for case in CASES[table]}
    assert (bench.FOLDER / f"{table}.json").read_text() == bench.to_json(stored, table)
    assert (bench.FOLDER / f"{table}.md").read_text() == bench.to_markdown(stored, table)


@needs_board
@pytest.mark.parametrize(("table", "case"), SHIPPED, ids=[case.name for _, case in SHIPPED])
def test_a_shipped_model_needs_what_the_table_says(table: str, case: Case) -> None:
    stored, now = bench.read_stored(table), bench.environment_of(CASES[table])
    same = stored.environment == now
    measured = {case.name: bench.measure(case)}
    if found := bench.changes(stored.table, measured, same_compiler=same):
        lines = "\n  ".join(found)
        pytest.fail(
            f"benchmarks/{table}.json is out of date:\n  {lines}\n"
            f"If this is meant, `nnopt bench --table {table} --update` stores it.",
            pytrace=False,
        )
    if not same:
        pytest.skip(f"only the RAM pool was compared: {now} is not the stored {stored.environment}")


@needs_board
def test_two_measurements_give_the_same_numbers() -> None:
    case = next(case for _, case in SHIPPED if case.name == "digits_cnn_int8")
    assert bench.measure(case) == bench.measure(case)
