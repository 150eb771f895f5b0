"""`nnopt run`: the command line of running a package.

    nnopt run out/ --input x.npz --board mps2-an386 --profile
    nnopt run out/ --input x.npz --json --output y.npz

Tables for people, or one JSON object; references `out_<name>` in the input file are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from .boards import BOARDS
from .compare import OutputComparison, compare_with_references
from .io import load_npz, save_npz
from .manifest import read_manifest
from .package import run_package
from .result import RunResult

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the command `run` with its options to the program's commands and return its parser."""
    parser = subparsers.add_parser(
        "run", help="build a compiled package for a board, run it and measure it"
    )
    parser.add_argument("package", type=Path, help="folder that `nnopt compile` wrote")
    parser.add_argument(
        "--input",
        type=Path,
        required=True,
        metavar="X.NPZ",
        help="samples: one array (N, *input shape) per input, called as in ONNX or in_<name>; one "
        "stream for a network that keeps a state",
    )
    parser.add_argument(
        "--board", default="mps2-an386", metavar="BOARD", help=f"one of {', '.join(BOARDS)}"
    )
    parser.add_argument("--profile", action="store_true", help="count each layer as well")
    parser.add_argument("--json", action="store_true", help="print one JSON object, no tables")
    parser.add_argument("--limit", type=int, metavar="N", help="run the first N samples only")
    parser.add_argument(
        "--raw", action="store_true", help="outputs as C leaves them: its type, order and shape"
    )
    parser.add_argument(
        "--output", type=Path, metavar="Y.NPZ", help="where outputs go (--json: a temporary file)"
    )
    parser.add_argument(
        "--sanitize",
        action="store_true",
        help="board host: with the address and undefined-behaviour sanitizers",
    )
    parser.add_argument(
        "--timeout", type=float, default=1800.0, metavar="S", help="seconds a run may take"
    )
    parser.set_defaults(main=main)
    return parser


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    package = Path(args.package)
    manifest = read_manifest(package)
    arrays = load_npz(Path(args.input))
    result = run_package(
        package,
        arrays,
        str(args.board),
        profile=bool(args.profile),
        raw=bool(args.raw),
        limit=args.limit,
        sanitize=bool(args.sanitize),
        timeout=args.timeout,
    )
    comparisons: list[OutputComparison] = []
    if not args.raw:
        comparisons = compare_with_references(manifest, result.outputs, arrays)
    path = _write_outputs(result, args.output, wanted=bool(args.json))
    if args.json:
        content = result.to_json(path)
        content["samples"] = _samples(result)
        if comparisons:
            content["comparison"] = [comparison.to_json() for comparison in comparisons]
        print(json.dumps(content, indent=2))
    else:
        _print_tables(Console(), result, comparisons, path)
    return 0


def _samples(result: RunResult) -> int:
    return len(next(iter(result.outputs.values()), ()))


def _write_outputs(result: RunResult, path: Path | None, *, wanted: bool) -> str | None:
    """Write the outputs to `path`, or where they are `wanted` without one to a fresh file."""
    if path is None and not wanted:
        return None
    if path is None:
        handle, name = tempfile.mkstemp(prefix="nnopt-outputs-", suffix=".npz")
        os.close(handle)
        path = Path(name)
    save_npz(path, result.outputs)
    return str(path.resolve())


def _number(value: int | None) -> str:
    return "not measured" if value is None else f"{value:,}"


def _print_tables(
    console: Console, result: RunResult, comparisons: list[OutputComparison], path: str | None
) -> None:
    """Show the result to people."""
    console.print(_summary(result))
    if result.layers:
        console.print(_layer_table(result))
    for comparison in comparisons:
        console.print(_comparison_table(comparison))
    if path is not None:
        console.print(f"outputs: {path}", soft_wrap=True)


def _summary(result: RunResult) -> Table:
    board = f"{result.board} ({BOARDS[result.board].core})"
    title = f"{board}, compiled for {result.target}, {_samples(result)} samples"
    table = Table("", "value", "parts", title=title, title_justify="left")
    ram, flash = result.ram, result.flash
    rows: list[tuple[str, int | None, str]] = [
        ("instructions per inference", result.instructions, ""),
        ("Cortex-M4 cycles, estimated", result.cycles_estimate, ""),
        (
            "RAM, bytes",
            ram.total,
            f"pool {ram.pool:,} + scratch {ram.scratch:,} + "
            + (f"state {ram.state:,} + " if ram.state else "")
            + f"stack {_number(ram.stack)}",
        ),
        ("in- and output buffers, bytes", ram.io, "the caller's, not in RAM above"),
        ("flash, bytes", flash.total, f"code {flash.code:,} + weights {flash.weights:,}"),
    ]
    for name, value, parts in rows:
        table.add_row(name, _number(value), parts)
    table.columns[1].justify = "right"
    return table


def _layer_table(result: RunResult) -> Table:
    table = Table("layer", "op", title="per layer, first sample", title_justify="left")
    for heading in ("instructions", "cycles", "MACs", "instr./MAC"):
        table.add_column(heading, justify="right")
    for layer in result.layers:
        ratio = f"{layer.instructions / layer.macs:.2f}" if layer.macs else ""
        cycles = "" if layer.cycles_estimate is None else f"{layer.cycles_estimate:,}"
        numbers = (f"{layer.instructions:,}", cycles, f"{layer.macs:,}", ratio)
        table.add_row(layer.name, layer.op, *numbers)
    return table


def _comparison_table(comparison: OutputComparison) -> Table:
    title = f"output {comparison.name} against the reference, {comparison.samples} samples"
    table = Table("", "value", title=title, title_justify="left")
    rows: list[tuple[str, Any]] = [
        ("largest error", f"{comparison.max_abs_error:.6g}"),
        ("relative to the largest magnitude", f"{comparison.max_rel_error:.3g}"),
        ("same top-1", f"{comparison.top1_agreement:.2%}"),
    ]
    if comparison.step:
        within = f"{comparison.within_one_step:.3%}"
        rows.insert(2, (f"within one step ({comparison.step:.6g})", within))
    if comparison.accuracy is not None and comparison.reference_accuracy is not None:
        accuracy = f"{comparison.accuracy:.2%} (reference {comparison.reference_accuracy:.2%})"
        rows.append(("accuracy", accuracy))
    for name, value in rows:
        table.add_row(name, value)
    return table
