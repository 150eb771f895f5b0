"""The algorithm `blocks`: dense products in blocks of scalar registers.

As `lanes` (see `passes/schedule/lanes.py`), for processors without SIMD and with many registers: a
strip of the input is widened once, zero point and padding included; then blocks of four output
channels and four pixels run over it, weights in the order of their use. Eight loads serve sixteen
products, and nothing but products is done in the inner loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation, SSAValue

from ...dialects import dsp, nn
from ...passes.schedule.lanes import Plan
from ...passes.schedule.row_chain import row_plan
from ...passes.schedule.variants import block_plan_of
from .builder import Index
from .kernel import Kernel, head
from .lanes import BLOCK, Lanes, Row
from .scalar import minus

WIDENED = 4
"""Bytes of a pass of the loop that widens."""


class Blocks(Lanes):
    """A kernel whose head runs with `blocks`."""

    def _plan(self) -> Plan:
        if self.rows_of is not None:
            return row_plan(self.rows_of)
        return block_plan_of(self.kernel.launch)

    def _scale(self) -> None:
        return None

    def _run(
        self, at: Index, to: Index, length: int, lanes: tuple[Index, Index] | None = None
    ) -> None:
        """Bytes become lanes, in their order; those outside of `lanes` become zero."""
        builder = self.builder
        first, count = lanes or (0, length)
        end = builder.add(first, count)
        self._zeros(to, builder.add(to, first))
        start = builder.add(to, first)

        def some(number: int):
            def body(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
                for k in range(number):
                    value = self.kernel.load(self.x, builder.add(at, i, k))
                    lane = minus(self.kernel, value, self.zero_point)
                    builder.store(lane, self.scratch, builder.add(start, i, k))
                return ()

            return body

        if isinstance(count, int):
            whole = count // WIDENED * WIDENED
            builder.for_(0, whole, some(WIDENED), step=WIDENED, hint="i")
            builder.for_(whole, count, some(1), hint="i")
        else:
            builder.for_(0, count, some(1), hint="i")
        self._zeros(builder.add(to, end), builder.add(to, length))

    def _blocks(self, row: Row, ow: Index, count: Index) -> None:
        """All pixels of a strip, four at a time; all channels of those, four at a time."""
        assert isinstance(count, int)

        def block(p: Index, pixels: int) -> None:
            self.builder.blocks(
                self.plan.window.channels,
                BLOCK,
                "oc",
                lambda oc, channels: self._tile(row, ow, p, oc, pixels, channels),
            )

        self.builder.blocks(count, self.plan.pixels, "p", block)

    def _tile(
        self, row: Row, ow: Index, pixel: Index, oc: Index, pixels: int, channels: int
    ) -> None:
        """One register block; channels beyond the last one are computed on zeros and not stored."""
        builder, plan = self.builder, self.plan
        at = [builder.add(oc, c) for c in range(channels)]
        starts = [self.kernel.load(self.bias, c, f"bias{i}") for i, c in enumerate(at)]
        starts += [builder.integer(0)] * (BLOCK - channels)
        dot = dsp.DotOp(
            (self.scratch, builder.value(self._window(pixel))),
            (self.weights, builder.value(builder.mul(oc, plan.lanes))),
            starts * pixels,
            plan.lanes,
            plan.pixel_step,
            plain=True,
        )
        builder.block.add_op(dot)
        for index, value in enumerate(dot.sums):
            value.name_hint = f"acc{index // BLOCK}_{index % BLOCK}"
        sums = [dot.sums[p * BLOCK + c] for p in range(pixels) for c in range(channels)]
        column = builder.add(ow, pixel)
        places = [self._position(row, builder.add(column, p), c) for p in range(pixels) for c in at]
        self.kernel.elements(places, self.op.results[0], sums)


@head(nn.Conv2dOp, nn.FullyConnectedOp, algorithm="blocks")
def blocks(kernel: Kernel, op: Operation) -> None:
    """A dense convolution or fully connected layer in blocks of scalar registers."""
    Blocks(kernel, op).run()
