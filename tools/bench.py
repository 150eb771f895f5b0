"""`nnopt bench`: compile the models of `benchmarks/models.toml`, run them, keep the table.

    nnopt bench                     measure, print the table and what differs from the stored one
    nnopt bench --update            store it: benchmarks/models.json and models.md
    nnopt bench digits_cnn          these models only
    nnopt bench --table speed       those of benchmarks/speed.toml: other boards, limits of flash
    nnopt bench --calibrate-model   cycles that schedules go by beside those measured, by layer

Instructions are QEMU's, of one inference, the same at every run; cycles are the estimate for a
Cortex-M4 (`docs/running.md`). `models.json` records the compilers that the numbers belong to: with
the same ones every number must come out the same, and a test holds that for the shipped models.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dialects.errors import NnoptError
from .compile import compile_model
from .output import progress
from .predicted import calibrate
from .run import RunResult, compare_with_io_npz, load_npz, read_manifest, run_package
from .run.boards import find_board
from .zoo import BOARD, Case, compile_options, read_cases, select

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
TABLES = ("models", "speed")
"""Lists of models in that folder: `NAME.toml`, with the stored `NAME.json` and `NAME.md`."""

TITLES = {"models": "The models, measured", "speed": "Other processors, less flash"}

PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
}
"""The Debian packages of compilers."""

SAMPLES = 2
"""Inferences per model: integer networks take the same instructions for each, others nearly so."""


@dataclass(frozen=True)
class Measurement:
    """One row of the table; bytes, and instructions and Cortex-M4 cycles of one inference."""

    instructions: int
    cycles: int | None
    """Estimated; None on a board that has no estimate."""
    macs: int
    pool: int
    scratch: int
    stack: int
    code: int
    weights: int
    error: float
    """Largest difference from onnxruntime's outputs, relative to their largest magnitude."""

    @classmethod
    def of(cls, result: RunResult, macs: int, error: float) -> Measurement:
        """Take the numbers of a run; raises NnoptError if the board does not measure them."""
        numbers = (result.instructions, result.cycles_estimate, result.ram.stack)
        instructions, cycles, stack = numbers
        if instructions is None or stack is None:
            raise NnoptError(f"{result.board} does not measure instructions and stack")
        ram, flash = result.ram, result.flash
        return cls(
            instructions=instructions,
            cycles=cycles,
            macs=macs,
            pool=ram.pool,
            scratch=ram.scratch,
            stack=stack,
            code=flash.code,
            weights=flash.weights,
            error=float(f"{error:.3g}"),
        )


_COLUMNS = {
    "instructions": "instructions",
    "cycles": "cycles (est.)",
    "macs": "MACs",
    "pool": "RAM pool",
    "scratch": "scratch",
    "stack": "stack",
    "code": "flash code",
    "weights": "weights",
    "error": "error",
}
_MEMORY = ("pool", "scratch")
"""Decided by our compiler alone, whatever C compiler follows."""

Table = dict[str, Measurement]


@dataclass(frozen=True)
class Stored:
    """The committed numbers, and the compilers that they were measured with."""

    environment: dict[str, str]
    table: Table


def environment(boards: Iterable[str] = (BOARD,)) -> dict[str, str]:
    """The programs that the numbers depend on, besides this compiler."""
    found: dict[str, str] = {}
    for compiler in sorted({find_board(board).compiler for board in boards}):
        try:
            done = subprocess.run(
                [compiler, "--version"], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            package = PACKAGES.get(compiler, compiler)
            raise NnoptError(f"cannot run {compiler}: apt install {package}") from error
        found[compiler] = done.stdout.splitlines()[0].split(maxsplit=1)[1]
    return found


def environment_of(cases: Iterable[Case]) -> dict[str, str]:
    """The same for all boards of a list of models."""
    return environment({case.board for case in cases} or (BOARD,))


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.2g}"


def to_json(stored: Stored, table: str = "models") -> str:
    """The text of `models.json`, or of another table."""
    rows = {name: asdict(row) for name, row in sorted(stored.table.items())}
    board = {"board": BOARD} if table == "models" else {}
    content = {**board, "environment": stored.environment, "models": rows}
    return json.dumps(content, indent=1) + "\n"


def from_json(text: str) -> Stored:
    """Read `models.json` back."""
    content: dict[str, Any] = json.loads(text)
    table = {name: Measurement(**row) for name, row in content["models"].items()}
    return Stored(content["environment"], table)


def to_markdown(stored: Stored, table: str = "models") -> str:
    """The text of `models.md`, or of another table."""
    compilers = ", ".join(f"{name} {version}" for name, version in stored.environment.items())
    command = "nnopt bench" if table == "models" else f"nnopt bench --table {table}"
    where = f"{BOARD} (Cortex-M4 in QEMU)"
    if table != "models":
        where = f"the board in QEMU that `{table}.toml` names, {BOARD} otherwise"
    lines = [
        f"# {TITLES[table]}",
        "",
        f"One inference on {where}; memory in bytes. Written by",
        f"`{command} --update` with {compilers}.",
        "",
        f"`{table}.toml` says with which options each model is compiled. The error is the largest",
        "difference from onnxruntime's outputs of the model, relative to their largest magnitude.",
        "",
        "| model | " + " | ".join(_COLUMNS.values()) + " | instructions/MAC |",
        "|---|" + "---:|" * (len(_COLUMNS) + 1),
    ]
    for name, row in sorted(stored.table.items()):
        cells = [_text(value) for value in asdict(row).values()]
        ratio = f"{row.instructions / row.macs:.2f}" if row.macs else ""
        lines.append(f"| {name} | " + " | ".join([*cells, ratio]) + " |")
    return "\n".join(lines) + "\n"


def changes(before: Table, after: Table, *, same_compiler: bool) -> list[str]:
    """Say, a line each, which number of which model changed, from what to what and by how much.

    Models that are missing in `after` were not measured and are not mentioned. With another C
    compiler only what it has no part in is compared.
    """
    found: list[str] = []
    for name, new in sorted(after.items()):
        old = before.get(name)
        if old is None:
            found.append(f"{name}: new")
            continue
        for key, value in asdict(new).items():
            was = asdict(old)[key]
            if was == value or not (same_compiler or key in _MEMORY):
                continue
            share = f" ({(value - was) / was:+.1%})" if was and isinstance(was, int) else ""
            found.append(f"{name}: {_COLUMNS[key]} {_text(was)} -> {_text(value)}{share}")
    return found


def measure(case: Case) -> Measurement:
    """Compile a case, run it on the board and compare its outputs. Raises NnoptError."""
    with tempfile.TemporaryDirectory(prefix="nnopt-bench-") as name:
        package = Path(name) / "out"
        unit = compile_model(case.model, package, compile_options(case))
        result = run_package(package, load_npz(case.io), case.board, limit=SAMPLES)
        comparisons = compare_with_io_npz(read_manifest(package), result.outputs, case.io)
    worst = max(comparison.max_rel_error for comparison in comparisons)
    return Measurement.of(result, sum(layer.macs for layer in unit.layers), worst)


def measure_all(cases: Sequence[Case]) -> Table:
    """Measure all cases whose files are there, telling what is being done on standard error.

    Raises NnoptError if files are missing of a case that is not of the shared material.
    """
    table: Table = {}
    for case in cases:
        if missing := case.missing():
            if not case.shared:
                raise NnoptError(f"{case.name}: there is no file {missing}")
            progress(f"{case.name}: left out, there is no file {missing}")
            continue
        progress(case.name)
        table[case.name] = measure(case)
    return table


def read_stored(table: str = "models") -> Stored:
    """The committed measurements; empty if there are none yet."""
    file = FOLDER / f"{table}.json"
    if file.is_file():
        return from_json(file.read_text())
    return Stored(environment_of(read_cases(FOLDER / f"{table}.toml")), {})


def write_stored(stored: Stored, table: str = "models") -> None:
    """Replace the committed measurements, both files."""
    (FOLDER / f"{table}.json").write_text(to_json(stored, table))
    (FOLDER / f"{table}.md").write_text(to_markdown(stored, table))


def updated(before: Stored, measured: Table, names: Sequence[str], now: dict[str, str]) -> Stored:
    """The stored measurements with the measured ones in them, models of other `names` removed.

    Raises NnoptError if numbers of another C compiler would stay beside the new ones.
    """
    kept = {name: row for name, row in before.table.items() if name in names}
    if before.environment != now and (others := sorted(kept.keys() - measured.keys())):
        raise NnoptError(f"another C compiler than before: measure {', '.join(others)} as well")
    return Stored(now, {**kept, **measured})


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the command `bench` with its options to the program's commands and return its parser."""
    parser = subparsers.add_parser("bench", help="measure the models of benchmarks/models.toml")
    parser.add_argument("models", nargs="*", help="names of models in the list; default: all")
    parser.add_argument(
        "--table", choices=TABLES, default="models", help="which list of benchmarks/ (models)"
    )
    parser.add_argument(
        "--calibrate-model",
        action="store_true",
        help="compare the cycles that algorithms declare with those measured, layer by layer",
    )
    parser.add_argument("--update", action="store_true", help="store the measurements")
    parser.set_defaults(main=main)
    return parser


def main(args: argparse.Namespace) -> int:
    """Run the command; the exit code is 1 if a number changed and is not stored."""
    cases = read_cases(FOLDER / f"{args.table}.toml")
    if args.calibrate_model:
        print(calibrate(select(cases, args.models)))
        return 0
    now, before = environment_of(cases), read_stored(args.table)
    measured = measure_all(select(cases, args.models))
    print(to_markdown(Stored(now, measured), args.table))
    found = changes(before.table, measured, same_compiler=before.environment == now)
    print("\n".join(found) or "nothing changed")
    if args.update:
        names = [case.name for case in cases]
        write_stored(updated(before, measured, names, now), args.table)
    return int(bool(found) and not args.update)
