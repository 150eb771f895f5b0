"""A picture of the front: accuracy, RAM and flash over time, each point by its number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jinja2

from ..memory_picture import short
from .front import Exploration, Point
from .knobs import words

MARGIN, GAP, WIDTH, PLOT, TOP, ROW = 66, 78, 290, 250, 92, 18
COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a", "#805ad5", "#c53030", "#b7791f", "#2c7a7b")
RADIUS = 8


def ticks_of(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about so many."""
    rough = (high - low) / count or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [step * number for number in range(first, math.floor(high / step + 1e-9) + 1)]


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 times powers of ten between two numbers."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [f * 10.0**power for power in powers for f in (1, 2, 5)]
    return [number for number in found if low <= number <= high]


def number_text(value: float) -> str:
    """A number of an axis: 20k, 1.5M."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


class Axis:
    """Numbers to places from `start` to `end`, logarithmic where they spread widely."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, log: bool) -> None:
        low, high = min(values), max(values)
        self.log = log and low > 0 and high / low > 6
        room = 0.06 * ((math.log(high / low) if self.log else high - low) or 1.0)
        if self.log:
            self.low, self.high = low / math.exp(room), high * math.exp(room)
        else:
            self.low, self.high = low - room, high + room
        self.start, self.end = start, end

    def place(self, value: float) -> float:
        """Where a number is."""
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(self.start + (self.end - self.start) * share, 2)

    def ticks(self, text: Callable[[float], str]) -> list[dict[str, Any]]:
        """Places with texts."""
        linear = [n for n in ticks_of(self.low, self.high) if n > 0]
        numbers = logarithmic_ticks(self.low, self.high) if self.log else linear
        if len(numbers) < 2:
            numbers = linear
        return [{"at": self.place(n), "text": text(n)} for n in numbers]


def _percent(value: float) -> str:
    return f"{value:.4g} %"


PANELS: tuple[tuple[str, Callable[[Point], float], Callable[[float], str]], ...] = (
    ("accuracy", lambda point: 100 * point.figures.accuracy, _percent),
    ("RAM, bytes", lambda point: point.figures.ram, number_text),
    ("flash, bytes", lambda point: point.figures.flash, number_text),
)


def _scheme(point: Point) -> str:
    return point.choices.get("quantize", "float")


def _panel(
    number: int, found: Exploration, front: Sequence[Point], schemes: Sequence[str]
) -> dict[str, Any]:
    title, value, text = PANELS[number]
    left = MARGIN + number * (WIDTH + GAP)
    x = Axis([p.figures.time for p in found.points], left, left + WIDTH, log=True)
    y = Axis([value(p) for p in found.points], TOP + PLOT, TOP, log=number > 0)
    on_front = {id(point) for point in front}

    def at(point: Point) -> tuple[float, float]:
        return x.place(point.figures.time), y.place(value(point))

    return {
        "title": title,
        "left": left,
        "right": left + WIDTH,
        "x_ticks": x.ticks(number_text),
        "y_ticks": y.ticks(text),
        "others": [
            {"x": at(p)[0], "y": at(p)[1], "words": _told(found, p)}
            for p in found.points
            if id(p) not in on_front
        ],
        "front": [
            {
                "x": at(p)[0],
                "y": at(p)[1],
                "style": schemes.index(_scheme(p)) % len(COLOURS),
                "number": index,
                "words": _told(found, p),
            }
            for index, p in reversed(list(enumerate(front, 1)))
        ],
    }


def _told(found: Exploration, point: Point) -> str:
    figures = point.figures
    return (
        f"{words(point.choices)}: {figures.accuracy:.2%}, {figures.time:,} {found.clock}, "
        f"RAM {figures.ram:,}, flash {figures.flash:,} bytes"
    )


def front_svg(found: Exploration) -> str:
    """The picture as text of an SVG file; the same bytes for the same points. There must be one."""
    front = found.front
    schemes = list(dict.fromkeys(_scheme(point) for point in front))
    width = MARGIN + 3 * WIDTH + 2 * GAP + 24
    below = TOP + PLOT + 62
    unseen = found.samples[1]
    rows: list[dict[str, Any]] = []
    for index, point in enumerate(front):
        figures = point.figures
        rows.append(
            {
                "y": below + 24 + ROW * index,
                "number": index + 1,
                "style": schemes.index(_scheme(point)) % len(COLOURS),
                "words": short(words(point.choices), 96),
                "cells": [
                    f"{figures.accuracy:.2%}",
                    *(f"{value:,}" for value in (figures.time, figures.ram, figures.flash)),
                ],
            }
        )
    return _template().render(
        width=width,
        height=below + 24 + ROW * len(rows) + 14,
        left=MARGIN,
        right=width - 24,
        top=TOP,
        bottom=TOP + PLOT,
        below=below,
        radius=RADIUS,
        clock=found.clock,
        title=f"{found.setting.name}: accuracy, RAM and flash over {found.clock}, "
        f"{found.setting.target} ({found.setting.chosen_board})",
        subtitle=f"{len(front)} of {len(found.points)} measured points are on the front; accuracy "
        f"of {unseen:,} samples that the search did not see",
        colours=COLOURS,
        legend=[
            {"x": MARGIN + 8 + 92 * n, "text": scheme, "style": n % len(COLOURS)}
            for n, scheme in enumerate(schemes)
        ],
        panels=[_panel(number, found, front, schemes) for number in range(len(PANELS))],
        columns=[width - 24 - 92 * n for n in (3, 2, 1, 0)],
        rows=rows,
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nnopt.tools"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=True,
    )
    return environment.get_template("front.svg.j2")
