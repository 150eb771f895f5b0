"""Models compiled, run by the interpreters and on boards, held against onnxruntime's outputs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects.interpreters import run_function
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import Manifest, compare_with_io_npz, load_npz, read_manifest, run_package
from nnopt.tools.run.boards import BOARDS
from nnopt.tools.run.io import find_input, from_c, to_c

Array = NDArray[Any]

EMULATED = ("mps2-an386", "mps2-an500", "mps3-an547", "riscv32")
"""The boards that must give the host's bits: Cortex-M4, Cortex-M7, Cortex-M55, RV32."""

FLOAT_TOLERANCE = 1e-4
"""Of float networks, relative to the output's largest magnitude."""

WITHIN_ONE_STEP = 0.995
"""Fraction of elements of an int8 network that must be at most one step from onnxruntime's."""

NEAR_TIES = {"mlperf_ic_resnet8_int8": 0.96}
"""Lower bounds of that fraction for networks in which onnxruntime, computing in float32, rounds
results that are exact ties, or a float32 error away from one, to the other side than the exact
arithmetic of ONNX does: an average of 64 pixels here, which softmax then spreads over all classes.
"""


def missing_program(board: str) -> str | None:
    """Return a program that the board needs and that is not installed, if there is one."""
    chosen = BOARDS[board]
    programs = (chosen.compiler, *chosen.emulator[:1])
    return next((program for program in programs if not shutil.which(program)), None)


@dataclass(frozen=True)
class Built:
    """A compiled model: its package, and the module after the phases that the interpreters run."""

    model: Path
    package: Path
    manifest: Manifest
    levels: Mapping[str, ModuleOp]

    @property
    def io(self) -> Path:
        """The file of samples and of onnxruntime's outputs for them."""
        return self.model.with_name(f"{self.model.stem}_io.npz")

    def samples(self) -> dict[str, Array]:
        """The arrays of that file."""
        return load_npz(self.io)

    @cached_property
    def on_host(self) -> dict[str, Array]:
        """What `run_raw` gives on the host for all samples."""
        return run_raw(self, "host", None)

    def outputs_on_host(self) -> dict[str, Array]:
        """The same in ONNX's shapes and types: (N, *onnx_shape)."""
        tensors = {tensor.name: tensor for tensor in self.manifest.outputs}
        return {name: from_c(array, tensors[name]) for name, array in self.on_host.items()}


def build(model: Path, package: Path, options: Options | None = None) -> Built:
    """Compile a model to the folder `package`."""
    levels: dict[str, ModuleOp] = {}

    def observe(phase: str, module: ModuleOp) -> None:
        if phase in ("integer", "placed"):
            levels[phase] = module.clone()

    compile_model(model, package, options, observe)
    return Built(model, package, read_manifest(package), levels)


def run_levels(built: Built, limit: int) -> dict[str, dict[str, Array]]:
    """The network's outputs by level and name, (N, …) flattened, as C stores them.

    The first `limit` samples are run by the interpreters of the integer and of the placed level.
    """
    arrays = built.samples()
    inputs = {t.name: to_c(find_input(arrays, t)[:limit], t) for t in built.manifest.inputs}
    count = len(next(iter(inputs.values())))
    results: dict[str, dict[str, Array]] = {}
    for level, run in (("integer", run_function), ("placed", run_placed)):
        rows = [
            run(built.levels[level], {k: a[i] for k, a in inputs.items()}) for i in range(count)
        ]
        results[level] = {
            name: np.stack([row[name].reshape(-1) for row in rows]) for name in rows[0]
        }
    return results


def run_raw(built: Built, board: str, limit: int | None) -> dict[str, Array]:
    """The network's outputs on a board by name, (N, …) flattened, as C stores them."""
    outputs = run_package(built.package, built.samples(), board, raw=True, limit=limit).outputs
    return {name: array.reshape(len(array), -1) for name, array in outputs.items()}


def assert_same_bits(got: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    """Every output has the same bits as in `wanted`, which may hold more samples."""
    assert got.keys() == wanted.keys()
    for name, array in got.items():
        reference = wanted[name][: len(array)]
        assert array.dtype == reference.dtype
        different = array.view(np.uint8) != reference.view(np.uint8)
        assert not different.any(), f"{name}: {different.sum()} of {different.size} bytes differ"


def assert_close(
    built: Built, outputs: Mapping[str, Array], *, int8: bool, io: Path | None = None
) -> None:
    """The outputs (not raw) agree with onnxruntime's, those in `io`, as closely as is promised."""
    labelled = "label" in built.samples()
    for comparison in compare_with_io_npz(built.manifest, outputs, io or built.io):
        if not int8:
            assert comparison.max_rel_error <= FLOAT_TOLERANCE
            continue
        assert comparison.step > 0
        least = NEAR_TIES.get(built.model.stem, WITHIN_ONE_STEP)
        assert comparison.within_one_step >= least
        if labelled:
            assert comparison.top1_agreement_clear == 1.0


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
