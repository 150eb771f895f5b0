"""Operators that move elements or make constants, without arithmetic."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .evaluate import check_size
from .importer import ELEMENT_TYPES, EmptyTensor, element_type_of, is_real, shape_of
from .layout import reshape, reshaped, transposed
from .model import Array, Node
from .onnx_api import DTYPES, type_name
from .registry import handler
from .values import QuantizedConstant, Result, Unknown, Value

if TYPE_CHECKING:
    from .importer import Importer


@handler("Identity")
def identity(ctx: "Importer", node: Node) -> Result:
    """The input."""
    return moved(ctx.value(node, 0))


def moved(value: Value) -> Array | QuantizedConstant | SSAValue:
    """A value that is known: handlers are not called for others."""
    if isinstance(value, Unknown):
        raise TypeError("the value is unknown")
    return value


def _reshaped(ctx: "Importer", node: Node, shape: Sequence[int]) -> Result:
    value = ctx.value(node, 0)
    value = ctx.raw(node, 0) if isinstance(value, SSAValue) else value
    return moved(reshaped(ctx, value, shape, node.inputs[0]))


@handler("Dropout")
def dropout(ctx: "Importer", node: Node) -> Result:
    """The input: networks are imported for inference. The mask is not computed."""
    if node.has_input(2):
        training = ctx.constant(node, 2, "training_mode")
        ratio = ctx.scalar(node, 1, "ratio") if node.has_input(1) else 0.5
        if training.any() and ratio != 0:
            raise node.error(
                "it drops elements at random in training_mode, which is not supported",
                "export the model for inference",
            )
    x = ctx.raw(node, 0)
    return [x, np.ones(shape_of(x), np.bool_)] if node.has_output(1) else x


@handler("Constant")
def constant(ctx: "Importer", node: Node) -> Result:
    """One of the attributes that hold a value."""
    for name in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        value = node.attributes.get(name)
        if value is None:
            continue
        if isinstance(value, np.ndarray):
            return value
        return np.array(value, np.float32 if "float" in name else np.int64)
    raise node.error(
        "its value is of a kind that is not supported", "only numeric dense tensors are"
    )


@handler("Shape")
def shape(ctx: "Importer", node: Node) -> Result:
    """The dimensions, which are always known."""
    dims = ctx.shape(node, 0)
    start, end = node.int_("start", 0), node.int_("end", len(dims))
    return np.array(dims[start:end], np.int64)


@handler("Size")
def size(ctx: "Importer", node: Node) -> Result:
    """The number of elements, which is always known."""
    return np.array(math.prod(ctx.shape(node, 0)), np.int64)


@handler("Cast", since=6)
def cast(ctx: "Importer", node: Node) -> Result:
    """Between the element types that exist at run time."""
    target = node.int_("to", 0)
    dtype = DTYPES.get(target)
    if dtype is None or dtype not in ELEMENT_TYPES:
        raise node.error(
            f"it casts to {type_name(target)}, which is not supported", "cast to float32"
        )
    x = ctx.operand(node, 0)
    element = ELEMENT_TYPES[dtype]
    return x if element_type_of(x) == element else ctx.add(nn.CastOp(x, element))


@handler("CastLike", since=15)
def cast_like(ctx: "Importer", node: Node) -> Result:
    """To the element type of the second input."""
    other = ctx.value(node, 1)
    element = ELEMENT_TYPES.get(other.dtype) if isinstance(other, np.ndarray) else None
    element = element or element_type_of(ctx.operand(node, 1))
    value = ctx.value(node, 0)
    if isinstance(value, np.ndarray):
        return value.astype(nn.dtype_of(element))
    x = ctx.operand(node, 0)
    return x if element_type_of(x) == element else ctx.add(nn.CastOp(x, element))


@handler("Reshape", since=5)
def reshape_handler(ctx: "Importer", node: Node) -> Result:
    """The shape may hold one -1 (what remains) and zeros (the input's dimension, unless
    allowzero).
    """
    old = ctx.shape(node, 0)
    new = list(ctx.integers(node, 1, "shape"))
    if not node.int_("allowzero", 0):
        for i, d in enumerate(new):
            if d == 0 and i >= len(old):
                raise node.error(
                    f"its shape {new} copies dimension {i}, which the input does not have"
                )
            new[i] = old[i] if d == 0 else d
    if new.count(-1) > 1 or any(d < -1 for d in new):
        raise node.error(f"its shape {new} cannot be resolved")
    if -1 in new:
        known = math.prod(d for d in new if d != -1)
        if known == 0 or math.prod(old) % known:
            raise node.error(f"a tensor of shape {list(old)} cannot be reshaped to {new}")
        new[new.index(-1)] = math.prod(old) // known
    if math.prod(new) != math.prod(old):
        raise node.error(f"a tensor of shape {list(old)} cannot be reshaped to {new}")
    return _reshaped(ctx, node, new)


@handler("Flatten")
def flatten(ctx: "Importer", node: Node) -> Result:
    """To a matrix: the dimensions before `axis`, and those from it on."""
    dims = ctx.shape(node, 0)
    axis = node.int_("axis", 1)
    if not -len(dims) <= axis <= len(dims):
        raise node.error(f"axis {axis} is outside of a tensor of {len(dims)} dimensions")
    axis = axis + len(dims) if axis < 0 else axis
    return _reshaped(ctx, node, (math.prod(dims[:axis]), math.prod(dims[axis:])))


@handler("Squeeze")
def squeeze_attribute(ctx: "Importer", node: Node) -> Result:
    """The axes are an attribute."""
    return _squeezed(ctx, node, node.ints("axes"))


@handler("Squeeze", since=13)
def squeeze(ctx: "Importer", node: Node) -> Result:
    """The axes are an optional input."""
    return _squeezed(ctx, node, ctx.integers(node, 1, "axes") if node.has_input(1) else None)


def _squeezed(ctx: "Importer", node: Node, axes: tuple[int, ...] | None) -> Result:
    dims = ctx.shape(node, 0)
    if axes is None:
        return _reshaped(ctx, node, [d for d in dims if d != 1])
    gone = node.normalize_axes(axes, len(dims))
    if any(dims[a] != 1 for a in gone):
        raise node.error(f"axes {list(axes)} of shape {list(dims)} are not all of size 1")
    return _reshaped(ctx, node, [d for i, d in enumerate(dims) if i not in gone])


@handler("Unsqueeze")
def unsqueeze_attribute(ctx: "Importer", node: Node) -> Result:
    """The axes are an attribute."""
    return _unsqueezed(ctx, node, node.ints("axes") or ())


@handler("Unsqueeze", since=13)
def unsqueeze(ctx: "Importer", node: Node) -> Result:
    """The axes are an input."""
    return _unsqueezed(ctx, node, ctx.integers(node, 1, "axes"))


def _unsqueezed(ctx: "Importer", node: Node, axes: tuple[int, ...]) -> Result:
    dims = list(ctx.shape(node, 0))
    for axis in sorted(node.normalize_axes(axes, len(dims) + len(axes))):
        dims.insert(axis, 1)
    return _reshaped(ctx, node, dims)


@handler("Transpose")
def transpose_handler(ctx: "Importer", node: Node) -> Result:
    """Reverses the axes when no permutation is given."""
    rank = len(ctx.shape(node, 0))
    permutation = node.ints("perm") or tuple(reversed(range(rank)))
    if sorted(permutation) != list(range(rank)):
        raise node.error(f"perm {list(permutation)} is no permutation of {rank} axes")
    value = ctx.value(node, 0)
    value = ctx.raw(node, 0) if isinstance(value, SSAValue) else value
    return moved(transposed(ctx, value, permutation))


@handler("Concat", since=4)
def concat(ctx: "Importer", node: Node) -> Result:
    """Tensors of one encoding stay encoded; of several they are joined as plain integers."""
    values = [ctx.value(node, i) for i in range(len(node.inputs))]
    empty = [isinstance(v, np.ndarray) and not v.size for v in values]
    parts = [ctx.raw(node, i) for i in range(len(node.inputs)) if not empty[i]]
    if len({element_type_of(part) for part in parts}) > 1:
        parts = [ctx.plain(part) for part in parts]
    axis = node.axis("axis", 0, len(shape_of(parts[0])))
    return parts[0] if len(parts) == 1 else ctx.add(nn.ConcatOp(parts, axis))


@handler("Expand", since=8)
def expand(ctx: "Importer", node: Node) -> Result:
    """Broadcasting as numpy does it of the input with a shape."""
    x = ctx.raw(node, 0)
    wanted = ctx.integers(node, 1, "shape")
    try:
        shape = np.broadcast_shapes(shape_of(x), wanted)
    except ValueError as error:
        raise node.error(
            f"a tensor of shape {list(shape_of(x))} cannot be expanded to {list(wanted)}"
        ) from error
    check_size(node, shape)
    return x if shape == shape_of(x) else ctx.add(nn.BroadcastOp(x, shape))


def _pad_value(ctx: "Importer", node: Node) -> float:
    return ctx.scalar(node, 2, "value") if node.has_input(2) else 0.0


def _padded(ctx: "Importer", node: Node, amounts: Sequence[int], value: float) -> SSAValue:
    """nn.pad and, for negative amounts, nn.slice. `amounts`: begin of each axis, then end of
    each.
    """
    mode = node.string("mode", "constant")
    if mode == "wrap" and len(amounts) == 2 * len(ctx.shape(node, 0)):
        return _wrapped(ctx, ctx.operand(node, 0), amounts)
    if mode not in ("constant", "reflect", "edge"):
        raise node.error(f"mode '{mode}' is not supported", "use constant, reflect, edge or wrap")
    x = ctx.operand(node, 0)
    dims = shape_of(x)
    rank = len(dims)
    if len(amounts) != 2 * rank:
        raise node.error(f"it has {len(amounts)} amounts for a tensor of {rank} dimensions")
    check_size(
        node,
        tuple(
            d + max(b, 0) + max(e, 0)
            for d, b, e in zip(dims, amounts, amounts[rank:], strict=False)
        ),
    )
    if any(a > 0 for a in amounts):
        if not is_real(x) and value != round(value):
            raise node.error(f"{value} is no value of an integer tensor")
        x = ctx.add(nn.PadOp(x, [max(a, 0) for a in amounts], value=value, mode=mode))
    if any(a < 0 for a in amounts):
        begins = [max(-a, 0) for a in amounts[:rank]]
        ends = [max(-a, 0) for a in amounts[rank:]]
        sizes = [d - b - e for d, b, e in zip(shape_of(x), begins, ends, strict=True)]
        x = ctx.add(nn.SliceOp(x, begins, sizes, [1] * rank))
    return x


@handler("Pad", since=2)
def pad_attributes(ctx: "Importer", node: Node) -> Result:
    """Amounts and value are attributes."""
    return _padded(ctx, node, node.ints("pads") or (), node.float_("value", 0.0))


@handler("Pad", since=11)
def pad(ctx: "Importer", node: Node) -> Result:
    """Inputs: data, pads, optional value, optional axes (all of them when left out)."""
    rank = len(ctx.shape(node, 0))
    given = ctx.integers(node, 1, "pads")
    axes = tuple(range(rank))
    if node.has_input(3):
        axes = node.normalize_axes(ctx.integers(node, 3, "axes"), rank)
    if len(given) != 2 * len(axes):
        raise node.error(f"it has {len(given)} amounts for {len(axes)} axes")
    amounts = [0] * (2 * rank)
    for i, axis in enumerate(axes):
        amounts[axis], amounts[rank + axis] = given[i], given[len(axes) + i]
    if node.has_input(2) and ctx.try_constant(node, 2) is None:
        return _padded_by_value(ctx, node, amounts)
    return _padded(ctx, node, amounts, _pad_value(ctx, node))


def _padded_by_value(ctx: "Importer", node: Node, amounts: Sequence[int]) -> SSAValue:
    """Padding with a value that is known only at run time: chosen by a constant mask."""
    x = _padded(ctx, node, amounts, 0.0)
    rank = len(shape_of(x))
    inside = np.zeros(shape_of(x), np.bool_)
    inside[
        tuple(
            slice(max(amounts[d], 0), size - max(amounts[rank + d], 0))
            for d, size in enumerate(shape_of(x))
        )
    ] = True
    value = reshape(ctx, ctx.operand(node, 2), ())
    return ctx.add(nn.WhereOp(ctx.build(inside), x, value))


def _wrapped(ctx: "Importer", x: SSAValue, amounts: Sequence[int]) -> SSAValue:
    """The tensor continued periodically: slices of it joined."""
    rank = len(shape_of(x))
    for d in range(rank):
        before, after, size = amounts[d], amounts[rank + d], shape_of(x)[d]
        if before < 0 or after < 0 or max(before, after) > size:
            raise ValueError("mode wrap needs amounts from 0 to the size of the axis")
        pieces = [(size - before, before), (0, size), (0, after)]
        parts: list[SSAValue] = []
        for start, count in pieces:
            if count:
                offsets, sizes = [0] * rank, list(shape_of(x))
                offsets[d], sizes[d] = start, count
                parts.append(sliced(ctx, x, offsets, sizes, [1] * rank))
        x = parts[0] if len(parts) == 1 else ctx.add(nn.ConcatOp(parts, d))
    return x


def sliced(
    ctx: "Importer",
    x: SSAValue,
    offsets: Sequence[int],
    sizes: Sequence[int],
    strides: Sequence[int],
) -> SSAValue:
    """nn.slice, left out when it takes everything. A tensor quantized along an axis loses its
    encoding.
    """
    if tuple(sizes) == shape_of(x) and all(s == 1 for s in strides):
        return x
    return ctx.add(nn.SliceOp(x, offsets, sizes, strides))


def _slice(
    ctx: "Importer",
    node: Node,
    starts: Sequence[int],
    ends: Sequence[int],
    axes: Sequence[int] | None,
    steps: Sequence[int] | None,
) -> SSAValue:
    x = ctx.raw(node, 0)
    dims = shape_of(x)
    used = node.normalize_axes(tuple(axes if axes is not None else range(len(starts))), len(dims))
    steps = steps if steps is not None else [1] * len(starts)
    if not len(starts) == len(ends) == len(used) == len(steps):
        raise node.error("starts, ends, axes and steps do not have the same length")
    offsets, sizes, strides = [0] * len(dims), list(dims), [1] * len(dims)
    for start, end, axis, step in zip(starts, ends, used, steps, strict=True):
        if step == 0:
            raise node.error("step 0 is not possible")
        taken = range(*slice(start, end, step).indices(dims[axis]))
        if not taken:
            raise EmptyTensor(f"it takes nothing of axis {axis}, which has size {dims[axis]}")
        offsets[axis], sizes[axis], strides[axis] = taken.start, len(taken), step
    return sliced(ctx, x, offsets, sizes, strides)


@handler("Slice")
def slice_attributes(ctx: "Importer", node: Node) -> Result:
    """Starts, ends and axes are attributes."""
    return _slice(
        ctx, node, node.ints("starts") or (), node.ints("ends") or (), node.ints("axes"), None
    )


@handler("Slice", since=10)
def slice_handler(ctx: "Importer", node: Node) -> Result:
    """Inputs: data, starts, ends, optional axes, optional steps."""
    axes = ctx.integers(node, 3, "axes") if node.has_input(3) else None
    steps = ctx.integers(node, 4, "steps") if node.has_input(4) else None
    return _slice(
        ctx, node, ctx.integers(node, 1, "starts"), ctx.integers(node, 2, "ends"), axes, steps
    )


def _split(ctx: "Importer", node: Node, sizes: Sequence[int] | None) -> Result:
    x = ctx.raw(node, 0)
    dims = shape_of(x)
    axis = node.axis("axis", 0, len(dims))
    if sizes is None:
        parts = node.int_("num_outputs", len(node.outputs))
        if parts != len(node.outputs):
            raise node.error(f"it has {len(node.outputs)} outputs, but num_outputs is {parts}")
        each = -(-dims[axis] // max(parts, 1))
        sizes = [min(each, dims[axis] - i * each) for i in range(parts)]
    if sum(sizes) != dims[axis] or any(s < 0 for s in sizes):
        raise node.error(f"axis {axis} of size {dims[axis]} cannot be split into {list(sizes)}")
    results: list[Array | SSAValue] = []
    offset = 0
    for part in sizes:
        if not part:
            shape = (*dims[:axis], 0, *dims[axis + 1 :])
            results.append(np.zeros(shape, nn.dtype_of(element_type_of(ctx.plain(x)))))
            continue
        offsets, lengths = [0] * len(dims), list(dims)
        offsets[axis], lengths[axis] = offset, part
        results.append(sliced(ctx, x, offsets, lengths, [1] * len(dims)))
        offset += part
    return results


@handler("Split", since=2)
def split_attribute(ctx: "Importer", node: Node) -> Result:
    """The sizes are an attribute; equal parts when left out."""
    return _split(ctx, node, node.ints("split"))


@handler("Split", since=13)
def split(ctx: "Importer", node: Node) -> Result:
    """The sizes are an optional input; equal parts when left out."""
    return _split(ctx, node, ctx.integers(node, 1, "sizes") if node.has_input(1) else None)
