"""Coverage-guided fuzzing of the frontends with atheris: the longer run beside tools/fuzz.py.

    make fuzz-atheris MINUTES=60
    python -m nnopt.tools.fuzz_atheris FOLDER -max_total_time=3600

What atheris finds new ways through the importers with is kept in FOLDER, and is where the next run
begins; its first contents are the models that tools/fuzz.py damages, and the damage is the same.
Any exception other than NnoptError of one line, more than 10 s for one model or more than 6 GB are
findings: the run ends with the traceback and a file `finding-*`. All further options are those of
libFuzzer.

atheris is no dependency of nnopt: `pip install atheris`.
"""

from __future__ import annotations

import importlib
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..dialects.errors import NnoptError
from .fuzz import corpus
from .mutations import flipped, mutated

LIMITS = ("-timeout=10", "-rss_limit_mb=6144", "-max_len=65536", "-artifact_prefix=finding-")
FRONTENDS = ("nnopt.lowering.onnx_frontend", "nnopt.lowering.tflite_frontend")


def is_tflite_data(data: bytes) -> bool:
    """Whether bytes claim to be a TFLite model."""
    return data[4:8] == b"TFL3"


def _say_nothing(_: str) -> None:
    pass


def import_bytes(data: bytes, folder: Path) -> bool:
    """Import a model; whether that succeeded. Raises what no user may ever see."""
    onnx_frontend: Any = importlib.import_module(FRONTENDS[0])
    tflite_frontend: Any = importlib.import_module(FRONTENDS[1])
    path = folder / ("case.tflite" if is_tflite_data(data) else "case.onnx")
    path.write_bytes(data)
    try:
        if is_tflite_data(data):
            tflite_frontend.import_tflite(path)
        else:
            onnx_frontend.import_model(path, tell_batch=_say_nothing)
    except NnoptError as error:
        if "\n" in str(error) or not str(error).strip():
            raise ValueError(f"a message of more or less than one line: {error}") from error
        return False
    return True


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The damage of tools/mutations.py; of bytes alone where there is no model."""
    rng = random.Random(seed)
    try:
        return mutated(data, rng)[:max_size]
    except Exception:  # no model: protobuf says so in several ways
        return flipped(data, rng)[:max_size]


def fill(folder: Path) -> None:
    """Write the models that are damaged to a folder that has none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    for number, (name, data) in enumerate(corpus()):
        (folder / f"{number}_{name}").write_bytes(data)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; libFuzzer ends the process by itself."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        print("fuzz_atheris: atheris is not installed; pip install atheris", file=sys.stderr)
        return 1
    if not arguments or arguments[0].startswith("-"):
        print("fuzz_atheris: give the folder of the corpus first", file=sys.stderr)
        return 1
    fill(Path(arguments[0]))
    with atheris.instrument_imports(include=["nnopt.lowering"]):
        for name in [n for n in sys.modules if n.startswith("nnopt.lowering")]:
            del sys.modules[name]
        for name in FRONTENDS:
            importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="nnopt-fuzz-") as name:
        folder = Path(name)

        def test_one_input(data: bytes) -> None:
            import_bytes(data, folder)

        atheris.Setup(["fuzz_atheris", *LIMITS, *arguments], test_one_input, custom_mutator=mutate)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
