"""Our counts agree with known code, and with an independent counter on real programs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hand_packages import float_inputs, float_package, int8_images, int8_package, probe_package

from nnopt.tools.run import BOARDS, read_manifest, run_package
from nnopt.tools.run.build import build
from nnopt.tools.run.counting import read_counts
from nnopt.tools.run.elf import read_symbols
from nnopt.tools.run.io import Array, pack_inputs
from nnopt.tools.run.simulate import execute

ROUNDS: Array = np.array([[100], [300]], np.int32)

# What the Cortex-M4 manual says about one round of each loop of probe.c.
PER_ROUND = {
    0: (2, 1 + 1 + 2),  # subs, bne taken
    1: (5, 2 + 1 + 3 + 1 + 1 + 2),  # load, load right after it, ldrd, subs, bne
    2: (3, 1 + 1 + 1 + 2),
    3: (6, 3 + 1 + 14 + 1 + 1 + 1 + 2),
}


@pytest.mark.parametrize("probe", PER_ROUND)
def test_known_loops_count_exactly(tmp_path: Path, probe: int):
    package = probe_package(tmp_path)
    manifest = read_manifest(package)
    board = BOARDS["mps2-an386"]
    program = build(manifest, board, tmp_path, [f"-DPROBE={probe}"])
    data, _ = pack_inputs(manifest, {"rounds": ROUNDS})
    counts = execute(program, manifest, board, data, 60).counts
    few, many = (sample.total for sample in counts)
    instructions, cycles = PER_ROUND[probe]
    assert many.instructions - few.instructions == 200 * instructions
    assert many.cycles - few.cycles == 200 * cycles


def _count_with(plugin: Path, elf: Path) -> list[tuple[int, int]]:
    """Instructions and cycles of each sample by the independent counter."""
    library = elf.parent / "independent.so"
    subprocess.run(
        ["gcc", "-O2", "-w", "-shared", "-fPIC", "-o", str(library), str(plugin)], check=True
    )
    address = {symbol.name: symbol.address for symbol in read_symbols(elf)}
    marks = f"start={address['nnopt_call_network']:#x},stop={address['nnopt_mark']:#x}"
    board = BOARDS["mps2-an386"]
    command = [*board.emulator, "-display", "none", "-monitor", "none", "-serial", "none"]
    command += ["-kernel", elf.name, "-plugin", f"file={library},{marks}"]
    done = subprocess.run(
        command, cwd=elf.parent, capture_output=True, text=True, timeout=120, check=True
    )
    found = re.findall(r"region (\d+) insns (\d+) cycles_est (\d+)", done.stderr)
    # nnopt_mark is called before and after each inference: every second region is one.
    return [(int(i), int(c)) for number, i, c in found if int(number) % 2]


@pytest.mark.parametrize("name", ["int8", "float", "mixture"])
def test_agrees_with_the_independent_counter(tmp_path: Path, shared: Path, name: str):
    plugin = shared / "tools" / "cycles" / "cycles.c"
    flags: list[str] = []
    if name == "int8":
        package, inputs = int8_package(tmp_path), {"net/image:0": int8_images(2)}
    elif name == "float":
        package, inputs = float_package(tmp_path), float_inputs(2)
    else:
        package, inputs = probe_package(tmp_path), {"rounds": ROUNDS}
        flags = ["-DPROBE=4"]
    manifest = read_manifest(package)
    board = BOARDS["mps2-an386"]
    program = build(manifest, board, tmp_path, flags)
    data, samples = pack_inputs(manifest, inputs)
    ours = execute(program, manifest, board, data, 60).counts
    assert len(ours) == samples and ours == read_counts(tmp_path / "counts.txt")
    theirs = _count_with(plugin, program.elf)
    assert len(theirs) == samples
    # The other counter sees the call's surroundings as well: up to 20 instructions.
    for mine, (instructions, cycles) in zip(ours, theirs, strict=True):
        assert 0 <= instructions - mine.total.instructions <= 20
        assert abs(cycles - mine.total.cycles) <= 0.01 * cycles + 40


@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an500", "mps3-an547", "riscv32"])
def test_counts_are_the_same_twice(tmp_path: Path, board: str):
    package = probe_package(tmp_path)
    runs = [run_package(package, {"rounds": ROUNDS}, board, cflags=["-DPROBE=4"]) for _ in (0, 1)]
    assert runs[0].per_sample_instructions == runs[1].per_sample_instructions
    assert runs[0].cycles_estimate == runs[1].cycles_estimate
    assert (runs[0].cycles_estimate is not None) == BOARDS[board].estimates_cycles
    few, many = runs[0].per_sample_instructions
    assert 2.5 < many / few < 3.2
