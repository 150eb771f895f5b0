"""What every command that reads a network takes: sizes of symbolic dimensions, and states."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from ..dialects.errors import NnoptError
from .output import note

_BINDING = re.compile(r"(?P<name>.+)=(?P<size>[+-]?\d+)", re.DOTALL)


def parse_bindings(texts: Sequence[str]) -> dict[str, int]:
    """`N=1` as {"N": 1}. Raises NnoptError for what is not written so, and for a name given twice
    with different sizes.
    """
    bindings: dict[str, int] = {}
    for text in texts:
        match = _BINDING.fullmatch(text)
        if match is None:
            raise NnoptError(f"--bind {text}: write NAME=NUMBER, as in --bind N=1")
        name, size = match["name"], int(match["size"][:20])
        if bindings.setdefault(name, size) != size:
            raise NnoptError(
                f"--bind gives dimension '{name}' two sizes, {bindings[name]} and {size}"
            )
    return bindings


def tell(text: str) -> None:
    """Say on standard error what was assumed about the network."""
    note(text)


def add_model_options(parser: argparse._ActionsContainer) -> None:  # pyright: ignore[reportPrivateUsage]
    """Add `--bind` and `--state`."""
    parser.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="size of a symbolic dimension of the inputs, by its name or as input:axis; once for "
        "each (an open batch dimension is 1 unless told otherwise)",
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="INPUT:OUTPUT",
        help="keep a tensor between calls: the output is the input of the next one; once for each",
    )
