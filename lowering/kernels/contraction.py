"""Fully connected layers and matrix products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.ir import Operation, SSAValue

from ...dialects import nn
from .builder import Index, strides_of
from .dot import Dot, Operand, accumulators
from .kernel import Kernel, Position, broadcast_strides, head, shape_of
from .scalar import activated, zero_of


@head(nn.FullyConnectedOp)
def fully_connected(kernel: Kernel, op: Operation) -> None:
    """Each output is the bias plus the dot product of a row of x and a row of w."""
    assert isinstance(op, nn.FullyConnectedOp)
    builder = kernel.builder
    x, w, bias = op.operands
    outputs, length = shape_of(w)
    rows = int(np.prod(shape_of(x)[:-1]))
    dot = Dot(
        kernel,
        Operand(x, op.input_zero_point.value.data),
        Operand(w, op.weight_zero_point.value.data),
        kernel.schedule.isa.data,
    )
    pixels, channels = kernel.schedule.register_block

    def over_rows(row: Index, row_count: int) -> None:
        def tile(m: Index, count: int) -> None:
            at = [builder.add(m, c) for c in range(count)]
            accs = accumulators(kernel, bias, at, row_count)
            xs = [builder.mul(builder.add(row, r), length) for r in range(row_count)]
            ws = [builder.mul(c, length) for c in at]
            accs = dot.run(xs, ws, length, length, accs)
            accs = [activated(kernel, op, acc) for acc in accs]
            places = [
                RowPosition(kernel, builder.add(row, r), c, shape_of(op.results[0]))
                for r in range(row_count)
                for c in at
            ]
            kernel.elements(places, op.results[0], accs)

        builder.blocks(outputs, channels, "m", tile)

    builder.blocks(rows, pixels, "row", over_rows)


class RowPosition(Position):
    """A position (row, column) in an output whose leading dimensions are merged into rows.

    An operand that is repeated along some of the leading dimensions needs the row taken apart.
    """

    def __init__(self, kernel: Kernel, row: Index, column: Index, shape: tuple[int, ...]):
        super().__init__(kernel.builder, (row, column), shape)

    def offset(self, shape: tuple[int, ...]) -> Index:
        builder = self.builder
        row, column = self.indices
        *leading, last = broadcast_strides(shape, self.shape)
        extents = self.shape[:-1]
        place = builder.mul(column, last)
        if not any(leading):
            return place
        columns = shape[-1]
        merged = zip(leading, strides_of(extents), extents, strict=True)
        if all(s == columns * r for s, r, extent in merged if extent != 1):
            return builder.linear((row, columns), (place, 1))
        for stride, extent, step in zip(leading, extents, strides_of(extents), strict=True):
            index = builder.remainder(builder.quotient(row, step), extent)
            place = builder.linear((place, 1), (index, stride))
        return place


@head(nn.MatmulOp)
def matmul(kernel: Kernel, op: Operation) -> None:
    """Product of two matrices per (broadcast) batch index."""
    assert isinstance(op, nn.MatmulOp)
    builder = kernel.builder
    a, b = op.operands
    a_shape, b_shape, out = shape_of(a), shape_of(b), shape_of(op.results[0])
    batch = out[:-2]
    a_steps = broadcast_strides(a_shape[:-2], batch)
    b_steps = broadcast_strides(b_shape[:-2], batch)
    rows, inner, columns = out[-2], a_shape[-1], out[-1]
    dot = Dot(
        kernel,
        Operand(a, op.lhs_zero_point.value.data),
        Operand(b, op.rhs_zero_point.value.data),
    )

    def body(indices: list[Index]) -> None:
        *where, row, column = indices
        a_batch = builder.linear(*zip(where, a_steps, strict=True))
        b_batch = builder.linear(*zip(where, b_steps, strict=True))
        a_start = builder.linear((a_batch, rows * inner), (row, inner))
        b_start = builder.linear((b_batch, inner * columns), (column, 1))
        acc = zero_of(kernel, op.results[0])

        def step(k: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
            x_at, w_at = builder.add(a_start, k), builder.linear((b_start, 1), (k, columns))
            return dot.single([x_at], [w_at], carried)

        (acc,) = builder.for_(0, inner, step, [acc], hint="k", carried_hints=["acc"])
        at = Position(builder, indices, out)
        kernel.elements([at], op.results[0], [activated(kernel, op, acc)])

    builder.loops(out, body, [*(f"b{i}" for i in range(len(batch))), "row", "col"])
