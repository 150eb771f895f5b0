"""Discrete Fourier transforms, as products with constant matrices of cosines and sines.

A microcontroller's transforms are short; a matrix in flash is read once per output. Complex numbers
are pairs along the last dimension, as ONNX has them.
"""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .contraction import fully_connected
from .elementwise import real_operand
from .evaluate import check_size
from .importer import shape_of
from .indexing import take
from .layout import reshape, transpose
from .model import Array, Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def forward_matrix(used: int, length: int, bins: int, parts: int) -> Array:
    """Weights (bins * 2, used * parts) of a transform of `length` numbers, of which `used` are
    given.
    """
    turns = np.outer(np.arange(bins), np.arange(used)) % length
    angle = 2 * np.pi * turns / length
    cosine, sine = np.cos(angle), np.sin(angle)
    real = np.stack([cosine, sine], axis=-1)[..., :parts]
    imaginary = np.stack([-sine, cosine], axis=-1)[..., :parts]
    both = np.stack([real, imaginary], axis=1)
    return both.reshape(bins * 2, used * parts).astype(np.float32)


def inverse_matrix(used: int, length: int, parts: int, onesided: bool) -> Array:
    """Weights of the inverse transform; of half a spectrum (onesided) the result is real."""
    turns = np.outer(np.arange(length), np.arange(used)) % length
    angle = 2 * np.pi * turns / length
    cosine, sine = np.cos(angle) / length, np.sin(angle) / length
    if onesided:  # the bins that are not given are the conjugates of those that are
        twice = np.full(used, 2.0)
        twice[0] = 1.0
        if length % 2 == 0 and used > length // 2:
            twice[length // 2] = 1.0
        rows = np.stack([cosine * twice, -sine * twice], axis=-1)[..., :parts]
        return rows.reshape(length, used * parts).astype(np.float32)
    real = np.stack([cosine, -sine], axis=-1)[..., :parts]
    imaginary = np.stack([sine, cosine], axis=-1)[..., :parts]
    return np.stack([real, imaginary], axis=1).reshape(length * 2, used * parts).astype(np.float32)


def transformed(
    ctx: "Importer", node: Node, x: SSAValue, axis: int, length: int, inverse: bool, onesided: bool
) -> SSAValue:
    """The transform of x (…, 1 or 2) along an axis that is not the last."""
    shape = shape_of(x)
    rank, parts = len(shape), shape[-1]
    if parts not in (1, 2):
        raise node.error("its last dimension must have one or two elements: real, imaginary")
    if length < 1:
        raise node.error(f"its length is {length}")
    half = length // 2 + 1
    used = min(shape[axis], half if inverse and onesided else length)
    bins = half if onesided and not inverse else length
    results = 1 if onesided and inverse else 2
    check_size(node, (bins * results, used * parts))
    if used < shape[axis]:
        x = take(ctx, x, np.arange(used), axis)
    order = [d for d in range(rank - 1) if d != axis] + [axis, rank - 1]
    moved = transpose(ctx, x, order)
    lead = shape_of(moved)[:-2]
    matrix = (
        inverse_matrix(used, length, parts, onesided)
        if inverse
        else forward_matrix(used, length, bins, parts)
    )
    flat = reshape(ctx, moved, (*lead, used * parts))
    result = reshape(ctx, fully_connected(ctx, flat, matrix, ""), (*lead, bins, results))
    return transpose(ctx, result, [order.index(d) for d in range(rank)])


def _dft(ctx: "Importer", node: Node, axis: int) -> SSAValue:
    x = real_operand(ctx, node, 0)
    inverse, onesided = node.int_("inverse", 0) != 0, node.int_("onesided", 0) != 0
    size = shape_of(x)[axis]
    length = 2 * (size - 1) if inverse and onesided else size
    if node.has_input(1):
        length = int(ctx.scalar(node, 1, "length"))
    return transformed(ctx, node, x, axis, length, inverse, onesided)


@handler("DFT", since=17)
def dft_attribute(ctx: "Importer", node: Node) -> Result:
    """The axis is an attribute."""
    return _dft(ctx, node, node.axis("axis", 1, len(ctx.shape(node, 0))))


@handler("DFT", since=20)
def dft(ctx: "Importer", node: Node) -> Result:
    """The axis is an input."""
    axis = int(ctx.scalar(node, 2, "axis")) if node.has_input(2) else -2
    return _dft(ctx, node, node.normalize_axes((axis,), len(ctx.shape(node, 0)))[0])


@handler("STFT", since=17)
def stft(ctx: "Importer", node: Node) -> Result:
    """Transforms of overlapping frames of a signal (N, L) or (N, L, 1 or 2), weighted by a
    window.
    """
    x = real_operand(ctx, node, 0)
    if len(shape_of(x)) == 2:
        x = reshape(ctx, x, (*shape_of(x), 1))
    step = int(ctx.scalar(node, 1, "frame step"))
    if node.has_input(3):
        length = int(ctx.scalar(node, 3, "frame length"))
    else:
        length = ctx.shape(node, 2)[0] if node.has_input(2) else shape_of(x)[1]
    if step < 1 or not 1 <= length <= shape_of(x)[1]:
        raise node.error(f"frames of {length} every {step} do not fit {shape_of(x)[1]} samples")
    frames = 1 + (shape_of(x)[1] - length) // step
    places = np.arange(frames)[:, None] * step + np.arange(length)[None, :]
    seen = take(ctx, x, places, 1)
    if node.has_input(2):
        window = real_operand(ctx, node, 2)
        seen = ctx.add(nn.MulOp(seen, reshape(ctx, window, (*shape_of(window), 1))))
    return transformed(ctx, node, seen, 2, length, False, node.int_("onesided", 1) != 0)
