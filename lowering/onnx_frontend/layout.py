"""From ONNX's channels-first layout to channels-last and back, for values of every kind.

Images are NHWC, and a one-dimensional signal is an image of height 1:

    (N, C, H, W)  --transpose 0,2,3,1-->  (N, H, W, C)
    (N, C, L)     --transpose 0,2,1-->  (N, L, C)  --reshape-->  (N, 1, L, C)

The reshapes lie innermost and move no data, so whatever removes transposes sees one-dimensional and
two-dimensional networks alike.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from .importer import shape_of
from .model import Array, Node
from .values import QuantizedConstant, Unknown, Value

if TYPE_CHECKING:
    from .importer import Importer


def transpose(ctx: "Importer", value: SSAValue, permutation: Sequence[int]) -> SSAValue:
    """nn.transpose, left out when the permutation changes nothing."""
    if list(permutation) == list(range(len(permutation))):
        return value
    return ctx.add(nn.TransposeOp(value, permutation))


def reshape(ctx: "Importer", value: SSAValue, shape: Sequence[int]) -> SSAValue:
    """nn.reshape, left out when the shape stays."""
    if tuple(shape) == shape_of(value):
        return value
    return ctx.add(nn.ReshapeOp(value, shape))


def channels_last(ctx: "Importer", node: Node, value: SSAValue) -> SSAValue:
    """(N, C, H, W) or (N, C, L) as (N, H, W, C). Raises NnoptError for another number of
    dimensions.
    """
    shape = shape_of(value)
    if len(shape) == 4:
        return transpose(ctx, value, (0, 2, 3, 1))
    if len(shape) == 3:
        moved = transpose(ctx, value, (0, 2, 1))
        return reshape(ctx, moved, (shape[0], 1, shape[2], shape[1]))
    raise node.error(
        f"its input has {len(shape)} dimensions {list(shape)}; only one and two spatial "
        "dimensions are supported"
    )


def channels_first(ctx: "Importer", value: SSAValue, rank: int) -> SSAValue:
    """(N, H, W, C) as the ONNX tensor of that many dimensions: (N, C, H, W), or (N, C, W) where
    H is 1.
    """
    if rank == 4:
        return transpose(ctx, value, (0, 3, 1, 2))
    batch, _, length, channels = shape_of(value)
    return transpose(ctx, reshape(ctx, value, (batch, length, channels)), (0, 2, 1))


def transposed(ctx: "Importer", value: Value, permutation: Sequence[int]) -> Value:
    """Any value with its axes permuted; constants at import, others by nn.transpose."""
    if isinstance(value, np.ndarray):
        return np.array(value.transpose(permutation), order="C")
    if isinstance(value, QuantizedConstant):
        return value.transposed(permutation)
    return value if isinstance(value, Unknown) else transpose(ctx, value, permutation)


def reshaped(ctx: "Importer", value: Value, shape: Sequence[int], name: str) -> Value:
    """Any value in another shape; constants at import, others by nn.reshape."""
    if isinstance(value, np.ndarray):
        return value.reshape(shape)
    if isinstance(value, QuantizedConstant):
        moved = value.reshaped(shape)
        return reshape(ctx, ctx.build(value, name), shape) if moved is None else moved
    return value if isinstance(value, Unknown) else reshape(ctx, value, shape)


def filters_last(ctx: "Importer", value: Value, shape: Sequence[int], name: str) -> Value:
    """Filters of the given shape, (O, I, KH, KW) or (O, I, K), as (O, KH, KW, I)."""
    if len(shape) == 4:
        return transposed(ctx, value, (0, 2, 3, 1))
    filters, channels, taps = shape
    return reshaped(ctx, transposed(ctx, value, (0, 2, 1)), (filters, 1, taps, channels), name)


def zeros(size: int) -> Array:
    """An absent bias."""
    return np.zeros(size, np.float32)
