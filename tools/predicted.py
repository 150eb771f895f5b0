"""Cycles that schedules go by, beside the cycles measured: how good the choice of kernels can be.

Every algorithm declares the cycles of a kernel on a Cortex-M4 (`passes/schedule/variants.py`), from
constants that were fitted to what such kernels took. A layer's ratio of declared to measured cycles
shows which constants have to be fitted again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from ..dialects import nn, vpool
from ..passes.analysis.cost import head_of
from ..passes.schedule.variants import algorithm_of, direct_cycles, variant_of
from .compile import compile_model
from .output import progress
from .run import load_npz, run_package
from .run.boards import find_board
from .zoo import Case, compile_options


@dataclass(frozen=True)
class Layer:
    """A layer with products: its algorithm, declared and measured cycles."""

    model: str
    name: str
    algorithm: str
    declared: float
    measured: int

    @property
    def ratio(self) -> float:
        """Declared over measured cycles."""
        return self.declared / self.measured


def declared_cycles(module: ModuleOp) -> dict[str, tuple[str, float]]:
    """Algorithm and declared cycles of each kernel with products in a scheduled module."""
    found: dict[str, tuple[str, float]] = {}
    for kernel in module.walk():
        if not isinstance(kernel, vpool.KernelOp) or kernel.schedule is None:
            continue
        algorithm = algorithm_of(kernel)
        known = algorithm not in ("rows", "row-groups")
        if known and isinstance(head_of(kernel), nn.Conv2dOp | nn.FullyConnectedOp):
            variant = variant_of(kernel)
            cycles = direct_cycles(kernel) if variant is None else variant.cycles(kernel)
            found[kernel.label.data] = algorithm, cycles
    return found


def layers_of(case: Case) -> list[Layer]:
    """Declared and measured cycles of a case's layers, on its board. Raises NnoptError."""
    declared: dict[str, tuple[str, float]] = {}

    def observe(phase: str, module: ModuleOp) -> None:
        if phase == "scheduled":
            declared.update(declared_cycles(module))

    with tempfile.TemporaryDirectory(prefix="nnopt-bench-") as folder:
        package = Path(folder) / "out"
        compile_model(case.model, package, compile_options(case), observe)
        result = run_package(package, load_npz(case.io), case.board, limit=1, profile=True)
    return [
        Layer(case.name, layer.name, *declared[layer.name], layer.cycles_estimate)
        for layer in result.layers
        if layer.name in declared and layer.cycles_estimate
    ]


def table(layers: Sequence[Layer]) -> str:
    """The comparison as Markdown: every layer, then what the algorithms are off by."""
    lines = [
        "| model | layer | algorithm | declared | measured | off by |",
        "|---|---|---|---:|---:|---:|",
    ]
    for layer in layers:
        cells = (layer.model, layer.name.replace("|", "/"), layer.algorithm)
        numbers = f"{layer.declared:,.0f} | {layer.measured:,} | {layer.ratio - 1:+.1%}"
        lines.append(f"| {' | '.join(cells)} | {numbers} |")
    lines += ["", "| algorithm | layers | cycles within 10 % | declared / measured |"]
    lines.append("|---|---:|---:|---:|")
    for algorithm in sorted({layer.algorithm for layer in layers}):
        own = [layer for layer in layers if layer.algorithm == algorithm]
        measured = sum(layer.measured for layer in own)
        near = sum(layer.measured for layer in own if abs(layer.ratio - 1) <= 0.1)
        ratio = sum(layer.declared for layer in own) / measured
        lines.append(f"| {algorithm} | {len(own)} | {near / measured:.0%} | {ratio:.2f} |")
    return "\n".join(lines)


def calibrate(cases: Sequence[Case]) -> str:
    """The table of all cases whose files are there and whose board has cycles."""
    layers: list[Layer] = []
    for case in cases:
        if case.missing() is None and find_board(case.board).estimates_cycles:
            progress(case.name)
            layers += layers_of(case)
    return table(layers)
