"""What a TFLite model keeps between calls: variables, and tensors that operators call their own.

Each becomes an argument of the function and a result of it, marked as a state (`nn.state`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from xdsl.dialects.builtin import StringAttr, TensorType
from xdsl.ir import Attribute, SSAValue

from ...dialects.interpreters.streaming import STATE
from ..onnx_frontend.model import one_line
from ..onnx_frontend.names import sanitized
from .model import Array, Model, Operator, Tensor

if TYPE_CHECKING:
    from .importer import Importer

VARIABLE_KINDS = ("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE")
"""Operators on variables, which have names instead of tensors."""

STATEFUL = ("SVDF",)
"""Operators with an input that they keep for the next call."""

Results: TypeAlias = "list[SSAValue | Array | None]"


@dataclass
class State:
    """A tensor that is kept: its value so far, in the end the one for the next call."""

    name: str
    value: SSAValue
    encoding: Attribute | None

    @property
    def argument_attributes(self) -> Mapping[str, Attribute]:
        """Those of the argument that the value comes in by."""
        return {
            "nn.name": StringAttr(self.name),
            STATE: StringAttr(f"next {self.name}"),
            **self._encoding,
        }

    @property
    def result_attributes(self) -> Mapping[str, Attribute]:
        """Those of the result that the next value goes out by."""
        return {"nn.name": StringAttr(f"next {self.name}"), **self._encoding}

    @property
    def _encoding(self) -> Mapping[str, Attribute]:
        return {} if self.encoding is None else {"nn.encoding": self.encoding}


@dataclass
class Variables:
    """The states of one import."""

    ctx: "Importer"
    states: dict[str, State] = field(default_factory=dict[str, State])
    initial: dict[str, Array] = field(default_factory=dict[str, Array])
    """What variables are before the first call."""
    handles: dict[int, str] = field(default_factory=dict[int, str])
    """The variable that a tensor stands for, by its number."""

    def initialize(self) -> None:
        """Read the subgraphs that run once: constants that are assigned to variables."""
        for graph in self.ctx.model.initial:
            names: dict[int, str] = {}
            for op in graph.operators:
                if op.kind == "VAR_HANDLE":
                    names[op.outputs[0]] = _name(op)
                    continue
                value = _assigned(op, graph)
                if value is None or op.inputs[0] not in names:
                    self.ctx.problems.append(
                        str(op.error("what runs once may only assign constants to variables"))
                    )
                    return
                self.initial[names[op.inputs[0]]] = value

    def results(self, op: Operator) -> Results:
        """Import an operator on variables."""
        if op.kind == "CALL_ONCE":
            return []
        if op.kind == "VAR_HANDLE":
            self.handles[op.outputs[0]] = _name(op)
            return [None] * len(op.outputs)
        name = self.handles.get(op.inputs[0]) if op.inputs else None
        if name is None:
            raise op.error("its first input is no variable")
        if op.kind == "READ_VARIABLE":
            return [self.read(op, name, self.ctx.output(op))]
        self.write(op, name, self.ctx.tensor(op, 1), self.ctx.value(op, 1))
        return []

    def read(self, op: Operator, name: str, tensor: Tensor) -> SSAValue:
        """The value of a variable that is like a tensor."""
        state = self.states.get(name)
        if state is None:
            state = self._begin(op, name, tensor)
        wanted = TensorType(self.ctx.element_type(op, tensor), tensor.shape)
        if state.value.type != wanted:
            raise op.error(f"variable '{name}' is {state.value.type}, not {wanted}")
        return state.value

    def write(self, op: Operator, name: str, tensor: Tensor, value: SSAValue) -> None:
        """Give a variable another value."""
        self.read(op, name, tensor)
        if value.type != self.states[name].value.type:
            raise op.error(f"variable '{name}' gets {value.type}")
        self.states[name].value = value

    def _begin(self, op: Operator, name: str, tensor: Tensor) -> State:
        """Make the argument that a state comes in by. It starts at what stands for zero."""
        ctx = self.ctx
        element = ctx.element_type(op, tensor)
        zero = ctx.encoding(op, tensor).zero_point if ctx.is_quantized(tensor) else 0
        first = self.initial.get(name)
        if first is not None and (np.asarray(first) != zero).any():
            raise op.error(f"variable '{name}' does not start at zero, which is not supported")
        argument = ctx.block.insert_arg(TensorType(element, tensor.shape), len(ctx.block.args))
        taken = {ctx.model.tensors[number].name for number in ctx.model.inputs}
        label = one_line(name)
        label = f"{label} state" if label in taken else label
        argument.name_hint = sanitized(label)
        state = State(label, argument, ctx.encoding_type(tensor))
        self.states[name] = state
        return state

    def kept(self) -> list[State]:
        """The states in the order of their arguments."""
        return list(self.states.values())


def _name(op: Operator) -> str:
    """The name of a variable: container and shared name."""
    parts = [op.read(key) for key in ("Container", "SharedName")]
    return "/".join(_text(part) for part in parts if part)


def _text(part: Any) -> str:
    return bytes(part).decode("utf-8", "replace")


def _assigned(op: Operator, graph: Model) -> Array | None:
    """The constant that an operator assigns, None if it does something else."""
    if op.kind != "ASSIGN_VARIABLE" or len(op.inputs) != 2 or op.inputs[1] < 0:
        return None
    return graph.tensors[op.inputs[1]].data


__all__ = ["STATEFUL", "VARIABLE_KINDS", "State", "Variables"]
