"""Interpreters of pools and reductions: sums of f32 run in index order, one rounding each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import float_math, nn
from ..nn.constant import dtype_of
from .nn_common import (
    Array,
    centred,
    clamped,
    element,
    maximum,
    minimum,
    real_array,
    run_real,
    stored,
)
from .nn_contraction import padded, windows

Step = Callable[[Any, Any], Array]


def lowest(dtype: np.dtype[Any]) -> Any:
    """The smallest value of a numpy type."""
    return dtype.type(-np.inf) if dtype.kind == "f" else np.iinfo(dtype).min


def fold_taps(views: Array, step: Step, start: Any) -> Array:
    """Fold (…, KH, KW) over rows, then columns, one step after the other."""
    total = np.full(views.shape[:-2], start, views.dtype)
    for i in range(views.shape[-2]):
        for j in range(views.shape[-1]):
            total = step(total, views[..., i, j])
    return total


def fold(array: Array, axes: tuple[int, ...], step: Step, start: Any) -> Array:
    """Fold axes away in row-major order, one step after the other."""
    rank = array.ndim
    gone = sorted(a % rank for a in axes)
    kept = [d for d in range(rank) if d not in gone]
    extents = [array.shape[d] for d in kept]
    count = math.prod(array.shape[d] for d in gone)
    rows = array.transpose(*gone, *kept).reshape(count, *extents)
    total: Array = np.full(rows.shape[1:], start, array.dtype)
    if isinstance(step, np.ufunc):  # accumulate is one step after the other, too
        return step.accumulate(np.concatenate([total[None], rows]), dtype=array.dtype)[-1]
    for row in rows:
        total = step(total, row)
    return total


def exact_sum(op: nn.AvgPool2dOp | nn.ReduceOp, array: Array) -> tuple[Array, Any]:
    """The numbers to add up, and by what to multiply their sum.

    fxp elements with one scale are added as integers: exact, whatever the scale.
    """
    parts = centred(op.input, array)
    if parts is None or parts[1].ndim:
        return real_array(op.input, array), None
    return parts


@register_impls
class NnPoolFunctions(InterpreterFunctions):
    """Implementations of pools, `nn.reduce`, `nn.softmax` and `nn.batch_norm`."""

    @impl(nn.MaxPool2dOp)
    def max_pool2d(
        self, interpreter: Interpreter, op: nn.MaxPool2dOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """The largest tap."""
        size, strides, pads, dilations = op.window()
        x = args[0]
        least = lowest(x.dtype)
        views = windows(padded(x, pads, least), size, strides, dilations)
        largest = fold_taps(views, maximum, least)
        if element(op.input) == element(op.result):
            return (largest,)
        return (stored(op.result, real_array(op.input, largest)),)

    @impl(nn.AvgPool2dOp)
    def avg_pool2d(
        self, interpreter: Interpreter, op: nn.AvgPool2dOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Sum of the taps, divided by their number unless the elements are integers."""
        size, strides, pads, dilations = op.window()
        if not nn.is_real(element(op.input)):
            x = args[0].astype(np.int64) - op.input_zero_point.value.data
            total = windows(padded(x, pads, 0), size, strides, dilations).sum(axis=(4, 5))
            return (total.astype(dtype_of(element(op.result))),)
        x, scale = exact_sum(op, args[0])
        total = fold_taps(windows(padded(x, pads, 0), size, strides, dilations), np.add, 0)
        real = np.float32 if x.dtype == np.float32 else np.float64
        inside = np.ones((1, *x.shape[1:3], 1), real)
        counts = windows(padded(inside, pads, 0), size, strides, dilations).sum(axis=(4, 5))
        if op.count_include_pad.value.data:
            counts = np.full_like(counts, size[0] * size[1])
        with np.errstate(all="ignore"):
            total = total if scale is None else total * scale
            return (stored(op.result, clamped(op, total / counts)),)

    @impl(nn.ReduceOp)
    def reduce(
        self, interpreter: Interpreter, op: nn.ReduceOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Fold in row-major order."""
        axes = tuple(int(a) for a in op.axes.get_values())
        kind = op.kind.data

        if kind in ("sum", "mean") and nn.is_real(element(op.input)):
            x, scale = exact_sum(op, args[0])
            total = fold(x, axes, np.add, 0)
            total = total if scale is None else total * scale
            if kind == "mean":
                total = total / total.dtype.type(math.prod(x.shape[a] for a in axes))
            return (stored(op.result, total.reshape(op.result.type.get_shape())),)

        def compute(x: Array) -> Array:
            steps: dict[str, Step] = {"max": maximum, "min": minimum, "prod": np.multiply}
            highest = np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).max
            starts = {"max": lowest(x.dtype), "min": highest, "prod": 1}
            total = fold(x, axes, steps.get(kind, np.add), starts.get(kind, 0))
            return total.reshape(op.result.type.get_shape())

        return run_real(op, args, compute)

    @impl(nn.SoftmaxOp)
    def softmax(
        self, interpreter: Interpreter, op: nn.SoftmaxOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """In f32 as the C does it; in float64 for fxp elements."""
        axis = op.axis.value.data

        def compute(x: Array) -> Array:
            if x.dtype == np.float32:
                return float_math.softmax(x, axis)
            shifted = np.exp(x - x.max(axis=axis, keepdims=True))
            return shifted / shifted.sum(axis=axis, keepdims=True)

        return run_real(op, args, compute)

    @impl(nn.LayerNormOp)
    def layer_norm(
        self, interpreter: Interpreter, op: nn.LayerNormOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Per row of the last dimension; in f32 sums run in index order."""
        epsilon = op.epsilon.value.data

        def mean(x: Array) -> Array:
            if x.dtype != np.float32:
                return x.mean(axis=-1, keepdims=True)
            total = fold(x, (-1,), np.add, 0)[..., None]
            return total / np.float32(x.shape[-1])

        def compute(x: Array, scale: Array, bias: Array) -> Array:
            centred = x - mean(x)
            deviation = np.sqrt(mean(centred * centred) + x.dtype.type(epsilon))
            return centred * (x.dtype.type(1) / deviation) * scale + bias

        return run_real(op, args, compute)

    @impl(nn.BatchNormOp)
    def batch_norm(
        self, interpreter: Interpreter, op: nn.BatchNormOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Per index of the axis."""
        axis, epsilon = op.axis.value.data, op.epsilon.value.data

        def compute(x: Array, scale: Array, bias: Array, mean: Array, variance: Array) -> Array:
            shape = [1] * x.ndim
            shape[axis] = -1
            parts = [p.reshape(shape) for p in (scale, bias, mean, variance)]
            deviation = np.sqrt(parts[3] + x.dtype.type(epsilon))
            return (x - parts[2]) / deviation * parts[0] + parts[1]

        return run_real(op, args, compute)
