"""From an ONNX file to a checked `Graph`: everything that needs no knowledge of operators.

Order of the steps: size guard and decoding, opsets, symbolic dimensions, functions inlined, nodes
sorted, checked and the unused ones dropped, initializers read, shapes inferred. Nothing a file
contains leads to an exception other than NnoptError, or to an allocation larger than the file's own
data.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Set
from functools import partial
from pathlib import Path

import onnx

from ...dialects.errors import NnoptError
from . import onnx_api
from .complaints import Complaints
from .control_flow import MAX_DEPTH, MAX_NODES, unroll
from .dimensions import assume_batch, bind_dimensions, missing_sizes, quoted, symbols_of
from .external import add_decompositions
from .initializers import read_initializer
from .model import Array, AttributeValue, Finding, Graph, Node, TensorInfo
from .widen import widen_half

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
    if versions:  # a model of another domain alone need not name ONNX's own
        versions.setdefault("", onnx_api.NEWEST_OPSET)
    version = versions.get("")
    if version is None:
        raise NnoptError(
            "the model does not say which opset of ONNX it uses; is the file complete?"
        )
    for domain, number in versions.items():
        if not 1 <= number <= MAX_OPSET:
            kind = domain or "ai.onnx"
            raise NnoptError(f"the model uses opset {number} of '{kind}', which cannot be meant")
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
    return versions


def _type_advice(elem_type: int) -> str:
    """What to do about an element type that is not supported."""
    if elem_type == onnx.TensorProto.STRING:
        return "turn texts into numbers before the network"
    return "convert the model to float32"


def _unreadable(value: onnx.ValueInfoProto) -> Finding | None:
    """Why an input cannot be read whatever its size; None when it can."""
    kind = value.type.WhichOneof("value")
    reason, advice = "", ""
    tensor = value.type.tensor_type
    if kind != "tensor_type":
        name = (kind or "no type").removesuffix("_type")
        reason = f"is no tensor ({name}), which is not supported"
    elif tensor.elem_type not in onnx_api.DTYPES:
        name = onnx_api.type_name(tensor.elem_type)
        reason = f"has element type {name}, which is not supported"
        advice = _type_advice(tensor.elem_type)
    elif not tensor.HasField("shape"):
        reason, advice = "has no shape", "export it with a fixed one"
    elif any(d.HasField("dim_value") and d.dim_value < 0 for d in tensor.shape.dim):
        shape = [d.dim_value if d.HasField("dim_value") else "?" for d in tensor.shape.dim]
        reason = f"has shape {shape} with a dimension below 0"
    if not reason:
        return None
    return Finding("file", value.name, "", f"input '{value.name}' {reason}", advice)


def _inputs(model: onnx.ModelProto, complaints: Complaints) -> tuple[TensorInfo, ...]:
    """The inputs that are no initializers; everything that is wrong with them goes to
    `complaints` at once. Then, dimensions without a size are taken as 1.
    """
    initializers = {t.name for t in model.graph.initializer}
    infos: list[TensorInfo] = []
    findings: list[Finding] = []
    for value in model.graph.input:
        if value.name in initializers:
            continue
        unreadable, unknown = _unreadable(value), missing_sizes(value)
        findings += [finding for finding in (unreadable or unknown,) if finding is not None]
        if unreadable is None:
            for axis in symbols_of(value):
                value.type.tensor_type.shape.dim[axis].dim_value = 1
            shape = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            infos.append(
                TensorInfo(value.name, onnx_api.DTYPES[value.type.tensor_type.elem_type], shape)
            )
    complaints.add_all(findings)
    return tuple(infos)


def _zipmap_advice(model: onnx.ModelProto, output: str) -> str:
    """What to do about the dictionaries that classifiers of scikit-learn return by default."""
    made = any(n.op_type == "ZipMap" and output in n.output for n in model.graph.node)
    return "export with options={'zipmap': False}, for an array instead" if made else ""


def _outputs(model: onnx.ModelProto, complaints: Complaints) -> tuple[TensorInfo, ...]:
    infos: list[TensorInfo] = []
    findings: list[Finding] = []
    for value in model.graph.output:
        kind = value.type.WhichOneof("value")
        elem_type = value.type.tensor_type.elem_type
        reason, advice = "", ""
        if kind not in (None, "tensor_type"):
            reason = f"is no tensor ({kind}), which is not supported"
            advice = _zipmap_advice(model, value.name)
        elif elem_type and elem_type not in onnx_api.DTYPES:
            reason = f"has element type {onnx_api.type_name(elem_type)}, which is not supported"
            advice = _type_advice(elem_type)
        if reason:
            text = f"output '{value.name}' {reason}"
            findings.append(Finding("file", value.name, "", text, advice))
            continue
        dtype = onnx_api.DTYPES[elem_type or onnx.TensorProto.FLOAT]
        infos.append(TensorInfo(value.name, dtype, onnx_api.static_shape(value)))
    complaints.add_all(findings)
    if not model.graph.output:
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


def _attributes(
    proto: onnx.NodeProto,
    name: str,
    read_tensor: Callable[[onnx.TensorProto], Array],
    complaints: Complaints,
) -> dict[str, AttributeValue]:
    values: dict[str, AttributeValue] = {}
    for a in proto.attribute:
        try:
            values[a.name] = onnx_api.guarded(
                f"node '{name}' ({proto.op_type}): attribute '{a.name}' cannot be read",
                lambda a=a: onnx_api.attribute_value(a, read_tensor),
            )
        except NnoptError as error:
            complaints.add(error, "node", name)
            values[a.name] = None
    return values


def _nodes(
    model: onnx.ModelProto,
    opsets: Mapping[str, int],
    read_tensor: Callable[[onnx.TensorProto], Array],
    complaints: Complaints,
) -> list[Node]:
    if len(model.graph.node) > MAX_NODES:
        raise NnoptError(f"the graph has {len(model.graph.node)} nodes, more than {MAX_NODES}")
    nodes: list[Node] = []
    ir_version = max(3, min(model.ir_version, onnx.IR_VERSION))
    for proto, name in zip(model.graph.node, _unique_names(model.graph.node), strict=True):
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        opset = opsets.get(domain, 1)
        attributes = _attributes(proto, name, read_tensor, complaints)
        node = Node(
            name,
            proto.op_type,
            domain,
            opset,
            tuple(proto.input),
            tuple(proto.output),
            attributes,
        )
        if domain == "" and onnx_api.is_known_operator(domain, proto.op_type, opset):
            complaint = onnx_api.check_node(proto, dict(opsets), ir_version)
            if complaint:
                text = f"node '{name}' ({proto.op_type}) is not valid ONNX: {complaint}"
                complaints.add(NnoptError(text), "node", name)
        nodes.append(node)
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
            raise NnoptError(f"the {what} {quoted(twice)} is given twice")
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


def _sorted(graph: onnx.GraphProto, nodes: list[Node], complaints: Complaints) -> tuple[Node, ...]:
    """The needed nodes, each after those it reads from, else in the order of the file.

    A value that nothing makes goes to `complaints`. Raises NnoptError on a cycle.
    """
    producer = _check_names(graph, nodes)
    given = {v.name for v in graph.input} | {t.name for t in graph.initializer} | {""}
    missing = [v.name for v in graph.output if v.name not in producer and v.name not in given]
    for name in missing:
        text = f"nothing makes the output '{name}'; is the file complete?"
        complaints.add(NnoptError(text), "file", name)
    needed = _needed(nodes, producer, [v.name for v in graph.output])
    waiting: dict[int, int] = {}
    readers: dict[int, list[int]] = {index: [] for index in needed}
    for index in sorted(needed):
        sources: set[int] = set()
        for name in nodes[index].inputs:
            if name in given:
                continue
            if name not in producer:
                error = nodes[index].error(
                    f"it reads '{name}', which is neither an input, an initializer nor the "
                    "result of a node",
                    "an initializer is missing from the file",
                )
                complaints.add(error, "node", nodes[index].name)
            else:
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


def _initializers(
    model: onnx.ModelProto, used: Set[str], folder: Path | None, complaints: Complaints
) -> dict[str, Array]:
    """Those that are used; what cannot be read is left out."""
    if model.graph.sparse_initializer:
        text = "sparse initializers are not supported; store the weights dense"
        complaints.add(NnoptError(text), "data")
    constants: dict[str, Array] = {}
    for tensor in model.graph.initializer:
        if tensor.name in used:
            try:
                constants[tensor.name] = read_initializer(tensor, folder)
            except NnoptError as error:
                complaints.add(error, "data", tensor.name)
    return constants


def prepare(
    model: onnx.ModelProto,
    folder: Path | None,
    bindings: Mapping[str, int],
    expand: Callable[[str, str, int], bool],
    tell_batch: Callable[[str], None] | None = None,
    complaints: Complaints | None = None,
) -> Graph:
    """Check and normalise a model.

    `folder` is where external data may lie, `bindings` gives symbolic dimensions their values, and
    `expand(domain, op_type, opset)` says which operators to replace by ONNX's own definition of
    them. With `tell_batch`, an open batch dimension is taken as 1, and that gets a sentence about
    it, and one about types that are made wider. Raises NnoptError; with `complaints` that keep
    errors, only for what leaves no graph to look at.
    """
    complaints = complaints or Complaints()
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    opsets = opset_versions(copy)
    try:
        bind_dimensions(copy, bindings)
    except NnoptError as error:
        complaints.add(error, "dimension")
    if tell_batch is not None:
        assume_batch(copy, tell_batch)
    if widen_half(copy, folder, complaints) and tell_batch is not None:
        tell_batch("float16 is float32 in C, for inputs and outputs as well")
    inputs, outputs = _inputs(copy, complaints), _outputs(copy, complaints)
    read = partial(read_initializer, folder=folder)
    for _ in range(MAX_DEPTH):
        add_decompositions(copy, opsets)
        copy = onnx_api.inline_functions(copy, lambda d, op: expand(d, op, opsets.get(d, 1)))
        if not unroll(copy, read):
            break
    nodes = _sorted(copy.graph, _nodes(copy, opsets, read, complaints), complaints)
    used = {name for node in nodes for name in node.inputs} | {info.name for info in outputs}
    constants = _initializers(copy, used, folder, complaints)
    made = {name for node in nodes for name in node.outputs} | {info.name for info in inputs}
    return Graph(
        copy.graph.name,
        inputs,
        outputs,
        nodes,
        constants,
        lambda: _known_shapes(copy),
        frozenset(used - made - constants.keys() - {""}),
    )
