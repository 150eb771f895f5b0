"""Transposes before a flattening which the weights of a fully connected layer can take in."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from ...dialects import fxp, nn
from ..rewriting import element_of, is_constant, rebuild, shape_of, tensor_type_of


def folds_into_weights(op: Operation, index: int, step: Sequence[int]) -> bool:
    """Return whether `op` is a reshape into fully connected layers that can take `step` in.

    `step` is the transpose that makes operand `index` of `op`.
    """
    if not isinstance(op, nn.ReshapeOp) or not op.results[0].first_use:
        return False
    for use in op.results[0].uses:
        layer = use.operation
        if not isinstance(layer, nn.FullyConnectedOp) or use.index != 0:
            return False
        if not has_free_columns(layer.operands[1]):
            return False
    return column_order(shape_of(op.operands[index]), shape_of(op.results[0]), step) is not None


def column_order(
    shape: Sequence[int], flat: Sequence[int], step: Sequence[int]
) -> NDArray[np.intp] | None:
    """Return for each column of the flattened tensor which one it is without the transpose.

    `shape` is the shape after the transpose `step`, `flat` the one after the reshape; None unless
    the transpose only moves axes that the reshape merges into the last one.
    """
    first = len(shape)
    while first > 0 and prod(shape[first:]) < flat[-1]:
        first -= 1
    if not flat or prod(shape[first:]) != flat[-1] or flat[-1] == 0:
        return None
    source = [axis for axis, size in zip(step, shape, strict=True) if size != 1]
    leading = sum(1 for size in shape[:first] if size != 1)
    outer, inner = source[:leading], source[leading:]
    if outer != sorted(outer) or (outer and inner and max(outer) > min(inner)):
        return None
    sizes = dict(zip(step, shape, strict=True))
    stored = sorted(inner)
    numbers = np.arange(flat[-1]).reshape([sizes[axis] for axis in stored])
    return numbers.transpose([stored.index(axis) for axis in inner]).ravel()


def has_free_columns(weights: SSAValue) -> bool:
    """Return whether `permute_columns` can do its work."""
    element = element_of(weights)
    if isinstance(element, fxp.FxpType) and element.axis not in (None, 0):
        return False
    owner = weights.owner
    if isinstance(owner, fxp.QuantizeOp | fxp.DequantizeOp | fxp.StorageCastOp):
        return has_free_columns(owner.operands[0])
    return is_constant(weights)


def permute_columns(
    weights: SSAValue, order: NDArray[np.intp], rewriter: PatternRewriter
) -> SSAValue:
    """Return constant weights (M, K) for an input that comes without its transpose.

    The result w' has w'[:, order[k]] == w[:, k]. Casts between the constant and the layer stay.
    """
    owner = weights.owner
    if isinstance(owner, nn.ConstantOp):
        array: NDArray[Any] = np.empty_like(owner.array())
        array[:, order] = owner.array()
        new: Operation = nn.ConstantOp.from_array(array, tensor_type_of(weights))
        new.location = owner.location
    else:
        assert isinstance(owner, Operation)
        new = rebuild(owner, [permute_columns(owner.operands[0], order, rewriter)])
    rewriter.insert(new)
    new.results[0].name_hint = weights.name_hint
    return new.results[0]
