"""Short symbols from the names of layers. No xDSL in here."""

from __future__ import annotations

import re

LONGEST = 40
"""Characters of a symbol at most: people read it, and C compilers may look at 63 only."""


def symbol_of(label: str, longest: int = LONGEST) -> str:
    """A symbol for a layer: letters, digits, underscores; not empty; at most `longest` long.

    Names that a converter joined with semicolons stand for their last part, and of a path as many
    components are kept, from the end, as there is room for.
    """
    last = label.split(";")[-1]
    words = [re.sub(r"[^0-9A-Za-z]+", "_", part).strip("_") for part in last.split("/")]
    words = [word for word in words if word]
    symbol = ""
    for word in reversed(words):
        longer = f"{word}_{symbol}" if symbol else word
        if len(longer) > longest:
            break
        symbol = longer
    if not symbol and words:
        symbol = words[-1][-longest:].strip("_")
    if not symbol:
        return "kernel"
    return f"k{symbol}" if symbol[0].isdigit() else symbol
