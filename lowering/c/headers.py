"""The headers of `runtime_c`: what they define, and which of them a text needs."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

RUNTIME_HEADERS = (
    "nnopt_math.h",
    "nnopt_math64.h",
    "nnopt_fxp.h",
    "nnopt_dsp.h",
    "nnopt_lanes.h",
    "nnopt_unpacked.h",
    "nnopt_planes.h",
    "nnopt_rows.h",
    "nnopt_helium.h",
    "nnopt_words.h",
    "nnopt_blocks.h",
    "nnopt_reals.h",
)
"""Headers of `runtime_c` that generated code may include, in the order of inclusion."""


@cache
def _text(header: str) -> str:
    return files("nnopt.runtime_c").joinpath(header).read_text(encoding="utf-8")


def header_names(header: str) -> list[str]:
    """Names of the functions that a header of `runtime_c` defines."""
    text = _text(header)
    plain = re.findall(
        r"(?:static (?:inline|NNOPT_INLINE|NNOPT_ALWAYS|NNOPT_REAL)|NNOPT_SHARED) \w+"
        r" (nnopt_\w+)\(",
        text,
    )
    macros = re.findall(r"^#define (NNOPT_UNPACKED_\w+)\(", text, re.MULTILINE)
    return [*plain, *re.findall(r"\w+\((nnopt_\w+),", text), *macros]


def included(header: str) -> list[str]:
    """Names of the headers of `runtime_c` that one of them includes."""
    return re.findall(r'^#include "(nnopt_\w+\.h)"', _text(header), re.MULTILINE)


def needed_headers(text: str) -> list[str]:
    """The headers that C code needs: those whose functions it calls or that it includes, and what
    they include; in the order of inclusion.
    """
    used = {h for h in RUNTIME_HEADERS if any(f"{name}(" in text for name in header_names(h))}
    used |= {h for h in RUNTIME_HEADERS if f'"{h}"' in text}
    further = list(used)
    while further:
        new = set(included(further.pop())) - used
        used |= new
        further += new
    return [h for h in RUNTIME_HEADERS if h in used]
