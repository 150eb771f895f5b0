"""Resize and Upsample: along each axis a sum of a few gathered slices with constant weights.

Rules: https://onnx.ai/onnx/operators/onnx__Resize.html and ONNX's reference implementation of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .importer import is_real, shape_of
from .indexing import take
from .logic import like, where
from .model import Array, Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


@dataclass(frozen=True)
class AxisPlan:
    """How one axis is resized: `out` elements from `size`, `scale` times as many."""

    axis: int
    size: int
    out: int
    scale: float
    start: float = 0.0
    end: float = 1.0


def source_position(plan: AxisPlan, i: int, mode: str) -> float:
    """The position in the input that output element i stands for."""
    size, scale = plan.size, plan.scale
    length = scale * size
    half = (i + 0.5) / scale - 0.5
    if mode == "half_pixel":
        return half
    if mode == "half_pixel_symmetric":
        return size / 2 * (1 - plan.out / length) + half
    if mode == "pytorch_half_pixel":
        return half if plan.out > 1 else 0.0
    if mode == "align_corners":
        return 0.0 if plan.out == 1 else i * (size - 1) / (length - 1)
    if mode == "asymmetric":
        return i / scale
    if mode == "tf_half_pixel_for_nn":
        return (i + 0.5) / scale
    if mode == "tf_crop_and_resize":
        if plan.out == 1:
            return (plan.end + plan.start) * (size - 1) / 2
        return plan.start * (size - 1) + i * (plan.end - plan.start) * (size - 1) / (length - 1)
    raise ValueError(f"coordinate_transformation_mode '{mode}' does not exist")


LARGEST_AXIS = 1 << 16
"""No axis is made longer than this: each of its elements has a weight of its own."""


def nearest_index(position: float, mode: str) -> int:
    """The neighbour that a nearest_mode takes."""
    if mode == "round_prefer_floor":
        return math.ceil(position - 0.5)
    if mode == "round_prefer_ceil":
        return math.floor(position + 0.5)
    if mode in ("floor", "simple"):
        return math.floor(position)
    if mode == "ceil":
        return math.ceil(position)
    raise ValueError(f"nearest_mode '{mode}' does not exist")


def _cubic(x: float, a: float) -> float:
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def weights_at(ratio: float, mode: str, a: float, scale: float) -> list[float]:
    """Weights of the taps around a position that lies `ratio` behind the left one of the middle."""
    reach = 1 if mode == "linear" else 2
    first = math.floor(-reach / scale) + 1
    places = [(k - ratio) * scale for k in range(first, 2 - first)]
    if mode == "linear":
        taps = [max(0.0, 1 - abs(p)) for p in places]
    else:
        taps = [_cubic(p, a) for p in places]
    total = sum(taps)
    return [t / total for t in taps]


def taps_of(node: Node, plan: AxisPlan, mode: str, coordinates: str) -> tuple[Array, Array, Array]:
    """Indices (T, out) and weights (T, out) of the taps, and which outputs lie outside."""
    a = node.float_("cubic_coeff_a", -0.75)
    scale = min(plan.scale, 1.0) if node.int_("antialias", 0) else 1.0
    exclude = node.int_("exclude_outside", 0) != 0
    columns: list[list[int]] = []
    weights: list[list[float]] = []
    outside: list[bool] = []
    for i in range(plan.out):
        position = source_position(plan, i, coordinates)
        outside.append(not 0 <= position <= plan.size - 1)
        if mode == "nearest":
            index = nearest_index(position, node.string("nearest_mode", "round_prefer_floor"))
            columns.append([min(max(index, 0), plan.size - 1)])
            weights.append([1.0])
            continue
        left = math.ceil(position) - 1
        taps = weights_at(position - left, mode, a, scale)
        places = [left + 1 - len(taps) // 2 + k for k in range(len(taps))]
        if exclude:
            taps = [t if 0 <= p < plan.size else 0.0 for t, p in zip(taps, places, strict=True)]
            taps = [t / sum(taps) for t in taps]
        columns.append([min(max(p, 0), plan.size - 1) for p in places])
        weights.append(taps)
    return np.array(columns).T, np.array(weights, np.float32).T, np.array(outside)


def _resized(
    ctx: "Importer", node: Node, x: SSAValue, plan: AxisPlan, mode: str, coordinates: str
) -> tuple[SSAValue, Array]:
    indices, weights, outside = taps_of(node, plan, mode, coordinates)
    if mode == "nearest":
        return take(ctx, x, indices[0], plan.axis), outside
    along = [-1 if d == plan.axis else 1 for d in range(len(shape_of(x)))]
    total: SSAValue | None = None
    for places, factors in zip(indices, weights, strict=True):
        if not factors.any():
            continue
        part = take(ctx, x, places, plan.axis)
        if not (factors == 1).all():
            part = ctx.add(nn.MulOp(part, ctx.build(np.array(factors.reshape(along), order="C"))))
        total = part if total is None else ctx.add(nn.AddOp(total, part))
    return (x if total is None else total), outside


def _resize(ctx: "Importer", node: Node, plans: Sequence[AxisPlan], coordinates: str) -> SSAValue:
    mode = node.string("mode", "nearest")
    if mode not in ("nearest", "linear", "cubic"):
        raise node.error(f"mode '{mode}' does not exist")
    x = ctx.operand(node, 0)
    if mode != "nearest" and not is_real(x):
        raise node.error(f"mode {mode} is supported on float32 only")
    for plan in plans:
        if not 1 <= plan.out <= LARGEST_AXIS:
            raise node.error(
                f"axis {plan.axis} would have {plan.out} elements, which is not from 1 to "
                f"{LARGEST_AXIS}"
            )
        if node.int_("antialias", 0) and plan.scale * LARGEST_AXIS < 1:
            raise node.error(f"its scale {plan.scale:g} of axis {plan.axis} is too small")
    outside: list[tuple[int, Array]] = []
    for plan in plans:
        if plan.scale == 1.0 and plan.out == plan.size and coordinates != "tf_crop_and_resize":
            continue
        x, beyond = _resized(ctx, node, x, plan, mode, coordinates)
        if coordinates == "tf_crop_and_resize" and beyond.any():
            outside.append((plan.axis, beyond))
    for axis, beyond in outside:
        along = [-1 if d == axis else 1 for d in range(len(shape_of(x)))]
        mask = ctx.build(np.array(beyond.reshape(along), order="C"))
        x = where(ctx, mask, like(ctx, x, node.float_("extrapolation_value", 0.0)), x)
    return x


def _scaled(axes: Sequence[int], dims: Sequence[int], scales: Sequence[float]) -> list[AxisPlan]:
    return [
        AxisPlan(axis, dims[axis], math.floor(dims[axis] * scale), scale)
        for axis, scale in zip(axes, scales, strict=True)
    ]


def _sized(
    node: Node, axes: Sequence[int], dims: Sequence[int], sizes: Sequence[int]
) -> list[AxisPlan]:
    policy = node.string("keep_aspect_ratio_policy", "stretch")
    ratios = [size / dims[axis] for axis, size in zip(axes, sizes, strict=True)]
    if policy == "stretch":
        return [
            AxisPlan(axis, dims[axis], size, ratio)
            for axis, size, ratio in zip(axes, sizes, ratios, strict=True)
        ]
    scale = min(ratios) if policy == "not_larger" else max(ratios)
    return [
        AxisPlan(axis, dims[axis], math.floor(scale * dims[axis] + 0.5), scale) for axis in axes
    ]


@handler("Upsample", since=7)
def upsample(ctx: "Importer", node: Node) -> Result:
    """The scales are an attribute, from opset 9 on an input."""
    dims = ctx.shape(node, 0)
    if node.has_input(1):
        scales = [float(s) for s in ctx.constant(node, 1, "scales").reshape(-1)]
    else:
        given = node.attributes.get("scales")
        scales = [float(s) for s in given] if isinstance(given, tuple) else []
    plans = _scaled(range(len(dims)), dims, scales)
    return _resize_simple(ctx, node, plans)


@handler("Resize", since=10)
def resize_simple(ctx: "Importer", node: Node) -> Result:
    """Opset 10: asymmetric coordinates, nearest neighbours rounded down."""
    dims = ctx.shape(node, 0)
    scales = [float(s) for s in ctx.constant(node, 1, "scales").reshape(-1)]
    return _resize_simple(ctx, node, _scaled(range(len(dims)), dims, scales))


def _resize_simple(ctx: "Importer", node: Node, plans: Sequence[AxisPlan]) -> SSAValue:
    floor = Node(
        node.name,
        node.op_type,
        node.domain,
        node.opset,
        node.inputs,
        node.outputs,
        {**node.attributes, "nearest_mode": "floor"},
    )
    return _resize(ctx, floor, plans, "asymmetric")


@handler("Resize", since=11)
def resize(ctx: "Importer", node: Node) -> Result:
    """Inputs: X, optional region of interest, optional scales, optional sizes."""
    dims = ctx.shape(node, 0)
    axes = node.axes("axes", len(dims)) or tuple(range(len(dims)))
    has_sizes = node.has_input(3) and ctx.constant(node, 3, "sizes").size > 0
    if has_sizes:
        plans = _sized(node, axes, dims, ctx.integers(node, 3, "sizes"))
    else:
        scales = [float(s) for s in ctx.constant(node, 2, "scales").reshape(-1)]
        plans = _scaled(axes, dims, scales)
    coordinates = node.string("coordinate_transformation_mode", "half_pixel")
    if coordinates == "tf_crop_and_resize":
        roi = [float(v) for v in ctx.constant(node, 1, "region of interest").reshape(-1)]
        plans = [
            AxisPlan(p.axis, p.size, p.out, p.scale, roi[i], roi[i + len(plans)])
            for i, p in enumerate(plans)
        ]
    return _resize(ctx, node, plans, coordinates)
