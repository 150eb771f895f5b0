"""Operators that pick or place elements by indices, and constant masks and orders."""

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32, i64
from xdsl.ir import SSAValue

from ...dialects import nn
from .arithmetic import running
from .data_movement import sliced
from .importer import ELEMENT_TYPES, element_type_of, shape_of
from .layout import reshape, transpose
from .logic import compare, like, where
from .model import Array, Node
from .onnx_api import DTYPES, type_name
from .reduction import reduce
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def take(ctx: "Importer", x: SSAValue, indices: Array, axis: int) -> SSAValue:
    """Constant indices along one axis: a slice where they are in equal steps, else nn.gather."""
    dims = shape_of(x)
    flat = [int(i) % dims[axis] for i in indices.reshape(-1)]
    steps = {b - a for a, b in itertools.pairwise(flat)}
    if flat and len(steps) <= 1 and steps != {0}:
        offsets, sizes, strides = [0] * len(dims), list(dims), [1] * len(dims)
        offsets[axis], sizes[axis], strides[axis] = flat[0], len(flat), min(steps, default=1)
        taken = sliced(ctx, x, offsets, sizes, strides)
        return reshape(ctx, taken, (*dims[:axis], *indices.shape, *dims[axis + 1 :]))
    return ctx.add(nn.GatherOp(ctx.plain(x), ctx.build(np.array(indices, np.int64)), axis))


def front(ctx: "Importer", indices: SSAValue, extent: int) -> SSAValue:
    """Indices with negative ones counted from the end, as i64."""
    wide = indices if element_type_of(indices) == i64 else ctx.add(nn.CastOp(indices, i64))
    moved = ctx.add(nn.AddOp(wide, like(ctx, wide, extent)))
    return where(ctx, compare(ctx, "lt", wide, like(ctx, wide, 0)), moved, wide)


def check_indices(node: Node, indices: Array | None, extent: int, axis: int) -> None:
    """Raises NnoptError when constant indices lie outside."""
    if indices is not None and indices.size:
        if not -extent <= int(indices.min()) <= int(indices.max()) < extent:
            raise node.error(f"its indices are outside of axis {axis}, which has size {extent}")


@handler("Gather")
def gather(ctx: "Importer", node: Node) -> Result:
    """Slices along an axis; constant indices in equal steps are a slice."""
    x = ctx.raw(node, 0)
    dims = shape_of(x)
    axis = node.axis("axis", 0, len(dims))
    indices = ctx.try_constant(node, 1)
    check_indices(node, indices, dims[axis], axis)
    if indices is not None and indices.size:
        return take(ctx, x, indices, axis)
    return ctx.add(nn.GatherOp(ctx.plain(x), ctx.operand(node, 1), axis))


def flat_positions(ctx: "Importer", indices: SSAValue, dims: Sequence[int], axis: int) -> SSAValue:
    """For indices along `axis`, shaped like the result, the flat positions in a tensor of dims."""
    shape = shape_of(indices)
    strides = [math.prod(dims[d + 1 :]) for d in range(len(dims))]
    grid = np.zeros(shape, np.int64)
    for d, size in enumerate(shape):
        if d != axis:
            along = [-1 if e == d else 1 for e in range(len(shape))]
            grid = grid + (np.arange(size, dtype=np.int64) * strides[d]).reshape(along)
    scaled = ctx.add(nn.MulOp(front(ctx, indices, dims[axis]), like_i64(ctx, strides[axis])))
    return ctx.add(nn.AddOp(scaled, ctx.build(np.array(grid, order="C"))))


def like_i64(ctx: "Importer", number: int) -> SSAValue:
    """An i64 scalar."""
    return ctx.build(np.array(number, np.int64))


@handler("GatherElements", since=11)
def gather_elements(ctx: "Importer", node: Node) -> Result:
    """One element for each index."""
    x, indices = ctx.operand(node, 0), ctx.operand(node, 1)
    dims = shape_of(x)
    axis = node.axis("axis", 0, len(dims))
    check_indices(node, ctx.try_constant(node, 1), dims[axis], axis)
    return elements_at(ctx, x, indices, axis)


def row_positions(
    ctx: "Importer", indices: SSAValue, dims: Sequence[int], batch: int
) -> tuple[SSAValue, int]:
    """Flat positions of the rows that index tuples (…, K) name, and how long a row is."""
    shape = shape_of(indices)
    depth = shape[-1]
    rest = dims[batch + depth :]
    lead = shape[:-1]
    grid = np.zeros(lead, np.int64)
    for d in range(batch):
        along = [-1 if e == d else 1 for e in range(len(lead))]
        step = math.prod(dims[d + 1 : batch + depth])
        grid = grid + (np.arange(lead[d], dtype=np.int64) * step).reshape(along)
    total = ctx.build(np.array(grid, order="C"))
    for k in range(depth):
        offsets = [0] * (len(shape) - 1) + [k]
        part = ctx.add(nn.SliceOp(indices, offsets, [*lead, 1], [1] * len(shape)))
        extent = dims[batch + k]
        place = front(ctx, reshape(ctx, part, lead), extent)
        step = math.prod(dims[batch + k + 1 : batch + depth])
        total = ctx.add(nn.AddOp(total, ctx.add(nn.MulOp(place, like_i64(ctx, step)))))
    return total, math.prod(rest)


@handler("GatherND", since=11)
def gather_nd(ctx: "Importer", node: Node) -> Result:
    """Rows that tuples of indices name."""
    x, indices = ctx.operand(node, 0), ctx.operand(node, 1)
    dims, batch = shape_of(x), node.int_("batch_dims", 0)
    places, length = row_positions(ctx, indices, dims, batch)
    table = reshape(ctx, x, (math.prod(dims) // max(length, 1), length))
    rest = dims[batch + shape_of(indices)[-1] :]
    return reshape(ctx, ctx.add(nn.GatherOp(table, places, 0)), (*shape_of(places), *rest))


_REDUCTIONS = {"none": "set", "add": "add", "mul": "mul", "max": "max", "min": "min"}


@handler("Scatter", since=9)
@handler("ScatterElements", since=11)
def scatter_elements(ctx: "Importer", node: Node) -> Result:
    """One element for each index."""
    x, indices, updates = (ctx.operand(node, i) for i in range(3))
    dims = shape_of(x)
    axis = node.axis("axis", 0, len(dims))
    kind = _REDUCTIONS[node.string("reduction", "none")]
    places = flat_positions(ctx, indices, dims, axis)
    count = math.prod(shape_of(updates))
    result = ctx.add(
        nn.ScatterOp(
            reshape(ctx, x, (math.prod(dims), 1)),
            reshape(ctx, places, (count,)),
            reshape(ctx, updates, (count, 1)),
            kind,
        )
    )
    return reshape(ctx, result, dims)


@handler("ScatterND", since=11)
def scatter_nd(ctx: "Importer", node: Node) -> Result:
    """Rows that tuples of indices name."""
    x, indices, updates = (ctx.operand(node, i) for i in range(3))
    dims = shape_of(x)
    kind = _REDUCTIONS[node.string("reduction", "none")]
    places, length = row_positions(ctx, indices, dims, 0)
    count = math.prod(shape_of(places))
    result = ctx.add(
        nn.ScatterOp(
            reshape(ctx, x, (math.prod(dims) // max(length, 1), length)),
            reshape(ctx, places, (count,)),
            reshape(ctx, updates, (count, length)),
            kind,
        )
    )
    return reshape(ctx, result, dims)


@handler("ArgMax", "ArgMin")
def arg_extreme(ctx: "Importer", node: Node) -> Result:
    """The index of the extreme element along an axis."""
    x = ctx.operand(node, 0)
    axis = node.axis("axis", 0, len(shape_of(x)))
    last = node.int_("select_last_index", 0) != 0
    result = ctx.add(nn.ArgExtremeOp(x, node.op_type[3:].lower(), axis, last))
    if node.int_("keepdims", 1):
        return result
    return reshape(ctx, result, [d for i, d in enumerate(shape_of(result)) if i != axis])


def elements_at(ctx: "Importer", x: SSAValue, indices: SSAValue, axis: int) -> SSAValue:
    """One element of x for each index along an axis."""
    dims = shape_of(x)
    places = flat_positions(ctx, indices, dims, axis)
    return ctx.add(nn.GatherOp(reshape(ctx, x, (math.prod(dims),)), places, 0))


def _top_k(ctx: "Importer", node: Node, k: int) -> Result:
    x = ctx.operand(node, 0)
    axis = node.axis("axis", -1, len(shape_of(x)))
    if not 0 < k <= shape_of(x)[axis]:
        raise node.error(f"it takes {k} of axis {axis}, which has size {shape_of(x)[axis]}")
    kind = "max" if node.int_("largest", 1) else "min"
    indices = ctx.add(nn.TopKOp(x, kind, axis, k))
    return [elements_at(ctx, x, indices, axis), indices]


@handler("TopK")
def top_k_attribute(ctx: "Importer", node: Node) -> Result:
    """The number is an attribute."""
    return _top_k(ctx, node, node.int_("k", 0))


@handler("TopK", since=10)
def top_k(ctx: "Importer", node: Node) -> Result:
    """The extreme elements along an axis in order, and their indices."""
    return _top_k(ctx, node, int(ctx.scalar(node, 1, "number")))


@handler("Hardmax")
@handler("Hardmax", since=13)
def hardmax(ctx: "Importer", node: Node) -> Result:
    """1 at the first of the largest elements along an axis, else 0."""
    x = ctx.operand(node, 0)
    dims = shape_of(x)
    flattened = node.opset < 13
    axis = node.axis("axis", 1 if flattened else -1, len(dims))
    if flattened:
        x = reshape(ctx, x, (math.prod(dims[:axis]), math.prod(dims[axis:])))
        axis = 1
    best = ctx.add(nn.ArgExtremeOp(x, "max", axis))
    along = [-1 if d == axis else 1 for d in range(len(shape_of(x)))]
    order = ctx.build(np.arange(shape_of(x)[axis], dtype=np.int64).reshape(along))
    result = where(ctx, compare(ctx, "eq", best, order), like(ctx, x, 1), like(ctx, x, 0))
    return reshape(ctx, result, dims)


@handler("OneHot", since=9)
def one_hot(ctx: "Importer", node: Node) -> Result:
    """The on value at each index along a new axis, the off value elsewhere."""
    indices, values = ctx.operand(node, 0), ctx.operand(node, 2)
    depth = int(ctx.scalar(node, 1, "depth"))
    dims = shape_of(indices)
    if element_type_of(indices) != i64:
        indices = ctx.add(nn.CastOp(indices, i64))
    axis = node.axis("axis", -1, len(dims) + 1)
    places = reshape(ctx, front(ctx, indices, depth), (*dims[:axis], 1, *dims[axis:]))
    along = [-1 if d == axis else 1 for d in range(len(dims) + 1)]
    order = ctx.build(np.arange(depth, dtype=np.int64).reshape(along))
    off, on = (reshape(ctx, sliced(ctx, values, [i], [1], [1]), ()) for i in range(2))
    return where(ctx, compare(ctx, "eq", places, order), on, off)


@handler("Compress", since=9)
def compress(ctx: "Importer", node: Node) -> Result:
    """What a constant condition selects."""
    x = ctx.operand(node, 0)
    chosen = np.flatnonzero(ctx.constant(node, 1, "condition"))
    if not chosen.size:
        raise node.error("it selects nothing")
    if not node.has("axis"):
        return take(ctx, reshape(ctx, x, (math.prod(shape_of(x)),)), chosen, 0)
    return take(ctx, x, chosen, node.axis("axis", 0, len(shape_of(x))))


@handler("Trilu", since=14)
def trilu(ctx: "Importer", node: Node) -> Result:
    """The upper or lower triangle of matrices, zero elsewhere."""
    x = ctx.operand(node, 0)
    k = int(ctx.scalar(node, 1, "diagonal")) if node.has_input(1) else 0
    rows, columns = shape_of(x)[-2:]
    ones = np.ones((rows, columns), np.bool_)
    kept = np.triu(ones, k) if node.int_("upper", 1) else np.tril(ones, k)
    return where(ctx, ctx.build(kept), x, like(ctx, x, 0))


@handler("EyeLike", since=9)
def eye_like(ctx: "Importer", node: Node) -> Result:
    """Ones on a diagonal."""
    rows, columns = ctx.shape(node, 0)
    target = node.int_("dtype", 0)
    dtype = DTYPES.get(target) if target else None
    if target and (dtype is None or dtype not in ELEMENT_TYPES):
        raise node.error(f"element type {type_name(target)} is not supported")
    given = nn.dtype_of(element_type_of(ctx.operand(node, 0)))
    return np.eye(rows, columns, node.int_("k", 0), dtype=dtype or given)


@handler("Tile", since=6)
def tile(ctx: "Importer", node: Node) -> Result:
    """Repeated along each axis."""
    x = ctx.raw(node, 0)
    dims = shape_of(x)
    times = ctx.integers(node, 1, "repeats")
    if len(times) != len(dims) or any(t < 1 for t in times):
        raise node.error(f"it repeats a tensor of {len(dims)} dimensions {list(times)} times")
    x = reshape(ctx, ctx.plain(x), [e for d in dims for e in (1, d)])
    wide = [e for t, d in zip(times, dims, strict=True) for e in (t, d)]
    if tuple(wide) != shape_of(x):
        x = ctx.add(nn.BroadcastOp(x, wide))
    return reshape(ctx, x, [t * d for t, d in zip(times, dims, strict=True)])


@handler("DepthToSpace")
def depth_to_space(ctx: "Importer", node: Node) -> Result:
    """Channels become blocks of pixels."""
    x, b = ctx.raw(node, 0), node.int_("blocksize", 1)
    n, c, h, w = shape_of(x)
    depth = c // (b * b)
    if node.string("mode", "DCR") == "CRD":
        x = transpose(ctx, reshape(ctx, x, (n, depth, b, b, h, w)), (0, 1, 4, 2, 5, 3))
    else:
        x = transpose(ctx, reshape(ctx, x, (n, b, b, depth, h, w)), (0, 3, 4, 1, 5, 2))
    return reshape(ctx, x, (n, depth, h * b, w * b))


@handler("SpaceToDepth")
def space_to_depth(ctx: "Importer", node: Node) -> Result:
    """Blocks of pixels become channels."""
    x, b = ctx.raw(node, 0), node.int_("blocksize", 1)
    n, c, h, w = shape_of(x)
    order = (0, 1, 3, 5, 2, 4) if node.string("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4)
    x = transpose(ctx, reshape(ctx, x, (n, c, h // b, b, w // b, b)), order)
    return reshape(ctx, x, (n, c * b * b, h // b, w // b))


@handler("ReverseSequence", since=10)
def reverse_sequence(ctx: "Importer", node: Node) -> Result:
    """The first elements of each sequence in reverse order."""
    x, lengths = ctx.operand(node, 0), ctx.operand(node, 1)
    dims = shape_of(x)
    batch, time = node.int_("batch_axis", 1), node.int_("time_axis", 0)
    along = [-1 if d == time else 1 for d in range(len(dims))]
    order = ctx.build(np.arange(dims[time], dtype=np.int64).reshape(along))
    sizes = reshape(ctx, lengths, [dims[batch] if d == batch else 1 for d in range(len(dims))])
    back = ctx.add(nn.SubOp(ctx.add(nn.SubOp(sizes, like_i64(ctx, 1))), order))
    inside = compare(ctx, "lt", order, sizes)
    places = where(ctx, inside, back, order)
    if shape_of(places) != dims:
        places = ctx.add(nn.BroadcastOp(places, dims))
    flat = flat_positions(ctx, places, dims, time)
    return ctx.add(nn.GatherOp(reshape(ctx, x, (math.prod(dims),)), flat, 0))


@handler("CumSum", since=11)
def cumulative_sum(ctx: "Importer", node: Node) -> Result:
    """Sums of all elements up to each: a product with a triangular matrix of ones."""
    x = ctx.operand(node, 0)
    dims = shape_of(x)
    if element_type_of(x) != f32:
        return running(ctx, node, nn.AddOp, 0.0)
    axis = node.normalize_axes(ctx.integers(node, 1, "axis"), len(dims))[0]
    size = dims[axis]
    upper = np.triu(np.ones((size, size), np.float32), node.int_("exclusive", 0))
    matrix = np.array(upper.T if node.int_("reverse", 0) else upper, order="C")
    order = [d for d in range(len(dims)) if d != axis] + [axis]
    rows = reshape(ctx, transpose(ctx, x, order), (math.prod(dims) // size, size))
    summed = ctx.add(nn.MatmulOp(rows, ctx.build(matrix)))
    moved = reshape(ctx, summed, [dims[d] for d in order])
    return transpose(ctx, moved, [order.index(d) for d in range(len(dims))])


@handler("Einsum", since=12)
def einsum(ctx: "Importer", node: Node) -> Result:
    """Products of broadcast operands, summed over the letters that the result does not have."""
    equation = node.string("equation", "").replace(" ", "")
    left, _, right = equation.partition("->")
    terms = left.split(",")
    letters = sorted({c for c in left if c.isalpha()})
    if "..." in equation or any(len(set(t)) != len(t) for t in terms):
        raise node.error(f"equation '{equation}' is not supported")
    if "->" not in equation:
        right = "".join(c for c in letters if left.count(c) == 1)
    order = [*right, *(c for c in letters if c not in right)]
    product: SSAValue | None = None
    for index, term in enumerate(terms):
        x = ctx.operand(node, index)
        sizes = dict(zip(term, shape_of(x), strict=True))
        present = [c for c in order if c in term]
        x = transpose(ctx, x, [term.index(c) for c in present])
        x = reshape(ctx, x, [sizes.get(c, 1) for c in order])
        product = x if product is None else ctx.add(nn.MulOp(product, x))
    assert product is not None
    gone = tuple(range(len(right), len(order)))
    return reduce(ctx, product, "sum", gone, keepdims=False)
