"""If, Loop and Scan whose course is known: the branch that is taken, the iterations one by one.

A microcontroller's network has fixed shapes, and so have its loops; what depends on data at run
time is refused with the name of the value that it depends on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnx.helper

from ...dialects.errors import NnoptError
from . import onnx_api
from .model import Array

MAX_NODES = 20_000
"""No graph may have more nodes when its loops are written out."""

MAX_DEPTH = 8
"""Loops in loops, so many times."""

CONTROL = frozenset({"If", "Loop", "Scan"})

ReadTensor = Callable[[onnx.TensorProto], Array]


def is_control(node: onnx.NodeProto) -> bool:
    """Whether a node holds graphs that run any number of times."""
    return node.op_type in CONTROL and node.domain in ("", "ai.onnx")


def attribute(node: onnx.NodeProto, name: str) -> onnx.AttributeProto | None:
    """An attribute of a node."""
    return next((a for a in node.attribute if a.name == name), None)


def integers(node: onnx.NodeProto, name: str, count: int) -> list[int]:
    """A list of integers, zeros where it is left out. Raises NnoptError for another length."""
    found = attribute(node, name)
    values = [0] * count if found is None else list(found.ints)
    if len(values) != count:
        raise NnoptError(
            f"node '{node.name}' ({node.op_type}): {name} has {len(values)} numbers, not {count}"
        )
    return values


def renamed(node: onnx.NodeProto, names: Mapping[str, str]) -> onnx.NodeProto:
    """A copy of a node that reads and makes values by other names, in its own graphs too."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    for values in (copy.input, copy.output):
        for index, name in enumerate(values):
            values[index] = names.get(name, name)
    for item in copy.attribute:
        if item.type == onnx.AttributeProto.GRAPH:
            _rename_inside(item.g, names)
    return copy


def _rename_inside(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    """Rename what a graph reads from around it; what it makes itself hides names of outside."""
    own = {v.name for v in graph.input} | {t.name for t in graph.initializer}
    own |= {name for node in graph.node for name in node.output}
    outer = {old: new for old, new in names.items() if old not in own}
    nodes = [renamed(node, outer) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    for value in graph.output:
        value.name = outer.get(value.name, value.name)


@dataclass
class Unroller:
    """One pass over a graph: all control flow of its own is written out once."""

    model: onnx.ModelProto
    read_tensor: ReadTensor
    nodes: list[onnx.NodeProto] = field(default_factory=list[onnx.NodeProto])
    count: int = 0

    def __post_init__(self) -> None:
        graph = self.model.graph
        self.opset = next(
            (o.version for o in self.model.opset_import if o.domain in ("", "ai.onnx")), 1
        )
        self.tensors = {t.name: t for t in graph.initializer}
        self.producers = {name: node for node in graph.node for name in node.output}
        self.taken = {*self.tensors, *self.producers, *(v.name for v in graph.input)}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def run(self) -> None:
        """Replace the graph's nodes."""
        # What numbers a shape is made of is only followed where no Range can ask for gigabytes.
        values = all(node.op_type != "Range" for node in self.model.graph.node)
        inferred = onnx_api.infer_shapes(self.model, values)
        if inferred is not None:
            for value in (
                *inferred.graph.value_info,
                *inferred.graph.input,
                *inferred.graph.output,
            ):
                shape = onnx_api.static_shape(value)
                if shape is not None:
                    self.shapes[value.name] = shape
        for tensor in self.model.graph.initializer:
            self.shapes[tensor.name] = tuple(tensor.dims)
        for node in list(self.model.graph.node):
            if not is_control(node):
                self.put(node)
                continue
            self.check_form(node)
            if node.op_type == "If":
                self.branch(node)
            elif node.op_type == "Loop":
                self.loop(node)
            else:
                self.scan(node)
        del self.model.graph.node[:]
        self.model.graph.node.extend(self.nodes)

    # Pieces

    def error(self, node: onnx.NodeProto, what: str, advice: str = "") -> NnoptError:
        """The error that names a node."""
        name = node.name or (node.output[0] if node.output else "")
        text = f"{what}; {advice}" if advice else what
        return NnoptError(f"node '{name}' ({node.op_type}): {text}")

    def check_form(self, node: onnx.NodeProto) -> None:
        """Raises NnoptError where a node and its graphs do not have each other's values."""
        if not node.output:
            raise self.error(node, "it has no output")
        if node.op_type == "If":
            if len(node.input) != 1 or not node.input[0]:
                raise self.error(node, "it has not one condition")
            for which in ("then_branch", "else_branch"):
                self.check_graph(node, which, 0, len(node.output))
            return
        given = len(node.input)
        if node.op_type == "Loop":
            states = max(given - 2, 0)
            self.check_graph(node, "body", 2 + states, 1 + states)
            return
        given -= 1 if self.opset < 9 else 0
        found = attribute(node, "num_scan_inputs")
        count = 0 if found is None else found.i
        if not 1 <= count <= given:
            raise self.error(node, f"it goes through {count} of its {given} inputs")
        self.check_graph(node, "body", given, given - count)

    def check_graph(self, node: onnx.NodeProto, name: str, inputs: int, outputs: int) -> None:
        """Raises NnoptError where a graph has other inputs, or not enough outputs."""
        graph = self.body(node, name)
        if len(graph.input) != inputs or len(graph.output) < outputs:
            raise self.error(
                node,
                f"its graph '{name}' has {len(graph.input)} inputs and {len(graph.output)} "
                f"outputs, not {inputs} and at least {outputs}",
            )

    def put(self, node: onnx.NodeProto) -> None:
        """Append a node."""
        if len(self.nodes) >= MAX_NODES:
            raise NnoptError(f"with its loops written out the graph has over {MAX_NODES} nodes")
        self.nodes.append(node)
        for name in node.output:
            self.producers[name] = node

    def fresh(self, base: str) -> str:
        """A name that no value has."""
        self.count += 1
        name = f"{base}/{self.count}"
        while name in self.taken:
            self.count += 1
            name = f"{base}/{self.count}"
        self.taken.add(name)
        return name

    def constant(self, array: Array, base: str) -> str:
        """A new initializer."""
        name = self.fresh(base)
        tensor = onnx.numpy_helper.from_array(array, name)
        self.model.graph.initializer.append(tensor)
        self.tensors[name] = tensor
        return name

    def make(self, op_type: str, inputs: Sequence[str], base: str, **attributes: object) -> str:
        """A new node with one output, whose name is returned."""
        name = self.fresh(base)
        self.put(onnx.helper.make_node(op_type, inputs, [name], name=name, **attributes))  # type: ignore[arg-type]
        return name

    def alias(self, source: str, name: str) -> None:
        """Another name for a value."""
        self.put(onnx.helper.make_node("Identity", [source], [name], name=f"{name}/is"))

    def known(self, name: str) -> Array | None:
        """The value of a constant, if it is one by itself."""
        for _ in range(100):
            if name in self.tensors:
                return self.read_tensor(self.tensors[name])
            node = self.producers.get(name)
            if node is None:
                return None
            if node.op_type == "Identity" and node.input:
                name = node.input[0]
                continue
            value = attribute(node, "value") if node.op_type == "Constant" else None
            return None if value is None else self.read_tensor(value.t)
        return None

    def truth(self, node: onnx.NodeProto, name: str) -> bool:
        """The value of a condition. Raises NnoptError when it depends on data."""
        value = self.known(name)
        if value is None or value.size != 1:
            raise self.error(
                node,
                f"its condition '{name}' is not constant",
                "what runs has to be known when the network is compiled",
            )
        return bool(value.reshape(-1)[0])

    def inline(self, graph: onnx.GraphProto, inputs: Sequence[str], base: str) -> list[str]:
        """The nodes of a body, with its inputs bound to values; returns what its outputs are."""
        names = {v.name: given for v, given in zip(graph.input, inputs, strict=False)}
        for tensor in graph.initializer:
            if tensor.name in names:
                continue
            names[tensor.name] = self.fresh(f"{base}/{tensor.name}")
            copy = onnx.TensorProto()
            copy.CopyFrom(tensor)
            copy.name = names[tensor.name]
            self.model.graph.initializer.append(copy)
            self.tensors[copy.name] = copy
        for node in graph.node:
            for name in node.output:
                if name:
                    names[name] = self.fresh(f"{base}/{name}")
        for node in graph.node:
            copy = renamed(node, names)
            copy.name = f"{base}/{node.name or node.op_type}"
            self.put(copy)
        return [names.get(value.name, value.name) for value in graph.output]

    def body(self, node: onnx.NodeProto, name: str) -> onnx.GraphProto:
        """A graph that a node holds. Raises NnoptError when it is not there."""
        found = attribute(node, name)
        if found is None or found.type != onnx.AttributeProto.GRAPH:
            raise self.error(node, f"it has no graph '{name}'")
        return found.g

    def slice_of(self, value: str, index: int, axis: int, base: str) -> str:
        """One element along an axis, which vanishes."""
        place = self.constant(np.array(index, np.int64), base)
        return self.make("Gather", [value, place], base, axis=axis)

    def stacked(self, parts: Iterable[str], axis: int, base: str) -> str:
        """Values joined along a new axis."""
        wide: list[str] = []
        for part in parts:
            if self.opset >= 13:
                axes = self.constant(np.array([axis], np.int64), base)
                wide.append(self.make("Unsqueeze", [part, axes], base))
            else:
                wide.append(self.make("Unsqueeze", [part], base, axes=[axis]))
        return self.make("Concat", wide, base, axis=axis)

    # The three operators

    def branch(self, node: onnx.NodeProto) -> None:
        """The branch that its condition chooses; both where it is not known, if shapes agree."""
        base, condition = node.name or node.output[0], node.input[0]
        if self.known(condition) is not None:
            which = "then_branch" if self.truth(node, condition) else "else_branch"
            self.give(node, self.inline(self.body(node, which), (), base))
            return
        if any(self.shapes.get(name) is None for name in node.output):
            self.truth(node, condition)
        both = [
            self.inline(self.body(node, which), (), f"{base}/{which}")
            for which in ("then_branch", "else_branch")
        ]
        self.give(
            node, [self.make("Where", [condition, *p], base) for p in zip(*both, strict=False)]
        )

    def give(self, node: onnx.NodeProto, results: Sequence[str]) -> None:
        """Bind a node's outputs."""
        if len(results) < len(node.output):
            raise self.error(node, f"it has {len(node.output)} outputs, its graph {len(results)}")
        for name, result in zip(node.output, results, strict=False):
            if name:
                self.alias(result, name)

    def loop(self, node: onnx.NodeProto) -> None:
        """So many iterations as its trip count says, or until a known condition ends it."""
        graph, base = self.body(node, "body"), node.name or node.output[0]
        given = list(node.input) + [""] * (2 - len(node.input))
        trips = self.known(given[0]) if given[0] else None
        if trips is None or trips.size != 1:
            raise self.error(node, "its number of iterations is not constant")
        count = int(trips.reshape(-1)[0])
        states, goes_on = given[2:], not given[1] or self.truth(node, given[1])
        scanned: list[list[str]] = [[] for _ in graph.output[1 + len(states) :]]
        self.check_size(node, count, graph)
        for index in range(count):
            if not goes_on:
                break
            number = self.constant(np.array(index, np.int64), base)
            truth = self.constant(np.array(True), base)
            results = self.inline(graph, [number, truth, *states], f"{base}/{index}")
            goes_on = self.truth(node, results[0])
            states = results[1 : 1 + len(states)]
            for column, value in zip(scanned, results[1 + len(states) :], strict=True):
                column.append(value)
        self.finish(node, states, scanned, [0] * len(scanned), [0] * len(scanned))

    def check_size(self, node: onnx.NodeProto, count: int, graph: onnx.GraphProto) -> None:
        """Raises NnoptError when the iterations make too many nodes."""
        if count * max(len(graph.node), 1) + len(self.nodes) > MAX_NODES:
            raise self.error(
                node,
                f"its {count} iterations of {len(graph.node)} nodes are too many to write out",
            )

    def finish(
        self,
        node: onnx.NodeProto,
        states: Sequence[str],
        scanned: Sequence[Sequence[str]],
        axes: Sequence[int],
        directions: Sequence[int],
    ) -> None:
        """Bind the last states and the values that the iterations gave one by one."""
        base = node.name or node.output[0]
        results = list(states)
        wanted = list(node.output[len(states) :]) + [""] * len(scanned)
        for column, axis, backwards, name in zip(scanned, axes, directions, wanted, strict=False):
            if not column and name:
                raise self.error(node, "it runs no iteration, so that an output is empty")
            parts = list(reversed(column)) if backwards else list(column)
            results.append(self.stacked(parts, axis, base) if name else "")
        self.give(node, results)

    def scan(self, node: onnx.NodeProto) -> None:
        """An iteration for each slice of its inputs."""
        graph, base = self.body(node, "body"), node.name or node.output[0]
        found = attribute(node, "num_scan_inputs")
        count = 0 if found is None else found.i
        given = list(node.input)
        if self.opset < 9:
            self.scan_batches(node, graph, given[1:], count)
            return
        split = len(given) - count
        axes = integers(node, "scan_input_axes", count)
        directions = integers(node, "scan_input_directions", count)
        states, scanned = self.iterations(
            node, graph, given[:split], given[split:], axes, directions, base
        )
        outputs = len(scanned)
        self.finish(
            node,
            states,
            scanned,
            integers(node, "scan_output_axes", outputs),
            integers(node, "scan_output_directions", outputs),
        )

    def iterations(
        self,
        node: onnx.NodeProto,
        graph: onnx.GraphProto,
        states: Sequence[str],
        inputs: Sequence[str],
        axes: Sequence[int],
        directions: Sequence[int],
        base: str,
        steps: int | None = None,
    ) -> tuple[list[str], list[list[str]]]:
        """The last states, and per scanned output its value in each iteration."""
        if not inputs:
            raise self.error(node, "it has no input to go through")
        if steps is None:
            shape = self.shapes.get(inputs[0])
            if shape is None:
                raise self.error(node, f"the shape of '{inputs[0]}' is not known")
            if not -len(shape) <= axes[0] < len(shape):
                raise self.error(node, f"'{inputs[0]}' has no axis {axes[0]}")
            steps = shape[axes[0]]
        self.check_size(node, steps, graph)
        current = list(states)
        scanned: list[list[str]] = [[] for _ in graph.output[len(current) :]]
        for index in range(steps):
            slices = [
                self.slice_of(name, steps - 1 - index if backwards else index, axis, base)
                for name, axis, backwards in zip(inputs, axes, directions, strict=True)
            ]
            results = self.inline(graph, [*current, *slices], f"{base}/{index}")
            current = results[: len(current)]
            for column, value in zip(scanned, results[len(current) :], strict=True):
                column.append(value)
        return current, scanned

    def scan_batches(
        self, node: onnx.NodeProto, graph: onnx.GraphProto, given: Sequence[str], count: int
    ) -> None:
        """Before opset 9 all inputs have a batch first, each row of which is scanned alone."""
        base = node.name or node.output[0]
        split = len(given) - count
        shape = self.shapes.get(given[split]) if count else None
        if shape is None or len(shape) < 2 or node.input[0]:
            raise self.error(node, "it has sequence lengths, or an input whose shape is not known")
        directions = integers(node, "directions", count)
        rows: list[list[str]] = []
        for row in range(shape[0]):
            own = [self.slice_of(name, row, 0, base) for name in given]
            states, scanned = self.iterations(
                node, graph, own[:split], own[split:], [0] * count, directions, base, shape[1]
            )
            rows.append([*states, *(self.stacked(column, 0, base) for column in scanned)])
        self.give(node, [self.stacked(column, 0, base) for column in zip(*rows, strict=True)])


def unroll(model: onnx.ModelProto, read_tensor: ReadTensor) -> bool:
    """Write out, in place, the control flow of a graph, not that inside of what is written out.

    Returns whether there was any. Raises NnoptError where it depends on data.
    """
    if not any(is_control(node) for node in model.graph.node):
        return False
    Unroller(model, read_tensor).run()
    return True
