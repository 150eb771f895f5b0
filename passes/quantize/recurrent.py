"""Recurrent cells after post-training quantization: what their weights become, and the fold."""

import math
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.dialects.builtin import IntegerType, TensorType, i16, i32
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, as_shifts, quantize_multipliers
from ...dialects.fxp import AffineType, FxpType
from ...dialects.integer_cell import FRACTION, Scales
from .constants import QuantizedConstant, plain_constant, quantized_constant
from .operators import BY_TABLE, dequantized, per_tensor_type
from .ranges import guarded_scales, powers_of_two_above
from .schemes import Scheme

FUNCTIONS = {
    "rnn": ("tanh",),
    "gru": ("sigmoid", "tanh"),
    "lstm": ("sigmoid", "tanh", "tanh"),
}
"""The activations that cells in integers have."""

STATE = 2.0**-FRACTION
"""The steps of a state."""


def has_integer_cell(op: nn.RecurrentOp) -> bool:
    """Return whether a cell can be computed in integers: what it is made of, and who uses it."""
    constants = [op.weights, op.recurrence, op.bias, op.initial, op.initial_cell]
    start = plain_constant(op.initial)
    return (
        op.functions == FUNCTIONS[op.cell.data]
        and op.peepholes is None
        and op.lengths is None
        and (op.cell_state is None or not list(op.cell_state.uses))
        and all(v is None or _number(v) is not None for v in constants)
        and start is not None
        and float(np.abs(start).max(initial=0)) < 1
    )


def _number(value: SSAValue) -> NDArray[np.floating] | None:
    """Return a constant of real numbers, also one behind a dequantizer."""
    owner = value.owner
    if isinstance(owner, fxp.DequantizeOp):
        stored = quantized_constant(owner.input)
        return None if stored is None else stored.real
    return plain_constant(value)


def quantize_cell(op: nn.RecurrentOp, scheme: Scheme) -> None:
    """Make the matrices of a cell quantized constants, one scale per row.

    Sums of 32 bits are proven to suffice, or the row loses bits until they do: inputs and states
    are taken as large as their types are.
    """
    bias = cast("NDArray[np.floating]", plain_constant(op.bias))
    rows = len(cast("NDArray[np.floating]", plain_constant(op.weights)))
    input = op.input.owner
    given = (
        cast(FxpType, input.input_element)
        if isinstance(input, fxp.DequantizeOp)
        else AffineType.per_tensor(i16, STATE)
    )
    blocks = bias[:rows], np.zeros(rows, bias.dtype)
    if bool(op.reset_after.value.data):  # the last block is added to the sums over the state
        blocks[1][2 * (rows // 3) :] = bias[rows:]
    largest = (_largest(given), 1 << FRACTION)
    steps = (given.scale, STATE)
    for index, (part, scale, size) in enumerate(zip(blocks, steps, largest, strict=True), 1):
        weights = cast("NDArray[np.floating]", plain_constant(op.operands[index]))
        stored = _rounded(weights, part, scale, size, scheme)
        constant = nn.ConstantOp.from_array(
            np.asarray(stored.array, order="C"), TensorType(stored.type, stored.array.shape)
        )
        real = fxp.DequantizeOp(constant)
        constant.location = real.location = op.location
        Builder(InsertPoint.before(op)).insert(constant)
        Builder(InsertPoint.before(op)).insert(real)
        op.operands[index] = real.result


def _largest(element: FxpType) -> int:
    return max(element.qmax - element.zero_point, element.zero_point - element.qmin)


def _rounded(
    weights: NDArray[np.floating],
    bias: NDArray[np.floating],
    scale: float,
    largest: int,
    scheme: Scheme,
) -> QuantizedConstant:
    """Return weights (rows, inputs) in the steps of a scheme, guarded."""
    element = scheme.weight_type(weights, bias, scale)
    guard = powers_of_two_above(guarded_scales(weights, bias, scale, largest))
    element = AffineType.per_axis(scheme.weight, 0, np.maximum(element.scales, guard))
    limit = 2 ** (scheme.weight.width.data - 1) - 1
    steps = np.rint(weights.astype(np.float64) / element.scales[:, None])
    return QuantizedConstant(np.clip(steps, -limit, limit).astype(element.dtype), element)


class FoldRecurrent(RewritePattern):
    """A marked cell between quantizers becomes one in integers."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.RecurrentOp, rewriter: PatternRewriter) -> None:
        """Replace the cell and the quantizers of its states."""
        source = dequantized(op.input)
        if BY_TABLE not in op.attributes or source is None or not has_integer_cell(op):
            return
        matrices = [quantized_constant(_stored(v)) for v in (op.weights, op.recurrence)]
        if any(m is None for m in matrices) or not _states_are_quantized(op):
            return
        folded = _Fold(op, source, [m for m in matrices if m is not None])
        new = folded.cell()
        users = [use.operation for r in (op.hidden, op.sequence) if r is not None for use in r.uses]
        rewriter.insert([*folded.ops, new], InsertPoint.before(op))
        for user in users:
            _replace_quantizer(cast(fxp.QuantizeOp, user), op, new, rewriter)
        rewriter.erase(op)


def _stored(value: SSAValue) -> SSAValue:
    return value.owner.input if isinstance(value.owner, fxp.DequantizeOp) else value


def _states_are_quantized(op: nn.RecurrentOp) -> bool:
    """Return whether all users of states quantize them, those of the sequence to its own steps."""
    for result in (op.hidden, op.sequence):
        for use in result.uses if result is not None else ():
            quantizer = use.operation
            element = (
                per_tensor_type(quantizer.result) if isinstance(quantizer, fxp.QuantizeOp) else None
            )
            if element is None:
                return False
            if result is op.sequence and not _is_unit(element):
                return False
    uses = list(op.sequence.uses) if op.sequence is not None else []
    return len({use.operation.results[0].type for use in uses}) <= 1


def _is_unit(element: FxpType) -> bool:
    """Return whether a type has the steps of a state, or of its upper 8 bits."""
    width = element.storage.width.data
    return element.zero_point == 0 and element.scale == math.ldexp(1.0, 1 - width) and width <= 16


def _replace_quantizer(
    user: fxp.QuantizeOp, op: nn.RecurrentOp, new: fxp.RecurrentOp, rewriter: PatternRewriter
) -> None:
    element = cast(FxpType, user.result_element)
    if user.input is op.sequence and new.sequence is not None:
        rewriter.replace(user, [seen := fxp.StorageCastOp(new.sequence, element)], [seen.result])
        return
    state = AffineType.per_tensor(i16, STATE)
    seen = fxp.StorageCastOp(new.hidden, state)
    real = fxp.DequantizeOp(seen)
    again = fxp.QuantizeOp(real, element)
    rewriter.replace(user, [seen, real, again], [again.result])


class _Fold:
    """The constants of a cell in integers."""

    def __init__(self, op: nn.RecurrentOp, source: SSAValue, matrices: list[QuantizedConstant]):
        self.op, self.source, self.matrices = op, source, matrices
        self.ops: list[Operation] = []

    def constant(self, array: NDArray[Any], type: IntegerType) -> SSAValue:
        """Return a new constant of integers; raises PassFailedException if they do not fit."""
        limits = np.iinfo(fxp.STORAGE_DTYPES[type])
        if array.min(initial=0) < limits.min or array.max(initial=0) > limits.max:
            raise self.error(f"its biases do not fit in {limits.bits} bits")
        stored = np.asarray(array, fxp.STORAGE_DTYPES[type], order="C")
        self.ops.append(made := nn.ConstantOp.from_array(stored, TensorType(type, stored.shape)))
        return made.results[0]

    def error(self, what: str) -> PassFailedException:
        """Return what to raise."""
        return PassFailedException(f"{nn.node_name(self.op) or 'unnamed'} (nn.recurrent): {what}")

    def prove(self, bias: NDArray[np.float64], element: FxpType) -> None:
        """Raise PassFailedException unless all sums fit in 32 bits, whatever the inputs."""
        rows = len(self.matrices[0].array)
        added = np.abs(bias[:rows]), np.zeros(rows)
        if len(bias) > rows:
            added[1][rows - (len(bias) - rows) :] = np.abs(bias[rows:])
        sizes = (max(abs(element.qmin), element.qmax), 1 << FRACTION)
        for matrix, start, size in zip(self.matrices, added, sizes, strict=True):
            most = np.abs(matrix.array.astype(np.int64)).sum(axis=1) * size + start
            if most.max() > I32_MAX:
                raise self.error(f"its sums can reach {most.max():.0f}, beyond 32 bits")

    def cell(self) -> fxp.RecurrentOp:
        """Return the cell; raises PassFailedException where numbers do not fit."""
        op, element = self.op, cast(FxpType, per_tensor_type(self.source))
        weights, recurrence = self.matrices
        self.ops.append(plain := fxp.StorageCastOp(self.source))
        steps = [element.scale * weights.type.scales, STATE * recurrence.type.scales]
        scales = [Scales(*as_shifts(*quantize_multipliers(s / STATE))) for s in steps]
        bias = self._bias(element, *steps)
        self.prove(bias, element)
        operands = [
            plain.result,
            *(self.constant(m.array, m.type.storage) for m in self.matrices),
            self.constant(bias, i32),
            self._initial(op.initial, i16),
        ]
        memory = None if op.initial_cell is None else self._initial(op.initial_cell, i32)
        users = list(op.sequence.uses) if op.sequence is not None else []
        sequence = (
            cast(FxpType, per_tensor_type(users[0].operation.results[0])).storage if users else None
        )
        new = fxp.RecurrentOp(
            op.cell.data,
            operands,
            *scales,
            initial_cell=memory,
            reverse=bool(op.reverse.value.data),
            reset_after=bool(op.reset_after.value.data),
            sequence=sequence,
        )
        new.location = op.location
        return new

    def _bias(
        self, element: FxpType, given: NDArray[np.float64], own: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the biases in the steps of the sums that they are added to."""
        weights = self.matrices[0].array.astype(np.int64)
        bias = cast("NDArray[np.floating]", plain_constant(self.op.bias)).astype(np.float64)
        rows = len(given)
        first = np.rint(bias[:rows] / given) - element.zero_point * weights.sum(axis=1)
        last = np.zeros(len(bias) - rows)
        if bool(self.op.reset_after.value.data):
            last = np.rint(bias[rows:] / own[rows - len(last) :])
        return np.concatenate([first, last])

    def _initial(self, value: SSAValue, type: IntegerType) -> SSAValue:
        real = cast("NDArray[np.floating]", plain_constant(value))
        limit = I32_MAX if type == i32 else (1 << FRACTION) - 1
        steps = np.rint(real.astype(np.float64) / STATE)
        return self.constant(np.clip(steps, -limit, limit), type)
