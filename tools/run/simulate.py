"""Running a built program on its board and understanding how it ended."""

from __future__ import annotations

import signal
import struct
import subprocess
from dataclasses import dataclass

from ...dialects.errors import NnoptError
from .boards import Board
from .build import Program, buffer_names
from .counting import SampleCounts, check_emulator, plugin_argument, read_counts
from .elf import function_at
from .manifest import Manifest
from .toolchain import first_error, start

# How a run ended: NNOPT_OK and its like in harness.h.
_OK, _ENTRY_FAILED, _GUARD_BROKEN, _STACK_OVERFLOW, _IO_FAILED, _FAULT, _INPUT_CHANGED = range(7)


@dataclass(frozen=True)
class Execution:
    """What one run of a program left behind."""

    output: bytes
    """The outputs of every sample, one after the other."""

    stack: int | None
    """Deepest stack below the entry call in bytes; None on the host."""

    counts: list[SampleCounts]
    """One per sample; empty on the host."""


def execute(
    program: Program, manifest: Manifest, board: Board, data: bytes, timeout: float | None
) -> Execution:
    """Run `program` on `board` with `data`, the inputs of all samples, in the program's folder.

    Raises NnoptError if the emulator is missing, the time (seconds) is over, the network returns an
    error, writes outside its buffers or into an input, overflows the stack or faults.
    """
    folder = program.elf.parent
    for name in ("output.bin", "result.bin", "counts.txt"):
        (folder / name).unlink(missing_ok=True)
    (folder / "input.bin").write_bytes(data)
    if board.is_host:
        command = [str(program.elf)]
    else:
        check_emulator(board.emulator[0])
        quiet = ["-display", "none", "-monitor", "none", "-serial", "none"]
        count = plugin_argument(program.elf, board, "counts.txt")
        command = [*board.emulator, *quiet, "-kernel", program.elf.name, *count]
    done = start(command, folder, timeout)
    record = folder / "result.bin"
    if not record.exists() or record.stat().st_size != 20:
        raise NnoptError(f"the network crashed on {board.name}: {_last_words(done)}")
    status, samples, stack, *details = struct.unpack("<5I", record.read_bytes())
    if status != _OK:
        reason = _explain(status, details, program, manifest)
        raise NnoptError(f"sample {samples} failed on {board.name}: {reason}")
    if done.returncode != 0:
        raise NnoptError(f"{command[0]} ended with an error: {first_error(done.stderr)}")
    return Execution(
        (folder / "output.bin").read_bytes(),
        None if board.is_host else stack,
        [] if board.is_host else read_counts(folder / "counts.txt"),
    )


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Say how a program ended that left no result behind."""
    if done.returncode < 0 and not done.stderr:
        return signal.strsignal(-done.returncode) or f"signal {-done.returncode}"
    return first_error(done.stderr or done.stdout)


def _explain(status: int, details: list[int], program: Program, manifest: Manifest) -> str:
    """Say in words what the harness found."""
    names = buffer_names(manifest)
    signed = [value - (1 << 32) if value >> 31 else value for value in details]
    if status == _ENTRY_FAILED:
        return f"{manifest.entry} returned {signed[0]}"
    if status == _GUARD_BROKEN:
        place = "before the start" if signed[1] < 0 else "after the end"
        return (
            f"the network overran {names[details[0]]}: it wrote {place}, at byte offset {signed[1]}"
        )
    if status == _STACK_OVERFLOW:
        return (
            f"the stack overflowed: the network used {details[1]} bytes or more, "
            f"the board's program has {details[0]}"
        )
    if status == _FAULT:
        where = function_at(program.elf, details[0]) or "no function of the program"
        return f"processor fault at {details[0]:#x} in {where} (cause {details[1]:#x})"
    if status == _INPUT_CHANGED:
        return f"the network wrote to {names[details[0]]}"
    if status == _IO_FAILED:
        return f"the harness cannot {'write its output' if details[0] else 'read its input'} file"
    return f"unknown status {status}"
