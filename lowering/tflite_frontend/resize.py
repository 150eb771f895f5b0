"""Images of other sizes, by the nearest pixels or weighted between four."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import i8
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from .arithmetic import Rescale, nearest
from .importer import Result, element_type_of, is_real, shape_of
from .model import Array, Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

ONE = 10
"""Weights of integers have so many bits behind the point."""

LARGEST = 1 << 15
"""The longest side: weights and places are computed in 32 bits."""


@handler("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest(ctx: "Importer", op: Operator) -> Result:
    """To other numbers of rows and columns, each taken from the nearest one."""
    x, sizes = _operands(ctx, op)
    found = x
    for axis, size in zip((1, 2), sizes, strict=True):
        found = _take(ctx, found, axis, _nearest(op, shape_of(x)[axis], size))
    return found if found is not x else ctx.add(nn.ReshapeOp(x, list(shape_of(x))))


def _operands(ctx: "Importer", op: Operator) -> tuple[SSAValue, tuple[int, ...]]:
    """The image (N, H, W, C), and the rows and columns of the result."""
    x, sizes = ctx.value(op, 0), ctx.integers(op, 1, "size")
    ends = (*sizes, *shape_of(x))
    if len(shape_of(x)) != 4 or len(sizes) != 2 or min(ends) < 1 or max(ends) > LARGEST:
        raise op.error(f"from {list(shape_of(x))} to {list(sizes)} it is not possible")
    if ctx.is_quantized(ctx.tensor(op, 0)):
        ctx.same_encoding(op)
    return x, sizes


def _take(ctx: "Importer", x: SSAValue, axis: int, places: NDArray[np.int32]) -> SSAValue:
    """Indices along an axis; x itself where these are all of them."""
    if places.tolist() == list(range(shape_of(x)[axis])):
        return x
    return ctx.add(nn.GatherOp(x, ctx.constant(places), axis))


def _nearest(op: Operator, size: int, wanted: int) -> NDArray[np.int32]:
    """GetNearestNeighbor of resize_nearest_neighbor.h for each position of the result."""
    align, half = op.bool_("AlignCorners"), op.bool_("HalfPixelCenters")
    ratio = (size - 1, wanted - 1) if align and wanted > 1 else (size, wanted)
    scale = np.float32(ratio[0]) / np.float32(ratio[1])
    places = (np.arange(wanted, dtype=np.float32) + np.float32(0.5 if half else 0)) * scale
    chosen = nearest(places) if align else np.floor(places)
    return np.clip(chosen, 0, size - 1).astype(np.int32)


@dataclass(frozen=True)
class Between:
    """For each position of the result the two neighbours that it lies between."""

    lower: NDArray[np.int32]
    upper: NDArray[np.int32]
    weights: Array
    """Of the upper neighbour; the lower one has what is left."""


@handler("RESIZE_BILINEAR")
def resize_bilinear(ctx: "Importer", op: Operator) -> Result:
    """To other numbers of rows and columns, weighted between the nearest four pixels.

    Integers have weights of 10 bits for rows and columns each; the sum is rounded once.
    """
    x, sizes = _operands(ctx, op)
    if op.bool_("AlignCorners") and op.bool_("HalfPixelCenters"):
        raise op.error("aligned corners and centers of half a pixel exclude each other")
    real = is_real(x)
    if not real and ctx.tensor(op, 0).type_name != "INT8":
        raise op.error(f"of elements of {ctx.tensor(op, 0).type_name} it is not supported")
    find = _between_reals if real else _between
    rows, columns = (find(op, shape_of(x)[1 + axis], sizes[axis]) for axis in range(2))
    top, bottom = _take(ctx, x, 1, rows.lower), _take(ctx, x, 1, rows.upper)
    corners = [
        (_take(ctx, top, 2, places), _take(ctx, bottom, 2, places))
        for places in (columns.lower, columns.upper)
    ]
    sides = [_weighted(ctx, low, high, rows.weights, 1) for low, high in corners]
    total = _weighted(ctx, sides[0], sides[1], columns.weights, 2)
    if real:
        return total
    shifted = Rescale(np.ones(1, np.int32), np.array([2 * ONE], np.int32), "half_away")
    return ctx.requantize(op, total, shifted, centred=False)


def _weighted(
    ctx: "Importer", low: SSAValue, high: SSAValue, weights: Array, axis: int
) -> SSAValue:
    """The sum of two tensors with weights along an axis."""
    shape = [-1 if axis == other else 1 for other in range(4)]
    one = 1 if weights.dtype == np.float32 else 1 << ONE
    parts: list[SSAValue] = []
    for value, factors in ((low, one - weights), (high, weights)):
        wide = ctx.add(fxp.WidenOp(value)) if element_type_of(value) == i8 else value
        column = np.ascontiguousarray(factors.astype(weights.dtype).reshape(shape))
        parts.append(ctx.add(nn.MulOp(wide, ctx.constant(column))))
    return ctx.add(nn.AddOp(*parts))


def _between(op: Operator, size: int, wanted: int) -> Between:
    """The integer half of ComputeInterpolationValues of resize_bilinear.h."""
    aligned = op.bool_("AlignCorners") and wanted > 1
    over, under = (size - 1, wanted - 1) if aligned else (size, wanted)
    scale = ((over << ONE) + under // 2) // under
    places = np.arange(wanted, dtype=np.int64) * scale
    if op.bool_("HalfPixelCenters"):
        places += scale // 2 - (1 << ONE - 1)
    lower = np.maximum(places >> ONE, 0)
    upper = np.minimum((places + (1 << ONE) - 1) >> ONE, size - 1).clip(0)
    return Between(
        lower.clip(0, size - 1).astype(np.int32),
        upper.astype(np.int32),
        (places - (lower << ONE)).astype(np.int32),
    )


def _between_reals(op: Operator, size: int, wanted: int) -> Between:
    """The real half of ComputeInterpolationValues of resize_bilinear.h."""
    aligned = op.bool_("AlignCorners") and wanted > 1
    over, under = (size - 1, wanted - 1) if aligned else (size, wanted)
    scale = np.float32(over) / np.float32(under)
    places = np.arange(wanted, dtype=np.float32)
    if op.bool_("HalfPixelCenters"):
        places = (places + np.float32(0.5)) * scale - np.float32(0.5)
    else:
        places = places * scale
    lower = np.floor(places).clip(0).astype(np.int32)
    upper = np.ceil(places).clip(0, size - 1).astype(np.int32)
    return Between(lower.clip(0, size - 1), upper, (places - lower).astype(np.float32))
