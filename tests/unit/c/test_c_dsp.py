"""nnopt_dsp.h: portable C, the instructions of Arm cores and the interpreter have the same bits."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel_lab import FLAGS, RUNTIME
from numpy.typing import NDArray
from xdsl.dialects.builtin import IndexType, MemRefType, ModuleOp, i8, i32
from xdsl.interpreter import Interpreter
from xdsl.ir import Operation
from xdsl.utils.test_value import create_ssa_value

from nnopt.dialects import dsp
from nnopt.dialects.interpreters import make_interpreter
from nnopt.tools.run import BOARDS, run_package

SOURCES = Path(__file__).parent / "dsp_twins"
COUNT = 512
SAMPLES = 6

Array = NDArray[Any]


def words() -> dict[str, Array]:
    """Random words, and those made of the bytes and lanes at which something changes sign."""
    rng = np.random.default_rng(0)
    random = rng.integers(-(2**31), 2**31, (3, SAMPLES, COUNT))
    lanes = rng.choice([0, 1, -1, 127, 128, -128, -129, 32767, -32768], (3, SAMPLES, COUNT, 2))
    edges = (lanes[..., 0] & 0xFFFF) | (lanes[..., 1] << 16)
    chosen = np.where(rng.random(random.shape) < 0.5, random, edges).astype(np.int32)
    return dict(zip("abc", chosen, strict=True))


def operations() -> list[Operation]:
    """The ops in the order of the rows of dsp_twins.c."""
    a, b, c = (create_ssa_value(i32) for _ in range(3))
    extends = [
        op(a, b, rotation) for op in (dsp.Sxtab16Op, dsp.Uxtab16Op) for rotation in (0, 8, 16, 24)
    ]
    memory = create_ssa_value(MemRefType(i8, [4 * COUNT]))
    load = dsp.LoadX4Op(memory, create_ssa_value(IndexType()))
    return [*extends, dsp.SmladOp(a, b, c), load]


def expected(interpreter: Interpreter, a: Array, b: Array, c: Array) -> Array:
    """What the interpreter gives for one sample."""
    rows: list[list[int]] = []
    triples = list(zip(a.tolist(), b.tolist(), c.tolist(), strict=True))
    for op in operations():
        if isinstance(op, dsp.LoadX4Op):
            places = [4 * i + (i % 4 if i < COUNT - 1 else 0) for i in range(COUNT)]
            arguments = [(a.view(np.int8), place) for place in places]
        else:
            arguments = [triple[: len(op.operands)] for triple in triples]
        rows.append([interpreter.run_op(op, tuple(args))[0] for args in arguments])
    return np.array(rows, np.int32)


def package(folder: Path) -> Path:
    """The twins as a package that runs on boards."""

    def tensor(name: str, shape: list[int]) -> dict[str, object]:
        plain = {"perm": None, "encoding": None, "dtype": "int32", "onnx_dtype": "int32"}
        return {"name": name, "c_name": name, "shape": shape, "onnx_shape": shape, **plain}

    for source in [*SOURCES.iterdir(), RUNTIME / "nnopt_dsp.h"]:
        shutil.copy(source, folder)
    manifest = {
        "nnopt": "0",
        "prefix": "dsp_twins",
        "target": "generic",
        "entry": "dsp_twins_run",
        "header": "dsp_twins.h",
        "sources": ["dsp_twins.c"],
        "cflags": ["-O2"],
        "arena_bytes": 8,
        "arena_align": 8,
        "inputs": [tensor(name, [COUNT]) for name in "abc"],
        "outputs": [tensor("out", [len(operations()), COUNT])],
        "layers": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize("board", ["host", "mps2-an386", "mps2-an500", "mps3-an547", "riscv32"])
def test_same_bits(board: str, tmp_path: Path):
    for program in (BOARDS[board].compiler, *BOARDS[board].emulator[:1]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    inputs = words()
    result = run_package(package(tmp_path), inputs, board, raw=True, sanitize=board == "host")
    interpreter = make_interpreter(ModuleOp([]))
    for sample in range(SAMPLES):
        wanted = expected(interpreter, *(inputs[name][sample] for name in "abc"))
        np.testing.assert_array_equal(result.outputs["out"][sample], wanted)


def test_arm_cores_use_the_instructions(tmp_path: Path):
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-O2", *FLAGS, f"-I{RUNTIME}"]
    command += ["-S", str(SOURCES / "dsp_twins.c"), "-o", str(tmp_path / "a.s")]
    subprocess.run(command, check=True)
    text = (tmp_path / "a.s").read_text("utf-8")
    for mnemonic in ("sxtab16", "uxtab16"):
        for rotation in ("ror #8", "ror #16", "ror #24"):
            assert any(mnemonic in line and rotation in line for line in text.splitlines())
    assert "smlad" in text


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_header_is_clean(compiler: str):
    command = [compiler, *FLAGS, f"-I{RUNTIME}", "-fsyntax-only", str(SOURCES / "dsp_twins.c")]
    subprocess.run(command, check=True)
