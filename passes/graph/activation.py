"""Ranges to which results are limited: `nn.relu`, `nn.clamp`, `act_min` and `act_max`."""

from __future__ import annotations

from math import inf

from xdsl.dialects.builtin import FloatAttr, f32
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ...dialects import nn

Range = tuple[float, float]
EVERYTHING: Range = (-inf, inf)


def takes_activation(op: object) -> bool:
    """Return whether an operation has the attributes `act_min` and `act_max`."""
    return isinstance(op, IRDLOperation) and "act_min" in op.get_irdl_definition().properties


def activation_of(op: Operation) -> Range:
    """Return the range to which an operation limits its result by `act_min` and `act_max`."""
    low, high = op.properties.get("act_min"), op.properties.get("act_max")
    return (
        low.value.data if isinstance(low, FloatAttr) else -inf,
        high.value.data if isinstance(high, FloatAttr) else inf,
    )


def limits_of(op: Operation) -> Range | None:
    """Return the range of a relu or clamp, None for other operations."""
    if isinstance(op, nn.ReluOp):
        return (0.0, inf)
    if isinstance(op, nn.ClampOp):
        return (op.min.value.data, op.max.value.data)
    return None


def then(first: Range, second: Range) -> Range:
    """Return the range of clamping to `first`, then to `second`."""
    low, high = second
    return (min(max(first[0], low), high), min(max(first[1], low), high))


def attributes_of(limits: Range) -> dict[str, Attribute | None]:
    """Return `act_min` and `act_max` for a range: None, that is absent, where it is open."""
    low, high = limits
    return {
        "act_min": None if low == -inf else FloatAttr(low, f32),
        "act_max": None if high == inf else FloatAttr(high, f32),
    }


def clamp(value: SSAValue, limits: Range) -> Operation:
    """Return the operation that limits a value: a relu where that is one."""
    return nn.ReluOp(value) if limits == (0.0, inf) else nn.ClampOp(value, *limits)
