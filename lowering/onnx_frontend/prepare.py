"""From an ONNX file to a checked `Graph`: everything that needs no knowledge of operators.

Order of the steps: size guard and decoding, opsets, symbolic dimensions, functions inlined, nodes
sorted, checked and the unused ones dropped, initializers read, shapes inferred. Nothing a file
contains leads to an exception other than NnoptError, or to an allocation larger than the file's own
data.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import onnx

from ...dialects.errors import NnoptError
from . import onnx_api
from .control_flow import MAX_DEPTH, MAX_NODES, unroll
from .initializers import read_initializer
from .model import Array, Graph, Node, TensorInfo

MAX_FILE_BYTES = 1 << 30
OLDEST_OPSET = 6
MAX_OPSET = 1_000_000


def read_file(path: Path) -> onnx.ModelProto:
    """Load a model file (`.onnxtxt` as ONNX text). Raises NnoptError when it is missing, too
    large or no model.
    """
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
    if path.suffix == ".onnxtxt":
        return decode_text(data, f"'{path}'")
    return onnx_api.parse_bytes(data, f"'{path}'")


def decode_text(data: bytes, source: str) -> onnx.ModelProto:
    """Parse ONNX text; lines that start with `//` are comments. Raises NnoptError on errors."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NnoptError(f"{source} is not ONNX text: {error}") from error
    lines = text.splitlines()
    return onnx_api.parse_text(
        "\n".join("" if line.lstrip().startswith("//") else line for line in lines), source
    )


def opset_versions(model: onnx.ModelProto) -> dict[str, int]:
    """The opset of each domain, ONNX's own under the empty name. Raises NnoptError when it
    cannot be served.
    """
    versions = {("" if o.domain == "ai.onnx" else o.domain): o.version for o in model.opset_import}
    version = versions.get("")
    if version is None:
        raise NnoptError(
            "the model does not say which opset of ONNX it uses; is the file complete?"
        )
    if version > onnx_api.NEWEST_OPSET:
        raise NnoptError(
            f"the model uses opset {version}, newer than {onnx_api.NEWEST_OPSET}, the newest "
            "that the installed onnx "
            "package knows; upgrade that package or export with an older opset"
        )
    if version < OLDEST_OPSET and not all(
        onnx_api.is_unchanged(n.op_type, n.domain, version, OLDEST_OPSET) for n in model.graph.node
    ):
        raise NnoptError(
            f"the model uses opset {version}, older than {OLDEST_OPSET}; convert it with "
            "onnx.version_converter"
        )
    for domain, number in versions.items():
        if not 1 <= number <= MAX_OPSET:
            raise NnoptError(f"the model uses opset {number} of '{domain}', which cannot be meant")
    return versions


def bind_dimensions(model: onnx.ModelProto, bindings: Mapping[str, int]) -> None:
    """Give symbolic dimensions of the graph's inputs their values, in place.

    Raises NnoptError for a value below 1 and for a name that no input uses.
    """
    if not bindings:
        return
    for name, value in bindings.items():
        if value < 1:
            raise NnoptError(f"dimension '{name}' cannot be {value}; it must be at least 1")
    unused = set(bindings)
    for value_info in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        for dim in value_info.type.tensor_type.shape.dim:
            if dim.dim_param in bindings:
                unused.discard(dim.dim_param)
                dim.dim_value = bindings[dim.dim_param]
    if unused:
        raise NnoptError(f"no input of the model has a dimension named {_quoted(sorted(unused))}")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _inputs(model: onnx.ModelProto) -> tuple[TensorInfo, ...]:
    """The inputs that are no initializers. Raises one NnoptError with everything that is wrong
    with them.
    """
    initializers = {t.name for t in model.graph.initializer}
    infos: list[TensorInfo] = []
    problems: list[str] = []
    for value in model.graph.input:
        if value.name in initializers:
            continue
        kind = value.type.WhichOneof("value")
        if kind != "tensor_type":
            name = (kind or "no type").removesuffix("_type")
            problems.append(f"input '{value.name}' is no tensor ({name}), which is not supported")
            continue
        tensor = value.type.tensor_type
        dtype = onnx_api.DTYPES.get(tensor.elem_type)
        if dtype is None:
            problems.append(
                f"input '{value.name}' has element type {onnx_api.type_name(tensor.elem_type)}, "
                "which is not "
                "supported; convert the model to float32"
            )
            continue
        if not tensor.HasField("shape"):
            problems.append(f"input '{value.name}' has no shape; export it with a fixed one")
            continue
        unknown = [
            f"{dim.dim_param or '?'} (axis {axis})"
            for axis, dim in enumerate(tensor.shape.dim)
            if not dim.HasField("dim_value")
        ]
        if unknown:
            problems.append(
                f"input '{value.name}' has no fixed size for dimension {', '.join(unknown)}; "
                "bind it to a number"
            )
            continue
        shape = tuple(dim.dim_value for dim in tensor.shape.dim)
        if any(d < 0 for d in shape):
            problems.append(
                f"input '{value.name}' has shape {list(shape)} with a dimension below 0"
            )
            continue
        infos.append(TensorInfo(value.name, dtype, shape))
    if problems:
        raise NnoptError("; ".join(problems))
    return tuple(infos)


def _outputs(model: onnx.ModelProto) -> tuple[TensorInfo, ...]:
    infos: list[TensorInfo] = []
    for value in model.graph.output:
        kind = value.type.WhichOneof("value")
        elem_type = value.type.tensor_type.elem_type
        if kind not in (None, "tensor_type"):
            raise NnoptError(f"output '{value.name}' is no tensor ({kind}), which is not supported")
        if elem_type and elem_type not in onnx_api.DTYPES:
            raise NnoptError(
                f"output '{value.name}' has element type {onnx_api.type_name(elem_type)}, which "
                "is not supported; "
                "convert the model to float32"
            )
        dtype = onnx_api.DTYPES[elem_type or onnx.TensorProto.FLOAT]
        infos.append(TensorInfo(value.name, dtype, onnx_api.static_shape(value)))
    if not infos:
        raise NnoptError("the model has no outputs; is the file complete?")
    return tuple(infos)


def _unique_names(protos: Iterable[onnx.NodeProto]) -> list[str]:
    """A unique name for each node: its own, with `#2`, … when repeated; operator and index when
    it has none.
    """
    taken: set[str] = set()
    names: list[str] = []
    for index, proto in enumerate(protos):
        base = proto.name or f"{proto.op_type}_{index}"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}#{count}"
        taken.add(name)
        names.append(name)
    return names


def _nodes(
    model: onnx.ModelProto,
    opsets: Mapping[str, int],
    read_tensor: Callable[[onnx.TensorProto], Array],
) -> list[Node]:
    if len(model.graph.node) > MAX_NODES:
        raise NnoptError(f"the graph has {len(model.graph.node)} nodes, more than {MAX_NODES}")
    nodes: list[Node] = []
    ir_version = max(3, min(model.ir_version, onnx.IR_VERSION))
    for proto, name in zip(model.graph.node, _unique_names(model.graph.node), strict=True):
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        opset = opsets.get(domain, 1)
        attributes = {
            a.name: onnx_api.guarded(
                f"node '{name}' ({proto.op_type}): attribute '{a.name}' cannot be read",
                lambda a=a: onnx_api.attribute_value(a, read_tensor),
            )
            for a in proto.attribute
        }
        if domain == "" and onnx_api.is_known_operator(domain, proto.op_type, opset):
            complaint = onnx_api.check_node(proto, dict(opsets), ir_version)
            if complaint:
                raise NnoptError(f"node '{name}' ({proto.op_type}) is not valid ONNX: {complaint}")
        nodes.append(
            Node(
                name,
                proto.op_type,
                domain,
                opset,
                tuple(proto.input),
                tuple(proto.output),
                attributes,
            )
        )
    return nodes


def _check_names(graph: onnx.GraphProto, nodes: list[Node]) -> dict[str, int]:
    """The index of the node that makes each value. Raises NnoptError when a value is made twice."""
    inputs = [value.name for value in graph.input]
    initializers = [tensor.name for tensor in graph.initializer]
    outputs = [value.name for value in graph.output]
    for what, names in (("input", inputs), ("initializer", initializers), ("output", outputs)):
        if "" in names:
            raise NnoptError(f"an {what} of the model has no name; is the file complete?")
        twice = (
            sorted({name for name in names if names.count(name) > 1})
            if len(set(names)) < len(names)
            else []
        )
        if twice:
            raise NnoptError(f"the {what} {_quoted(twice)} is given twice")
    producer: dict[str, int] = {}
    given = {*inputs, *initializers}
    for index, node in enumerate(nodes):
        for name in node.outputs:
            if name and (name in producer or name in given):
                raise node.error(f"it makes the value '{name}', which something else makes as well")
            if name:
                producer[name] = index
    return producer


def _needed(nodes: list[Node], producer: Mapping[str, int], outputs: Iterable[str]) -> set[int]:
    """The nodes that an output depends on."""
    needed: set[int] = set()
    pending = [producer[name] for name in outputs if name in producer]
    while pending:
        index = pending.pop()
        if index not in needed:
            needed.add(index)
            pending.extend(producer[n] for n in nodes[index].inputs if n in producer)
    return needed


def _sorted(graph: onnx.GraphProto, nodes: list[Node]) -> tuple[Node, ...]:
    """The needed nodes, each after those it reads from, else in the order of the file.

    Raises NnoptError on a value that nothing makes and on a cycle.
    """
    producer = _check_names(graph, nodes)
    given = {v.name for v in graph.input} | {t.name for t in graph.initializer} | {""}
    missing = [v.name for v in graph.output if v.name not in producer and v.name not in given]
    if missing:
        raise NnoptError(f"nothing makes the output {_quoted(missing)}; is the file complete?")
    needed = _needed(nodes, producer, [v.name for v in graph.output])
    waiting: dict[int, int] = {}
    readers: dict[int, list[int]] = {index: [] for index in needed}
    for index in sorted(needed):
        sources: set[int] = set()
        for name in nodes[index].inputs:
            if name in given:
                continue
            if name not in producer:
                raise nodes[index].error(
                    f"it reads '{name}', which is neither an input, an initializer nor the "
                    "result of a node",
                    "an initializer is missing from the file",
                )
            sources.add(producer[name])
        waiting[index] = len(sources)
        for source in sources:
            readers[source].append(index)
    ready = [index for index, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[Node] = []
    while ready:
        index = heapq.heappop(ready)
        order.append(nodes[index])
        for reader in readers[index]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, reader)
    if len(order) < len(needed):
        stuck = min(index for index, count in waiting.items() if count > 0)
        raise nodes[stuck].error("it depends on its own result", "the graph has a cycle")
    return tuple(order)


def _known_shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    inferred = onnx_api.infer_shapes(model)
    if inferred is None:
        return {}
    shapes: dict[str, tuple[int, ...]] = {}
    for value in (*inferred.graph.value_info, *inferred.graph.input):
        shape = onnx_api.static_shape(value)
        if shape is not None:
            shapes[value.name] = shape
    return shapes


def prepare(
    model: onnx.ModelProto,
    folder: Path | None,
    bindings: Mapping[str, int],
    expand: Callable[[str, str, int], bool],
) -> Graph:
    """Check and normalise a model.

    `folder` is where external data may lie, `bindings` gives symbolic dimensions their values, and
    `expand(domain, op_type, opset)` says which operators to replace by ONNX's own definition of
    them. Raises NnoptError.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    opsets = opset_versions(copy)
    bind_dimensions(copy, bindings)
    inputs, outputs = _inputs(copy), _outputs(copy)
    for _ in range(MAX_DEPTH):
        copy = onnx_api.inline_functions(copy, lambda d, op: expand(d, op, opsets.get(d, 1)))
        if not unroll(copy, lambda tensor: read_initializer(tensor, folder)):
            break
    nodes = _sorted(
        copy.graph, _nodes(copy, opsets, lambda tensor: read_initializer(tensor, folder))
    )
    if copy.graph.sparse_initializer:
        raise NnoptError("sparse initializers are not supported; store the weights dense")
    used = {name for node in nodes for name in node.inputs} | {info.name for info in outputs}
    constants: dict[str, Array] = {
        tensor.name: read_initializer(tensor, folder)
        for tensor in copy.graph.initializer
        if tensor.name in used
    }
    return Graph(copy.graph.name, inputs, outputs, nodes, constants, lambda: _known_shapes(copy))
