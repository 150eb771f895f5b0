"""The walk over an ONNX graph that builds a module: values, constants, locations, and what is
wrong.

One pass over the sorted nodes. A node whose inputs are all constants is evaluated; any other goes
to its handler, which adds operations through the `Importer` it is given. A node that cannot be
imported is noted and its results are unknown from then on, so that one run names everything that is
wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    IntegerType,
    ModuleOp,
    Signedness,
    StringAttr,
    TensorType,
    UnitAttr,
    f32,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint
from xdsl.transforms.dead_code_elimination import dce
from xdsl.utils.exceptions import VerifyException

from ...dialects import fxp, nn
from ...dialects.errors import NnoptError
from .evaluate import can_evaluate, evaluate_node
from .model import Array, Finding, Graph, ModelProblems, Node
from .names import sanitized
from .reasons import reason_of
from .registry import find_handler, registered_operators
from .values import QuantizedConstant, Result, Unknown, Value

ELEMENT_TYPES: dict[np.dtype[Any], Attribute] = {
    np.dtype(np.float32): f32,
    np.dtype(np.int8): i8,
    np.dtype(np.uint8): IntegerType(8, Signedness.UNSIGNED),
    np.dtype(np.int16): i16,
    np.dtype(np.uint16): IntegerType(16, Signedness.UNSIGNED),
    np.dtype(np.int32): i32,
    np.dtype(np.int64): i64,
    np.dtype(np.bool_): i1,
}
"""The element types a tensor may have at run time. Signless integers are signed."""


MAX_ELEMENTS = (1 << 31) - 1
"""No tensor may have more elements than this."""


MAY_BE_INFINITE = frozenset(
    [
        "Add",
        "Sub",
        "Where",
        "Equal",
        "Less",
        "LessOrEqual",
        "Greater",
        "GreaterOrEqual",
        "Min",
        "Max",
        "Clip",
        "Pad",
    ]
)
"""Operators to which a constant infinity is a mask or a bound, not a broken weight."""


def _is_not_finite(array: Array) -> Array:
    return ~np.isfinite(array)


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """The dimensions of a tensor-typed value."""
    return cast("TensorType[Attribute]", value.type).get_shape()


def element_type_of(value: SSAValue) -> Attribute:
    """The element type of a tensor-typed value."""
    return cast("TensorType[Attribute]", value.type).element_type


def is_real(value: SSAValue) -> bool:
    """Whether a value is an f32 tensor."""
    return element_type_of(value) == f32


@dataclass(frozen=True)
class ImportOptions:
    """What the user may choose."""

    allow_non_finite: bool = False
    """Accept NaN and infinity in weights."""


class EmptyTensor(NnoptError):
    """An operation would make a tensor without elements."""


class Importer:
    """The state of one import; handlers get it as `ctx`."""

    def __init__(self, graph: Graph, options: ImportOptions):
        self.graph = graph
        self.options = options
        self.block = Block()
        self.builder = Builder(InsertPoint.at_end(self.block))
        self.values: dict[str, Value] = {name: Unknown() for name in graph.missing}
        self.values |= graph.constants
        self.problems: list[str] = []
        self.findings: list[Finding] = []
        self.unsupported: dict[str, list[Node]] = {}
        self._built: dict[tuple[str, str, fxp.FxpType | None], SSAValue] = {}
        self._plain: dict[SSAValue, SSAValue] = {}
        self._location = nn.name_location(graph.name or "main")
        self._kind = ""

    @cached_property
    def known_shapes(self) -> Mapping[str, tuple[int, ...]]:
        """What ONNX's shape inference finds: needed only behind a node that cannot be imported."""
        return self.graph.infer_shapes()

    @cached_property
    def used(self) -> frozenset[str]:
        """Names of the values that a node or an output of the graph reads."""
        names = {name for node in self.graph.nodes for name in node.inputs}
        return frozenset(names | {info.name for info in self.graph.outputs})

    def is_used(self, name: str) -> bool:
        """Whether something reads a value."""
        return name in self.used

    # What handlers use to read a node's inputs

    def value(self, node: Node, index: int) -> Value:
        """Whatever is known of an input: an array, a quantized constant or a run-time value."""
        if not node.has_input(index):
            raise node.error(f"input {index} is missing")
        return self.values[node.inputs[index]]

    def shape(self, node: Node, index: int) -> tuple[int, ...]:
        """The dimensions of an input."""
        value = self.value(node, index)
        if isinstance(value, SSAValue):
            return shape_of(value)
        if isinstance(value, Unknown):
            return self.known_shapes[node.inputs[index]]
        return tuple(value.shape)

    def try_constant(self, node: Node, index: int) -> Array | None:
        """The array of an input that is constant and not stored quantized; None otherwise or
        when it is left out.
        """
        value = self.value(node, index) if node.has_input(index) else None
        return value if isinstance(value, np.ndarray) else None

    def constant(self, node: Node, index: int, what: str) -> Array:
        """The array of an input that must be constant. Raises NnoptError when it is not."""
        value = self.value(node, index)
        if not isinstance(value, np.ndarray):
            raise node.error(
                f"its {what} ('{node.inputs[index]}') is not constant, which is not supported",
                "export the model with fixed shapes and simplify it",
            )
        return value

    def integers(self, node: Node, index: int, what: str) -> tuple[int, ...]:
        """The elements of a constant integer input."""
        array = self.constant(node, index, what)
        if array.dtype.kind not in "iu":
            raise node.error(f"its {what} ('{node.inputs[index]}') must be integers")
        return tuple(int(item) for item in array.reshape(-1))

    def scalar(self, node: Node, index: int, what: str) -> float:
        """The only element of a constant input."""
        array = self.constant(node, index, what)
        if array.size != 1:
            raise node.error(f"its {what} ('{node.inputs[index]}') must be one number")
        return float(array.reshape(-1)[0])

    def stored(self, node: Node, index: int) -> SSAValue:
        """An input as a run-time value; an integer tensor made by a quantization keeps its `!fxp`
        type.
        """
        return self.build(self.value(node, index), node.inputs[index])

    def raw(self, node: Node, index: int) -> SSAValue:
        """As `stored`, but per-axis encodings, which moving elements breaks, are dropped."""
        value = self.stored(node, index)
        encoding = fxp.fxp_type_of(value.type)
        return value if encoding is None or encoding.axis is None else self.plain(value)

    def operand(self, node: Node, index: int) -> SSAValue:
        """An input as a run-time value of f32 or plain integers."""
        return self.plain(self.raw(node, index))

    def plain(self, value: SSAValue) -> SSAValue:
        """A value with an `!fxp` type seen as its storage integers; any other value as it is."""
        encoding = fxp.fxp_type_of(value.type)
        if encoding is None:
            return value
        if value not in self._plain:
            self._plain[value] = self.add(fxp.StorageCastOp(value))
        return self._plain[value]

    # What handlers use to make operations

    def add(self, op: Operation) -> SSAValue:
        """Append an operation at the current node's location; returns its first result.

        Raises VerifyException when it does not verify, which the walk turns into an error that
        names the node.
        """
        op.location = self._location
        if isinstance(op, nn.RingOp | nn.ReduceOp) and nn.as_integer(element_type_of(op.result)):
            op.wraps = UnitAttr()  # nothing is known of a model's own integers
        self.builder.insert(op)
        op.verify(verify_nested_ops=False)
        for result in op.results:
            if not math.prod(shape_of(result)):
                raise EmptyTensor(
                    f"it works on an empty tensor of dimensions {list(shape_of(result))}, "
                    "which C has no memory for"
                )
            if math.prod(shape_of(result)) > MAX_ELEMENTS:
                raise NnoptError(f"it makes a tensor of dimensions {list(shape_of(result))}")
        return op.results[0]

    def build(self, value: Value, name: str = "", layout: str = "") -> SSAValue:
        """The run-time value of anything; constants are made once per name and layout."""
        if isinstance(value, SSAValue):
            return value
        if isinstance(value, Unknown):
            raise NnoptError(f"value '{name}' is unknown")
        encoding = value.encoding if isinstance(value, QuantizedConstant) else None
        key = (name, layout, encoding)
        if not name or key not in self._built:
            made = (
                self.add_constant(value, name)
                if isinstance(value, np.ndarray)
                else self._dequantized(value)
            )
            if not name:
                return made
            self._built[key] = made
        return self._built[key]

    def add_constant(self, array: Array, name: str = "", checked: bool = True) -> SSAValue:
        """Append an array as nn.constant; weights that are not finite are refused."""
        if array.dtype not in ELEMENT_TYPES:
            raise NnoptError(
                f"constant '{name}' has element type {array.dtype}, which is not supported; "
                "convert the model to float32"
            )
        if array.dtype == np.float32 and checked and not self.options.allow_non_finite:
            is_wrong = np.isnan if self._kind in MAY_BE_INFINITE else _is_not_finite
            wrong = int(np.count_nonzero(is_wrong(array)))
            if wrong:
                raise NnoptError(
                    f"constant '{name}' has {wrong} of {array.size} elements that are NaN or "
                    "infinite"
                )
        result = self.add(nn.ConstantOp.from_array(array))
        result.name_hint = sanitized(name)
        return result

    def _dequantized(self, value: QuantizedConstant) -> SSAValue:
        op = nn.ConstantOp.from_array(
            value.storage, TensorType(value.encoding, value.storage.shape)
        )
        stored = self.add(op)
        stored.name_hint = sanitized(value.name)
        return self.add(fxp.DequantizeOp(stored))

    # The walk

    def run(self) -> ModuleOp:
        """Import the graph. Raises ModelProblems with everything that is wrong."""
        for info in self.graph.inputs:
            if info.dtype not in ELEMENT_TYPES:
                problem = f"input '{info.name}' has element type {info.dtype}, which is not"
                raise ModelProblems((f"{problem} supported; convert the model to float32",))
            if math.prod(max(extent, 1) for extent in info.shape or ()) > MAX_ELEMENTS:
                problem = f"input '{info.name}' has shape {list(info.shape or ())}"
                raise ModelProblems((f"{problem}, which cannot be meant; is the file corrupt?",))
            argument_type = TensorType(ELEMENT_TYPES[info.dtype], info.shape or ())
            argument = self.block.insert_arg(argument_type, len(self.block.args))
            argument.name_hint = sanitized(info.name)
            self.values[info.name] = argument
            if not math.prod(info.shape or ()):  # all of it is known
                self.values[info.name] = np.zeros(info.shape or (), info.dtype)
        for node in self.graph.nodes:
            self._import_node(node)
        self._note_unsupported()
        if self.problems:
            raise ModelProblems(tuple(self.problems), tuple(self.findings))
        try:
            module = self._module()
        except NnoptError as error:
            raise ModelProblems((str(error),)) from error
        dce(module)
        return module

    def _import_node(self, node: Node) -> None:
        self._location = nn.name_location(node.name)
        self._kind = node.op_type
        try:
            results = self._results(node)
        except EmptyTensor as error:
            results = self._empty_results(node)
            if results is None:
                self.problems.append(str(node.error(str(error))))
        except NnoptError as error:
            text = str(error)
            named = text if f"'{node.name}'" in text else str(node.error(text))
            self.problems.append(named)
            finding = Finding.of(error, "node", node.name)
            self.findings.append(replace(finding, op=node.kind))
            results = None
        except (
            VerifyException,
            ValueError,
            IndexError,
            TypeError,
            KeyError,
            OverflowError,
        ) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self._note(node, f"its inputs and attributes do not fit: {reason}")
            results = None
        for index, name in enumerate(node.outputs):
            if name:
                self._bind(node, name, index, results)

    def _results(self, node: Node) -> Sequence[Value] | None:
        """The values of a node's outputs; None when they cannot be known because of an earlier
        problem.
        """
        inputs = [self.values[name] if name else None for name in node.inputs]
        handler = find_handler(node.domain, node.op_type, node.opset)
        unknown = any(
            isinstance(value, Unknown)
            and not (node.op_type in ("Shape", "Size") and name in self.known_shapes)
            for name, value in zip(node.inputs, inputs, strict=True)
        )
        constant = inputs and all(
            value is None or isinstance(value, np.ndarray) for value in inputs
        )
        if constant and can_evaluate(node):
            return evaluate_node(node, [cast("Array | None", value) for value in inputs])
        if handler is None:
            self.unsupported.setdefault(f"{node.kind} (opset {node.opset})", []).append(node)
            return None
        if unknown:
            return None
        return as_sequence(handler(self, node))

    def _empty_results(self, node: Node) -> Sequence[Value] | None:
        """The outputs of a node that all have no elements, so that they are known; else None."""
        inputs: list[Array | None] = []
        for name in node.inputs:
            value = self.values[name] if name else None
            if isinstance(value, SSAValue):
                if element_type_of(value) not in ELEMENT_TYPES.values():
                    return None
                value = np.zeros(shape_of(value), nn.dtype_of(element_type_of(value)))
            if value is not None and not isinstance(value, np.ndarray):
                return None
            inputs.append(value)
        if not can_evaluate(node):
            return None
        try:
            results = evaluate_node(node, inputs)
        except NnoptError:
            return None
        return None if any(result.size for result in results) else results

    def _bind(self, node: Node, name: str, index: int, results: Sequence[Value] | None) -> None:
        if results is not None and index >= len(results):
            self._note(node, f"its output {index} ('{name}') is used, which is not supported")
            results = None
        value: Value = Unknown() if results is None else results[index]
        if isinstance(value, SSAValue) and value.name_hint is None:
            value.name_hint = sanitized(name)
        self.values[name] = value

    def _note(self, node: Node, problem: str) -> None:
        error = node.error(problem)
        self.problems.append(str(error))
        self.findings.append(Finding.of(error))

    def _note_unsupported(self) -> None:
        if not self.unsupported:
            return
        parts: list[str] = []
        for kind, nodes in sorted(self.unsupported.items()):
            self.findings += [unsupported(node) for node in nodes]
            count = f"{len(nodes)} nodes, the first is" if len(nodes) > 1 else "node"
            words = reason_of(nodes[0].domain, nodes[0].op_type)
            why = f" ({'; '.join(words)})" if words else ""
            parts.append(f"{kind}: {count} '{nodes[0].name}'{why}")
        self.problems.insert(0, f"operators that are not supported: {', '.join(parts)}")

    def _module(self) -> ModuleOp:
        results: list[SSAValue] = []
        self._location = nn.name_location(self.graph.name or "main")
        for info in self.graph.outputs:
            results.append(self._returned(self.values[info.name], info.name))
        self.add_return(results)
        function_type = FunctionType.from_lists(
            self.block.arg_types, [value.type for value in results]
        )
        function = FuncOp(
            "main",
            function_type,
            Region(self.block),
            visibility="public",
            arg_attrs=_names([info.name for info in self.graph.inputs]),
            res_attrs=_names([info.name for info in self.graph.outputs]),
        )
        function.location = self._location
        return ModuleOp([function])

    def _returned(self, value: Value, name: str) -> SSAValue:
        """A value as an output; one without elements is a repetition of a zero, no times."""
        if isinstance(value, np.ndarray) and not value.size:
            zero = self.add(nn.ConstantOp.from_array(np.zeros((1,) * value.ndim, value.dtype)))
            op = nn.BroadcastOp(zero, value.shape)
            op.location = self._location
            self.builder.insert(op)
            return op.result
        if isinstance(value, np.ndarray):
            return self.add_constant(value, name, checked=name in self.graph.constants)
        return self.plain(self.build(value, name))

    def add_return(self, values: Sequence[SSAValue]) -> None:
        """End the function."""
        op = ReturnOp(*values)
        op.location = self._location
        self.builder.insert(op)


def unsupported(node: Node) -> Finding:
    """What is said of a node whose operator has no handler."""
    versions = registered_operators().get((node.domain, node.op_type))
    if versions:
        reason = (
            f"the operator is supported from opset {versions[0]} on, the model has {node.opset}"
        )
        advice = "convert the model with onnx.version_converter"
    elif words := reason_of(node.domain, node.op_type):
        reason, advice = f"the operator is not supported: {words[0]}", words[1]
    else:
        reason = f"the operator is not supported (opset {node.opset})"
        advice = "replace the layer, or add the operator with nnopt.register_operator"
    return Finding("operator", node.name, node.kind, reason, advice)


def as_sequence(result: Result) -> Sequence[Value]:
    """A handler's result as one value per output."""
    if isinstance(result, SSAValue | np.ndarray | QuantizedConstant):
        return [result]
    return list(result)


def _names(names: Sequence[str]) -> ArrayAttr[DictionaryAttr]:
    attributes: list[Mapping[str, Attribute]] = [{"nn.name": StringAttr(name)} for name in names]
    return ArrayAttr([DictionaryAttr(dict(item)) for item in attributes])
