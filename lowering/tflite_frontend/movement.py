"""Operators that move elements and compute nothing."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .importer import Result, shape_of
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


@handler("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
def reshape(ctx: "Importer", op: Operator) -> Result:
    """The same elements in another shape, that of the output."""
    x = ctx.value(op, 0)
    shape = _target(ctx, op, shape_of(x))
    if math.prod(shape) != math.prod(shape_of(x)):
        raise op.error(f"{list(shape_of(x))} cannot be seen as {list(shape)}")
    keeps_encoding(ctx, op)
    return ctx.add(nn.ReshapeOp(x, list(shape)))


def _target(ctx: "Importer", op: Operator, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the result, from the options or constants where they are given."""
    if op.kind == "SQUEEZE":
        axes = op.normalize_axes(op.ints("SqueezeDims") or (), len(shape))
        dropped = axes or tuple(a for a, size in enumerate(shape) if size == 1)
        return tuple(size for axis, size in enumerate(shape) if axis not in dropped)
    if op.kind == "EXPAND_DIMS":
        (axis,) = op.normalize_axes(ctx.integers(op, 1, "axis"), len(shape) + 1)
        return (*shape[:axis], 1, *shape[axis:])
    wanted = ctx.integers(op, 1, "shape") if op.has_input(1) else op.ints("NewShape")
    if wanted is None:
        return ctx.output(op).shape
    known = math.prod(size for size in wanted if size != -1)
    if wanted.count(-1) > 1 or (-1 in wanted and (known < 1 or math.prod(shape) % known)):
        raise op.error(f"{list(shape)} cannot be seen as {list(wanted)}")
    return tuple(math.prod(shape) // known if size == -1 else size for size in wanted)


def keeps_encoding(ctx: "Importer", op: Operator, *inputs: int) -> None:
    """Check that what only moves elements keeps what they stand for."""
    for index in inputs or (0,):
        if ctx.is_quantized(ctx.tensor(op, index)):
            ctx.same_encoding(op, index)


@handler("TRANSPOSE")
def transpose(ctx: "Importer", op: Operator) -> Result:
    """Dimension d of the result is dimension permutation[d] of the input."""
    keeps_encoding(ctx, op)
    return ctx.add(nn.TransposeOp(ctx.value(op, 0), ctx.integers(op, 1, "permutation")))


@handler("CONCATENATION")
def concatenation(ctx: "Importer", op: Operator) -> Result:
    """Tensors joined along an axis; integers have the same encoding everywhere."""
    if ctx.activation(op) != (-math.inf, math.inf):
        raise op.error("a fused activation is not supported")
    count = len(op.inputs)
    keeps_encoding(ctx, op, *range(count))
    values = [ctx.value(op, index) for index in range(count)]
    (axis,) = op.normalize_axes([op.int_("Axis")], len(shape_of(values[0])))
    return ctx.add(nn.ConcatOp(values, axis))


@handler("PAD", "PADV2")
def pad(ctx: "Importer", op: Operator) -> Result:
    """Constant padding; integers are padded by what stands for zero."""
    x = ctx.value(op, 0)
    amounts = ctx.array(op, 1, "padding").astype(np.int64).reshape(-1, 2)
    if len(amounts) != len(shape_of(x)) or (amounts < 0).any():
        raise op.error(f"padding by {amounts.tolist()} does not fit {list(shape_of(x))}")
    fill = 0.0
    if op.kind == "PADV2":
        fill = float(ctx.array(op, 2, "fill").reshape(-1)[0])
    elif ctx.is_quantized(ctx.tensor(op, 0)):
        fill = float(ctx.encoding(op, ctx.output(op)).zero_point)
    keeps_encoding(ctx, op)
    pads = [*amounts[:, 0].tolist(), *amounts[:, 1].tolist()]
    return ctx.add(nn.PadOp(x, pads, value=fill))


@handler("MIRROR_PAD")
def mirror_pad(ctx: "Importer", op: Operator) -> Result:
    """Padding by reflection without the border itself."""
    if op.int_("Mode") != 0:
        raise op.error("symmetric padding is not supported")
    amounts = ctx.array(op, 1, "padding").astype(np.int64).reshape(-1, 2)
    keeps_encoding(ctx, op)
    pads = [*amounts[:, 0].tolist(), *amounts[:, 1].tolist()]
    return ctx.add(nn.PadOp(ctx.value(op, 0), pads, mode="reflect"))


def _slice(
    ctx: "Importer",
    x: SSAValue,
    begin: Sequence[int],
    size: Sequence[int],
    stride: Sequence[int] | None = None,
) -> SSAValue:
    return ctx.add(nn.SliceOp(x, begin, size, stride or [1] * len(begin)))


@handler("SLICE")
def slice_(ctx: "Importer", op: Operator) -> Result:
    """`size` elements from `begin` of each dimension; -1 for all that are left."""
    x = ctx.value(op, 0)
    shape = shape_of(x)
    begin, size = ctx.integers(op, 1, "begin"), ctx.integers(op, 2, "size")
    keeps_encoding(ctx, op)
    sizes = [n - b if s == -1 else s for n, b, s in zip(shape, begin, size, strict=True)]
    return _slice(ctx, x, begin, sizes)


@handler("STRIDED_SLICE")
def strided_slice(ctx: "Importer", op: Operator) -> Result:
    """Python's x[begin:end:stride] in each dimension, with masks."""
    x = ctx.value(op, 0)
    shape = shape_of(x)
    begin, end, strides = (
        ctx.integers(op, i, w) for i, w in ((1, "begin"), (2, "end"), (3, "strides"))
    )
    if op.int_("EllipsisMask") or op.int_("NewAxisMask") or op.bool_("Offset"):
        raise op.error("ellipsis, new axes and offsets are not supported")
    if not len(begin) == len(end) == len(strides) <= len(shape):
        raise op.error(f"its limits do not fit {list(shape)}")
    begins, counts, steps = [0] * len(shape), list(shape), [1] * len(shape)
    dropped: list[int] = []
    for axis, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        if op.int_("ShrinkAxisMask") >> axis & 1:
            begins[axis], counts[axis] = first % max(shape[axis], 1), 1
            dropped.append(axis)
            continue
        limits = slice(
            None if op.int_("BeginMask") >> axis & 1 else first,
            None if op.int_("EndMask") >> axis & 1 else last,
            step,
        )
        chosen = range(*limits.indices(shape[axis]))
        begins[axis], counts[axis], steps[axis] = chosen.start, len(chosen), step
    keeps_encoding(ctx, op)
    taken = _slice(ctx, x, begins, counts, steps)
    return ctx.reshape(taken, [n for axis, n in enumerate(counts) if axis not in dropped])


@handler("SPLIT")
def split(ctx: "Importer", op: Operator) -> Result:
    """Equal parts along an axis; inputs are the axis and the tensor."""
    x = ctx.value(op, 1)
    (axis,) = op.normalize_axes(ctx.integers(op, 0, "axis"), len(shape_of(x)))
    count = len(op.outputs)
    if shape_of(x)[axis] % count:
        raise op.error(f"{shape_of(x)[axis]} elements cannot be split in {count}")
    return _parts(ctx, x, axis, [shape_of(x)[axis] // count] * count)


@handler("SPLIT_V")
def split_v(ctx: "Importer", op: Operator) -> Result:
    """Parts of given sizes along an axis; one size may be -1, what is left."""
    x = ctx.value(op, 0)
    (axis,) = op.normalize_axes(ctx.integers(op, 2, "axis"), len(shape_of(x)))
    sizes = list(ctx.integers(op, 1, "sizes"))
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = shape_of(x)[axis] - sum(size for size in sizes if size != -1)
    if sum(sizes) != shape_of(x)[axis] or min(sizes, default=0) < 0:
        raise op.error(f"{shape_of(x)[axis]} elements cannot be split in {sizes}")
    return _parts(ctx, x, axis, sizes)


def _parts(ctx: "Importer", x: SSAValue, axis: int, sizes: Sequence[int]) -> list[SSAValue]:
    results: list[SSAValue] = []
    begin, shape = [0] * len(shape_of(x)), list(shape_of(x))
    for size in sizes:
        shape[axis] = size
        results.append(_slice(ctx, x, begin, shape))
        begin[axis] += size
    return results


@handler("PACK")
def pack(ctx: "Importer", op: Operator) -> Result:
    """Tensors joined along a new axis."""
    count = len(op.inputs)
    keeps_encoding(ctx, op, *range(count))
    values = [ctx.value(op, index) for index in range(count)]
    shape = shape_of(values[0])
    (axis,) = op.normalize_axes([op.int_("Axis")], len(shape) + 1)
    stacked = [ctx.add(nn.ReshapeOp(v, [*shape[:axis], 1, *shape[axis:]])) for v in values]
    return ctx.add(nn.ConcatOp(stacked, axis))


@handler("UNPACK")
def unpack(ctx: "Importer", op: Operator) -> Result:
    """One tensor per index of an axis."""
    x = ctx.value(op, 0)
    shape = shape_of(x)
    (axis,) = op.normalize_axes([op.int_("Axis")], len(shape))
    if shape[axis] != len(op.outputs):
        raise op.error(f"{len(op.outputs)} outputs for {shape[axis]} indices")
    parts = _parts(ctx, x, axis, [1] * shape[axis])
    return [ctx.reshape(part, (*shape[:axis], *shape[axis + 1 :])) for part in parts]


@handler("SHAPE")
def shape(ctx: "Importer", op: Operator) -> Result:
    """The dimensions, which are known."""
    output = ctx.output(op)
    if output.type_name not in ("INT32", "INT64"):
        raise op.error(f"its output is {output.type_name}")
    return ctx.constant(np.array(shape_of(ctx.value(op, 0)), output.dtype))


@handler("GATHER")
def gather(ctx: "Importer", op: Operator) -> Result:
    """Slices along an axis, in the order of indices."""
    x, indices = ctx.value(op, 0), ctx.value(op, 1)
    if op.int_("BatchDims"):
        raise op.error("dimensions of a batch are not supported")
    (axis,) = op.normalize_axes([op.int_("Axis")], len(shape_of(x)))
    keeps_encoding(ctx, op)
    return ctx.add(nn.GatherOp(x, indices, axis))


@handler("ARG_MAX", "ARG_MIN")
def arg_extreme(ctx: "Importer", op: Operator) -> Result:
    """The index of the largest or smallest element along an axis; of equals the first."""
    x, output = ctx.value(op, 0), ctx.output(op)
    (axis,) = op.normalize_axes(ctx.integers(op, 1, "axis"), len(shape_of(x)))
    found = ctx.add(nn.ArgExtremeOp(x, "max" if op.kind == "ARG_MAX" else "min", axis))
    if output.type_name != "INT64":
        found = ctx.add(nn.CastOp(found, ctx.element_type(op, output)))
    kept = [size for a, size in enumerate(shape_of(x)) if a != axis]
    return ctx.add(nn.ReshapeOp(found, kept))


@handler("REVERSE_V2")
def reverse(ctx: "Importer", op: Operator) -> Result:
    """Some axes from the last element to the first."""
    x = ctx.value(op, 0)
    shape = shape_of(x)
    axes = op.normalize_axes(ctx.integers(op, 1, "axes"), len(shape))
    keeps_encoding(ctx, op)
    begin = [n - 1 if axis in axes else 0 for axis, n in enumerate(shape)]
    return _slice(ctx, x, begin, shape, [-1 if a in axes else 1 for a in range(len(shape))])


@handler("BROADCAST_TO")
def broadcast_to(ctx: "Importer", op: Operator) -> Result:
    """The tensor repeated where its dimensions are 1."""
    keeps_encoding(ctx, op)
    return ctx.add(nn.BroadcastOp(ctx.value(op, 0), ctx.integers(op, 1, "shape")))


@handler("FILL")
def fill(ctx: "Importer", op: Operator) -> Result:
    """One value, as often as the first input says."""
    shape, value = ctx.integers(op, 0, "shape"), ctx.value(op, 1)
    if any(size < 1 for size in shape):
        raise op.error(f"its shape is {list(shape)}")
    return ctx.add(nn.BroadcastOp(ctx.reshape(value, [1] * len(shape)), shape))


@handler("ZEROS_LIKE")
def zeros_like(ctx: "Importer", op: Operator) -> Result:
    """Zeros in the shape of the input."""
    output = ctx.output(op)
    if output.type_name not in ("FLOAT32", "INT32", "INT64"):
        raise op.error(f"of elements of {output.type_name} it is not supported")
    return ctx.constant(np.zeros(shape_of(ctx.value(op, 0)), output.dtype))


@handler("TILE")
def tile(ctx: "Importer", op: Operator) -> Result:
    """The tensor repeated along each axis."""
    x = ctx.value(op, 0)
    shape, times = shape_of(x), ctx.integers(op, 1, "multiples")
    if len(times) != len(shape) or min(times, default=1) < 1:
        raise op.error(f"{list(times)} repetitions do not fit {list(shape)}")
    keeps_encoding(ctx, op)
    apart = [size for n in shape for size in (1, n)]
    repeated = [size for n, t in zip(shape, times, strict=True) for size in (t, n)]
    wide = ctx.add(nn.BroadcastOp(ctx.add(nn.ReshapeOp(x, apart)), repeated))
    return ctx.add(nn.ReshapeOp(wide, [n * t for n, t in zip(shape, times, strict=True)]))
