"""`check_c`: what every generated package promises about its C, checked with the real tools."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...dialects.errors import NnoptError
from .boards import Board, find_board
from .elf import undefined_symbols, writable_bytes
from .io import Array
from .manifest import Manifest, read_manifest
from .package import run_package
from .toolchain import DEBIAN_PACKAGES, first_error, start

WARNINGS = (
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wshadow",
    "-Werror",
)
"""Flags under which generated C compiles without a word, with every compiler."""

FORBIDDEN_SYMBOLS = frozenset({"malloc", "calloc", "realloc", "free", "alloca", "printf", "exit"})
"""Functions that a package must not need."""


def _compilers() -> list[tuple[str, tuple[str, ...]]]:
    boards: list[Board] = [find_board("mps2-an386"), find_board("mps3-an547")]
    cross = [(board.compiler, board.cpu_flags) for board in boards]
    return [("gcc", ()), ("clang", ()), *cross]


def _check_compiler(
    manifest: Manifest, compiler: str, cpu_flags: Sequence[str], folder: Path
) -> list[str]:
    """Compile every source with one compiler, with and without the layer hook.

    The hook only adds calls, so that this second time goes without the optimizers, which take
    minutes for large networks.
    """
    problems: list[str] = []
    flags = [*manifest.cflags, *WARNINGS, *cpu_flags]
    for source in manifest.sources:
        path = manifest.folder.resolve() / source
        for hook in ((), ("-DNNOPT_LAYER_HOOK=observe_layer", "-O0")):
            target = folder / "checked.o"
            command = [compiler, *flags, *hook, "-c", str(path), "-o", str(target)]
            done = start(command, folder)
            if done.returncode != 0:
                cpu = f" {cpu_flags[0]}" if cpu_flags else ""
                problems.append(f"{compiler}{cpu}: {source}: {first_error(done.stderr)}")
            elif not hook:
                problems += _check_object(target, source, compiler)
            if "NNOPT_LAYER_HOOK" not in path.read_text(encoding="utf-8"):
                break
    return problems


def _check_object(path: Path, source: str, compiler: str) -> list[str]:
    problems: list[str] = []
    size = writable_bytes(path)
    if size:
        problems.append(f"{compiler}: {source}: {size} bytes of writable globals")
    needed = sorted(undefined_symbols(path) & FORBIDDEN_SYMBOLS)
    if needed:
        problems.append(f"{compiler}: {source}: calls {', '.join(needed)}")
    return problems


def check_c(
    out_dir: Path, inputs: Mapping[str, Array] | None = None, *, limit: int | None = 2
) -> list[str]:
    """Check the C of the package in `out_dir`; return the problems found, none if it is clean.

    Every source compiles without a warning (`WARNINGS`) with gcc, clang and the Arm compiler for
    Cortex-M4 and Cortex-M55, with and without the layer hook; no object defines writable data or
    calls an allocator; and, given `inputs` as for `run_package`, the first `limit` samples run on
    the host under the address and undefined-behaviour sanitizers. Raises NnoptError if a compiler
    is missing or the package cannot be read.
    """
    manifest = read_manifest(out_dir)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nnopt-check-") as name:
        for compiler, cpu_flags in _compilers():
            if not shutil.which(compiler):
                package = DEBIAN_PACKAGES[compiler]
                raise NnoptError(f"the program {compiler} is not installed: apt install {package}")
            problems += _check_compiler(manifest, compiler, cpu_flags, Path(name))
    if inputs is not None:
        try:
            run_package(out_dir, inputs, "host", limit=limit, sanitize=True)
        except NnoptError as error:
            problems.append(f"sanitizers: {error}")
    return problems
