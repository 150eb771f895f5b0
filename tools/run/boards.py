"""The boards a package can be built for and run on, as one table.

A board is a compiler with its flags, a start file and a linker script from `runtime_c/boards`, and
the command that runs the program: a QEMU machine, or nothing for the host itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ... import runtime_c
from ...dialects.errors import NnoptError

BOARDS_DIR = Path(runtime_c.__path__[0]).resolve() / "boards"
"""Folder of the harness, start files, linker scripts and the counting plugin."""


@dataclass(frozen=True)
class Board:
    """One way to build and run a package."""

    name: str
    """Name on the command line."""

    core: str
    """The processor, for people."""

    compiler: str
    """The C compiler's program name."""

    cpu_flags: tuple[str, ...] = ()
    """Compiler and linker flags that choose the processor."""

    platform_sources: tuple[str, ...] = ("semihosting.c",)
    """Start-up and system files from `runtime_c/boards`, beside the harness."""

    linker_script: str | None = None
    """Linker script from `runtime_c/boards`; None builds a program of the host."""

    emulator: tuple[str, ...] = ()
    """QEMU and its machine; empty runs the program itself."""

    estimates_cycles: bool = False
    """Whether the Cortex-M4 cycle estimate means something for this processor."""

    @property
    def is_host(self) -> bool:
        """Whether programs run directly on this machine."""
        return not self.emulator


_ARM = "arm-none-eabi-gcc"
_CORTEX_M = ("start_cortex_m.c", "semihosting.c")
_SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")


def _qemu_arm(machine: str) -> tuple[str, ...]:
    return ("qemu-system-arm", "-M", machine, *_SEMIHOSTING)


_TABLE = (
    Board("host", "this machine", "gcc", platform_sources=("host.c",)),
    Board(
        "mps2-an386",
        "Cortex-M4F",
        _ARM,
        ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
        _CORTEX_M,
        "mps2_an386.ld",
        _qemu_arm("mps2-an386"),
        estimates_cycles=True,
    ),
    Board(
        "mps2-an500",
        "Cortex-M7",
        _ARM,
        ("-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"),
        _CORTEX_M,
        "mps2_an500.ld",
        _qemu_arm("mps2-an500"),
        estimates_cycles=True,
    ),
    Board(
        "mps3-an547",
        "Cortex-M55, Helium",
        _ARM,
        ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"),
        _CORTEX_M,
        "mps3_an547.ld",
        _qemu_arm("mps3-an547"),
    ),
    Board(
        "microbit",
        "Cortex-M0, 16 KB RAM",
        _ARM,
        ("-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"),
        _CORTEX_M,
        "microbit.ld",
        _qemu_arm("microbit"),
    ),
    Board(
        "riscv32",
        "RV32IMC, soft float",
        "riscv64-unknown-elf-gcc",
        ("--specs=picolibc.specs", "-march=rv32imc", "-mabi=ilp32", "-mcmodel=medany"),
        ("start_riscv.c", "semihosting.c"),
        "riscv_virt.ld",
        ("qemu-system-riscv32", "-M", "virt", "-bios", "none", *_SEMIHOSTING),
    ),
)

BOARDS: dict[str, Board] = {board.name: board for board in _TABLE}
"""Every board by its name."""


def find_board(name: str) -> Board:
    """Return the board called `name`; raises NnoptError, naming the choices, if there is none."""
    board = BOARDS.get(name)
    if board is None:
        raise NnoptError(f"unknown board {name!r}; choose one of {', '.join(BOARDS)}")
    return board
