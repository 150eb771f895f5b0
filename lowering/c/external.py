"""C files that other packages give: kernels of operators, drivers of accelerators."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xdsl.dialects import func

from ...dialects import accel, nn
from ...dialects.errors import NnoptError
from ...passes.offload.accelerator import accelerator_of

OWN_FILES = (".h", ".c", "_weights.h", "_weights.c")
"""Ends of the names of a package's own files, behind its prefix."""

_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*\.[ch]", re.ASCII)


@dataclass
class ExternalFiles:
    """Texts by file name: what generated code includes, what is compiled with it, and what plays
    an accelerator's hardware where there is none.
    """

    included: dict[str, str] = field(default_factory=dict[str, str])
    sources: dict[str, str] = field(default_factory=dict[str, str])
    models: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def all(self) -> dict[str, str]:
        """All of them."""
        return {**self.included, **self.sources, **self.models}


def _read(owner: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NnoptError(f"{owner}: cannot read {path}: {error}") from None


def _given(kernels: Sequence[func.FuncOp]) -> Iterator[tuple[str, str, str, str]]:
    """Role (a field of ExternalFiles), owner, name and text of each file that a kernel needs."""
    for kernel in kernels:
        for op in kernel.walk():
            if isinstance(op, nn.ExternalCallOp) and op.operator.kernel is not None:
                source = op.operator.kernel.source
                text = op.operator.kernel.text()
                yield "included", f"operator {op.operator.kind}", source.name, text
            elif isinstance(op, accel.CallOp):
                used, owner = accelerator_of(op), f"accelerator {op.accelerator.data}"
                roles = ("included", used.headers), ("sources", used.sources)
                for role, paths in (*roles, ("models", used.models)):
                    for path in paths:
                        yield role, owner, Path(path).name, _read(owner, Path(path))


def external_files(kernels: Sequence[func.FuncOp], taken: Collection[str]) -> ExternalFiles:
    """The files that the kernels need.

    Raises NnoptError where a file cannot be read, or its name is none for a C file, taken by the
    package itself, or that of another file with another content.
    """
    files, seen = ExternalFiles(), dict[str, str]()
    for role, owner, name, text in _given(kernels):
        wrong_end = role != "included" and not name.endswith(".c")
        if not _FILE.fullmatch(name) or name in taken or name.startswith("nnopt_") or wrong_end:
            raise NnoptError(f"{owner}: '{name}' cannot be the name of its C file")
        if seen.setdefault(name, text) != text:
            raise NnoptError(f"{owner}: another package has a file '{name}', too")
        getattr(files, role)[name] = text
    return files
