"""The algorithms a kernel can run with: what each is for, its scratch memory and its cost.

A variant is data: the op class of the kernel's head, a name, and functions of the kernel that say
whether it applies, how many bytes of scratch it needs, how its weights are packed and how many
cycles it takes. Its loops are the business of `lowering/kernels`, which registers an emitter under
the same op class and name; the instruction set stays the schedule's own choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerType, TensorType, f32, i8, i16, i32
from xdsl.ir import Attribute, BlockArgument, Operation, OpResult, SSAValue
from xdsl.utils.hints import isa

from ...dialects import accel, fxp, nn, packing, vpool
from ..analysis.cost import head_of, op_macs, shape_of
from ..offload.accelerator import driver_call
from . import reals
from .lanes import Plan, Window, best_plan
from .planes import Planes
from .unpacked import NAME as UNPACKED
from .unpacked import UnpackedPlan, unpacked_plan
from .vectors import VectorPlan, best_vectors
from .words import Words

Kernel = vpool.KernelOp | vpool.LaunchOp

DIRECT = "direct"
"""The algorithm that every head has: loops as the op is defined, no scratch memory."""


@dataclass(frozen=True)
class Variant:
    """An algorithm for one class of heads."""

    head: type[Operation]
    algorithm: str
    isas: tuple[str, ...]
    """Instruction sets it is made for; `auto` takes it for these only."""
    applies: Callable[[vpool.KernelOp], bool]
    """Whether it computes this kernel; asked before weights are packed."""
    scratch_bytes: Callable[[Kernel], int]
    cycles: Callable[[Kernel], float]
    layout: Callable[[Kernel], str]
    """Layout of the packed weights (`dialects/packing.py`)."""
    scratch_element: IntegerType = i16
    """What its scratch memory holds."""
    shifts_bias: bool = False
    """Whether it multiplies inputs as they are, so that their zero point is in the bias."""
    block: Callable[[Kernel], tuple[int, int]] | None = None
    """Its register block, if it is not the schedule's."""
    immediate: bool = False
    """Whether its weights are a part of the code, so that they are no input of the kernel."""
    pieces: Callable[[vpool.KernelOp, NDArray[Any]], int | None] = lambda kernel, weights: 1
    """Equal parts in which sums have to be taken; None where the weights cannot be packed."""


VARIANTS: dict[tuple[type[Operation], str], Variant] = {}
"""All variants but the direct ones, by op class and name."""


def register(variant: Variant) -> None:
    """Add a variant."""
    VARIANTS[variant.head, variant.algorithm] = variant


def algorithm_of(kernel: Kernel) -> str:
    """The algorithm that a kernel's schedule names."""
    return kernel.schedule.algorithm.data if kernel.schedule is not None else DIRECT


def variant_of(kernel: Kernel) -> Variant | None:
    """The variant a kernel is scheduled with; None for the direct algorithm."""
    return VARIANTS.get((type(head_of(kernel)), algorithm_of(kernel)))


def scratch_bytes(kernel: Kernel) -> int:
    """Bytes of scratch memory that a kernel needs with its schedule."""
    head = head_of(kernel)
    if isinstance(head, nn.ExternalOp):
        return head.operator.scratch_bytes(head.call)
    if isinstance(head, accel.OffloadOp):
        return driver_call(head).scratch_bytes
    variant = variant_of(kernel)
    return 0 if variant is None else variant.scratch_bytes(kernel)


def scratch_element(kernel: Kernel) -> IntegerType:
    """The type of the elements of that scratch memory."""
    variant = variant_of(kernel)
    return i8 if variant is None else variant.scratch_element


def element(value: SSAValue) -> IntegerType | None:
    """The integer element type of a tensor, or None."""
    assert isa(value.type, TensorType)
    type_ = value.type.element_type
    return type_ if isa(type_, IntegerType) else None


def constant_operand(kernel: vpool.KernelOp, value: SSAValue) -> NDArray[Any] | None:
    """The array behind a value of a kernel's region, if it is a constant input."""
    if not isinstance(value, BlockArgument) or value.block is not kernel.body.block:
        return None
    given = kernel.inputs[value.index]
    if isinstance(given, OpResult) and isinstance(given.op, nn.ConstantOp):
        return given.op.array()
    return None


def lane_range(op: Operation) -> tuple[int, int]:
    """Range of the inputs of a product minus their zero point."""
    type_ = element(op.operands[0])
    assert type_ is not None
    low, high = fxp.integer_range(type_)
    zero_point = zero_point_of(op)
    return min(0, low - zero_point), max(0, high - zero_point)


def zero_point_of(op: Operation) -> int:
    """Zero point of the inputs of a product."""
    assert isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp)
    return op.input_zero_point.value.data


def window_of(op: Operation) -> Window:
    """The window of a convolution or a matrix product with constant weights."""
    if isinstance(op, nn.FullyConnectedOp):
        outputs, depth = shape_of(op.operands[1])
        rows = int(np.prod(shape_of(op.operands[0])[:-1]))
        return Window(1, rows, depth, outputs)
    assert isinstance(op, nn.Conv2dOp)
    batch, height, width, channels = shape_of(op.results[0])
    kernel, strides, dilations = (
        shape_of(op.operands[1])[1:3],
        tuple(int(v) for v in op.strides.get_values()),
        tuple(int(v) for v in op.dilations.get_values()),
    )
    depth = shape_of(op.operands[0])[3]
    pads = any(int(v) for v in op.pads.get_values())
    if kernel == (1, 1) and strides == (1, 1) and not pads:
        return Window(1, batch * height * width, depth, channels)
    return Window(
        batch * height,
        width,
        depth,
        channels,
        (kernel[0], kernel[1]),
        (strides[0], strides[1]),
        (dilations[0], dilations[1]),
    )


def row_window_of(op: nn.Conv2dOp) -> Window:
    """The window of a convolution that runs row by row, whatever its kernel."""
    _, height, width, channels = shape_of(op.result)
    kernel, strides, _, dilations = op.window()
    pairs = [(int(p[0]), int(p[1])) for p in (kernel, strides, dilations)]
    return Window(height, width, shape_of(op.operands[0])[3], channels, *pairs)


def plan_of(kernel: Kernel) -> Plan:
    """How a kernel's head runs with `lanes`."""
    return best_plan(window_of(head_of(kernel)))


def block_plan_of(kernel: Kernel) -> Plan:
    """How a kernel's head runs with `blocks`."""
    return best_plan(window_of(head_of(kernel)), plain=True)


def unpacked_plan_of(kernel: Kernel) -> UnpackedPlan:
    """How a kernel's head runs unpacked."""
    return unpacked_plan(window_of(head_of(kernel)))


def vector_plan_of(kernel: Kernel) -> VectorPlan:
    """How a kernel's head runs with `vectors`."""
    return best_vectors(window_of(head_of(kernel)))


def weights_4d(weights: NDArray[Any]) -> NDArray[Any]:
    """Weights as (O, KH, KW, C); a matrix (M, K) is (M, 1, 1, K)."""
    return weights if weights.ndim == 4 else weights.reshape(weights.shape[0], 1, 1, -1)


def blocks_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `blocks` computes this kernel: bytes times constant bytes into 32 bits, dense."""
    op = head_of(kernel)
    assert isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp)
    dense = not isinstance(op, nn.Conv2dOp) or op.groups.value.data == 1
    return bytes_to_32_bits(op) and dense and constant_operand(kernel, op.operands[1]) is not None


def lanes_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `lanes` computes this kernel: as `blocks`, and its weights can be packed in pairs."""
    if not blocks_apply(kernel):
        return False
    weights = constant_operand(kernel, head_of(kernel).operands[1])
    return weights is not None and pieces_of(kernel, weights) is not None


def vectors_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `vectors` computes this kernel: as `blocks`, and the bias is constant as well."""
    op = head_of(kernel)
    return blocks_apply(kernel) and constant_operand(kernel, op.operands[2]) is not None


def pieces_of(kernel: vpool.KernelOp, weights: NDArray[Any]) -> int | None:
    """Parts in which the sums of a kernel stay separable; None where it cannot be packed."""
    if not packing.is_packable(weights_4d(weights)):
        return None
    low, high = lane_range(head_of(kernel))
    return packing.pieces(weights_4d(weights), low, high, plan_of(kernel).layout)


ONE_PLANE = "one-plane"
"""As `planes`, in the least memory: one channel and one row of outputs at a time."""


def planes_of(kernel: Kernel) -> Planes:
    """How a kernel's head runs with `planes`, or with `one-plane`."""
    if algorithm_of(kernel) == ONE_PLANE:
        return one_plane_of_op(head_of(kernel))
    return planes_of_op(head_of(kernel))


def one_plane_of_op(op: Operation) -> Planes:
    """How a depthwise convolution runs with `one-plane`."""
    return replace(planes_of_op(op), most_rows=1, group=1)


def planes_of_op(op: Operation) -> Planes:
    """How a depthwise convolution runs with `planes`."""
    assert isinstance(op, nn.Conv2dOp)
    batch, height, width, channels = shape_of(op.operands[0])
    rows, columns = shape_of(op.result)[1:3]
    kernel_size = shape_of(op.operands[1])[1:3]
    strides, pads = ([int(v) for v in values.get_values()] for values in (op.strides, op.pads))
    return Planes(
        (height, width),
        (rows, columns),
        channels,
        (kernel_size[0], kernel_size[1]),
        (strides[0], strides[1]),
        (pads[0], pads[1]),
        batch,
    )


def words_of_op(op: Operation) -> Words:
    """How a depthwise convolution runs with `words`."""
    plan = planes_of_op(op)
    return Words(
        plan.image, plan.output, plan.channels, plan.kernel, plan.stride, plan.pad, plan.batch
    )


def bytes_to_32_bits(op: Operation) -> bool:
    """Whether a product takes bytes and signed bytes to 32 bits, weights without zero point."""
    assert isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp)
    x, w, bias = op.operands
    x_type = element(x)
    return (
        x_type is not None
        and x_type.width.data == 8
        and element(w) == i8
        and element(bias) == i32
        and op.weight_zero_point.value.data == 0
        and isinstance(x, BlockArgument)
    )


def is_plain_depthwise(kernel: vpool.KernelOp) -> bool:
    """Whether a kernel is a depthwise convolution of bytes, constant weights, no dilation."""
    op = head_of(kernel)
    assert isinstance(op, nn.Conv2dOp)
    filters, _, _, depth = shape_of(op.operands[1])
    is_depthwise = depth == 1 and filters == op.groups.value.data
    dense = all(int(v) == 1 for v in op.dilations.get_values())
    return (
        bytes_to_32_bits(op)
        and is_depthwise
        and dense
        and constant_operand(kernel, op.operands[1]) is not None
    )


def planes_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `planes` computes this kernel: depthwise, no dilation, a window it has loops for."""
    return is_plain_depthwise(kernel) and planes_of(kernel).applies


def words_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `words` computes this kernel: depthwise, a constant bias, a window that fits."""
    op = head_of(kernel)
    constant = constant_operand(kernel, op.operands[2]) is not None
    return is_plain_depthwise(kernel) and constant and words_of_op(op).applies


def real_rows(op: Operation) -> tuple[int, int, int]:
    """Rows of pixels of a dense product; pixels of a row with whole windows, and others."""
    output = shape_of(op.results[0])
    if isinstance(op, nn.FullyConnectedOp):
        return 1, int(np.prod(output[:-1])), 0
    assert isinstance(op, nn.Conv2dOp)
    extent, taps = shape_of(op.operands[0])[2], shape_of(op.operands[1])[2]
    _, strides, pads, _ = op.window()
    first = min(-(-int(pads[1]) // int(strides[1])), output[2])
    reach = extent + int(pads[1]) - taps
    last = min(reach // int(strides[1]) + 1, output[2]) if reach >= 0 else 0
    inside = max(0, last - first)
    return output[0] * output[1], inside, output[2] - inside


def real_block(op: Operation) -> tuple[int, int]:
    """The register block of an op that runs with `reals`."""
    _, inside, outside = real_rows(op)
    if isinstance(op, nn.FullyConnectedOp) and inside == 1:
        return 1, 8
    return reals.best_pixels(inside, outside), 4


def reals_apply(kernel: vpool.KernelOp) -> bool:
    """Whether `reals` computes this kernel: a dense product on f32, constant weights."""
    op = head_of(kernel)
    assert isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp)
    types = [cast(TensorType[Attribute], value.type).element_type for value in op.operands]
    dense = not isinstance(op, nn.Conv2dOp) or (
        op.groups.value.data == 1 and int(op.dilations.get_values()[1]) == 1
    )
    constant = constant_operand(kernel, op.operands[1]) is not None
    return dense and constant and types == [f32] * 3


def real_cycles(kernel: Kernel) -> float:
    """Estimated cycles of `reals`."""
    op = head_of(kernel)
    rows, inside, outside = real_rows(op)
    weights = float(np.prod(shape_of(op.operands[1])))
    pixels, channels = real_block(op)
    row = reals.CYCLES_ROW if channels == 8 else reals.row_cycles(pixels, inside, outside)
    return rows * row * weights + float(np.prod(shape_of(op.results[0]))) * reals.CYCLES_OUTPUT


for _head in (nn.Conv2dOp, nn.FullyConnectedOp):
    register(
        Variant(
            head=_head,
            algorithm="reals",
            isas=vpool.WITH_DSP,
            applies=reals_apply,
            scratch_bytes=lambda kernel: 0,
            cycles=real_cycles,
            layout=lambda kernel: f"reals-{real_block(head_of(kernel))[1]}",
            block=lambda kernel: real_block(head_of(kernel)),
        )
    )
    register(
        Variant(
            head=_head,
            algorithm="lanes",
            isas=vpool.WITH_DSP,
            applies=lanes_apply,
            scratch_bytes=lambda kernel: plan_of(kernel).scratch_bytes,
            cycles=lambda kernel: plan_of(kernel).cycles,
            layout=lambda kernel: plan_of(kernel).layout,
            pieces=pieces_of,
        )
    )
    register(
        Variant(
            head=_head,
            algorithm="vectors",
            isas=("helium",),
            applies=vectors_apply,
            scratch_bytes=lambda kernel: vector_plan_of(kernel).scratch_bytes,
            scratch_element=i8,
            cycles=lambda kernel: vector_plan_of(kernel).cycles,
            layout=lambda kernel: vector_plan_of(kernel).layout,
            shifts_bias=True,
        )
    )
    register(
        Variant(
            head=_head,
            algorithm="blocks",
            isas=("rv32im",),
            applies=blocks_apply,
            scratch_bytes=lambda kernel: block_plan_of(kernel).scratch_bytes,
            cycles=lambda kernel: block_plan_of(kernel).cycles,
            layout=lambda kernel: block_plan_of(kernel).layout,
        )
    )
    register(
        Variant(
            head=_head,
            algorithm=UNPACKED,
            isas=(),  # `unpack-kernels` chooses it
            applies=blocks_apply,
            scratch_bytes=lambda kernel: unpacked_plan_of(kernel).scratch_bytes,
            cycles=lambda kernel: float("inf"),
            layout=lambda kernel: unpacked_plan_of(kernel).layout,
            immediate=True,
        )
    )

register(
    Variant(
        head=nn.Conv2dOp,
        algorithm="planes",
        isas=(*vpool.WITH_DSP, "rv32im"),
        applies=planes_apply,
        scratch_bytes=lambda kernel: planes_of(kernel).scratch_bytes,
        cycles=lambda kernel: planes_of(kernel).cycles,
        layout=lambda kernel: packing.PLANES,
    )
)
register(
    Variant(
        head=nn.Conv2dOp,
        algorithm=ONE_PLANE,
        isas=(),
        applies=planes_apply,
        scratch_bytes=lambda kernel: planes_of(kernel).scratch_bytes,
        cycles=lambda kernel: planes_of(kernel).cycles,
        layout=lambda kernel: packing.PLANES,
    )
)

register(
    Variant(
        head=nn.Conv2dOp,
        algorithm="words",
        isas=("helium",),
        applies=words_apply,
        scratch_bytes=lambda kernel: words_of_op(head_of(kernel)).scratch_bytes,
        scratch_element=i8,
        cycles=lambda kernel: words_of_op(head_of(kernel)).cycles,
        layout=lambda kernel: packing.WORDS,
        shifts_bias=True,
    )
)


def direct_cycles(kernel: Kernel) -> float:
    """Estimated cycles of the direct algorithm, with SMLAD where it can be, as measured on MLPerf
    Tiny.
    """
    op = head_of(kernel)
    outputs = float(np.prod(shape_of(op.results[0])))
    real = element(op.operands[0]) is None
    return (3.6 if real else 3.1) * op_macs(op) + 20.0 * outputs


def cheapest(kernel: vpool.KernelOp, isa: str) -> tuple[str, float]:
    """The algorithm with the fewest cycles among those that apply, and its cycles."""
    head = type(head_of(kernel))
    costs = {DIRECT: direct_cycles(kernel)}
    for (cls, name), variant in VARIANTS.items():
        if cls is head and isa in variant.isas and variant.applies(kernel):
            costs[name] = variant.cycles(kernel)
    best = min(costs, key=lambda name: costs[name])
    return best, costs[best]


def choose(kernel: vpool.KernelOp, isa: str) -> str:
    """The algorithm with the fewest cycles among those that apply."""
    return cheapest(kernel, isa)[0]
