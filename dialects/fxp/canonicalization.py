"""Canonical forms of the fxp operations: what folds away without changing a result."""

from typing import cast

import numpy as np
from xdsl.dialects.builtin import IntegerType
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from .scalar_ops import SaturateOp
from .tensor_ops import LookupOp, RequantizeOp, StorageCastOp
from .types import integer_range


class StorageCastOfStorageCast(RewritePattern):
    """storage_cast(storage_cast(x)) is x when it ends at the type of x."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: StorageCastOp, rewriter: PatternRewriter) -> None:
        """Replace the second cast."""
        first = op.input.owner
        if isinstance(first, StorageCastOp) and first.input.type == op.result.type:
            rewriter.replace(op, [], [first.input])


class EqualChannelsAreOne(RewritePattern):
    """One multiplier and shift say the same as equal ones for all channels."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: RequantizeOp, rewriter: PatternRewriter) -> None:
        """Shorten the arrays."""
        multipliers, shifts = op.multiplier.get_values(), op.shift.get_values()
        if len(multipliers) == 1 or len(set(zip(multipliers, shifts, strict=True))) != 1:
            return
        new = RequantizeOp(
            op.input,
            multipliers[0],
            shifts[0],
            element_type=cast(IntegerType, op.result_element),
            input_zero_point=op.input_zero_point.value.data,
            zero_point=op.zero_point.value.data,
            rounding=op.rounding_mode,
            min_value=op.min_value.value.data,
            max_value=op.max_value.value.data,
        )
        rewriter.replace(op, new)


class RequantizeIdentity(RewritePattern):
    """A factor of exactly 1 between equal types and zero points, without a clamp, changes
    nothing.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: RequantizeOp, rewriter: PatternRewriter) -> None:
        """Replace the op by its input."""
        pairs = zip(op.multiplier.get_values(), op.shift.get_values(), strict=True)
        if (
            op.input.type == op.result.type
            and all(m == 1 << s for m, s in pairs)
            and op.input_zero_point == op.zero_point
            and _is_full_range(op, cast(IntegerType, op.result_element))
            and not (op.rounding.data == "double" and op.result_element == IntegerType(32))
        ):
            rewriter.replace(op, [], [op.input])


class LookupOfLookup(RewritePattern):
    """Two tables in a row are one."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: LookupOp, rewriter: PatternRewriter) -> None:
        """Compose the tables."""
        first = op.input.owner
        if not isinstance(first, LookupOp):
            return
        least = integer_range(cast(IntegerType, first.result_element))[0]
        indices = first.table_array().astype(np.int64) - least
        table = op.table_array()[indices]
        rewriter.replace(op, LookupOp(first.input, table, op.result_element))


class SaturateToFullRange(RewritePattern):
    """Clamping an i32 to all of i32 changes nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: SaturateOp, rewriter: PatternRewriter) -> None:
        """Replace the op by its input."""
        if op.input.type == op.result.type and _is_full_range(op, IntegerType(32)):
            rewriter.replace(op, [], [op.input])


class SaturateOfSaturate(RewritePattern):
    """Two clamps whose ranges overlap are one clamp to the overlap."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: SaturateOp, rewriter: PatternRewriter) -> None:
        """Clamp once."""
        first = op.input.owner
        if not isinstance(first, SaturateOp):
            return
        low = max(first.min_value.value.data, op.min_value.value.data)
        high = min(first.max_value.value.data, op.max_value.value.data)
        if low <= high:
            rewriter.replace(op, SaturateOp(first.input, low, high))


def _is_full_range(op: RequantizeOp | SaturateOp, type: IntegerType) -> bool:
    return (op.min_value.value.data, op.max_value.value.data) == integer_range(type)
