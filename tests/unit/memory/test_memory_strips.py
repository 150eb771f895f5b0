"""`strip-inputs`: an image that comes row by row gives what it gives as a whole."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from kernel_lab import FLAGS, SANITIZE, same_bits
from owner_tags import run_tagged
from random_chains import as_kernels, random_chain
from xdsl.context import Context
from xdsl.dialects import test
from xdsl.dialects.builtin import IndexType, MemRefType, ModuleOp, NoneAttr, i8
from xdsl.ir import SSAValue
from xdsl.utils.exceptions import InterpretationError, PassFailedException

from nnopt.dialects import vpool
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import make_interpreter, run_function
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.dialects.strips import ROWS_SPACE
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.schedule.fuse_rows import FuseRowsPass
from nnopt.passes.schedule.strip_inputs import StripInputsPass
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import BOARDS, load_npz, run_package

MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"
CALIBRATION = MODELS / "digits_calibration.npz"


@pytest.mark.parametrize("fused", [False, True])
def test_same_results_on_every_level(fused: bool) -> None:
    taken = 0
    for seed in range(12):
        module, inputs = random_chain(seed)
        kernels = as_kernels(module, seed)
        try:
            StripInputsPass(1 + seed % 4).apply(Context(), kernels)
        except PassFailedException as error:
            assert "is read by" in str(error)
            continue
        taken += 1
        if fused:
            FuseRowsPass("").apply(Context(), kernels)
        kernels.verify()
        expected = run_function(module, inputs)["out0"]
        assert same_bits(run_function(kernels, inputs)["out0"], expected)
        PlacePass(io="pool", alignment=1).apply(Context(), kernels)
        kernels.verify()
        assert same_bits(run_placed(kernels, inputs)["out0"], expected)
        LowerKernelsPass().apply(Context(), kernels)
        kernels.verify()
        assert same_bits(run_tagged(kernels, inputs)["out0"], expected), seed
    assert taken >= 6


def test_rows_outside_are_an_error() -> None:
    places: list[SSAValue] = [test.TestOp(result_types=[IndexType()]).results[0] for _ in range(3)]
    source, target = (
        test.TestOp(result_types=[MemRefType(i8, [size], memory_space=space)]).results[0]
        for size, space in ((24, ROWS_SPACE), (12, NoneAttr()))
    )
    op = vpool.ReadRowsOp(source, (places[0], places[1]), (target, places[2]), 6)
    op.verify()
    interpreter = make_interpreter(ModuleOp([]))
    rows, memory = np.arange(24, dtype=np.int8), np.zeros(12, np.int8)
    interpreter.run_op(op, (rows, 2, 2, memory, 0))
    assert list(memory) == list(range(12, 24))
    for row, count, index in ((3, 2, 0), (2, 2, 1), (-1, 1, 0), (0, 1, -1)):
        with pytest.raises(InterpretationError, match="outside"):
            interpreter.run_op(op, (rows, row, count, memory, index))


def strips(folder: Path, rows: int | None) -> Path:
    options = Options(
        quantize="int8",
        calibrate=str(CALIBRATION),
        io_memory="pool",
        fuse="none" if rows is None else "rows",
        input_strips=rows,
    )
    compile_model(MODELS / "digits_dscnn.onnx", folder, options)
    return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return strips(tmp_path_factory.mktemp("strips") / "net", 3)


def test_same_in_c(package: Path, tmp_path: Path) -> None:
    samples = load_npz(MODELS / "digits_dscnn_io.npz")
    whole = strips(tmp_path / "whole", None)
    expected = run_package(whole, samples, "host", raw=True, limit=4)
    found = run_package(package, samples, "host", raw=True, limit=4, sanitize=True)
    for name, array in expected.outputs.items():
        assert np.array_equal(found.outputs[name], array)
    sizes = [result.ram.pool + result.ram.scratch for result in (found, expected)]
    assert sizes[0] < sizes[1]
    assert found.ram.io == 0


def test_on_a_board(package: Path) -> None:
    board = BOARDS["mps2-an386"]
    for program in (board.compiler, board.emulator[0]):
        if which(program) is None:
            pytest.skip(f"{program} is not installed")
    samples = load_npz(MODELS / "digits_dscnn_io.npz")
    host = run_package(package, samples, "host", raw=True, limit=1)
    found = run_package(package, samples, board.name, raw=True, limit=1)
    for name, array in host.outputs.items():
        assert np.array_equal(found.outputs[name], array)


MAIN = """
#include "net.h"

typedef struct { int next; int fails_at; } camera;

static int give(void *context, int row, int count, int8_t *rows)
{
    camera *from = context;
    if (row != from->next || count < 1 || count > 3 || row + count > 8) {
        return 99;
    }
    if (row >= from->fails_at) {
        return 7;
    }
    from->next = row + count;
    for (int i = 0; i < count * 8; i++) {
        rows[i] = 0;
    }
    return 0;
}

int main(void)
{
    static int32_t arena[NET_ARENA_BYTES / 4 + 1];
    camera works = {0, 100}, fails = {0, 3}, never = {0, 0};
    if (net_run(give, &works, arena) != 0 || works.next != 8) {
        return 1;
    }
    if (net_run(give, &fails, arena) != 7 || fails.next != 3) {
        return 2;
    }
    return net_run(give, &never, arena) == 7 && never.next == 0 ? 0 : 3;
}
"""


def test_function_of_the_caller(package: Path, tmp_path: Path) -> None:
    """Rows are asked for once, in order; what the function returns ends the run."""
    (tmp_path / "main.c").write_text(MAIN)
    command = ["gcc", *FLAGS, *SANITIZE, "-I", str(package), "main.c"]
    command += [str(package / "net.c"), str(package / "net_weights.c"), "-lm", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 0


def test_what_cannot_be_stripped(tmp_path: Path) -> None:
    module, _ = random_chain(0)  # a sum reads the image too
    with pytest.raises(PassFailedException, match="input x is read by requantize, conv2d; only"):
        StripInputsPass(2).apply(Context(), as_kernels(module, 0))
    with pytest.raises(NnoptError, match="ask for one row at least"):
        Options(input_strips=0)
    model = Path(__file__).parents[2] / "exporters" / "torchscript_gru_step.onnx"
    with pytest.raises(NnoptError, match="one input has to be an image of four dimensions"):
        compile_model(model, tmp_path / "net", Options(input_strips=2))
