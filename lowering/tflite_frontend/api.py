"""The entry points of the importer."""

from pathlib import Path
from typing import IO

from xdsl.dialects.builtin import ModuleOp

from ...dialects.errors import NnoptError
from ..onnx_frontend.model import one_line
from . import (
    activation,
    blocks,
    elementwise,
    functions,
    linear,
    logic,
    movement,
    pool,
    quantization,
    reduction,
    resize,
    svdf,
)
from .importer import Importer
from .model import Model
from .schema import parse_bytes

FAMILIES = (
    activation,
    blocks,
    elementwise,
    functions,
    linear,
    logic,
    movement,
    pool,
    quantization,
    reduction,
    resize,
    svdf,
)
"""The modules whose handlers are registered by being imported."""

MAX_FILE_BYTES = 1 << 30


def is_tflite(path: Path) -> bool:
    """Whether a model file is to be read as TFLite: by its suffix."""
    return path.suffix.lower() == ".tflite"


def read_model(path: Path) -> Model:
    """Read a .tflite file, before any operator is looked at. Raises NnoptError."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise NnoptError(
                f"'{path}' has {size} bytes, more than {MAX_FILE_BYTES}; this is no network for "
                "a microcontroller"
            )
        data = path.read_bytes()
    except OSError as error:
        raise NnoptError(f"cannot read '{path}': {error.strerror or error}") from error
    return _parse(data, f"'{path}'")


def import_tflite(source: "Path | str | bytes | Model") -> ModuleOp:
    """A TFLite model as a module with one function `main` in the nn and fxp dialects.

    Quantized operators become integer operations with the very bits of TFLite's reference kernels;
    float ones become operations on f32. Arguments and results have TFLite's shapes and types and
    carry their names as `nn.name`, and their scale and zero point as `nn.encoding`. Raises
    NnoptError for a file that cannot be read, and ModelProblems for whatever cannot be imported.
    """
    if isinstance(source, Path | str):
        source = read_model(Path(source))
    elif isinstance(source, bytes):
        source = _parse(source, "the input")
    return Importer(source).run()


def tflite_parser(stream: IO[bytes]) -> ModuleOp:
    """The frontend of `nnopt-opt` for `.tflite` files. Raises NnoptError as `import_tflite`."""
    data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise NnoptError(f"the model has more than {MAX_FILE_BYTES} bytes")
    return import_tflite(data)


def _parse(data: bytes, source: str) -> Model:
    try:
        return parse_bytes(data, source)
    except NnoptError as error:
        raise NnoptError(one_line(str(error))) from error
