"""`nnopt explore`: an exploration in TOML becomes the front of accuracy, cycles, RAM and flash."""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialects.errors import NnoptError

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

    from .front import Exploration
    from .setting import Setting


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `explore`."""
    parser = subparsers.add_parser(
        "explore", help="search options for the best of accuracy, cycles, RAM and flash"
    )
    parser.set_defaults(main=main)
    parser.add_argument("exploration", type=Path, help="a .toml: see docs/exploring.md")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the results (out/NAME); points that are there are not measured again",
    )
    parser.add_argument(
        "--points", type=int, metavar="N", help="how many, instead of those of the exploration"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="instead of that of the exploration")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="processes that measure (one for each core)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="measure on a dask cluster: tcp://host:8786"
    )
    parser.add_argument("--json", action="store_true", help="print the front as one JSON object")


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    from rich.console import Console

    from .front import to_table
    from .setting import read_setting

    setting = read_setting(args.exploration)
    for key in ("seed", "points"):
        if getattr(args, key) is not None:
            setting = dataclasses.replace(setting, **{key: getattr(args, key)})
    setting.check()
    jobs: int = len(os.sched_getaffinity(0)) if args.jobs is None else args.jobs
    if jobs < 1:
        raise NnoptError(f"--jobs {jobs}: one process is needed at least")
    out: Path = args.out or Path("out") / setting.name
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = explore(setting, out, jobs, args.scheduler)
    finally:
        signal.signal(signal.SIGTERM, before)
    if args.json:
        print(found.to_json(), end="")
        return 0
    console = Console()
    if not console.is_terminal:
        console.width = 110
    console.print(to_table(found))
    for number, point in enumerate(found.front, 1):
        console.print(f"{number:>3}  {found.command(point)}", highlight=False, soft_wrap=True)
    if found.failed:
        count = len(found.failed)
        console.print(f"{count} points cannot be compiled, see front.json", highlight=False)
    console.print(f"{out}: front.json, front.svg, points.jsonl", highlight=False)
    return 0


def explore(setting: Setting, out: Path, jobs: int, scheduler: str | None) -> Exploration:
    """Search, and write the results to the folder `out`. Raises NnoptError."""
    from ..output import progress
    from ..train.measure import check_tools
    from .front import Exploration, Point
    from .journal import Journal
    from .knobs import Choices, words
    from .measure import Outcome, check_apart, problem_of, samples_of
    from .picture import front_svg
    from .search import load_optuna, search
    from .setting import computes_integers
    from .workers import measure_all, workers

    load_optuna()
    check_tools(setting.chosen_board)
    check_apart(setting)
    samples = samples_of(setting.path("evaluate"), setting.labels, setting.search_share)
    integers = computes_integers(setting.path("model"))
    with Journal(out, problem_of(setting)) as journal, workers(jobs, scheduler) as executor:
        done = 0

        def tell(outcome: Outcome) -> None:
            said = outcome.error
            if (figures := outcome.figures) is not None:
                said = (
                    f"{figures.search_accuracy:.2%}, {figures.time:,}, "
                    f"RAM {figures.ram:,}, flash {figures.flash:,}"
                )
            progress(f"{words(outcome.choices)}: {said}")

        def measured(points: Sequence[Choices]) -> list[Outcome]:
            nonlocal done
            outcomes = measure_all(setting, points, executor, journal, tell)
            done += len(outcomes)
            if outcomes:
                progress(f"{done} of {setting.points} points")
            return outcomes

        try:
            outcomes = search(setting, measured, integers=integers)
        except KeyboardInterrupt:
            raise NnoptError(
                f"interrupted; {len(journal.known)} points are in {journal.file}, and the same "
                "command goes on from there"
            ) from None
    points = [Point(o.choices, o.figures) for o in outcomes if o.figures is not None]
    failed = [outcome for outcome in outcomes if outcome.figures is None]
    if not points:
        raise NnoptError(f"no point can be compiled; the first: {failed[0].error}")
    counts = (len(samples.seen), len(samples.unseen))
    found = Exploration(setting, counts, tuple(points), tuple(failed))
    (out / "front.json").write_text(found.to_json(), "utf-8")
    (out / "front.svg").write_text(front_svg(found), "utf-8")
    return found
