"""Convolutions and pools: windows that slide over an image (N, H, W, C).

The algorithm here is the direct one. The schedule orders the parallel loops (oh, ow, oc) and sets
the register block (pixels × channels). Taps outside the image are skipped by shortening the loops
over the window, so there is no test per tap; with a block of several pixels the columns are split
into a left border, an interior where whole windows lie inside, and a right border.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from xdsl.dialects import arith
from xdsl.dialects.builtin import Float32Type, IntegerType, f32
from xdsl.ir import Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import fxp, nn
from .builder import Index, LoopBuilder
from .dot import Dot, Operand, accumulator_names, accumulators
from .kernel import Kernel, Position, element_of, head, shape_of
from .scalar import activated, is_real, minus, number_of

Taps = tuple[Index, Index]
"""Range of valid taps of a window along one axis: first, and one past the last."""


@dataclass(frozen=True)
class Axis:
    """One spatial axis of a sliding window."""

    extent: int
    outputs: int
    kernel: int
    stride: int
    pad: int
    dilation: int

    def first_inside(self) -> int:
        """The first output whose window does not begin before the image."""
        return min(-(-self.pad // self.stride), self.outputs)

    def last_inside(self) -> int:
        """One past the last output whose window does not end behind the image."""
        reach = self.extent + self.pad - self.dilation * (self.kernel - 1) - 1
        return min(reach // self.stride + 1, self.outputs) if reach >= 0 else 0

    def inside(self) -> tuple[int, int]:
        """Range of outputs whose whole window lies inside the image; empty where there are none."""
        first = self.first_inside()
        return first, max(first, self.last_inside())

    def may_miss(self) -> bool:
        """Whether the window of some output lies in the padding altogether, all taps of it."""
        taps = range(0, self.kernel * self.dilation, self.dilation)
        starts = range(-self.pad, self.outputs * self.stride - self.pad, self.stride)
        return any(not any(0 <= s + t < self.extent for t in taps) for s in starts)

    def origin(self, builder: LoopBuilder, output: Index) -> Index:
        """Position of the window's first tap in the image; negative in the padding."""
        return builder.sub(builder.mul(output, self.stride), self.pad)

    def taps(self, builder: LoopBuilder, origin: Index, checked: bool, hint: str) -> Taps:
        """The taps that lie inside the image, for a window at `origin`; `hint` names them in C."""
        if not checked:
            return 0, self.kernel
        lower: Index = 0
        upper: Index = self.kernel
        if self.first_inside() > 0:
            before = builder.ceil_div_positive(builder.sub(0, origin), self.dilation)
            lower = builder.named(builder.maximum(0, before), f"{hint}_first")
        if self.last_inside() < self.outputs:
            after = builder.ceil_div_positive(builder.sub(self.extent, origin), self.dilation)
            upper = builder.minimum(self.kernel, after)
        if self.may_miss():
            upper = builder.maximum(lower, upper)
        if upper != self.kernel:
            upper = builder.named(upper, f"{hint}_end")
        return lower, upper


@dataclass(frozen=True)
class Place:
    """What is known at one depth of the loop nest."""

    n: Index = 0
    oh: Index = 0
    ow: Index = 0
    oc: Index = 0
    ih: Index = 0
    iw: Index = 0
    rows: Taps = (0, 0)
    columns: Taps = (0, 0)
    pixels: int = 1
    channels: int = 1


def axes(op: nn.Conv2dOp | nn.MaxPool2dOp | nn.AvgPool2dOp) -> tuple[Axis, Axis]:
    """The two spatial axes of a window op: rows, columns."""
    image, output = shape_of(op.operands[0]), shape_of(op.results[0])
    kernel, strides, pads, dilations = op.window()
    rows, columns = (
        Axis(image[1 + a], output[1 + a], kernel[a], strides[a], pads[a], dilations[a])
        for a in range(2)
    )
    return rows, columns


@dataclass
class WindowNest:
    """The loop nest over the outputs of a window op; `tile` computes one register block."""

    kernel: Kernel
    rows: Axis
    columns: Axis
    batch: int
    channels: int
    block: tuple[int, int]
    tile: Callable[[Place], None]

    def run(self) -> None:
        """Emit the nest in the schedule's loop order."""
        order = self.kernel.schedule.loop_order
        self.kernel.builder.over(0, self.batch, lambda n: self._level(order, Place(n=n)), hint="n")

    def _level(self, order: tuple[str, ...], place: Place) -> None:
        if not order:
            self.tile(place)
            return
        dimension, rest = order[0], order[1:]
        {"oh": self._over_rows, "ow": self._over_columns, "oc": self._over_channels}[dimension](
            rest, place
        )

    def _over_rows(self, rest: tuple[str, ...], place: Place) -> None:
        builder = self.kernel.builder

        def body(oh: Index) -> None:
            ih = builder.named(self.rows.origin(builder, oh), "ih")
            taps = self.rows.taps(builder, ih, checked=True, hint="kh")
            self._level(rest, replace(place, oh=oh, ih=ih, rows=taps))

        self.kernel.over_rows(self.rows.outputs, body)

    def _over_columns(self, rest: tuple[str, ...], place: Place) -> None:
        builder, pixels = self.kernel.builder, self.block[0]
        begin, end = self.kernel.columns or (0, self.columns.outputs)
        if pixels == 1:
            self._columns(rest, place, (begin, end), 1, checked=True)
            return
        first, last = self._inside(begin, end)
        count = builder.quotient(builder.sub(last, first), pixels)
        whole = builder.add(first, builder.mul(count, pixels))
        columns = partial(self._columns, rest, place)
        builder.one_by_one(
            [
                partial(columns, (begin, first), 1, checked=True),
                partial(columns, (first, whole), pixels, checked=False),
                partial(columns, (whole, last), 1, checked=False),
                partial(columns, (last, end), 1, checked=True),
            ]
        )

    def _inside(self, begin: Index, end: Index) -> Taps:
        """Those of the columns from `begin` to `end` whose whole window lies inside the image."""
        builder, (first, last) = self.kernel.builder, self.columns.inside()
        if self.kernel.columns is None:
            return first, last
        low, high = begin, end
        if first > 0:
            low = builder.minimum(end, builder.maximum(begin, first))
        if last < self.columns.outputs:
            high = builder.maximum(low, builder.minimum(end, last))
        return low, high

    def _columns(
        self,
        rest: tuple[str, ...],
        place: Place,
        ends: tuple[Index, Index],
        pixels: int,
        checked: bool,
    ) -> None:
        builder = self.kernel.builder

        def body(ow: Index) -> None:
            iw = builder.named(self.columns.origin(builder, ow), "iw")
            taps = self.columns.taps(builder, iw, checked, hint="kw")
            self._level(rest, replace(place, ow=ow, iw=iw, columns=taps, pixels=pixels))

        builder.over(*ends, body, step=pixels, hint="ow")

    def _over_channels(self, rest: tuple[str, ...], place: Place) -> None:
        def body(oc: Index, count: int) -> None:
            self._level(rest, replace(place, oc=oc, channels=count))

        self.kernel.builder.blocks(self.channels, self.block[1], "oc", body)


def positions(kernel: Kernel, place: Place, shape: tuple[int, ...]) -> list[Position]:
    """The output elements of a register block, pixel by pixel."""
    builder = kernel.builder
    return [
        Position(
            builder,
            (place.n, place.oh, builder.add(place.ow, p), builder.add(place.oc, c)),
            shape,
        )
        for p in range(place.pixels)
        for c in range(place.channels)
    ]


@dataclass
class Convolution:
    """A 2-D convolution: its geometry, and the register block at one place."""

    kernel: Kernel
    op: nn.Conv2dOp

    def __post_init__(self) -> None:
        x, w = self.op.operands[0], self.op.operands[1]
        self.image = shape_of(x)
        self.output = shape_of(self.op.results[0])
        self.filter = shape_of(w)
        self.rows, self.columns = axes(self.op)
        self.groups = self.op.groups.value.data
        self.dot = Dot(
            self.kernel,
            Operand(x, self.op.input_zero_point.value.data),
            Operand(w, self.op.weight_zero_point.value.data),
            self.kernel.schedule.isa.data,
        )

    @property
    def is_depthwise(self) -> bool:
        """One input channel and one output channel per group."""
        return self.filter[3] == 1 and self.filter[0] == self.groups

    def register_block(self) -> tuple[int, int]:
        """The schedule's block; channels of one block stay inside a group."""
        pixels, channels = self.kernel.schedule.register_block
        if self.groups > 1 and not self.is_depthwise:
            per_group = self.filter[0] // self.groups
            channels = max(d for d in range(1, channels + 1) if per_group % d == 0)
        return pixels, channels

    def run(self) -> None:
        """Emit the kernel."""
        nest = WindowNest(
            self.kernel,
            self.rows,
            self.columns,
            self.image[0],
            self.filter[0],
            self.register_block(),
            self.tile,
        )
        nest.run()

    def tile(self, place: Place) -> None:
        """One register block: bias, all taps, the element-wise rest."""
        builder = self.kernel.builder
        channels = [builder.add(place.oc, c) for c in range(place.channels)]
        accs = accumulators(self.kernel, self.op.operands[2], channels, place.pixels)

        def row(kh: Index, carried: list[SSAValue]) -> list[SSAValue]:
            ih = builder.add(place.ih, builder.mul(kh, self.rows.dilation))
            pixel = self.kernel.image_pixel(self.op.operands[0], place.n, ih, place.iw)
            return self._row(place, channels, pixel, kh, carried)

        hints = accumulator_names(place.pixels, place.channels)
        accs = builder.for_(*place.rows, row, accs, hint="kh", carried_hints=hints)
        accs = [activated(self.kernel, self.op, acc) for acc in accs]
        at = positions(self.kernel, place, self.output)
        self.kernel.elements(at, self.op.results[0], accs)

    def _row(
        self,
        place: Place,
        channels: Sequence[Index],
        pixel: Index,
        kh: Index,
        carried: list[SSAValue],
    ) -> list[SSAValue]:
        """All taps of one row of the window, whose first one is at a pixel of the image."""
        builder = self.kernel.builder
        depth = self.image[3]
        taps, per_group = self.filter[2], self.filter[3]
        base = builder.mul(pixel, depth)
        pixel_step = self.columns.stride * depth
        rows = [
            builder.linear((builder.add(builder.mul(c, self.filter[1]), kh), taps * per_group))
            for c in channels
        ]
        first, last = place.columns
        if self.groups == 1 and self.columns.dilation == 1:
            start = builder.mul(first, depth)
            xs = [builder.add(base, start, p * pixel_step) for p in range(place.pixels)]
            ws = [builder.add(r, start) for r in rows]
            length = builder.mul(builder.sub(last, first), depth)
            return self.dot.run(xs, ws, length, depth, carried)

        def column(kw: Index, accs: list[SSAValue]) -> list[SSAValue]:
            move = builder.mul(kw, self.columns.dilation * depth)
            xs = [builder.add(base, move, p * pixel_step) for p in range(place.pixels)]
            ws = [builder.add(r, builder.mul(kw, per_group)) for r in rows]
            if self.is_depthwise:
                return self._depthwise(xs, ws, channels, accs)
            group = self._group_start(channels[0])
            xs = [builder.add(x, group) for x in xs]
            return self.dot.run(xs, ws, per_group, per_group, accs)

        hints = accumulator_names(place.pixels, place.channels)
        return builder.for_(first, last, column, carried, hint="kw", carried_hints=hints)

    def _depthwise(
        self,
        xs: Sequence[Index],
        ws: Sequence[Index],
        channels: Sequence[Index],
        accs: list[SSAValue],
    ) -> list[SSAValue]:
        builder = self.kernel.builder
        weights = [self.dot.load(self.dot.w, w) for w in ws]
        results: list[SSAValue] = []
        for p, x in enumerate(xs):
            for c, channel in enumerate(channels):
                value = self.dot.load(self.dot.x, builder.add(x, channel))
                results.append(self.dot.product(value, weights[c], accs[p * len(ws) + c]))
        return results

    def _group_start(self, channel: Index) -> Index:
        """First input channel of the group of an output channel."""
        if self.groups == 1:
            return 0
        builder = self.kernel.builder
        per_group = self.filter[0] // self.groups
        if isinstance(channel, int):
            return channel // per_group * self.filter[3]
        group = builder.emit(arith.DivSIOp(channel, builder.value(per_group)))
        return builder.mul(group, self.filter[3])


@head(nn.Conv2dOp)
def conv2d(kernel: Kernel, op: Operation) -> None:
    """A convolution of any kind: dense, grouped, depthwise, dilated."""
    assert isinstance(op, nn.Conv2dOp)
    Convolution(kernel, op).run()


def _pool(
    kernel: Kernel,
    op: nn.MaxPool2dOp | nn.AvgPool2dOp,
    start: Callable[[], SSAValue],
    combine: Callable[[SSAValue, SSAValue], SSAValue],
    finish: Callable[[SSAValue, Place], SSAValue],
) -> None:
    """A pool: `combine` folds each tap of the window into the accumulator."""
    builder = kernel.builder
    x, result = op.operands[0], op.results[0]
    image, output = shape_of(x), shape_of(result)
    rows, columns = axes(op)

    def tile(place: Place) -> None:
        def row(kh: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            ih = builder.add(place.ih, builder.mul(kh, rows.dilation))
            line = builder.linear((place.n, image[1]), (ih, 1))

            def column(kw: Index, inner: list[SSAValue]) -> Sequence[SSAValue]:
                iw = builder.add(place.iw, builder.mul(kw, columns.dilation))
                pixel = builder.mul(builder.linear((line, image[2]), (iw, 1)), image[3])
                value = kernel.load(x, builder.add(pixel, place.oc))
                return [combine(inner[0], value)]

            return builder.for_(*place.columns, column, carried, hint="kw", carried_hints=["acc"])

        (acc,) = builder.for_(*place.rows, row, [start()], hint="kh", carried_hints=["acc"])
        kernel.elements(positions(kernel, place, output), result, [finish(acc, place)])

    WindowNest(kernel, rows, columns, image[0], image[3], (1, 1), tile).run()


@head(nn.MaxPool2dOp)
def max_pool2d(kernel: Kernel, op: Operation) -> None:
    """The largest tap of each window, in the input's own type."""
    assert isinstance(op, nn.MaxPool2dOp)
    element = element_of(op.operands[0])
    builder = kernel.builder
    if isinstance(element, Float32Type):
        _pool(
            kernel,
            op,
            lambda: builder.real(float("-inf")),
            lambda acc, v: builder.call("nnopt_max_f32", [acc, v], acc.type),
            lambda acc, _: acc,
        )
        return
    assert isa(element, IntegerType)
    lowest = fxp.integer_range(element)[0]
    _pool(
        kernel,
        op,
        lambda: number_of(kernel, op.operands[0], lowest),
        lambda acc, v: builder.emit(arith.MaxSIOp(acc, v)),
        lambda acc, _: acc,
    )


@head(nn.AvgPool2dOp)
def avg_pool2d(kernel: Kernel, op: Operation) -> None:
    """The mean of each window (f32), or the sum of x - zero point (integers)."""
    assert isinstance(op, nn.AvgPool2dOp)
    builder = kernel.builder
    if not is_real(op.operands[0]):
        zero_point = op.input_zero_point.value.data
        _pool(
            kernel,
            op,
            lambda: builder.integer(0),
            lambda acc, v: builder.emit(arith.AddiOp(acc, minus(kernel, v, zero_point))),
            lambda acc, _: acc,
        )
        return
    size = tuple(int(k) for k in op.kernel.get_values())

    def mean(acc: SSAValue, place: Place) -> SSAValue:
        height = builder.sub(place.rows[1], place.rows[0])
        width = builder.sub(place.columns[1], place.columns[0])
        everything = bool(op.count_include_pad.value.data)
        count = size[0] * size[1] if everything else builder.mul(height, width)
        if isinstance(count, int):
            divisor = builder.real(count)
        else:
            divisor = builder.emit(arith.SIToFPOp(builder.cast_index(count), f32))
        return activated(kernel, op, builder.emit(arith.DivfOp(acc, divisor)))

    _pool(
        kernel,
        op,
        lambda: builder.real(0.0),
        lambda acc, v: builder.emit(arith.AddfOp(acc, v)),
        mean,
    )
