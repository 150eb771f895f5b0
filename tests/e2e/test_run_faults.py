"""The harness finds what a broken network does, and says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_packages import float_inputs, float_package, int8_images, int8_package

from nnopt.dialects.errors import NnoptError
from nnopt.tools.run import check_c, run_package, toolchain

ALWAYS = {
    "BREAK_ARENA_END": "overran the arena: it wrote after the end, at byte offset 66",
    "BREAK_ARENA_START": "overran the arena: it wrote before the start, at byte offset -5",
    "BREAK_OUTPUT": "overran output 'scores': it wrote after the end, at byte offset 5",
    "BREAK_INPUT": "wrote to input 'net/image:0'",
    "BREAK_RETURN": "dense_int8_run returned -7",
}


def _error(package: Path, macro: str, board: str, **options: Any) -> str:
    with pytest.raises(NnoptError) as caught:
        images = {"net/image:0": int8_images(1)}
        run_package(package, images, board, cflags=[f"-D{macro}"], **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("board", ["host", "mps2-an386", "riscv32"])
@pytest.mark.parametrize("macro", ALWAYS)
def test_writes_and_errors_are_found(tmp_path: Path, macro: str, board: str):
    message = _error(int8_package(tmp_path), macro, board)
    assert ALWAYS[macro] in message and f"sample 0 failed on {board}" in message


@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an500", "mps3-an547", "riscv32"])
def test_stack_overflow(tmp_path: Path, board: str):
    assert "stack overflowed" in _error(int8_package(tmp_path), "BREAK_STACK", board)


@pytest.mark.parametrize("board", ["mps2-an386", "mps3-an547", "riscv32"])
def test_fault_names_the_function(tmp_path: Path, board: str):
    message = _error(int8_package(tmp_path), "BREAK_POINTER", board)
    assert "processor fault at 0x" in message and "in dense_int8_run" in message


def test_crash_on_the_host(tmp_path: Path):
    assert "Segmentation fault" in _error(int8_package(tmp_path), "BREAK_POINTER", "host")


def test_endless_network_is_stopped(tmp_path: Path):
    message = _error(int8_package(tmp_path), "BREAK_LOOP", "mps2-an386", timeout=2)
    assert "did not finish within 2 s" in message


@pytest.mark.parametrize("macro", ["BREAK_ARENA_END", "BREAK_READ"])
def test_sanitizers_see_the_edges_of_buffers(tmp_path: Path, macro: str):
    message = _error(int8_package(tmp_path), macro, "host", sanitize=True)
    assert "use-after-poison" in message and "dense_int8_run" in message


def test_check_c_accepts_clean_packages(tmp_path: Path):
    images = {"net/image:0": int8_images(2)}
    assert check_c(int8_package(tmp_path / "int8"), images) == []
    assert check_c(float_package(tmp_path / "float"), float_inputs(2)) == []


def _with(package: Path, line: str) -> Path:
    source = package / "dense_int8.c"
    source.write_text(source.read_text() + line)
    return package


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("int calls = 3;\n", "4 bytes of writable globals"),
        (
            "int narrow(long long x);\nint narrow(long long x) { return x; }\n",
            "conversion",
        ),
        (
            "#include <stdlib.h>\nvoid *grab(void);\nvoid *grab(void) { return malloc(3); }\n",
            "malloc",
        ),
        ("int shadow(int x);\nint shadow(int x) { { int x = 2; return x; } }\n", "shadow"),
    ],
)
def test_check_c_finds_problems(tmp_path: Path, line: str, problem: str):
    problems = check_c(_with(int8_package(tmp_path), line))
    assert problems and all(problem in found for found in problems)
    assert {found.split(":")[0].split()[0] for found in problems} == {
        *("gcc", "clang", "arm-none-eabi-gcc"),
    }


def test_check_c_runs_the_sanitizers(tmp_path: Path):
    package = int8_package(tmp_path)
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["cflags"].append("-DBREAK_READ")
    (package / "manifest.json").write_text(json.dumps(manifest))
    (problem,) = check_c(package, {"net/image:0": int8_images(1)})
    assert problem.startswith("sanitizers: ") and "use-after-poison" in problem


def test_missing_tools_name_their_debian_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    package = int8_package(tmp_path / "package")
    for board, program in (("host", "gcc"), ("riscv32", "gcc-riscv64-unknown-elf")):
        message = _error(package, "NOTHING", board)
        assert "not installed: apt install" in message and program in message
    with pytest.raises(NnoptError, match="qemu-system-arm"):
        toolchain.start(["qemu-system-arm"], tmp_path)


def test_network_too_large_for_the_board(tmp_path: Path):
    package = int8_package(tmp_path)
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["arena_bytes"] = 20_000
    (package / "manifest.json").write_text(json.dumps(manifest))
    message = _error(package, "NOTHING", "microbit")
    assert "does not fit in the memory of board microbit" in message
    images = {"net/image:0": int8_images(1)}
    assert np.isfinite(run_package(package, images, "mps2-an386").outputs["scores"]).all()
