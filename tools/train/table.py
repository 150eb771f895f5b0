"""The table of an experiment: on the terminal, in Markdown, in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .measure import Row

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("numbers", "quantized", "accuracy", "to float", "RAM", "flash", "instructions")
NOTE = "RAM: arena and peak stack; flash: code and weights, libraries included; in bytes."


@dataclass(frozen=True)
class Results:
    """Everything that an experiment found out."""

    name: str
    network: str
    parameters: int
    train_samples: int
    test_samples: int
    board: str
    seed: int
    epochs: int
    qat_epochs: int
    versions: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What the table shows."""
        return (
            f"{self.name}: {self.network}, {self.parameters:,} parameters, "
            f"{self.test_samples:,} test samples, {self.board}"
        )

    def to_json(self) -> str:
        """The text of `results.json`."""
        return json.dumps(asdict(self), indent=1) + "\n"


def cells(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The texts of all lines; `to float` is the difference in points."""
    best = next((row.accuracy for row in rows if row.scheme == "float"), None)
    lines: list[tuple[str, ...]] = []
    for row in rows:
        difference = "" if best is None or row.scheme == "float" else row.accuracy - best
        lines.append(
            (
                row.scheme,
                row.quantized,
                f"{row.accuracy:.2%}",
                difference if isinstance(difference, str) else f"{100 * difference:+.2f}",
                f"{row.ram:,}",
                f"{row.flash:,}",
                "-" if row.instructions is None else f"{row.instructions:,}",
            )
        )
    return lines


def to_markdown(results: Results) -> str:
    """The text of `results.md`."""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    lines = [
        f"# {results.title}",
        "",
        f"Trained for {results.epochs} epochs on {results.train_samples:,} samples, fine-tuned for",
        f"{results.qat_epochs}, seed {results.seed}; {versions}.",
        NOTE,
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|---|" + "---:|" * (len(COLUMNS) - 2),
        *("| " + " | ".join(line) + " |" for line in cells(results.rows)),
    ]
    return "\n".join(lines) + "\n"


def to_table(results: Results) -> Table:
    """The table for a terminal."""
    from rich.table import Table

    table = Table(title=results.title, title_justify="left", caption=NOTE, caption_justify="left")
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if number < 2 else "right", no_wrap=True)
    for line in cells(results.rows):
        table.add_row(*line)
    return table
