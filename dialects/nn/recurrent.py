"""Recurrent cells: RNN, GRU and LSTM over a sequence."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ArrayAttr, BoolAttr, StringAttr, TensorType, f32
from xdsl.ir import Attribute
from xdsl.irdl import (
    AttrSizedOperandSegments,
    AttrSizedResultSegments,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_result_def,
    prop_def,
    result_def,
)

from .common import (
    NnOp,
    Value,
    check,
    check_shape,
    element,
    flag,
    integer_width,
    listed,
    shape,
)

__all__ = ["CELL_ACTIVATIONS", "CELL_FUNCTIONS", "CELL_GATES", "RecurrentOp"]

CELL_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Gates of each kind of cell: as many blocks of rows as its weights have."""

CELL_FUNCTIONS = {"rnn": 1, "gru": 2, "lstm": 3}
"""Activation functions of each kind of cell: of gates, of the candidate, of the output."""

CELL_ACTIVATIONS = ("sigmoid", "tanh", "relu", "hard_sigmoid")
"""Functions that gates can have; hard_sigmoid is min(max(x / 5 + 1 / 2, 0), 1)."""


@irdl_op_definition
class RecurrentOp(NnOp):
    """A recurrent cell, run over the steps of a sequence, backwards if `reverse`.

    ```
    %h, %work, %y = nn.recurrent %x, %w, %r, %b, %h0 {cell = "rnn", activations = ["tanh"]}
        : (tensor<9x1x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<1x4xf32>)
        -> tensor<1x4xf32>, tensor<4xf32>, sequence tensor<9x1x4xf32>
    ```

    Operands: input (T, B, I), weights (G * H, I), recurrence (G * H, H), bias, initial state
    (B, H), of an lstm also the initial cell state (B, H) and, if it has them, peepholes (3 * H);
    with `lengths` (B) each row of the batch has so many steps, limited to 0..T. Results: the last
    state (B, H), memory for the gates of one step (G * H) whose contents mean nothing, of an lstm
    the last cell state, and if wanted the states of all steps (T, B, H), 0 beyond a row's length.

    With f, g, h the activations, a the product of weights and input plus bias, and R the
    recurrence: rnn: state = f(a + R state). gru, rows z, r, n: z and r are f(a + R state); n is
    g(a + R (r * state)), with `reset_after` g(a + r * (R state + b)); state = (1 - z) n + z state.
    The bias has four blocks, the last is b. lstm, rows i, o, f, c: i and f are
    f(a + R state + p cell), c is g(a + R state); cell = f cell + i c; o is
    f(a + R state + p cell) with the new cell; state = o * h(cell).

    (C1) the shapes are those above, with at least one step; (C2) all elements are f32, but lengths
    i32 or i64; (C3) cell is rnn, gru or lstm, and has 1, 2 or 3 activations of sigmoid, tanh, relu
    and hard_sigmoid; (C4) an lstm, and only it, has a cell state as operand and as result, and
    only it may have peepholes.
    """

    name = "nn.recurrent"
    input = operand_def(TensorType)
    weights = operand_def(TensorType)
    recurrence = operand_def(TensorType)
    bias = operand_def(TensorType)
    initial = operand_def(TensorType)
    initial_cell = opt_operand_def(TensorType)
    peepholes = opt_operand_def(TensorType)
    lengths = opt_operand_def(TensorType)
    hidden = result_def(TensorType)
    workspace = result_def(TensorType)
    cell_state = opt_result_def(TensorType)
    sequence = opt_result_def(TensorType)
    cell = prop_def(StringAttr)
    activations = prop_def(ArrayAttr[StringAttr])
    reverse = prop_def(BoolAttr, default_value=flag(False))
    reset_after = prop_def(BoolAttr, default_value=flag(False))
    irdl_options = (
        AttrSizedOperandSegments(as_property=True),
        AttrSizedResultSegments(as_property=True),
        ParsePropInAttrDict(),
    )
    assembly_format = (
        "$input `,` $weights `,` $recurrence `,` $bias `,` $initial (`cell` $initial_cell^)? "
        "(`peepholes` $peepholes^)? (`lengths` $lengths^)? attr-dict `:` `(` type($input) `,` "
        "type($weights) `,` type($recurrence) `,` type($bias) `,` type($initial) "
        "(`cell` type($initial_cell)^)? (`peepholes` type($peepholes)^)? "
        "(`lengths` type($lengths)^)? `)` `->` type($hidden) `,` type($workspace) "
        "(`cell` type($cell_state)^)? (`sequence` type($sequence)^)?"
    )

    def __init__(
        self,
        cell: str,
        operands: Sequence[Value],
        activations: Sequence[str],
        *,
        initial_cell: Value | None = None,
        peepholes: Value | None = None,
        lengths: Value | None = None,
        reverse: bool = False,
        reset_after: bool = False,
        sequence: bool = True,
    ):
        steps, batch, _ = shape(operands[0])
        size = shape(operands[2])[-1]
        state = TensorType(f32, (batch, size))
        results: list[Attribute | Sequence[Attribute]] = [
            state,
            TensorType(f32, (CELL_GATES.get(cell, 1) * size,)),
            [state] if cell == "lstm" else [],
            [TensorType(f32, (steps, batch, size))] if sequence else [],
        ]
        super().__init__(
            operands=[*operands, initial_cell, peepholes, lengths],
            result_types=results,
            properties={
                "cell": StringAttr(cell),
                "activations": ArrayAttr([StringAttr(a) for a in activations]),
                "reverse": flag(reverse),
                "reset_after": flag(reset_after),
            },
        )

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Steps, rows of the batch, elements of an input, elements of a state."""
        steps, batch, width = shape(self.input)
        return steps, batch, width, shape(self.recurrence)[-1]

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the activations."""
        return tuple(a.data for a in self.activations.data)

    def check_constraints(self) -> None:
        kind = self.cell.data
        check(kind in CELL_GATES, 3, f"a cell of {listed(list(CELL_GATES))}", kind)
        count = CELL_FUNCTIONS[kind]
        check(len(self.functions) == count, 3, f"{count} activations", len(self.functions))
        for name in self.functions:
            check(name in CELL_ACTIVATIONS, 3, f"one of {listed(CELL_ACTIVATIONS)}", name)
        ranks = (len(shape(self.input)), len(shape(self.recurrence)))
        check(ranks == (3, 2), 1, "an input (T, B, I) and a recurrence (G * H, H)", ranks)
        self._check_shapes(kind)
        for value in (*self.operands, *self.results):
            if value is not self.lengths:
                check(element(value) == f32, 2, "f32 elements", element(value))
        if self.lengths is not None:
            type_ = element(self.lengths)
            check(integer_width(type_) in (32, 64), 2, "lengths of i32 or i64", type_)
        cells = [value is not None for value in (self.initial_cell, self.cell_state)]
        check(cells == [kind == "lstm"] * 2, 4, f"cell states as {kind} has them", cells)
        check(self.peepholes is None or kind == "lstm", 4, "no peepholes", "peepholes")

    def _check_shapes(self, kind: str) -> None:
        steps, batch, width, size = self.sizes
        rows, state = CELL_GATES[kind] * size, (batch, size)
        check(min(steps, batch, width, size) > 0, 1, "at least one of everything", self.sizes)
        expected: list[tuple[Value | None, tuple[int, ...], str]] = [
            (self.weights, (rows, width), "weights"),
            (self.recurrence, (rows, size), "a recurrence"),
            (self.bias, (4 * size if kind == "gru" else rows,), "a bias"),
            (self.initial, state, "an initial state"),
            (self.initial_cell, state, "an initial cell state"),
            (self.peepholes, (3 * size,), "peepholes"),
            (self.lengths, (batch,), "lengths"),
            (self.hidden, state, "a last state"),
            (self.workspace, (rows,), "memory for gates"),
            (self.cell_state, state, "a last cell state"),
            (self.sequence, (steps, batch, size), "a sequence"),
        ]
        for value, wanted, what in expected:
            if value is not None:
                check_shape(value, wanted, 1, what)
