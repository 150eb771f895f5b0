"""Prints the loop level as C99: functions, loops, statements.

Values become expressions where that is safe and readable, and named constants where they are used
twice, cross a loop's border, read memory before a write, or grow long. Loop-carried values of
`scf.for` become variables; a chain of nested accumulations shares one variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import IntegerAttr, MemRefType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, SSAValue
from xdsl.utils.hints import isa

from ...dialects import accel, dsp, helium, nn, vpool
from ...dialects.errors import NnoptError
from .loops import EFFECTS, helium_dot, helium_window
from .names import Names
from .spelling import (
    SHIFT,
    SPELLINGS,
    UNARY,
    Expression,
    c_type,
    constant,
    dot,
    driver_call,
    element_at,
    external_call,
    real_dot,
    view,
)
from .strips import read_rows
from .unpacked import unpacked_lines

MAX_EXPRESSION = 72
"""An expression longer than this many characters becomes a named constant."""


def is_written(pointer: SSAValue) -> bool:
    """Whether the function that gets `pointer` as an argument stores through it."""
    writes: dict[type[Operation], int] = {
        vpool.StoreOp: 1,
        vpool.ReadRowsOp: 3,
        dsp.WidenOp: 2,
        dsp.PlanesOp: 2,
        dsp.TileOp: 8,
        dsp.DepthwiseOp: 7,
        helium.CopyOp: 2,
        helium.FillOp: 0,
        helium.TileOp: 8,
        helium.WordsOp: 8,
        helium.SumOp: 4,
    }
    return any(
        writes.get(type(use.operation)) == use.index
        or (isinstance(use.operation, helium.ColumnsOp) and use.operation.target is pointer)
        or (isinstance(use.operation, nn.ExternalCallOp) and use.index >= len(use.operation.inputs))
        or (isinstance(use.operation, accel.CallOp) and use.operation.writes(use.index))
        for use in pointer.uses
    )


def parameter(arg: SSAValue, name: str) -> str:
    """Declaration of a function's parameter; pointers that are only read point to const."""
    type_ = arg.type
    if isinstance(type_, MemRefType):
        element = c_type(cast(MemRefType[Attribute], type_).element_type)
        return f"{element} *{name}" if is_written(arg) else f"const {element} *{name}"
    return f"{c_type(type_)} {name}"


def wrapped(line: str, width: int = 100) -> list[str]:
    """A line of C broken at commas, where it is too long, and indented by eight more columns."""
    indent = " " * (len(line) - len(line.lstrip()) + 8)
    lines: list[str] = []
    while len(line) > width and not line.lstrip().startswith("/*"):
        cut = line.rfind(", ", len(indent), width)
        if cut < 0:
            cut = line.find(", ", len(indent))
        if cut < 0:
            break
        lines.append(line[: cut + 1])
        line = indent + line[cut + 2 :]
    return [*lines, line]


def mentions(text: str, names: Sequence[str]) -> bool:
    """Whether an expression names one of some variables."""
    return not set(names).isdisjoint(re.findall(r"\w+", text))


@dataclass(frozen=True)
class CountedDown:
    """A loop of which only `index` = first + lower - counter is used, which runs from `first`."""

    index: OpResult
    first: int


def counted_down(loop: scf.ForOp) -> CountedDown | None:
    """How a loop with known bounds counts down, if the only use of its counter turns it round."""
    induction = loop.body.block.args[0]
    uses = list(induction.uses)
    turn = uses[0].operation if len(uses) == 1 and uses[0].index == 1 else None
    if not isinstance(turn, arith.SubiOp) or turn.parent is not loop.body.block:
        return None
    known = [known_index(value) for value in (loop.lb, loop.ub, loop.step, turn.lhs)]
    lower, upper, step, ends = known
    if lower is None or upper is None or step is None or ends is None or upper <= lower:
        return None
    last = lower + (upper - lower - 1) // step * step
    return CountedDown(turn.results[0], last) if ends == lower + last else None


def known_index(value: SSAValue) -> int | None:
    """The number behind an index, if it is constant."""
    if not isinstance(value, OpResult) or not isinstance(value.op, arith.ConstantOp):
        return None
    number = value.op.value
    return number.value.data if isinstance(number, IntegerAttr) else None


@dataclass
class FunctionPrinter:
    """Prints the body of one function; `lines` is the result, without indentation of its own."""

    names: Names
    lines: list[str] = field(default_factory=list[str])
    indent: int = 1
    _known: dict[SSAValue, Expression] = field(default_factory=dict[SSAValue, Expression])
    _pending: dict[SSAValue, Expression] = field(default_factory=dict[SSAValue, Expression])
    _skipped: set[Operation] = field(default_factory=set[Operation])

    def bind(self, value: SSAValue, text: str) -> None:
        """Say that `value` is the C variable or parameter `text`."""
        self._known[value] = Expression(text)

    def line(self, text: str) -> None:
        """Append one line at the current indentation."""
        self.lines += wrapped("    " * self.indent + text) if text else [""]

    def expression(self, value: SSAValue) -> Expression:
        """The C expression of a value; a pending one is consumed."""
        if value in self._pending:
            return self._pending.pop(value)
        if value in self._known:
            return self._known[value]
        if isinstance(value, OpResult) and isinstance(value.op, arith.ConstantOp):
            return constant(value.op)
        raise NnoptError(f"internal: value {value} used in C before it is defined")

    def block(self, block: Block) -> None:
        """Print the statements of a block, without its terminator."""
        for op in block.ops:
            if isinstance(op, scf.YieldOp | func.ReturnOp):
                continue
            self.statement(op)

    def statement(self, op: Operation) -> None:
        """Print one operation, or hold it back as a pending expression."""
        if isinstance(op, arith.ConstantOp) or op in self._skipped:
            return
        if isinstance(op, vpool.StoreOp):
            self._store(op)
        elif isinstance(op, vpool.ReadRowsOp):
            self._effect(op, partial(read_rows, prefix=self.names.prefix))
        elif type(op) in EFFECTS:
            self._effect(op, EFFECTS[type(op)])
        elif isinstance(op, dsp.DotOp):
            self._dot(op, operands_before=4, spell=dot)
        elif isinstance(op, helium.DotOp):
            self._dot(op, operands_before=4, spell=helium_dot)
        elif isinstance(op, helium.WindowOp):
            self._dot(op, operands_before=4, spell=helium_window)
        elif isinstance(op, dsp.RealDotOp):
            self._dot(op, operands_before=5, spell=real_dot)
        elif isinstance(op, dsp.UnpackedOp):
            self._unpacked(op)
        elif isinstance(op, nn.ExternalCallOp):
            self._effect(op, external_call)
        elif isinstance(op, accel.CallOp):
            self._effect(op, driver_call)
        elif isinstance(op, scf.ForOp):
            self._for(op)
        elif isinstance(op, scf.IfOp):
            self._if(op)
        elif isinstance(op, func.CallOp):
            self._call(op)
        elif isinstance(op, vpool.ViewOp):
            self._known[op.result] = view(op, self.expression(op.arena))
        elif isinstance(op, memref.GetGlobalOp):
            self._known[op.memref] = Expression(self.names.symbol(op.name_.string_value()))
        elif type(op) in SPELLINGS:
            self._value(op)
        else:
            raise NnoptError(f"{op.name} has no spelling in C")

    def _value(self, op: Operation) -> None:
        operands = [self.expression(operand) for operand in op.operands]
        spelled = SPELLINGS[type(op)](op, operands)
        reads = spelled.reads or any(operand.reads for operand in operands)
        expression = replace(spelled, reads=reads)
        result = op.results[0]
        uses = list(result.uses)
        inline = (
            len(uses) == 1
            and uses[0].operation.parent is op.parent
            and len(expression.text) <= MAX_EXPRESSION
        )
        if inline:
            self._pending[result] = expression
        elif uses:
            self._name(result, expression)

    def _name(self, value: SSAValue, expression: Expression) -> None:
        name = self.names.local(value.name_hint or "v")
        self.line(f"const {c_type(value.type)} {name} = {expression.text};")
        self._known[value] = Expression(name)

    def _settle(self, everything: bool = False) -> None:
        """Name what is pending and reads memory (or everything), before memory is written."""
        for value, expression in list(self._pending.items()):
            if everything or expression.reads:
                del self._pending[value]
                self._name(value, expression)

    def _store(self, op: vpool.StoreOp) -> None:
        value, memory, index = (self.expression(operand) for operand in op.operands)
        self._settle()
        type_ = op.memory.type
        assert isa(type_, MemRefType)
        element = c_type(type_.element_type)
        text = value.text
        if element != c_type(op.value.type):
            cast_ = f"({element}){value.within(UNARY)}"
            text = f"{value.within(UNARY)} != 0" if element == "bool" else cast_
        self.line(f"{element_at(memory, index)} = {text};")

    def _effect(self, op: Operation, spell: Callable[..., str]) -> None:
        """A call for its effect on memory."""
        operands = [self.expression(operand) for operand in op.operands]
        self._settle()
        self.line(f"{spell(op, operands)};")

    def _dot(
        self,
        op: dsp.DotOp | dsp.RealDotOp | helium.DotOp | helium.WindowOp,
        operands_before: int,
        spell: Callable[..., str],
    ) -> None:
        """The sums are variables that begin as the accumulators and are added to in place."""
        operands = [self.expression(operand) for operand in op.operands]
        sums = [self.names.local(result.name_hint or "sum") for result in op.sums]
        for name, start, result in zip(sums, operands[operands_before:], op.sums, strict=True):
            self.line(f"{c_type(result.type)} {name} = {start.text};")
            self.bind(result, name)
        self.line(f"{spell(op, operands, sums)};")

    def _unpacked(self, op: dsp.UnpackedOp) -> None:
        """As `_dot`, but the products are statements, not a call."""
        operands = [self.expression(operand) for operand in op.operands]
        self._settle()
        sums = [self.names.local(result.name_hint or "sum") for result in op.sums]
        for name, start, result in zip(sums, operands[2:], op.sums, strict=True):
            self.line(f"int32_t {name} = {start.text};")
            self.bind(result, name)
        for text in unpacked_lines(op, operands, sums, self.names):
            self.line(text)

    def _call(self, op: func.CallOp) -> None:
        arguments = ", ".join(self.expression(operand).text for operand in op.operands)
        self._settle()
        self.line(f"{self.names.symbol(op.callee.string_value())}({arguments});")

    def _if(self, op: scf.IfOp) -> None:
        condition = self.expression(op.cond)
        self._settle(everything=True)
        variables = [self.names.local(r.name_hint or "v") for r in op.results]
        for result, name in zip(op.results, variables, strict=True):
            self.line(f"{c_type(result.type)} {name};")
            self.bind(result, name)
        self.line(f"if ({condition.text}) {{")
        self._arm(op.true_region.block, variables)
        if op.false_region.blocks and len(list(op.false_region.block.ops)) > (not variables):
            self.line("} else {")
            self._arm(op.false_region.block, variables)
        self.line("}")

    def _arm(self, block: Block, variables: list[str]) -> None:
        self.indent += 1
        self.block(block)
        self._assign(block, variables)
        self.indent -= 1

    def _assign(self, block: Block, variables: list[str]) -> None:
        """Assign what a block yields to variables, as if all at once."""
        terminator = block.last_op
        if not isinstance(terminator, scf.YieldOp):
            return
        pairs = zip(variables, terminator.arguments, strict=True)
        moves = [(name, value, self.expression(value)) for name, value in pairs]
        moves = [move for move in moves if move[2].text != move[0]]
        written: list[str] = []
        for index, (name, value, expression) in enumerate(moves):
            if mentions(expression.text, written):  # of before the assignments
                saved = self.names.local("next")
                self.line(f"const {c_type(value.type)} {saved} = {expression.text};")
                moves[index] = name, value, Expression(saved)
            written.append(name)
        for name, _, expression in moves:
            left, right = expression.addends or ("", "")
            self.line(f"{name} += {right};" if left == name else f"{name} = {expression.text};")

    def _for(self, op: scf.ForOp) -> None:
        lower, upper, step = (self.expression(v) for v in (op.lb, op.ub, op.step))
        if upper.reads:  # once, not before every pass
            self._name(op.ub, upper)
            upper = self.expression(op.ub)
        starts = [self.expression(init) for init in op.iter_args]
        self._settle(everything=True)
        induction, *carried = op.body.block.args
        variables: list[str] = []
        for init, start, argument in zip(op.iter_args, starts, carried, strict=True):
            variables.append(self._variable(op, init, start, argument))
        for name, argument, result in zip(variables, carried, op.results, strict=True):
            self.bind(argument, name)
            self.bind(result, name)
        with self.names.scope():
            turned = counted_down(op)
            if turned is None:
                counter = self.names.local(induction.name_hint or "i")
                self.bind(induction, counter)
                increment = f"{counter}++" if step.text == "1" else f"{counter} += {step.text}"
                condition = f"{counter} < {upper.within(SHIFT)}"
                self.line(f"for (int32_t {counter} = {lower.text}; {condition}; {increment}) {{")
            else:
                counter = self.names.local(turned.index.name_hint or "i")
                self.bind(turned.index, counter)
                self._skipped.add(turned.index.op)
                step_ = f"{counter}--" if step.text == "1" else f"{counter} -= {step.text}"
                start = f"int32_t {counter} = {turned.first}"
                self.line(f"for ({start}; {counter} >= {lower.text}; {step_}) {{")
            self.indent += 1
            self.block(op.body.block)
            self._assign(op.body.block, variables)
            self.indent -= 1
            self.line("}")

    def _variable(
        self, loop: scf.ForOp, init: SSAValue, start: Expression, argument: BlockArgument
    ) -> str:
        """The variable of a loop-carried value: a new one, or that of the chain it continues.

        A chain does not go into further loops: they would begin with what the last pass left.
        """
        maker = init.op if isinstance(init, OpResult) else init.owner.parent_op()
        home = init.op.parent if isinstance(init, OpResult) else init.owner
        chain = isinstance(maker, scf.ForOp) and home is loop.parent
        if chain and len(list(init.uses)) == 1:
            return start.text
        name = self.names.local(argument.name_hint or "v")
        self.line(f"{c_type(argument.type)} {name} = {start.text};")
        return name
