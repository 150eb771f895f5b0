"""The report as an SVG picture: noise and loss of each layer as bars."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np

from .advice import findings
from .measure import QuantizationReport

ROW, LEFT, BAR, TOP = 18, 260, 260, 46
MOST_DECIBELS = 60.0
FINE, GUILTY, LOSS = "#4a7fb5", "#c0392b", "#e59866"


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


def _bar(x: float, y: float, width: float, colour: str) -> str:
    height = ROW - 6
    return f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def to_svg(report: QuantizationReport) -> str:
    """The picture as text: for each layer the output's dB, and the accuracy lost, when alone."""
    guilty = {f.layer for f in findings(report)}
    width, height = LEFT + 2 * BAR + 90, TOP + ROW * len(report.layers) + 16
    second = LEFT + BAR + 60
    worst = max([0.01, *(layer.alone_loss for layer in report.layers)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _text(8, 18, f"{report.scheme}: each layer quantized alone", weight="bold"),
        _text(LEFT, 38, "SQNR of the output, dB"),
        _text(second, 38, "accuracy lost, points"),
    ]
    for index, layer in enumerate(report.layers):
        y = TOP + ROW * index
        colour = GUILTY if layer.name in guilty else FINE
        decibels = float(np.clip(layer.alone_sqnr, 0, MOST_DECIBELS))
        loss = max(layer.alone_loss, 0.0)
        label = layer.name if len(layer.name) <= 40 else "…" + layer.name[-39:]
        line, noise, lost = y + ROW - 8, BAR * decibels / MOST_DECIBELS, (BAR - 60) * loss / worst
        parts += [
            _text(LEFT - 8, line, label, "end", "bold" if layer.name in guilty else "normal"),
            _bar(LEFT, y, noise, colour),
            _text(LEFT + noise + 4, line, f"{layer.alone_sqnr:.0f}"),
            _bar(second, y, lost, LOSS),
            _text(second + lost + 4, line, f"{100 * loss:.1f}"),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
