"""Packages that keep a limit of flash: the schedule estimates, the compiler of the target measures.

The schedule chooses kernels by estimates of their code (`passes/schedule/flash.py`). What they took
is measured by linking the package for a board of the target; where that is more than the limit, the
schedule is asked for so much less, a few times.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..dialects.errors import NnoptError
from .package import write_package
from .run import read_manifest
from .run.boards import find_board
from .run.build import build
from .run.elf import flash_of_program

ROUNDS = 6
"""How often the schedule is asked."""

LEAST = 64
"""Bytes by which a limit is lowered at least."""

Made = TypeVar("Made")


def measured_flash(package: Path, board: str) -> int | None:
    """Bytes of code and constants of a package, libraries included; None without a compiler."""
    target = find_board(board)
    if shutil.which(target.compiler) is None:
        return None
    with tempfile.TemporaryDirectory(prefix="nnopt-flash-") as folder:
        program = build(read_manifest(package), target, Path(folder))
        return flash_of_program(program.elf).total


def within_flash(
    limit: int, make: Callable[[int], Made], files: Callable[[Made], dict[str, str]], board: str
) -> Made:
    """What `make` makes for `limit` bytes of flash, or for fewer until it measures so many.

    `make` gets the bytes that the schedule may take; `files` are the files of the package. Raises
    NnoptError where nothing keeps the limit.
    """
    best: Made | None = None
    asked, least, refused = limit, 0, 0
    large = 0  # the least that was asked for and came out too large
    for _ in range(ROUNDS):
        try:
            made = make(asked)
        except NnoptError:
            if not large:
                raise
            refused = asked
        else:
            used = _used(files(made), board)
            if used is None or (used <= limit and not large):
                return made
            if used <= limit:
                best, refused = made, asked
            else:
                large, least = asked, min(least or used, used)
        asked = (large + refused) // 2 if refused else max(1, large - max(LEAST, least - limit))
    if best is None:
        raise _too_large(limit, least)
    return best


def _used(files: dict[str, str], board: str) -> int | None:
    with tempfile.TemporaryDirectory(prefix="nnopt-flash-") as folder:
        package = Path(folder) / "out"
        write_package(package, files)
        return measured_flash(package, board)


def _too_large(limit: int, least: int) -> NnoptError:
    return NnoptError(
        f"the network needs {least:,} bytes of flash, the limit is {limit:,}: "
        f"--flash-limit {least} would fit, smaller weights (--quantize int8) need less"
    )
