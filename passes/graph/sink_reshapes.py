"""Patterns that move reshapes towards the end of a network: layers then meet what follows them.

One-dimensional networks have a reshape after each layer, which drops the height of 1, and one
before the next, which adds it again. Moved down, the two meet and vanish.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, TensorType, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ..rewriting import element_of, producer, rebuild, shape_of, sole_user, with_shape
from .layout_rules import AlongAxis, Broadcasting, Reducing, integer_attribute, rule_of


class FlattenBeforeFullyConnected(RewritePattern):
    """Moves a reshape after an element-wise operation when a fully connected layer comes next."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReshapeOp, rewriter: PatternRewriter, /) -> None:
        user = sole_user(op.result)
        if (
            user is None
            or not is_unary(user)
            or has_scales_per_axis([*user.operands, *user.results])
        ):
            return
        if len(shape_of(op.input)) <= len(shape_of(op.result)) or not leads_to_layer(user):
            return
        moved = rebuild(user, [op.input], with_shape(user.results[0], shape_of(op.input)))
        reshape = rebuild(op, moved.results, user.results[0].type)
        rewriter.replace(user, [moved, reshape])


def is_unary(op: Operation) -> bool:
    """Return whether an operation works on one tensor, element by element."""
    return len(op.operands) == 1 and isinstance(rule_of(op), Broadcasting)


def leads_to_layer(op: Operation) -> bool:
    """Return whether a chain of unary operations ends in the input of a fully connected layer."""
    while is_unary(op):
        value, following = op.results[0], sole_user(op.results[0])
        if following is None:
            return False
        if isinstance(following, nn.FullyConnectedOp):
            return following.operands[0] is value
        op = following
    return False


def has_scales_per_axis(values: Sequence[SSAValue]) -> bool:
    """Return whether one of some tensors has a scale per index of an axis."""
    elements = (element_of(value) for value in values)
    return any(isinstance(e, fxp.FxpType) and e.axis is not None for e in elements)


def dropped_axes(source: Sequence[int], target: Sequence[int]) -> list[int] | None:
    """Return the axes of size 1 that a reshape drops, None if it does anything else (or nothing).

    (1, 1, 7, 2) -> (1, 7, 2): [1].
    """
    dropped: list[int] = []
    kept = 0
    for axis, size in enumerate(source):
        if kept < len(target) and size == target[kept]:
            kept += 1
        elif size == 1:
            dropped.append(axis)
        else:
            return None
    return dropped if dropped and kept == len(target) else None


def with_axes(shape: Sequence[int], axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Return a shape that broadcasts to a rank, with axes of size 1 put back."""
    result = [1] * (rank - len(shape)) + list(shape)
    for axis in axes:
        result.insert(axis, 1)
    while len(shape) < rank and len(result) > len(shape) and result[0] == 1:
        result.pop(0)
    return tuple(result)


def reshapable_operands(op: Operation) -> Sequence[SSAValue]:
    """Return the operands that an operation takes in any shape with the same axes that are not 1.

    Of those that broadcast all, of others the first.
    """
    if isinstance(op, nn.BroadcastOp):
        return ()
    if isinstance(op, nn.FullyConnectedOp):
        return op.operands[:1] if len(shape_of(op.input)) > 2 else ()
    if isinstance(op, nn.ReduceOp):
        keeps = len(shape_of(op.result)) == len(shape_of(op.input)) > 2
        return op.operands if keeps else ()
    if isinstance(op, nn.BatchNormOp):
        return op.operands[:1]
    return op.operands if isinstance(rule_of(op), Broadcasting | AlongAxis) else ()


def axes_attributes(op: Operation, axes: Sequence[int]) -> dict[str, Attribute | None]:
    """Return the attributes of an operation that name axes, after axes were put back."""
    rank, rule = len(shape_of(op.results[0])), rule_of(op)
    kept = [axis for axis in range(rank + len(axes)) if axis not in axes]
    if isinstance(rule, AlongAxis):
        return {"axis": integer_attribute(kept[rule.axis(op)])}
    if isinstance(rule, Reducing):
        return {"axes": DenseArrayBase.from_list(i64, [kept[a] for a in rule.axes(op)])}
    return {}


class SinkReshape(RewritePattern):
    """op(reshape(x), …) -> reshape(op(x, …)), where the reshape only drops axes of size 1.

    For element-wise operations, concatenations, softmax and batch normalization; for fully
    connected layers and reductions as well, unless they work on a plain matrix.
    """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        operands = reshapable_operands(op)
        if not operands or has_scales_per_axis([*operands, *op.results]):
            return
        rank = len(shape_of(op.results[0]))
        for value in operands:
            reshape = producer(value, nn.ReshapeOp)
            if reshape is None or len(shape_of(value)) != rank:
                continue
            if element_of(reshape.input) != element_of(value):
                continue
            axes = dropped_axes(shape_of(reshape.input), shape_of(value))
            if axes is None or (isinstance(op, nn.FullyConnectedOp) and axes[-1] == rank):
                continue
            self._sink(op, len(operands), axes, rewriter)
            return

    def _sink(
        self, op: Operation, count: int, axes: Sequence[int], rewriter: PatternRewriter
    ) -> None:
        rank, result = len(shape_of(op.results[0])), op.results[0].type
        operands = [
            reshaped(value, with_axes(shape_of(value), axes, rank), rewriter)
            for value in op.operands[:count]
        ]
        type_ = TensorType(element_of(result), with_axes(shape_of(result), axes, rank))
        attributes = axes_attributes(op, axes)
        moved = rebuild(op, [*operands, *op.operands[count:]], type_, attributes)
        rewriter.replace(op, [moved, nn.ReshapeOp(moved, shape_of(result))])


def reshaped(value: SSAValue, shape: tuple[int, ...], rewriter: PatternRewriter) -> SSAValue:
    """Return a value in another shape; constants and reshapes are not reshaped twice."""
    reshape = producer(value, nn.ReshapeOp)
    if reshape is not None and element_of(reshape.input) == element_of(value):
        value = reshape.input
    if shape_of(value) == shape:
        return value
    if isinstance(value.owner, nn.ConstantOp):
        array = value.owner.array().reshape(shape)
        new: Operation = nn.ConstantOp.from_array(array, with_shape(value, shape))
    else:
        new = nn.ReshapeOp(value, shape)
    rewriter.insert(new)
    new.results[0].name_hint = value.name_hint
    return new.results[0]
