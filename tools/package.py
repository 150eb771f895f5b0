"""Writes a finished package: C files, headers, CMakeLists.txt, report.json, manifest.json.

All files are written to a temporary folder beside the destination and moved into place at the end,
so that a failure leaves nothing half-written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..dialects.errors import NnoptError
from ..lowering.c.unit import Unit
from ..passes.offload.offload import decisions_of

MANIFEST = "manifest.json"
VERSIONED = ("nnopt", "xdsl", "onnx", "numpy", "ortools")
"""Packages whose versions decide the output; the manifest names them."""


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def source_files(unit: Unit) -> dict[str, str]:
    """The C of a package by file name, the runtime headers that it includes among them."""
    texts = {
        f"{unit.prefix}.h": unit.render("header.h.j2"),
        f"{unit.prefix}.c": unit.render("source.c.j2"),
        f"{unit.prefix}_weights.h": unit.render("weights.h.j2"),
        f"{unit.prefix}_weights.c": unit.render("weights.c.j2"),
        "CMakeLists.txt": unit.render("CMakeLists.txt.j2"),
    }
    for header in unit.headers:
        texts[header] = files("nnopt.runtime_c").joinpath(header).read_text()
    return {**texts, **unit.external_files.all}


def report(unit: Unit) -> dict[str, Any]:
    """What the compiler knows before anything runs: RAM and flash in bytes, layers.

    Stack and code size are null: the C compiler decides them, and `nnopt run` measures them.
    """
    return {
        "ram": {
            "pool": unit.arena_bytes - unit.scratch_bytes,
            "scratch": unit.scratch_bytes,
            "state": unit.state_bytes,
            "stack": None,
            "total": unit.arena_bytes + unit.state_bytes,
        },
        "flash": {"code": None, "weights": unit.weights_bytes, "total": None},
        "proven": unit.placement_is_proven,
        "macs": sum(layer.macs for layer in unit.layers),
        "layers": [asdict(layer) for layer in unit.layers],
        "memory": [asdict(range_) for range_ in unit.memory],
        **({"offload": decisions} if (decisions := decisions_of(unit.module)) else {}),
        **({"memories": memories(unit)} if len(unit.arenas) > 1 else {}),
    }


def memories(unit: Unit) -> list[dict[str, Any]]:
    """The arenas of several memories; addresses elsewhere count them one after the other."""
    return [{"name": arena.name, "bytes": arena.bytes} for arena in unit.arenas]


def manifest(unit: Unit, texts: Mapping[str, str], options: Mapping[str, Any]) -> dict[str, Any]:
    """What tools need to build and feed the package."""
    return {
        "nnopt": version("nnopt"),
        "prefix": unit.prefix,
        "target": unit.target,
        "entry": unit.entry,
        "header": f"{unit.prefix}.h",
        "sources": [
            f"{unit.prefix}.c",
            f"{unit.prefix}_weights.c",
            *unit.external_files.sources,
        ],
        **({"models": [*models]} if (models := unit.external_files.models) else {}),
        "cflags": list(unit.cflags),
        "arena_bytes": unit.arena_bytes,
        "arena_align": unit.arena_align,
        **({"memories": memories(unit)} if len(unit.arenas) > 1 else {}),
        "scratch_bytes": unit.scratch_bytes,
        "state_bytes": unit.state_bytes,
        "state_align": unit.state_align,
        "states": [place.manifest() for place in unit.states],
        "reset": unit.reset_name if unit.states else None,
        "inputs": [t.manifest() for t in unit.inputs],
        "outputs": [t.manifest() for t in unit.outputs],
        "layers": [asdict(layer) for layer in unit.layers],
        "options": dict(options),
        "versions": {name: version(name) for name in VERSIONED},
        "sha256": {name: sha256(text.encode()) for name, text in sorted(texts.items())},
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def package_files(
    unit: Unit, options: Mapping[str, Any], precision: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """All files of a package by name; `precision` is said in the report, if it was chosen."""
    texts = source_files(unit)
    chosen = {} if precision is None else {"precision": precision}
    texts["report.json"] = _json({**report(unit), **chosen})
    return {**texts, MANIFEST: _json(manifest(unit, texts, options))}


def check_destination(out: Path, marker: str = MANIFEST) -> None:
    """Refuse to replace what is not an earlier output, which has a file `marker`.

    Raises NnoptError.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise NnoptError(f"{out} is a file: give the name of a folder for the package")
    if any(out.iterdir()) and not (out / marker).is_file():
        raise NnoptError(f"{out} holds files that are no nnopt package: choose another folder")


def write_package(out: Path, texts: Mapping[str, str | bytes], marker: str = MANIFEST) -> None:
    """Write the files of a package in one step, by paths that may name folders.

    Raises NnoptError where that is not possible.
    """
    check_destination(out, marker)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
            fresh = Path(folder) / "new"
            fresh.mkdir()
            for name, text in texts.items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                (fresh / name).write_bytes(text.encode() if isinstance(text, str) else text)
            if out.exists():
                shutil.move(out, Path(folder) / "old")
            fresh.rename(out)
    except OSError as error:
        raise NnoptError(f"cannot write the package to {out}: {error.strerror}") from None
