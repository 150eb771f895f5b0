"""The algorithm `planes` for depthwise convolutions (see `passes/schedule/planes.py`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.ir import Operation, SSAValue

from ...dialects import dsp, nn, vpool
from ...passes.schedule.lanes import MAX_OFFSET
from ...passes.schedule.planes import Planes
from ...passes.schedule.row_chain import row_planes
from ...passes.schedule.variants import planes_of, zero_point_of
from .builder import Index
from .kernel import Kernel, Position, head, shape_of
from .rescale import fixed_shift, only_rescale, prefetch, scale_parameters

Words = list[list[tuple[SSAValue, SSAValue]]]
"""Weights of a channel: by row and j the pairs (w[2j], w[2j+1]) and (w[2j+1], w[2j+2])."""

ComputeRow = Callable[[Index, Index], None]
"""Computes a row of the image, in the group of channels from the second index on."""


@dataclass
class Depthwise:
    """A depthwise convolution that runs with `planes`."""

    kernel: Kernel
    op: Operation
    rows_of: nn.Conv2dOp | None = None
    """The op again, if it is one of several stages that run row by row: then bands are rows."""

    def __post_init__(self) -> None:
        self.builder = self.kernel.builder
        self.plan: Planes = (
            planes_of(self.kernel.launch) if self.rows_of is None else row_planes(self.rows_of)
        )
        self.scratch: SSAValue = self.kernel.scratch[0]
        self.x, weights, self.bias = self.op.operands
        assert isinstance(weights.owner, vpool.UnpackOp)
        self.weights = self.kernel.memory[weights.owner.packed]
        self.output = shape_of(self.op.results[0])
        plan = self.plan
        size = plan.kernel[0]
        square = plan.kernel == (size, size) and size in dsp.DepthwiseOp.SIZES
        near = 2 * plan.channels < MAX_OFFSET and 2 * (size + 1) * plan.width <= MAX_OFFSET
        self.rescale = only_rescale(self.kernel, self.op, twice=True) if square and near else None
        if self.rescale is not None and self.rescale.rounding_mode == "double":
            hidden = self.rescale.min_value.value.data >= self.rescale.zero_point.value.data
            self.rescale = self.rescale if hidden else None

    def run(self) -> None:
        """Emit the loops: images, bands, groups of channels, channels, rows, pixel pairs."""
        builder, plan = self.builder, self.plan
        self.clear()

        def band(indices: list[Index]) -> None:
            n, number = indices
            first = builder.named(builder.mul(number, plan.band), "oh_first")
            end = builder.minimum(builder.add(first, plan.band), plan.output[0])
            end = builder.named(end, "oh_end") if plan.output[0] % plan.band else plan.band
            if plan.output[0] % plan.band == 0:
                end = builder.add(first, plan.band)

            self._groups(n, first, end)

        bands = -(-plan.output[0] // plan.band)
        builder.loops((plan.batch, bands), band, ("n", "band"))

    def clear(self) -> None:
        """Zero the planes: what no row of the image fills is padding."""
        zero = self.builder.integer(0)

        def clear(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            self.builder.store(zero, self.scratch, i)
            return ()

        self.builder.for_(0, self.plan.group * self.plan.plane, clear, hint="i")

    def run_rows(self) -> None:
        """Emit the loops of a stage: its rows; the planes have been cleared before."""
        self.kernel.over_rows(self.plan.output[0], lambda oh: self._groups(0, oh, None))

    def run_with(self, oh: Index, rows: tuple[Index, Index], compute: ComputeRow) -> None:
        """Emit the loops of a row of a stage whose image is computed with it.

        `rows` are the rows that have to be computed, `compute` those of a group of channels.
        """

        def fill(c: Index, count: int) -> None:
            origin = self.builder.sub(self.builder.mul(oh, self.plan.stride[0]), self.plan.pad[0])
            self._fill(0, oh, None, c, count, self.builder.sub(rows[0], origin))

            def row(index: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
                compute(index, c)
                self._fill_row(0, origin, self.builder.sub(index, origin), c, count)
                return ()

            self.builder.for_(*rows, row, hint="new")

        self.kernel.over_rows(self.plan.output[0], lambda row: self._groups(0, row, None, fill))

    def _groups(
        self,
        n: Index,
        first: Index,
        end: Index | None,
        fill: Callable[[Index, int], None] | None = None,
    ) -> None:
        """All channels of a band; it is one row where `end` is None."""
        builder = self.builder

        def group(c: Index, count: int) -> None:
            if fill is None:
                self._fill(n, first, end, c, count)
            else:
                fill(c, count)
            builder.over(0, count, lambda k: self._channel(n, first, end, c, k), hint="k")

        builder.blocks(self.plan.channels, self.plan.group, "c", group)

    def _fill(
        self,
        n: Index,
        first: Index,
        end: Index | None,
        c: Index,
        count: int,
        there: Index | None = None,
    ) -> None:
        """Widen the rows of the image that the outputs `first` to `end` need.

        Only so many rows of them are `there`, if not all are.
        """
        builder, plan = self.builder, self.plan
        origin = builder.sub(builder.mul(first, plan.stride[0]), plan.pad[0])
        outputs = 1 if end is None else builder.sub(end, first)
        rows = builder.linear((outputs, plan.stride[0]), (1, plan.kernel[0]))
        rows = builder.sub(rows, plan.stride[0])
        before = builder.minimum(rows, builder.maximum(0, builder.sub(0, origin)))
        after = builder.minimum(rows, builder.sub(plan.image[0], origin))
        after = builder.maximum(before, after)
        if plan.band < plan.output[0]:  # otherwise they are zero since the start
            for k in range(count):
                self._zero_rows(k, 0, before)
                self._zero_rows(k, after, rows)

        def row(r: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            self._fill_row(n, origin, r, c, count)
            return ()

        last = after if there is None else builder.minimum(after, there)
        builder.for_(before, last, row, hint="r")

    def _fill_row(self, n: Index, origin: Index, r: Index, c: Index, count: int) -> None:
        """Widen the row of the image that is row `r` of the planes."""
        builder, plan = self.builder, self.plan
        line = self.kernel.image_row(self.x, n, builder.add(origin, r))
        at = builder.linear((line, plan.image[1] * plan.channels), (c, 1))
        to = builder.linear((r, plan.width), (plan.pad[1], 1))
        builder.block.add_op(
            dsp.PlanesOp(
                (self.kernel.memory[self.x], builder.value(at)),
                (self.scratch, builder.value(to)),
                pixels=plan.image[1],
                channels=count,
                depth=plan.channels,
                plane=plan.plane,
                lead=plan.pad[1] % 2,
                zero_point=zero_point_of(self.op),
            )
        )

    def _zero_rows(self, k: int, first: Index, end: Index) -> None:
        builder, plan = self.builder, self.plan
        zero = builder.integer(0)

        def clear(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            builder.store(zero, self.scratch, builder.add(i, k * plan.plane))
            return ()

        start, stop = (builder.mul(row, plan.width) for row in (first, end))
        builder.for_(start, stop, clear, hint="i")

    def _channel(self, n: Index, first: Index, end: Index | None, c: Index, k: Index) -> None:
        """One channel of a band: its weights and parameters stay in registers."""
        builder, plan = self.builder, self.plan
        channel = builder.named(builder.add(c, k), "channel")
        bias = self.kernel.load(self.bias, channel, "bias")
        plane = builder.named(builder.mul(k, plan.plane), "plane")
        if self.rescale is not None:
            rows = 1 if end is None else builder.sub(end, first)
            self._stored((n, first, 0, channel), plane, bias, rows)
            return
        words = self._words(channel)
        prefetch(self.kernel, Position(builder, (n, 0, 0, channel), self.output))

        def row(oh: Index) -> None:
            top = builder.mul(builder.sub(oh, first), plan.stride[0])
            x = builder.named(builder.linear((plane, 1), (top, plan.width)), "x_row")

            def pairs(ow: Index, outputs: int) -> None:
                self._pair((n, oh, ow, channel), x, words, bias, outputs)

            builder.blocks(plan.output[1], 2, "ow", pairs)

        if end is None:
            row(first)
        else:
            builder.over(first, end, row, hint="oh")

    def _stored(self, at: tuple[Index, ...], x: Index, bias: SSAValue, rows: Index) -> None:
        """All outputs of a channel of a band, from lanes to stored bytes."""
        builder, plan = self.builder, self.plan
        assert self.rescale is not None
        shift = fixed_shift(self.rescale)
        given = {} if shift is None else {"shift": shift}
        size, place = plan.kernel[0], Position(builder, at, self.output)
        factor, constant, by = scale_parameters(self.kernel, self.rescale, place)
        weights = builder.mul(at[3], size * (size - 1) * 2)
        op = dsp.DepthwiseOp(
            (self.scratch, builder.value(x)),
            (self.weights, builder.value(weights)),
            (bias, factor, constant),
            (self.kernel.outputs[0], builder.value(self.kernel.stored(place).offset(self.output))),
            builder.value(rows),
            by if shift is None else None,
            columns=plan.output[1],
            size=size,
            row_stride=plan.stride[0],
            stride=plan.stride[1],
            width=plan.width,
            out_step=plan.channels,
            below=plan.output[1] * plan.channels,
            **given,
        )
        builder.block.add_op(op)

    def _words(self, channel: Index) -> Words:
        builder, plan = self.builder, self.plan
        per_row = (plan.kernel[1] - 1) // 2
        start = builder.mul(channel, plan.kernel[0] * per_row * 4)
        zero = builder.integer(0)
        words: Words = []
        for kh in range(plan.kernel[0]):
            row: list[tuple[SSAValue, SSAValue]] = []
            for j in range(per_row):
                at = builder.add(start, (kh * per_row + j) * 4)
                word = builder.emit(dsp.LoadX4Op(self.weights, builder.value(at)), "w_bytes")
                even = builder.emit(dsp.Sxtab16Op(zero, word), f"w{kh}_{2 * j}")
                row.append((even, builder.emit(dsp.Sxtab16Op(zero, word, 8), f"w{kh}_{2 * j + 1}")))
            words.append(row)
        return words

    def _pair(
        self, at: tuple[Index, ...], x: Index, words: Words, bias: SSAValue, outputs: int
    ) -> None:
        """Two neighbouring outputs (or the last one alone)."""
        builder, plan = self.builder, self.plan
        n, oh, ow, channel = at
        left = builder.linear((x, 1), (ow, plan.stride[1]))
        taps: list[list[SSAValue]] = []
        needed = plan.pairs if outputs == 2 else (plan.kernel[1] + 1) // 2
        for kh in range(plan.kernel[0]):
            row = [
                builder.emit(
                    dsp.LoadPairOp(
                        self.scratch, builder.value(builder.add(left, kh * plan.width + 2 * j))
                    ),
                    f"x{kh}_{2 * j}",
                )
                for j in range(needed)
            ]
            taps.append(row)
        sums = [self._aligned(taps, words, bias, 0)]
        if outputs == 2 and plan.stride[1] == 1:
            sums.append(self._odd(taps, words, bias))
        elif outputs == 2:
            sums.append(self._aligned(taps, words, bias, 1))
        places = [
            Position(builder, (n, oh, builder.add(ow, p), channel), self.output)
            for p in range(outputs)
        ]
        self.kernel.elements(places, self.op.results[0], sums)

    def _aligned(
        self, taps: list[list[SSAValue]], words: Words, acc: SSAValue, first: int
    ) -> SSAValue:
        """An output whose first tap is the low lane of pair `first`."""
        for row, weights in zip(taps, words, strict=True):
            for j, (even, _) in enumerate(weights):
                acc = self.builder.emit(dsp.SmladOp(row[first + j], even, acc))
            last = row[first + len(weights)]
            acc = self.builder.emit(dsp.SmlabtOp(last, weights[-1][1], acc))
        return acc

    def _odd(self, taps: list[list[SSAValue]], words: Words, acc: SSAValue) -> SSAValue:
        """An output whose first tap is the high lane of pair 0."""
        for row, weights in zip(taps, words, strict=True):
            acc = self.builder.emit(dsp.SmlatbOp(row[0], weights[0][0], acc))
            for j, (_, odd) in enumerate(weights):
                acc = self.builder.emit(dsp.SmladOp(row[1 + j], odd, acc))
        return acc


@head(nn.Conv2dOp, algorithm="one-plane")
@head(nn.Conv2dOp, algorithm="planes")
def planes(kernel: Kernel, op: Operation) -> None:
    """A depthwise convolution on channel planes of 16-bit lanes."""
    Depthwise(kernel, op).run()
