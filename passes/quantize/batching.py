"""Run a graph on many samples at once: what passes that look at data spend their time on.

Every variable value is held for all samples, (N, *shape). Operations that treat the first dimension
as a batch run once for all of them, all others sample by sample: the results are the same.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from ...dialects.errors import NnoptError
from ...dialects.interpreters import find_function, make_interpreter
from ...dialects.interpreters.nn_recurrent import Cell
from ..rewriting import shape_of
from .calibrate import input_names, is_real

Array = NDArray[Any]

BATCHED = (
    nn.Conv2dOp,
    nn.FullyConnectedOp,
    nn.MaxPool2dOp,
    nn.AvgPool2dOp,
    nn.UnaryElementwiseOp,
    fxp.QuantizeOp,
    fxp.DequantizeOp,
    fxp.StorageCastOp,
    fxp.RequantizeOp,
    fxp.LookupOp,
)
"""Operations whose first operand and result have the batch as first dimension."""

ELEMENTWISE = (nn.BinaryElementwiseOp, nn.PreluOp)

CHUNK = 64
"""Samples that are held in memory at once."""

Observe = Callable[[Operation, Sequence[Array], Array], Array]
"""Sees an operation, its operands and its result (N, *shape); returns the result to go on with."""


class BatchRunner:
    """Runs the main function of a module on batches of samples."""

    def __init__(self, module: ModuleOp):
        self.interpreter = make_interpreter(module)
        self.function = find_function(module, "main")
        self.names = input_names(self.function)
        self.constants: dict[SSAValue, Array] = {}

    def run(self, samples: Mapping[str, Array], observe: Observe | None = None) -> list[Array]:
        """Return the function's results (N, *shape) for inputs (N, *shape), by name."""
        block = self.function.body.block
        values: dict[SSAValue, Array] = {
            argument: np.asarray(samples[name], np.float32 if is_real(argument) else None)
            for name, argument in zip(self.names, block.args, strict=True)
        }
        count = len(next(iter(values.values())))
        for op in block.ops:
            if isinstance(op, func.ReturnOp):
                return [self._whole(v, values, count) for v in op.operands]
            if not any(v in values for v in op.operands):
                self._run_constant(op)
                continue
            if len(op.results) != 1:
                results = self._several(op, values, count)
                if observe is not None:
                    operands = [self._known(v, values) for v in op.operands]
                    results[-1] = observe(op, operands, results[-1])
                values.update(zip(op.results, results, strict=True))
                continue
            result = self._run(op, values, count)
            if observe is not None:
                operands = [self._known(v, values) for v in op.operands]
                result = observe(op, operands, result)
            values[op.results[0]] = result
        raise NnoptError("the function does not return")

    def _whole(self, value: SSAValue, values: dict[SSAValue, Array], count: int) -> Array:
        if value in values:
            return values[value]
        return np.broadcast_to(self.constants[value], (count, *shape_of(value)))

    def _run_constant(self, op: Operation) -> None:
        if all(r in self.constants for r in op.results):
            return
        arguments = tuple(self.constants[v] for v in op.operands)
        results = self.interpreter.run_op(op, arguments)
        self.constants.update(zip(op.results, map(np.asarray, results), strict=True))

    def _run(self, op: Operation, values: dict[SSAValue, Array], count: int) -> Array:
        if _is_batched(op, values):
            arguments = [
                values[v].reshape(count, *shape_of(v)[1:]) if v in values else self.constants[v]
                for v in op.operands
            ]
            (result,) = self.interpreter.run_op(op, tuple(arguments))
            return np.asarray(result).reshape(count, *shape_of(op.results[0]))
        if isinstance(op, nn.ReshapeOp):
            return values[op.operands[0]].reshape(count, *shape_of(op.results[0]))
        if isinstance(op, nn.TransposeOp):
            order = [0, *(axis + 1 for axis in op.permutation.get_values())]
            return values[op.operands[0]].transpose(order)
        return self._rows(op, values, count)[0]

    def _known(self, value: SSAValue, values: dict[SSAValue, Array]) -> Array:
        return values[value] if value in values else self.constants[value]

    def _several(self, op: Operation, values: dict[SSAValue, Array], count: int) -> list[Array]:
        """Return all results; those of a cell step by step for all samples."""
        given = [v for v in op.operands if v in values]
        if not isinstance(op, nn.RecurrentOp) or given != [op.input] or shape_of(op.input)[1] != 1:
            return self._rows(op, values, count)
        known = [self.constants[v] for v in op.operands[1:]]
        return run_cell(op, values[op.input][:, :, 0], known)

    def _rows(self, op: Operation, values: dict[SSAValue, Array], count: int) -> list[Array]:
        """Return all results, computed sample by sample."""
        rows: list[list[Array]] = []
        for index in range(count):
            arguments = [
                np.ascontiguousarray(values[v][index]) if v in values else self.constants[v]
                for v in op.operands
            ]
            results = self.interpreter.run_op(op, tuple(arguments))
            rows.append([np.asarray(r) for r in results])
        return [np.stack(column) for column in zip(*rows, strict=True)]


def run_cell(op: nn.RecurrentOp, x: Array, constants: Sequence[Array]) -> list[Array]:
    """Return the results of a cell for inputs (N, T, I), the constants being its other operands."""
    names = ("weights", "recurrence", "bias", "initial", "initial_cell", "peepholes", "lengths")
    present = [name for name in names if getattr(op, name) is not None]
    known = dict(zip(present, constants, strict=True))
    steps, _, _, size = op.sizes
    columns = {name: known[name][:, None] for name in ("bias", "peepholes") if name in known}
    cell = Cell(op, {**known, **columns})
    state = np.repeat(known["initial"].T, len(x), axis=1)
    memory = np.repeat(known.get("initial_cell", np.zeros_like(known["initial"])).T, len(x), axis=1)
    sequence = np.zeros((len(x), steps, 1, size), np.float32)
    count = min(max(int(known["lengths"][0]), 0), steps) if "lengths" in known else steps
    order = range(count)
    for t in reversed(order) if op.reverse.value.data else order:
        state, memory = cell.step(x[:, t].T, state, memory)
        sequence[:, t, 0] = state.T
    results = [state.T[:, None], np.zeros((len(x), *shape_of(op.workspace)), np.float32)]
    results += [memory.T[:, None]] if op.cell_state is not None else []
    return [*results, sequence] if op.sequence is not None else results


def _is_batched(op: Operation, values: dict[SSAValue, Array]) -> bool:
    """Return whether one call computes all samples, their batches of 1 put together."""
    result = shape_of(op.results[0])
    if not result or result[0] != 1:
        return False
    if isinstance(op, ELEMENTWISE):
        shapes = [shape_of(v) for v in op.operands if v in values]
        return all(len(s) == len(result) and s[0] == 1 for s in shapes)
    shape = shape_of(op.operands[0])
    return (
        isinstance(op, BATCHED)
        and bool(shape)
        and shape[0] == 1
        and not any(v in values for v in op.operands[1:])
    )


def stacked(samples: "Sequence[Mapping[str, Array]]") -> dict[str, Array]:
    """Return samples of each input put together, (N, *shape)."""
    return {name: np.stack([np.asarray(s[name]) for s in samples]) for name in samples[0]}


def run_all(runner: BatchRunner, samples: Mapping[str, Array]) -> Array:
    """Return the first output of all samples, (N, size), a chunk at a time."""
    count = len(next(iter(samples.values())))
    parts = [
        runner.run({k: v[start : start + CHUNK] for k, v in samples.items()})[0]
        for start in range(0, count, CHUNK)
    ]
    return np.concatenate([p.reshape(len(p), -1) for p in parts])
