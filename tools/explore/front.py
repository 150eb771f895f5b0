"""The points that no other one is better than, as a table, as JSON, as command lines."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .knobs import Choices, words
from .measure import Figures, Outcome
from .setting import Setting

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Point:
    """A point with figures."""

    choices: Choices
    figures: Figures


@dataclass(frozen=True)
class Exploration:
    """What an exploration found."""

    setting: Setting
    samples: tuple[int, int]
    """How many the search saw, and how many accuracy is reported of."""
    points: tuple[Point, ...]
    """All with figures, as they were proposed."""
    failed: tuple[Outcome, ...]

    @property
    def front(self) -> list[Point]:
        """The points that no other one is better than, the fastest first."""
        return front_of(self.points)

    @property
    def clock(self) -> str:
        """What time is counted in."""
        return "instructions" if self.front and self.front[0].figures.cycles is None else "cycles"

    def command(self, point: Point) -> str:
        """The line that makes a point's package."""
        return shlex.join(["nnopt", *self.setting.command(point.choices)])

    def to_json(self) -> str:
        """The text of `front.json`."""
        setting = self.setting
        content: dict[str, Any] = {
            "name": setting.name,
            "target": setting.target,
            "board": setting.chosen_board,
            "seed": setting.seed,
            "sampler": setting.sampler,
            "search_samples": self.samples[0],
            "accuracy_samples": self.samples[1],
            "points": len(self.points),
            "failed": [
                {"choices": dict(outcome.choices), "error": outcome.error}
                for outcome in self.failed
            ],
            "front": [
                {
                    "number": number,
                    "choices": dict(point.choices),
                    "command": self.command(point),
                    **asdict(point.figures),
                }
                for number, point in enumerate(self.front, 1)
            ],
        }
        return json.dumps(content, indent=1) + "\n"


def dominates(a: Figures, b: Figures) -> bool:
    """Whether `a` is as good as `b` in everything that the search sees, and better in something."""
    (accuracy, *costs), (other, *others) = a.objectives, b.objectives
    no_worse = accuracy >= other and all(x <= y for x, y in zip(costs, others, strict=True))
    return no_worse and a.objectives != b.objectives


def front_of(points: Sequence[Point]) -> list[Point]:
    """The points that none dominates, the fastest first; of equal ones that of fewest options."""
    simple = sorted(points, key=lambda point: (len(point.choices), words(point.choices)))
    distinct = {point.figures.objectives: point for point in reversed(simple)}
    best = [
        point
        for point in distinct.values()
        if not any(dominates(other.figures, point.figures) for other in distinct.values())
    ]
    return sorted(best, key=lambda p: (p.figures.time, p.figures.ram, p.figures.flash))


def to_table(found: Exploration) -> Table:
    """The front for a terminal."""
    from rich.table import Table

    setting, (seen, unseen) = found.setting, found.samples
    front = found.front
    table = Table(
        title=f"{setting.name}: {len(front)} of {len(found.points)} points are the front, "
        f"{setting.chosen_board}",
        title_justify="left",
        caption=f"accuracy: of {unseen} samples that the search did not see; search: of the {seen} "
        "that it saw",
        caption_justify="left",
    )
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("options")
    for name in ("accuracy", "search", found.clock, "RAM", "flash"):
        table.add_column(name, justify="right", no_wrap=True)
    for number, point in enumerate(front, 1):
        figures = point.figures
        table.add_row(
            str(number),
            words(point.choices),
            f"{figures.accuracy:.2%}",
            f"{figures.search_accuracy:.2%}",
            *(f"{value:,}" for value in (figures.time, figures.ram, figures.flash)),
        )
    return table
