"""Kernels without a head: element-wise work over the whole output, one flat loop where possible."""

from __future__ import annotations

from xdsl.ir import Operation, OpResult, SSAValue

from ...dialects import fxp, vpool
from .builder import Index
from .kernel import CollapsedPosition, Kernel, Shape, collapse, shape_of
from .sums import emit_sum


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
    if emit_sum(kernel):
        return
    shapes: dict[Shape, None] = {}
    operand_shapes(kernel, result, shapes)
    extents, table = collapse(shape_of(result), list(shapes))
    builder = kernel.builder
    *outer, inner = extents or (1,)
    together = block_of(kernel, inner)

    def body(indices: list[Index]) -> None:
        def elements(i: Index, count: int) -> None:
            places = [[*indices, builder.add(i, k)] for k in range(count)]
            at = [CollapsedPosition(builder, p if extents else [], table) for p in places]
            kernel.elements(at, None, ())

        builder.blocks(inner, together, f"i{len(outer)}" if outer else "i", elements)

    builder.loops(outer, body)


def block_of(kernel: Kernel, extent: int) -> int:
    """How many elements a pass of the innermost loop computes: four, where the schedule is for a
    processor that loads and stores faster in groups.
    """
    return 4 if kernel.schedule.isa.data in vpool.WITH_DSP and extent >= 8 else 1
