"""Loops of recurrent cells in integers: those of the real ones with other arithmetic."""

from __future__ import annotations

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, i8
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp
from ...dialects.integer_cell import FRACTION, LARGEST, REACH, SEGMENT, tanh_table
from .builder import Index
from .kernel import Kernel, element_of, head
from .recurrent import Cell, Element
from .scalar import along_line, plus


class IntegerCell(Cell):
    """The emitter of one cell: see `dialects/integer_cell.py` for its arithmetic."""

    def __init__(self, kernel: Kernel, op: fxp.RecurrentOp):
        super().__init__(kernel, op)
        self.integers = op
        self.table = kernel.constant(tanh_table(), "tanh")
        parts = [op.given_scales, op.own_scales]
        columns = [field for part in parts for field in (part.multiplier, part.shift)]
        self.scales = kernel.constant(np.stack(columns, 1).reshape(-1), "scale")

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The sum."""
        return self.builder.emit(arith.AddiOp(a, b))

    def mul(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The product."""
        return self.builder.emit(arith.MuliOp(a, b))

    def rounded(self, value: SSAValue, bits: int) -> SSAValue:
        """A value shifted down, ties upwards."""
        up = plus(self.kernel, value, 1 << (bits - 1))
        return self.builder.emit(arith.ShRSIOp(up, self.builder.integer(bits)))

    def scaled(self, value: SSAValue, row: Index, column: int) -> SSAValue:
        """A sum of products in Q16.15."""
        builder = self.builder
        place = builder.mul(row, 4)
        multiplier = builder.load(self.scales, builder.add(place, column))
        shift = builder.load(self.scales, builder.add(place, column + 1))
        result = builder.emit(fxp.ApplyScaleOp(value, multiplier, shift, "half_up"))
        return builder.emit(fxp.SaturateOp(result, -LARGEST, LARGEST))

    def tanh(self, value: SSAValue) -> SSAValue:
        """The hyperbolic tangent of Q16.15 in Q0.15."""
        limited = self.builder.emit(fxp.SaturateOp(value, -REACH, REACH - 1))
        return along_line(self.kernel, self.table, SEGMENT, plus(self.kernel, limited, REACH))

    def sigmoid(self, value: SSAValue) -> SSAValue:
        """The logistic function of Q16.15 in Q0.15."""
        half = self.builder.emit(arith.ShRSIOp(value, self.builder.integer(1)))
        up = plus(self.kernel, self.tanh(half), 1 << FRACTION)
        return self.builder.emit(arith.ShRSIOp(up, self.builder.integer(1)))

    def fraction(self, wide: SSAValue, narrow: SSAValue) -> SSAValue:
        """The product of a number of 32 bits with one of Q0.15, both with 15 bits behind the
        point.
        """
        shift = self.builder.integer(FRACTION)
        return self.builder.emit(fxp.ApplyScaleOp(wide, narrow, shift, "half_up"))

    def given(self, number: int, j: Index) -> SSAValue:
        """What the input gives to element j of a gate."""
        return self.scaled(super().given(number, j), self.gate(number, j), 0)

    def own(self, number: int, j: Index, other: Element, start: SSAValue | None = None) -> SSAValue:
        """What a state gives to element j of a gate."""
        first = self.builder.integer(0) if start is None else start
        return self.scaled(self.recurred(first, number, j, other), self.gate(number, j), 2)

    def whole(self, number: int, j: Index) -> SSAValue:
        """Element j of a gate before its function."""
        return self.add(self.given(number, j), self.own(number, j, self.old))

    def sigmoid_gate(self, number: int) -> None:
        """A gate of input and state."""
        self.each(lambda j: self.keep(number, j, self.sigmoid(self.whole(number, j))))

    def rnn(self) -> None:
        """One gate, which is the state."""
        self.each(lambda j: self.keep(0, j, self.tanh(self.whole(0, j))))
        self.each(lambda j: self.builder.store(self.read(0, j), self.hidden, self.state(j)))

    def gru(self) -> None:
        """Update, reset, candidate."""
        builder = self.builder
        self.sigmoid_gate(0)
        self.sigmoid_gate(1)

        def after(j: Index) -> None:
            bias = self.kernel.load(self.op.bias, self.gate(3, j))
            inner = self.fraction(self.own(2, j, self.old, bias), self.read(1, j))
            self.keep(2, j, self.tanh(self.add(self.given(2, j), inner)))

        def reset(j: Index) -> None:
            self.keep(1, j, self.rounded(self.mul(self.read(1, j), self.old(j)), FRACTION))

        def before(j: Index) -> None:
            inner = self.own(2, j, lambda k: self.read(1, k))
            self.keep(2, j, self.tanh(self.add(self.given(2, j), inner)))

        if self.op.reset_after.value.data:
            self.each(after)
        else:
            self.each(reset)
            self.each(before)

        def update(j: Index) -> None:
            new = self.read(2, j)
            apart = builder.emit(arith.SubiOp(self.old(j), new))
            moved = self.rounded(self.mul(self.read(0, j), apart), FRACTION)
            builder.store(self.add(new, moved), self.hidden, self.state(j))

        self.each(update)

    def lstm(self) -> None:
        """Input, output, forget, candidate."""
        builder, cell = self.builder, self.cell
        assert cell is not None
        for number in (0, 1, 2):
            self.sigmoid_gate(number)
        self.each(lambda j: self.keep(3, j, self.tanh(self.whole(3, j))))

        def update(j: Index) -> None:
            kept = self.fraction(builder.load(cell, self.state(j)), self.read(2, j))
            fresh = self.rounded(self.mul(self.read(0, j), self.read(3, j)), FRACTION)
            new = self.add(kept, fresh)
            builder.store(new, cell, self.state(j))
            out = self.rounded(self.mul(self.read(1, j), self.tanh(new)), FRACTION)
            builder.store(out, self.hidden, self.state(j))

        self.each(update)

    def put(self, place: Index, value: Element) -> None:
        """Store a state in the sequence, if there is one: all of it, or the upper 8 bits."""
        sequence = self.integers.sequence
        if sequence is None or self.sequence is None:
            return
        element, memory = element_of(sequence), self.sequence
        assert isinstance(element, IntegerType)

        def body(j: Index) -> None:
            number = value(j)
            if element == i8:
                number = self.builder.emit(fxp.SaturateOp(self.rounded(number, 8), -128, 127))
            at = self.builder.linear((place, self.size), (j, 1))
            self.builder.store(number, memory, at)

        self.each(body)


@head(fxp.RecurrentOp)
def integer_recurrent(kernel: Kernel, op: Operation) -> None:
    """States are updated in place."""
    assert isinstance(op, fxp.RecurrentOp)
    IntegerCell(kernel, op).run()
