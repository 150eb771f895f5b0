"""The counting plugin of QEMU: compiled on demand, started with a program, its counts read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ...dialects.errors import NnoptError
from .boards import BOARDS_DIR, Board
from .elf import read_symbols
from .toolchain import compile_or_fail, start

_FLAGS = ("-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden")
_FILES = ("count.c", "cortex_m4_cost.c")


def cache_dir() -> Path:
    """Folder for what is built once per user: $NNOPT_CACHE, or nnopt in the user's cache."""
    explicit = os.environ.get("NNOPT_CACHE")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nnopt"


def plugin_library() -> Path:
    """Return the compiled plugin, compiling it if this version of its source is not in the cache.

    Safe with several processes at once. Raises NnoptError if gcc is missing.
    """
    source = BOARDS_DIR / "plugin"
    digest = hashlib.sha256(" ".join(_FLAGS).encode())
    for path in sorted(source.glob("*.[ch]")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    library = cache_dir() / f"count-{digest.hexdigest()[:16]}.so"
    if library.exists():
        return library
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            fresh = Path(folder) / "count.so"
            sources = [str(source / name) for name in _FILES]
            command = ["gcc", *_FLAGS, *sources, "-o", str(fresh)]
            compile_or_fail(command, Path(folder), "the counting plugin")
            fresh.replace(library)
    except OSError as error:
        raise NnoptError(
            f"the cache folder {library.parent} cannot be written ({error.strerror}); "
            "set NNOPT_CACHE to another one"
        ) from None
    return library


@cache
def check_emulator(program: str) -> None:
    """Raise NnoptError if the emulator is missing or of a version whose plugins differ."""
    text = start([program, "--version"], Path("/"), 60).stdout
    found = re.search(r"version (\d+)\.(\d+)", text)
    if found is None or not (6, 0) <= (int(found[1]), int(found[2])) < (9, 0):
        version = found[0] if found else "of unknown version"
        raise NnoptError(
            f"{program} is {version}; counting instructions works with QEMU 6.0 to 8.2"
        )


def plugin_argument(elf: Path, board: Board, out: str) -> list[str]:
    """Return QEMU's arguments that count `elf` and write the counts to the file `out`."""
    symbols = {symbol.name: symbol for symbol in read_symbols(elf)}
    slots = symbols["nnopt_mark_slots"]
    values = {
        "file": str(plugin_library()).replace(",", ",,"),
        "out": out,
        "harness_start": hex(symbols["nnopt_harness_start"].address),
        "harness_end": hex(symbols["nnopt_harness_end"].address),
        "slots": hex(slots.address),
        "slot_count": str(slots.size),
        "cycles": str(int(board.estimates_cycles)),
    }
    return ["-plugin", ",".join(f"{key}={value}" for key, value in values.items())]


@dataclass(frozen=True)
class Count:
    """Instructions executed and estimated Cortex-M4 cycles (0 where there is no estimate)."""

    instructions: int
    cycles: int


@dataclass
class SampleCounts:
    """Counts of one inference: all of it, and by layer index if layers announced themselves."""

    total: Count
    layers: dict[int, Count] = field(default_factory=dict[int, Count])


def read_counts(path: Path) -> list[SampleCounts]:
    """Read the plugin's output: one entry per inference that came to its end."""
    samples: list[SampleCounts] = []
    layers: dict[int, Count] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        kind, *texts = line.split()
        numbers = [int(text) for text in texts]
        if kind == "layer":
            layers[numbers[0]] = Count(numbers[1], numbers[2])
        else:
            samples.append(SampleCounts(Count(numbers[0], numbers[1]), layers))
            layers = {}
    return samples
