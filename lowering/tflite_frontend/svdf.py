"""SVDF: a dense layer of low rank over what came in the last calls."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import TensorType, i32, i64
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from .arithmetic import ACTIVATIONS, rescale
from .importer import Result, is_real, shape_of
from .model import Array, Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


@handler("SVDF")
def svdf(ctx: "Importer", op: Operator) -> Result:
    """Inputs: x (N, K), weights of features (F, K), of time (F, T), optional bias (F / rank), and
    the features of the last T calls (N, F * T), which are kept.
    """
    x, features, times = ctx.value(op, 0), ctx.array(op, 1, "features"), ctx.array(op, 2, "times")
    rank, (count, depth) = op.int_("Rank"), times.shape
    batch, width = shape_of(x)
    memory = ctx.tensor(op, 4)
    if rank < 1 or count % rank or features.shape != (count, width):
        raise op.error(f"{list(features.shape)} and {list(times.shape)} do not fit rank {rank}")
    if memory.shape != (batch, count * depth) or not memory.variable:
        raise op.error(f"'{memory.name}' cannot keep {count} features of {depth} calls")
    old = ctx.reshape(ctx.variables.read(op, memory.name, memory), (batch, count, depth))
    newest = ctx.reshape(_features(ctx, op, x, features), (batch, count, 1))
    kept = newest
    if depth > 1:
        rest = ctx.add(nn.SliceOp(old, (0, 0, 1), (batch, count, depth - 1), (1, 1, 1)))
        kept = ctx.add(nn.ConcatOp([rest, newest], 2))
    value = ctx.reshape(kept, memory.shape)
    ctx.variables.write(op, memory.name, memory, value)
    units = count // rank
    bias = ctx.array(op, 3, "bias") if op.has_input(3) else np.zeros(units, np.int32)
    if bias.shape != (units,):
        raise op.error(f"its bias has {bias.size} elements for {units} units")
    return _over_time(ctx, op, kept, times, bias)


def _features(ctx: "Importer", op: Operator, x: SSAValue, weights: Array) -> SSAValue:
    """One number per feature of this call; 16 bits where they are quantized."""
    if is_real(x):
        zeros = np.zeros(len(weights), np.float32)
        return ctx.add(nn.FullyConnectedOp(x, ctx.constant(weights), ctx.constant(zeros)))
    source, target = ctx.encoding(op, ctx.tensor(op, 0)), ctx.encoding(op, ctx.tensor(op, 4))
    scale = ctx.encoding(op, ctx.tensor(op, 1)).scale
    kinds = [ctx.tensor(op, index).type_name for index in (0, 1, 2, 4)]
    if kinds != ["INT8", "INT8", "INT16", "INT16"] or target.zero_point:
        raise op.error(f"of elements of {', '.join(kinds)} it is not supported")
    if ctx.activation(op) != ACTIVATIONS["RELU"]:
        raise op.error("of integers it is there with a fused RELU only, as in TFLite")
    acc = ctx.add(
        nn.FullyConnectedOp(
            x,
            ctx.constant(weights),
            ctx.constant(np.zeros(len(weights), np.int32)),
            input_zero_point=source.zero_point,
        )
    )
    scaling = rescale(float(source.scale * scale / target.scale))
    info = np.iinfo(np.int16)
    return ctx.add(
        fxp.RequantizeOp(
            acc,
            scaling.multipliers,
            scaling.shifts,
            element_type=ctx.integer_type(op, ctx.tensor(op, 4)),
            rounding=scaling.rounding,
            min_value=int(info.min),
            max_value=int(info.max),
        )
    )


def _over_time(
    ctx: "Importer", op: Operator, kept: SSAValue, times: Array, bias: Array
) -> SSAValue:
    """The features (N, F, T) weighted over time and summed by unit: a row times a column each.

    Sums of integers are cut to the 32 bits that TFLite has. The fused RELU of integers is only that
    the result ends at the least number, whatever it stands for: TFLite's kernel does no more.
    """
    batch, count, depth = shape_of(kept)
    units = bias.size
    length = count // units * depth
    rows = ctx.reshape(kept, (batch, units, 1, length))
    columns = ctx.constant(times.reshape(1, units, length, 1))
    if is_real(kept):
        total = ctx.reshape(ctx.add(nn.MatmulOp(rows, columns)), (batch, units))
        return ctx.clamp(op, ctx.add(nn.AddOp(total, ctx.constant(bias.astype(np.float32)))))
    sums = TensorType(i64, [batch, units, 1, 1])
    total = ctx.reshape(ctx.add(nn.MatmulOp(rows, columns, result_type=sums)), (batch, units))
    total = ctx.add(nn.AddOp(total, ctx.constant(bias.astype(np.int64))))
    narrow = ctx.add(nn.CastOp(total, i32))
    state, time = (ctx.encoding(op, ctx.tensor(op, index)).scale for index in (4, 2))
    target = ctx.encoding(op, ctx.output(op)).scale
    return ctx.requantize(op, narrow, rescale(float(state * time / target)))
