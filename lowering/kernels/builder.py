"""Builds loop nests: a thin layer over xDSL's builder that folds index arithmetic as it goes.

An index is a Python int while it is known, and an SSA value of type `index` otherwise; a register
is an SSA value (i32, i64 or f32). What a Python int can express never becomes an operation, so the
C that comes out of a layer with known sizes has no arithmetic on constants left in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith, emitc, scf
from xdsl.dialects.builtin import (
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    f32,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import vpool

Index = int | SSAValue
"""A position or a count: known (int) or computed (SSA value of type index)."""

LoopBody = Callable[[Index, list[SSAValue]], Sequence[SSAValue]]
"""Body of a loop: gets the induction index and the carried values, returns the next ones."""

_INDEX = IndexType()


class LoopBuilder:
    """Appends operations to the end of a block; `for_` moves into a nested block meanwhile.

    With `backwards`, loops over outputs (`over`, `loops`) run from their last iteration to their
    first; those whose order matters (`for_`) do not.
    """

    def __init__(self, block: Block, backwards: bool = False):
        self.block = block
        self.backwards = backwards
        self._indices: list[dict[tuple[object, Index, Index], SSAValue]] = [{}]

    def emit(self, op: Operation, hint: str | None = None) -> SSAValue:
        """Append `op`, which has one result, and return that result."""
        self.block.add_op(op)
        if hint is not None:
            op.results[0].name_hint = hint
        return op.results[0]

    # Constants and registers

    def _index(
        self, kind: Callable[[SSAValue, SSAValue], Operation], a: Index, b: Index
    ) -> SSAValue:
        """An operation on two indices; an equal one, of this loop or one around it, is reused."""
        key = (kind, a, b)
        for known in self._indices:
            if key in known:
                return known[key]
        result = self.emit(kind(self.value(a), self.value(b)))
        self._indices[-1][key] = result
        return result

    def value(self, index: Index) -> SSAValue:
        """An index as an SSA value."""
        if isinstance(index, SSAValue):
            return index
        return self.emit(arith.ConstantOp(IntegerAttr(index, _INDEX)))

    def integer(self, value: int, type_: Attribute = i32) -> SSAValue:
        """An integer constant register; `type_` is i32 or i64."""
        assert isa(type_, IntegerType)
        return self.emit(arith.ConstantOp(IntegerAttr(value, type_)))

    def real(self, value: float) -> SSAValue:
        """An f32 constant register."""
        return self.emit(arith.ConstantOp(FloatAttr(float(np.float32(value)), f32)))

    def cast_index(self, index: Index) -> SSAValue:
        """An index as an i32 register."""
        if isinstance(index, int):
            return self.integer(index)
        return self.emit(arith.IndexCastOp(index, i32))

    def named(self, index: Index, hint: str) -> Index:
        """`index`, with a name for the C if it is computed and has none yet."""
        if isinstance(index, SSAValue) and index.name_hint is None:
            index.name_hint = hint
        return index

    # Index arithmetic, folded

    def add(self, *terms: Index) -> Index:
        """Sum of indices; known parts are added up here."""
        known = sum(t for t in terms if isinstance(t, int))
        total: SSAValue | None = None
        for term in terms:
            if isinstance(term, SSAValue):
                total = term if total is None else self._index(arith.AddiOp, total, term)
        if total is None:
            return known
        if known > 0:
            return self._index(arith.AddiOp, total, known)
        if known < 0:
            return self._index(arith.SubiOp, total, -known)
        return total

    def sub(self, a: Index, b: Index) -> Index:
        """Difference of two indices."""
        if isinstance(b, int):
            return self.add(a, -b)
        return self._index(arith.SubiOp, a, b)

    def mul(self, a: Index, b: Index) -> Index:
        """Product of two indices."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if isinstance(a, int):
            a, b = b, a
        if b == 0:
            return 0
        if b == 1:
            return a
        return self._index(arith.MuliOp, a, b)

    def linear(self, *terms: tuple[Index, Index]) -> Index:
        """Sum of products: the flat position of a multi-dimensional index (index, stride)."""
        return self.add(*(self.mul(index, stride) for index, stride in terms))

    def minimum(self, a: Index, b: Index) -> Index:
        """The smaller index."""
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return self._index(arith.MinSIOp, a, b)

    def maximum(self, a: Index, b: Index) -> Index:
        """The larger index."""
        if isinstance(a, int) and isinstance(b, int):
            return max(a, b)
        return self._index(arith.MaxSIOp, a, b)

    def quotient(self, a: Index, b: int) -> Index:
        """A / b without remainder, for a >= 0 and b > 0."""
        if isinstance(a, int):
            return a // b
        return a if b == 1 else self.emit(arith.DivSIOp(a, self.value(b)))

    def wrapped(self, row: Index, rows: int) -> Index:
        """Row `row` in a ring of `rows` rows; computed where the row is, not where it is used."""
        if isinstance(row, int):
            return row % rows
        key = (arith.RemSIOp, row, rows)
        for known in self._indices:
            if key in known:
                return known[key]
        result = arith.RemSIOp(row, self.value(rows))
        return self._remembered(key, result)

    def _remembered(self, key: tuple[object, Index, Index], op: Operation) -> SSAValue:
        result = self.emit(op)
        self._indices[-1][key] = result
        return result

    def remainder(self, a: Index, b: int) -> Index:
        """The remainder of a / b, for a >= 0 and b > 0."""
        if isinstance(a, int):
            return a % b
        return 0 if b == 1 else self.emit(arith.RemSIOp(a, self.value(b)))

    def ceil_div_positive(self, a: Index, b: int) -> Index:
        """ceil(a / b) for a that is used only where it is positive, b > 0: `(a + b - 1) / b`.

        For a below 1 - b the result is negative or zero; callers clamp it from below by zero.
        """
        if isinstance(a, int):
            return -(-a // b)
        if b == 1:
            return a
        return self._index(arith.DivSIOp, self.add(a, b - 1), b)

    # Memory

    def load(self, memory: SSAValue, index: Index, hint: str | None = None) -> SSAValue:
        """One element as a register."""
        return self.emit(vpool.LoadOp(memory, self.value(index)), hint)

    def load_constant(self, memory: SSAValue, index: Index) -> SSAValue:
        """One element of memory that nothing writes to; an equal load around here is reused."""
        key = (memory, index, 0)
        for known in self._indices:
            if key in known:
                return known[key]
        result = self.load(memory, index)
        self._indices[-1][key] = result
        return result

    def store(self, value: SSAValue, memory: SSAValue, index: Index) -> None:
        """A register to one element."""
        self.block.add_op(vpool.StoreOp(value, memory, self.value(index)))

    def call(self, name: str, arguments: Sequence[SSAValue], result: Attribute) -> SSAValue:
        """A call of a C function of `runtime_c`, known to the interpreter by the same name."""
        return self.emit(
            emitc.EmitC_CallOpaqueOp(callee=name, call_args=list(arguments), result_types=[result])
        )

    # Loops

    def for_(
        self,
        lower: Index,
        upper: Index,
        body: LoopBody,
        carried: Sequence[SSAValue] = (),
        step: int = 1,
        hint: str = "i",
        carried_hints: Sequence[str] = (),
    ) -> list[SSAValue]:
        """A counted loop. No trip: nothing; one known trip: only the body."""
        if isinstance(lower, int) and isinstance(upper, int):
            if upper <= lower:
                return list(carried)
            if upper <= lower + step:
                return list(body(lower, list(carried)))
        lb, ub, by = self.value(lower), self.value(upper), self.value(step)
        block = Block(arg_types=[_INDEX, *(v.type for v in carried)])
        block.args[0].name_hint = hint
        for arg, name in zip(block.args[1:], carried_hints, strict=False):
            arg.name_hint = name
        outer, self.block = self.block, block
        self._indices.append({})
        results = body(block.args[0], list(block.args[1:]))
        self.block.add_op(scf.YieldOp(*results))
        self._indices.pop()
        self.block = outer
        loop = scf.ForOp(lb, ub, by, list(carried), block)
        outer.add_op(loop)
        return list(loop.results)

    def over(
        self,
        lower: Index,
        upper: Index,
        body: Callable[[Index], None],
        step: int = 1,
        hint: str = "i",
    ) -> None:
        """A loop over outputs, in the direction of the kernel; for `step` > 1 bounds are known."""

        def forwards(index: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            body(index)
            return ()

        if not self.backwards:
            self.for_(lower, upper, forwards, step=step, hint=hint)
            return
        if isinstance(lower, int) and isinstance(upper, int):
            last: Index = lower + (upper - lower - 1) // step * step
        else:
            last = self.sub(upper, 1)
        ends = self.add(lower, last)

        def turned(index: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            body(self.named(self.sub(ends, index), hint))
            return ()

        self.for_(lower, upper, turned, step=step, hint=f"{hint}_back")

    def one_by_one(self, parts: Sequence[Callable[[], None]]) -> None:
        """Parts of the loops over outputs, in the direction of the kernel."""
        for part in reversed(parts) if self.backwards else parts:
            part()

    def blocks(
        self, extent: int, block: int, hint: str, body: Callable[[Index, int], None]
    ) -> None:
        """Loop over `extent` outputs in steps of `block`; the rest gets a block of its own size."""
        block = min(block, extent)
        whole, rest = extent // block * block, extent % block

        def part(first: int, end: int, count: int) -> Callable[[], None]:
            return lambda: self.over(first, end, lambda i: body(i, count), step=count, hint=hint)

        self.one_by_one([part(0, whole, block), *([part(whole, extent, rest)] if rest else [])])

    def loops(
        self,
        extents: Sequence[int],
        body: Callable[[list[Index]], None],
        hints: Sequence[str] = (),
    ) -> None:
        """A nest of loops over outputs, from zero, outermost first; `body` gets all indices."""

        def nest(level: int, indices: list[Index]) -> None:
            if level == len(extents):
                body(indices)
                return

            hint = hints[level] if level < len(hints) else f"i{level}"
            self.over(0, extents[level], lambda i: nest(level + 1, [*indices, i]), hint=hint)

        nest(0, [])


def strides_of(shape: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides of a shape, in elements."""
    strides: list[int] = []
    step = 1
    for extent in reversed(shape):
        strides.append(step)
        step *= extent
    return tuple(reversed(strides))
