"""Interpreters of the loop level's upstream ops: `arith` in 32-bit floats, `memref` globals, calls.

xDSL's own `arith` interpreter computes floats in double precision; here every operation rounds to
f32, as the C does. Integers are Python integers, signed; memory is a flat numpy array.
"""

import math
from collections.abc import Callable
from functools import partial
from operator import add, mul, sub
from typing import Any

import numpy as np
from xdsl.dialects import arith, emitc, memref
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    Float32Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
)
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls
from xdsl.utils.exceptions import InterpretationError
from xdsl.utils.hints import isa

from .. import float_math, gemmlowp, integer_norm
from .dsp import signed
from .vpool import memory_dtype


def _width(type_: object) -> int:
    return type_.width.data if isa(type_, IntegerType) else 64


def _shifted(x: int, n: int, bits: int, left: bool, width: int) -> int:
    if not 0 <= n < bits:
        return -1 if x < 0 and not left else 0
    return signed(x << n, width) if left else x >> n


def _remainder(x: int, y: int) -> int:
    if y == 0:
        return 0
    rest = abs(x) % abs(y)
    return -rest if x < 0 else rest


def _quotient(x: int, y: int, width: int) -> int:
    if y == 0:
        return 0
    return signed((x - _remainder(x, y)) // y, width)


def _power(x: int, y: int, width: int) -> int:
    if y < 0:
        return x**-y if x in (1, -1) else 0
    return signed(pow(x, y, 1 << width), width)


def _low(x: int, bits: int) -> int:
    return x & ((1 << bits) - 1)


def _wrapping(function: Callable[[int, int], int], width: int) -> Callable[[int, int], int]:
    return lambda x, y: signed(function(x, y), width)


INTEGER_FUNCTIONS: dict[str, Callable[..., int]] = {
    **{
        f"nnopt_{name}_i{width}": _wrapping(function, width)
        for width in (32, 64)
        for name, function in (("add", add), ("sub", sub), ("mul", mul))
    },
    "nnopt_pow_i32": partial(_power, width=32),
    "nnopt_pow_i64": partial(_power, width=64),
    "nnopt_div_i32": partial(_quotient, width=32),
    "nnopt_div_i64": partial(_quotient, width=64),
    "nnopt_low_i8": partial(signed, bits=8),
    "nnopt_low_i16": partial(signed, bits=16),
    "nnopt_low_u8": partial(_low, bits=8),
    "nnopt_low_u16": partial(_low, bits=16),
    "nnopt_shift_left_i32": partial(_shifted, left=True, width=32),
    "nnopt_shift_left_i64": partial(_shifted, left=True, width=64),
    "nnopt_shift_right_i32": partial(_shifted, left=False, width=32),
    "nnopt_shift_right_i64": partial(_shifted, left=False, width=64),
    "nnopt_remainder_i32": _remainder,
    "nnopt_remainder_i64": _remainder,
}
"""Twins of the functions on integers in `nnopt_fxp.h`."""


def _truncated(x: Any) -> int:
    if math.isnan(x):
        return 0
    if math.isinf(x):
        return -(2**63) if x < 0 else 2**63 - 1
    return min(max(math.trunc(float(x)), -(2**63)), 2**63 - 1)


def _bits(x: Any) -> int:
    return int(np.float32(x).view(np.int32))


def _real(bits: Any) -> Any:
    return np.int32(bits).view(np.float32)


BIT_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "nnopt_truncate_i64": _truncated,
    "nnopt_bits_of_real": _bits,
    "nnopt_real_of_bits": _real,
}
"""Twins of functions of `nnopt_math.h` between floats and integers."""


@register_impls
class LoopFunctions(InterpreterFunctions):
    """Float arithmetic in f32 and the integer ops which xDSL's interpreter lacks."""

    @impl(arith.ConstantOp)
    def constant(self, interpreter: Interpreter, op: arith.ConstantOp, args: PythonValues) -> Any:
        value = op.value
        if isinstance(value, IntegerAttr):
            return (value.value.data,)
        if isinstance(value, FloatAttr):
            return (np.float32(value.value.data),)
        raise InterpretationError("arith.constant of a tensor: use nn.constant")

    @impl(arith.AddfOp)
    def addf(self, interpreter: Interpreter, op: arith.AddfOp, args: PythonValues) -> Any:
        with np.errstate(all="ignore"):
            return (np.float32(args[0]) + np.float32(args[1]),)

    @impl(arith.SubfOp)
    def subf(self, interpreter: Interpreter, op: arith.SubfOp, args: PythonValues) -> Any:
        with np.errstate(all="ignore"):
            return (np.float32(args[0]) - np.float32(args[1]),)

    @impl(arith.MulfOp)
    def mulf(self, interpreter: Interpreter, op: arith.MulfOp, args: PythonValues) -> Any:
        with np.errstate(all="ignore"):
            return (np.float32(args[0]) * np.float32(args[1]),)

    @impl(arith.DivfOp)
    def divf(self, interpreter: Interpreter, op: arith.DivfOp, args: PythonValues) -> Any:
        with np.errstate(all="ignore"):
            return (np.float32(args[0]) / np.float32(args[1]),)

    @impl(arith.NegfOp)
    def negf(self, interpreter: Interpreter, op: arith.NegfOp, args: PythonValues) -> Any:
        return (-np.float32(args[0]),)

    @impl(arith.MaxSIOp)
    def maxsi(self, interpreter: Interpreter, op: arith.MaxSIOp, args: PythonValues) -> Any:
        return (max(args),)

    @impl(arith.MinSIOp)
    def minsi(self, interpreter: Interpreter, op: arith.MinSIOp, args: PythonValues) -> Any:
        return (min(args),)

    @impl(arith.ExtSIOp)
    def extsi(self, interpreter: Interpreter, op: arith.ExtSIOp, args: PythonValues) -> Any:
        return args

    @impl(arith.TruncIOp)
    def trunci(self, interpreter: Interpreter, op: arith.TruncIOp, args: PythonValues) -> Any:
        return (signed(args[0], _width(op.result.type)),)

    @impl(arith.SIToFPOp)
    def sitofp(self, interpreter: Interpreter, op: arith.SIToFPOp, args: PythonValues) -> Any:
        return (np.float32(args[0]),)

    @impl(arith.FPToSIOp)
    def fptosi(self, interpreter: Interpreter, op: arith.FPToSIOp, args: PythonValues) -> Any:
        return (math.trunc(args[0]),)

    @impl(emitc.EmitC_CallOpaqueOp)
    def call_opaque(
        self, interpreter: Interpreter, op: emitc.EmitC_CallOpaqueOp, args: PythonValues
    ) -> Any:
        if op.callee.data in BIT_FUNCTIONS:
            return (BIT_FUNCTIONS[op.callee.data](args[0]),)
        whole = INTEGER_FUNCTIONS.get(op.callee.data)
        if whole is not None:
            return (whole(*(int(a) for a in args)),)
        on_integer = {**gemmlowp.C_FUNCTIONS, **integer_norm.C_FUNCTIONS}.get(op.callee.data)
        if on_integer is not None:
            return (on_integer(args[0]),)
        function = float_math.C_FUNCTIONS.get(op.callee.data)
        if function is None:
            raise InterpretationError(
                f"{op.callee.data}: the interpreter has no such function of runtime_c; "
                "write it in dialects/float_math.py and name it in C_FUNCTIONS there"
            )
        result = function(*(np.float32(a) for a in args))
        return (result if isinstance(op.res[0].type, Float32Type) else int(result),)

    @impl(memref.GlobalOp)
    def global_(self, interpreter: Interpreter, op: memref.GlobalOp, args: PythonValues) -> Any:
        return ()

    @impl(memref.GetGlobalOp)
    def get_global(
        self, interpreter: Interpreter, op: memref.GetGlobalOp, args: PythonValues
    ) -> Any:
        target = interpreter.get_op_for_symbol(op.name_)
        if not isinstance(target, memref.GlobalOp):
            raise InterpretationError(f"{op.name_} is not a memref.global")
        value = target.initial_value
        if not isinstance(value, DenseIntOrFPElementsAttr):
            raise InterpretationError(f"{op.name_} has no value")
        data = np.frombuffer(value.data.data, memory_dtype(value.type.element_type))
        count = target.type.element_count()
        return (np.broadcast_to(data, (count,)) if data.size == 1 else data,)
