"""Starting compilers and emulators, with errors that people can act on."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ...dialects.errors import NnoptError
from ..output import detail

DEBIAN_PACKAGES = {
    "gcc": "gcc",
    "clang": "clang",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
}
"""Debian package(s) that bring each program."""


def start(
    command: Sequence[str], folder: Path, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder` with its output captured, whatever its exit code.

    `timeout` is in seconds. Raises NnoptError if the program is missing (naming the Debian package
    that brings it) or the time is over.
    """
    program = command[0]
    detail(f"in {folder}: {shlex.join(command)}")
    try:
        return subprocess.run(
            command,
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        package = DEBIAN_PACKAGES.get(program)
        hint = f": apt install {package}" if package else ""
        raise NnoptError(f"the program {program} is not installed{hint}") from None
    except subprocess.TimeoutExpired:
        raise NnoptError(
            f"{program} did not finish within {timeout:g} s; run fewer samples or allow more time"
        ) from None


def compile_or_fail(command: Sequence[str], folder: Path, what: str) -> None:
    """Run a compiler; raises NnoptError with its first error line unless it succeeds."""
    done = start(command, folder)
    if done.returncode != 0:
        raise NnoptError(f"{what} does not build with {command[0]}: {first_error(done.stderr)}")


def first_error(messages: str) -> str:
    """Pick the line of a compiler's or emulator's messages that tells most."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    for mark in (
        "SUMMARY: AddressSanitizer",
        "runtime error:",
        "overflowed by",
        "undefined reference",
        "error:",
        "fatal:",
    ):
        for line in lines:
            if mark in line:
                return line
    return lines[-1] if lines else "no message"
