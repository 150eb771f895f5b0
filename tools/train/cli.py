"""`nnopt train`: an experiment in TOML becomes trained models, packages and one table."""

from __future__ import annotations

import argparse
import dataclasses
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialects.errors import NnoptError

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `train`."""
    parser = subparsers.add_parser(
        "train", help="train a network, quantized as well, and measure it on a board"
    )
    parser.set_defaults(main=main)
    parser.add_argument("experiment", type=Path, help="a .toml: see docs/training.md")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="folder of the results (out/NAME)"
    )
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="instead of those of the experiment, for a try"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="instead of that of the experiment")
    parser.add_argument("--board", metavar="NAME", help="instead of that of the experiment")
    parser.add_argument("--json", action="store_true", help="print the results as one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    from rich.console import Console

    from .experiment import read_experiment
    from .session import run_experiment
    from .table import to_table

    experiment = read_experiment(args.experiment)
    if args.epochs is not None:
        experiment = experiment.with_epochs(args.epochs)
    for key in ("seed", "board"):
        if getattr(args, key) is not None:
            experiment = dataclasses.replace(experiment, **{key: getattr(args, key)})
    try:
        experiment.check()
    except NnoptError as error:
        raise NnoptError(f"{args.experiment}: {error}") from None
    out: Path = args.out or Path("out") / experiment.name
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = run_experiment(experiment, out)
    except KeyboardInterrupt:
        raise NnoptError("interrupted; nothing was written") from None
    if args.json:
        print(results.to_json(), end="")
        return 0
    console = Console()
    if not console.is_terminal:
        console.width = 110
    console.print(to_table(results))
    console.print(f"{out}: models, packages, results.md, results.json", highlight=False)
    return 0
