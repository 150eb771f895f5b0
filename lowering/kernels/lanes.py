"""The algorithm `lanes` for dense convolutions and fully connected layers.

A strip of the input is widened to 16-bit lanes in scratch memory (`passes/schedule/lanes.py` tells
how strips lie); then blocks of four output channels and two pixels are dot products over it. The
instructions of both are `dsp.widen` and `dsp.dot`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.ir import BlockArgument, Operation, SSAValue

from ...dialects import dsp, fxp, nn, packing, vpool
from ...passes.schedule.lanes import MAX_OFFSET, Plan
from ...passes.schedule.row_chain import row_plan
from ...passes.schedule.variants import plan_of, zero_point_of
from .builder import Index
from .contraction import RowPosition
from .kernel import Kernel, Position, head, shape_of
from .rescale import fixed_shift, only_rescale, scale_table
from .window import Axis, axes

BLOCK = packing.BLOCK


@dataclass
class Row:
    """Where a row of output pixels and what it needs are, inside the loops over rows."""

    image: Index = 0
    """Flat position of the first element of the image (of the batch) in the input."""
    output: tuple[Index, ...] = ()
    """Indices before the column in the output."""
    origin: Index = 0
    """First input row of the window; negative in the padding."""
    taps: tuple[Index, Index] = (0, 1)
    """Rows of the window that lie in the image."""


@dataclass
class Lanes:
    """A kernel whose head runs with `lanes`."""

    kernel: Kernel
    op: Operation
    rows_of: nn.Conv2dOp | None = None
    """The op again, if it is one of several stages that run row by row."""
    only: Index | None = None
    """The first channel of the only block to compute, if it is not all of them."""

    def __post_init__(self) -> None:
        self.builder = self.kernel.builder
        self.plan = self._plan()
        self.scratch: SSAValue = self.kernel.scratch[0]
        self.x, weights, self.bias = self.op.operands
        self._take(weights)
        self.zero_point = zero_point_of(self.op)
        self.flat = isinstance(self.op, nn.FullyConnectedOp) or self.plan.window.rows == 1
        window = self.plan.window
        self.rows = Axis(1, 1, 1, 1, 0, 1)
        self.columns = Axis(window.columns, window.columns, 1, 1, 0, 1)
        self.output = shape_of(self.op.results[0])
        self.images = 1
        if isinstance(self.op, nn.Conv2dOp) and window.columns == self.output[2]:
            self.flat = False
            self.images = self.output[0]
            self.rows, self.columns = axes(self.op)
        self.last: fxp.RequantizeOp | None = None
        self.scale = self._scale()

    def _take(self, weights: SSAValue) -> None:
        """Remember where the weights are."""
        assert isinstance(weights.owner, vpool.UnpackOp)
        self.pieces = weights.owner.pieces.value.data
        self.weights = self.kernel.memory[weights.owner.packed]

    def _plan(self) -> Plan:
        return plan_of(self.kernel.launch) if self.rows_of is None else row_plan(self.rows_of)

    def run(self) -> None:
        """Emit the loops: rows, strips, channels, pixels."""
        builder = self.builder
        if self.flat:
            self._strips(Row())
            return

        def row(n: Index, oh: Index) -> None:
            origin = builder.named(self.rows.origin(builder, oh), "ih")
            taps = self._inside(self.rows, origin, self.rows.kernel, "kh")
            image = builder.mul(n, self.rows.extent * self.columns.extent * self.plan.window.depth)
            self._strips(Row(image, (n, oh), origin, taps))

        def image(n: Index) -> None:
            self.kernel.over_rows(self.rows.outputs, lambda oh: row(n, oh))

        builder.over(0, self.images, image, hint="n")

    # Widening

    def _strips(self, row: Row) -> None:
        def strip(ow: Index, count: Index) -> None:
            self._widen(row, ow, count)
            self._blocks(row, ow, count)

        self.builder.blocks(self.plan.window.columns, self.plan.strip, "ow", strip)

    def _widen(self, row: Row, ow: Index, count: Index) -> None:
        """Fill the scratch memory for `count` output pixels from column `ow` on."""
        assert isinstance(count, int)
        builder, plan = self.builder, self.plan
        origin = builder.named(self.columns.origin(builder, ow), "iw")
        if plan.layout == "rows":
            for copy in range(plan.copies):
                self._widen_rows(row, copy)
            return
        if plan.order == "columns":
            reach = (count - 1) * self.columns.stride + self.columns.kernel
            self._widen_columns(row, origin, reach)
            return
        if plan.window.kernel == (1, 1) and self.columns.stride == 1 and self.columns.pad == 0:
            if (
                packing.filled_run(plan.layout, plan.run) == plan.run
            ):  # pixels follow each other in memory: one run
                start = builder.linear((row.image, 1), (self._line(row, 0), 1), (origin, plan.run))
                self._run(start, 0, plan.run * count)
                return
        for pixel in range(count):
            here = builder.add(origin, pixel * self.columns.stride)
            self._widen_window(row, here, pixel * plan.pixel_step)

    def _inside(self, axis: Axis, origin: Index, count: int, hint: str) -> tuple[Index, Index]:
        """Which of `count` steps of the axis' dilation from `origin` on lie in the image.

        The range is empty, but within 0 .. count, where none does.
        """
        builder = self.builder
        first: Index = 0
        last: Index = count
        if axis.first_inside() > 0:
            before = builder.ceil_div_positive(builder.sub(0, origin), axis.dilation)
            first = builder.minimum(count, builder.maximum(0, before))
            first = builder.named(first, f"{hint}_first")
        if axis.last_inside() < axis.outputs:
            after = builder.ceil_div_positive(builder.sub(axis.extent, origin), axis.dilation)
            last = builder.maximum(first, builder.minimum(count, after))
            last = builder.named(last, f"{hint}_end")
        return first, last

    def _line(self, row: Row, kh: Index) -> Index:
        """Position, within the image, of the input row that row `kh` of the window reads."""
        line = self.builder.add(row.origin, self.builder.mul(kh, self.rows.dilation))
        if self.x in self.kernel.rings:
            line = self.kernel.image_row(self.x, 0, line)
        return self.builder.mul(line, self.columns.extent * self.plan.window.depth)

    def _widen_columns(self, row: Row, origin: Index, columns: int) -> None:
        """Layout `columns`: from input column `origin` on, every row of the window."""
        builder, depth = self.builder, self.plan.window.depth
        column, run = self.plan.column, packing.filled_run(self.plan.layout, depth)
        first, last = self._inside(self.columns, origin, columns, "column")
        self._zeros(0, builder.mul(first, column))

        def over_columns(j: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            to = builder.mul(j, column)
            at = builder.linear((row.image, 1), (builder.add(origin, j), depth))
            self._over_taps(row, to, run, at)
            return ()

        builder.for_(first, last, over_columns, hint="j")
        self._zeros(builder.mul(last, column), columns * column)

    def _widen_rows(self, row: Row, copy: int) -> None:
        """Layout `rows`: the rows of the window, as far as windows reach, with their padding."""
        builder, plan, depth = self.builder, self.plan, self.plan.window.depth
        zeros = self.columns.pad * depth - copy * plan.advance
        lead, skipped = min(max(0, zeros), plan.row), max(0, -zeros)
        reach = (plan.window.columns - 1 - copy) * plan.advance + plan.run
        count = min(self.columns.extent * depth - skipped, reach - lead)
        first = copy * plan.window.kernel[0] * plan.row

        def tap(kh: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            to = builder.linear((first, 1), (kh, plan.row))
            self._in_order(row, kh, to, (lead, skipped, max(0, count)))
            return ()

        before, after = row.taps
        self._zeros(first, builder.linear((first, 1), (before, plan.row)))
        builder.for_(before, after, tap, hint="kh")
        end = first + plan.window.kernel[0] * plan.row
        self._zeros(builder.linear((first, 1), (after, plan.row)), end)

    def _in_order(self, row: Row, kh: Index, to: Index, part: tuple[int, int, int]) -> None:
        """A row of the image as lanes from `to` on: zeros, `count` bytes after the first ones."""
        builder, plan = self.builder, self.plan
        lead, skipped, count = part
        self._zeros(to, builder.add(to, lead))
        self._zeros(builder.add(to, lead + count), builder.add(to, plan.row))
        if count == 0:
            return
        line = builder.linear((row.image, 1), (self._line(row, kh), 1), (skipped, 1))
        op = dsp.PlanesOp(
            (self.kernel.memory[self.x], builder.value(line)),
            (self.scratch, builder.value(builder.add(to, lead))),
            pixels=count,
            channels=1,
            depth=1,
            plane=0,
            lead=lead % 2,
            zero_point=self.zero_point,
        )
        builder.block.add_op(op)

    def _over_taps(self, row: Row, to: Index, step: int, at: Index) -> None:
        """Rows of the window: those in the image are widened, the others are zeros."""
        builder = self.builder
        before, after = row.taps
        self._zeros(to, builder.add(to, builder.mul(before, step)))

        def tap(kh: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            line = builder.add(at, self._line(row, kh))
            self._run(line, builder.add(to, builder.mul(kh, step)), self.plan.run)
            return ()

        builder.for_(before, after, tap, hint="kh")
        end = builder.add(to, builder.mul(after, step))
        self._zeros(end, builder.add(to, self.rows.kernel * step))

    def _widen_window(self, row: Row, origin: Index, to: int) -> None:
        """Layouts `patches` and `taps`: one whole window whose first column is `origin`."""
        builder, plan = self.builder, self.plan
        depth, kernel = plan.window.depth, plan.window.kernel
        run = packing.filled_run(plan.layout, plan.run)
        if plan.order == "taps":
            self._widen_taps(row, origin, to)
            return
        first, last = self._inside(self.columns, origin, kernel[1], "tap")
        column = builder.linear((row.image, 1), (builder.add(origin, first), depth))
        self._zeros(to, builder.add(to, builder.mul(row.taps[0], run)))

        def tap(kh: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            at = builder.add(column, self._line(row, kh))
            lanes = (builder.mul(first, depth), builder.mul(builder.sub(last, first), depth))
            self._run(at, builder.add(to, builder.mul(kh, run)), plan.run, lanes)
            return ()

        builder.for_(*row.taps, tap, hint="kh")
        self._zeros(builder.add(to, builder.mul(row.taps[1], run)), to + kernel[0] * run)

    def _widen_taps(self, row: Row, origin: Index, to: int) -> None:
        """Layout `taps`: each tap of a dilated window is a run of its own."""
        builder, axis = self.builder, self.columns
        depth, width = self.plan.window.depth, self.plan.window.kernel[1]
        run = packing.filled_run(self.plan.layout, depth)
        taps = self._inside(axis, origin, width, "kw")
        self._zeros(to, to + self.rows.kernel * width * run)

        def over_rows(kh: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            line = builder.add(row.image, self._line(row, kh))

            def tap(kw: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
                column = builder.add(origin, builder.mul(kw, axis.dilation))
                at = builder.linear((line, 1), (column, depth))
                self._run(at, builder.linear((to, 1), (kh, width * run), (kw, run)), depth)
                return ()

            builder.for_(*taps, tap, hint="kw")
            return ()

        builder.for_(*row.taps, over_rows, hint="kh")

    def _run(
        self, at: Index, to: Index, length: int, lanes: tuple[Index, Index] | None = None
    ) -> None:
        builder = self.builder
        first, count = lanes or (0, length)
        self.builder.block.add_op(
            dsp.WidenOp(
                (self.kernel.memory[self.x], builder.value(at)),
                (self.scratch, builder.value(to)),
                (builder.value(first), builder.value(count)),
                length,
                self.zero_point,
            )
        )

    def _zeros(self, start: Index, end: Index) -> None:
        """Zero lanes of the scratch memory."""
        zero = self.builder.integer(0)

        def body(i: Index, _: list[SSAValue]) -> Sequence[SSAValue]:
            self.builder.store(zero, self.scratch, i)
            return ()

        if start != end:
            self.builder.for_(start, end, body, hint="i")

    # Products

    def _blocks(self, row: Row, ow: Index, count: Index) -> None:
        """All pixels of a strip, in pairs; all output channels of a pair, four at a time."""
        assert isinstance(count, int)
        builder = self.builder
        pairs = count // 2 * 2 if self.plan.pairs_fit else 0

        def over(first: int, end: int, pixels: int) -> Callable[[], None]:
            def body(p: Index) -> None:
                self._channels(row, ow, p, pixels)

            return lambda: builder.over(first, end, body, step=pixels, hint="p")

        builder.one_by_one([over(0, pairs, 2), over(pairs, count, 1)])

    def _channels(self, row: Row, ow: Index, pixel: Index, pixels: int) -> None:
        """All output channels of one or two pixels."""
        channels = self.plan.window.channels

        def block(oc: Index, count: int) -> None:
            self._tile(row, ow, pixel, oc, pixels, count)

        if self.scale is None and self.only is not None:
            block(self.only, BLOCK)
            return
        if self.scale is None:
            self.builder.blocks(channels, BLOCK, "oc", block)
            return
        whole = channels // BLOCK * BLOCK
        self._whole_tiles(row, self.builder.add(ow, pixel), pixel, pixels)
        if whole < channels and self.only is None:
            block(whole, channels - whole)

    def _window(self, pixel: Index) -> Index:
        """Where the window of a pixel of the strip begins in the scratch memory."""
        step = self.plan.advance if self.plan.layout == "rows" else self.plan.pixel_step
        return self.builder.mul(pixel, step)

    def _tile(
        self, row: Row, ow: Index, pixel: Index, oc: Index, pixels: int, channels: int
    ) -> None:
        """One register block; channels beyond the last one are computed on zeros and not stored."""
        builder = self.builder
        at = [builder.add(oc, c) for c in range(channels)]
        starts = [self.kernel.load(self.bias, c, f"bias{i}") for i, c in enumerate(at)]
        starts += [builder.integer(0)] * (BLOCK - channels)
        sums = starts * pixels
        sums = self._dots(sums, pixel, oc)
        places = [
            self._position(row, builder.add(ow, pixel, p), c) for p in range(pixels) for c in at
        ]
        values = [sums[p * BLOCK + c] for p in range(pixels) for c in range(channels)]
        self.kernel.elements(places, self.op.results[0], values)

    def _dots(self, sums: list[SSAValue], pixel: Index, oc: Index) -> list[SSAValue]:
        """Sums of a register block, with its dot products added."""
        builder, plan = self.builder, self.plan
        x = self._window(pixel)
        w = builder.mul(oc, plan.lanes)
        lanes = plan.lanes // self.pieces
        for piece in range(self.pieces):
            dot = dsp.DotOp(
                (self.scratch, builder.value(builder.add(x, lanes * piece))),
                (self.weights, builder.value(builder.add(w, 4 * lanes * piece))),
                sums,
                lanes // 4 if plan.layout != "rows" else plan.dot_lanes,
                plan.pixel_step,
            )
            builder.block.add_op(dot)
            sums = list(dot.sums)
            for index, value in enumerate(sums):
                value.name_hint = f"acc{index // BLOCK}_{index % BLOCK}"
        return sums

    def _whole_tiles(self, row: Row, column: Index, pixel: Index, pixels: int) -> None:
        """All whole register blocks of one or two pixels, from lanes to stored bytes."""
        builder, plan = self.builder, self.plan
        assert self.last is not None and self.scale is not None
        shift = fixed_shift(self.last)
        given = {} if shift is None else {"shift": shift}
        step = 3 if shift is None else 2  # numbers of each channel in the table
        first: Index = 0 if self.only is None else self.only
        to = self.kernel.stored(self._position(row, column, first)).offset(self.output)
        tile = dsp.TileOp(
            (self.scratch, builder.value(self._window(pixel))),
            (self.weights, builder.value(builder.mul(first, plan.lanes))),
            (self.kernel.memory[self.bias], builder.value(first)),
            (self.scale, builder.value(builder.mul(first, step))),
            (self.kernel.outputs[0], builder.value(to)),
            blocks=plan.window.channels // BLOCK if self.only is None else 1,
            lanes=plan.dot_lanes,
            pixels=pixels,
            pixel_step=plan.pixel_step,
            out_step=plan.window.channels,
            **given,
        )
        builder.block.add_op(tile)

    def _scale(self) -> SSAValue | None:
        """The table of `dsp.tile`, if that op does all that the kernel does with a sum."""
        self.last = only_rescale(self.kernel, self.op, twice=True)
        channels = self.plan.window.channels
        fits = (
            self.last is not None
            and self.pieces == 1
            and len(self.last.multiplier.get_values()) == channels
            and BLOCK <= channels <= MAX_OFFSET - BLOCK
            and isinstance(self.bias, BlockArgument)
        )
        return scale_table(self.kernel, self.last) if self.last is not None and fits else None

    def _position(self, row: Row, column: Index, channel: Index) -> Position:
        if self.flat:
            return RowPosition(self.kernel, column, channel, self.output)
        return Position(self.builder, (*row.output, column, channel), self.output)


@head(nn.Conv2dOp, nn.FullyConnectedOp, algorithm="lanes")
def lanes(kernel: Kernel, op: Operation) -> None:
    """A dense convolution or fully connected layer on 16-bit lanes."""
    Lanes(kernel, op).run()
