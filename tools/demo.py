"""`make demo`: the main job on the shipped models, from .onnx to a Cortex-M4, as one table.

Each model of `benchmarks/models.toml` that ships with the project is compiled, built, and run on
the whole test split on a Cortex-M4 board in QEMU; accuracy and agreement with onnxruntime, RAM,
flash and instructions are printed.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ..dialects.errors import NnoptError
from .compile import compile_model
from .run import RunResult, load_npz, run_package
from .zoo import Case, compile_options, read_cases

ROOT = Path(__file__).resolve().parents[1]
BOARD = "mps2-an386"


@dataclass(frozen=True)
class Row:
    """What one model reached on the board, and what onnxruntime reaches with the same images."""

    name: str
    accuracy: float
    reference: float
    agreement: float
    result: RunResult


def reference_classes(model: Path, images: NDArray[Any]) -> NDArray[np.intp]:
    """The classes that onnxruntime finds for samples (N, *input shape)."""
    import onnxruntime

    runtime = cast("Any", onnxruntime)  # has no types of its own
    session = runtime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    outputs = [session.run(None, {name: image.astype(np.float32)})[0] for image in images]
    return np.asarray(outputs).reshape(len(images), -1).argmax(axis=1)


def measure(case: Case, folder: Path, images: NDArray[Any], labels: NDArray[Any]) -> Row:
    """Compile a model, run it on the board and compare. Raises NnoptError."""
    out = folder / case.name
    unit = compile_model(case.model, out, compile_options(case))
    result = run_package(out, {unit.inputs[0].name: images.astype(np.float32)}, BOARD)
    (output,) = result.outputs.values()
    classes = output.reshape(len(images), -1).argmax(axis=1)
    reference = reference_classes(case.model, images)
    return Row(
        case.name,
        float((classes == labels).mean()),
        float((reference == labels).mean()),
        float((classes == reference).mean()),
        result,
    )


def table(rows: list[Row], samples: int) -> Table:
    """The table of all models."""
    title = f"{samples} test images of handwritten digits on {BOARD} (Cortex-M4, QEMU)"
    view = Table(title=title, title_justify="left")
    view.add_column("model", no_wrap=True)
    for name in ("accuracy", "onnxruntime", "agreement"):
        view.add_column(name, justify="right", no_wrap=True)
    for name in ("RAM (bytes)", "flash (bytes)", "instructions"):
        view.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        instructions = row.result.instructions
        view.add_row(
            row.name,
            f"{row.accuracy:.2%}",
            f"{row.reference:.2%}",
            f"{row.agreement:.2%}",
            f"{row.result.ram.total:,}",
            f"{row.result.flash.total:,}",
            "-" if instructions is None else f"{instructions:,}",
        )
    return view


def main() -> int:
    """Run the demonstration; exit code 1 and one line if something is missing."""
    console = Console()
    if not console.is_terminal:
        console.width = 110
    try:
        cases = [c for c in read_cases(ROOT / "benchmarks" / "models.toml") if not c.shared]
        data = load_npz(ROOT / "examples" / "models" / "digits_test.npz")
        images, labels = data["input"], data["label"]
        with tempfile.TemporaryDirectory() as folder:
            rows = [
                measure(case, Path(folder), images, labels)
                for case in track(
                    cases,
                    "compiling and running",
                    console=console,
                    transient=True,
                    disable=not console.is_terminal,
                )
            ]
    except NnoptError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    console.print(table(rows, len(images)))
    console.print("RAM: arena and peak stack; flash: code and weights, libraries included.")
    console.print("`nnopt compile --help` says how to compile your own model.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
