"""The algorithm `words` for depthwise convolutions (see `passes/schedule/words.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.ir import BlockArgument, Operation, SSAValue

from ...dialects import helium, nn, vpool
from ...passes.schedule.variants import words_of_op, zero_point_of
from .builder import Index
from .kernel import Kernel, Position, head, shape_of
from .rescale import fixed_shift
from .vectors import vector_rescale, vector_table

TOGETHER = 4
"""Outputs of a channel whose sums are taken together."""


@dataclass
class WordWindows:
    """A depthwise convolution that runs with `words`."""

    kernel: Kernel
    op: nn.Conv2dOp

    def __post_init__(self) -> None:
        self.builder, self.plan = self.kernel.builder, words_of_op(self.op)
        self.scratch: SSAValue = self.kernel.scratch[0]
        self.x, weights, bias = self.op.operands
        assert isinstance(weights.owner, vpool.UnpackOp)
        assert isinstance(bias.owner, vpool.UnshiftBiasOp)
        assert isinstance(bias.owner.bias, BlockArgument)
        self.padding = bias.owner.zero_point.value.data
        self.bias = bias.owner.bias
        self.weights = self.kernel.memory[weights.owner.packed]
        self.output = shape_of(self.op.results[0])
        self.last = vector_rescale(self.kernel, self.op)
        self.scale = self.last and vector_table(self.kernel, self.last, self.plan.channels)

    def run(self) -> None:
        """Emit the loops: images, rows, groups of channels."""
        self.clear()
        self.builder.over(0, self.plan.batch, self.run_rows, hint="n")

    def clear(self) -> None:
        """Columns beside the image are padding, once and for all."""
        value = self.builder.value
        fill = helium.FillOp(self.scratch, value(0), value(self.plan.scratch_bytes), self.padding)
        self.builder.block.add_op(fill)

    def run_rows(self, n: Index = 0) -> None:
        """Emit the loops over the rows that are to be computed."""
        self.kernel.over_rows(self.plan.output[0], lambda oh: self._row(n, oh))

    def _row(self, n: Index, oh: Index) -> None:
        builder, plan = self.builder, self.plan
        origin = builder.named(
            builder.sub(builder.mul(oh, plan.stride[0]), plan.pad[0]), "ih_first"
        )
        size, height = plan.kernel[0], plan.image[0]
        last = (plan.output[0] - 1) * plan.stride[0] - plan.pad[0]
        first: Index = 0
        end: Index = size
        if plan.pad[0] > 0:
            first = builder.minimum(size, builder.maximum(0, builder.sub(0, origin)))
        if last + size > height:
            end = builder.maximum(0, builder.minimum(size, builder.sub(height, origin)))
        lines: list[Index] = []
        for i in range(size):
            line = builder.add(origin, i)
            if i < plan.pad[0]:
                line = builder.maximum(0, line)
            if last + i >= height:
                line = builder.minimum(height - 1, line)
            lines.append(builder.named(line, f"ih{i}"))
        rows = [self.kernel.image_row(self.x, n, line) for line in lines]

        def group(c: Index, count: int) -> None:
            self._columns(rows, (first, end), c, count)
            if self.scale is not None:
                self._words(n, oh, c, count)
            else:
                builder.over(0, count, lambda k: self._windows((n, oh), c, k), hint="k")

        builder.blocks(plan.channels, plan.group, "c", group)

    def _columns(
        self, rows: list[Index], inside: tuple[Index, Index], c: Index, count: int
    ) -> None:
        """Words of the rows under the windows, in some channels."""
        builder, plan, value = self.builder, self.plan, self.builder.value
        pitch = plan.image[1] * plan.channels
        if plan.copied == 0:
            return
        op = helium.ColumnsOp(
            (
                self.kernel.memory[self.x],
                [value(builder.linear((row, pitch), (c, 1))) for row in rows],
            ),
            (value(inside[0]), value(inside[1])),
            (self.scratch, value(plan.pad[1] * plan.pitch)),
            pixels=plan.copied,
            channels=count,
            depth=plan.channels,
            pitch=plan.pitch,
            plane=plan.plane,
            zero_point=zero_point_of(self.op),
        )
        builder.block.add_op(op)

    def _numbers(self) -> dict[str, int]:
        plan = self.plan
        numbers = {"step": plan.step, "pitch": plan.pitch, "plane": plan.plane}
        return {**numbers, "quads": plan.quads, "planes": plan.planes}

    def _words(self, n: Index, oh: Index, c: Index, count: int) -> None:
        """A row of outputs in some channels, from words to stored bytes."""
        builder, plan, value = self.builder, self.plan, self.builder.value
        assert self.last is not None and self.scale is not None
        shift = fixed_shift(self.last)
        fields = 3 if shift is None else 2
        place = self.kernel.stored(Position(builder, (n, oh, 0, c), self.output))
        op = helium.WordsOp(
            (self.scratch, value(0)),
            (self.weights, value(builder.mul(c, plan.weight_bytes))),
            (self.kernel.memory[self.bias], value(c)),
            (self.scale, value(builder.mul(c, fields))),
            (self.kernel.outputs[0], value(place.offset(self.output))),
            channels=count,
            pixels=plan.output[1],
            depth=plan.channels,
            twice=self.last.rounding_mode == "double",
            **self._numbers(),
            **({} if shift is None else {"shift": shift}),
        )
        builder.block.add_op(op)

    def _windows(self, row: tuple[Index, Index], c: Index, k: Index) -> None:
        """A row of outputs of a channel: sums, to which the rest of the kernel is applied."""
        builder, plan, value = self.builder, self.plan, self.builder.value
        channel = builder.named(builder.add(c, k), "channel")
        bias = self.kernel.load(self.bias, channel, "bias")

        def some(ow: Index, count: int) -> None:
            at = builder.linear((k, 4), (ow, plan.step))
            window = helium.WindowOp(
                (self.scratch, value(at)),
                (self.weights, value(builder.mul(channel, plan.weight_bytes))),
                [bias] * TOGETHER,
                **self._numbers(),
            )
            builder.block.add_op(window)
            for index, result in enumerate(window.sums):
                result.name_hint = f"acc{index}"
            places = [
                Position(builder, (*row, builder.add(ow, p), channel), self.output)
                for p in range(count)
            ]
            self.kernel.elements(places, self.op.results[0], list(window.sums)[:count])

        builder.blocks(plan.output[1], TOGETHER, "ow", some)


@head(nn.Conv2dOp, algorithm="words")
def words(kernel: Kernel, op: Operation) -> None:
    """A depthwise convolution on words of rows."""
    assert isinstance(op, nn.Conv2dOp)
    WordWindows(kernel, op).run()
