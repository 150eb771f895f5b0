"""What a model reaches: accuracy of its C on the whole test split, its costs on a board."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...dialects.errors import NnoptError
from ..accuracy.datasets import Split
from ..accuracy.measure import FLAGS, top1
from ..compile import compile_model
from ..pipeline import Options
from ..run import run_package
from ..run.boards import find_board
from ..run.counting import check_emulator
from ..run.toolchain import start
from .network import INPUT


def check_tools(board: str) -> None:
    """Raise NnoptError, naming it, if a compiler or the emulator of a board is missing."""
    for chosen in (find_board("host"), find_board(board)):
        start([chosen.compiler, "--version"], Path("/"), 60)
        if not chosen.is_host:
            check_emulator(chosen.emulator[0])


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    scheme: str
    quantized: str
    """When: never, after or during training."""
    accuracy: float
    """The share of the test split whose class was found."""
    ram: int
    """Bytes of arena and peak stack."""
    flash: int
    """Bytes of code and weights, libraries included."""
    instructions: int | None
    """Of one inference on the board; None on the host."""
    model: str
    package: str


@dataclass(frozen=True)
class Bench:
    """What models are measured with."""

    test: Split
    board: str
    board_samples: int
    folder: Path

    def measure(self, scheme: str, quantized: str, model: Path, name: str, options: Options) -> Row:
        """Compile a model to the package `name`, run it. Raises NnoptError.

        On the board the first samples run, and must give the host's integers.
        """
        package = self.folder / name
        compile_model(model, package, options)
        samples = self.test.samples
        everything = run_package(package, {INPUT: samples}, "host", cflags=FLAGS, timeout=None)
        (outputs,) = everything.outputs.values()
        few = samples[: self.board_samples]
        result = run_package(package, {INPUT: few}, self.board)
        (seen,) = result.outputs.values()
        if scheme != "float" and not np.array_equal(seen, outputs[: len(few)]):
            raise NnoptError(f"{name}: {self.board} gives other integers than the host")
        return Row(
            scheme,
            quantized,
            top1(outputs.reshape(len(samples), -1), self.test.labels),
            result.ram.total,
            result.flash.total,
            result.instructions,
            model.name,
            name,
        )
