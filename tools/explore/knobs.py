"""Options of `nnopt compile` that are searched over, and the command line of a point.

A point is measured as its command line says, which the parser of `nnopt compile` reads: what is
printed for a point is what was measured.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from ...dialects.errors import NnoptError
from ...passes.quantize.schemes import FLOAT, SCHEMES
from ..compile import add_parser, options_of
from ..pipeline import BETTER, Options

NONE = "none"
"""A value that leaves an option out."""

KNOBS: dict[str, str] = {
    "quantize": FLOAT,
    "improve": NONE,
    "observer": "min-max",
    "unpack": NONE,
    "unpack-flash": NONE,
    "skip-threshold": "0",
    "skip-unit": "pairs",
    "fuse": NONE,
    "max-recompute": "1",
    "algorithm": "auto",
    "flash-limit": NONE,
}
"""What can be searched over, each with the value that means the same as no such option."""

MANY = 100_000
"""Combinations that are not counted one by one."""

Choices = Mapping[str, str]
"""Values by name, those that say something only."""


def canonical(values: Choices, *, integers: bool) -> dict[str, str]:
    """The values that matter: points with the same ones are the same point.

    `integers` tells whether the model computes with integers where it is not quantized here.
    """
    all_ = {**KNOBS, **values}
    scheme = all_["quantize"]
    usual = ",".join(BETTER.get(scheme, ())) or NONE
    all_["improve"] = values.get("improve", usual)
    if scheme == FLOAT:
        all_["improve"], all_["observer"] = usual, KNOBS["observer"]
    bytes_ = integers if scheme == FLOAT else scheme not in SCHEMES or SCHEMES[scheme].bits == 8
    if not bytes_:
        all_["unpack"], all_["skip-threshold"] = NONE, "0"  # they are for products of bytes
    if all_["unpack"] == NONE:
        all_["unpack-flash"] = NONE
        if all_["skip-unit"] != "channels":  # packed kernels do not become faster of it
            all_["skip-threshold"] = "0"
    if all_["skip-threshold"] == "0":
        all_["skip-unit"] = KNOBS["skip-unit"]
    if all_["max-recompute"] != "1":
        all_["fuse"] = NONE  # it fuses anyway
    return {
        name: all_[name]
        for name, neutral in KNOBS.items()
        if all_[name] != (usual if name == "improve" else neutral)
    }


def key_of(choices: Choices) -> str:
    """What tells points apart."""
    return json.dumps(dict(choices), sort_keys=True)


def words(choices: Choices) -> str:
    """A point for people, in few words."""
    return " ".join(
        value if name == "quantize" else f"--{name} {value}"
        for name, value in {"quantize": FLOAT, **choices}.items()
    )


def arguments(choices: Choices) -> list[str]:
    """The options of a point."""
    return [part for name, value in choices.items() for part in (f"--{name}", value)]


def needs_samples(choices: Choices) -> bool:
    """Whether a point is calibrated."""
    return "quantize" in choices or "skip-threshold" in choices


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NnoptError(message)


def _parser() -> argparse.ArgumentParser:
    return _Parser(prog="nnopt")


def parse(command: Sequence[str]) -> Options:
    """The options of a command line `compile …`. Raises NnoptError."""
    parser = _parser()
    add_parser(parser.add_subparsers())
    return options_of(parser.parse_args(list(command)))


def starts(space: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """The points that a search begins with: each scheme with the first value of all else."""
    first = {name: values[0] for name, values in space.items()}
    for scheme in space.get("quantize", (FLOAT,)):
        yield {**first, **({"quantize": scheme} if "quantize" in space else {})}


def size_of(space: Mapping[str, Sequence[str]], *, integers: bool, most: int) -> int:
    """How many different points there are, counted up to `most`."""
    if math.prod(map(len, space.values())) > MANY:
        return most
    found: set[str] = set()
    for values in itertools.product(*space.values()):
        point = dict(zip(space, values, strict=True))
        found.add(key_of(canonical(point, integers=integers)))
        if len(found) >= most:
            break
    return len(found)
