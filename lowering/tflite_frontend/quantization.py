"""Between reals and integers, and between encodings."""

from typing import TYPE_CHECKING

import numpy as np

from ...dialects import fxp, nn
from .arithmetic import rescale
from .importer import Result, is_real
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


@handler("QUANTIZE")
def quantize(ctx: "Importer", op: Operator) -> Result:
    """Reals, or integers of another encoding, to integers; ties of reals go away from zero."""
    x, output = ctx.value(op, 0), ctx.output(op)
    target = ctx.encoding(op, output)
    if is_real(x):
        return ctx.add(
            fxp.FromRealOp(
                x,
                float(target.scale),
                target.zero_point,
                ctx.integer_type(op, output),
                rounding="half_away",
            )
        )
    source = ctx.encoding(op, ctx.tensor(op, 0))
    scaling = rescale(float(np.float64(source.scale) / np.float64(target.scale)))
    return ctx.requantize(op, x, scaling, input_zero_point=source.zero_point)


@handler("DEQUANTIZE")
def dequantize(ctx: "Importer", op: Operator) -> Result:
    """Integers to reals, exact but for one rounding; half-precision constants to single."""
    x = ctx.value(op, 0)
    if is_real(x):
        return x
    source = ctx.encoding(op, ctx.tensor(op, 0))
    return ctx.add(fxp.ToRealOp(x, float(source.scale), source.zero_point))


@handler("CAST")
def cast(ctx: "Importer", op: Operator) -> Result:
    """To another element type."""
    x = ctx.value(op, 0)
    return ctx.add(nn.CastOp(x, ctx.element_type(op, ctx.output(op))))
