"""Symbolic dimensions of a model's inputs: bound to numbers, by name or by place."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import onnx

from ...dialects.errors import NnoptError
from .model import Finding

MAX_DIMENSION = (1 << 31) - 1

_BATCH = re.compile(
    r"(n|b|bs|batch.*|.*batch(_?size)?|none|unk__\d+|dynamic.*|s\d+)?", re.IGNORECASE
)
"""Names that exporters and people give to the number of samples."""


def quoted(names: Iterable[str]) -> str:
    """Names in quotation marks, with commas between them."""
    return ", ".join(f"'{name}'" for name in names)


def _free_inputs(model: onnx.ModelProto) -> Iterator[onnx.ValueInfoProto]:
    """The inputs that the caller has to give."""
    initializers = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name not in initializers and value.type.HasField("tensor_type"):
            yield value


def _check_sizes(bindings: Mapping[str, int]) -> None:
    for name, value in bindings.items():
        if not 1 <= value <= MAX_DIMENSION:
            raise NnoptError(
                f"dimension '{name}' cannot be {value}; it must be from 1 to {MAX_DIMENSION}"
            )


def bind_dimensions(model: onnx.ModelProto, bindings: Mapping[str, int]) -> None:
    """Give symbolic dimensions of the graph's inputs their values, in place.

    A key is the dimension's name, or `input:axis` for one that has none. Raises NnoptError for a
    value that is no dimension and for a key that fits no symbolic dimension.
    """
    _check_sizes(bindings)
    unused = set(bindings)
    for value in _free_inputs(model):
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            place = f"{value.name}:{axis}"
            if place in bindings and not dim.HasField("dim_value"):
                unused.discard(place)
                dim.dim_value = bindings[place]
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param and dim.dim_param in bindings:
                unused.discard(dim.dim_param)
                dim.dim_value = bindings[dim.dim_param]
    if unused:
        known = sorted({key for value in _free_inputs(model) for key in symbols_of(value).values()})
        raise NnoptError(
            f"no input of the model has a dimension named {quoted(sorted(unused))}"
            + (f"; those without a size are {quoted(known)}" if known else "")
        )


def symbols_of(value: onnx.ValueInfoProto) -> dict[int, str]:
    """The dimensions without a size, by axis: the key that binds each."""
    return {
        axis: dim.dim_param or f"{value.name}:{axis}"
        for axis, dim in enumerate(value.type.tensor_type.shape.dim)
        if not dim.HasField("dim_value")
    }


def assume_batch(model: onnx.ModelProto, tell: Callable[[str], None]) -> None:
    """Bind the number of samples to 1, in place, where it is clear that a dimension is that.

    It is the first dimension of an input with others behind it, without a size, and with no name or
    one that is usual for a batch. A firmware runs one sample at a time. `tell` gets a sentence
    for each dimension bound.
    """
    found: dict[str, str] = {}
    for value in _free_inputs(model):
        key = symbols_of(value).get(0)
        dims = value.type.tensor_type.shape.dim
        if key is not None and len(dims) > 1 and _BATCH.fullmatch(dims[0].dim_param):
            found.setdefault(key, value.name)
    for key, name in found.items():
        tell(f"dimension '{key}', the first of input '{name}', is taken as a batch of 1")
    if found:
        bind_dimensions(model, dict.fromkeys(found, 1))


def missing_sizes(value: onnx.ValueInfoProto) -> Finding | None:
    """What is said of an input whose dimensions are not all known; None when they are."""
    unknown = symbols_of(value)
    if not unknown:
        return None
    named = ", ".join(f"'{key}' (axis {axis})" for axis, key in unknown.items())
    options = " ".join(f"--bind {key}=NUMBER" for key in dict.fromkeys(unknown.values()))
    reason = f"input '{value.name}' has no size for dimension {named}"
    return Finding("dimension", value.name, "", reason, f"give it one: {options}")
