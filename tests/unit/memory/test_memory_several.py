"""Several memories: each holds what fits, the fastest what is used most, and no byte is lost."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest
from kernel_lab import same_bits
from owner_tags import run_tagged
from random_chains import as_kernels, random_chain
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.memories import Memory, spread, spread_greedily
from nnopt.passes.memory.network import KernelNetwork
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.memory.problem import Problem
from nnopt.passes.memory.traffic import accesses_of
from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt import main
from nnopt.tools.pipeline import Options
from nnopt.tools.run import BOARDS, load_npz, run_package

MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"
MODEL = MODELS / "digits_dscnn.onnx"
OPTIONS = Options(quantize="int8", calibrate=str(MODELS / "digits_calibration.npz"))


def problem_of(module: ModuleOp) -> tuple[KernelNetwork, Problem]:
    (function,) = [op for op in module.ops if isinstance(op, func.FuncOp)]
    network = KernelNetwork(function, turn=True)
    return network, network.problem(True)


@pytest.mark.parametrize("part", range(2))
def test_nothing_is_lost(part: int) -> None:
    """Random chains in two memories, of which the first holds about half."""
    shared = 0
    for seed in range(part * 6, part * 6 + 6):
        module, inputs = random_chain(seed)
        kernels = as_kernels(module, seed)
        one = problem_of(kernels)[1].place(1.0).size
        PlacePass(io="pool", memories=f"fast:{one // 2},slow:{one}").apply(Context(), kernels)
        kernels.verify()
        (main_,) = [op for op in kernels.ops if isinstance(op, func.FuncOp)]
        sizes = [vpool.byte_size(arg.type) for arg in main_.body.block.args[-2:]]  # pyright: ignore[reportArgumentType]
        assert sizes[0] <= one // 2 and sizes[1] <= one
        shared += all(sizes)
        expected = run_function(module, inputs)
        LowerKernelsPass().apply(Context(), kernels)
        outputs = run_tagged(kernels, inputs)
        assert all(same_bits(outputs[name], array) for name, array in expected.items()), seed
    assert shared >= 3


def test_the_fastest_memory_has_what_is_used_most() -> None:
    """Never worse than greedily; with room for all, everything is in the first memory."""
    module, _ = random_chain(3)
    network, problem = problem_of(as_kernels(module, 3))
    accesses = accesses_of(network, problem)
    assert len(accesses) == len(problem.buffers) and min(accesses) > 0
    before = sum(accesses) + 1
    for room in (0, 40, 80, 160, 4096):
        given = problem.buffers, problem.overlaps, accesses
        memories = [Memory("fast", max(1, room)), Memory("slow", 8192)]
        found, greedy = spread(*given, memories), spread_greedily(*given, memories)
        assert found is not None and greedy is not None
        assert found.cost(accesses) <= min(before, greedy.cost(accesses))
        before = found.cost(accesses)
    assert before == 0


def test_what_does_not_fit_is_refused() -> None:
    module, _ = random_chain(3)
    kernels = as_kernels(module, 3)
    with pytest.raises(PassFailedException, match="do not fit into 8 bytes of a and 9 bytes of b"):
        PlacePass(io="pool", memories="a:8,b:9").apply(Context(), kernels)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a:8,a:9", "found 'a:9'"),
        ("a", "found 'a'"),
        ("A:1,b:2", "found 'A:1'"),
        ("a:0,b:2", "found 'a:0'"),
        ("a:8", "give two memories or more"),
    ],
)
def test_memories_have_names_and_sizes(given: str, message: str) -> None:
    with pytest.raises(PassFailedException, match=message):
        PlacePass(memories=given)


@pytest.mark.parametrize("board", ["host", "mps2-an386"])
def test_a_package_with_two_arenas(board: str, tmp_path: Path) -> None:
    """The same outputs as with one arena; the harness guards both."""
    for program in (BOARDS[board].compiler, *BOARDS[board].emulator[:1]):
        if which(program) is None:
            pytest.skip(f"{program} is not installed")
    samples = load_npz(MODELS / "digits_dscnn_io.npz")
    outputs: list[dict[str, Any]] = []
    for memory in ((), ("fast:1024", "slow:8192")):
        options = Options(
            quantize="int8", calibrate=OPTIONS.calibrate, io_memory="pool", memory=memory
        )
        unit = compile_model(MODEL, tmp_path / str(len(memory)), options)
        result = run_package(
            tmp_path / str(len(memory)), samples, board, limit=2, raw=True,
            sanitize=board == "host",
        )  # fmt: skip
        outputs.append(result.outputs)
    assert all(np.array_equal(outputs[1][name], array) for name, array in outputs[0].items())
    assert [arena.name for arena in unit.arenas] == ["fast", "slow"]
    assert 0 < unit.arenas[0].bytes <= 1024
    header = (tmp_path / "2" / "net.h").read_text()
    assert "int net_run(void *arena_fast, void *arena_slow);" in header
    assert f"#define NET_ARENA_SLOW_BYTES {unit.arenas[1].bytes}\n" in header


def test_commands_know_of_two_arenas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate = ["--quantize", "int8", "--calibrate", str(OPTIONS.calibrate)]
    out, lib = tmp_path / "net", tmp_path / "lib"
    memories = ["--memory", "fast:1K", "--memory", "slow:8K"]
    assert main(["compile", str(MODEL), "-o", str(out), *calibrate, *memories]) == 0
    assert "fast: " in capsys.readouterr().out
    manifest = json.loads((out / "manifest.json").read_text())
    assert sum(m["bytes"] for m in manifest["memories"]) == manifest["arena_bytes"]
    assert main(["report", str(out)]) == 0
    samples = ["--input", str(MODELS / "digits_dscnn_io.npz"), "--limit", "1"]
    compare = ["compare", str(MODEL), str(out), *samples, "--calibrate", str(OPTIONS.calibrate)]
    assert main(compare) == 0  # every layer is where the manifest says
    assert main(["package", str(out), "--format", "make", "-o", str(lib)]) == 0
    example = "\n".join(path.read_text() for path in lib.rglob("*.c"))
    assert "arena_fast[NET_ARENA_FAST_BYTES]" in example
    assert "arena_fast, arena_slow)" in example
