"""Reductions over axes, and softmax."""

import math
from typing import TYPE_CHECKING

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from ...dialects.gemmlowp import MAX_TERMS, softmax_table
from .arithmetic import mean_rescale, rescale
from .importer import Result, is_real, shape_of
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


def _axes(ctx: "Importer", op: Operator, rank: int) -> tuple[int, ...]:
    return op.normalize_axes(ctx.integers(op, 1, "axes"), rank)


@handler("MEAN", "SUM")
def mean_or_sum(ctx: "Importer", op: Operator) -> Result:
    """Over the axes of the second input; integers are summed exactly, then rescaled once."""
    x = ctx.value(op, 0)
    shape = shape_of(x)
    axes, keep = _axes(ctx, op, len(shape)), op.bool_("KeepDims")
    if not axes:
        raise op.error("it has no axes, which is not supported")
    if is_real(x):
        return ctx.add(nn.ReduceOp(x, "mean" if op.kind == "MEAN" else "sum", axes, keep))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.output(op))
    count = math.prod(shape[axis] for axis in axes)
    real = float(np.float64(source.scale) / np.float64(target.scale))
    scaling = mean_rescale(real, count) if op.kind == "MEAN" else rescale(real)
    if axes == (1, 2) and len(shape) == 4:
        total = ctx.add(nn.AvgPool2dOp(x, kernel=shape[1:3], input_zero_point=source.zero_point))
        out = shape_of(total) if keep else (shape[0], shape[3])
        return ctx.reshape(ctx.requantize(op, total, scaling), out)
    wide = ctx.add(fxp.WidenOp(x, source.zero_point))
    return ctx.requantize(op, ctx.add(nn.ReduceOp(wide, "sum", axes, keep)), scaling)


@handler("REDUCE_MAX", "REDUCE_MIN")
def reduce_extreme(ctx: "Importer", op: Operator) -> Result:
    """The largest or the smallest element over axes; integers keep their encoding."""
    x = ctx.value(op, 0)
    if ctx.is_quantized(ctx.tensor(op, 0)):
        ctx.same_encoding(op)
    kind = "max" if op.kind == "REDUCE_MAX" else "min"
    return ctx.add(nn.ReduceOp(x, kind, _axes(ctx, op, len(shape_of(x))), op.bool_("KeepDims")))


@handler("SOFTMAX")
def softmax(ctx: "Importer", op: Operator) -> Result:
    """Over the last axis, of x times beta."""
    x = ctx.value(op, 0)
    beta = op.float_("Beta", 1.0)
    if is_real(x):
        scaled = _times(ctx, x, beta)
        return ctx.add(nn.SoftmaxOp(scaled, len(shape_of(x)) - 1))
    tensor, output = ctx.tensor(op, 0), ctx.output(op)
    source, target = ctx.encoding(op, tensor), ctx.encoding(op, output)
    if tensor.type_name not in ("INT8", "UINT8") or output.type_name != tensor.type_name:
        raise op.error(f"softmax from {tensor.type_name} to {output.type_name} is not supported")
    least, _ = ctx.limits(op)
    if target.zero_point != least or abs(float(target.scale) * 256 - 1) > 0.001:
        raise op.error(
            f"its output must have scale 1/256 and zero point {least}, not {target.scale} and "
            f"{target.zero_point}"
        )
    shape = shape_of(x)
    if not shape or shape[-1] > MAX_TERMS:
        raise op.error(f"softmax over more than {MAX_TERMS} elements is not supported")
    table = softmax_table(float(source.scale), beta)
    return ctx.add(fxp.SoftmaxOp(x, table, ctx.integer_type(op, output)))


def _times(ctx: "Importer", x: SSAValue, factor: float) -> SSAValue:
    if factor == 1.0:
        return x
    return ctx.add(nn.MulOp(x, ctx.constant(np.full((1,) * len(shape_of(x)), factor, np.float32))))
