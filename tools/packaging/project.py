"""`nnopt init`: a new project, a network and a program that runs it on a board.

nnopt init blinky --board mps2-an386 && make -C blinky run
"""

from __future__ import annotations

import argparse
import re
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialects.errors import NnoptError
from ...lowering.tflite_frontend import is_tflite
from ..compile import compile_model
from ..package import write_package
from ..pipeline import Options
from .boards import SKELETONS, ProjectBoard, project_board
from .formats import environment
from .library import Names, read_library

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")

XOR = """<ir_version: 8, opset_import: ["" : 17]>
exclusive_or (float[1,2] bits) => (float[1,1] differ)
<float[2,2] w1 = {1, 1, 1, 1}, float[2] b1 = {0, -1}, float[2,1] w2 = {1, -2}>
{
    [hidden] s = Gemm (bits, w1, b1)
    [relu] h = Relu (s)
    [out] differ = MatMul (h, w2)
}
"""
"""The network of a project without one of its own: are the two bits different?"""

_FILES = {
    "main.c": "main.c.j2",
    "Makefile": "project/Makefile.j2",
    "README.md": "project/README.md.j2",
    ".gitignore": "project/gitignore.j2",
}
_START_FILES = {
    "board/start.c": "project/start.c.j2",
    "board/console.c": "project/console.c.j2",
    "board/memory.ld": "project/memory.ld.j2",
}


def _model(given: Path | None) -> tuple[str, bytes]:
    """Name and bytes of the project's network. Raises NnoptError."""
    if given is None:
        from onnx.parser import parse_model

        return "model.onnx", parse_model(XOR).SerializeToString(deterministic=True)
    try:
        content = given.read_bytes()
    except OSError as error:
        raise NnoptError(f"cannot read the model {given}: {error.strerror}") from None
    return ("model.tflite" if is_tflite(given) else "model.onnx"), content


def _package_files(package: Path) -> dict[str, bytes]:
    return {f"net/{path.name}": path.read_bytes() for path in sorted(package.iterdir())}


def project_files(
    name: str, board: ProjectBoard, model: Path | None = None, package: Path | None = None
) -> dict[str, bytes]:
    """All files of a project, by path: with a compiled package, or with a model that is compiled.

    Raises NnoptError.
    """
    model_name: str | None = None
    if package is not None:
        library = read_library(package, Names(name))
        found = _package_files(package)
    else:
        model_name, content = _model(model)
        with tempfile.TemporaryDirectory(prefix="nnopt-init-") as folder:
            source, compiled = Path(folder) / model_name, Path(folder) / "net"
            source.write_bytes(content)
            compile_model(source, compiled, Options(target=board.skeleton.target))
            library = read_library(compiled, Names(name))
            found = {model_name: content, **_package_files(compiled)}
    texts = {**_FILES, **(_START_FILES if board.has_start_files else {})}
    values = {"lib": library, "board": board, "model": model_name, "version": version("nnopt")}
    templates = environment()
    for path, template in texts.items():
        found[path] = templates.get_template(template).render(values).encode()
    return found


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `init`."""
    parser = subparsers.add_parser(
        "init",
        help="begin a project: a network, main.c and a Makefile for a board",
    )
    parser.set_defaults(main=main)
    parser.add_argument("project", type=Path, metavar="NAME", help="a new folder, named so")
    parser.add_argument(
        "--board", default="mps2-an386", metavar="BOARD", help=f"one of {', '.join(SKELETONS)}"
    )
    network = parser.add_mutually_exclusive_group()
    network.add_argument(
        "--model", type=Path, help="the network, .onnx or .tflite (default: a small example)"
    )
    network.add_argument(
        "--package", type=Path, help="a network that `nnopt compile` has compiled, as you want it"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    out = Path(args.project)
    name = out.resolve().name
    if _NAME.fullmatch(name) is None:
        raise NnoptError(
            f"{name!r} cannot be a project's name: use letters, digits, '_' and '-', a letter first"
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NnoptError(f"{out} is there already: choose another name")
    board = project_board(args.board)
    write_package(out, project_files(name, board, args.model, args.package))
    print(f"{out}: a project for {board.name}; next: make -C {out} run")
    return 0
