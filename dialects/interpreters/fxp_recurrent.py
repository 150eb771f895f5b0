"""Interpreter of recurrent cells in integers, one row of the batch after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import i8
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls

from .. import fxp
from ..fxp.tensor_ops import tensor_type
from ..integer_cell import IntegerCell

Array = NDArray[Any]


@register_impls
class FxpRecurrentFunctions(InterpreterFunctions):
    """The implementation of `fxp.recurrent`."""

    @impl(fxp.RecurrentOp)
    def recurrent(
        self, interpreter: Interpreter, op: fxp.RecurrentOp, args: PythonValues
    ) -> PythonValues:
        """Step by step."""
        x, weights, recurrence, bias, initial, *rest = (np.asarray(a, np.int64) for a in args)
        cell = IntegerCell(
            op.cell.data,
            bool(op.reset_after.value.data),
            weights,
            recurrence,
            bias,
            op.given_scales,
            op.own_scales,
        )
        steps, batch, _, size = op.sizes
        state = initial.copy()
        memory = rest[0].copy() if rest else np.zeros_like(state)
        sequence = np.zeros((steps, batch, size), np.int64)
        for b in range(batch):
            order = range(steps)
            for t in reversed(order) if op.reverse.value.data else order:
                state[b], memory[b] = cell.step(x[t, b], state[b], memory[b])
                sequence[t, b] = state[b]
        results: list[Array] = [
            state.astype(np.int16),
            np.zeros(tensor_type(op.workspace).get_shape(), np.int16),
        ]
        if op.cell_state is not None:
            results.append(memory.astype(np.int32))
        if op.sequence is not None:
            narrow = tensor_type(op.sequence).element_type == i8
            results.append(upper_bits(sequence) if narrow else sequence.astype(np.int16))
        return tuple(results)


def upper_bits(state: Array) -> Array:
    """Q0.15 to Q0.7, rounded, ties upwards."""
    return np.clip((state + 128) >> 8, -128, 127).astype(np.int8)
