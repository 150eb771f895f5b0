"""The one place that talks to the `onnx` package: typed, and with its exceptions turned into ours.

The package raises whatever its C++ and protobuf parts raise (`DecodeError`, `ValidationError`,
`InferenceError`, `RuntimeError`, `ValueError`, `TypeError`, …) on bad files, hence the broad
`except Exception` here, and only here.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import onnx
import onnx.checker
import onnx.defs
import onnx.helper
import onnx.inliner
import onnx.numpy_helper
import onnx.parser
import onnx.reference
import onnx.shape_inference

from ...dialects.errors import NnoptError
from .model import Array, AttributeValue

T = TypeVar("T")

NEWEST_OPSET: int = onnx.defs.onnx_opset_version()
DTYPES: dict[int, np.dtype[Any]] = {
    onnx.TensorProto.FLOAT: np.dtype(np.float32),
    onnx.TensorProto.DOUBLE: np.dtype(np.float64),
    onnx.TensorProto.INT8: np.dtype(np.int8),
    onnx.TensorProto.INT16: np.dtype(np.int16),
    onnx.TensorProto.INT32: np.dtype(np.int32),
    onnx.TensorProto.INT64: np.dtype(np.int64),
    onnx.TensorProto.UINT8: np.dtype(np.uint8),
    onnx.TensorProto.UINT16: np.dtype(np.uint16),
    onnx.TensorProto.UINT32: np.dtype(np.uint32),
    onnx.TensorProto.UINT64: np.dtype(np.uint64),
    onnx.TensorProto.BOOL: np.dtype(np.bool_),
}
"""ONNX's element types that have a numpy type of their own and that we can read."""

HALF: dict[int, np.dtype[Any]] = {onnx.TensorProto.FLOAT16: np.dtype(np.float16)}
"""The element type of 16 bits whose values are all float32 values as well."""


def _first_line(error: Exception) -> str:
    message = error.args[0] if error.args else ""  # bytes where ONNX's own parser raises
    text = message.decode(errors="replace") if isinstance(message, bytes) else str(error)
    text = " ".join(text.split())
    return (text[:300] + " …") if len(text) > 300 else (text or type(error).__name__)


def guarded(what: str, action: Callable[[], T]) -> T:
    """Run something of the onnx package; whatever it raises becomes an NnoptError that starts
    with `what`.
    """
    try:
        return action()
    except NnoptError:
        raise
    except (Exception, RecursionError) as error:
        raise NnoptError(f"{what}: {_first_line(error)}") from error


def parse_bytes(data: bytes, source: str) -> onnx.ModelProto:
    """Decode a serialised model. Raises NnoptError when the bytes are no ONNX model."""

    def decode() -> onnx.ModelProto:
        model = onnx.ModelProto()
        model.ParseFromString(data)
        return model

    model = guarded(f"{source} is not an ONNX file or is corrupt", decode)
    if not model.HasField("graph"):
        raise NnoptError(f"{source} is not an ONNX model: it has no graph; is the file complete?")
    check_text(model)
    return model


def check_text(message: Any) -> None:
    """Raises NnoptError when a name anywhere in a message is not UTF-8: protobuf hands out bytes
    then.
    """
    for descriptor, value in message.ListFields():
        if descriptor.name == "doc_string":
            continue
        is_text = descriptor.type == descriptor.TYPE_STRING
        if not is_text and descriptor.type != descriptor.TYPE_MESSAGE:
            continue
        for item in (
            [value] if isinstance(value, str | bytes) or hasattr(value, "ListFields") else value
        ):
            if not is_text:
                check_text(item)
            elif not isinstance(item, str):
                raise NnoptError(f"the {descriptor.name} {item!r} in the model is not UTF-8 text")


def parse_text(text: str, source: str) -> onnx.ModelProto:
    """Read a model in ONNX's textual form (onnx.parser). Raises NnoptError on a syntax error."""
    return guarded(f"{source} is not ONNX text", lambda: onnx.parser.parse_model(text))


def inline_functions(
    model: onnx.ModelProto, is_wanted: Callable[[str, str], bool]
) -> onnx.ModelProto:
    """Replace calls of model-local functions, and of operators that ONNX itself defines as
    functions where `is_wanted(domain, op_type)`, by their bodies. Values and nodes of the rest
    keep their names.
    """
    if model.functions:
        model = guarded(
            "the functions inside the model cannot be inlined",
            lambda: onnx.inliner.inline_local_functions(model),
        )
    for _ in range(MAX_NESTING):
        wanted = sorted(
            {(n.domain, n.op_type) for n in model.graph.node if is_wanted(n.domain, n.op_type)}
        )
        if not wanted:
            break
        typed = with_types_of_initializers(infer_shapes(model) or model)
        _state_defaults(typed, wanted)
        model = guarded(
            "an operator that ONNX defines as a function cannot be expanded",
            lambda typed=typed, wanted=wanted: onnx.inliner.inline_selected_functions(
                typed, wanted, inline_schema_functions=True
            ),
        )
        _drop_unnamed_types(model)
    return model


def _state_defaults(model: onnx.ModelProto, wanted: Sequence[tuple[str, str]]) -> None:
    """Give nodes the attributes they leave out: the inliner does not know their defaults."""
    opsets = {o.domain: o.version for o in model.opset_import}
    for node in model.graph.node:
        version = opsets.get(node.domain, 1)
        if (node.domain, node.op_type) not in wanted or not is_known_operator(
            node.domain, node.op_type, version
        ):
            continue
        given = {attribute.name for attribute in node.attribute}
        schema = cast(Any, onnx.defs.get_schema(node.op_type, version, node.domain))
        for name, attribute in schema.attributes.items():
            default = attribute.default_value
            if name not in given and default.type != onnx.AttributeProto.UNDEFINED:
                node.attribute.add().CopyFrom(default)


def _drop_unnamed_types(model: onnx.ModelProto) -> None:
    kept = [value for value in model.graph.value_info if value.name]
    del model.graph.value_info[:]
    model.graph.value_info.extend(kept)


MAX_NESTING = 8
"""Definitions may use operators that have definitions themselves, so many times."""


def with_types_of_initializers(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which initializers have a value_info, which the inliner cannot do without."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    known = {v.name for v in graph.value_info} | {v.name for v in graph.input}
    graph.value_info.extend(
        onnx.helper.make_tensor_value_info(t.name, t.data_type, t.dims)
        for t in graph.initializer
        if t.name not in known
    )
    # Optional inputs that are left out have an empty name, for which it wants a type, too.
    graph.value_info.append(onnx.helper.make_tensor_value_info("", onnx.TensorProto.FLOAT, None))
    return result


def function_body(domain: str, op_type: str, opset: int) -> tuple[tuple[str, str], ...] | None:
    """The operators (domain, name) that ONNX composes this operator of, or None when it is no
    composition.

    Empty when the composition depends on the node's attributes and input types.
    """
    if not onnx.defs.has(op_type, opset, domain):
        return None
    schema = cast(Any, onnx.defs.get_schema(op_type, opset, domain))
    if schema.has_function:
        return tuple((node.domain, node.op_type) for node in schema.function_body.node)
    return () if schema.has_context_dependent_function else None


def is_known_operator(domain: str, op_type: str, opset: int) -> bool:
    """Whether the onnx package has a definition of this operator at this opset."""
    return bool(onnx.defs.has(op_type, opset, domain))


def is_unchanged(op_type: str, domain: str, old: int, new: int) -> bool:
    """Whether an operator is the same at two opsets."""
    if not (onnx.defs.has(op_type, old, domain) and onnx.defs.has(op_type, new, domain)):
        return False
    schemas = [cast(Any, onnx.defs.get_schema(op_type, o, domain)) for o in (old, new)]
    return bool(schemas[0].since_version == schemas[1].since_version)


def check_node(node: onnx.NodeProto, opsets: dict[str, int], ir_version: int) -> str | None:
    """What ONNX's checker finds wrong with one node (attributes, number of inputs), or None."""
    context = onnx.checker.C.CheckerContext()
    context.ir_version = ir_version
    context.opset_imports = opsets
    try:
        onnx.checker.check_node(node, context)
    except Exception as error:
        return _first_line(error).split(" ==> Context")[0]
    return None


def infer_shapes(model: onnx.ModelProto, values: bool = False) -> onnx.ModelProto | None:
    """ONNX's own shape inference, or None where it gives up.

    With `values` it follows the numbers that shapes are made of, and allocates what a file asks for
    (gigabytes for a Range).
    """
    try:
        return onnx.shape_inference.infer_shapes(model, data_prop=values)
    except (Exception, RecursionError):
        return None


def static_shape(value: onnx.ValueInfoProto) -> tuple[int, ...] | None:
    """The declared shape when every dimension is a number, else None."""
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape"):
        return None
    dims = [d.dim_value if d.HasField("dim_value") else -1 for d in tensor.shape.dim]
    return None if any(d < 0 for d in dims) else tuple(dims)


def type_name(data_type: int) -> str:
    """The name of an ONNX element type: `float16`, `string`, …"""
    try:
        return str(onnx.TensorProto.DataType.Name(cast(Any, data_type))).lower()
    except ValueError:
        return f"unknown type {data_type}"


def to_array(tensor: onnx.TensorProto, base_dir: str) -> Array:
    """The elements of a tensor with its dimensions. The caller has checked size and element
    type.
    """
    return onnx.numpy_helper.to_array(tensor, base_dir)


def attribute_value(
    attribute: onnx.AttributeProto, read_tensor: Callable[[onnx.TensorProto], Array]
) -> AttributeValue:
    """The value of an attribute as a Python value; tensors are read by `read_tensor`."""
    kinds = onnx.AttributeProto
    if attribute.type == kinds.TENSOR:
        return read_tensor(attribute.t) if attribute.t.data_type in DTYPES else None
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8")
    if attribute.type == kinds.STRINGS:
        return tuple(item.decode("utf-8") for item in attribute.strings)
    if attribute.type == kinds.INTS:
        return tuple(attribute.ints)
    if attribute.type == kinds.FLOATS:
        return tuple(attribute.floats)
    if attribute.type == kinds.INT:
        return attribute.i
    if attribute.type == kinds.FLOAT:
        return attribute.f
    return None


def evaluate(
    op_type: str,
    domain: str,
    opset: int,
    attributes: dict[str, AttributeValue],
    inputs: Sequence[Array | None],
    outputs: int,
) -> list[Array]:
    """Run one operator on constants with ONNX's reference implementation. Raises whatever that
    raises.
    """
    names = ["" if array is None else f"in{i}" for i, array in enumerate(inputs)]
    given: dict[str, object] = {
        key: onnx.numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for key, value in attributes.items()
    }
    results = [f"out{i}" for i in range(outputs)]
    node = onnx.helper.make_node(op_type, names, results, domain=domain, **cast(Any, given))
    feeds = {f"in{i}": array for i, array in enumerate(inputs) if array is not None}
    graph = onnx.helper.make_graph(
        [node],
        "constants",
        [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in feeds.items()
        ],
        [onnx.helper.make_value_info(name, onnx.TypeProto()) for name in results],
    )
    opsets = {"": NEWEST_OPSET, domain: opset}
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid(*item) for item in opsets.items()]
    )
    runner = cast(Any, onnx.reference.ReferenceEvaluator(model))
    answer: Iterable[object] = runner.run(None, feeds)
    return [np.asarray(item) for item in answer]
