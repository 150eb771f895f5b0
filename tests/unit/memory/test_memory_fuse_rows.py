"""`fuse-rows`: chains computed row by row are what they were, in rings that lose no row."""

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
from nnopt.passes.schedule.chains import run_as
from nnopt.passes.schedule.form_kernels import FormKernelsPass
from nnopt.passes.schedule.fuse_rows import FuseRowsPass
from nnopt.passes.schedule.fuse_search import needs, placed
from nnopt.passes.schedule.pack_weights import PackWeightsPass
from nnopt.passes.schedule.row_chain import AGAIN, by_groups, executed_macs, rings_of
from nnopt.passes.schedule.rows import RowChain
from nnopt.passes.schedule.schedule import SchedulePass
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import BOARDS, load_npz, run_package

MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"


def fused(seed: int, match: str | None = "") -> tuple[ModuleOp, dict[str, Any], ModuleOp]:
    """A random chain: as it was, its inputs, and as fused kernels."""
    module, inputs = random_chain(seed)
    kernels = as_kernels(module, seed)
    FuseRowsPass(match).apply(Context(), kernels)
    kernels.verify()
    return module, inputs, kernels


def count(module: ModuleOp) -> int:
    return sum(isinstance(op, vpool.KernelOp) for op in module.walk())


@pytest.mark.parametrize("part", range(2))
def test_nothing_is_lost(part: int) -> None:
    """On memory that knows its owners; rings are scratch memory like any other."""
    merged = 0
    for seed in range(part * 12, part * 12 + 12):
        module, inputs, kernels = fused(seed)
        merged += count(as_kernels(module, seed)) - count(kernels)
        expected = run_function(module, inputs)
        assert same_bits(run_function(kernels, inputs)["out0"], expected["out0"])
        PlacePass(io="pool", alignment=1).apply(Context(), kernels)
        LowerKernelsPass().apply(Context(), kernels)
        kernels.verify()
        assert same_bits(run_tagged(kernels, inputs)["out0"], expected["out0"]), seed
    assert merged >= 12


def test_same_in_c(tmp_path: Path) -> None:
    cases: list[Case] = []
    for seed in range(40, 48):
        _, inputs, kernels = fused(seed)
        cases.append(Case(f"chain {seed}", kernels, inputs))
    check(cases, tmp_path)


def test_rings_hold_what_is_still_read() -> None:
    """Brute force: every row is written once, stays until its last read, and no ring is larger."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        height, slides = int(rng.integers(1, 20)), list[Slide]()
        for _ in range(int(rng.integers(2, 5))):
            kernel, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
            pad, dilation = int(rng.integers(0, kernel)), int(rng.integers(1, 3))
            outputs = (height + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
            if outputs < 1 or (kernel - 1) * dilation < pad:
                break
            slides.append(Slide(height, outputs, kernel, stride, pad, dilation))
            height = outputs
        if len(slides) > 1:
            Play(RowChain(tuple(slides), int(rng.choice([1, 1, 2, 3])))).run()


class Play:
    """Runs a chain on rings whose rows know their numbers."""

    def __init__(self, chain: RowChain):
        self.chain = chain
        self.rings = [chain.ring(i) for i in range(len(chain.stages) - 1)]
        self.memory = [dict[int, int]() for _ in self.rings]
        self.used = [0] * len(self.rings)
        self.done = [0] * len(chain.stages)

    def run(self) -> None:
        last = len(self.rings)
        for step in range(self.chain.stages[-1].outputs):
            self.row(last, step)
            assert self.done == [int(ends[step]) for ends in self.chain.ends]
        for stage, (used, ring) in enumerate(zip(self.used, self.rings, strict=True)):
            strip = self.chain.strip if stage == 0 else 1
            assert used <= ring < max(used, 1) + strip

    def row(self, stage: int, row: int) -> None:
        """A row of a stage, after all that it needs."""
        window = self.chain.stages[stage]
        taps = [
            row * window.stride - window.pad + k * window.dilation for k in range(window.kernel)
        ]
        rows = [tap for tap in taps if 0 <= tap < window.extent]
        if stage:
            before = stage - 1
            while self.done[before] <= min(taps[-1], window.extent - 1):
                self.row(before, self.done[before])
            ring = self.rings[before]
            assert all(self.memory[before][tap % ring] == tap for tap in rows)
            self.used[before] = max(self.used[before], self.done[before] - max(0, taps[0]))
        count = 1
        if stage == 0:
            count = min(self.chain.strip, window.outputs - row)
            assert stage == len(self.rings) or row % self.rings[0] + count <= self.rings[0]
        for number in range(row, row + count):
            if stage < len(self.rings):
                self.memory[stage][number % self.rings[stage]] = number
        self.done[stage] = row + count


def test_search_lowers_the_largest_step() -> None:
    better = 0
    for seed in range(8):
        module, _, kernels = fused(seed, None)
        before, after = (
            max(needs(next(f for f in m.ops if isinstance(f, func.FuncOp)), False))
            for m in (as_kernels(module, seed), kernels)
        )
        assert after <= before
        better += after < before
    assert better >= 3


def test_on_a_board(tmp_path: Path) -> None:
    board = BOARDS["mps2-an386"]
    for program in (board.compiler, board.emulator[0]):
        if which(program) is None:
            pytest.skip(f"{program} is not installed")
    model = MODELS / "digits_dscnn.onnx"
    samples = load_npz(MODELS / "digits_dscnn_io.npz")
    outputs: list[Any] = []
    arenas: list[int] = []
    for fuse in ("none", "rows"):
        options = Options(
            quantize="int8",
            calibrate=str(MODELS / "digits_calibration.npz"),
            io_memory="pool",
            fuse=fuse,
        )
        unit = compile_model(model, tmp_path / fuse, options)
        arenas.append(unit.arena_bytes)
        outputs.append(run_package(tmp_path / fuse, samples, limit=2, raw=True).outputs)
    for name, array in outputs[0].items():
        assert same_bits(outputs[1][name], array)
    assert arenas[1] < arenas[0]


@pytest.mark.parametrize("filters", [None, 3])
def test_a_stage_alone_reads_while_it_writes(filters: int | None) -> None:
    """A convolution and a sum with its own image, where the image dies."""
    for seed in range(4):
        network = RandomNetwork(seed, (1, 3 + seed, 5, 3))
        (x,) = network.values
        network.window(x, filters, 3, 1)
        network.sum(network.values[-1], x)
        module = network.module([network.values[-1]])
        kernels = as_kernels(module, seed)
        FuseRowsPass("").apply(Context(), kernels)
        assert count(kernels) == 1
        PlacePass(io="pool", alignment=1).apply(Context(), kernels)
        LowerKernelsPass().apply(Context(), kernels)
        expected = run_function(module, network.inputs)["out0"]
        assert same_bits(run_tagged(kernels, network.inputs)["out0"], expected), seed


def inverted_bottleneck(
    seed: int, isa: str = "armv7e-m"
) -> tuple[ModuleOp, dict[str, Any], ModuleOp]:
    """Expand, depthwise and project, all on lanes and planes; with a convolution before it."""
    rng = np.random.default_rng(seed)
    height, width = int(rng.integers(5, 10)), int(rng.integers(4, 9))
    network = RandomNetwork(seed, (1, height, width, 4))
    if seed % 2:
        network.window(network.values[-1], 4, 3, 1)
    network.window(network.values[-1], int(rng.choice([8, 12])), 1, 1)
    network.window(network.values[-1], None, int(rng.choice([3, 5])), int(rng.choice([1, 2])))
    if seed % 3:
        network.window(network.values[-1], 4, 1, 1)
    module = network.module([network.values[-1]])
    kernels = module.clone()
    FormKernelsPass().apply(Context(), kernels)
    SchedulePass("auto", isa=isa).apply(Context(), kernels)
    PackWeightsPass().apply(Context(), kernels)
    return module, network.inputs, kernels


def test_groups_of_channels(tmp_path: Path) -> None:
    """Expansions that go through groups of channels with the depthwise stage behind them."""
    cases: list[Case] = []
    smaller = 0
    for seed in range(6):
        module, inputs, kernels = inverted_bottleneck(seed)
        sizes: list[int] = []
        for groups in (False, True):
            fused_ = kernels.clone()
            FuseRowsPass("", groups).apply(Context(), fused_)
            (kernel,) = [op for op in fused_.walk() if isinstance(op, vpool.KernelOp)]
            assert any(by_groups(kernel)) == groups
            sizes.append(sum(count for _, count in rings_of(kernel)))
            cases.append(Case(f"bottleneck {seed} {groups}", fused_, inputs))
            expected = run_function(module, inputs)["out0"]
            loops = fused_.clone()
            PlacePass(io="pool", alignment=1).apply(Context(), loops)
            LowerKernelsPass().apply(Context(), loops)
            loops.verify()
            assert same_bits(run_tagged(loops, inputs)["out0"], expected), (seed, groups)
        smaller += sizes[1] < sizes[0]
    assert smaller
    check(cases, tmp_path)


def test_groups_that_keep_nothing(tmp_path: Path) -> None:
    """All rows under a window are computed again, in a ring of one row."""
    cases: list[Case] = []
    for seed in (0, 4):
        module, inputs, kernels = inverted_bottleneck(seed)
        FuseRowsPass("", True).apply(Context(), kernels)
        (kernel,) = [op for op in kernels.walk() if isinstance(op, vpool.KernelOp)]
        kept = rings_of(kernel)[0][1]
        run_as(kernel, AGAIN)
        assert rings_of(kernel)[0][1] < kept
        assert executed_macs(kernel) > macs(kernel)
        cases.append(Case(f"bottleneck {seed}", kernels.clone(), inputs))
        PlacePass(io="pool", alignment=1).apply(Context(), kernels)
        LowerKernelsPass().apply(Context(), kernels)
        kernels.verify()
        expected = run_function(module, inputs)["out0"]
        assert same_bits(run_tagged(kernels, inputs)["out0"], expected), seed
    check(cases, tmp_path)


def test_rows_that_are_computed_again() -> None:
    """Brute force: what a step reads, and how many rows the first stage computes."""
    for height, kernel, stride in ((9, 3, 1), (8, 5, 2), (5, 7, 1)):
        pad, first = kernel // 2, Slide(height, height, 1)
        outputs = (height + 2 * pad - kernel) // stride + 1
        second = Slide(height, outputs, kernel, stride, pad)
        third = Slide(outputs, outputs, 1)
        chain = RowChain((first, second, third), again=True)
        windows = [
            [r for r in range(o * stride - pad, o * stride - pad + kernel) if 0 <= r < height]
            for o in range(outputs)
        ]
        reads = chain.reads()
        assert list(zip(reads.first, reads.last, strict=True)) == [(w[0], w[-1]) for w in windows]
        assert chain.first_rows == sum(map(len, windows))


def test_rows_of_vectors(tmp_path: Path) -> None:
    """Stages on the vectors of Helium, row by row."""
    cases: list[Case] = []
    algorithms: set[str] = set()
    for seed in range(4):
        module, inputs, kernels = inverted_bottleneck(seed, "helium")
        algorithms |= {
            k.schedule.algorithm.data
            for k in kernels.walk()
            if isinstance(k, vpool.KernelOp) and k.schedule
        }
        FuseRowsPass("").apply(Context(), kernels)
        assert count(kernels) == 1
        cases.append(Case(f"vectors {seed}", kernels, inputs))
        loops = kernels.clone()
        PlacePass(io="pool", alignment=1).apply(Context(), loops)
        LowerKernelsPass().apply(Context(), loops)
        expected = run_function(module, inputs)["out0"]
        assert same_bits(run_tagged(loops, inputs)["out0"], expected), seed
    assert algorithms >= {"vectors", "words"}
    check(cases, tmp_path)


def test_no_more_is_fused_than_a_limit_takes() -> None:
    found: list[tuple[int, int]] = []
    for limit in (0, 560, 1 << 20):
        network = RandomNetwork(3, (1, 8, 8, 2))
        for filters, kernel in ((8, 3), (None, 3), (4, 1), (8, 3), (2, 1)):
            network.window(network.values[-1], filters, kernel, 1)
        kernels = as_kernels(network.module([network.values[-1]]), 0)
        FuseRowsPass(limit=limit).apply(Context(), kernels)
        (function,) = [op for op in kernels.ops if isinstance(op, func.FuncOp)]
        found.append((count(kernels), placed(function, False)))
    (fewest, smallest), (some, fits), (all_, _) = found
    assert fewest < some < all_ == 5
    assert smallest < fits <= 560
