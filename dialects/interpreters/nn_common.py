"""Real numbers in the interpreters of `nn`: f32 stays f32, fxp becomes float64 and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import FloatAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue

from ..fxp import FxpType

Array = NDArray[Any]


def element(value: SSAValue) -> Attribute:
    """Element type of a tensor value."""
    return cast(TensorType[Attribute], value.type).element_type


def real_array(value: SSAValue, array: Array) -> Array:
    """What an operand stands for: f32 and integers as they are, fxp as float64."""
    type_ = element(value)
    return type_.dequantize_array(array, np.float64) if isinstance(type_, FxpType) else array


def stored(value: SSAValue, array: Array) -> Array:
    """A result in the form of its element type: fxp elements are rounded half to even."""
    type_ = element(value)
    return type_.quantize_array(array) if isinstance(type_, FxpType) else array


def centred(value: SSAValue, array: Array) -> tuple[Array, Array] | None:
    """Integers (int64) and scales (float64) whose product is what an fxp operand stands for.

    The scales are one number, or one per index of dimension 0, shaped to multiply the result of a
    contraction (…, channels). None for other fxp types, where there are no such scales.
    """
    type_ = element(value)
    if not isinstance(type_, FxpType) or type_.axis not in (None, 0):
        return None
    if type_.axis is None:
        return array.astype(np.int64) - type_.zero_point, np.array(type_.scale)
    zeros = type_.zero_points.reshape(-1, *[1] * (array.ndim - 1))
    return array.astype(np.int64) - zeros, type_.scales


def maximum(a: Any, b: Any) -> Array:
    """B where a < b, else a: for zeros and NaN the same choice as `nnopt_max_f32`."""
    return cast(Array, np.where(a < b, b, a))


def minimum(a: Any, b: Any) -> Array:
    """B where a > b, else a: for zeros and NaN the same choice as `nnopt_min_f32`."""
    return cast(Array, np.where(a > b, b, a))


def clamped(op: Operation, array: Array) -> Array:
    """The fused clamp of ops with `act_min` / `act_max`."""
    for name, bound in (("act_min", maximum), ("act_max", minimum)):
        attribute = op.properties.get(name)
        if isinstance(attribute, FloatAttr):
            array = bound(array, array.dtype.type(attribute.value.data))
    return array


def run_real(
    op: Operation, args: tuple[Array, ...], compute: Callable[..., Array]
) -> tuple[Array, ...]:
    """Compute on what the operands stand for, clamp, and store as the result's type."""
    reals = [real_array(v, a) for v, a in zip(op.operands, args, strict=True)]
    with np.errstate(all="ignore"):
        return (stored(op.results[0], clamped(op, compute(*reals))),)
