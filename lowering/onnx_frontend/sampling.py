"""Operators that read images between their pixels: GridSample, AffineGrid, DeformConv, RoiAlign.

They are one structure: for each point a position along every spatial dimension, from which follow
T taps with weights along each; the taps' rows of channels are gathered, and a small matrix product
with the products of the weights sums them up.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32, i32
from xdsl.ir import SSAValue

from ...dialects import nn
from .contraction import matmul_real
from .data_movement import sliced
from .elementwise import constant_like, real_operand
from .importer import shape_of
from .layout import reshape, transpose
from .logic import absolute, compare, where
from .model import Array, Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer

ALPHA = -0.75
"""The parameter of cubic convolution."""


class Reals:
    """Arithmetic on float32 values, so that formulas read as such; numbers become constants."""

    def __init__(self, ctx: "Importer", value: SSAValue):
        self.ctx = ctx
        self.value = value

    def _with(self, op: Callable[[SSAValue, SSAValue], nn.NnOp], other: "Reals | float") -> "Reals":
        right = other.value if isinstance(other, Reals) else constant_like(self.ctx, other)
        return Reals(self.ctx, self.ctx.add(op(self.value, right)))

    def __add__(self, other: "Reals | float") -> "Reals":
        return self._with(nn.AddOp, other)

    def __sub__(self, other: "Reals | float") -> "Reals":
        return self._with(nn.SubOp, other)

    def __mul__(self, other: "Reals | float") -> "Reals":
        return self._with(nn.MulOp, other)

    def __truediv__(self, other: "Reals | float") -> "Reals":
        return self._with(nn.DivOp, other)

    def clamped(self, low: float, high: float) -> "Reals":
        """Limited to [low, high]."""
        return Reals(self.ctx, self.ctx.add(nn.ClampOp(self.value, low, high)))

    def modulo(self, divisor: float) -> "Reals":
        """The remainder of a division, with the sign of the number."""
        right = constant_like(self.ctx, divisor)
        return Reals(self.ctx, self.ctx.add(nn.RemainderOp(self.value, right, True)))

    def magnitude(self) -> "Reals":
        """The absolute value."""
        return Reals(self.ctx, absolute(self.ctx, self.value))

    def floor(self) -> "Reals":
        """The largest integer not above."""
        return Reals(self.ctx, self.ctx.add(nn.FloorOp(self.value)))

    def compared(self, predicate: str, bound: float) -> SSAValue:
        """A comparison with a number."""
        return compare(self.ctx, predicate, self.value, constant_like(self.ctx, bound))

    def where(self, test: SSAValue, other: "Reals") -> "Reals":
        """This where the test holds, else the other."""
        return Reals(self.ctx, where(self.ctx, test, self.value, other.value))

    def inside(self, low: float, high: float) -> SSAValue:
        """Whether it lies in [low, high]."""
        tests = self.compared("ge", low), self.compared("le", high)
        return self.ctx.add(nn.BitwiseOp(*tests, "and"))

    def indicator(self, low: float, high: float) -> "Reals":
        """1 in [low, high], else 0."""
        return Reals(self.ctx, self.ctx.add(nn.CastOp(self.inside(low, high), f32)))


def mirrored(x: Reals, low: float, high: float) -> Reals:
    """Reflected at both borders until it lies between them."""
    span = high - low
    if span <= 0:
        return x * 0.0 + low
    way = (x - low).magnitude().modulo(2 * span)
    back = (way * -1.0) + 2 * span
    return way.where(way.compared("le", span), back) + low


class Taps:
    """Along one dimension: positions of the taps (N, P, T) and their weights, as reals."""

    def __init__(self, places: Reals, weights: Reals):
        self.places = places
        self.weights = weights


def linear_taps(x: Reals) -> Taps:
    """The two neighbours of positions (N, P, 1)."""
    base = x.floor()
    ctx, steps = x.ctx, np.array([0.0, 1.0], np.float32)
    places = base + Reals(ctx, ctx.build(steps))
    distance = (places - x).magnitude()
    return Taps(places, distance * -1.0 + 1.0)


def cubic_taps(x: Reals) -> Taps:
    """The four neighbours of positions (N, P, 1), by cubic convolution."""
    ctx = x.ctx
    places = x.floor() + Reals(ctx, ctx.build(np.array([-1.0, 0.0, 1.0, 2.0], np.float32)))
    d = (places - x).magnitude()
    near = (d * (ALPHA + 2) - (ALPHA + 3)) * d * d + 1.0
    far = ((d * ALPHA - 5 * ALPHA) * d + 8 * ALPHA) * d - 4 * ALPHA
    return Taps(places, near.where(d.compared("le", 1.0), far))


def outer(ctx: "Importer", rows: SSAValue, columns: SSAValue, op: type[nn.RingOp]) -> SSAValue:
    """All pairs of the last dimensions of (N, P, A) and (N, P, B), combined, as (N, P, A*B)."""
    n, points, a = shape_of(rows)
    b = shape_of(columns)[-1]
    left = reshape(ctx, rows, (n, points, a, 1))
    right = reshape(ctx, columns, (n, points, 1, b))
    return reshape(ctx, ctx.add(op(left, right)), (n, points, a * b))


def rows_at(ctx: "Importer", x: SSAValue, places: Sequence[Reals]) -> SSAValue:
    """Rows of channels (N, P, T…, C) of an image (N, C, *D) at taps (N, P, T) per dimension."""
    n, channels, *dims = shape_of(x)
    size = math.prod(dims)
    total: SSAValue | None = None
    for d, place in enumerate(places):
        stride = math.prod(dims[d + 1 :])
        whole = ctx.add(nn.CastOp(place.clamped(0, dims[d] - 1).value, i32))
        if stride != 1:
            whole = ctx.add(nn.MulOp(whole, ctx.build(np.array(stride, np.int32))))
        total = whole if total is None else outer(ctx, total, whole, nn.AddOp)
    assert total is not None
    if n > 1:
        start = (np.arange(n, dtype=np.int32) * size).reshape(n, 1, 1)
        total = ctx.add(nn.AddOp(total, ctx.build(start)))
    order = (0, *range(2, 2 + len(dims)), 1)
    table = reshape(ctx, transpose(ctx, x, order), (n * size, channels))
    return ctx.add(nn.GatherOp(table, total, 0))


def weighted(ctx: "Importer", rows: SSAValue, weights: Sequence[Reals]) -> SSAValue:
    """The sums (N, P, C) over the taps of rows (N, P, T…, C)."""
    total = weights[0].value
    for factor in weights[1:]:
        total = outer(ctx, total, factor.value, nn.MulOp)
    n, points, taps, channels = shape_of(rows)
    if taps == 1:
        rows = reshape(ctx, rows, (n, points, channels))
        return ctx.add(nn.MulOp(rows, total))
    left = reshape(ctx, total, (n, points, 1, taps))
    return reshape(ctx, ctx.add(nn.MatmulOp(left, rows)), (n, points, channels))


def sampled(
    ctx: "Importer", x: SSAValue, positions: Sequence[Reals], mode: str, padding: str, align: bool
) -> SSAValue:
    """An image (N, C, *D) at positions (N, P, 1) per dimension: (N, P, C)."""
    dims = shape_of(x)[2:]
    places: list[Reals] = []
    weights: list[Reals] = []
    for size, position in zip(dims, positions, strict=True):
        low, high = (0.0, size - 1.0) if align else (-0.5, size - 0.5)
        if mode == "nearest":
            position = Reals(ctx, ctx.add(nn.RoundOp(position.value)))
        if padding == "border":
            inside = position.inside(low, high)
            position = position.where(inside, position.clamped(0, size - 1))
        elif padding == "reflection":
            position = position.where(position.inside(low, high), mirrored(position, low, high))
        if mode == "nearest":
            ones = Reals(ctx, ctx.build(np.ones((1, 1, 1), np.float32)))
            taps = Taps(position, ones)
        else:
            taps = linear_taps(position) if mode == "linear" else cubic_taps(position)
        if padding == "zeros":
            taps.weights = taps.weights * taps.places.indicator(0, size - 1)
        elif padding == "reflection":
            taps.places = mirrored(taps.places, low, high)
        places.append(taps.places)
        weights.append(taps.weights)
    rows = rows_at(ctx, x, places)
    return weighted(ctx, rows, weights)


MODES = {"bilinear": "linear", "bicubic": "cubic"}
"""Names of modes before opset 20."""


@handler("GridSample", since=16)
def grid_sample(ctx: "Importer", node: Node) -> Result:
    """At positions from -1 to 1 that a grid (N, *out, D) holds, the last dimension first."""
    x, grid = real_operand(ctx, node, 0), real_operand(ctx, node, 1)
    n, channels, *dims = shape_of(x)
    out = shape_of(grid)[1:-1]
    if shape_of(grid)[0] != n or shape_of(grid)[-1] != len(dims):
        raise node.error("its grid does not fit its input")
    align = node.int_("align_corners", 0) != 0
    mode = node.string("mode", "linear")
    mode, padding = MODES.get(mode, mode), node.string("padding_mode", "zeros")
    if mode not in ("nearest", "linear", "cubic"):
        raise node.error(f"mode '{mode}' does not exist")
    if padding not in ("zeros", "border", "reflection"):
        raise node.error(f"padding_mode '{padding}' does not exist")
    points = reshape(ctx, grid, (n, math.prod(out), len(dims)))
    positions: list[Reals] = []
    for d, size in enumerate(dims):
        at = len(dims) - 1 - d
        one = sliced(ctx, points, (0, 0, at), (n, math.prod(out), 1), (1, 1, 1))
        shifted = Reals(ctx, one) + 1.0
        positions.append(
            shifted * ((size - 1) / 2) if align else (shifted * float(size) - 1.0) * 0.5
        )
    result = sampled(ctx, x, positions, mode, padding, align)
    return reshape(ctx, transpose(ctx, result, (0, 2, 1)), (n, channels, *out))


def base_grid(sizes: Sequence[int], align: bool) -> Array:
    """Homogeneous coordinates (P, D + 1) of the points of a grid, the last dimension first."""
    axes: list[Array] = []
    for size in sizes:
        places = np.arange(size, dtype=np.float64)
        if align:
            axes.append(places * (2 / max(size - 1, 1)) - 1)
        else:
            axes.append((2 * places + 1) / size - 1)
    mesh = np.meshgrid(*axes, indexing="ij")
    columns = [m.reshape(-1) for m in reversed(mesh)]
    return np.stack([*columns, np.ones_like(columns[0])], axis=1).astype(np.float32)


@handler("AffineGrid", since=20)
def affine_grid(ctx: "Importer", node: Node) -> Result:
    """The grid that an affine map theta (N, D, D + 1) makes of the points of a constant size."""
    theta = real_operand(ctx, node, 0)
    n, _, *sizes = ctx.integers(node, 1, "size")
    if shape_of(theta) != (n, len(sizes), len(sizes) + 1):
        raise node.error(f"theta has shape {list(shape_of(theta))}, which does not fit its size")
    grid = base_grid(sizes, node.int_("align_corners", 0) != 0)
    points = matmul_real(ctx, theta, np.array(grid.T, order="C")[None], "")
    return reshape(ctx, transpose(ctx, points, (0, 2, 1)), (n, *sizes, len(sizes)))


def _pair(node: Node, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    values = node.ints(name)
    return default if values is None else values


@handler("DeformConv", since=19)
def deform_conv(ctx: "Importer", node: Node) -> Result:
    """A convolution whose taps are moved by offsets, and may be weighted by a mask."""
    x, offsets = real_operand(ctx, node, 0), real_operand(ctx, node, 2)
    weights = real_operand(ctx, node, 1)
    n, channels, height, width = shape_of(x)
    filters, depth, kh, kw = shape_of(weights)
    rows, columns = shape_of(offsets)[2:]
    groups, parts = node.int_("group", 1), node.int_("offset_group", 1)
    (sh, sw), (dh, dw) = _pair(node, "strides", (1, 1)), _pair(node, "dilations", (1, 1))
    top, left, *_ = _pair(node, "pads", (0, 0, 0, 0))
    taps, pixels, each = kh * kw, rows * columns, channels // parts
    # (N, part, tap, 2, pixel); taps and pixels lie where no offset moves them at `start`
    moved = reshape(ctx, offsets, (n, parts, taps, 2, pixels))
    i, j = np.divmod(np.arange(taps), kw)
    r, c = np.divmod(np.arange(pixels), columns)
    starts = [
        (r * sh - top)[None] + (i * dh)[:, None],
        (c * sw - left)[None] + (j * dw)[:, None],
    ]
    found: list[SSAValue] = []
    for part in range(parts):
        positions: list[Reals] = []
        for d in range(2):
            one = sliced(ctx, moved, (0, part, 0, d, 0), (n, 1, taps, 1, pixels), (1,) * 5)
            base = ctx.build(starts[d].astype(np.float32).reshape(1, taps * pixels, 1))
            positions.append(
                Reals(ctx, reshape(ctx, one, (n, taps * pixels, 1))) + Reals(ctx, base)
            )
        image = sliced(ctx, x, (0, part * each, 0, 0), (n, each, height, width), (1,) * 4)
        seen = sampled(ctx, image, positions, "linear", "zeros", True)
        if node.has_input(4):
            mask = reshape(ctx, real_operand(ctx, node, 4), (n, parts, taps * pixels, 1))
            own = sliced(ctx, mask, (0, part, 0, 0), (n, 1, taps * pixels, 1), (1,) * 4)
            seen = ctx.add(nn.MulOp(seen, reshape(ctx, own, (n, taps * pixels, 1))))
        found.append(reshape(ctx, seen, (n, taps, pixels, each)))
    seen = found[0] if parts == 1 else ctx.add(nn.ConcatOp(found, 3))
    # contraction over taps and channels, group by group
    results: list[SSAValue] = []
    for group in range(groups):
        own = sliced(ctx, seen, (0, 0, 0, group * depth), (n, taps, pixels, depth), (1,) * 4)
        left_side = reshape(ctx, transpose(ctx, own, (0, 2, 3, 1)), (n, pixels, depth * taps))
        count = filters // groups
        part = sliced(ctx, weights, (group * count, 0, 0, 0), (count, depth, kh, kw), (1,) * 4)
        right = transpose(ctx, reshape(ctx, part, (count, depth * taps)), (1, 0))
        results.append(matmul_real(ctx, left_side, right, ""))
    total = results[0] if groups == 1 else ctx.add(nn.ConcatOp(results, 2))
    if node.has_input(3):
        total = ctx.add(nn.AddOp(total, real_operand(ctx, node, 3)))
    return reshape(ctx, transpose(ctx, total, (0, 2, 1)), (n, filters, rows, columns))


@handler("RoiAlign", since=10)
def roi_align(ctx: "Importer", node: Node) -> Result:
    """Pools samples of regions (R, 4) that are known at run time, a fixed number per cell."""
    x, rois = real_operand(ctx, node, 0), real_operand(ctx, node, 1)
    dims = shape_of(x)[2:]
    count = shape_of(rois)[0]
    out = node.int_("output_height", 1), node.int_("output_width", 1)
    ratio, scale = node.int_("sampling_ratio", 0), node.float_("spatial_scale", 1.0)
    if ratio < 1:
        raise node.error(
            "sampling_ratio 0, as many samples as a region needs, is not supported; set it to 1 "
            "or more"
        )
    default = "half_pixel" if node.opset >= 16 else "output_half_pixel"
    half = node.string("coordinate_transformation_mode", default) == "half_pixel"
    images = ctx.add(nn.GatherOp(x, ctx.operand(node, 2), 0))
    places: list[Reals] = []
    weights: list[Reals] = []
    for d, size in enumerate(dims):
        column = 1 - d
        first, last = (
            Reals(ctx, sliced(ctx, rois, (0, at), (count, 1), (1, 1))) * scale
            - (0.5 if half else 0.0)
            for at in (column, column + 2)
        )
        span = last - first
        if not half:
            span = Reals(ctx, ctx.add(nn.MaximumOp(span.value, constant_like(ctx, 1.0))))
        cells = np.arange(out[d] * ratio, dtype=np.float32)
        steps = ctx.build(((cells + 0.5) / (ratio * out[d])).astype(np.float32))
        at = first + span * Reals(ctx, steps)
        valid = at.indicator(-1.0, float(size))
        taps = linear_taps(
            Reals(ctx, reshape(ctx, at.clamped(0, size - 1).value, (count, out[d] * ratio, 1)))
        )
        places.append(taps.places)
        weights.append(
            taps.weights * Reals(ctx, reshape(ctx, valid.value, (count, out[d] * ratio, 1)))
        )
    return _pooled(ctx, node, images, places, weights, out, ratio)


def _pooled(
    ctx: "Importer",
    node: Node,
    images: SSAValue,
    places: Sequence[Reals],
    weights: Sequence[Reals],
    out: tuple[int, int],
    ratio: int,
) -> SSAValue:
    """The samples of each cell, averaged, or the largest of their weighted taps."""
    count, channels, *_ = shape_of(images)
    points = out[0] * ratio, out[1] * ratio

    def spread(value: Reals, d: int) -> Reals:
        """Taps of one dimension for all points of the grid of both."""
        shape = [count, 1, 1, 2]
        shape[1 + d] = points[d]
        wide = ctx.add(nn.BroadcastOp(reshape(ctx, value.value, shape), (count, *points, 2)))
        return Reals(ctx, reshape(ctx, wide, (count, points[0] * points[1], 2)))

    rows = rows_at(ctx, images, [spread(p, d) for d, p in enumerate(places)])
    factors = [spread(w, d) for d, w in enumerate(weights)]
    cells = (count, out[0], ratio, out[1], ratio)
    if node.string("mode", "avg") == "avg":
        total = reshape(ctx, weighted(ctx, rows, factors), (*cells, channels))
        pooled = ctx.add(nn.ReduceOp(total, "mean", (2, 4), False))
    else:
        both = outer(ctx, factors[0].value, factors[1].value, nn.MulOp)
        parts = ctx.add(nn.MulOp(rows, reshape(ctx, both, (*shape_of(both), 1))))
        each = reshape(ctx, parts, (*cells, 4, channels))
        pooled = ctx.add(nn.ReduceOp(each, "max", (2, 4, 5), False))
    return transpose(ctx, pooled, (0, 3, 1, 2))
