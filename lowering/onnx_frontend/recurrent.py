"""RNN, GRU and LSTM: one cell for each direction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .data_movement import sliced
from .elementwise import real_operand
from .importer import shape_of
from .layout import reshape, transpose
from .model import Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer

ACTIVATIONS = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "hardsigmoid": "hard_sigmoid",
}
"""Names of functions, which ONNX compares without case."""

DEFAULTS = {"RNN": ("Tanh",), "GRU": ("Sigmoid", "Tanh"), "LSTM": ("Sigmoid", "Tanh", "Tanh")}


def activations(node: Node, count: int) -> list[list[str]]:
    """The functions of each direction. Raises NnoptError for those that cells cannot have."""
    default = DEFAULTS[node.op_type]
    given = node.attributes.get("activations")
    names = [str(n) for n in given] if isinstance(given, tuple) and given else default * count
    if len(names) != len(default) * count:
        raise node.error(f"it has {len(names)} activations for {count} directions")
    unknown = [n for n in names if n.lower() not in ACTIVATIONS]
    if unknown:
        raise node.error(f"activation '{unknown[0]}' is not supported")
    for attribute, usual in (("activation_alpha", 0.2), ("activation_beta", 0.5)):
        values = node.attributes.get(attribute)
        wanted = [usual] * sum(n.lower() == "hardsigmoid" for n in names)
        if (
            isinstance(values, tuple)
            and values
            and not np.allclose([float(v) for v in values[: len(wanted)]], wanted)
        ):
            raise node.error(f"{attribute} {list(values)} is not supported")
    own = [ACTIVATIONS[n.lower()] for n in names]
    return [own[d * len(default) : (d + 1) * len(default)] for d in range(count)]


def refused(node: Node, what: str) -> NoReturn:
    """Raise the error for something that cells do not have here."""
    raise node.error(f"{what} is not supported")


class Directions:
    """One node: its inputs for each direction."""

    def __init__(self, ctx: "Importer", node: Node):
        self.ctx, self.node = ctx, node
        self.batch_first = node.int_("layout", 0) != 0
        if node.has("clip"):
            refused(node, "clip")
        if node.int_("input_forget", 0):
            refused(node, "input_forget, where two gates are one,")
        x = real_operand(ctx, node, 0)
        self.x = transpose(ctx, x, (1, 0, 2)) if self.batch_first else x
        self.steps, self.batch, _ = shape_of(self.x)
        self.size = ctx.shape(node, 2)[-1]
        direction = node.string("direction", "forward")
        known = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}
        if direction not in known:
            raise node.error(f"direction '{direction}' does not exist")
        self.reversed = known[direction]
        if ctx.shape(node, 1)[0] != len(self.reversed):
            raise node.error(f"its weights are not for direction {direction}")

    def part(self, index: int, direction: int) -> SSAValue:
        """An input (directions, …) for one of the directions."""
        array = self.ctx.try_constant(self.node, index)
        if array is not None:
            own = np.array(array[direction], order="C")
            return self.ctx.build(own, self.node.inputs[index], f"direction{direction}")
        value = real_operand(self.ctx, self.node, index)
        _, *rest = shape_of(value)
        offsets = [direction] + [0] * len(rest)
        one = sliced(self.ctx, value, offsets, [1, *rest], [1] * (len(rest) + 1))
        return reshape(self.ctx, one, rest)

    def state(self, index: int, direction: int) -> SSAValue:
        """An initial state (B, H), zeros where none is given."""
        if not self.node.has_input(index):
            return self.ctx.build(np.zeros((self.batch, self.size), np.float32))
        value = real_operand(self.ctx, self.node, index)
        if self.batch_first:
            value = transpose(self.ctx, value, (1, 0, 2))
        offsets, sizes = [direction, 0, 0], [1, self.batch, self.size]
        one = sliced(self.ctx, value, offsets, sizes, [1, 1, 1])
        return reshape(self.ctx, one, (self.batch, self.size))

    def bias(self, direction: int) -> SSAValue:
        """The bias of input and state together; of a GRU with that of the candidate's state."""
        gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[self.node.op_type]
        rows = gates * self.size
        is_gru = self.node.op_type == "GRU"
        if not self.node.has_input(3):
            return self.ctx.build(np.zeros(4 * self.size if is_gru else rows, np.float32))
        both = self.part(3, direction)

        def cut(start: int, count: int) -> SSAValue:
            return sliced(self.ctx, both, [start], [count], [1])

        if not is_gru:
            return self.sum_of(cut(0, rows), cut(rows, rows))
        size = self.size
        gates = self.sum_of(cut(0, 2 * size), cut(rows, 2 * size))
        candidate, last = cut(2 * size, size), cut(rows + 2 * size, size)
        if not self.node.int_("linear_before_reset", 0):
            candidate = self.sum_of(candidate, last)
        return self.ctx.add(nn.ConcatOp([gates, candidate, last], 0))

    def sum_of(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The sum, which is known where both are."""
        return self.ctx.add(nn.AddOp(a, b))

    def lengths(self) -> SSAValue | None:
        """The steps of each row of the batch; None where all have all."""
        if not self.node.has_input(4):
            return None
        known = self.ctx.try_constant(self.node, 4)
        if known is not None and bool((known == self.steps).all()):
            return None
        return self.ctx.operand(self.node, 4)

    def run(self) -> Result:
        """All outputs: the sequence (T, D, B, H) and the last states (D, B, H)."""
        ctx, node = self.ctx, self.node
        lstm = node.op_type == "LSTM"
        wanted = node.has_output(0) and ctx.is_used(node.outputs[0])
        functions = activations(node, len(self.reversed))
        found: list[nn.RecurrentOp] = []
        for direction, backwards in enumerate(self.reversed):
            op = nn.RecurrentOp(
                node.op_type.lower(),
                [
                    self.x,
                    self.part(1, direction),
                    self.part(2, direction),
                    self.bias(direction),
                    self.state(5, direction),
                ],
                functions[direction],
                initial_cell=self.state(6, direction) if lstm else None,
                peepholes=self.part(7, direction) if lstm and node.has_input(7) else None,
                lengths=self.lengths(),
                reverse=backwards,
                reset_after=node.int_("linear_before_reset", 0) != 0,
                sequence=wanted,
            )
            ctx.add(op)
            found.append(op)
        last = self.joined([op.hidden for op in found])
        cells = [op.cell_state for op in found if op.cell_state is not None]
        sequence = self.whole([op.sequence for op in found if op.sequence is not None])
        first = last if sequence is None else sequence  # nothing reads it if there is no sequence
        return [first, last, self.joined(cells)] if lstm else [first, last]

    def joined(self, states: Sequence[SSAValue]) -> SSAValue:
        """The last states of all directions: (D, B, H), or (B, D, H)."""
        parts = [reshape(self.ctx, s, (1, self.batch, self.size)) for s in states]
        both = parts[0] if len(parts) == 1 else self.ctx.add(nn.ConcatOp(parts, 0))
        return transpose(self.ctx, both, (1, 0, 2)) if self.batch_first else both

    def whole(self, sequences: Sequence[SSAValue]) -> SSAValue | None:
        """The states of all steps and directions: (T, D, B, H), or (B, T, D, H)."""
        if not sequences:
            return None
        shape = (self.steps, 1, self.batch, self.size)
        parts = [reshape(self.ctx, s, shape) for s in sequences]
        both = parts[0] if len(parts) == 1 else self.ctx.add(nn.ConcatOp(parts, 1))
        return transpose(self.ctx, both, (2, 0, 1, 3)) if self.batch_first else both


@handler("RNN", "GRU", "LSTM", since=7)
def recurrent(ctx: "Importer", node: Node) -> Result:
    """Outputs: the states of all steps, the last state, of an LSTM the last cell state."""
    return Directions(ctx, node).run()
