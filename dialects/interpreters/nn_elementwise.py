"""Interpreters of element-wise ops; f32 functions are the bit-exact twins of `nnopt_math.h`."""

from __future__ import annotations

from collections.abc import Callable
from math import erf
from typing import Any, cast

import numpy as np
from xdsl.dialects.builtin import IntegerType
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls
from xdsl.ir import Operation

from .. import float_math, nn
from ..fxp import integer_range
from ..nn.constant import dtype_of
from .nn_common import Array, element, maximum, minimum, real_array, run_real, stored

Function = Callable[[Array], Array]
_erf = np.vectorize(erf, otypes=[np.float64])


def _sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def _relu(x: Array) -> Array:
    return maximum(x, x.dtype.type(0))


FUNCTIONS: dict[type[Operation], tuple[Function, Function]] = {
    nn.ReluOp: (_relu, _relu),
    nn.SigmoidOp: (float_math.sigmoid, _sigmoid),
    nn.TanhOp: (float_math.tanh, np.tanh),
    nn.ExpOp: (float_math.exp, np.exp),
    nn.LogOp: (float_math.log, np.log),
    nn.SqrtOp: (float_math.sqrt, np.sqrt),
    nn.ReciprocalOp: (float_math.reciprocal, np.reciprocal),
    nn.NegateOp: (np.negative, np.negative),
    nn.ErfOp: (float_math.erf, _erf),
    nn.GeluOp: (float_math.gelu, lambda x: x / 2 * (1 + _erf(x / np.sqrt(2)))),
    nn.FloorOp: (float_math.floor, np.floor),
    nn.CeilOp: (float_math.ceil, np.ceil),
    nn.RoundOp: (float_math.round_even, np.rint),
    nn.SinOp: (float_math.sin, np.sin),
    nn.CosOp: (float_math.cos, np.cos),
    nn.AtanOp: (float_math.atan, np.arctan),
    nn.HardSwishOp: (float_math.hard_swish, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
}
"""Unary ops without attributes: the function on f32, and the one on float64 (fxp elements)."""


def _divide(a: Array, b: Array) -> Array:
    if a.dtype.kind == "f":
        return a / b
    divisor = np.where((b == 0) | (b == -1), 1, b).astype(a.dtype)
    quotient: Array = (a - np.fmod(a, divisor)) // divisor
    return np.where(b == 0, 0, np.where(b == -1, np.negative(a), quotient)).astype(a.dtype)


def _leaky(x: Array, slope: Any) -> Array:
    return np.where(x < 0, x * slope, x)


def _power(a: Array, b: Array) -> Array:
    if a.dtype == np.float32:
        return float_math.power(a, b)
    if a.dtype.kind == "f":
        return np.power(a, b)
    a, b = np.broadcast_arrays(a, b)
    result, base, exponent = np.ones_like(a), a.copy(), np.where(b < 0, 0, b).astype(np.int64)
    for _ in range(b.dtype.itemsize * 8):
        result = np.where(exponent & 1, result * base, result)
        base, exponent = base * base, exponent >> 1
    unit = np.where(a == 1, 1, np.where(a + 1 == 0, np.where(b & 1, a, np.ones_like(a)), 0))
    return np.where(b < 0, unit, result).astype(a.dtype)


BINARY: dict[type[Operation], Callable[[Array, Array], Array]] = {
    nn.AddOp: np.add,
    nn.SubOp: np.subtract,
    nn.MulOp: np.multiply,
    nn.DivOp: _divide,
    nn.MaximumOp: maximum,
    nn.MinimumOp: minimum,
    nn.PowOp: _power,
}
"""Binary ops on broadcast operands."""


def run_unary(op: Operation, args: tuple[Array, ...]) -> tuple[Array, ...]:
    """Run an op of `FUNCTIONS`."""
    single, double = FUNCTIONS[type(op)]

    def compute(x: Array) -> Array:
        return double(x) if x.dtype == np.float64 else single(x)

    return run_real(op, args, compute)


def run_binary(op: Operation, args: tuple[Array, ...]) -> tuple[Array, ...]:
    """Run an op of `BINARY`."""
    return run_real(op, args, BINARY[type(op)])


def converted(op: nn.CastOp, x: Array) -> Array:
    """Convert elements; reals truncate toward zero and saturate, NaN becomes zero."""
    target = element(op.result)
    dtype = dtype_of(target)
    if x.dtype.kind != "f" or dtype.kind == "f":
        return x.astype(dtype)
    if dtype.kind == "b":
        return x != 0
    low, high = integer_range(cast("IntegerType", target))
    whole = np.trunc(np.nan_to_num(x.astype(np.float64), nan=0.0))
    result = np.where((whole >= low) & (whole < high), whole, 0.0).astype(dtype)
    result[whole < low] = low
    result[whole >= high] = high
    return result


@register_impls
class NnElementwiseFunctions(InterpreterFunctions):
    """Implementations of element-wise ops that have attributes; the others come from tables."""

    @impl(nn.ClampOp)
    def clamp(
        self, interpreter: Interpreter, op: nn.ClampOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Bounds are real values."""
        low, high = op.min.value.data, op.max.value.data

        def compute(x: Array) -> Array:
            if x.dtype.kind == "f":
                return minimum(maximum(x, x.dtype.type(low)), x.dtype.type(high))
            limits = np.iinfo(x.dtype)
            least, most = (int(min(max(end, limits.min), limits.max)) for end in (low, high))
            return np.clip(x, least, most)

        return run_real(op, args, compute)

    @impl(nn.LeakyReluOp)
    def leaky_relu(
        self, interpreter: Interpreter, op: nn.LeakyReluOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Negative elements are scaled."""
        alpha = op.alpha.value.data

        def compute(x: Array) -> Array:
            return _leaky(x, x.dtype.type(alpha))

        return run_real(op, args, compute)

    @impl(nn.PreluOp)
    def prelu(
        self, interpreter: Interpreter, op: nn.PreluOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Negative elements are scaled by the slope."""
        return run_real(op, args, _leaky)

    @impl(nn.HardSigmoidOp)
    def hard_sigmoid(
        self, interpreter: Interpreter, op: nn.HardSigmoidOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """A line, clamped."""
        alpha, beta = op.alpha.value.data, op.beta.value.data

        def compute(x: Array) -> Array:
            if x.dtype == np.float32:
                return float_math.hard_sigmoid(x, alpha, beta)
            return np.clip(x * alpha + beta, 0, 1)

        return run_real(op, args, compute)

    @impl(nn.CastOp)
    def cast(
        self, interpreter: Interpreter, op: nn.CastOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Convert elements."""
        return (stored(op.result, converted(op, real_array(op.input, args[0]))),)

    @impl(nn.BitcastOp)
    def bitcast(
        self, interpreter: Interpreter, op: nn.BitcastOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """The same bytes; a boolean is 0 or 1."""
        source, target = np.ascontiguousarray(args[0]), dtype_of(element(op.result))
        if target.kind == "b":
            return ((source.view(np.uint8) & 1).astype(np.bool_),)
        return (source.view(target).reshape(source.shape),)
