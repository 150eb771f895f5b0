"""Kernels without a head: element-wise work over the whole output, one flat loop where possible."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation, OpResult, SSAValue

from ...dialects import fxp
from .builder import Index
from .kernel import CollapsedPosition, Kernel, Shape, collapse, shape_of


def operand_shapes(kernel: Kernel, value: SSAValue, found: dict[Shape, None]) -> None:
    """Collect the shapes that one element of `value` reads at, those of parameters included."""
    found[shape_of(value)] = None
    if value in kernel.memory or not isinstance(value, OpResult):
        return
    op: Operation = value.op
    if isinstance(op, fxp.RequantizeOp) and len(op.multiplier) > 1:
        found[(len(op.multiplier),)] = None
    for operand in op.operands:
        operand_shapes(kernel, operand, found)


def emit_elementwise(kernel: Kernel) -> None:
    """Loop over all output elements in memory order."""
    (result,) = kernel.results
    shapes: dict[Shape, None] = {}
    operand_shapes(kernel, result, shapes)
    extents, table = collapse(shape_of(result), list(shapes))
    builder = kernel.builder

    def body(indices: list[Index]) -> None:
        at: Sequence[CollapsedPosition] = [CollapsedPosition(builder, indices, table)]
        kernel.elements(at, None, ())

    builder.loops(extents, body, ("i",) if len(extents) == 1 else ())
