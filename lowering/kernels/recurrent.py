"""Loops of recurrent cells: one row of the batch after the other, in it step by step.

The states lie in the outputs from the start; the gates of a step in the memory that the op asks
for. So a cell needs no more memory than its states and gates, however long the sequence is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import f32, i32
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from .builder import Index
from .kernel import Kernel, head
from .logic import known

Body = Callable[[Index], None]
Element = Callable[[Index], SSAValue]


class Cell:
    """The emitter of one cell: where things lie, and its arithmetic."""

    def __init__(self, kernel: Kernel, op: nn.RecurrentOp | fxp.RecurrentOp):
        self.kernel, self.builder, self.op = kernel, kernel.builder, op
        self.steps, self.batch, self.width, self.size = op.sizes
        outputs = dict(zip(op.results, kernel.outputs, strict=True))
        self.hidden, self.gates = outputs[op.hidden], outputs[op.workspace]
        self.cell = None if op.cell_state is None else outputs[op.cell_state]
        self.sequence = None if op.sequence is None else outputs[op.sequence]
        real = isinstance(op, nn.RecurrentOp)
        self.lengths = op.lengths if real else None
        self.peepholes = op.peepholes if real else None
        self.row: Index = 0
        self.at: Index = 0

    # Arithmetic on registers

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The sum."""
        return self.builder.emit(arith.AddfOp(a, b))

    def mul(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The product."""
        return self.builder.emit(arith.MulfOp(a, b))

    def activated(self, which: int, value: SSAValue) -> SSAValue:
        """One of the cell's activation functions."""
        assert isinstance(self.op, nn.RecurrentOp)
        name, builder = self.op.functions[which], self.builder
        if name == "relu":
            return builder.call("nnopt_max_f32", [value, builder.real(0.0)], f32)
        if name == "hard_sigmoid":
            line = [builder.real(0.2), builder.real(0.5)]
            return builder.call("nnopt_hard_sigmoid", [value, *line], f32)
        return builder.call(f"nnopt_{name}", [value], f32)

    # Memory

    def each(self, body: Body, hint: str = "j") -> None:
        """A loop over the elements of a state."""

        def step(j: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            body(j)
            return ()

        self.builder.for_(0, self.size, step, hint=hint)

    def state(self, j: Index) -> Index:
        """Where element j of this row's state lies."""
        return self.builder.linear((self.row, self.size), (j, 1))

    def gate(self, number: int, j: Index) -> Index:
        """Where element j of a gate lies."""
        return self.builder.add(j, number * self.size)

    def read(self, number: int, j: Index) -> SSAValue:
        """Element j of a gate."""
        return self.builder.load(self.gates, self.gate(number, j))

    def keep(self, number: int, j: Index, value: SSAValue) -> None:
        """Store element j of a gate."""
        self.builder.store(value, self.gates, self.gate(number, j))

    # Sums of products

    def products(
        self, start: SSAValue, tensor: SSAValue, row: Index, other: Element, count: int
    ) -> SSAValue:
        """A start value plus the product of a row of a matrix with a vector."""
        first = self.builder.mul(row, count)

        def step(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            weight = self.kernel.load(tensor, self.builder.add(first, i))
            return [self.add(carried[0], self.mul(weight, other(i)))]

        return self.builder.for_(0, count, step, [start], hint="i", carried_hints=["acc"])[0]

    def given(self, number: int, j: Index) -> SSAValue:
        """What the input gives to element j of a gate."""
        row = self.gate(number, j)
        bias = self.kernel.load(self.op.bias, row)

        def element(i: Index) -> SSAValue:
            return self.kernel.load(self.op.input, self.builder.add(self.at, i))

        return self.products(bias, self.op.weights, row, element, self.width)

    def recurred(self, start: SSAValue, number: int, j: Index, other: Element) -> SSAValue:
        """A start value plus what a state gives to element j of a gate."""
        row = self.gate(number, j)
        return self.products(start, self.op.recurrence, row, other, self.size)

    def old(self, j: Index) -> SSAValue:
        """Element j of the state before this step."""
        return self.builder.load(self.hidden, self.state(j))

    def plain_gate(self, number: int, which: int | None, peephole: int | None = None) -> None:
        """A gate of input, state and possibly the cell state; activated unless `which` is None."""

        def body(j: Index) -> None:
            value = self.recurred(self.given(number, j), number, j, self.old)
            if peephole is not None:
                value = self.peeped(value, peephole, j)
            self.keep(number, j, value if which is None else self.activated(which, value))

        self.each(body)

    def peeped(self, value: SSAValue, number: int, j: Index) -> SSAValue:
        """A gate's value plus what it sees of the cell state, if it does."""
        if self.peepholes is None or self.cell is None:
            return value
        weight = self.kernel.load(self.peepholes, self.gate(number, j))
        return self.add(value, self.mul(weight, self.builder.load(self.cell, self.state(j))))

    # Cells

    def rnn(self) -> None:
        """One gate, which is the state."""
        self.plain_gate(0, 0)
        self.each(lambda j: self.builder.store(self.read(0, j), self.hidden, self.state(j)))

    def gru(self) -> None:
        """Update, reset, candidate."""
        builder = self.builder
        self.plain_gate(0, 0)
        self.plain_gate(1, 0)

        def after(j: Index) -> None:
            bias = self.kernel.load(self.op.bias, self.gate(3, j))
            inner = self.mul(self.read(1, j), self.recurred(bias, 2, j, self.old))
            self.keep(2, j, self.activated(1, self.add(self.given(2, j), inner)))

        def before(j: Index) -> None:
            value = self.recurred(self.given(2, j), 2, j, lambda k: self.read(1, k))
            self.keep(2, j, self.activated(1, value))

        if self.op.reset_after.value.data:
            self.each(after)
        else:
            self.each(lambda j: self.keep(1, j, self.mul(self.read(1, j), self.old(j))))
            self.each(before)

        def update(j: Index) -> None:
            z = self.read(0, j)
            rest = builder.emit(arith.SubfOp(builder.real(1.0), z))
            new = self.add(self.mul(rest, self.read(2, j)), self.mul(z, self.old(j)))
            builder.store(new, self.hidden, self.state(j))

        self.each(update)

    def lstm(self) -> None:
        """Input, output, forget, candidate."""
        builder, cell = self.builder, self.cell
        assert cell is not None
        self.plain_gate(0, 0, 0)
        self.plain_gate(1, None)
        self.plain_gate(2, 0, 2)
        self.plain_gate(3, 1)

        def update(j: Index) -> None:
            kept = self.mul(self.read(2, j), builder.load(cell, self.state(j)))
            new = self.add(kept, self.mul(self.read(0, j), self.read(3, j)))
            builder.store(new, cell, self.state(j))
            out = self.activated(0, self.peeped(self.read(1, j), 1, j))
            builder.store(self.mul(out, self.activated(2, new)), self.hidden, self.state(j))

        self.each(update)

    # The sequence

    def run(self) -> None:
        """All rows of the batch."""

        def over_rows(row: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            self.row = row
            self.each(lambda j: self.begin(self.op.initial, self.hidden, j))
            if self.cell is not None and self.op.initial_cell is not None:
                first, memory = self.op.initial_cell, self.cell
                self.each(lambda j: self.begin(first, memory, j))
            count = self.length()
            self.builder.for_(0, count, lambda t, _: self.step(t, count), hint="t")
            if self.lengths is not None and self.sequence is not None:
                self.builder.for_(count, self.steps, self.blank, hint="t")
            return ()

        self.builder.for_(0, self.batch, over_rows, hint="row")

    def begin(self, source: SSAValue, memory: SSAValue, j: Index) -> None:
        """Element j of an initial state."""
        self.builder.store(self.kernel.load(source, self.state(j)), memory, self.state(j))

    def length(self) -> Index:
        """How many steps this row has."""
        if self.lengths is None:
            return self.steps
        builder = self.builder
        register = self.kernel.load(self.lengths, self.row)
        low = builder.emit(arith.MaxSIOp(register, known(self.kernel, register, 0)))
        limited = builder.emit(arith.MinSIOp(low, known(self.kernel, register, self.steps)))
        narrow = limited if limited.type == i32 else builder.emit(arith.TruncIOp(limited, i32))
        return builder.named(builder.emit(arith.IndexCastOp(narrow, nn.INDEX)), "count")

    def step(self, t: Index, count: Index) -> Sequence[SSAValue]:
        """One step of the cell; backwards from the last step on if it is reversed."""
        builder = self.builder
        if self.op.reverse.value.data:
            t = builder.sub(builder.sub(count, 1), t)
        place = builder.linear((t, self.batch), (self.row, 1))
        self.at = builder.mul(place, self.width)
        {"rnn": self.rnn, "gru": self.gru, "lstm": self.lstm}[self.op.cell.data]()
        self.put(place, self.old)
        return ()

    def blank(self, t: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
        """A step beyond the length of the row."""
        place = self.builder.linear((t, self.batch), (self.row, 1))
        self.put(place, lambda j: self.builder.real(0.0))
        return ()

    def put(self, place: Index, value: Element) -> None:
        """Store a state in the sequence, if there is one."""
        sequence = self.sequence
        if sequence is None:
            return

        def body(j: Index) -> None:
            at = self.builder.linear((place, self.size), (j, 1))
            self.builder.store(value(j), sequence, at)

        self.each(body)


@head(nn.RecurrentOp)
def recurrent(kernel: Kernel, op: Operation) -> None:
    """States are updated in place."""
    assert isinstance(op, nn.RecurrentOp)
    Cell(kernel, op).run()
