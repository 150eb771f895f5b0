"""`nnopt report`: pictures of a finished package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dialects.errors import NnoptError
from .memory_picture import bands_of, memory_svg, peak_of

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

PICTURE = "memory.svg"


def read_report(package: Path) -> dict[str, Any]:
    """The report of a package. Raises NnoptError where there is none, or an older one."""
    path = package / "report.json"
    try:
        report: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NnoptError(f"{package} is not a compiled package: it has no report.json") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NnoptError(f"{path} cannot be read ({error}); compile the package again") from None
    if not isinstance(report, dict) or "memory" not in report:
        raise NnoptError(f"{path} does not tell where tensors lie; compile the package again")
    return report  # pyright: ignore[reportUnknownVariableType]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `report`."""
    parser = subparsers.add_parser("report", help="draw what a package does with its memory")
    parser.set_defaults(main=main)
    parser.add_argument("package", type=Path, help="the folder that nnopt compile has written")
    parser.add_argument(
        "-o", "--out", type=Path, help=f"the picture; {PICTURE} in the package by default"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    package: Path = args.package
    out: Path = args.out or package / PICTURE
    report = read_report(package)
    bands, layers = bands_of(report), report["layers"]
    if not bands or not layers:
        raise NnoptError(f"{package}: the arena is empty, there is nothing to draw")
    try:
        out.write_text(memory_svg(report, package.resolve().name), encoding="utf-8", newline="\n")
    except OSError as error:
        raise NnoptError(f"{out} cannot be written: {error.strerror}") from None
    peak, most = peak_of(bands, len(layers))
    print(f"{out}: peak of {most:,} bytes in layer {peak}, {layers[peak]['name']}")
    for band in sorted(bands, key=lambda b: b.offset):
        if band.first <= peak <= band.last:
            print(f"{band.bytes:12,} at {band.offset:9,}  {band.kind} {band.name}")
    return 0
