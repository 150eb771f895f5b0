"""Constants seen through what stands between them and their user: casts, quantizers, transposes,
reshapes.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.ir import SSAValue

from ...dialects import fxp, nn
from ...dialects.fxp import AffineType, FxpType
from ..rewriting import shape_of


@dataclass(frozen=True)
class QuantizedConstant:
    """Constant integers and what they stand for: ``type.dequantize_array(array)``."""

    array: NDArray[Any]
    type: FxpType

    @property
    def real(self) -> NDArray[np.floating]:
        """The real numbers, in float64."""
        return self.type.dequantize_array(self.array, np.float64)

    @property
    def centred(self) -> NDArray[np.int64]:
        """The integers less their zero points."""
        zeros = self.type.zero_points
        shape = [1] * self.array.ndim
        if self.type.axis is not None:
            shape[self.type.axis] = -1
        return self.array.astype(np.int64) - zeros.reshape(shape)

    def transpose(self, permutation: tuple[int, ...]) -> "QuantizedConstant":
        """Return the constant with its dimensions permuted; the axis of the scales moves along."""
        type = self.type
        if isinstance(type, AffineType) and type.axis is not None:
            type = type.with_axis(permutation.index(type.axis))
        return QuantizedConstant(np.ascontiguousarray(self.array.transpose(permutation)), type)

    def reshape(self, shape: tuple[int, ...]) -> "QuantizedConstant | None":
        """Return the constant in another shape; None when the axis of scales does not survive."""
        type = self.type
        if isinstance(type, AffineType) and type.axis is not None:
            size = self.array.shape[type.axis]
            before = math.prod(self.array.shape[: type.axis])
            axes = [i for i, n in enumerate(shape) if n == size and math.prod(shape[:i]) == before]
            if not axes:
                return None
            type = type.with_axis(axes[0])
        return QuantizedConstant(self.array.reshape(shape), type)


def plain_constant(value: SSAValue) -> NDArray[Any] | None:
    """Return the array of a constant of plain elements, seen through transposes and reshapes."""
    op = value.owner
    if isinstance(op, nn.ConstantOp):
        return None if fxp.is_fxp(value.type) else op.array()
    if isinstance(op, nn.TransposeOp | nn.ReshapeOp):
        inner = plain_constant(op.operands[0])
        return None if inner is None else _moved(op, inner)
    if isinstance(op, fxp.StorageCastOp) and not fxp.is_fxp(value.type):
        inner = quantized_constant(op.input)
        return None if inner is None else inner.array
    return None


def quantized_constant(value: SSAValue) -> QuantizedConstant | None:
    """Return the constant of quantized numbers behind a value of fxp or of dequantized elements."""
    op = value.owner
    element = fxp.fxp_type_of(value.type)
    if isinstance(op, fxp.DequantizeOp):
        return quantized_constant(op.input)
    if isinstance(op, nn.TransposeOp | nn.ReshapeOp):
        inner = quantized_constant(op.operands[0])
        if inner is None:
            return None
        if isinstance(op, nn.TransposeOp):
            return inner.transpose(_permutation(op))
        return inner.reshape(shape_of(value))
    if element is None:
        return None
    if isinstance(op, nn.ConstantOp):
        return QuantizedConstant(op.array(), element)
    if isinstance(op, fxp.StorageCastOp):
        array = plain_constant(op.input)
        return None if array is None else QuantizedConstant(array, element)
    if isinstance(op, fxp.QuantizeOp):
        array = plain_constant(op.input)
        return None if array is None else QuantizedConstant(element.quantize_array(array), element)
    return None


def real_constant(value: SSAValue) -> NDArray[np.floating] | None:
    """Return the real numbers of a constant: float32 as they are, quantized ones in float64."""
    array = plain_constant(value)
    if array is not None:
        return array if np.issubdtype(array.dtype, np.floating) else None
    quantized = quantized_constant(value)
    return None if quantized is None else quantized.real


def _moved(op: "nn.TransposeOp | nn.ReshapeOp", array: NDArray[Any]) -> NDArray[Any]:
    if isinstance(op, nn.TransposeOp):
        return np.asarray(array.transpose(_permutation(op)), order="C")
    return array.reshape(shape_of(op.results[0]))


def _permutation(op: "nn.TransposeOp") -> tuple[int, ...]:
    return tuple(op.permutation.get_values())
