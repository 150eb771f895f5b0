"""The algorithm `reals`: dense products on f32 with packed weights (`passes/schedule/reals.py`).

The loops are the direct ones; the inner loop is `dsp.real_dot`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.ir import Operation, SSAValue

from ...dialects import dsp, nn, packing, vpool
from ...passes.schedule.variants import real_block
from .builder import Index
from .contraction import RowPosition
from .dot import accumulator_names
from .kernel import Kernel, head, shape_of
from .scalar import activated
from .window import Convolution, Place, positions


class Products:
    """Register blocks of dot products on f32, four or eight channels of some pixels."""

    def __init__(self, kernel: Kernel, op: Operation):
        self.kernel = kernel
        self.x, weights, self.bias = op.operands
        assert isinstance(weights.owner, vpool.UnpackOp)
        self.memory = kernel.memory[weights.owner.packed]
        self.channels = packing.REALS[weights.owner.layout.data]
        self.length = int(np.prod(shape_of(weights)[1:]))

    def start(self, channel: Index, count: int, pixels: int) -> list[SSAValue]:
        """Accumulators that begin with the bias; channels behind the last one begin with zero."""
        builder = self.kernel.builder
        given = [self.kernel.load(self.bias, builder.add(channel, c)) for c in range(count)]
        more = [builder.real(0.0)] * (self.channels - count)
        return [*given, *more] * pixels

    def add(
        self, x: Index, w: Index, length: Index, step: int, accs: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """Add products of `length` elements from `x` on, pixels `step` apart, and weights."""
        builder = self.kernel.builder
        op = dsp.RealDotOp(
            (self.kernel.memory[self.x], builder.value(x)),
            (self.memory, builder.value(w)),
            builder.value(length),
            accs,
            self.channels,
            step,
        )
        builder.block.add_op(op)
        for value, hint in zip(op.sums, self.hints(len(accs) // self.channels), strict=True):
            value.name_hint = hint
        return list(op.sums)

    def hints(self, pixels: int) -> list[str]:
        """Names of the accumulators."""
        return accumulator_names(pixels, self.channels)

    def stored(self, sums: Sequence[SSAValue], count: int) -> list[SSAValue]:
        """The sums of the first `count` channels of each pixel."""
        return [s for index, s in enumerate(sums) if index % self.channels < count]


class RealConvolution(Convolution):
    """A convolution that runs with `reals`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.products = Products(self.kernel, self.op)

    def register_block(self) -> tuple[int, int]:
        """That of the packed weights, in a fused kernel as well."""
        return real_block(self.op)

    def tile(self, place: Place) -> None:
        """One register block."""
        builder, products = self.kernel.builder, self.products
        accs = products.start(place.oc, place.channels, place.pixels)
        step = self.columns.stride * self.image[3]

        def row(kh: Index, carried: list[SSAValue]) -> list[SSAValue]:
            ih = builder.add(place.ih, builder.mul(kh, self.rows.dilation))
            line = self.kernel.image_row(self.op.operands[0], place.n, ih)
            first, last = place.columns
            depth, taps = self.image[3], self.filter[2]
            x = builder.mul(builder.linear((line, self.image[2]), (place.iw, 1), (first, 1)), depth)
            tap = builder.mul(builder.linear((kh, taps), (first, 1)), depth)
            w = builder.linear((place.oc, products.length), (tap, products.channels))
            length = builder.mul(builder.sub(last, first), depth)
            return products.add(x, w, length, step, carried)

        hints = products.hints(place.pixels)
        accs = builder.for_(*place.rows, row, accs, hint="kh", carried_hints=hints)
        sums = products.stored(accs, place.channels)
        sums = [activated(self.kernel, self.op, acc) for acc in sums]
        at = positions(self.kernel, place, self.output)
        self.kernel.elements(at, self.op.results[0], sums)


@head(nn.Conv2dOp, algorithm="reals")
def conv2d(kernel: Kernel, op: Operation) -> None:
    """A dense convolution on f32 with packed weights."""
    assert isinstance(op, nn.Conv2dOp)
    RealConvolution(kernel, op).run()


@head(nn.FullyConnectedOp, algorithm="reals")
def fully_connected(kernel: Kernel, op: Operation) -> None:
    """A fully connected layer on f32 with packed weights."""
    builder, products = kernel.builder, Products(kernel, op)
    output = shape_of(op.results[0])
    pixels, channels = real_block(op)

    def over_rows(row: Index, row_count: int) -> None:
        def tile(m: Index, count: int) -> None:
            accs = products.start(m, count, row_count)
            x, w = (builder.mul(index, products.length) for index in (row, m))
            accs = products.add(x, w, products.length, products.length, accs)
            sums = [activated(kernel, op, acc) for acc in products.stored(accs, count)]
            places = [
                RowPosition(kernel, builder.add(row, r), builder.add(m, c), output)
                for r in range(row_count)
                for c in range(count)
            ]
            kernel.elements(places, op.results[0], sums)

        builder.blocks(output[-1], channels, "m", tile)

    builder.blocks(int(np.prod(output[:-1])), pixels, "row", over_rows)
