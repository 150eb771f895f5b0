"""What verifiers share: each check raises VerifyException with the number of a constraint."""

import numpy as np
from xdsl.dialects.builtin import (
    Float32Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import REAL_ROUNDINGS, ROUNDING_MODES
from .types import integer_range


def verify_scale(scale: "FloatAttr[Float32Type]", number: int) -> None:
    """Check that a scale is finite and positive."""
    value = scale.value.data
    if not (np.isfinite(value) and value > 0):
        raise VerifyException(f"(C{number}) scale must be finite and positive, got {value}")


def verify_within(what: str, value: int, type: IntegerType, number: int) -> None:
    """Check that a number lies in the range of an integer type."""
    low, high = integer_range(type)
    if not low <= value <= high:
        raise VerifyException(f"(C{number}) {what} {value} does not fit in {type}: {low}..{high}")


def verify_rounding(rounding: StringAttr, source: Attribute, number: int) -> None:
    """Check a rounding mode for accumulators of type `source`."""
    if rounding.data not in ROUNDING_MODES:
        raise VerifyException(
            f"(C{number}) rounding must be one of {', '.join(ROUNDING_MODES)}, got {rounding.data}"
        )
    if rounding.data == "double" and source == i64:
        raise VerifyException(f"(C{number}) rounding double takes accumulators of 32 bits, not i64")


def verify_real_rounding(rounding: StringAttr, number: int) -> None:
    """Check a rounding mode of reals."""
    if rounding.data not in REAL_ROUNDINGS:
        raise VerifyException(
            f"(C{number}) rounding must be one of {', '.join(REAL_ROUNDINGS)}, got {rounding.data}"
        )


def verify_clamp(
    least: "IntegerAttr[IntegerType]",
    greatest: "IntegerAttr[IntegerType]",
    type: IntegerType,
    number: int,
) -> None:
    """Check that [least, greatest] is a non-empty part of the range of `type`."""
    low, high = least.value.data, greatest.value.data
    if low > high:
        raise VerifyException(f"(C{number}) min {low} is greater than max {high}")
    verify_within("min", low, type, number)
    verify_within("max", high, type, number)
