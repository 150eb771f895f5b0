"""Networks with and without fused kernels: RAM, instructions on a Cortex-M4, the same bits.

    python -m nnopt.tools.fusion_bench --update [NAME …]

`benchmarks/fusion.toml` lists the networks, `fusion.json` and `fusion.md` hold the results. Input
and output lie in the pool; RAM is the arena with all of it, and with the scratch memory of kernels.
Instructions are those of one inference in QEMU; each way has to give the very outputs of the first.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..dialects.errors import NnoptError
from .compile import compile_model
from .pipeline import Options
from .run import load_npz, run_package
from .zoo import Case, compile_options, read_cases, select

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
BOARD = "mps2-an386"

WAYS: dict[str, dict[str, Any]] = {
    "one after the other": {},
    "--fuse rows": {"fuse": "rows"},
    "--max-recompute 1.7": {"max_recompute": 1.7},
}
"""How a network is compiled; the first way is what the others are compared with."""


@dataclass(frozen=True)
class Result:
    """What a network needs, one way."""

    arena: int
    instructions: int
    macs: int


Table = dict[str, dict[str, Result]]
"""Results by network and way."""


def measure(case: Case, way: str, folder: Path) -> tuple[Result, dict[str, Any]]:
    """A network, one way: what it needs, and its outputs for the first sample."""
    options: Options = dataclasses.replace(compile_options(case), io_memory="pool", **WAYS[way])
    unit = compile_model(case.model, folder, options)
    result = run_package(folder, load_npz(case.io), board=BOARD, limit=1, raw=True)
    assert result.instructions is not None
    macs = sum(layer.macs for layer in unit.layers)
    return Result(unit.arena_bytes, result.instructions, macs), result.outputs


def measure_all(case: Case) -> dict[str, Result]:
    """A network, all ways. Raises NnoptError where the outputs are not the same."""
    found: dict[str, Result] = {}
    expected: dict[str, Any] = {}
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            found[way], outputs = measure(case, way, Path(folder) / "net")
        expected = expected or outputs
        if not all(np.array_equal(outputs[name], array) for name, array in expected.items()):
            raise NnoptError(f"{case.name}: {way} gives other outputs")
    return found


def to_markdown(table: Table) -> str:
    """The results as Markdown."""
    lines = [
        "# Networks with fused kernels",
        "",
        "Bytes of the whole arena, with input, output and scratch memory, int8; instructions of",
        f"one inference on {BOARD} (Cortex-M4 in QEMU); multiplications, with those done again.",
        "All ways of a network give the same bits. Written by",
        "`python -m nnopt.tools.fusion_bench --update` from `fusion.toml`.",
        "",
        "| network | way | arena | instructions | more | multiplications | more |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, ways in table.items():
        first = next(iter(ways.values()))
        for way, result in ways.items():
            more = 100 * (result.instructions / first.instructions - 1)
            again = 100 * (result.macs / first.macs - 1)
            lines.append(
                f"| {name} | {way} | {result.arena:,} | {result.instructions:,} | {more:+.1f} % | "
                f"{result.macs:,} | {again:+.0f} % |"
            )
    return "\n".join(lines) + "\n"


def to_json(table: Table) -> str:
    """The results as JSON."""
    rows = {name: {way: asdict(r) for way, r in ways.items()} for name, ways in table.items()}
    return json.dumps(rows, indent=1) + "\n"


def stored() -> Table:
    """The committed results."""
    data = json.loads((BENCHMARKS / "fusion.json").read_text(encoding="utf-8"))
    return {name: {w: Result(**row) for w, row in ways.items()} for name, ways in data.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m nnopt.tools.fusion_bench")
    parser.add_argument("names", nargs="*", help="networks to measure; all without any")
    parser.add_argument("--update", action="store_true", help="write benchmarks/fusion.*")
    args = parser.parse_args(argv)
    cases = read_cases(BENCHMARKS / "fusion.toml")
    before = stored() if (BENCHMARKS / "fusion.json").exists() else {}
    table: Table = {case.name: before[case.name] for case in cases if case.name in before}
    for case in select(cases, args.names):
        missing = case.missing()
        if missing is not None:
            raise NnoptError(f"{case.name}: {missing} is missing")
        table[case.name] = measure_all(case)
        if args.update:
            _write({case.name: table[case.name] for case in cases if case.name in table})
        lines = to_markdown({case.name: table[case.name]}).splitlines()
        print("\n".join(lines[-len(WAYS) :]), flush=True)
    return 0


def _write(table: Table) -> None:
    """Store the results."""
    (BENCHMARKS / "fusion.json").write_text(to_json(table), encoding="utf-8")
    (BENCHMARKS / "fusion.md").write_text(to_markdown(table), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
