"""Windows of three spatial dimensions, transposed convolutions, and pools made of convolutions.

A three-dimensional convolution is a sum of two-dimensional ones, one for each tap along the depth;
a pool is one over height and width, then one over the depth. A transposed convolution is a
convolution of the input with zeros put between its pixels.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import constant_like
from .geometry import Axis, window_axes
from .importer import shape_of
from .layout import reshape, transpose, zeros
from .logic import absolute
from .model import Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def volume_last(ctx: "Importer", x: SSAValue) -> SSAValue:
    """(N, C, spatial…) with one to three spatial dimensions as (N, D, H, W, C)."""
    shape = shape_of(x)
    spatial = (1,) * (5 - len(shape)) + shape[2:]
    return transpose(ctx, reshape(ctx, x, (*shape[:2], *spatial)), (0, 2, 3, 4, 1))


def volume_first(ctx: "Importer", x: SSAValue, rank: int) -> SSAValue:
    """(N, D, H, W, C) as the ONNX tensor of that many dimensions."""
    moved = transpose(ctx, x, (0, 4, 1, 2, 3))
    shape = shape_of(moved)
    return reshape(ctx, moved, (*shape[:2], *shape[7 - rank :]))


def padded(ctx: "Importer", x: SSAValue, axis: int, before: int, after: int) -> SSAValue:
    """Zeros before and after along one axis; negative numbers cut elements off."""
    rank = len(shape_of(x))
    if before > 0 or after > 0:
        pads = [0] * (2 * rank)
        pads[axis], pads[rank + axis] = max(before, 0), max(after, 0)
        x = ctx.add(nn.PadOp(x, pads))
    if before < 0 or after < 0:
        sizes, offsets = list(shape_of(x)), [0] * rank
        offsets[axis] = max(-before, 0)
        sizes[axis] -= max(-before, 0) + max(-after, 0)
        x = ctx.add(nn.SliceOp(x, offsets, sizes, [1] * rank))
    return x


def part(ctx: "Importer", x: SSAValue, axis: int, start: int, count: int, step: int) -> SSAValue:
    """Elements start, start + step, … along one axis."""
    sizes, offsets, strides = list(shape_of(x)), [0] * len(shape_of(x)), [1] * len(shape_of(x))
    if (start, count, step) == (0, sizes[axis], 1):
        return x
    offsets[axis], sizes[axis], strides[axis] = start, count, step
    return ctx.add(nn.SliceOp(x, offsets, sizes, strides))


def convolve(
    ctx: "Importer",
    x: SSAValue,
    filters: SSAValue,
    bias: SSAValue,
    axes: Sequence[Axis],
    groups: int,
) -> SSAValue:
    """The convolution of (N, D, H, W, C) with filters (O, KD, KH, KW, C / groups)."""
    depth, rows, columns = axes
    x = padded(ctx, x, 1, depth.before, depth.after)
    n, size, h, w, c = shape_of(x)
    steps = (size - depth.dilation * (depth.kernel - 1) - 1) // depth.stride + 1
    o, _, kh, kw, inner = shape_of(filters)
    none = ctx.build(zeros(o)) if depth.kernel > 1 else bias
    total: SSAValue | None = None
    for tap in range(depth.kernel):
        slab = part(ctx, x, 1, tap * depth.dilation, steps, depth.stride)
        weights = reshape(ctx, part(ctx, filters, 1, tap, 1, 1), (o, kh, kw, inner))
        result = ctx.add(
            nn.Conv2dOp(
                reshape(ctx, slab, (n * steps, h, w, c)),
                weights,
                bias if total is None else none,
                strides=(rows.stride, columns.stride),
                pads=(rows.before, columns.before, rows.after, columns.after),
                dilations=(rows.dilation, columns.dilation),
                groups=groups,
            )
        )
        total = result if total is None else ctx.add(nn.AddOp(total, result))
    assert total is not None
    return reshape(ctx, total, (n, steps, *shape_of(total)[1:]))


def conv_volume(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """Conv with three spatial dimensions."""
    w = ctx.operand(node, 1)
    bias = ctx.operand(node, 2) if node.has_input(2) else ctx.build(zeros(shape_of(w)[0]))
    axes = window_axes(node, shape_of(x)[2:], shape_of(w)[2:])
    filters = transpose(ctx, w, (0, 2, 3, 4, 1))
    groups = node.int_("group", 1)
    return volume_first(ctx, convolve(ctx, volume_last(ctx, x), filters, bias, axes, groups), 5)


def _flat(ctx: "Importer", x: SSAValue) -> tuple[SSAValue, tuple[int, ...]]:
    n, d, h, w, c = shape_of(x)
    return reshape(ctx, x, (n * d, h, w, c)), (n, d, h, w, c)


def max_pool_volume(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """MaxPool with three spatial dimensions."""
    depth, rows, columns = window_axes(node, shape_of(x)[2:], node.ints("kernel_shape") or ())
    image, (n, d, _, _, c) = _flat(ctx, volume_last(ctx, x))
    image = ctx.add(
        nn.MaxPool2dOp(
            image,
            kernel=(rows.kernel, columns.kernel),
            strides=(rows.stride, columns.stride),
            pads=(
                rows.before,
                columns.before,
                rows.after + rows.extra,
                columns.after + columns.extra,
            ),
            dilations=(rows.dilation, columns.dilation),
        )
    )
    _, h, w, _ = shape_of(image)
    column = ctx.add(
        nn.MaxPool2dOp(
            reshape(ctx, image, (n, d, h * w, c)),
            kernel=(depth.kernel, 1),
            strides=(depth.stride, 1),
            pads=(depth.before, 0, depth.after + depth.extra, 0),
            dilations=(depth.dilation, 1),
        )
    )
    return volume_first(ctx, reshape(ctx, column, (n, shape_of(column)[1], h, w, c)), 5)


def _counts(axis: Axis, size: int, outputs: int, include_pad: bool) -> np.ndarray:
    """How many taps of each output lie inside the input (or its stated padding)."""
    low = -axis.before if include_pad else 0
    high = size + axis.after if include_pad else size
    starts = np.arange(outputs) * axis.stride - axis.before
    taps = starts[:, None] + np.arange(axis.kernel) * axis.dilation
    return ((taps >= low) & (taps < high)).sum(axis=1)


def window_sum(ctx: "Importer", x: SSAValue, axes: Sequence[Axis]) -> SSAValue:
    """The sum over each window of (N, D, H, W, C), channel by channel."""
    channels = shape_of(x)[4]
    ones = np.ones((channels, *(a.kernel for a in axes), 1), np.float32)
    whole = [Axis(a.kernel, a.stride, a.dilation, a.before, a.after + a.extra, 0) for a in axes]
    return convolve(ctx, x, ctx.build(ones), ctx.build(zeros(channels)), whole, channels)


def three_axes(axes: Sequence[Axis]) -> list[Axis]:
    """Axes as depth, height and width, of which the first may have no extent."""
    return [*([Axis(1, 1, 1, 0, 0, 0)] * (3 - len(axes))), *axes]


def average_pool_volume(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """AveragePool of any rank and dilation: sums, divided by the number of taps that count."""
    rank = len(shape_of(x))
    axes = three_axes(window_axes(node, shape_of(x)[2:], node.ints("kernel_shape") or ()))
    volume = volume_last(ctx, x)
    sizes = shape_of(volume)[1:4]
    total = window_sum(ctx, volume, axes)
    include = node.int_("count_include_pad", 0) != 0
    counts = np.ones((1, 1, 1, 1, 1), np.float32)
    for d, axis in enumerate(axes):
        along = [-1 if e == d + 1 else 1 for e in range(5)]
        outputs = shape_of(total)[d + 1]
        counts = counts * _counts(axis, sizes[d], outputs, include).reshape(along)
    divided = ctx.add(nn.DivOp(total, ctx.build(counts.astype(np.float32))))
    return volume_first(ctx, divided, rank)


def _power(ctx: "Importer", x: SSAValue, exponent: float) -> SSAValue:
    if exponent == 1.0:
        return x
    if exponent == 2.0:
        return ctx.add(nn.MulOp(x, x))
    if exponent == 0.5:
        return ctx.add(nn.SqrtOp(x))
    return ctx.add(nn.PowOp(x, constant_like(ctx, exponent)))


@handler("LpPool")
def lp_pool(ctx: "Importer", node: Node) -> Result:
    """The p-norm of each window."""
    x = ctx.operand(node, 0)
    p = node.float_("p", 2.0)
    axes = three_axes(window_axes(node, shape_of(x)[2:], node.ints("kernel_shape") or ()))
    powers = _power(ctx, absolute(ctx, x) if p % 2 else x, p)
    total = window_sum(ctx, volume_last(ctx, powers), axes)
    return volume_first(ctx, _power(ctx, total, 1 / p), len(shape_of(x)))


def _transposed_axes(node: Node, spatial: Sequence[int], kernel: Sequence[int]) -> list[Axis]:
    """The axes of ConvTranspose; `extra` is the output padding."""
    rank = len(spatial)
    strides = node.ints("strides") or (1,) * rank
    dilations = node.ints("dilations") or (1,) * rank
    pads = node.ints("pads") or (0,) * (2 * rank)
    extra = node.ints("output_padding") or (0,) * rank
    wanted = node.ints("output_shape")
    auto = node.string("auto_pad", "NOTSET") or "NOTSET"
    axes: list[Axis] = []
    for i, size in enumerate(spatial):
        span = strides[i] * (size - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1
        before, after = pads[i], pads[i + rank]
        if auto == "VALID":
            before, after = 0, 0
        if wanted is not None or auto.startswith("SAME"):
            target = wanted[len(wanted) - rank + i] if wanted is not None else size * strides[i]
            total = span - target
            small = total // 2
            before, after = (
                (small, total - small) if auto == "SAME_UPPER" else (total - small, small)
            )
        axes.append(Axis(kernel[i], strides[i], dilations[i], before, after, extra[i]))
    return axes


@handler("ConvTranspose")
def conv_transpose(ctx: "Importer", node: Node) -> Result:
    """Inputs: X (N, C, spatial…), W (C, M / group, spatial…), optional B (M)."""
    x, w = ctx.operand(node, 0), ctx.operand(node, 1)
    rank, groups = len(shape_of(x)), node.int_("group", 1)
    if rank not in (3, 4, 5):
        raise node.error(f"its input has {rank} dimensions; 3, 4 and 5 are supported")
    kernel = shape_of(w)[2:]
    axes = three_axes(_transposed_axes(node, shape_of(x)[2:], kernel))
    channels, per_group = shape_of(w)[:2]
    taps = tuple(axis.kernel for axis in axes)
    filters = reshape(ctx, w, (groups, channels // groups, per_group, *taps))
    filters = transpose(ctx, filters, (0, 2, 3, 4, 5, 1))
    shape = (groups * per_group, *taps, channels // groups)
    filters = reshape(ctx, filters, shape)
    if math.prod(taps) > 1:
        last = [0, *(t - 1 for t in taps), 0]
        filters = ctx.add(nn.SliceOp(filters, last, shape, [1, -1, -1, -1, 1]))
    bias = ctx.operand(node, 2) if node.has_input(2) else ctx.build(zeros(shape[0]))
    image = volume_last(ctx, x)
    plain: list[Axis] = []
    for d, axis in enumerate(axes):
        image = _spread(ctx, image, d + 1, axis.stride)
        reach = (axis.kernel - 1) * axis.dilation
        image = padded(ctx, image, d + 1, reach - axis.before, reach - axis.after + axis.extra)
        plain.append(Axis(axis.kernel, 1, axis.dilation, 0, 0, 0))
    return volume_first(ctx, convolve(ctx, image, filters, bias, plain, groups), rank)


def _spread(ctx: "Importer", x: SSAValue, axis: int, stride: int) -> SSAValue:
    """Zeros between the elements along one axis, stride - 1 of them."""
    if stride == 1:
        return x
    shape = shape_of(x)
    apart = reshape(ctx, x, (*shape[: axis + 1], 1, *shape[axis + 1 :]))
    wide = padded(ctx, apart, axis + 1, 0, stride - 1)
    joined = reshape(ctx, wide, (*shape[:axis], shape[axis] * stride, *shape[axis + 1 :]))
    return part(ctx, joined, axis, 0, (shape[axis] - 1) * stride + 1, 1)
