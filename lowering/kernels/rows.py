"""Fused kernels: several convolutions that run row by row, with rings of rows between them.

What a step computes of which stage, and why that is right, is said in `passes/schedule/rows.py`.
Every stage runs with the algorithm that its weights are packed for, or the direct one; it reads its
image from a ring and writes its rows to one, where it would read and write whole tensors elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import BlockArgument, SSAValue

from ...dialects import nn, packing, vpool
from ...passes.analysis.cost import shape_of
from ...passes.schedule.row_chain import (
    Stage,
    by_groups,
    chain_of,
    heads_of,
    layout_of,
    ring_rows,
    rings_in_place,
    scratch_of_stages,
    stage_values,
)
from .blocks import Blocks
from .builder import Index, LoopBuilder
from .kernel import Kernel, Ring
from .lanes import Lanes
from .planes import Depthwise
from .reals import RealConvolution
from .vectors import Vectors
from .window import Axis, Convolution, axes
from .words import WordWindows


def rows_needed(builder: LoopBuilder, axis: Axis, rows: Index) -> Index:
    """How many input rows the first `rows` (at least one) output rows of a window need."""
    reach = (axis.kernel - 1) * axis.dilation - axis.pad + 1 - axis.stride
    needed = builder.add(builder.mul(rows, axis.stride), reach)
    return builder.minimum(axis.extent, builder.maximum(0, needed))


def window_of(op: Stage) -> Axis:
    """The window of a stage along the rows."""
    if isinstance(op, vpool.FetchOp):
        rows = shape_of(op.result)[1]
        return Axis(rows, rows, 1, 1, 0, 1)
    return axes(op)[0]


class Stages:
    """The stages of a fused kernel, each with its own memory."""

    def __init__(self, kernel: Kernel):
        self.kernel, self.heads = kernel, heads_of(kernel.launch)
        self.chain, self.values = chain_of(kernel.launch), stage_values(kernel.launch)
        self.results = [*self.values, kernel.results[0]]
        self.outputs: list[BlockArgument] = []
        ranges = list(kernel.scratch)
        self.groups, self.rows = by_groups(kernel.launch), ring_rows(kernel.launch)
        for stage, in_place in enumerate(rings_in_place(kernel.launch)):
            self.outputs.append(self.outputs[-1] if in_place else ranges.pop(0))
            kernel.rings[self.values[stage]] = self._ring(stage, in_place)
        self.outputs.append(kernel.outputs[0])
        self.windows = [window_of(op) for op in self.heads]
        _, places = scratch_of_stages(kernel.launch)
        self.scratch = [[] if place is None else [ranges[place]] for place in places]

    def _ring(self, stage: int, in_place: bool) -> Ring:
        """The rows behind a stage; `in_place` the one that the stage has read for the last time."""
        if not in_place:
            return Ring(self.rows[stage])
        window, rows = self.chain.stages[stage], self.rows[stage - 1]
        widths = [shape_of(value)[2] for value in self.values[stage - 1 : stage + 1]]
        return Ring(rows, window.stride, rows - window.pad, widths[0] // widths[1])

    def part(self, stage: int, row: Index) -> Kernel:
        """The frame of a row of a stage."""
        given = (self.values[stage - 1], self.outputs[stage - 1]) if stage else None
        rows, scratch = (row, None), self.scratch[stage]
        return self.kernel.stage(self.results[stage], given, self.outputs[stage], rows, scratch)

    def prepare(self) -> None:
        """What stages need before the first row."""
        cleared: list[BlockArgument] = []
        for stage, op in enumerate(self.heads):
            if isinstance(op, vpool.FetchOp):
                continue
            if layout_of(op) == packing.WORDS:
                WordWindows(self.part(stage, 0), op).clear()
            if layout_of(op) == packing.PLANES and self.scratch[stage][0] not in cleared:
                Depthwise(self.part(stage, 0), op, rows_of=op).clear()
                cleared += self.scratch[stage]

    def compute(self, stage: int, row: Index) -> None:
        """A row of a stage."""
        op = self.heads[stage]
        if isinstance(op, vpool.FetchOp):
            self._fetch(op, row)
            return
        part, layout = self.part(stage, row), layout_of(op)
        if layout is None:
            Convolution(part, op).run()
        elif layout == packing.PLANES:
            Depthwise(part, op, rows_of=op).run_rows()
        elif layout == packing.WORDS:
            WordWindows(part, op).run_rows()
        elif layout in packing.REALS:
            RealConvolution(part, op).run()
        elif layout.startswith(packing.PLAIN):
            Blocks(part, op, rows_of=op).run()
        elif layout.startswith(packing.VECTORS):
            Vectors(part, op, rows_of=op).run()
        else:
            Lanes(part, op, rows_of=op).run()

    def bring(self, stage: int, row: Index, done: list[SSAValue]) -> list[SSAValue]:
        """A row of a stage, after what it needs of those before; returns what is done of them.

        `done` has the numbers of the rows of each stage before that are there, without those that
        the stage behind them takes one by one.
        """
        builder, before = self.kernel.builder, stage - 1
        if stage == 0 or self.one_by_one(before):
            done = self.inputs(stage, row, done)
            self.compute(stage, row)
            return done
        there, after = done[-1], self.inputs(stage, row, done)
        if self.groups[before]:
            if self.chain.again:
                there = builder.value(self._under(stage, row))
            self._compute_with(stage, row, (there, after[-1]))
        else:
            self.compute(stage, row)
        return after

    def inputs(self, stage: int, row: Index, done: list[SSAValue]) -> list[SSAValue]:
        """What a row of a stage needs of the stages before; what is done then.

        Where the stage goes through groups of channels with the one before it, that one is left out
        and only what it needs is there.
        """
        builder, before = self.kernel.builder, stage - 1
        if stage == 0:
            return done
        if self.one_by_one(before):
            return self.bring(before, row, done)
        *rest, there = done
        needed = rows_needed(builder, self.windows[stage], builder.add(row, 1))
        needed = self.strips(needed) if before == 0 else needed
        end = builder.value(builder.named(builder.maximum(there, needed), f"rows{before}_end"))

        def produce(index: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            make = self.inputs if self.groups[before] else self.bring
            return make(before, index, carried)

        step = self.chain.strip if before == 0 else 1
        hints = [value.name_hint or "rows" for value in rest]
        if before or not self.groups[before]:
            rest = builder.for_(
                there, end, produce, rest, step=step, hint=f"row{before}", carried_hints=hints
            )
        return [*rest, end]

    def _under(self, stage: int, row: Index) -> Index:
        """The first row under the window of a row of a stage."""
        builder, window = self.kernel.builder, self.windows[stage]
        return builder.named(builder.maximum(0, window.origin(builder, row)), "first")

    def _compute_with(self, stage: int, row: Index, rows: tuple[SSAValue, SSAValue]) -> None:
        """A row of a depthwise stage, with those rows of the stage before it."""
        op, before = self.heads[stage], self.heads[stage - 1]
        assert isinstance(op, nn.Conv2dOp)
        assert isinstance(before, nn.Conv2dOp)

        def compute(index: Index, channel: Index) -> None:
            part = self.part(stage - 1, index)
            Lanes(part, before, rows_of=before, only=channel).run()

        Depthwise(self.part(stage, row), op, rows_of=op).run_with(row, rows, compute)

    def counted(self) -> list[int]:
        """The stages whose rows are counted, in order."""
        return [stage for stage in range(len(self.values)) if not self.one_by_one(stage)]

    def one_by_one(self, stage: int) -> bool:
        """Whether the stage behind takes each row when it is there."""
        return self.chain.follows(stage) and (stage > 0 or self.chain.strip == 1)

    def strips(self, rows: Index) -> Index:
        """A number of rows of the first stage, rounded up to whole strips."""
        builder, strip, extent = self.kernel.builder, self.chain.strip, self.chain.stages[0].outputs
        if strip == 1:
            return rows
        whole = builder.mul(builder.ceil_div_positive(rows, strip), strip)
        return builder.minimum(extent, whole) if extent % strip else whole

    def _fetch(self, op: vpool.FetchOp, row: Index) -> None:
        """Ask for the strip that begins with a row."""
        builder, strip = self.kernel.builder, self.chain.strip
        _, height, width, depth = shape_of(op.result)
        count = builder.minimum(strip, builder.sub(height, row)) if height % strip else strip
        place = builder.mul(self.kernel.rings[op.result].row(builder, row), width * depth)
        rows = builder.value(row), builder.value(count)
        target = self.outputs[0], builder.value(place)
        source = self.kernel.memory[op.source]
        builder.block.add_op(vpool.ReadRowsOp(source, rows, target, width * depth))


def emit_rows(kernel: Kernel) -> None:
    """Loop over the rows of the last output; before each, bring all stages as far as it needs."""
    builder, stages = kernel.builder, Stages(kernel)
    stages.prepare()
    last, counted = len(stages.values), stages.counted()

    def step(oh: Index, done: list[SSAValue]) -> Sequence[SSAValue]:
        return stages.bring(last, oh, done)

    zero = [builder.value(0) for _ in counted]
    hints = [f"rows{stage}" for stage in counted]
    outputs = stages.windows[-1].outputs
    builder.for_(0, outputs, step, zero, hint="step", carried_hints=hints)
