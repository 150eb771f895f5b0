"""A picture of the arena: bytes over time, one coloured band per tensor, the peak marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

LEFT, RIGHT, TOP, PLOT, BARS = 78, 18, 52, 380, 70
COLOURS = (
    "#6baed6",
    "#fdae6b",
    "#74c476",
    "#bcbddc",
    "#fb9a99",
    "#d9c36a",
    "#80cdc1",
    "#e7a1d0",
)
"""Readable under dark letters, on a light page as on a dark one."""


@dataclass(frozen=True)
class Band:
    """Bytes `offset` to `end` of the arena, in use from layer `first` to layer `last`."""

    name: str
    kind: str
    offset: int
    bytes: int
    first: int
    last: int

    @property
    def end(self) -> int:
        """The first byte behind."""
        return self.offset + self.bytes


def bands_of(report: Mapping[str, Any]) -> list[Band]:
    """The bands of a package's report."""
    fields = ("name", "kind", "offset", "bytes", "first", "last")
    return [Band(**{key: entry[key] for key in fields}) for entry in report["memory"]]


def bytes_in_use(bands: Sequence[Band], layer: int) -> int:
    """How many bytes of the arena belong to something while a layer runs."""
    used, end = 0, 0
    for band in sorted(bands, key=lambda b: (b.offset, b.end)):
        if band.first <= layer <= band.last:
            used += max(0, band.end - max(end, band.offset))
            end = max(end, band.end)
    return used


def peak_of(bands: Sequence[Band], layers: int) -> tuple[int, int]:
    """The layer with the most bytes in use, the first of them, and how many these are."""
    used = [bytes_in_use(bands, layer) for layer in range(layers)] or [0]
    return used.index(max(used)), max(used)


def short(name: str, letters: int) -> str:
    """The end of a name, in so many letters."""
    if len(name) <= letters:
        return name
    return "…" + name[-(letters - 1) :] if letters > 3 else ""


def _style(band: Band, number: int) -> str:
    return "scratch" if band.kind == "scratch" else f"c{number % len(COLOURS)}"


def _label(band: Band, room: int) -> str:
    """What a band says: the number of the layer that writes it, and a name where it has room."""
    if band.kind == "scratch" or room < 3:
        return ""
    name = short(band.name, room - (0 if band.kind == "input" else 4))
    if band.kind == "input":
        return name
    return f"{band.first}: {name}" if len(name) >= min(8, len(band.name)) else f"{band.first}"


def _words(band: Band, layers: Sequence[str]) -> str:
    what = f"scratch of {band.name}" if band.kind == "scratch" else f"{band.kind} {band.name}"
    when = layers[band.first]
    if band.last != band.first:
        when += f" … {layers[band.last]}"
    return f"{what}: {band.bytes:,} bytes at {band.offset:,}; {when}"


def _ticks(pool: int, y: Any) -> list[dict[str, Any]]:
    step = 1
    while pool / step > 8:
        step *= 2 if str(step)[0] in "15" else 5 / 2
    return [{"y": y(b), "text": f"{b:,}"} for b in range(0, pool + 1, int(step))]


def memory_svg(report: Mapping[str, Any], title: str) -> str:
    """The picture of a package's report as text of an SVG file; the same bytes for the same report.

    The arena must not be empty, nor the network.
    """
    bands, layers = bands_of(report), [str(layer["name"]) for layer in report["layers"]]
    pool, count = int(report["ram"]["pool"]) + int(report["ram"]["scratch"]), len(layers)
    column = max(9, min(64, 1100 // count))
    right = LEFT + column * count
    below = TOP + PLOT + 12

    def y(address: float) -> float:
        return round(TOP + PLOT * (1 - address / pool), 2)

    drawn: list[dict[str, Any]] = []
    for number, band in enumerate(bands):
        width, height = column * (band.last - band.first + 1), round(PLOT * band.bytes / pool, 2)
        room = int((width - 6) / 5.2) if height >= 14 else 0
        drawn.append(
            {
                "x": LEFT + column * band.first,
                "y": y(band.end),
                "width": width,
                "height": height,
                "style": _style(band, number),
                "words": _words(band, layers),
                "label": _label(band, room),
            }
        )
    peak, most = peak_of(bands, count)
    bars: list[dict[str, Any]] = []
    for layer, name in enumerate(layers):
        used = bytes_in_use(bands, layer)
        height = round(BARS * used / pool, 2)
        bars.append(
            {
                "x": LEFT + column * layer + 1,
                "y": round(below + BARS - height, 2),
                "width": column - 2,
                "height": height,
                "style": "peak" if layer == peak else "bar",
                "words": f"{name}: {used:,} bytes in use",
            }
        )
    middle = LEFT + column * peak + column / 2
    late = peak > count / 2
    place = "proven: no smaller one" if report["proven"] else "the best that was found"
    return _template().render(
        width=max(right + RIGHT, 620),
        height=below + BARS + 44,
        left=LEFT,
        right=right,
        top=TOP,
        below=below,
        title=title,
        subtitle=f"{pool:,} bytes in the pool ({place}), {count} layers",
        ticks=_ticks(pool, y),
        colours=COLOURS,
        bands=drawn,
        bars=bars,
        numbers=[
            {"x": LEFT + column * (layer + 0.5), "text": layer}
            for layer in range(0, count, max(1, 40 // column))
        ],
        pool=f"{pool:,} bytes",
        pool_y=y(pool),
        peak={
            "x": LEFT + column * peak,
            "width": column,
            "anchor_x": middle + 4 if late else middle - 4,
            "anchor": "end" if late else "start",
            "text_y": below + BARS + 14,
            "words": f"peak {most:,} bytes: {short(layers[peak], 80)}",
        },
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
    return environment.get_template("memory.svg.j2")
