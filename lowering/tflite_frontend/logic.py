"""Operators that compare, select, and combine truth values."""

from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, I32_MIN
from .arithmetic import rescale
from .importer import Result
from .model import Operator
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

PREDICATES = {
    "EQUAL": "eq",
    "NOT_EQUAL": "ne",
    "LESS": "lt",
    "LESS_EQUAL": "le",
    "GREATER": "gt",
    "GREATER_EQUAL": "ge",
}


@handler(*PREDICATES)
def comparison(ctx: "Importer", op: Operator) -> Result:
    """Bytes are compared as what they stand for, in steps of 2**-8 that are rounded twice."""
    a, b = (_comparable(ctx, op, index) for index in (0, 1))
    return ctx.add(nn.CompareOp(a, b, PREDICATES[op.kind]))


def _comparable(ctx: "Importer", op: Operator, index: int) -> SSAValue:
    x, tensor = ctx.value(op, index), ctx.tensor(op, index)
    if tensor.type_name not in ("INT8", "UINT8"):
        return x
    encoding = ctx.encoding(op, tensor)
    scaling = rescale(float(encoding.scale))
    return ctx.add(
        fxp.RequantizeOp(
            ctx.add(fxp.WidenOp(x, encoding.zero_point, 1 << 8)),
            scaling.multipliers,
            scaling.shifts,
            element_type=i32,
            rounding=scaling.rounding,
            min_value=I32_MIN,
            max_value=I32_MAX,
        )
    )


@handler("LOGICAL_AND", "LOGICAL_OR")
def logical(ctx: "Importer", op: Operator) -> Result:
    """Of two truth values."""
    kind = "and" if op.kind == "LOGICAL_AND" else "or"
    return ctx.add(nn.BitwiseOp(ctx.value(op, 0), ctx.value(op, 1), kind))


@handler("LOGICAL_NOT")
def logical_not(ctx: "Importer", op: Operator) -> Result:
    """False for true."""
    return ctx.add(nn.BitwiseOp(ctx.value(op, 0), ctx.constant(np.array(True)), "xor"))


@handler("SELECT", "SELECT_V2")
def select(ctx: "Importer", op: Operator) -> Result:
    """The second operand where the first holds, the third elsewhere; as they are stored."""
    if ctx.is_quantized(ctx.tensor(op, 1)):
        ctx.same_encoding(op, 1)
        ctx.same_encoding(op, 2)
    condition, a, b = (ctx.value(op, index) for index in range(3))
    return ctx.add(nn.WhereOp(condition, a, b))
