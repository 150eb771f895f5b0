"""Networks with straight-line code and fewer products: top-1, cycles and flash.

    python -m nnopt.tools.approximation_bench --update [NAME …]

`benchmarks/approximation.toml` lists the networks and the thresholds below which operands are
skipped; `approximation.json` and `approximation.md` hold the results. What is skipped is found on
samples of the training split; top-1 is on the whole test split, from the C on the host, cycles are
an estimate for one inference on a Cortex-M4 in QEMU. Threshold 0 is straight-line code alone, which
has to have the outputs of the exact network.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dialects.errors import NnoptError
from .accuracy.datasets import Dataset, read_dataset
from .accuracy.measure import FLAGS, calibration_file, top1
from .compile import compile_model
from .pipeline import Options
from .run import run_package
from .zoo import resolve

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
BOARD = "mps2-an386"


@dataclass(frozen=True)
class Network:
    """What is measured of one network."""

    name: str
    model: Path
    data: Path
    prepare: str
    calibration: int
    """Samples of the training split on which products are found that hardly matter."""
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """One way to compile a network."""

    top1: float
    samples: int
    cycles: int
    flash: int


Table = dict[str, dict[str, Result]]
"""Results by network and options of `nnopt compile`."""


def read_networks(path: Path) -> list[Network]:
    """The networks of `approximation.toml`."""
    return [
        Network(
            name,
            resolve(str(row["model"]), path.parent),
            resolve(str(row["data"]), path.parent),
            str(row["prepare"]),
            int(row["calibration"]),
            tuple(float(t) for t in row["thresholds"]),
        )
        for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
    ]


def ways_of(network: Network, calibration: Path) -> dict[str, Options]:
    """How a network is compiled, by what a user would write."""
    found = {"": Options()}
    for threshold in network.thresholds:
        if not threshold:
            found["--unpack auto"] = Options(unpack=("auto",))
            continue
        found[f"--unpack auto --skip-threshold {threshold:.10f}".rstrip("0")] = Options(
            unpack=("auto",), calibrate=str(calibration), skip_threshold=threshold
        )
    return found


def measure(
    network: Network, options: Options, data: Dataset, folder: Path
) -> tuple[Result, NDArray[Any]]:
    """A network, one way: the result, and its outputs for the test split. Raises NnoptError."""
    unit = compile_model(network.model, folder, options)
    inputs = {unit.inputs[0].name: data.test.samples}
    on_board = run_package(folder, inputs, BOARD, limit=1, raw=True, timeout=None)
    on_host = run_package(folder, inputs, "host", cflags=FLAGS, raw=True, timeout=None)
    (first,), (outputs,) = on_board.outputs.values(), on_host.outputs.values()
    if not np.array_equal(first[0], outputs[0]):
        raise NnoptError(f"{network.name}: {BOARD} has other outputs than the host")
    outputs = outputs.reshape(len(data.test), -1)
    share = top1(outputs, data.test.labels)
    assert on_board.cycles_estimate is not None
    assert on_board.flash.total is not None
    cycles, flash = on_board.cycles_estimate, on_board.flash.total
    return Result(round(100 * float(share), 2), len(data.test), cycles, flash), outputs


def measure_all(network: Network) -> dict[str, Result]:
    """A network, all ways. Raises NnoptError where exact code has other outputs."""
    data, found = read_dataset(network.data, network.prepare), dict[str, Result]()
    exact: NDArray[Any] | None = None
    with calibration_file(network.model, data.calibration(network.calibration)) as file:
        for way, options in ways_of(network, file).items():
            with tempfile.TemporaryDirectory() as folder:
                found[way], outputs = measure(network, options, data, Path(folder) / "net")
            exact = outputs if exact is None else exact
            if not options.skip_threshold and not np.array_equal(outputs, exact):
                raise NnoptError(f"{network.name}: {way} gives other outputs")
            print(f"{network.name} {way}: {found[way]}", file=sys.stderr, flush=True)
    return found


def to_markdown(table: Table) -> str:
    """The results as Markdown."""
    lines = [
        "# Fewer products",
        "",
        "Top-1 on the whole test split, which nothing was chosen on; estimated cycles of one",
        f"inference on {BOARD} (Cortex-M4 in QEMU); flash in bytes, code and weights. Written by",
        "`python -m nnopt.tools.approximation_bench --update` from `approximation.toml`: it says",
        "on how many samples of the training split operands are measured. The first row of each",
        "network is exact, and so is straight-line code alone: it has the same outputs.",
        "",
        "| network | options | top-1 | points | cycles | fewer | flash |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, ways in table.items():
        exact = ways[""]
        for way, result in ways.items():
            label = f"`{way}`" if way else f"({result.samples:,} images)"
            lines.append(
                f"| {name} | {label} | {result.top1:.2f} % | {result.top1 - exact.top1:+.2f} | "
                f"{result.cycles:,} | {100 * (1 - result.cycles / exact.cycles):.0f} % | "
                f"{result.flash:,} |"
            )
    return "\n".join(lines) + "\n"


def stored() -> Table:
    """The committed results."""
    path = BENCHMARKS / "approximation.json"
    data: dict[str, dict[str, dict[str, Any]]] = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    )
    return {name: {w: Result(**row) for w, row in ways.items()} for name, ways in data.items()}


def store(table: Table) -> None:
    """Write both files."""
    rows = {name: {way: asdict(r) for way, r in ways.items()} for name, ways in table.items()}
    text = json.dumps(rows, indent=1) + "\n"
    (BENCHMARKS / "approximation.json").write_text(text, encoding="utf-8")
    (BENCHMARKS / "approximation.md").write_text(to_markdown(table), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 where something is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m nnopt.tools.approximation_bench")
    parser.add_argument("names", nargs="*", help="networks to measure; all without any")
    parser.add_argument("--update", action="store_true", help="write benchmarks/approximation.*")
    args = parser.parse_args(argv)
    networks, table = read_networks(BENCHMARKS / "approximation.toml"), stored()
    unknown = sorted({*args.names} - {network.name for network in networks})
    try:
        if unknown:
            raise NnoptError(f"no network is called {', '.join(unknown)}")
        for network in networks:
            if not args.names or network.name in args.names:
                table[network.name] = measure_all(network)
                if args.update:
                    store({n.name: table[n.name] for n in networks if n.name in table})
    except NnoptError as error:
        print(f"approximation_bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
