"""Explorations: what is searched over, read from TOML and checked before anything runs."""

from __future__ import annotations

import dataclasses
import os
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...dialects.errors import NnoptError
from ...lowering.onnx_frontend.onnx_api import parse_bytes
from ...lowering.tflite_frontend import is_tflite
from ..mixed import BOARD_OF
from ..pipeline import MIXED
from ..run.boards import BOARDS
from .knobs import KNOBS, Choices, arguments, canonical, needs_samples, parse

SAMPLERS = ("nsga2", "tpe")
FILES = ("model", "calibrate", "evaluate")


@dataclass(frozen=True)
class Setting:
    """All of an exploration; files are relative to the TOML."""

    model: str = ""
    calibrate: str = ""
    """Samples that show the ranges of activations and what can be skipped."""
    evaluate: str = ""
    """An .npz of other samples and their classes, for accuracy."""
    labels: str = "label"
    """The array of classes in `evaluate`."""
    target: str = "cortex-m4"
    board: str = ""
    """Where costs are measured; that of the target by default."""
    options: str = ""
    """Further words of every command line."""
    points: int = 40
    """How many points are measured."""
    seed: int = 1
    sampler: str = "nsga2"
    population: int = 12
    """Points that are chosen together, and run at the same time as far as there are workers."""
    search_share: float = 0.5
    """Of `evaluate`: what the search sees; accuracy is reported of the others."""
    board_samples: int = 2
    """Inferences on the board; all samples run on the host, with the same integers."""
    space: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    name: str = ""
    folder: Path = Path()

    @property
    def chosen_board(self) -> str:
        """The board that is used."""
        return self.board or BOARD_OF[self.target]

    def path(self, name: str) -> Path:
        """One of FILES, from the current folder if it is below."""
        path = Path(os.path.abspath(self.folder / getattr(self, name)))
        return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

    def command(self, choices: Choices, out: str = "out") -> list[str]:
        """What `nnopt` is called with for a point."""
        words = ["compile", str(self.path("model")), "-o", out, "--target", self.target]
        samples = ["--calibrate", str(self.path("calibrate"))] if needs_samples(choices) else []
        return [*words, *samples, *arguments(choices), *shlex.split(self.options)]

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        for name in FILES:
            if not getattr(self, name):
                raise NnoptError(f'{name} is missing: name a file, as in {name} = "…"')
            if not self.path(name).exists():
                raise NnoptError(f"{name}: there is no file {self.path(name)}")
        if self.target not in BOARD_OF:
            known = ", ".join(BOARD_OF)
            raise NnoptError(f"target '{self.target}' is not known: choose one of {known}")
        counted = [name for name, board in BOARDS.items() if not board.is_host]
        if self.chosen_board not in counted:
            raise NnoptError(
                f"board '{self.board}' counts no instructions: choose one of {', '.join(counted)}"
            )
        if self.sampler not in SAMPLERS:
            known = ", ".join(SAMPLERS)
            raise NnoptError(f"sampler '{self.sampler}' is not known: choose one of {known}")
        for name in ("points", "population", "board_samples"):
            if getattr(self, name) < 1:
                raise NnoptError(f"{name.replace('_', '-')} must be positive")
        if self.population < 2:
            raise NnoptError("population must be 2 at least")
        if not 0 <= self.seed < 2**32:
            raise NnoptError("seed must be a number from 0 to 4294967295")
        if not 0 < self.search_share < 1:
            raise NnoptError("search-share must lie between 0 and 1")
        self._check_space()

    def _check_space(self) -> None:
        if not self.space:
            raise NnoptError(f"[space] is missing: give values of any of {', '.join(KNOBS)}")
        for name, values in self.space.items():
            if name == "quantize" and MIXED in values:
                raise NnoptError(f"space.quantize: {MIXED} searches itself, within budgets")
            for value in values:
                try:
                    parse(self.command(canonical({**PLAIN, name: value}, integers=True)))
                except NnoptError as error:
                    raise NnoptError(f"space.{name}: {error}") from None


PLAIN = {"quantize": "int8", "unpack": "auto"}
"""With these, every other option means something."""


def computes_integers(model: Path) -> bool:
    """Whether a model is quantized already. Raises NnoptError."""
    if is_tflite(model):
        return True
    nodes = parse_bytes(model.read_bytes(), model.name).graph.node
    return any("QuantizeLinear" in n.op_type or "QLinear" in n.op_type for n in nodes)


def _text(name: str, value: object) -> str:
    """A value as the command line spells it."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    raise NnoptError(f"space.{name} cannot have {value!r}: texts and numbers only")


def _space(table: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise NnoptError("space must be a table: [space]")
    space: dict[str, tuple[str, ...]] = {}
    for name, values in cast("dict[str, Any]", table).items():
        if name not in KNOBS:
            raise NnoptError(f"space.{name} is not known: choose among {', '.join(KNOBS)}")
        if not isinstance(values, list) or not values:
            raise NnoptError(f"space.{name} must be a list of values")
        texts = tuple(_text(name, value) for value in cast("list[object]", values))
        if len(set(texts)) != len(texts):
            raise NnoptError(f"space.{name} names a value twice")
        space[name] = texts
    return {name: space[name] for name in KNOBS if name in space}


def _values(table: Mapping[str, Any]) -> dict[str, Any]:
    start = Setting()
    hidden = ("space", "name", "folder")
    known = {
        f.name.replace("_", "-"): getattr(start, f.name)
        for f in dataclasses.fields(Setting)
        if f.name not in hidden
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise NnoptError(f"{key} is not known: choose among {', '.join((*known, 'space'))}")
        example = known[key]
        fits = isinstance(value, int | float if isinstance(example, float) else type(example))
        if isinstance(value, bool) or not fits:
            kind = "a text" if isinstance(example, str) else "a number"
            raise NnoptError(f"{key} cannot be {value!r}: {kind} is needed")
        values[key.replace("-", "_")] = value
    return values


def parse_setting(text: str, name: str, folder: Path) -> Setting:
    """Read an exploration. Raises NnoptError, naming the entry that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NnoptError(f"no TOML: {error}") from None
    space = _space(table.pop("space", {}))
    setting = Setting(**_values(table), space=space, name=name, folder=folder)
    setting.check()
    return setting


def read_setting(file: Path) -> Setting:
    """Read an exploration's file. Raises NnoptError, naming the file and the entry."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise NnoptError(f"cannot read {file}: {reason}") from None
    try:
        return parse_setting(text, file.stem, file.resolve().parent)
    except NnoptError as error:
        raise NnoptError(f"{file}: {error}") from None
