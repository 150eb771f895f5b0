"""Operators that put elements at places: Col2Im, MaxPool's indices, MaxUnpool, TensorScatter."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import i64
from xdsl.ir import SSAValue

from ...dialects import nn
from .evaluate import check_size
from .geometry import window_axes
from .importer import element_type_of, is_real, shape_of
from .indexing import like_i64, take
from .layout import reshape, transpose
from .logic import like
from .model import Array, Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def tap_places(
    image: Sequence[int],
    kernel: Sequence[int],
    outputs: Sequence[int],
    strides: Sequence[int],
    before: Sequence[int],
    dilations: Sequence[int],
) -> tuple[Array, Array]:
    """Flat positions in an image of every tap of every window, (taps, windows), and whether each
    lies inside.
    """
    total = np.zeros((math.prod(kernel), math.prod(outputs)), np.int64)
    inside = np.ones(total.shape, np.bool_)
    taps = np.indices(kernel).reshape(len(kernel), -1)
    windows = np.indices(outputs).reshape(len(outputs), -1)
    for d, size in enumerate(image):
        at = windows[d][None] * strides[d] - before[d] + taps[d][:, None] * dilations[d]
        inside &= (at >= 0) & (at < size)
        total = total * size + at
    return np.where(inside, total, 0), inside


@handler("Col2Im", since=18)
def col2im(ctx: "Importer", node: Node) -> Result:
    """Sums of overlapping blocks (N, C * taps, windows) into images: a scatter of rows."""
    x = ctx.operand(node, 0)
    image, block = ctx.integers(node, 1, "image shape"), ctx.integers(node, 2, "block shape")
    rank = len(image)
    ones, zeros = (1,) * rank, (0,) * 2 * rank
    strides, dilations = node.ints("strides") or ones, node.ints("dilations") or ones
    pads = node.ints("pads") or zeros
    outputs = [
        (image[d] + pads[d] + pads[rank + d] - dilations[d] * (block[d] - 1) - 1) // strides[d] + 1
        for d in range(rank)
    ]
    n, columns, windows = shape_of(x)
    taps, size = math.prod(block), math.prod(image)
    if columns % taps or windows != math.prod(outputs):
        raise node.error(f"blocks {list(shape_of(x))} do not fit images of {list(image)}")
    check_size(node, (n, columns // taps, *image))
    places, inside = tap_places(image, block, outputs, strides, pads[:rank], dilations)
    channels = n * (columns // taps)
    rows = reshape(ctx, x, (channels, taps * windows))
    kept = np.flatnonzero(inside.reshape(-1))
    updates = transpose(ctx, take(ctx, rows, kept, 1), (1, 0))
    empty = ctx.build(np.zeros((size, channels), nn.dtype_of(element_type_of(x))))
    indices = ctx.build(np.array(places.reshape(-1)[kept]))
    result = ctx.add(nn.ScatterOp(empty, indices, updates, "add"))
    return reshape(ctx, transpose(ctx, result, (1, 0)), (n, columns // taps, *image))


def max_pool_indices(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """For each window of (N, C, *S) the position of its largest element in the whole tensor."""
    n, channels, *image = shape_of(x)
    axes = window_axes(node, image, node.ints("kernel_shape") or ())[-len(image) :]
    outputs = [
        (size + a.before + a.after - a.dilation * (a.kernel - 1) - 1) // a.stride + 1
        for size, a in zip(image, axes, strict=True)
    ]
    places, inside = tap_places(
        image,
        [a.kernel for a in axes],
        outputs,
        [a.stride for a in axes],
        [a.before for a in axes],
        [a.dilation for a in axes],
    )
    size, count = math.prod(image), n * channels
    taps, windows = places.shape
    low = -np.inf if is_real(x) else np.iinfo(nn.dtype_of(element_type_of(x))).min
    rows = reshape(ctx, x, (count, size))
    rows = ctx.add(nn.PadOp(rows, (0, 0, 0, 1), value=float(low)))
    seen = take(ctx, rows, np.where(inside, places, size).T, 1)
    best = reshape(ctx, ctx.add(nn.ArgExtremeOp(seen, "max", 2)), (count, windows))
    if node.int_("storage_order", 0):  # columns lie together
        places = np.ravel_multi_index(np.unravel_index(places, image), image, order="F")
    first = ctx.build((np.arange(windows, dtype=np.int64) * taps).reshape(1, windows))
    table = ctx.build(np.array(places.T.reshape(-1), np.int64))
    found = ctx.add(nn.GatherOp(table, ctx.add(nn.AddOp(best, first)), 0))
    starts = ctx.build((np.arange(count, dtype=np.int64) * size).reshape(count, 1))
    return reshape(ctx, ctx.add(nn.AddOp(found, starts)), (n, channels, *outputs))


@handler("MaxUnpool", since=9)
def max_unpool(ctx: "Importer", node: Node) -> Result:
    """Elements put where MaxPool's indices say, zeros elsewhere."""
    x, indices = ctx.operand(node, 0), ctx.operand(node, 1)
    n, channels, *dims = shape_of(x)
    kernel = node.ints("kernel_shape") or ()
    strides = node.ints("strides") or (1,) * len(dims)
    pads = node.ints("pads") or (0,) * 2 * len(dims)
    inferred = [
        (dims[d] - 1) * strides[d] - pads[d] - pads[len(dims) + d] + kernel[d]
        for d in range(len(dims))
    ]
    shape = (n, channels, *inferred)
    check_size(node, shape)
    count = math.prod(shape_of(x))
    empty = ctx.build(np.zeros((math.prod(shape), 1), nn.dtype_of(element_type_of(x))))
    flat = reshape(ctx, indices, (count,))
    values = reshape(ctx, x, (count, 1))
    result = reshape(ctx, ctx.add(nn.ScatterOp(empty, flat, values)), shape)
    if not node.has_input(2):
        return result
    wanted = ctx.integers(node, 2, "output shape")
    check_size(node, wanted)
    after = [w - s for w, s in zip(wanted, shape, strict=True)]
    if any(a < 0 for a in after):
        raise node.error(f"its output shape {list(wanted)} is smaller than {list(shape)}")
    return ctx.add(nn.PadOp(result, (*(0,) * len(shape), *after))) if any(after) else result


@handler("TensorScatter", since=24)
def tensor_scatter(ctx: "Importer", node: Node) -> Result:
    """A cache with new rows from the position of each batch on, possibly around its end."""
    cache, update = ctx.operand(node, 0), ctx.operand(node, 1)
    dims = shape_of(cache)
    axis = node.axis("axis", -2, len(dims))
    size, new = dims[axis], shape_of(update)[axis]
    lead, length = dims[:axis], math.prod(dims[axis + 1 :])
    outer = math.prod(lead)
    steps = np.arange(new, dtype=np.int64)
    if node.has_input(2):
        start = ctx.operand(node, 2)
        wide = start if element_type_of(start) == i64 else ctx.add(nn.CastOp(start, i64))
        each = reshape(ctx, wide, (dims[0], 1, 1))
        within = ctx.add(nn.AddOp(each, ctx.build(steps.reshape(1, 1, new))))
        if node.string("mode", "linear") == "circular":
            within = ctx.add(nn.RemainderOp(within, like_i64(ctx, size), False))
        else:
            within = ctx.add(nn.MinimumOp(within, like(ctx, within, size - 1)))
        rest = outer // dims[0]
        base = (np.arange(outer, dtype=np.int64) * size).reshape(dims[0], rest, 1)
        places = ctx.add(nn.AddOp(within, ctx.build(base)))
    else:
        base = np.arange(outer, dtype=np.int64)[:, None] * size + steps[None]
        places = ctx.build(np.array(base, order="C"))
    result = ctx.add(
        nn.ScatterOp(
            reshape(ctx, cache, (outer * size, length)),
            reshape(ctx, places, (outer * new,)),
            reshape(ctx, update, (outer * new, length)),
        )
    )
    return reshape(ctx, result, dims)
