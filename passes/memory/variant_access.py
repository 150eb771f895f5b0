"""What kernels with other algorithms than the direct one read and write, in their order.

These algorithms widen a part of the input into scratch memory, disjoint from all tensors, before
they compute what depends on it. The order of segments:

- `lanes`: output rows from the first to the last (images of a batch likewise), in a row strips of
  pixels from left to right. Matrix products and 1 × 1 windows have one row of all pixels. Of a
  strip first all input bytes are read, every channel; then its output is written, pixels in pairs
  and of each pair the channels in blocks of four. The input is not read again, so a
  step of the overlap is a strip: a row of whole pixels, or two pixels.
- `blocks`: as `lanes`, but pixels in fours, the rest of a strip together.
- `vectors`: as `lanes`.
- `unpacked`: as `lanes`; the output of a strip counts as one step.
- `planes`: bands of output rows from the first to the last, in a band groups of four channels. For
  a group, first the rows under the band's windows are read, in these channels; then channel by
  channel, row by row, pixels in pairs, the output is written. Since a band's rows are read again
  for the next group, the step of the overlap is a band.
- `words`: as `planes`, bands of one row and groups of 16 or 8 channels.

`dsp.tile`, `helium.tile`, `helium.words` and `dsp.depthwise` write all whole blocks of a pair of
pixels,
all of a strip, or a channel of a band or row, in an order of their own that does not turn. They
come after the strip's or the group's last read and there is no element-wise rest beside their
rescaling, so only what they write as a whole matters.

What the element-wise rest reads beside the head's result, it reads block by block, just before the
same block is written. Loops over images, rows, strips, bands and groups of channels may run in
either direction, and so may those over blocks within a strip or a group: what is read before them
stays before them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from xdsl.ir import Operation

from ...dialects import nn
from ..analysis.cost import shape_of
from ..schedule.lanes import Plan, Window, best_plan
from ..schedule.planes import Planes
from ..schedule.unpacked import UnpackedPlan, unpacked_plan
from ..schedule.variants import ONE_PLANE, one_plane_of_op, planes_of_op, window_of, words_of_op
from ..schedule.vectors import best_vectors
from .access import Access, HeadLoops, Loops, Slide, Span, strides_of

Moves = list[tuple[int, Span, int]]
"""Dimension, indices per iteration of its loop, stride (see `Loops.touch`)."""

PlanOf = Callable[[Operation], Planes]
"""How a depthwise convolution runs."""

BLOCK = 4
"""Output channels that `lanes` writes together."""

TWICE = Span(np.zeros(2, np.int64), np.zeros(2, np.int64))
"""Iterations of a loop that stands for several whose bounds differ from strip to strip.

Each of the two does all of what these do together: so everything happens after, and before,
everything else, whichever way they run.
"""


def whole(extent: int) -> Span:
    """One iteration over all indices."""
    return Span(np.zeros(1, np.int64), np.full(1, extent - 1))


def _slides(op: Operation, plan: Plan) -> tuple[int, Slide, Slide]:
    """Images, and the windows along rows and columns; 1 × 1 windows have one row of all pixels."""
    output = shape_of(op.results[0])
    if not isinstance(op, nn.Conv2dOp) or plan.window.columns != output[2]:
        pixels = plan.window.columns
        return 1, Slide(1, 1, 1), Slide(pixels, pixels, 1)
    image, window = shape_of(op.operands[0]), plan.window
    pads = op.pads.get_values()
    rows, columns = (
        Slide(
            image[1 + a],
            output[1 + a],
            window.kernel[a],
            window.strides[a],
            int(pads[a]),
            window.dilations[a],
        )
        for a in range(2)
    )
    return output[0], rows, columns


def _strips(plan: Plan, shape: tuple[int, ...]) -> tuple[Loops, Span]:
    """The loops of `lanes` over an output (N, OH, OW, O), and the columns of each strip."""
    columns, strip, pixels = shape[2], plan.strip, plan.pixels
    strips = Span.blocks(columns, strip)
    outer = (Span.each(shape[0]), Span.each(shape[1]))
    channels = Span.blocks(shape[3], BLOCK)
    if strip <= pixels and not isinstance(plan, UnpackedPlan):
        return Loops(shape, (0, 1, 2, 3), (*outer, strips, channels)), strips
    if columns % strip == 0 and not isinstance(plan, UnpackedPlan):
        view = (*shape[:2], columns // strip, strip, shape[3])
        spans = (*outer, Span.each(view[2]), Span.blocks(strip, pixels), channels)
        return Loops(view, (0, 1, 2, 3, 4), spans), strips
    spans = (*outer, strips, whole(shape[3]), TWICE)
    return Loops((*shape, 1), (0, 1, 2, 3, 4), spans), strips


def lanes_loops(op: Operation, best: Callable[[Window], Plan] = best_plan) -> HeadLoops:
    """The loops of a head that runs with `lanes`, or with another algorithm that has strips."""
    plan = best(window_of(op))
    images, rows, columns = _slides(op, plan)
    depth, filters = plan.window.depth, plan.window.channels
    loops, strips = _strips(plan, (images, rows.outputs, columns.outputs, filters))
    image = strides_of((images, rows.extent, columns.extent, depth))
    moves = [
        (0, loops.spans[0], image[0]),
        (1, rows.taps(), image[1]),
        (2, strips.through(columns.taps()), image[2]),
    ]

    def read(size: int) -> Access:
        return loops.touch(moves, size, reach=depth - 1).before(3)

    return HeadLoops(loops, {0: read})


def _bands(plan: Planes, group: int) -> tuple[Loops, Span, Span]:
    """The loops of `planes`, the output rows of each band and the channels of each group."""
    shape = (plan.batch, *plan.output, plan.channels)
    group = min(group, plan.channels)
    bands, groups = Span.blocks(shape[1], plan.band), Span.blocks(plan.channels, group)
    images = Span.each(plan.batch)
    if shape[1] % plan.band or plan.channels % group:
        spans = (images, bands, groups, whole(shape[2]), TWICE)
        return Loops((*shape, 1), (0, 1, 3, 2, 4), spans), bands, groups
    view = (shape[0], len(bands), plan.band, shape[2], len(groups), group)
    inner = (Span.each(group), Span.each(plan.band), Span.blocks(shape[2], 2))
    spans = (images, Span.each(len(bands)), Span.each(len(groups)), *inner)
    return Loops(view, (0, 1, 4, 5, 2, 3), spans), bands, groups


def planes_loops(op: Operation, plan_of: PlanOf = planes_of_op) -> HeadLoops:
    """The loops of a head that runs with `planes`, or `one-plane`."""
    plan = plan_of(op)
    return _depthwise_loops(plan, plan.group)


def words_loops(op: Operation) -> HeadLoops:
    """The loops of a head that runs with `words`: bands are rows."""
    return _depthwise_loops(_rows_of_words(op), words_of_op(op).group)


def _rows_of_words(op: Operation) -> Planes:
    return replace(planes_of_op(op), most_rows=1)


def _depthwise_loops(plan: Planes, group: int) -> HeadLoops:
    loops, bands, groups = _bands(plan, group)
    height, width = plan.image
    image = strides_of((plan.batch, height, width, plan.channels))
    moves = [
        (0, loops.spans[0], image[0]),
        (1, _band_rows(plan, bands), image[1]),
        (loops.along[2], groups, image[3]),
    ]

    def read(size: int) -> Access:
        return loops.touch(moves, size, reach=(width - 1) * image[2]).before(3)

    return HeadLoops(loops, {0: read})


def planes_runs(op: Operation, plan_of: PlanOf = planes_of_op) -> tuple[Loops, Moves, int]:
    """The loops of `planes` over pixels, for outputs whole pixels away from the input.

    A group of channels then writes only bytes that no other group reads, so the steps are the
    bands. Returned are the loops over the pixels of the output, and what is read: the moves, and
    how many pixels it covers beside the first.
    """
    return _band_runs(plan_of(op))


def words_runs(op: Operation) -> tuple[Loops, Moves, int]:
    """The same of `words`."""
    return _band_runs(_rows_of_words(op))


def _band_runs(plan: Planes) -> tuple[Loops, Moves, int]:
    bands = Span.blocks(plan.output[0], plan.band)
    shape = (plan.batch, *plan.output)
    loops = Loops(shape, (0, 1, 2), (Span.each(plan.batch), bands, whole(plan.output[1])))
    height, width = plan.image
    moves = [(0, loops.spans[0], height * width), (1, _band_rows(plan, bands), width)]
    return loops, moves, width - 1


def _band_rows(plan: Planes, bands: Span) -> Span:
    """Image rows that each band needs."""
    first = np.maximum(0, bands.first * plan.stride[0] - plan.pad[0])
    last = bands.last * plan.stride[0] - plan.pad[0] + plan.kernel[0] - 1
    return Span(first, np.minimum(plan.image[0] - 1, last))


VARIANT_LOOPS: dict[str, Callable[[Operation], HeadLoops]] = {
    "lanes": lanes_loops,
    "blocks": partial(lanes_loops, best=partial(best_plan, plain=True)),
    "vectors": partial(lanes_loops, best=best_vectors),
    "planes": planes_loops,
    "words": words_loops,
    "unpacked": partial(lanes_loops, best=unpacked_plan),
    ONE_PLANE: partial(planes_loops, plan_of=one_plane_of_op),
}
"""The loops of a head by algorithm."""

VARIANT_RUNS: dict[str, Callable[[Operation], tuple[Loops, Moves, int]]] = {
    "planes": planes_runs,
    "words": words_runs,
    ONE_PLANE: partial(planes_runs, plan_of=one_plane_of_op),
}
"""The loops of heads that go through groups of channels, over pixels."""
