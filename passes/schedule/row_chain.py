"""The chain of rows that a fused kernel runs: from its region to `rows.py`."""

from __future__ import annotations

from dataclasses import replace

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.hints import isa

from ...dialects import nn, packing, vpool
from ..analysis.cost import body_ops, is_elementwise, shape_of
from ..memory.access import Slide
from .lanes import Plan, best_plan
from .planes import Planes
from .rows import RowChain
from .variants import planes_of_op, row_window_of

Kernel = vpool.KernelOp | vpool.LaunchOp

ROWS = "rows"
"""The algorithm of fused kernels."""


def is_fused(kernel: Kernel) -> bool:
    """Whether a kernel has several stages."""
    return kernel.schedule is not None and kernel.schedule.algorithm.data == ROWS


def heads_of(kernel: Kernel) -> list[nn.Conv2dOp]:
    """The stages of a fused kernel."""
    ops = [op for op in body_ops(kernel) if not is_elementwise(op)]
    return [op for op in ops if isinstance(op, nn.Conv2dOp)]


def rows_of(op: nn.Conv2dOp) -> Slide:
    """The window of a convolution along the rows."""
    image, output = shape_of(op.operands[0]), shape_of(op.result)
    kernel, strides, pads, dilations = op.window()
    return Slide(image[1], output[1], kernel[0], strides[0], pads[0], dilations[0])


def chain_of(kernel: Kernel) -> RowChain:
    """The windows of a fused kernel along the rows."""
    return RowChain(tuple(rows_of(op) for op in heads_of(kernel)))


def stage_values(kernel: Kernel) -> list[SSAValue]:
    """What each stage but the last gives to the next one: the images of the later heads."""
    return [op.operands[0] for op in heads_of(kernel)[1:]]


def layout_of(op: nn.Conv2dOp) -> str | None:
    """How the weights of a stage are packed: it runs with that algorithm, row by row."""
    owner = op.operands[1].owner
    return owner.layout.data if isinstance(owner, vpool.UnpackOp) else None


def row_planes(op: nn.Conv2dOp) -> Planes:
    """How a depthwise stage runs with `planes`: a row of outputs is a band."""
    return replace(planes_of_op(op), most_rows=1)


def row_plan(op: nn.Conv2dOp) -> Plan:
    """How a dense stage runs with `lanes`."""
    return best_plan(row_window_of(op))


def lanes_of(kernel: Kernel) -> list[int]:
    """Bytes of scratch memory that each stage needs besides its ring."""
    found: list[int] = []
    for op in heads_of(kernel) if is_fused(kernel) else ():
        layout = layout_of(op)
        plan = row_planes(op) if layout == packing.PLANES else row_plan(op)
        found.append(0 if layout is None else plan.scratch_bytes)
    return found


def rings_of(kernel: Kernel) -> list[tuple[Attribute, int]]:
    """Element type and number of elements of each ring of a kernel; none if it is not fused."""
    if not is_fused(kernel):
        return []
    chain, found = chain_of(kernel), list[tuple[Attribute, int]]()
    for stage, value in enumerate(stage_values(kernel)):
        type_ = value.type
        assert isa(type_, TensorType)
        _, _, width, depth = type_.get_shape()
        found.append((type_.element_type, chain.ring(stage) * width * depth))
    return found
