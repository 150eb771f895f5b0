"""What a library is made of: a compiled package, checked, with a name and a version.

The files of a package are data: nothing of them is executed, every name is checked before it
becomes part of a path or of a text, and the bytes have to be those that the compiler wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ...dialects.errors import NnoptError
from ...lowering.c.names import check_prefix
from ..package import MANIFEST, sha256
from ..run.manifest import Manifest, Tensor, read_manifest

_C_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.[ch]")
_OTHER_FILES = ("CMakeLists.txt", "report.json")
"""Files of a package that belong to the package, not to the library."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}", re.ASCII)
_TARGET = re.compile(r"[a-z0-9][a-z0-9_+-]{0,40}")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_URL = re.compile(r"https?://[A-Za-z0-9][-A-Za-z0-9._~:/?#@!$&'()*+,;=%]{0,250}")

C_TYPES = {
    **{name: f"{name}_t" for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32")},
    "int64": "int64_t",
    "float32": "float",
    "bool": "bool",
}


@dataclass(frozen=True)
class Names:
    """What people call the library; checked, so that it can stand in any of the files."""

    name: str
    version: str = "1.0.0"
    author: str = "nnopt"
    vendor: str = "nnopt"
    url: str = ""

    def check(self) -> None:
        """Raises NnoptError for what one of the build systems would not take."""
        if _NAME.fullmatch(self.name) is None:
            raise NnoptError(
                f"--name {self.name!r}: use letters, digits, '_' and '-', a letter first, at most "
                "63 of them"
            )
        if _NAME.fullmatch(self.vendor) is None:
            raise NnoptError(f"--vendor {self.vendor!r}: use letters, digits, '_' and '-'")
        if _VERSION.fullmatch(self.version) is None:
            raise NnoptError(f"--version {self.version!r}: write three numbers, as in 1.0.0")
        if _LINE.fullmatch(self.author) is None or self.author != self.author.strip():
            raise NnoptError("--author: write a name in one line of at most 200 characters")
        if self.url and _URL.fullmatch(self.url) is None:
            raise NnoptError(f"--url {self.url!r}: write an address that begins with https://")


@dataclass(frozen=True)
class Buffer:
    """An input or an output of the network as the example's C declares it."""

    c_name: str
    variable: str
    macro: str
    c_type: str
    is_encoded: bool
    is_in_arena: bool
    arena: str
    """The arena that it lies in, if it does."""
    least: int
    most: int

    @property
    def is_integer(self) -> bool:
        """Whether the elements are integers."""
        return self.c_type.endswith("_t")


@dataclass(frozen=True)
class Arena:
    """Memory of the network as the example's C declares it."""

    variable: str
    macro: str
    bytes: int


@dataclass(frozen=True)
class Library:
    """A package that was checked, and what people call it."""

    names: Names
    manifest: Manifest
    files: Mapping[str, bytes]
    """C files and headers, by name."""
    manifest_bytes: bytes

    @property
    def name(self) -> str:
        """Name of the library."""
        return self.names.name

    @property
    def prefix(self) -> str:
        """What all C symbols begin with."""
        return self.manifest.header.removesuffix(".h")

    @property
    def macro(self) -> str:
        """The prefix in capitals."""
        return self.prefix.upper()

    @property
    def symbol(self) -> str:
        """The library's name as part of a C macro or a Kconfig symbol."""
        return self.name.replace("-", "_").upper()

    @property
    def sources(self) -> list[str]:
        """Names of the C files to be compiled."""
        return sorted(self.manifest.sources)

    @property
    def included(self) -> list[str]:
        """Files that only the library's own C files include: headers, kernels of other packages."""
        return sorted(self.files.keys() - {self.manifest.header, *self.sources})

    @property
    def sentence(self) -> str:
        """What the library is, in one line of plain ASCII."""
        layers, ram = len(self.manifest.layers), self.manifest.arena_bytes
        return f"A neural network of {layers} layers in plain C99, {ram} bytes of RAM."

    @property
    def inputs(self) -> list[Buffer]:
        """The inputs, in order."""
        return [self._buffer("in", tensor) for tensor in self.manifest.inputs]

    @property
    def outputs(self) -> list[Buffer]:
        """The outputs, in order."""
        return [self._buffer("out", tensor) for tensor in self.manifest.outputs]

    def _buffer(self, role: str, tensor: Tensor) -> Buffer:
        bits, signed = 8 * tensor.dtype.itemsize, tensor.dtype.kind == "i"
        return Buffer(
            c_name=tensor.c_name,
            variable=f"{role}_{tensor.c_name}",
            macro=f"{self.macro}_{tensor.c_name.upper()}",
            c_type=C_TYPES[tensor.dtype.name],
            is_encoded=tensor.encoding is not None,
            is_in_arena=tensor.arena_offset is not None,
            arena=self.arenas[self.manifest.arena_at(tensor.arena_offset or 0)[0]].variable,
            least=-(1 << bits - 1) if signed else 0,
            most=(1 << bits - signed) - 1,
        )

    @property
    def arguments(self) -> str:
        """Arguments of the run function, in the names of the example."""
        buffers = [b.variable for b in (*self.inputs, *self.outputs) if not b.is_in_arena]
        state = ["state"] if self.manifest.states else []
        return ", ".join([*buffers, *state, *(arena.variable for arena in self.arenas)])

    @property
    def arenas(self) -> list[Arena]:
        """The arenas that the run function takes."""
        if not self.manifest.memories:
            return [Arena("arena", f"{self.macro}_ARENA_BYTES", self.manifest.arena_bytes)]
        return [
            Arena(f"arena_{name}", f"{self.macro}_ARENA_{name.upper()}_BYTES", size)
            for name, size in self.manifest.memories
        ]


def _hashes(package: Path, text: bytes) -> dict[str, str]:
    """The file names that a manifest lists, with their hashes. Raises NnoptError."""
    listed = json.loads(text).get("sha256")
    if not isinstance(listed, dict) or not listed:
        raise NnoptError(f"{package}: the manifest lists no files; compile the package again")
    found: dict[str, str] = {}
    for name, digest in cast(dict[str, object], listed).items():
        if name not in _OTHER_FILES and _C_FILE.fullmatch(name) is None:
            raise NnoptError(f"{package}: {name!r} of the manifest is no name of a C file")
        found[name] = str(digest)
    return found


def _read(package: Path, name: str, digest: str) -> bytes:
    path = package / name
    if path.is_symlink() or not path.is_file():
        raise NnoptError(
            f"{package}: the file {name} of the manifest is missing; compile the package again"
        )
    content = path.read_bytes()
    if sha256(content) != digest:
        raise NnoptError(
            f"{path} is not as the compiler wrote it; compile the package again, and change the "
            "library instead"
        )
    return content


def read_library(package: Path, names: Names | None = None) -> Library:
    """Read a compiled package as a library; without `names` it is called as its C prefix.

    Raises NnoptError if the folder is no package, was changed, or has names that cannot be used.
    """
    manifest = read_manifest(package)
    prefix = manifest.header.removesuffix(".h")
    check_prefix(prefix)
    if _TARGET.fullmatch(manifest.target) is None:
        raise NnoptError(f"{package}: 'target' of the manifest is no name of a processor")
    names = names or Names(prefix)
    names.check()
    text = (package / MANIFEST).read_bytes()
    hashes = _hashes(package, text)
    files = {
        name: _read(package, name, digest)
        for name, digest in hashes.items()
        if name not in {*_OTHER_FILES, *manifest.models}  # a library is for the hardware
    }
    missing = {manifest.header, *manifest.sources} - files.keys()
    if missing or not all(name.endswith(".c") for name in manifest.sources):
        raise NnoptError(f"{package}: the manifest has no hash of {', '.join(sorted(missing))}")
    return Library(names, manifest, files, text)
