"""The entry points of the importer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import onnx
from xdsl.dialects.builtin import ModuleOp

from ...dialects.errors import NnoptError
from . import (
    arithmetic,
    contraction,
    data_movement,
    elementwise,
    indexing,
    logic,
    machine_learning,
    normalization,
    onnx_api,
    opset6,
    placing,
    quantization,
    recurrent,
    reduction,
    resize,
    runtime_quantization,
    sampling,
    spectral,
    text,
    training,
    volume,
    window,
)
from .complaints import Complaints
from .importer import Importer, ImportOptions
from .model import Graph, one_line
from .prepare import MAX_FILE_BYTES, decode_text, prepare, read_file
from .registry import find_handler
from .states import set_states

FAMILIES = (
    arithmetic,
    contraction,
    data_movement,
    elementwise,
    indexing,
    logic,
    machine_learning,
    normalization,
    opset6,
    placing,
    quantization,
    recurrent,
    reduction,
    resize,
    runtime_quantization,
    sampling,
    spectral,
    text,
    training,
    volume,
    window,
)
"""The modules whose handlers are registered by being imported."""


_NEVER_EXPANDED = frozenset({"Range", "SequenceMap", "Bernoulli"})
"""Their definitions are loops or random numbers; a Range of constants is evaluated as it is."""


def _is_expanded(domain: str, op_type: str, opset: int) -> bool:
    """Whether an operator is replaced by ONNX's definition of it.

    It is when it has one, no handler here, and when all parts of the definition can be imported, so
    that what is refused is named as the model names it.
    """
    if op_type in _NEVER_EXPANDED or find_handler(domain, op_type, opset) is not None:
        return False
    body = onnx_api.function_body(domain, op_type, opset)
    return body is not None and all(
        find_handler(part_domain, part, opset) is not None or _is_expanded(part_domain, part, opset)
        for part_domain, part in body
    )


def read_graph(
    source: "Path | str | onnx.ModelProto",
    bindings: Mapping[str, int] | None = None,
    folder: Path | None = None,
    tell_batch: Callable[[str], None] | None = None,
    complaints: Complaints | None = None,
) -> Graph:
    """A model as a checked graph, before any operator is looked at.

    `folder` is where external data may lie; it defaults to the folder of `source` when that is a
    path. With `tell_batch`, an open batch dimension is taken as 1, and that gets a sentence about
    it. Raises NnoptError; with `complaints` that keep errors, only for what leaves no graph to look
    at.
    """
    try:
        if not isinstance(source, onnx.ModelProto):
            path = Path(source)
            source, folder = read_file(path), folder or path.parent
        return prepare(source, folder, bindings or {}, _is_expanded, tell_batch, complaints)
    except NnoptError as error:
        raise NnoptError(one_line(str(error))) from error


def import_model(
    source: "Path | str | onnx.ModelProto",
    *,
    bindings: Mapping[str, int] | None = None,
    options: ImportOptions | None = None,
    folder: Path | None = None,
    tell_batch: Callable[[str], None] | None = None,
    states: Sequence[str] = (),
) -> ModuleOp:
    """An ONNX model as a module with one function `main` in the nn and fxp dialects.

    Arguments and results have ONNX's shapes and layouts and carry their ONNX names as `nn.name`.
    Around each operator that depends on the layout there are transposes to NHWC and back.
    `bindings` gives symbolic dimensions their sizes: by name, or by place as `input:axis`.
    `tell_batch` as for `read_graph`. `states`, each `input:output`, are kept between calls (see
    docs/streaming.md). Raises NnoptError: for an unreadable or inconsistent file, and
    ModelProblems for whatever cannot be imported.
    """
    graph = read_graph(source, bindings, folder, tell_batch)
    module = Importer(graph, options or ImportOptions()).run()
    set_states(module, states)
    return module


def _stream_folder(stream: IO[bytes]) -> Path | None:
    name = getattr(stream, "name", None)
    return Path(name).parent if isinstance(name, str) and Path(name).is_file() else None


def _read_stream(stream: IO[bytes]) -> bytes:
    data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise NnoptError(f"the model has more than {MAX_FILE_BYTES} bytes")
    return data


def onnx_parser(
    stream: IO[bytes],
    bindings: Mapping[str, int] | None = None,
    tell_batch: Callable[[str], None] | None = None,
    states: Sequence[str] = (),
) -> ModuleOp:
    """The frontend of `nnopt-opt` for `.onnx` files. Raises NnoptError as `import_model` does."""
    model = onnx_api.parse_bytes(_read_stream(stream), "the input")
    folder = _stream_folder(stream)
    return import_model(
        model, bindings=bindings, folder=folder, tell_batch=tell_batch, states=states
    )


def onnxtxt_parser(
    stream: IO[bytes],
    bindings: Mapping[str, int] | None = None,
    tell_batch: Callable[[str], None] | None = None,
    states: Sequence[str] = (),
) -> ModuleOp:
    """The frontend for `.onnxtxt` files: ONNX's textual form with `//` comments. Raises
    NnoptError.
    """
    model = decode_text(_read_stream(stream), "the input")
    return import_model(model, bindings=bindings, tell_batch=tell_batch, states=states)
