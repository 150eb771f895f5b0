"""The algorithm `unpacked`: dense products as straight-line code (`passes/schedule/unpacked.py`).

Inputs are widened as for `lanes`. A group of pixels and a block of output channels is one
`dsp.unpacked`, which holds its weights.
"""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue

from ...dialects import dsp, nn
from ...passes.schedule.unpacked import UnpackedPlan
from ...passes.schedule.variants import unpacked_plan_of, weights_4d
from .builder import Index
from .kernel import Kernel, head
from .lanes import Lanes, Row


class Unpacked(Lanes):
    """A kernel whose head runs with `unpacked`."""

    plan: UnpackedPlan

    def _plan(self) -> UnpackedPlan:
        return unpacked_plan_of(self.kernel.launch)

    def _take(self, weights: SSAValue) -> None:
        assert isinstance(weights.owner, nn.ConstantOp)
        self.array = weights_4d(weights.owner.array())

    def _scale(self) -> None:
        return None

    def _blocks(self, row: Row, ow: Index, count: Index) -> None:
        """All pixels of a strip, group by group; all output channels of a group in one piece."""
        assert isinstance(count, int)

        def group(p: Index) -> None:
            for first, weights in self.plan.blocks(self.array):
                channels = [first + c for c in range(len(weights))]
                starts = [self.kernel.load(self.bias, c, f"bias{c - first}") for c in channels]
                lanes = self.builder.mul(p, self.plan.step)
                dot = dsp.UnpackedOp(
                    (self.scratch, self.builder.value(lanes)),
                    starts * self.plan.pixels,
                    weights,
                    self.plan.bases,
                    self.plan.runs,
                )
                self.builder.block.add_op(dot)
                for index, value in enumerate(dot.sums):
                    value.name_hint = f"acc{index // len(channels)}_{index % len(channels)}"
                column = self.builder.add(ow, p)
                places = [
                    self._position(row, self.builder.add(column, q), c)
                    for q in range(self.plan.pixels)
                    for c in channels
                ]
                self.kernel.elements(places, self.op.results[0], list(dot.sums))

        self.builder.over(0, count, group, step=self.plan.pixels, hint="p")


@head(nn.Conv2dOp, nn.FullyConnectedOp, algorithm="unpacked")
def unpacked(kernel: Kernel, op: Operation) -> None:
    """A dense convolution or fully connected layer as straight-line code."""
    Unpacked(kernel, op).run()
