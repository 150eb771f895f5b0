"""Which integers a value of the integer graph can hold, proven from the constants."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from xdsl.dialects.builtin import IntegerAttr, IntegerType, i32
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import fxp, nn
from ...dialects.fixed_point import accumulator_bound
from ...passes.quantize.operators import LINEAR, only_moves
from ...passes.rewriting import constant_of, element_of, shape_of
from .conversion import value_range

I64 = 64


@dataclass(frozen=True)
class Interval:
    """The least and the greatest value: one pair, or one per index of the last dimension."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    @staticmethod
    def of(low: int, high: int) -> "Interval":
        """Return the interval [low, high] for all channels."""
        return Interval((low,), (high,))

    @property
    def least(self) -> int:
        """The lower end over all channels."""
        return min(self.low)

    @property
    def greatest(self) -> int:
        """The upper end over all channels."""
        return max(self.high)

    def fits(self, element: IntegerType) -> bool:
        """Return whether every value fits in a type (at most 64 bits)."""
        if element.width.data == I64:
            return self.least >= -(2**63) and self.greatest < 2**63
        low, high = fxp.integer_range(element)
        return low <= self.least and self.greatest <= high


def interval_of(value: SSAValue) -> Interval:
    """Return bounds of the plain integers of a value, before they are stored in its type.

    If the bounds do not fit in the type, some input makes the operation overflow as far as the
    constants tell.
    """
    op = value.owner
    if isinstance(op, Operation) and "wraps" in op.properties:
        exact = _exact_interval(value)
        return exact if exact.fits(cast(IntegerType, element_of(value))) else _all_of(value)
    return _exact_interval(value)


def _exact_interval(value: SSAValue) -> Interval:
    op = value.owner
    if isinstance(op, LINEAR):
        return _linear(op)
    if isinstance(op, nn.MatmulOp):
        return _matmul(op)
    if isinstance(op, nn.AvgPool2dOp):
        kh, kw = op.kernel.get_values()
        low, high = value_range(op.operands[0])
        zero_point = _property(op, "input_zero_point")
        return Interval.of(min(low - zero_point, 0) * kh * kw, max(high - zero_point, 0) * kh * kw)
    if isinstance(op, nn.ReduceOp) and op.kind.data == "sum":
        count = math.prod(shape_of(op.operands[0])) // max(math.prod(shape_of(value)), 1)
        inner = interval_of(op.operands[0])
        return Interval.of(inner.least * count, inner.greatest * count)
    if isinstance(op, nn.CastOp) and isinstance(element_of(op.input), IntegerType):
        inner, target = interval_of(op.input), cast(IntegerType, element_of(value))
        return inner if target.width.data > 1 and inner.fits(target) else _all_of(value)
    if isinstance(op, fxp.WidenOp):
        zero_point, multiplier = op.zero_point.value.data, op.multiplier.value.data
        ends = [(end - zero_point) * multiplier for end in value_range(op.input)]
        return Interval.of(min(ends), max(ends))
    for kind, combine in _BINARY.items():
        if isinstance(op, kind):
            return _combine(interval_of(op.operands[0]), interval_of(op.operands[1]), combine)
    if only_moves(op) and not isinstance(op, nn.PadOp):
        inner = [interval_of(v) for v in op.operands]
        return Interval.of(min(i.least for i in inner), max(i.greatest for i in inner))
    return _all_of(value)


def _all_of(value: SSAValue) -> Interval:
    """All numbers of a value's type, those of a constant, or those that a clamp before leaves."""
    element = cast(IntegerType, element_of(value))
    if element.width.data == I64 and not isinstance(value.owner, nn.ConstantOp):
        return Interval.of(-(2**63), 2**63 - 1)
    return Interval.of(*value_range(value))


def _linear(op: Operation) -> Interval:
    weights, bias = constant_of(op.operands[1]), constant_of(op.operands[2])
    if weights is None or bias is None:
        element = cast(IntegerType, element_of(op.results[0]))
        return Interval.of(-(2 ** (element.width.data - 1)), 2 ** (element.width.data - 1) - 1)
    bound = accumulator_bound(
        weights,
        bias,
        *value_range(op.operands[0]),
        _property(op, "input_zero_point"),
        _property(op, "weight_zero_point"),
    )
    return Interval(bound.low, bound.high)


def _matmul(op: nn.MatmulOp) -> Interval:
    sizes = [
        max(abs(end - _property(op, name)) for end in (known.least, known.greatest))
        for known, name in zip(
            map(interval_of, op.operands), ("lhs_zero_point", "rhs_zero_point"), strict=True
        )
    ]
    largest = shape_of(op.operands[0])[-1] * sizes[0] * sizes[1]
    return Interval.of(-largest, largest)


def _combine(
    a: Interval, b: Interval, combine: Callable[[Interval, Interval], Interval]
) -> Interval:
    if len(a.low) == len(b.low):
        return combine(a, b)
    return combine(Interval.of(a.least, a.greatest), Interval.of(b.least, b.greatest))


def _add(a: Interval, b: Interval) -> Interval:
    return Interval(
        tuple(x + y for x, y in zip(a.low, b.low, strict=True)),
        tuple(x + y for x, y in zip(a.high, b.high, strict=True)),
    )


def _sub(a: Interval, b: Interval) -> Interval:
    return Interval(
        tuple(x - y for x, y in zip(a.low, b.high, strict=True)),
        tuple(x - y for x, y in zip(a.high, b.low, strict=True)),
    )


def _mul(a: Interval, b: Interval) -> Interval:
    corners = [
        tuple(x * y for x in pair[:2] for y in pair[2:])
        for pair in zip(a.low, a.high, b.low, b.high, strict=True)
    ]
    return Interval(tuple(min(c) for c in corners), tuple(max(c) for c in corners))


def _maximum(a: Interval, b: Interval) -> Interval:
    return Interval(tuple(map(max, a.low, b.low)), tuple(map(max, a.high, b.high)))


def _minimum(a: Interval, b: Interval) -> Interval:
    return Interval(tuple(map(min, a.low, b.low)), tuple(map(min, a.high, b.high)))


_BINARY: dict[type[Operation], Callable[[Interval, Interval], Interval]] = {
    nn.AddOp: _add,
    nn.SubOp: _sub,
    nn.MulOp: _mul,
    nn.MaximumOp: _maximum,
    nn.MinimumOp: _minimum,
}


def _property(op: Operation, name: str) -> int:
    attribute: Attribute = op.properties.get(name, IntegerAttr(0, i32))
    return cast("IntegerAttr[IntegerType]", attribute).value.data
