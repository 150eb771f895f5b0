"""What the patterns from quantized tensors to plain integers share."""

import logging
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from xdsl.dialects.builtin import (
    FloatAttr,
    IntegerType,
    TensorType,
    f32,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, RoundingMode, as_shifts, quantize_multipliers
from ...dialects.fxp import FixedType, FxpType
from ...passes.quantize.operators import only_moves, per_tensor_type
from ...passes.rewriting import element_of, rebuild, shape_of

logger = logging.getLogger("nnopt.integer")


class Replacement:
    """Collects the operations that take the place of one, then puts them there."""

    def __init__(self, op: Operation, rewriter: PatternRewriter):
        self.op = op
        self.rewriter = rewriter
        self.ops: list[Operation] = []

    def add(self, op: Operation) -> SSAValue:
        """Append an operation of one result and return that."""
        self.ops.append(op)
        return op.results[0]

    def storage(self, value: SSAValue) -> SSAValue:
        """Return the plain integers of a quantized tensor."""
        return self.add(fxp.StorageCastOp(value))

    def constant(self, array: NDArray[Any], element: IntegerType) -> SSAValue:
        """Return a constant of plain integers."""
        dtype = np.int64 if element.width.data == 64 else fxp.STORAGE_DTYPES[element]
        type = TensorType(element, array.shape)
        return self.add(nn.ConstantOp.from_array(np.asarray(array, dtype, order="C"), type))

    def finish(self, value: SSAValue) -> None:
        """Replace the operation by `value`, seen as the type of the operation's result."""
        result = self.op.results[0]
        element = fxp.fxp_type_of(result.type)
        if element is not None and not fxp.is_fxp(value.type):
            value = self.add(fxp.StorageCastOp(value, element))
        self.rewriter.replace(self.op, self.ops, [value])

    def requantize(
        self,
        value: SSAValue,
        factors: ArrayLike,
        element: FxpType,
        *,
        input_zero_point: int = 0,
        rounding: RoundingMode | None = None,
    ) -> SSAValue:
        """Rescale by real factors to `element`, with the clamp that the replaced operation asks
        for.

        Powers of two are mere shifts. The rounding is that of `element` unless another is given.
        """
        multipliers, shifts = as_shifts(*quantize_multipliers(factors))
        return self.rescale(
            value,
            multipliers,
            shifts,
            element,
            input_zero_point=input_zero_point,
            rounding=rounding or rounding_of(element),
        )

    def rescale(
        self,
        value: SSAValue,
        multipliers: "int | NDArray[np.int32]",
        shifts: "int | NDArray[np.int32]",
        element: FxpType,
        *,
        input_zero_point: int = 0,
        rounding: RoundingMode = "half_even",
    ) -> SSAValue:
        """Rescale by integer multipliers and shifts to `element`, clamped."""
        low, high = clamp_bounds(self.op, element)
        return self.add(
            fxp.RequantizeOp(
                value,
                multipliers,
                shifts,
                element_type=element.storage,
                input_zero_point=input_zero_point,
                zero_point=element.zero_point,
                rounding=rounding,
                min_value=low,
                max_value=high,
            )
        )


def activation_type(value: SSAValue) -> FxpType:
    """Return the type of a quantized activation; `verify-quantized` has checked that it is one."""
    element = per_tensor_type(value)
    if element is None:
        raise ValueError(f"{value.type} is no quantized activation")
    return element


def rounding_of(element: FxpType) -> RoundingMode:
    """Return how results of arithmetic are rounded to a type: see `FixedType.quantize_array`."""
    return "half_up" if isinstance(element, FixedType) else "half_even"


def clamp_bounds(op: Operation, element: FxpType) -> tuple[int, int]:
    """Return the integers to which the activation of `op` clamps a result of type `element`.

    Rounding is increasing, so clamping integers to rounded ends equals rounding the clamped real.
    """
    low, high = -np.inf, np.inf
    if isinstance(op, nn.ReluOp):
        low = 0.0
    names = ("min", "max") if isinstance(op, nn.ClampOp) else ("act_min", "act_max")
    if names[0] in op.properties:
        low = max(low, _real(op.properties[names[0]]))
    if names[1] in op.properties:
        high = min(high, _real(op.properties[names[1]]))
    ends = [
        element.qmin if end == -np.inf else element.qmax if end == np.inf else _stored(end, element)
        for end in (low, high)
    ]
    return ends[0], ends[1]


def _real(attribute: Attribute) -> float:
    return cast("FloatAttr[Any]", attribute).value.data


def _stored(real: float, element: FxpType) -> int:
    return int(element.quantize_array(np.array([real], np.float64))[0])


def value_range(value: SSAValue) -> tuple[int, int]:
    """Return bounds of the plain integers that a value can hold, from what made it."""
    op = value.owner
    if isinstance(op, fxp.RequantizeOp):
        return op.min_value.value.data, op.max_value.value.data
    if isinstance(op, fxp.LookupOp | fxp.InterpolateOp):
        table = op.table_array()
        low, high = fxp.integer_range(cast(IntegerType, op.result_element))
        return max(low, int(table.min())), min(high, int(table.max()))
    if isinstance(op, nn.ConstantOp):
        array = op.array()
        return int(array.min(initial=0)), int(array.max(initial=0))
    if isinstance(op, fxp.StorageCastOp) or (only_moves(op) and not isinstance(op, nn.PadOp)):
        ranges = [value_range(v) for v in op.operands]
        return min(low for low, _ in ranges), max(high for _, high in ranges)
    return fxp.integer_range(cast(IntegerType, fxp.storage_of(element_of(value))))


def magnitude(value: SSAValue, zero_point: int) -> int:
    """Return the largest ``|x - zero_point|`` over the storage type of a value."""
    low, high = fxp.integer_range(cast(IntegerType, fxp.storage_of(element_of(value))))
    return max(zero_point - low, high - zero_point)


def compute_on_reals(op: Operation, rewriter: PatternRewriter, reason: str) -> None:
    """Put an operation on quantized numbers back between dequantizers and a quantizer."""
    logger.info(
        "%s (%s) is computed in real numbers: %s", nn.node_name(op) or "unnamed", op.name, reason
    )
    replacement = Replacement(op, rewriter)
    operands: Sequence[SSAValue] = [
        replacement.add(fxp.DequantizeOp(v)) if fxp.is_fxp(v.type) else v for v in op.operands
    ]
    result = op.results[0]
    element = fxp.fxp_type_of(result.type)
    if element is None:
        raise ValueError(f"{op.name} has no quantized result")
    real = replacement.add(rebuild(op, operands, TensorType(f32, shape_of(result))))
    replacement.finish(replacement.add(fxp.QuantizeOp(real, element)))


def fits_i32(largest: float) -> bool:
    """Return whether magnitudes up to `largest` fit in 32 bits."""
    return largest <= I32_MAX
