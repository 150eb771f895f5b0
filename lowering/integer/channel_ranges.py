"""Which integers each channel of each tensor can hold, over all positions and all inputs.

A channel is an index of the last dimension. Ranges follow the graph from the function's arguments
on: bounds of a sum come from its weights and the ranges of what it reads, rescales are applied to
both ends. A channel whose bounds meet is constant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerType, ModuleOp
from xdsl.interpreter import Interpreter
from xdsl.ir import Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import fxp, nn
from ...dialects.interpreters import make_interpreter
from ...dialects.nn.constant import dtype_of
from ...passes.rewriting import constant_of, element_of, shape_of

Ints = NDArray[np.int64]

LARGEST = 1 << 31
"""Bounds beyond this are not followed: the value may be any of its type."""

MONOTONE = (fxp.RequantizeOp, fxp.WidenOp, nn.ReluOp, nn.ClampOp)
"""Functions of one element that are increasing or decreasing: bounds become bounds."""

Combine = Callable[[Ints, Ints], Ints]

SUMS: dict[type[Operation], Combine] = {
    nn.AddOp: np.add,
    nn.SubOp: np.subtract,
    nn.MulOp: np.multiply,
    nn.MaximumOp: np.maximum,
    nn.MinimumOp: np.minimum,
}
"""Functions of two elements whose extremes are at corners of the ranges."""


@dataclass(frozen=True)
class Range:
    """The least and the greatest integer of every channel."""

    low: Ints
    high: Ints

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which channels hold one number everywhere."""
        return self.low == self.high

    def minus(self, zero_point: int, padded: bool) -> Range:
        """The range of x - zero point, and of 0 where the padding may be read instead."""
        low, high = self.low - zero_point, self.high - zero_point
        return Range(np.minimum(low, 0), np.maximum(high, 0)) if padded else Range(low, high)


def channels_of(value: SSAValue) -> int:
    """The extent of the last dimension, 1 for scalars."""
    shape = shape_of(value)
    return shape[-1] if shape else 1


def is_padded(op: Operation) -> bool:
    """Whether a window op reads padding."""
    pads = cast(Any, op).pads if isinstance(op, nn.Conv2dOp | nn.AvgPool2dOp) else None
    return pads is not None and any(pads.get_values())


def zero_point_of(op: Operation, name: str = "input_zero_point") -> int:
    """A zero point of a linear op or an average pool."""
    return cast(Any, op.properties[name]).value.data if name in op.properties else 0


def centred_weights(op: nn.Conv2dOp | nn.FullyConnectedOp) -> Ints | None:
    """Constant weights minus their zero point, (O, taps, inputs of a group), and None otherwise."""
    weights = constant_of(op.operands[1])
    if weights is None or constant_of(op.operands[2]) is None or weights.dtype.kind not in "iu":
        return None
    taps = int(np.prod(weights.shape[1:-1]))
    centred = weights.astype(np.int64) - zero_point_of(op, "weight_zero_point")
    return centred.reshape(weights.shape[0], taps, weights.shape[-1])


def reshaped(values: Ints, channels: int, function: Any) -> Ints:
    """Bounds of the channels of a row-major view: element i is channel i modulo both counts."""
    if channels % len(values) == 0:
        return np.tile(values, channels // len(values))
    if len(values) % channels == 0:
        return function(values.reshape(-1, channels), axis=0)
    return np.full(channels, function(values))


class Ranges:
    """Ranges of the values of an integer graph, computed when they are asked for."""

    def __init__(self, module: ModuleOp):
        self.interpreter: Interpreter = make_interpreter(module)
        self.known: dict[SSAValue, Range | None] = {}

    def of(self, value: SSAValue) -> Range | None:
        """The range of a value; None for reals and for 64 bits."""
        if value not in self.known:
            self.known[value] = self._checked(value)
        return self.known[value]

    def _checked(self, value: SSAValue) -> Range | None:
        element = element_of(value)
        if not isa(element, IntegerType) or element.width.data > 32:
            return None
        least, greatest = fxp.integer_range(element)
        found = self._computed(value)
        if found is None or found.low.min() < least or found.high.max() > greatest:
            count = channels_of(value)
            return Range(np.full(count, least), np.full(count, greatest))
        return found

    def _computed(self, value: SSAValue) -> Range | None:
        op = value.owner
        if not isinstance(op, Operation):
            return None
        if isinstance(op, nn.ConstantOp):
            rows = op.array().astype(np.int64).reshape(-1, channels_of(value))
            return Range(rows.min(0), rows.max(0)) if len(rows) else None
        inputs = [self.of(operand) for operand in op.operands]
        given = [found for found in inputs if found is not None]
        if len(given) < len(inputs):
            return None
        if isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp):
            return self._linear(op, given[0])
        if isinstance(op, MONOTONE):
            return self._run(op, given[0])
        if isinstance(op, fxp.LookupOp):
            return self._lookup(op, given[0])
        if type(op) in SUMS:
            return self._sum(SUMS[type(op)], given[0], given[1], channels_of(value))
        return self._moved(op, given, value)

    def _linear(self, op: nn.Conv2dOp | nn.FullyConnectedOp, given: Range) -> Range | None:
        weights = centred_weights(op)
        if weights is None:
            return None
        x = given.minus(zero_point_of(op), is_padded(op))
        groups = op.groups.value.data if isinstance(op, nn.Conv2dOp) else 1
        shape = (groups, -1, weights.shape[-1])
        above, below = (np.maximum(weights, 0).sum(1), np.minimum(weights, 0).sum(1))
        above, below = above.reshape(shape), below.reshape(shape)
        low, high = (end.reshape(groups, -1, 1) for end in (x.low, x.high))
        bias = cast("NDArray[Any]", constant_of(op.operands[2])).astype(np.int64)
        return Range(
            bias + (above @ low + below @ high).reshape(-1),
            bias + (above @ high + below @ low).reshape(-1),
        )

    def _run(self, op: Operation, given: Range) -> Range | None:
        """What the op makes of both ends."""
        dtype = dtype_of(element_of(op.operands[0]))
        (ends,) = self.interpreter.run_op(op, (np.stack([given.low, given.high]).astype(dtype),))
        return Range(ends.min(0).astype(np.int64), ends.max(0).astype(np.int64))

    def _lookup(self, op: fxp.LookupOp, given: Range) -> Range:
        least = fxp.integer_range(cast(IntegerType, element_of(op.input)))[0]
        table = op.table_array().astype(np.int64)
        ends = zip(given.low - least, given.high - least + 1, strict=True)
        parts = [table[first:end] for first, end in ends]
        return Range(np.array([p.min() for p in parts]), np.array([p.max() for p in parts]))

    def _sum(self, combine: Combine, a: Range, b: Range, channels: int) -> Range:
        corners = [
            np.broadcast_to(combine(x, y), channels)
            for x in (a.low, a.high)
            for y in (b.low, b.high)
        ]
        return Range(np.min(corners, 0), np.max(corners, 0))

    def _moved(self, op: Operation, given: list[Range], value: SSAValue) -> Range | None:
        channels = channels_of(value)
        if isinstance(op, nn.MaxPool2dOp):
            only_padding = max(op.pads.get_values()) >= min(op.kernel.get_values())
            return None if only_padding else given[0]
        if isinstance(op, nn.AvgPool2dOp):
            taps = int(np.prod(op.kernel.get_values()))
            x = given[0].minus(zero_point_of(op), is_padded(op))
            return Range(x.low * taps, x.high * taps)
        if isinstance(op, nn.ReshapeOp | fxp.StorageCastOp):
            low, high = given[0].low, given[0].high
            return Range(reshaped(low, channels, np.min), reshaped(high, channels, np.max))
        if isinstance(op, nn.ConcatOp):
            lows, highs = [g.low for g in given], [g.high for g in given]
            if op.axis.value.data in (-1, len(shape_of(value)) - 1):
                return Range(np.concatenate(lows), np.concatenate(highs))
            return Range(np.min(lows, 0), np.max(highs, 0))
        return None
