"""What a new project has to know of a board beside what `nnopt run` knows: memory, flags."""

from __future__ import annotations

from dataclasses import dataclass

from ..run.boards import Board, find_board

K = 1024


@dataclass(frozen=True)
class Memory:
    """A range of addresses."""

    origin: int
    length: int


@dataclass(frozen=True)
class Skeleton:
    """How programs for a board are built outside of nnopt."""

    target: str
    """The processor as `nnopt compile --target` names it."""
    flash: Memory | None = None
    """None: the C library or the operating system lays out the program."""
    ram: Memory | None = None
    stack: int = 16 * K
    """Bytes that have to stay free for the stack."""
    link_flags: tuple[str, ...] = ()


_MPS2 = (Memory(0, 4096 * K), Memory(0x20000000, 4096 * K))

SKELETONS: dict[str, Skeleton] = {
    "host": Skeleton("portable"),
    "mps2-an386": Skeleton("cortex-m4", *_MPS2),
    "mps2-an500": Skeleton("cortex-m7", *_MPS2),
    "mps3-an547": Skeleton("cortex-m55", Memory(0x10000000, 512 * K), Memory(0x31000000, 4096 * K)),
    "microbit": Skeleton("cortex-m0plus", Memory(0, 256 * K), Memory(0x20000000, 16 * K), 2 * K),
    "riscv32": Skeleton(
        "rv32imc",
        link_flags=(
            "--crt0=semihost",
            "--oslib=semihost",
            "-Wl,--defsym=__flash=0x80000000",
            "-Wl,--defsym=__flash_size=0x02000000",
            "-Wl,--defsym=__ram=0x82000000",
            "-Wl,--defsym=__ram_size=0x01000000",
        ),
    ),
}
"""What `nnopt init --board` takes."""


@dataclass(frozen=True)
class ProjectBoard:
    """A board, for the templates of a project."""

    board: Board
    skeleton: Skeleton

    @property
    def name(self) -> str:
        """Its name."""
        return self.board.name

    @property
    def cross(self) -> str:
        """What the names of the compiler's tools begin with."""
        return self.board.compiler.removesuffix("gcc")

    @property
    def has_start_files(self) -> bool:
        """Whether the project brings vectors, start-up, system calls and a linker script."""
        return self.skeleton.flash is not None


def project_board(name: str) -> ProjectBoard:
    """The board called `name`; raises NnoptError if there is none."""
    board = find_board(name)
    return ProjectBoard(board, SKELETONS[name])
