"""Interpreters of pools and reductions: sums of f32 run in index order, one rounding each."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import float_math, nn
from ..nn.constant import dtype_of
from .nn_common import Array, clamped, element, real_array, run_real, stored
from .nn_contraction import padded, windows


def lowest(dtype: np.dtype[Any]) -> Any:
    """The smallest value of a numpy type."""
    return dtype.type(-np.inf) if dtype.kind == "f" else np.iinfo(dtype).min


def sum_of_taps(views: Array, dtype: Any) -> Array:
    """Sum of (…, KH, KW) over rows, then columns, one addition after the other."""
    total = np.zeros(views.shape[:-2], dtype)
    for i in range(views.shape[-2]):
        for j in range(views.shape[-1]):
            total = total + views[..., i, j]
    return total


def fold(array: Array, axes: tuple[int, ...], step: Any, start: Any) -> Array:
    """Fold axes away in row-major order, one step after the other."""
    rank = array.ndim
    gone = sorted(a % rank for a in axes)
    kept = [d for d in range(rank) if d not in gone]
    rows = array.transpose(*gone, *kept).reshape(-1, *(array.shape[d] for d in kept))
    total: Array = np.full(rows.shape[1:], start, array.dtype)
    for row in rows:
        total = step(total, row)
    return total


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
        views = windows(padded(x, pads, lowest(x.dtype)), size, strides, dilations)
        largest = views.max(axis=(4, 5))
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
        x = real_array(op.input, args[0])
        total = sum_of_taps(windows(padded(x, pads, 0), size, strides, dilations), x.dtype)
        inside = np.ones((1, *x.shape[1:3], 1), x.dtype)
        counts = windows(padded(inside, pads, 0), size, strides, dilations).sum(axis=(4, 5))
        if op.count_include_pad.value.data:
            counts = np.full_like(counts, size[0] * size[1])
        with np.errstate(all="ignore"):
            return (stored(op.result, clamped(op, total / counts)),)

    @impl(nn.ReduceOp)
    def reduce(
        self, interpreter: Interpreter, op: nn.ReduceOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Fold in row-major order."""
        axes = tuple(int(a) for a in op.axes.get_values())
        kind = op.kind.data

        def compute(x: Array) -> Array:
            steps = {"max": np.maximum, "min": np.minimum, "prod": np.multiply}
            highest = np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).max
            starts = {"max": lowest(x.dtype), "min": highest, "prod": 1}
            total = fold(x, axes, steps.get(kind, np.add), starts.get(kind, 0))
            if kind == "mean":
                count = int(np.prod([x.shape[a] for a in axes]))
                total = total / x.dtype.type(count) if x.dtype.kind == "f" else total // count
            return total.astype(x.dtype, copy=False)

        (result,) = run_real(op, args, compute)
        return (result.reshape(op.result.type.get_shape()),)  # pyright: ignore

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
