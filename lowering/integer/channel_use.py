"""Which channels of an integer graph are needed.

A channel is not needed if all that reads it multiplies it by zero, or if it is constant and can be
added to the bias of what reads it. Ops that compute channel by channel (rescales, sums, pools,
depthwise convolutions) need a channel of their operands if and only if they have it themselves, so
channels of a residual branch go all together or stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from ...passes.rewriting import is_constant, shape_of
from .channel_ranges import (
    SUMS,
    Ints,
    Ranges,
    centred_weights,
    channels_of,
    is_padded,
    zero_point_of,
)

Mask = NDArray[np.bool_]

CHANNELWISE = (
    fxp.RequantizeOp,
    fxp.WidenOp,
    fxp.LookupOp,
    fxp.InterpolateOp,
    nn.ReluOp,
    nn.ClampOp,
    nn.MaxPool2dOp,
    nn.AvgPool2dOp,
    *SUMS,
)
"""Ops whose channel c depends on channel c of their operands alone."""


def is_dense(op: Operation) -> bool:
    """Whether an op sums over all channels of its input with constant weights."""
    dense = isinstance(op, nn.FullyConnectedOp) or (
        isinstance(op, nn.Conv2dOp) and op.groups.value.data == 1
    )
    return dense and centred_weights(cast(Any, op)) is not None


def is_depthwise(op: Operation) -> bool:
    """Whether an op is a depthwise convolution of as many channels, with constant weights."""
    if not isinstance(op, nn.Conv2dOp) or centred_weights(op) is None:
        return False
    groups = op.groups.value.data
    return groups > 1 and groups == channels_of(op.input) == channels_of(op.result)


def is_channelwise(op: Operation) -> bool:
    """Whether channels of an integer op correspond one by one to those of its operands."""
    if is_depthwise(op):
        return True
    if not isinstance(op, CHANNELWISE) or len(op.results) != 1:
        return False
    same = all(
        channels_of(value) == channels_of(op.results[0])
        for value in op.operands
        if not is_constant(value)
    )
    return same and len(shape_of(op.results[0])) > 1


class Use:
    """The channels that are needed of every value of a module: `keep[value]`.

    The number of channels that stay is rounded up to multiples of `multiple`.
    """

    def __init__(self, module: ModuleOp, multiple: int = 1):
        self.ranges = Ranges(module)
        self.blocks = [b for op in module.walk() for r in op.regions for b in r.blocks]
        self.ops = [op for block in self.blocks for op in reversed(list(block.ops))]
        self.keep: dict[SSAValue, Mask] = {}
        self.shifts: dict[Operation, Ints] = {}
        for value in self._values():
            self.keep[value] = np.zeros(channels_of(value), np.bool_)
        self._settle()
        while self._round_up(multiple):
            self._settle()

    def _values(self) -> Iterable[SSAValue]:
        for block in self.blocks:
            yield from (arg for arg in block.args if hasattr(arg.type, "element_type"))
        for op in self.ops:
            if not isinstance(op, nn.ConstantOp):
                yield from (r for r in op.results if hasattr(r.type, "element_type"))

    def _round_up(self, multiple: int) -> bool:
        """Keep more channels of values that do not have a multiple; whether any was added."""
        changed = False
        for mask in self.keep.values():
            wanted = max(1, -(-int(mask.sum()) // multiple)) * multiple
            more = np.flatnonzero(~mask)[: wanted - int(mask.sum())]
            mask[more] = True
            changed |= bool(len(more))
        return changed

    def _settle(self) -> None:
        """Add what is needed until nothing changes."""
        for block in self.blocks:
            for arg in block.args:
                self._need_all(arg)
        before = -1
        while before != (now := sum(int(mask.sum()) for mask in self.keep.values())):
            before = now
            for op in self.ops:
                self._visit(op)

    def _need_all(self, value: SSAValue) -> None:
        if value in self.keep:
            self.keep[value][:] = True

    def _tie(self, a: SSAValue, b: SSAValue) -> None:
        if a in self.keep and b in self.keep:
            both = self.keep[a] | self.keep[b]
            self.keep[a][:] = both
            self.keep[b][:] = both

    def _visit(self, op: Operation) -> None:
        if isinstance(op, nn.ConstantOp):
            return
        if is_dense(op):
            self._dense(cast(Any, op))
        elif is_channelwise(op):
            for operand in op.operands[: 1 if is_depthwise(op) else None]:
                self._tie(operand, op.results[0])
        elif isinstance(op, nn.ReshapeOp) and flattens(op):
            inner, outer = self.keep[op.operands[0]], self.keep[op.results[0]]
            both = inner | outer.reshape(-1, len(inner)).any(0)
            inner[:] = both
            outer[:] = np.tile(both, len(outer) // len(both))
        elif isinstance(op, nn.ConcatOp) and not any(is_constant(v) for v in op.operands):
            self._concat(op)
        else:
            for value in (*op.operands, *op.results):
                self._need_all(value)

    def _dense(self, op: nn.Conv2dOp | nn.FullyConnectedOp) -> None:
        if op.input not in self.keep:
            return
        weights = cast(Ints, centred_weights(op))[self.keep[op.result]]
        self.keep[op.input] |= (weights != 0).any((0, 1)) & ~self.foldable(op)

    def foldable(self, op: nn.Conv2dOp | nn.FullyConnectedOp) -> Mask:
        """Channels of the input that are constant and add the same to every output."""
        found = self.ranges.of(op.input)
        if found is None:
            return np.zeros(channels_of(op.input), np.bool_)
        return found.constant & ((found.low == zero_point_of(op)) | (not is_padded(op)))

    def _concat(self, op: nn.ConcatOp) -> None:
        if op.axis.value.data not in (-1, len(shape_of(op.results[0])) - 1):
            for operand in op.operands:
                self._tie(operand, op.results[0])
            return
        start = 0
        for operand in op.operands:
            part = self.keep[op.results[0]][start : start + channels_of(operand)]
            self.keep[operand] |= part
            part |= self.keep[operand]
            start += channels_of(operand)


def flattens(op: nn.ReshapeOp) -> bool:
    """Whether a reshape keeps the last dimension or merges others into it."""
    before, after = shape_of(op.operands[0]), shape_of(op.results[0])
    if not before or not after or is_constant(op.operands[0]):
        return False
    merged, count = 1, 0
    while merged < after[-1] and count < len(before):
        count += 1
        merged *= before[-count]
    return merged == after[-1] and count >= 1
