"""The algorithm `vectors`: dense products on vectors of bytes (`passes/schedule/vectors.py`).

A strip of the input is copied to scratch memory as `lanes` widens it; padding is the zero point.
Then one `helium.tile` computes all channels of its pixels, or `helium.dot` register blocks where
more follows than a rescale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import i8
from xdsl.ir import BlockArgument, Operation, SSAValue

from ...dialects import fxp, helium, nn, packing, vpool
from ...passes.schedule.lanes import Plan
from ...passes.schedule.row_chain import row_plan
from ...passes.schedule.variants import vector_plan_of, zero_point_of
from .builder import Index
from .kernel import Kernel, element_of, head
from .lanes import BLOCK, Lanes, Row
from .rescale import behind_point, fixed_shift, high_constants, takes_high_multiply


def vector_rescale(kernel: Kernel, op: Operation) -> fxp.RequantizeOp | None:
    """The rescale to signed bytes behind a head, if it is all that is there and vectors can do it
    as `high_multiply` does.
    """
    last = kernel.results[0].owner if len(kernel.results) == 1 else None
    if not isinstance(last, fxp.RequantizeOp) or last.operands[0] is not op.results[0]:
        return None
    fits = (
        last.input_zero_point.value.data == 0
        and (last.min_value.value.data, last.max_value.value.data) == (-128, 127)
        and element_of(last.result) == i8
        and takes_high_multiply(kernel, last)
        and high_constants(last)[1] == 0
    )
    return last if fits else None


def vector_table(kernel: Kernel, op: fxp.RequantizeOp, channels: int) -> SSAValue:
    """Multipliers, constants and, if they differ, shifts, in fours of channels."""
    fields: list[NDArray[np.int64]] = [np.array(op.multiplier.get_values(), np.int64)]
    fields.append(high_constants(op)[0])
    if fixed_shift(op) is None:
        fields.append(behind_point(op))
    more = packing.filled(channels) - channels
    rows = [np.pad(np.broadcast_to(field, (channels,)), (0, more)) for field in fields]
    table = np.stack(rows).reshape(len(rows), -1, BLOCK).transpose(1, 0, 2)
    return kernel.constant(table.astype(np.int32).reshape(-1), "scale")


class Vectors(Lanes):
    """A kernel whose head runs with `vectors`."""

    def __post_init__(self) -> None:
        x, _, bias = self.op.operands
        assert isinstance(bias.owner, vpool.UnshiftBiasOp)
        self.padding = bias.owner.zero_point.value.data
        super().__post_init__()
        assert isinstance(bias.owner.bias, BlockArgument)
        self.x, self.bias = x, bias.owner.bias

    def _plan(self) -> Plan:
        if self.rows_of is not None:
            return row_plan(self.rows_of)
        return vector_plan_of(self.kernel.launch)

    def _scale(self) -> SSAValue | None:
        self.last = vector_rescale(self.kernel, self.op)
        if self.last is None:
            return None
        return vector_table(self.kernel, self.last, self.plan.window.channels)

    def _run(
        self, at: Index, to: Index, length: int, lanes: tuple[Index, Index] | None = None
    ) -> None:
        builder = self.builder
        first, count = lanes or (0, length)
        copy = helium.CopyOp(
            (self.kernel.memory[self.x], builder.value(at)),
            (self.scratch, builder.value(to)),
            (builder.value(first), builder.value(count)),
            length=length,
            zero_point=zero_point_of(self.op),
        )
        builder.block.add_op(copy)

    def _zeros(self, start: Index, end: Index) -> None:
        """Padding in the scratch memory."""
        if start != end:
            value = self.builder.value
            fill = helium.FillOp(self.scratch, value(start), value(end), self.padding)
            self.builder.block.add_op(fill)

    def _blocks(self, row: Row, ow: Index, count: Index) -> None:
        """All channels of all pixels of a strip."""
        assert isinstance(count, int)
        if self.scale is None:
            super()._blocks(row, ow, count)
            return
        builder, plan = self.builder, self.plan
        assert self.last is not None
        shift = fixed_shift(self.last)
        to = self.kernel.stored(self._position(row, ow, 0)).offset(self.output)
        zero = builder.value(0)
        tile = helium.TileOp(
            (self.scratch, zero),
            (self.weights, zero),
            (self.kernel.memory[self.bias], zero),
            (self.scale, zero),
            (self.kernel.outputs[0], builder.value(to)),
            pixels=count,
            channels=plan.window.channels,
            lanes=plan.lanes,
            pixel_step=plan.pixel_step,
            twice=self.last.rounding_mode == "double",
            **({} if shift is None else {"shift": shift}),
        )
        builder.block.add_op(tile)

    def _dots(self, sums: list[SSAValue], pixel: Index, oc: Index) -> list[SSAValue]:
        builder, plan = self.builder, self.plan
        size = packing.vectors(plan.lanes)
        dot = helium.DotOp(
            (self.scratch, builder.value(self._window(pixel))),
            (self.weights, builder.value(builder.mul(oc, size))),
            sums,
            lanes=plan.lanes,
            pixel_step=plan.pixel_step,
        )
        builder.block.add_op(dot)
        for index, value in enumerate(dot.sums):
            value.name_hint = f"acc{index // BLOCK}_{index % BLOCK}"
        return list(dot.sums)


@head(nn.Conv2dOp, nn.FullyConnectedOp, algorithm="vectors")
def vectors(kernel: Kernel, op: Operation) -> None:
    """A dense convolution or fully connected layer on vectors of bytes."""
    Vectors(kernel, op).run()
