"""What nnopt adds to the xDSL tools: dialects, passes and output targets, all loaded on demand.

The entry point `xdsl.universe` in pyproject.toml names `NNOPT`, so that plain `xdsl-opt` sees the
same things as `nnopt-opt` does. Nothing here imports a dialect or a pass before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from xdsl.universe import Universe

from ..lowering.registry import PASSES as LOWERING_PASSES
from ..passes.registry import PASSES

if TYPE_CHECKING:
    from xdsl.ir import Dialect
    from xdsl.passes import ModulePass
    from xdsl.utils.target import Target

DIALECTS: dict[str, tuple[str, str]] = {
    "nn": ("nnopt.dialects.nn", "NN"),
    "fxp": ("nnopt.dialects.fxp", "FXP"),
    "vpool": ("nnopt.dialects.vpool", "VPOOL"),
    "dsp": ("nnopt.dialects.dsp", "DSP"),
    "accel": ("nnopt.dialects.accel", "ACCEL"),
    "helium": ("nnopt.dialects.helium", "HELIUM"),
}
"""Dialect name to its module and the name of the `Dialect` object in it."""

TARGETS: dict[str, tuple[str, str]] = {
    "c": ("nnopt.lowering.c.target", "CTarget"),
}
"""Output format (`nnopt-opt -t NAME`) to its module and `Target` class."""


def _lazy(module: str, attribute: str) -> Callable[[], Any]:
    return lambda: getattr(import_module(module), attribute)


def dialect_factories() -> dict[str, Callable[[], Dialect]]:
    """Return a function for each dialect that imports and returns it."""
    return {name: _lazy(*where) for name, where in DIALECTS.items()}


def pass_factories() -> dict[str, Callable[[], type[ModulePass]]]:
    """Return a function for each pass of `nnopt.passes` and `nnopt.lowering` that imports it.

    Raises `ValueError` where both registries use the same name.
    """
    twice = sorted(PASSES.keys() & LOWERING_PASSES.keys())
    if twice:
        raise ValueError(f"registered in nnopt.passes and in nnopt.lowering: {', '.join(twice)}")
    factories = {name: _lazy(f"nnopt.passes.{m}", c) for name, (m, c) in PASSES.items()}
    factories |= {name: _lazy(f"nnopt.lowering.{m}", c) for name, (m, c) in LOWERING_PASSES.items()}
    return factories


def target_factories() -> dict[str, Callable[[], type[Target]]]:
    """Return a function for each output target that imports and returns its class."""
    return {name: _lazy(*where) for name, where in TARGETS.items()}


NNOPT = Universe(
    all_dialects=dialect_factories(),
    all_passes=pass_factories(),
    all_targets=target_factories(),
)
