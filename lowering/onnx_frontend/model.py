"""A checked ONNX graph as plain Python data: what the handlers see instead of protobuf messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError

Array: TypeAlias = NDArray[Any]

AttributeValue: TypeAlias = (
    int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...] | Array | None
)
"""The value of a node's attribute; None stands for a kind we do not read (graphs, types, …)."""


class NodeError(NnoptError):
    """What is wrong with one node, and what to do about it."""

    def __init__(self, node: "Node", problem: str, advice: str = ""):
        self.node, self.problem, self.advice = node, problem, advice
        super().__init__(
            f"node '{node.name}' ({node.kind}): {problem}" + (f"; {advice}" if advice else "")
        )


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a model, for `nnopt check`."""

    kind: str
    """What it is about: file, dimension, data, operator, node, numbers or compile."""
    subject: str
    """Name of the node or of the value; empty when it is about the whole model."""
    op: str
    """The node's operator; empty when it is about no node."""
    reason: str
    advice: str = ""
    severity: str = "error"
    """`error`: the model cannot be compiled; `warning`: its results may be bad."""

    @staticmethod
    def of(error: NnoptError, kind: str = "file", subject: str = "") -> "Finding":
        """The finding that an exception tells of."""
        if isinstance(error, NodeError):
            node = error.node
            return Finding("node", node.name, node.kind, error.problem, error.advice)
        reason, _, advice = str(error).partition("; ")
        return Finding(kind, subject, "", reason, advice)


@dataclass(frozen=True)
class Node:
    """One ONNX node."""

    name: str
    """Unique in the graph; made of operator and index where the file gives none."""
    op_type: str
    domain: str
    """Empty for ONNX's own operators."""
    opset: int
    """The version of the node's domain the model asks for."""
    inputs: tuple[str, ...]
    """Value names; an empty name is an optional input left out."""
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeValue] = field(
        default_factory=lambda: dict[str, AttributeValue]()
    )

    @property
    def kind(self) -> str:
        """The operator as people write it: `Conv`, `com.microsoft.QGemm`."""
        return f"{self.domain}.{self.op_type}" if self.domain else self.op_type

    def has_input(self, index: int) -> bool:
        """Whether the optional input at this position is there."""
        return index < len(self.inputs) and self.inputs[index] != ""

    def has_output(self, index: int) -> bool:
        """Whether the optional output at this position is wanted."""
        return index < len(self.outputs) and self.outputs[index] != ""

    def error(self, problem: str, advice: str = "") -> NnoptError:
        """The exception that says what is wrong with this node and what to do about it."""
        return NodeError(self, problem, advice)

    def _wrong_type(self, name: str, wanted: str) -> NnoptError:
        return self.error(f"attribute '{name}' is not {wanted}")

    def has(self, name: str) -> bool:
        """Whether the attribute is given."""
        return name in self.attributes

    def int_(self, name: str, default: int) -> int:
        """An integer attribute."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int):
            raise self._wrong_type(name, "an integer")
        return value

    def float_(self, name: str, default: float) -> float:
        """A float attribute; its value is a float32 widened."""
        value = self.attributes.get(name, default)
        if not isinstance(value, float | int):
            raise self._wrong_type(name, "a number")
        return float(value)

    def string(self, name: str, default: str) -> str:
        """A string attribute."""
        value = self.attributes.get(name, default)
        if not isinstance(value, str):
            raise self._wrong_type(name, "a string")
        return value

    def ints(self, name: str) -> tuple[int, ...] | None:
        """A list of integers, or None when it is not given."""
        value = self.attributes.get(name)
        if value is None:
            return None
        if not isinstance(value, tuple):
            raise self._wrong_type(name, "a list of integers")
        result: list[int] = []
        for item in value:
            if not isinstance(item, int):
                raise self._wrong_type(name, "a list of integers")
            result.append(item)
        return tuple(result)

    def axes(self, name: str, rank: int) -> tuple[int, ...] | None:
        """A list of axes of a tensor of that rank, made non-negative."""
        values = self.ints(name)
        return None if values is None else self.normalize_axes(values, rank)

    def axis(self, name: str, default: int, rank: int) -> int:
        """One axis of a tensor of that rank, made non-negative."""
        return self.normalize_axes((self.int_(name, default),), rank)[0]

    def normalize_axes(self, values: tuple[int, ...], rank: int) -> tuple[int, ...]:
        """Negative axes count from the end. Raises NnoptError when one is out of range."""
        for value in values:
            if not -rank <= value < rank:
                raise self.error(f"axis {value} is outside of a tensor of {rank} dimensions")
        return tuple(value % rank for value in values)


@dataclass(frozen=True)
class TensorInfo:
    """The declared type of a graph input or output."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...] | None
    """None when the file does not give a static shape (allowed for outputs only)."""


@dataclass(frozen=True)
class Graph:
    """A graph whose nodes are in an order in which each value is made before it is used."""

    name: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    """The initializers."""
    infer_shapes: Callable[[], Mapping[str, tuple[int, ...]]]
    """Static shapes of values as far as ONNX's own shape inference finds them; takes its time."""
    missing: frozenset[str] = frozenset()
    """Initializers that could not be read; only in a graph that is looked at, not compiled."""


MAX_SHOWN = 20
"""How many problems the message of ModelProblems holds."""


def one_line(text: str) -> str:
    """The text with line breaks and control characters replaced: names may have them."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class ModelProblems(NnoptError):
    """Everything that is wrong with a model; the message names all of it."""

    def __init__(self, problems: tuple[str, ...], findings: tuple[Finding, ...] = ()):
        self.findings = findings
        problems = tuple(one_line(problem) for problem in problems)
        self.problems = problems
        if len(problems) == 1:
            super().__init__(problems[0])
        else:
            shown = problems[:MAX_SHOWN]
            items = "; ".join(f"({i}) {text}" for i, text in enumerate(shown, 1))
            more = "; …" if len(problems) > MAX_SHOWN else ""
            super().__init__(f"{len(problems)} problems: {items}{more}")
