"""`nnopt compile --quantize mixed`: the scheme of each layer, chosen within budgets.

What limits accuracy is measured on samples (`passes/quantize/mixed.py`); what limits resources, by
compiling: RAM as the compiler knows it, flash and time on the board of the target.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import PassFailedException

from ..dialects.errors import NnoptError
from ..lowering.c.unit import Unit
from ..passes.graph import GRAPH_PIPELINE
from ..passes.quantize.choose_schemes import study_of
from ..passes.quantize.mixed import CANDIDATES, Choice, Target, choose, decibels_of
from ..passes.quantize.sensitivity import Layers
from .pipeline import MIXED, Options, preparation, run_passes
from .run import run_package
from .run.boards import find_board

if TYPE_CHECKING:
    from rich.table import Table

BOARD_OF = {
    "portable": "mps2-an386",
    "cortex-m0plus": "microbit",
    "cortex-m4": "mps2-an386",
    "cortex-m7": "mps2-an500",
    "cortex-m55": "mps3-an547",
    "rv32imc": "riscv32",
}
"""Where flash and time of a target are measured."""

RESOURCES = ("ram", "flash", "cycles", "instructions")
EXACTNESS = ("accuracy", "sqnr")
DEFAULT = "accuracy=0.5"
LIMIT = 200
"""Samples of the calibration data that accuracy is measured on."""

Compile = Callable[[Path, Options], Unit]
"""Writes a package to a folder."""

_BUDGET = re.compile(r"(?P<what>[a-z]+)=(?P<number>\d+(\.\d+)?)(?P<factor>[KM]?)")


@dataclass(frozen=True)
class Budget:
    """What may be lost, and what may be used."""

    target: Target
    limits: Mapping[str, float]
    """Resources by name: bytes, cycles, instructions."""

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Budget:
        """Of `accuracy=0.5`, `ram=32K` and so on. Raises NnoptError."""
        numbers: dict[str, float] = {}
        for text in texts or [DEFAULT]:
            match = _BUDGET.fullmatch(text)
            if match is None or match["what"] not in (*RESOURCES, *EXACTNESS):
                names = ", ".join((*EXACTNESS, *RESOURCES))
                raise NnoptError(
                    f"--budget {text}: write WHAT=NUMBER, as in accuracy=0.5 or ram=32K; "
                    f"WHAT is one of {names}"
                )
            unit = 1024 if match["what"] in ("ram", "flash") else 1000
            factor = {"": 1, "K": unit, "M": unit**2}[match["factor"]]
            numbers[match["what"]] = float(match["number"]) * factor
        lost = numbers.get("accuracy")
        return cls(
            Target(None if lost is None else lost / 100, numbers.get("sqnr")),
            {name: numbers[name] for name in RESOURCES if name in numbers},
        )


def choose_schemes(
    module: ModuleOp,
    options: Options,
    budget: Budget,
    build: Compile,
    labels: Path | None = None,
    candidates: Sequence[str] = CANDIDATES,
) -> tuple[Options, Choice]:
    """The options with the scheme of each layer of an imported model, and why. Raises NnoptError.

    The options of a compilation with `mixed` become those of one with `--layer`.
    """
    if options.calibrate is None:
        raise NnoptError(f"--quantize {MIXED} needs --calibrate data.npz")
    if options.layers:
        raise NnoptError(
            f"--quantize {MIXED} chooses the layers' schemes itself: leave out --layer"
        )
    base = dataclasses.replace(options, quantize=candidates[0])
    equalized = tuple(name for name in base.improve if name == "equalize")
    try:
        plain = dataclasses.replace(base, improve=equalized)
        run_passes(module, [*GRAPH_PIPELINE, *preparation(plain)])
        study = study_of(module, options.calibrate, labels, LIMIT)
        sample = {name: array[:1] for name, array in study.samples.items()}
        fits = Fits(base, budget.limits, build, sample)
        limited = bool(budget.limits)
        choice = choose(study, budget.target, candidates, fits, limited=limited)
    except PassFailedException as error:
        raise NnoptError(str(error)) from error
    return with_layers(base, choice.overrides()), choice


def with_layers(options: Options, layers: Layers) -> Options:
    """The options with schemes of single layers."""
    texts = tuple(f"{name}={scheme}" for name, scheme in layers.items())
    return dataclasses.replace(options, layers=texts)


@dataclass
class Fits:
    """Whether a choice keeps the budgets of resources, found by compiling it."""

    options: Options
    limits: Mapping[str, float]
    build: Compile
    sample: Mapping[str, Any]

    def __call__(self, layers: Layers) -> str | None:
        """Which budget is exceeded, in words; None if there is none."""
        if not self.limits:
            return None
        quick = dataclasses.replace(with_layers(self.options, layers), place="first-fit")
        for name, used in self.measure(quick).items():
            if used > self.limits[name]:
                unit = "bytes of " if name in ("ram", "flash") else ""
                return f"{used:,} {unit}{name}, more than {self.limits[name]:,.0f}"
        return None

    def measure(self, options: Options) -> dict[str, int]:
        """The resources that there are budgets for."""
        with tempfile.TemporaryDirectory(prefix="nnopt-mixed-") as folder:
            out = Path(folder) / "out"
            unit = self.build(out, options)
            used = {"ram": unit.arena_bytes + unit.state_bytes}
            if self.limits.keys() - used.keys():
                used |= self._run(out)
        return {name: used[name] for name in self.limits}

    def _run(self, package: Path) -> dict[str, int]:
        board = find_board(BOARD_OF[self.options.target])
        if "cycles" in self.limits and not board.estimates_cycles:
            raise NnoptError(
                f"cycles are not known for {self.options.target}: give a budget of instructions"
            )
        result = run_package(package, self.sample, board.name, limit=1)
        return {
            "flash": result.flash.total,
            "instructions": result.instructions or 0,
            "cycles": result.cycles_estimate or 0,
        }


def table(choice: Choice) -> Table:
    """The choice for people."""
    from rich.table import Table

    view = Table("layer", "scheme", title=choice.summary(), title_justify="left")
    view.add_column(f"alone in {choice.base}", justify="right")
    view.add_column("alone as chosen", justify="right")
    view.add_column("why")
    for layer in choice.layers:
        noises = [_decibels(layer.alone[s]) for s in (choice.base, layer.scheme)]
        view.add_row(layer.layer, layer.scheme, *noises, layer.why)
    return view


def _decibels(noise: float) -> str:
    value = decibels_of(noise)
    return f"{value:.1f} dB" if np.isfinite(value) else "exact"


def to_json(choice: Choice) -> dict[str, Any]:
    """The choice for `report.json`: noises in dB, null where there is none."""

    def number(value: float) -> float | None:
        return round(value, 2) if np.isfinite(value) else None

    return {
        "loss": choice.loss,
        "sqnr": number(choice.sqnr),
        "samples": choice.samples,
        "labelled": choice.labelled,
        "layers": [
            {
                "layer": layer.layer,
                "scheme": layer.scheme,
                "alone": {s: number(decibels_of(n)) for s, n in layer.alone.items()},
                "why": layer.why,
            }
            for layer in choice.layers
        ],
    }
