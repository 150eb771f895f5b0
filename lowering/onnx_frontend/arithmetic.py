"""Running sums and products, determinants, reinterpreted bits, optional values."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .data_movement import sliced
from .elementwise import real_operand
from .importer import ELEMENT_TYPES, element_type_of, shape_of
from .layout import reshape
from .model import Node
from .onnx_api import DTYPES, type_name
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def shifted(
    ctx: "Importer", x: SSAValue, axis: int, places: int, backwards: bool, fill: float
) -> SSAValue:
    """Elements moved along an axis, away from where a running sum begins."""
    dims = list(shape_of(x))
    offsets, sizes, pads = [0] * len(dims), list(dims), [0] * (2 * len(dims))
    sizes[axis] -= places
    if sizes[axis] < 1:
        pads[axis], offsets[axis], sizes[axis] = dims[axis], 0, 0
        return ctx.build(np.full(dims, fill, nn.dtype_of(element_type_of(x))))
    offsets[axis] = places if backwards else 0
    pads[axis + (len(dims) if backwards else 0)] = places
    kept = sliced(ctx, x, offsets, sizes, [1] * len(dims))
    return ctx.add(nn.PadOp(kept, pads, value=fill))


def running(ctx: "Importer", node: Node, op: type[nn.RingOp], fill: float) -> SSAValue:
    """All sums (or products) up to each element, by doubling: log2 of the extent many steps."""
    x = ctx.operand(node, 0)
    axis = node.normalize_axes(ctx.integers(node, 1, "axis"), len(shape_of(x)))[0]
    backwards = node.int_("reverse", 0) != 0
    if node.int_("exclusive", 0):
        x = shifted(ctx, x, axis, 1, backwards, fill)
    step = 1
    while step < shape_of(x)[axis]:
        x = ctx.add(op(x, shifted(ctx, x, axis, step, backwards, fill)))
        step *= 2
    return x


@handler("CumProd", since=26)
def cumulative_product(ctx: "Importer", node: Node) -> Result:
    """Products of all elements up to each."""
    return running(ctx, node, nn.MulOp, 1.0)


@handler("Det", since=11)
def determinant(ctx: "Importer", node: Node) -> Result:
    """Of small square matrices (…, n, n), developed along their first rows."""
    x = real_operand(ctx, node, 0)
    *lead, rows, columns = shape_of(x)
    if rows != columns or rows > 4:
        raise node.error(f"matrices of {rows} x {columns} are not supported; 4 x 4 is the largest")

    def entry(i: int, j: int) -> SSAValue:
        offsets = [0] * len(lead) + [i, j]
        one = sliced(ctx, x, offsets, [*lead, 1, 1], [1] * (len(lead) + 2))
        return reshape(ctx, one, lead)

    def minor(row: int, kept: tuple[int, ...]) -> SSAValue:
        if row == rows - 1:
            return entry(row, kept[0])
        total: SSAValue | None = None
        for place, column in enumerate(kept):
            rest = minor(row + 1, tuple(c for c in kept if c != column))
            term = ctx.add(nn.MulOp(entry(row, column), rest))
            op = nn.SubOp if place % 2 else nn.AddOp
            total = term if total is None else ctx.add(op(total, term))
        assert total is not None
        return total

    return minor(0, tuple(range(rows)))


@handler("BitCast", since=26)
def bit_cast(ctx: "Importer", node: Node) -> Result:
    """The same bits as another type of the same width."""
    target = DTYPES.get(node.int_("to", 0))
    if target is None or target not in ELEMENT_TYPES:
        raise node.error(f"element type {type_name(node.int_('to', 0))} is not supported")
    return ctx.add(nn.BitcastOp(ctx.operand(node, 0), ELEMENT_TYPES[target]))


@handler("OptionalHasElement", since=15)
def has_element(ctx: "Importer", node: Node) -> Result:
    """Of a tensor, which is always there, or of nothing."""
    return np.array(node.has_input(0))


@handler("OptionalGetElement", since=15)
def get_element(ctx: "Importer", node: Node) -> Result:
    """The tensor itself."""
    return ctx.raw(node, 0)
