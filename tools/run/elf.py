"""What ELF files tell: addresses, flash by owner, and what a package must not contain."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from elftools.elf.elffile import ELFFile  # pyright: ignore[reportMissingTypeStubs]

_ALLOC, _WRITE, _EXEC = 0x2, 0x1, 0x4


@dataclass(frozen=True)
class Section:
    """Name, size in bytes and flags of one section."""

    name: str
    size: int
    flags: int


@dataclass(frozen=True)
class Symbol:
    """A symbol with its address (Thumb bit cleared) and size; `defined` if it is in this file."""

    name: str
    address: int
    size: int
    is_function: bool
    defined: bool


def read_sections(path: Path) -> list[Section]:
    """Return all sections of an ELF file."""
    with path.open("rb") as stream:
        elf = cast(Any, ELFFile(stream))
        return [
            Section(str(s.name), int(s["sh_size"]), int(s["sh_flags"])) for s in elf.iter_sections()
        ]


def read_symbols(path: Path) -> list[Symbol]:
    """Return the named symbols of an ELF file."""
    with path.open("rb") as stream:
        elf = cast(Any, ELFFile(stream))
        table = elf.get_section_by_name(".symtab")
        thumb = 1 if elf["e_machine"] == "EM_ARM" else 0
        symbols: list[Symbol] = []
        for entry in table.iter_symbols() if table is not None else ():
            function = entry["st_info"]["type"] == "STT_FUNC"
            address = int(entry["st_value"])
            symbols.append(
                Symbol(
                    str(entry.name),
                    address & ~thumb if function else address,
                    int(entry["st_size"]),
                    function,
                    entry["st_shndx"] != "SHN_UNDEF",
                )
            )
        return [symbol for symbol in symbols if symbol.name]


def function_at(path: Path, address: int) -> str | None:
    """Name the function of an ELF program that contains `address`, if any does."""
    functions = sorted((s for s in read_symbols(path) if s.is_function), key=lambda s: s.address)
    index = bisect_right([s.address for s in functions], address) - 1
    if index < 0 or address >= functions[index].address + max(functions[index].size, 1):
        return None
    return functions[index].name


@dataclass(frozen=True)
class Flash:
    """Bytes that the network needs in read-only memory, without harness and start-up."""

    code: int
    """Instructions of the package, and of the library functions it pulls in with their tables."""

    weights: int
    """Constant data of the package."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.code + self.weights


def flash_of_program(path: Path) -> Flash:
    """Read the flash of the package out of a board's program.

    The linker script collects each owner's parts in sections of their own (`sections.ld`). The
    harness calls no library function, so what came out of libraries came for the package.
    """
    sizes = {section.name: section.size for section in read_sections(path)}
    code = (".package.text", ".library.text", ".library.rodata")
    weights = (".package.rodata", ".package.data")
    return Flash(
        sum(sizes.get(name, 0) for name in code), sum(sizes.get(name, 0) for name in weights)
    )


def flash_of_objects(paths: Iterable[Path]) -> Flash:
    """Add up instructions and constant data of object files (the host: library code is shared)."""
    sections = [section for path in paths for section in read_sections(path)]
    loaded = [
        s for s in sections if s.flags & _ALLOC and not s.name.startswith((".eh_frame", ".note"))
    ]
    code = sum(s.size for s in loaded if s.flags & _EXEC)
    data = sum(s.size for s in loaded if not s.flags & _EXEC and not s.name.startswith(".bss"))
    return Flash(code, data)


def writable_bytes(path: Path) -> int:
    """Count the bytes of writable data, initialised or not, that an object file defines."""
    wanted = _ALLOC | _WRITE
    return sum(
        section.size
        for section in read_sections(path)
        if section.flags & wanted == wanted and not section.name.startswith(".data.rel.ro")
    )


def undefined_symbols(path: Path) -> set[str]:
    """Return the names that an object file needs from elsewhere."""
    return {symbol.name for symbol in read_symbols(path) if not symbol.defined}
