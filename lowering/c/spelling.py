"""How single operations are spelled in C99: one table, from op class to expression.

An expression is text with its precedence, so that parentheses appear only where C, or a reader (and
gcc's -Wparentheses), wants them. The printer (`printer.py`) decides what is written where.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith, emitc
from xdsl.dialects.builtin import (
    Float32Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import accel, dsp, fxp, nn, vpool
from ...dialects.dsp_loops import runs_of
from ...dialects.errors import NnoptError

PRIMARY, UNARY, MULTIPLY, ADD, SHIFT, COMPARE, EQUAL, AND, XOR, OR, CONDITIONAL = range(16, 5, -1)


@dataclass(frozen=True)
class Expression:
    """C text of a value; `reads` tells whether it reads memory and so may not move over a write."""

    text: str
    precedence: int = PRIMARY
    reads: bool = False
    is_constant: bool = False
    addends: tuple[str, str] | None = None
    """For a sum: its left and its right operand, each as text on its own."""

    def within(self, precedence: int) -> str:
        """The text, in parentheses unless it binds at least as tightly as `precedence`."""
        return self.text if self.precedence >= precedence else f"({self.text})"


def c_type(type_: Attribute) -> str:
    """The C type of a value or of a memory element. Raises NnoptError for a type without one."""
    if isinstance(type_, IndexType):
        return "int32_t"
    if isinstance(type_, Float32Type):
        return "float"
    if isa(type_, IntegerType):
        width = type_.width.data
        if width == 1:
            return "bool"
        if width in (8, 16, 32, 64):
            return f"{'u' if vpool.is_unsigned(type_) else ''}int{width}_t"
    raise NnoptError(f"no C type for {type_}")


def float_literal(value: float) -> str:
    """The shortest decimal literal that reads back as the same f32."""
    single = np.float32(value)
    if math.isnan(single):
        return "nnopt_nan()"
    if math.isinf(single):
        return "nnopt_inf()" if single > 0 else "-nnopt_inf()"
    text = str(single)
    return f"{text}f" if any(c in text for c in ".en") else f"{text}.0f"


def integer_literal(value: int, width: int) -> Expression:
    """A decimal literal of a signed integer; the most negative one has no literal in C."""
    if value == -(1 << (width - 1)) and width >= 32:
        return Expression(f"INT{width}_MIN", is_constant=True)
    text = f"INT64_C({value})" if width == 64 else str(value)
    return Expression(text, PRIMARY if value >= 0 else UNARY, is_constant=True)


def constant(op: arith.ConstantOp) -> Expression:
    """The literal of an `arith.constant` of a number."""
    value = op.value
    if isinstance(value, FloatAttr):
        text = float_literal(value.value.data)
        return Expression(text, UNARY if text.startswith("-") else PRIMARY, is_constant=True)
    if not isinstance(value, IntegerAttr):
        raise NnoptError(f"{op.name} of {op.result.type} has no literal in C")
    type_ = op.result.type
    return integer_literal(value.value.data, type_.width.data if isa(type_, IntegerType) else 32)


Operands = Sequence[Expression]
Spelling = Callable[[Operation, Operands], Expression]


def _infix(symbol: str, precedence: int) -> Spelling:
    # What -Wparentheses wants to see grouped.
    mixes = precedence in (SHIFT, COMPARE, EQUAL, AND, XOR, OR)

    def spell(op: Operation, args: Operands) -> Expression:
        type_ = op.results[0].type
        if isa(type_, IntegerType) and 1 < type_.width.data < 32:
            raise NnoptError(f"{op.name} on {type_} has no spelling in C: C computes in 32 bits")
        tight = UNARY if precedence in (SHIFT, AND, XOR, OR) else ADD
        left = args[0].within(tight if mixes else precedence)
        right = args[1].within(tight if mixes else precedence + 1)
        if symbol in "+-" and right.startswith("-"):
            right = f"({right})"
        addends = (args[0].text, args[1].text) if symbol == "+" else None
        return Expression(f"{left} {symbol} {right}", precedence, addends=addends)

    return spell


def call(name: str) -> Spelling:
    """The spelling `name(arguments)`."""

    def spell(op: Operation, args: Operands) -> Expression:
        return Expression(f"{name}({', '.join(a.text for a in args)})")

    return spell


def _extreme(name: str) -> Spelling:
    def spell(op: Operation, args: Operands) -> Expression:
        width = "i64" if op.results[0].type == i64 else "i32"
        return call(f"{name}_{width}")(op, args)

    return spell


def _cast(op: Operation, args: Operands) -> Expression:
    if i1 in (op.operands[0].type, op.results[0].type):
        raise NnoptError(f"{op.name} of i1 has no spelling in C: select between numbers")
    return Expression(f"({c_type(op.results[0].type)}){args[0].within(UNARY)}", UNARY)


def _negate(op: Operation, args: Operands) -> Expression:
    return Expression(f"-{args[0].within(PRIMARY)}", UNARY)


def _select(op: Operation, args: Operands) -> Expression:
    condition, yes, no = (a.within(OR) for a in args)
    return Expression(f"{condition} ? {yes} : {no}", CONDITIONAL)


_INTEGER_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_FLOAT_COMPARISONS = {1: "==", 2: ">", 3: ">=", 4: "<", 5: "<=", 13: "!="}


def _comparison(symbol: str) -> Spelling:
    return _infix(symbol, EQUAL if symbol in ("==", "!=") else COMPARE)


def _cmpi(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, arith.CmpiOp)
    predicate = op.predicate.value.data
    if predicate >= len(_INTEGER_COMPARISONS):
        raise NnoptError("unsigned comparisons have no spelling in C yet")
    return _comparison(_INTEGER_COMPARISONS[predicate])(op, args)


def _cmpf(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, arith.CmpfOp)
    predicate = op.predicate.value.data
    if predicate not in _FLOAT_COMPARISONS:
        raise NnoptError(f"float comparison {predicate} has no spelling in C")
    return _comparison(_FLOAT_COMPARISONS[predicate])(op, args)


def _opaque(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, emitc.EmitC_CallOpaqueOp)
    callee = op.callee
    assert isinstance(callee, StringAttr)
    return call(callee.data)(op, args)


def element_at(memory: Expression, index: Expression) -> str:
    """The lvalue `memory[index]`."""
    return f"{memory.within(PRIMARY)}[{index.text}]"


def _load(op: Operation, args: Operands) -> Expression:
    return Expression(element_at(args[0], args[1]), reads=True)


def _load_x4(op: Operation, args: Operands) -> Expression:
    return Expression(f"nnopt_load_x4(&{element_at(args[0], args[1])})", reads=True)


def _load_pair(op: Operation, args: Operands) -> Expression:
    return Expression(f"nnopt_load_x4({address(args[0], args[1])})", reads=True)


def _rotated(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, dsp.Sxtab16Op | dsp.Uxtab16Op)
    mnemonic = op.name.removeprefix("dsp.")
    return call(f"nnopt_{mnemonic}_ror{op.rotation.value.data}")(op, args)


def address(memory: Expression, index: Expression) -> str:
    """A pointer to `memory[index]`."""
    return memory.text if index.text == "0" else f"&{element_at(memory, index)}"


def suffix(memory: SSAValue) -> str:
    """How names of functions end that read bytes of the memory's type."""
    assert isa(memory.type, MemRefType)
    return "u8" if vpool.is_unsigned(memory.type.element_type) else "i8"


def widen(op: dsp.WidenOp, args: Operands) -> str:
    """The call that fills lanes; runs that are whole have a shorter one."""
    source, at, target, to, first, count = args
    ending = suffix(op.source)
    length = op.length.value.data
    both = dsp.both_lanes(-op.zero_point.value.data)
    pointers = f"{address(target, to)}, {address(source, at)}"
    if (first.text, count.text) == ("0", str(length)):
        return f"nnopt_widen_{ending}({pointers}, {length}, {both})"
    return f"nnopt_widen_part_{ending}({pointers}, {first.text}, {count.text}, {length}, {both})"


def planes(op: dsp.PlanesOp, args: Operands) -> str:
    """The call that fills a row of channel planes; a single channel is bytes in a row."""
    source, at, target, to = args
    ending = suffix(op.source)
    both = dsp.both_lanes(-op.zero_point.value.data)
    numbers = [op.pixels, op.channels, op.depth, op.plane, op.lead]
    name = "planes"
    if op.channels.value.data == op.depth.value.data == 1:
        name, numbers = "widen_row", [op.pixels, op.lead]
    text = ", ".join(str(number.value.data) for number in numbers)
    return f"nnopt_{name}_{ending}({address(target, to)}, {address(source, at)}, {text}, {both})"


def _lanes(op: dsp.DotOp | dsp.TileOp) -> tuple[str, list[int]]:
    """What the name of a function has for runs of lanes, and the numbers that tell of them."""
    if op.quads is not None:
        return "", [op.quads.value.data]
    return "_runs", list(runs_of(op))


def dot(op: dsp.DotOp, args: Operands, sums: Sequence[str]) -> str:
    """The call that adds a block of dot products to the variables `sums`."""
    if op.lanes is not None:
        kind, numbers = "_plain", [op.lanes.value.data]
    else:
        kind, numbers = _lanes(op)
    numbers += [op.pixel_step.value.data] if op.pixels > 1 else []
    places = [address(args[0], args[1]), address(args[2], args[3])]
    given = [f"&{name}" for name in sums]
    texts = ", ".join([*places, *(str(number) for number in numbers), *given])
    return f"nnopt_dot{kind}_4x{op.pixels}({texts})"


def real_dot(op: dsp.RealDotOp, args: Operands, sums: Sequence[str]) -> str:
    """The call that adds a block of dot products on f32 to the variables `sums`."""
    step = [str(op.pixel_step.value.data)] if op.pixels > 1 else []
    places = [address(args[0], args[1]), address(args[2], args[3]), args[4].text, *step]
    texts = ", ".join([*places, *(f"&{name}" for name in sums)])
    return f"nnopt_real_dot_{op.channels.value.data}x{op.pixels}({texts})"


def tile(op: dsp.TileOp, args: Operands) -> str:
    """The call that computes and stores a register block."""
    places = ", ".join(address(args[k], args[k + 1]) for k in range(0, 10, 2))
    kind, lanes = _lanes(op)
    numbers, pixels = [op.blocks.value.data, *lanes], op.pixels.value.data
    numbers += [op.pixel_step.value.data, op.out_step.value.data] if pixels == 2 else []
    shift = 0 if op.shift is None else op.shift.value.data
    text = ", ".join(str(number) for number in [*numbers, shift])
    return f"nnopt_tile{kind}_4x{pixels}({places}, {text})"


def depthwise(op: dsp.DepthwiseOp, args: Operands) -> str:
    """The call that computes and stores rows of outputs."""
    x, at, w, start, *rescale, out, to, rows = args[:10]
    places = [address(x, at), address(w, start), *(a.text for a in rescale), address(out, to)]
    numbers = [op.columns, op.size, op.row_stride, op.stride, op.width, op.out_step, op.below]
    texts = [str(number.value.data) for number in numbers]
    texts += ["0" if op.shift is None else str(op.shift.value.data)]
    texts += [args[10].text if op.by is not None else "0"]
    return f"nnopt_depthwise({', '.join([*places, rows.text, *texts])})"


def _ssat(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, dsp.SsatOp)
    return Expression(f"nnopt_ssat8({args[0].text}, {op.shift.value.data})", reads=args[0].reads)


def _apply_scale(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, fxp.ApplyScaleOp)
    wide = "i64_" if op.acc.type == i64 else ""
    return call(f"nnopt_apply_scale_{wide}{op.rounding.data}")(op, args)


_INTEGER_RANGES = {(-128, 127): "i8", (0, 255): "u8", (-32768, 32767): "i16", (0, 65535): "u16"}


def _rounding_shift(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, fxp.RoundingShiftOp)
    wide = "i64_" if op.acc.type == i64 else ""
    return call(f"nnopt_rounding_shift_{wide}{op.rounding.data}")(op, args)


def _saturate(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, fxp.SaturateOp)
    bounds = op.min_value.value.data, op.max_value.value.data
    width = "i64" if op.input.type == i64 else "i32"
    if width == "i32" and bounds in _INTEGER_RANGES:
        return Expression(f"nnopt_clamp_to_{_INTEGER_RANGES[bounds]}({args[0].text})")
    low, high = (integer_literal(bound, 32).text for bound in bounds)
    return Expression(f"nnopt_clamp_{width}({args[0].text}, {low}, {high})")


def _int_to_real(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, fxp.IntToRealOp)
    scale, zero_point = float_literal(op.scale.value.data), op.zero_point.value.data
    return Expression(f"nnopt_int_to_real({args[0].text}, {scale}, {zero_point})")


def _real_to_int(op: Operation, args: Operands) -> Expression:
    assert isinstance(op, fxp.RealToIntOp)
    scale, zero_point = float_literal(op.scale.value.data), op.zero_point.value.data
    bounds = f"{op.min_value.value.data}, {op.max_value.value.data}"
    name = "nnopt_real_to_int" + ("_half_away" if op.rounding_mode == "half_away" else "")
    return Expression(f"{name}({args[0].text}, {scale}, {zero_point}, {bounds})")


def view(op: vpool.ViewOp, arena: Expression) -> Expression:
    """A pointer into the arena, cast to the element's type."""
    return pointer(arena, op.offset.value.data, op.result.type.element_type)


def pointer(arena: Expression, offset: int, element: Attribute) -> Expression:
    """A pointer to elements `offset` bytes into the arena."""
    place = f"{arena.text} + {offset}" if offset else arena.text
    if c_type(element) == "int8_t":
        return Expression(place, ADD if offset else PRIMARY)
    inner = f"({place})" if offset else place
    return Expression(f"({c_type(element)} *)(void *){inner}", UNARY)


def external_call(op: nn.ExternalCallOp, args: Operands) -> str:
    """The call of another package's C function: memory, then numbers."""
    operator = op.operator
    assert operator.kernel is not None
    numbers = [
        float_literal(number) if isinstance(number, float) else integer_literal(number, 32).text
        for number in operator.parameters(op.call)
    ]
    arguments = [*(arg.text for arg in args), *numbers]
    return f"{operator.kernel.function}({', '.join(arguments)})"


def driver_call(op: accel.CallOp, args: Operands) -> str:
    """The call of a driver's C function: memory, then numbers."""
    numbers = [
        float_literal(number) if isinstance(number, float) else integer_literal(number, 32).text
        for number in op.numbers
    ]
    return f"{op.function.data}({', '.join([*(arg.text for arg in args), *numbers])})"


SPELLINGS: dict[type[Operation], Spelling] = {
    arith.AddiOp: _infix("+", ADD),
    arith.SubiOp: _infix("-", ADD),
    arith.MuliOp: _infix("*", MULTIPLY),
    arith.DivSIOp: _infix("/", MULTIPLY),
    arith.RemSIOp: _infix("%", MULTIPLY),
    arith.ShLIOp: _infix("<<", SHIFT),
    arith.ShRSIOp: _infix(">>", SHIFT),
    arith.AndIOp: _infix("&", AND),
    arith.OrIOp: _infix("|", OR),
    arith.XOrIOp: _infix("^", XOR),
    arith.MinSIOp: _extreme("nnopt_min"),
    arith.MaxSIOp: _extreme("nnopt_max"),
    arith.AddfOp: _infix("+", ADD),
    arith.SubfOp: _infix("-", ADD),
    arith.MulfOp: _infix("*", MULTIPLY),
    arith.DivfOp: _infix("/", MULTIPLY),
    arith.NegfOp: _negate,
    arith.ExtSIOp: _cast,
    arith.TruncIOp: _cast,
    arith.SIToFPOp: _cast,
    arith.FPToSIOp: _cast,
    arith.IndexCastOp: lambda op, args: args[0],
    arith.SelectOp: _select,
    arith.CmpiOp: _cmpi,
    arith.CmpfOp: _cmpf,
    emitc.EmitC_CallOpaqueOp: _opaque,
    vpool.LoadOp: _load,
    dsp.LoadX4Op: _load_x4,
    dsp.Sxtab16Op: _rotated,
    dsp.Uxtab16Op: _rotated,
    dsp.SmladOp: call("nnopt_smlad"),
    dsp.SmlabtOp: call("nnopt_smlabt"),
    dsp.SmlatbOp: call("nnopt_smlatb"),
    dsp.SmmlaOp: call("nnopt_smmla"),
    dsp.SmmlarOp: call("nnopt_smmlar"),
    dsp.QaddOp: call("nnopt_qadd"),
    dsp.SsatOp: _ssat,
    dsp.LoadPairOp: _load_pair,
    fxp.ApplyScaleOp: _apply_scale,
    fxp.RoundingShiftOp: _rounding_shift,
    fxp.SaturateOp: _saturate,
    fxp.IntToRealOp: _int_to_real,
    fxp.RealToIntOp: _real_to_int,
}
"""C spellings by op class; an op that is missing here cannot be printed as C."""
