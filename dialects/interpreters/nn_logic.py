"""Interpreters of comparisons, bit operations, remainders and selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import float_math, nn
from .nn_common import Array

COMPARISONS: dict[str, Callable[[Array, Array], Array]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
BITWISE: dict[str, Callable[[Array, Array], Array]] = {
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


def shifted(a: Array, b: Array, left: bool) -> Array:
    """Numbers shifted; a distance outside of the type leaves only signs."""
    bits = a.dtype.itemsize * 8
    inside = (b >= 0) & (b < bits)
    distance = np.where(inside, b, 0).astype(a.dtype)
    if left:
        return np.where(inside, np.left_shift(a, distance), 0).astype(a.dtype)
    beyond = np.where(a < 0, -1, 0)
    return np.where(inside, np.right_shift(a, distance), beyond).astype(a.dtype)


def remainder(a: Array, b: Array, truncated: bool) -> Array:
    """Remainders with the sign of `a` (truncated) or of `b`."""
    if a.dtype.kind == "f":
        rest = float_math.remainder(a, b)
        return (
            rest if truncated else np.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)
        )
    divisor = np.where(b == 0, 1, b).astype(a.dtype)
    function: Any = np.fmod if truncated else np.mod
    return np.where(b == 0, 0, function(a, divisor)).astype(a.dtype)


@register_impls
class NnLogicFunctions(InterpreterFunctions):
    """Implementations of the ops of `dialects/nn/logic.py`."""

    @impl(nn.CompareOp)
    def compare(
        self, interpreter: Interpreter, op: nn.CompareOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Element by element."""
        return (np.asarray(COMPARISONS[op.predicate.data](args[0], args[1])),)

    @impl(nn.BitwiseOp)
    def bitwise(
        self, interpreter: Interpreter, op: nn.BitwiseOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Bit by bit."""
        return (np.asarray(BITWISE[op.kind.data](args[0], args[1])),)

    @impl(nn.ShiftOp)
    def shift(
        self, interpreter: Interpreter, op: nn.ShiftOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Element by element."""
        return (shifted(args[0], args[1], op.direction.data == "left"),)

    @impl(nn.RemainderOp)
    def remainder(
        self, interpreter: Interpreter, op: nn.RemainderOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Element by element."""
        return (remainder(args[0], args[1], op.truncated.value.data != 0),)

    @impl(nn.WhereOp)
    def where(
        self, interpreter: Interpreter, op: nn.WhereOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Choose."""
        return (np.where(args[0], args[1], args[2]),)
