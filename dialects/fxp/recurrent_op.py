"""Recurrent cells in integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    I32,
    BoolAttr,
    DenseArrayBase,
    IntegerType,
    StringAttr,
    TensorType,
    i8,
    i16,
    i32,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AttrSizedResultSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_result_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import MAX_SHIFT
from ..integer_cell import Scales
from .tensor_ops import TensorConstr, tensor_type
from .types import ui8

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def _array(values: NDArray[Any]) -> DenseArrayBase[I32]:
    return DenseArrayBase.from_list(i32, [int(v) for v in values])


@irdl_op_definition
class RecurrentOp(IRDLOperation):
    """A recurrent cell in integers alone, run over the steps of a sequence.

    ```
    %h, %work, %y = fxp.recurrent %x, %w, %r, %b, %h0 {cell = "rnn",
        given_multiplier = array<i32: …>, given_shift = array<i32: …>,
        own_multiplier = array<i32: …>, own_shift = array<i32: …>}
        : (tensor<9x1x3xi8>, tensor<4x3xi8>, tensor<4x4xi8>, tensor<4xi32>, tensor<1x4xi16>)
        -> tensor<1x4xi16>, tensor<4xi16> sequence tensor<9x1x4xi8>
    ```

    The cells are those of `nn.recurrent` with sigmoid for gates and tanh for all else. The state is
    Q0.15, the cell state of an lstm Q16.15; `dialects/integer_cell.py` says what a step computes.
    Sums of weights times inputs start with the bias, those of the recurrence with 0 (with the last
    block of a gru's bias where it is `reset_after`), and are multiplied by multiplier * 2**-shift
    of their row. Results: the last state, memory for the gates of one step, of an lstm the last
    cell state, and if wanted the states of all steps, in 16 bits or the upper 8 of them, rounded.

    Constraints:
    (C1) The shapes are those of `nn.recurrent`, and `multiplier` and `shift` have one number per
         row of their matrix.
    (C2) The input is i8, ui8 or i16, weights and recurrence are i8 or i16, the bias i32, states and
         gates i16, the cell state i32, the sequence i8 or i16.
    (C3) cell is rnn, gru or lstm, and an lstm, and only it, has cell states.
    (C4) Multipliers are not negative; shifts are in 0..62.
    """

    name = "fxp.recurrent"
    input = operand_def(TensorConstr)
    weights = operand_def(TensorConstr)
    recurrence = operand_def(TensorConstr)
    bias = operand_def(TensorConstr)
    initial = operand_def(TensorConstr)
    initial_cell = opt_operand_def(TensorConstr)
    hidden = result_def(TensorConstr)
    workspace = result_def(TensorConstr)
    cell_state = opt_result_def(TensorConstr)
    sequence = opt_result_def(TensorConstr)
    cell = prop_def(StringAttr)
    reverse = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    reset_after = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    given_multiplier = prop_def(DenseArrayBase.constr(i32))
    given_shift = prop_def(DenseArrayBase.constr(i32))
    own_multiplier = prop_def(DenseArrayBase.constr(i32))
    own_shift = prop_def(DenseArrayBase.constr(i32))
    traits = traits_def(Pure())
    irdl_options = (AttrSizedResultSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$input `,` $weights `,` $recurrence `,` $bias `,` $initial (`cell` $initial_cell^)? "
        "attr-dict `:` `(` type($input) `,` type($weights) `,` type($recurrence) `,` type($bias) "
        "`,` type($initial) (`cell` type($initial_cell)^)? `)` `->` type($hidden) `,` "
        "type($workspace) (`cell` type($cell_state)^)? (`sequence` type($sequence)^)?"
    )

    def __init__(
        self,
        cell: str,
        operands: Sequence[SSAValue | Operation],
        given: Scales,
        own: Scales,
        *,
        initial_cell: SSAValue | Operation | None = None,
        reverse: bool = False,
        reset_after: bool = False,
        sequence: IntegerType | None = None,
    ):
        """`sequence` is the element type of the states of all steps, None without them."""
        steps, batch, _ = tensor_type(SSAValue.get(operands[0])).get_shape()
        size = tensor_type(SSAValue.get(operands[2])).get_shape()[-1]
        all_steps = [] if sequence is None else [TensorType(sequence, (steps, batch, size))]
        results: list[Attribute | Sequence[Attribute]] = [
            TensorType(i16, (batch, size)),
            TensorType(i16, (GATES.get(cell, 1) * size,)),
            [TensorType(i32, (batch, size))] if cell == "lstm" else [],
            all_steps,
        ]
        super().__init__(
            operands=[*operands, initial_cell],
            result_types=results,
            properties={
                "cell": StringAttr(cell),
                "reverse": BoolAttr.from_bool(reverse),
                "reset_after": BoolAttr.from_bool(reset_after),
                "given_multiplier": _array(given.multiplier),
                "given_shift": _array(given.shift),
                "own_multiplier": _array(own.multiplier),
                "own_shift": _array(own.shift),
            },
        )

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Steps, rows of the batch, elements of an input, elements of a state."""
        steps, batch, width = tensor_type(self.input).get_shape()
        return steps, batch, width, tensor_type(self.recurrence).get_shape()[-1]

    @property
    def given_scales(self) -> Scales:
        """The factors of sums over the input."""
        return _scales(self.given_multiplier, self.given_shift)

    @property
    def own_scales(self) -> Scales:
        """The factors of sums over the state."""
        return _scales(self.own_multiplier, self.own_shift)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        kind = self.cell.data
        cells = [value is not None for value in (self.initial_cell, self.cell_state)]
        if kind not in GATES or cells != [kind == "lstm"] * 2:
            raise VerifyException(
                f"(C3) the cell must be one of {', '.join(GATES)}, with cell states if it is an "
                f"lstm, got {kind} and {cells}"
            )
        ranks = [len(tensor_type(v).get_shape()) for v in (self.input, self.recurrence)]
        if ranks != [3, 2]:
            raise VerifyException(f"(C1) input and recurrence must have ranks 3 and 2, got {ranks}")
        steps, batch, width, size = self.sizes
        rows, state = GATES[kind] * size, (batch, size)
        narrow, number = (i8, i16), (i32,)
        expected: list[tuple[SSAValue | None, tuple[int, ...], tuple[IntegerType, ...], str]] = [
            (self.input, (steps, batch, width), (i8, ui8, i16), "the input"),
            (self.weights, (rows, width), narrow, "the weights"),
            (self.recurrence, (rows, size), narrow, "the recurrence"),
            (self.bias, (4 * size if kind == "gru" else rows,), number, "the bias"),
            (self.initial, state, (i16,), "the initial state"),
            (self.initial_cell, state, number, "the initial cell state"),
            (self.hidden, state, (i16,), "the last state"),
            (self.workspace, (rows,), (i16,), "the memory for gates"),
            (self.cell_state, state, number, "the last cell state"),
            (self.sequence, (steps, batch, size), narrow, "the sequence"),
        ]
        for value, shape, elements, what in expected:
            if value is not None:
                _verify_tensor(value, shape, elements, what)
        for scales in (self.given_scales, self.own_scales):
            _verify_scales(scales, rows)


def _scales(multiplier: DenseArrayBase[Any], shift: DenseArrayBase[Any]) -> Scales:
    first, second = (np.array(a.get_values(), np.int32) for a in (multiplier, shift))
    return Scales(first, second)


def _verify_tensor(
    value: SSAValue, shape: tuple[int, ...], elements: Sequence[IntegerType], what: str
) -> None:
    type = tensor_type(value)
    if type.get_shape() != shape:
        raise VerifyException(f"(C1) {what} must have the shape {shape}, got {type.get_shape()}")
    if cast(Any, type.element_type) not in elements:
        names = ", ".join(str(e) for e in elements)
        raise VerifyException(f"(C2) {what} must be of {names}, got {type.element_type}")


def _verify_scales(scales: Scales, rows: int) -> None:
    sizes = [scales.multiplier.size, scales.shift.size]
    if sizes != [rows, rows]:
        raise VerifyException(f"(C1) multiplier and shift must have {rows} numbers, got {sizes}")
    if scales.multiplier.min() < 0:
        raise VerifyException(f"(C4) multipliers must not be negative: {scales.multiplier.min()}")
    if scales.shift.min() < 0 or scales.shift.max() > MAX_SHIFT:
        raise VerifyException(f"(C4) shifts must be in 0..{MAX_SHIFT}")
