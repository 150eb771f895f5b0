"""How much commands say beside their results: `--quiet`, `--verbose`, and where it goes.

Results go to standard output, everything else to standard error. Colours are rich's: none in pipes
and files, none where the variable NO_COLOR is set.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

QUIET, NORMAL, VERBOSE = -1, 0, 1

_LEVEL: ContextVar[int] = ContextVar("level", default=NORMAL)


@contextmanager
def level(chosen: int) -> Generator[None]:
    """Say as much as `chosen` inside."""
    token = _LEVEL.set(chosen)
    try:
        yield
    finally:
        _LEVEL.reset(token)


def progress(text: str) -> None:
    """Say what is being done, unless it shall be quiet."""
    if _LEVEL.get() > QUIET:
        print(text, file=sys.stderr)


def note(text: str) -> None:
    """Say what people should know about a result, unless it shall be quiet."""
    progress(f"nnopt: note: {text}")


def detail(text: str) -> None:
    """Say a step of the work, if asked to."""
    if _LEVEL.get() >= VERBOSE:
        progress(f"nnopt: {text}")
