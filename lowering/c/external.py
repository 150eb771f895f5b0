"""C files of operators that other packages register."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from xdsl.dialects import func

from ...dialects import nn
from ...dialects.errors import NnoptError

OWN_FILES = (".h", ".c", "_weights.h", "_weights.c")
"""Ends of the names of a package's own files, behind its prefix."""

_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*\.[ch]", re.ASCII)


def external_files(kernels: Sequence[func.FuncOp], taken: Collection[str]) -> dict[str, str]:
    """The sources that the kernels call functions of, by file name.

    Raises NnoptError where a file cannot be read, or its name is none for a C file, taken by the
    package itself, or that of another file with another content.
    """
    files: dict[str, str] = {}
    for kernel in kernels:
        for op in kernel.walk():
            if not isinstance(op, nn.ExternalCallOp) or op.operator.kernel is None:
                continue
            source, kind = op.operator.kernel.source, op.operator.kind
            name, text = source.name, op.operator.kernel.text()
            if not _FILE.fullmatch(name) or name in taken or name.startswith("nnopt_"):
                raise NnoptError(f"operator {kind}: '{name}' cannot be the name of its C file")
            if files.setdefault(name, text) != text:
                raise NnoptError(f"operator {kind}: another operator has a file '{name}', too")
    return files
