"""One shift for all channels of a rescale, where it gives the same integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp, i32
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp
from ...passes.rewriting import apply_patterns, rebuild
from .intervals import interval_of

MOST_STEPS = 256
"""Results with more values than this are left as they are: there are too many steps to compare."""

LARGEST_MULTIPLIER = (1 << 31) - 1

NEAR = (0, 1, -1, 2, -2, 3, -3)
"""Multipliers that are tried, relative to the nearest one."""


@dataclass(frozen=True)
class Channel:
    """A rescale, half up, of accumulators between `low` and `high`, to steps `first` to `last`."""

    multiplier: int
    shift: int
    low: int
    high: int

    def steps(self, first: int, last: int, multiplier: int, shift: int) -> list[int]:
        """For each result above `first` the least accumulator in range that gives it or more.

        floor((acc * m + 2^(s-1)) / 2^s) >= k where acc >= (2k - 1) * 2^(s-1) / m. Beyond the range
        of the accumulators all counts as `low` or `high + 1`.
        """
        half = (1 << shift) >> 1
        found: list[int] = []
        for k in range(first + 1, last + 1):
            wanted = (k << shift) - half
            if multiplier == 0:
                least = self.low if wanted <= 0 else self.high + 1
            else:
                least = -(-wanted // multiplier)
            found.append(min(max(least, self.low), self.high + 1))
        return found

    def same(self, shift: int, first: int, last: int) -> int | None:
        """A multiplier that gives the same results with another shift, None if none is found."""
        wanted = self.steps(first, last, self.multiplier, self.shift)
        moved = self.shift - shift
        nearest = (
            (self.multiplier + ((1 << moved) >> 1)) >> moved
            if moved >= 0
            else min(self.multiplier << -moved, LARGEST_MULTIPLIER)
        )
        for step in NEAR:
            candidate = nearest + step
            if 0 <= candidate <= LARGEST_MULTIPLIER:
                if self.steps(first, last, candidate, shift) == wanted:
                    return candidate
        return None

    def is_constant(self, first: int, last: int) -> bool:
        """Whether all accumulators give one result."""
        steps = self.steps(first, last, self.multiplier, self.shift)
        return all(least in (self.low, self.high + 1) for least in steps)


def one_shift(channels: Sequence[Channel], first: int, last: int) -> tuple[int, list[int]] | None:
    """A shift for all channels and their multipliers; None where results would change."""
    varying = [c.shift for c in channels if not c.is_constant(first, last)]
    if not varying:
        return None
    shift = min(varying)
    multipliers: list[int] = []
    for channel in channels:
        found = channel.multiplier if channel.shift == shift else channel.same(shift, first, last)
        if found is None:
            return None
        multipliers.append(found)
    return shift, multipliers


class OneShift(RewritePattern):
    """Rescales whose channels differ in their shifts get one for all."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.RequantizeOp, rewriter: PatternRewriter) -> None:
        """Change multipliers and shifts."""
        shifts = [int(s) for s in op.shift.get_values()]
        zero_point, bias = op.zero_point.value.data, op.input_zero_point.value.data
        first, last = op.min_value.value.data - zero_point, op.max_value.value.data - zero_point
        if op.rounding.data != "half_up" or len(set(shifts)) < 2 or last - first >= MOST_STEPS:
            return
        interval = interval_of(op.input)
        lows, highs = interval.low, interval.high
        if len(lows) == 1:
            lows, highs = lows * len(shifts), highs * len(shifts)
        channels = [
            Channel(int(m), s, low - bias, high - bias)
            for m, s, low, high in zip(op.multiplier.get_values(), shifts, lows, highs, strict=True)
        ]
        found = one_shift(channels, first, last)
        if found is None:
            return
        shift, multipliers = found
        attributes = {
            "multiplier": DenseArrayBase.from_list(i32, multipliers),
            "shift": DenseArrayBase.from_list(i32, [shift] * len(shifts)),
        }
        rewriter.replace(op, rebuild(op, attributes=attributes))


@dataclass(frozen=True)
class UniformShiftsPass(ModulePass):
    """Give all channels of a rescale one shift wherever it is proven to change nothing.

    A shift that is known when code is made can be part of the instruction that saturates, and needs
    no table. Multipliers with a larger shift lose their last bits; whether a result changes is seen
    from the accumulators at which it steps, all of them, within the range that the weights allow.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
      %y = fxp.requantize %x {multiplier = array<i32: 1717986919, 1288490189>,
          shift = array<i32: 34, 35>, rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<1x2xi8> -> tensor<1x2xi8>
      func.return %y : tensor<1x2xi8>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
      %y = fxp.requantize %x {multiplier = array<i32: 1717986919, 644245095>,
          shift = array<i32: 34, 34>, rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<1x2xi8> -> tensor<1x2xi8>
      func.return %y : tensor<1x2xi8>
    }
    ```
    """

    name = "uniform-shifts"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Visit every rescale once."""
        apply_patterns(op, OneShift(), recursively=False)
