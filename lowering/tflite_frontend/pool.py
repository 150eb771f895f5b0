"""Pools over windows of an image."""

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from xdsl.dialects.builtin import TensorType, i32

from ...dialects import nn
from .arithmetic import divide_exactly
from .geometry import tap_counts, window_of
from .importer import Result, is_real, shape_of
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


@handler("AVERAGE_POOL_2D")
def average_pool_2d(ctx: "Importer", op: Operator) -> Result:
    """The mean of the taps inside the image; of integers as they are stored, rounded with ties away
    from zero.
    """
    x = ctx.value(op, 0)
    window = window_of(op, shape_of(x), (op.int_("FilterHeight"), op.int_("FilterWidth")))
    if is_real(x):
        return ctx.add(
            nn.AvgPool2dOp(
                x,
                kernel=window.kernel,
                strides=window.strides,
                pads=window.pads,
                **ctx.real_activation(op),
            )
        )
    ctx.same_encoding(op)
    total = ctx.add(
        nn.AvgPool2dOp(x, kernel=window.kernel, strides=window.strides, pads=window.pads)
    )
    counts = tap_counts(shape_of(x), window)
    common = math.lcm(*(int(c) for c in np.unique(counts)))
    if common == 0:
        raise op.error("a window lies in the padding alone")
    info = np.iinfo(cast("np.dtype[np.int8]", ctx.tensor(op, 0).dtype))
    largest = max(-info.min, info.max) * common
    if largest >= 1 << 31:
        raise op.error("its windows have too many different sizes")
    if (counts != common).any():
        shares = ctx.constant((common // counts).astype(np.int32)[None, :, :, None])
        type = TensorType(i32, shape_of(total))
        total = ctx.add(nn.MulOp(total, shares, result_type=type))
    scaling = divide_exactly(common, largest)
    return ctx.requantize(op, total, scaling, ends=ctx.activation(op), centred=False)


@handler("MAX_POOL_2D")
def max_pool_2d(ctx: "Importer", op: Operator) -> Result:
    """The largest tap inside the image."""
    x = ctx.value(op, 0)
    window = window_of(op, shape_of(x), (op.int_("FilterHeight"), op.int_("FilterWidth")))
    result = ctx.add(
        nn.MaxPool2dOp(x, kernel=window.kernel, strides=window.strides, pads=window.pads)
    )
    if not is_real(x):
        ctx.same_encoding(op)
    return ctx.clamp(op, result)
