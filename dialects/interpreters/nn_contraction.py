"""Interpreters of convolutions, fully connected layers and matrix products.

Integers are exact: a product of matrices runs in float64 (BLAS) where all partial sums stay below
2^53, and in int64 otherwise. fxp elements are summed as integers too, so that only the scales and
the rounding to the result are inexact. For floats no order of summation is promised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import nn
from ..nn.constant import dtype_of
from .nn_common import Array, centred, clamped, element, real_array, run_real, stored

EXACT = 1 << 53


def product(a: Array, b: Array) -> Array:
    """Matrix product over the last axis of `a` and the last but one of `b`, exact on integers."""
    if a.dtype.kind == "f":
        return np.matmul(a, b)
    bound = int(np.abs(a).max(initial=0)) * int(np.abs(b).max(initial=0)) * a.shape[-1]
    if bound < EXACT:
        return np.rint(np.matmul(a.astype(np.float64), b.astype(np.float64))).astype(np.int64)
    return np.matmul(a.astype(np.int64), b.astype(np.int64))


def windows(
    image: Array, size: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...]
) -> Array:
    """View (N, OH, OW, C, KH, KW) of all windows of an image that is padded already."""
    reach = tuple(d * (k - 1) + 1 for k, d in zip(size, dilations, strict=True))
    views: NDArray[Any] = np.lib.stride_tricks.sliding_window_view(image, reach, axis=(1, 2))
    views = views[:, :: strides[0], :: strides[1]]
    return views[..., :: dilations[0], :: dilations[1]]


def padded(image: Array, pads: tuple[int, ...], fill: Any) -> Array:
    """The image with its spatial borders (top, left, bottom, right) filled."""
    top, left, bottom, right = pads
    if not any(pads):
        return image
    return np.pad(image, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)


def convolve(op: nn.Conv2dOp, x: Array, w: Array) -> Array:
    """The convolution without bias; x and w have their zero points subtracted."""
    size, strides, pads, dilations = op.window()
    groups = op.groups.value.data
    views = windows(padded(x, pads, 0), size, strides, dilations)
    n, oh, ow, channels = views.shape[:4]
    per_group, filters = channels // groups, w.shape[0] // groups
    if per_group == 1 and filters == 1:
        total = np.zeros((n, oh, ow, channels), np.int64 if x.dtype.kind != "f" else x.dtype)
        for i in range(size[0]):
            for j in range(size[1]):
                total += views[..., i, j] * w[:, i, j, 0]
        return total
    parts: list[Array] = []
    for g in range(groups):
        rows = views[:, :, :, g * per_group : (g + 1) * per_group].transpose(0, 1, 2, 4, 5, 3)
        kernel = w[g * filters : (g + 1) * filters].reshape(filters, -1)
        parts.append(product(rows.reshape(n, oh, ow, -1), kernel.T))
    return parts[0] if groups == 1 else np.concatenate(parts, axis=3)


def rows_times_weights(x: Array, w: Array) -> Array:
    """X (…, K) times w (M, K): (…, M)."""
    return product(x, w.T)


@register_impls
class NnContractionFunctions(InterpreterFunctions):
    """Implementations of `nn.conv2d`, `nn.fully_connected` and `nn.matmul`."""

    @impl(nn.Conv2dOp)
    def conv2d(
        self, interpreter: Interpreter, op: nn.Conv2dOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Run on the sides of the contraction; padding is zero after the zero point."""
        return _contract(op, args, partial(convolve, op))

    @impl(nn.FullyConnectedOp)
    def fully_connected(
        self, interpreter: Interpreter, op: nn.FullyConnectedOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Row by row."""
        return _contract(op, args, rows_times_weights)

    @impl(nn.MatmulOp)
    def matmul(
        self, interpreter: Interpreter, op: nn.MatmulOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Batches broadcast."""
        left, right = (centred(v, a) for v, a in zip(op.operands, args, strict=True))
        if left is not None and right is not None and left[1].ndim == right[1].ndim == 0:
            total = product(left[0], right[0]) * (left[1] * right[1])
            return (stored(op.result, clamped(op, total)),)
        if nn.is_real(element(op.lhs)):
            return run_real(op, args, product)
        a = args[0].astype(np.int64) - op.lhs_zero_point.value.data
        b = args[1].astype(np.int64) - op.rhs_zero_point.value.data
        return (product(a, b).astype(dtype_of(element(op.result))),)


def _contract(
    op: nn.Conv2dOp | nn.FullyConnectedOp,
    args: tuple[Array, ...],
    contract: Callable[[Array, Array], Array],
) -> tuple[Array, ...]:
    parts = [centred(v, a) for v, a in zip(op.operands, args, strict=True)]
    if parts[0] is not None and parts[1] is not None and parts[0][1].ndim == 0:
        total = contract(parts[0][0], parts[1][0])
        scale = parts[0][1] * parts[1][1]
        return (stored(op.result, clamped(op, _with_bias(op, total, scale, args[2], parts[2]))),)
    x, w, bias = (real_array(v, a) for v, a in zip(op.operands, args, strict=True))
    if nn.is_real(element(op.input)):
        with np.errstate(all="ignore"):
            return (stored(op.result, clamped(op, contract(x, w) + bias)),)
    x = x.astype(np.int64) - op.input_zero_point.value.data
    w = w.astype(np.int64) - op.weight_zero_point.value.data
    total = contract(x, w) + bias.astype(np.int64)
    return (total.astype(dtype_of(element(op.result))),)


def _with_bias(
    op: nn.Conv2dOp | nn.FullyConnectedOp,
    total: Array,
    scale: Array,
    stored_bias: Array,
    bias: tuple[Array, Array] | None,
) -> Array:
    """The reals total * scale + bias, added as integers where the bias has the same scales."""
    if bias is not None and np.all(bias[1] == scale):
        return (total + bias[0]) * scale
    return total * scale + real_array(op.bias, stored_bias)
