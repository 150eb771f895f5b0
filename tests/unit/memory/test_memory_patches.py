"""Chains patch by patch: what they were, in patches that hold all that is read, within a budget."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest
from kernel_lab import Case, check, same_bits
from owner_tags import run_tagged
from random_chains import as_kernels, random_chain
from random_networks import RandomNetwork
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.analysis.cost import macs
from nnopt.passes.memory.access import Slide
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.schedule.form_kernels import FormKernelsPass
from nnopt.passes.schedule.fuse_rows import FuseRowsPass
from nnopt.passes.schedule.fuse_search import placed
from nnopt.passes.schedule.pack_weights import PackWeightsPass
from nnopt.passes.schedule.patches import PatchChain
from nnopt.passes.schedule.row_chain import GROUPS, ROWS, by_patches, executed_macs
from nnopt.passes.schedule.schedule import SchedulePass
from nnopt.passes.schedule.strip_inputs import StripInputsPass
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import BOARDS, load_npz, run_package

MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"


def patched(seed: int) -> tuple[ModuleOp, dict[str, Any], ModuleOp]:
    """A random chain: as it was, its inputs, and patch by patch with some tile."""
    rng = np.random.default_rng(seed)
    module, inputs = random_chain(seed)
    kernels = as_kernels(module, seed)
    tile = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    FuseRowsPass("", tile=tile).apply(Context(), kernels)
    kernels.verify()
    return module, inputs, kernels


def kernels_in(module: ModuleOp) -> list[vpool.KernelOp]:
    return [op for op in module.walk() if isinstance(op, vpool.KernelOp)]


@pytest.mark.parametrize("part", range(2))
def test_nothing_is_lost(part: int) -> None:
    """On memory that knows its owners; patches are scratch memory like any other."""
    found = 0
    for seed in range(part * 7, part * 7 + 7):
        module, inputs, kernels = patched(seed)
        found += sum(by_patches(kernel) for kernel in kernels_in(kernels))
        expected = run_function(module, inputs)
        assert same_bits(run_function(kernels, inputs)["out0"], expected["out0"])
        PlacePass(io="pool", alignment=1).apply(Context(), kernels)
        LowerKernelsPass().apply(Context(), kernels)
        kernels.verify()
        assert same_bits(run_tagged(kernels, inputs)["out0"], expected["out0"]), seed
    assert found >= 5


def test_same_in_c(tmp_path: Path) -> None:
    cases: list[Case] = []
    for seed in range(40, 46):
        _, inputs, kernels = patched(seed)
        cases.append(Case(f"patches {seed}", kernels, inputs))
    check(cases, tmp_path)


def taps(stage: Slide, output: int) -> list[int]:
    """Positions in the image that an output reads."""
    origin = output * stage.stride - stage.pad
    reached = [origin + k * stage.dilation for k in range(stage.kernel)]
    return [tap for tap in reached if 0 <= tap < stage.extent]


def test_patches_hold_what_is_read() -> None:
    """Brute force along one axis: all that an output needs is there, the largest patch is full."""
    rng = np.random.default_rng(0)
    checked = 0
    for _ in range(300):
        extent, slides = int(rng.integers(1, 20)), list[Slide]()
        for _ in range(int(rng.integers(2, 5))):
            kernel, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
            pad, dilation = int(rng.integers(0, kernel)), int(rng.integers(1, 3))
            outputs = (extent + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            if outputs < 1 or (kernel - 1) * dilation < pad:
                break
            slides.append(Slide(extent, outputs, kernel, stride, pad, dilation))
            extent = outputs
        if len(slides) < 2:
            continue
        size, one = int(rng.integers(1, 6)), (Slide(1, 1, 1),) * len(slides)
        chain = PatchChain(tuple(slides), one, (size, 1))
        rows = chain.spans[0]
        for tile, first in enumerate(range(0, slides[-1].outputs, size)):
            needed = set(range(first, min(first + size, slides[-1].outputs)))
            for stage in reversed(range(len(slides))):
                there = range(rows[stage + 1].first[tile], rows[stage + 1].last[tile] + 1)
                assert needed <= set(there)
                needed = {tap for row in there for tap in taps(slides[stage], row)}
                checked += len(needed)
            assert not needed or rows[0].first[tile] <= min(needed)
            assert not needed or max(needed) <= rows[0].last[tile]
        for stage in range(len(slides)):
            most = (rows[stage + 1].last - rows[stage + 1].first + 1).max()
            assert chain.patch(stage) == (max(1, most), 1)
    assert checked > 4000


def stem(seed: int) -> tuple[ModuleOp, dict[str, Any], ModuleOp]:
    """A network whose first layers need most: with a fused stem there are whole rows of rings."""
    network = RandomNetwork(seed, (1, 16, 16, 2))
    for filters, kernel, stride in ((12, 3, 2), (None, 3, 1), (4, 1, 1), (8, 3, 2), (2, 1, 1)):
        network.window(network.values[-1], filters, kernel, stride)
    module = network.module([network.values[-1]])
    kernels = module.clone()
    FormKernelsPass().apply(Context(), kernels)
    SchedulePass("auto", isa="armv7e-m").apply(Context(), kernels)
    PackWeightsPass().apply(Context(), kernels)
    return module, network.inputs, kernels


def test_search_within_a_budget() -> None:
    """More may be computed again, less memory is needed; the budget holds, and so does a limit."""
    module, inputs, kernels = stem(0)
    total = sum(macs(kernel) for kernel in kernels_in(kernels))
    expected = run_function(module, inputs)["out0"]
    sizes: list[int] = []
    again: list[int] = []
    for recompute, limit in ((1.0, 0), (1.3, 0), (3.0, 0), (3.0, 1 << 20)):
        found = kernels.clone()
        FuseRowsPass(io="pool", recompute=recompute, limit=limit).apply(Context(), found)
        (function,) = [op for op in found.ops if isinstance(op, func.FuncOp)]
        sizes.append(placed(function, True))
        again.append(sum(executed_macs(kernel) - macs(kernel) for kernel in kernels_in(found)))
        assert again[-1] <= (recompute - 1) * total
        assert same_bits(run_function(found, inputs)["out0"], expected)  # with plain weights
    assert sizes[2] < sizes[1] < sizes[0]
    assert again[0] == again[3] == 0 < again[2]


def test_direct_where_it_is_smaller() -> None:
    module, inputs, kernels = stem(1)
    sizes: list[int] = []
    for direct in (False, True):
        found = kernels.clone()
        FuseRowsPass(io="pool", fuse=False, direct=direct).apply(Context(), found)
        (function,) = [op for op in found.ops if isinstance(op, func.FuncOp)]
        sizes.append(placed(function, True))
        assert len(kernels_in(found)) == len(kernels_in(kernels))
        expected = run_function(module, inputs)["out0"]
        assert same_bits(run_function(found, inputs)["out0"], expected)
    assert sizes[1] < sizes[0]


def test_rows_that_are_asked_for_are_not_asked_for_twice() -> None:
    """The kernel that fetches rows stays one that keeps them, whatever else may be chosen."""
    module, inputs, kernels = stem(2)
    StripInputsPass(2).apply(Context(), kernels)
    FuseRowsPass(io="pool", direct=True, recompute=3.0).apply(Context(), kernels)
    first = kernels_in(kernels)[0]
    assert any(isinstance(op, vpool.FetchOp) for op in first.body.block.ops)
    assert first.schedule is not None and first.schedule.algorithm.data in (ROWS, GROUPS)
    expected = run_function(module, inputs)["out0"]
    assert same_bits(run_function(kernels, inputs)["out0"], expected)


def test_on_a_board(tmp_path: Path) -> None:
    board = BOARDS["mps2-an386"]
    for program in (board.compiler, board.emulator[0]):
        if which(program) is None:
            pytest.skip(f"{program} is not installed")
    samples = load_npz(MODELS / "digits_dscnn_io.npz")
    outputs: list[Any] = []
    arenas: list[int] = []
    for recompute in (1.0, 2.0):
        options = Options(
            quantize="int8",
            calibrate=str(MODELS / "digits_calibration.npz"),
            io_memory="pool",
            fuse="rows",
            max_recompute=recompute,
        )
        out = tmp_path / str(recompute)
        arenas.append(compile_model(MODELS / "digits_dscnn.onnx", out, options).arena_bytes)
        outputs.append(run_package(out, samples, limit=2, raw=True).outputs)
    for name, array in outputs[0].items():
        assert same_bits(outputs[1][name], array)
    assert arenas[1] < arenas[0]
