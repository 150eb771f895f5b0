"""Interpreter of recurrent cells, in f32, one row of the batch after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls

from .. import float_math, nn
from .nn_common import Array, maximum

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": float_math.sigmoid,
    "tanh": float_math.tanh,
    "relu": lambda x: maximum(x, np.float32(0)),
    "hard_sigmoid": lambda x: float_math.hard_sigmoid(x, 0.2, 0.5),
}


class Cell:
    """A cell with its weights; states are rows."""

    def __init__(self, op: nn.RecurrentOp, values: dict[str, Array]):
        self.kind = op.cell.data
        self.reset_after = bool(op.reset_after.value.data)
        self.size = op.sizes[-1]
        self.values = values
        self.functions = [ACTIVATIONS[name] for name in op.functions]

    def block(self, name: str, gate: int) -> Array:
        """The rows of one gate."""
        return self.values[name][gate * self.size : (gate + 1) * self.size]

    def given(self, gate: int, x: Array) -> Array:
        """What the input gives to a gate."""
        return self.block("weights", gate) @ x + self.block("bias", gate)

    def step(self, x: Array, state: Array, cell: Array) -> tuple[Array, Array]:
        """The next state and cell state."""
        f, *others = self.functions
        recur = [self.block("recurrence", g) for g in range(nn.CELL_GATES[self.kind])]
        if self.kind == "rnn":
            return f(self.given(0, x) + recur[0] @ state), cell
        if self.kind == "gru":
            z, r = (f(self.given(gate, x) + recur[gate] @ state) for gate in (0, 1))
            if self.reset_after:
                inner = r * (recur[2] @ state + self.block("bias", 3))
            else:
                inner = recur[2] @ (r * state)
            n = others[0](self.given(2, x) + inner)
            return (np.float32(1) - z) * n + z * state, cell
        i, o, keep, new = (self.given(g, x) + recur[g] @ state for g in range(4))
        peep = [np.zeros_like(cell)] * 3
        if "peepholes" in self.values:
            peep = [self.block("peepholes", gate) for gate in range(3)]
        cell = f(keep + peep[2] * cell) * cell + f(i + peep[0] * cell) * others[0](new)
        return f(o + peep[1] * cell) * others[1](cell), cell


@register_impls
class NnRecurrentFunctions(InterpreterFunctions):
    """The implementation of `nn.recurrent`."""

    @impl(nn.RecurrentOp)
    def recurrent(
        self, interpreter: Interpreter, op: nn.RecurrentOp, args: PythonValues
    ) -> PythonValues:
        """Step by step."""
        names = ("input", "weights", "recurrence", "bias", "initial")
        names += ("initial_cell", "peepholes", "lengths")
        present = [name for name in names if getattr(op, name) is not None]
        values: dict[str, Array] = dict(zip(present, args, strict=True))
        cell = Cell(op, values)
        steps, batch, _, size = op.sizes
        x, state = values["input"], values["initial"].copy()
        memory = values.get("initial_cell", np.zeros_like(state)).copy()
        sequence = np.zeros((steps, batch, size), np.float32)
        counts = values.get("lengths", np.full(batch, steps))
        with np.errstate(all="ignore"):
            for b in range(batch):
                order = range(min(max(int(counts[b]), 0), steps))
                for t in reversed(order) if op.reverse.value.data else order:
                    state[b], memory[b] = cell.step(x[t, b], state[b], memory[b])
                    sequence[t, b] = state[b]
        results = [state, np.zeros(nn.CELL_GATES[cell.kind] * size, np.float32)]
        results += [memory] if op.cell_state is not None else []
        return tuple([*results, sequence] if op.sequence is not None else results)
