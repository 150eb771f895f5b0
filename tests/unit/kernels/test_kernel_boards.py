"""Kernels on emulated processors, with the instructions that the host has portable C for."""

import shutil
from pathlib import Path

import pytest
from kernel_lab import Case, joined, lower, ops_of, same_bits
from kernel_windows import random_conv, random_product

from nnopt.dialects import dsp, vpool
from nnopt.tools.package import package_files, write_package
from nnopt.tools.run import BOARDS, run_package


def has_dsp(case: Case) -> bool:
    """Whether the schedule of a case asks for the DSP extension, and its loops use it."""
    kernels = (op for op in case.module.walk() if isinstance(op, vpool.KernelOp))
    asked = any(k.schedule is not None and k.schedule.isa.data == "armv7e-m" for k in kernels)
    return asked and dsp.SmladOp in {type(op) for op in lower(case, "k").unit.module.walk()}


def sample(count: int) -> Case:
    """Random contractions whose loops use the DSP extension."""
    cases = [make(seed) for seed in range(1000, 1060) for make in (random_conv, random_product)]
    chosen = [case for case in cases if has_dsp(case)][:count]
    assert len(chosen) == count and len(ops_of(chosen)) > 5
    return joined(chosen)


@pytest.mark.parametrize("board", ["mps2-an386", "mps3-an547"])
def test_dsp_kernels(board: str, tmp_path: Path):
    for program in (BOARDS[board].compiler, BOARDS[board].emulator[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    levels = lower(sample(16), "net")
    levels.unit.single_file = False
    write_package(tmp_path / "out", package_files(levels.unit, {}))
    samples = {name: array[None] for name, array in levels.case.inputs.items()}
    result = run_package(tmp_path / "out", samples, board, raw=True)
    for name, loops in levels.loops.items():
        assert same_bits(result.outputs[name][0], loops), name
        if loops.dtype.kind != "f":
            assert same_bits(loops, levels.tensors[name]), name
