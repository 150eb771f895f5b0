"""Fused kernels: several convolutions that run row by row, with rings of rows between them.

What a step computes of which stage, and why that is right, is said in `passes/schedule/rows.py`.
Every stage runs with the algorithm that its weights are packed for, or the direct one; it reads its
image from a ring and writes its rows to one, where it would read and write whole tensors elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import BlockArgument, SSAValue

from ...dialects import packing
from ...passes.schedule.row_chain import chain_of, heads_of, lanes_of, layout_of, stage_values
from .builder import Index, LoopBuilder
from .kernel import Kernel
from .lanes import Lanes
from .planes import Depthwise
from .window import Axis, Convolution, axes


def rows_needed(builder: LoopBuilder, axis: Axis, rows: Index) -> Index:
    """How many input rows the first `rows` (at least one) output rows of a window need."""
    reach = (axis.kernel - 1) * axis.dilation - axis.pad + 1 - axis.stride
    needed = builder.add(builder.mul(rows, axis.stride), reach)
    return builder.minimum(axis.extent, builder.maximum(0, needed))


class Stages:
    """The stages of a fused kernel, each with its own memory."""

    def __init__(self, kernel: Kernel):
        self.kernel, self.heads = kernel, heads_of(kernel.launch)
        chain, self.values = chain_of(kernel.launch), stage_values(kernel.launch)
        kernel.rings = {value: chain.ring(i) for i, value in enumerate(self.values)}
        rings, lanes = kernel.scratch[: len(self.values)], kernel.scratch[len(self.values) :]
        self.outputs: list[BlockArgument] = [*rings, kernel.outputs[0]]
        self.results = [*self.values, kernel.results[0]]
        self.scratch: list[list[BlockArgument]] = []
        for size in lanes_of(kernel.launch):
            self.scratch.append([lanes.pop(0)] if size else [])

    def part(self, stage: int, first: Index, end: Index | None) -> Kernel:
        """The frame of some rows of a stage."""
        given = (self.values[stage - 1], self.outputs[stage - 1]) if stage else None
        rows, scratch = (first, end), self.scratch[stage]
        return self.kernel.stage(self.results[stage], given, self.outputs[stage], rows, scratch)

    def prepare(self) -> None:
        """What stages need before the first row."""
        for stage, op in enumerate(self.heads):
            if layout_of(op) == packing.PLANES:
                Depthwise(self.part(stage, 0, None), op, rows_of=op).clear()

    def emit(self, stage: int, first: Index, end: Index | None) -> None:
        """Some rows of a stage, or one."""
        part, op = self.part(stage, first, end), self.heads[stage]
        layout = layout_of(op)
        if layout is None:
            Convolution(part, op).run()
        elif layout == packing.PLANES:
            Depthwise(part, op, rows_of=op).run_rows()
        else:
            Lanes(part, op, rows_of=op).run()

    def windows(self) -> list[Axis]:
        """The window of each stage along the rows."""
        return [axes(op)[0] for op in self.heads]


def emit_rows(kernel: Kernel) -> None:
    """Loop over the rows of the last output; before each, bring all stages as far as it needs."""
    builder, stages = kernel.builder, Stages(kernel)
    windows, count = stages.windows(), len(stages.values)
    stages.prepare()

    def step(oh: Index, done: list[SSAValue]) -> Sequence[SSAValue]:
        ends: list[Index] = [builder.add(oh, 1)]
        for stage in range(count, 0, -1):
            needed = rows_needed(builder, windows[stage], ends[0])
            before = done[stage - 1]
            ends.insert(0, builder.named(builder.maximum(before, needed), f"rows{stage - 1}_end"))
        for stage in range(count):
            stages.emit(stage, done[stage], ends[stage])
        stages.emit(count, oh, None)
        return [builder.value(end) for end in ends[:-1]]

    zero = [builder.value(0) for _ in range(count)]
    hints = [f"rows{stage}" for stage in range(count)]
    builder.for_(0, windows[-1].outputs, step, zero, hint="step", carried_hints=hints)
