"""The gesture recognizer, end to end: compiled, built for a board, fed with a stream of samples.

make gesture                                              on a Cortex-M4 in QEMU
python examples/gesture/demo.py --accelerator matrix-engine   with what is installed
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gestures import SAMPLES, Gestures, test_gestures

from nnopt.dialects.errors import NnoptError
from nnopt.tools.compile import compile_model
from nnopt.tools.package import write_package
from nnopt.tools.packaging.boards import project_board
from nnopt.tools.packaging.project import project_files
from nnopt.tools.pipeline import Options

FOLDER = Path(__file__).resolve().parent
RATE = 25
"""Samples a second."""


def stream_header(gestures: Gestures) -> str:
    """The samples as C: thousandths of g, and the class of each window."""
    samples = np.rint(gestures.windows.reshape(-1, 3) * 1000).astype(np.int16)
    rows = ",\n    ".join(
        ", ".join(f"{{{a}, {b}, {c}}}" for a, b, c in part.tolist())
        for part in np.array_split(samples, len(samples) // 4)
    )
    labels = ", ".join(str(label) for label in gestures.labels.tolist())
    return (
        f"/* {len(gestures.labels)} {gestures.source}, one after the other. */\n"
        "#ifndef STREAM_H\n#define STREAM_H\n\n#include <stdint.h>\n\n"
        f"#define STREAM_RATE {RATE}u\n#define STREAM_SAMPLES {len(samples)}u\n\n"
        f"static const int16_t stream[STREAM_SAMPLES][3] = {{\n    {rows}}};\n\n"
        f"static const uint8_t stream_labels[STREAM_SAMPLES / {SAMPLES}u] = {{\n    {labels}}};\n\n"
        "#endif\n"
    )


def build(out: Path, accelerators: Sequence[str], gestures: Gestures, board: str) -> None:
    """Write the project: the compiled network, start files, main.c and the stream.

    Raises NnoptError.
    """
    place = project_board(board)
    options = Options(
        target=place.skeleton.target,
        quantize="int8",
        calibrate=str(FOLDER / "calibration.npz"),
        accelerators=tuple(accelerators),
    )
    with tempfile.TemporaryDirectory() as folder:
        compile_model(FOLDER / "gesture.onnx", Path(folder) / "net", options)
        files = project_files("gesture", place, package=Path(folder) / "net")
    files["main.c"] = (FOLDER / "main.c").read_bytes()
    files["stream.h"] = stream_header(gestures).encode()
    write_package(out, files, "Makefile")


def main(argv: Sequence[str] | None = None) -> int:
    """Build and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--accelerator", action="append", default=[], metavar="NAME")
    parser.add_argument(
        "--out", type=Path, default=Path("out/gesture"), help="the project's folder"
    )
    args = parser.parse_args(argv)
    gestures = test_gestures()
    try:
        build(args.out, args.accelerator, gestures, args.board)
    except NnoptError as error:
        print(f"gesture: {error}", file=sys.stderr)
        return 1
    print(f"{len(gestures.labels)} {gestures.source} on {args.board}, project in {args.out}")
    sys.stdout.flush()
    subprocess.run(["make", "-s", "-C", str(args.out)], check=True)
    return subprocess.run(["make", "-s", "-C", str(args.out), "run"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
