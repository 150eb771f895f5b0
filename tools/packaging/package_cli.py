"""`nnopt package`: a compiled package becomes a library of a build system.

nnopt package out/ --format arduino -o net_arduino
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialects.errors import NnoptError
from ..package import check_destination, write_package
from .formats import FORMATS, MARKER, archive_bytes, archive_name, library_files
from .library import Names, read_library

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `package`."""
    lines = "\n".join(f"  {name:<11} {layout.summary}" for name, layout in FORMATS.items())
    parser = subparsers.add_parser(
        "package",
        help="make a compiled package a library of CMake, Arduino, Zephyr, …",
        description="Make a compiled package a library of a build system.",
        epilog=f"formats:\n{lines}",
    )
    parser.set_defaults(main=main)
    parser.add_argument("package", type=Path, help="folder that `nnopt compile` wrote")
    parser.add_argument(
        "--format", required=True, choices=tuple(FORMATS), metavar="FORMAT", help="see below"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the library")
    parser.add_argument("--name", help="name of the library (default: the prefix of its symbols)")
    parser.add_argument("--version", default=Names.version, help="version, as in 1.0.0 (default)")
    parser.add_argument("--author", default=Names.author, help="who made it")
    parser.add_argument("--vendor", default=Names.vendor, help="vendor of a CMSIS-Pack")
    parser.add_argument("--url", default=Names.url, help="where to read more about it")
    parser.add_argument(
        "--zip", action="store_true", help="write an archive beside the folder as well"
    )


def _write_archive(path: Path, content: bytes) -> None:
    """Write a file in one step. Raises NnoptError."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise NnoptError(f"cannot write {path}: {error.strerror}") from None


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    package, out = Path(args.package), Path(args.out)
    name = args.name if args.name is not None else read_library(package).prefix
    names = Names(name, args.version, args.author, args.vendor, args.url)
    library = read_library(package, names)
    contents = library_files(library, args.format)
    check_destination(out, MARKER)
    write_package(out, contents, MARKER)
    print(f"{out}: {FORMATS[args.format].summary}, {len(contents)} files")
    if args.zip:
        archive = out.parent / archive_name(library, args.format)
        _write_archive(archive, archive_bytes(library, args.format, contents))
        print(f"{archive}: the same as an archive")
    return 0
