"""How each operation carries a permutation of its axes.

An operation that can work on its tensors in any order of axes gets a *label*: the permutation in
which it works. A rule says what that means for the order of axes of each operand and of the result,
and makes the operation that works so. Operations without a rule (convolutions, windows, products of
matrices) only work in the order they are written for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, TensorType, i64
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import fxp, nn
from ..rewriting import element_of, rebuild, shape_of
from .permutations import Permutation, identity, permuted, through_reshape


def permuted_type(type_: Attribute, permutation: Sequence[int]) -> TensorType[Attribute]:
    """Return the type of a transposed tensor: the axis of per-axis element types moves along."""
    element = element_of(type_)
    if isinstance(element, fxp.AffineType) and element.axis is not None:
        element = element.with_axis(list(permutation).index(element.axis))
    return TensorType(element, permuted(shape_of(type_), permutation))


def order_of(op: nn.TransposeOp) -> Permutation:
    """Return the permutation of a transpose."""
    return tuple(int(axis) for axis in op.permutation.get_values())


def integer_attribute(value: int) -> IntegerAttr[Any]:
    """Return a 64-bit integer attribute."""
    return IntegerAttr(value, i64)


def per_axis_attribute(label: Permutation, values: Sequence[int]) -> DenseArrayBase[Any]:
    """Return what is listed once per axis, or several times in a row, in the label's order."""
    rank = len(label)
    parts = [permuted(values[i : i + rank], label) for i in range(0, len(values), rank)]
    return DenseArrayBase.from_list(i64, [v for part in parts for v in part])


class LayoutRule(ABC):
    """What a label of one kind of operation means. Labels permute the axes of `frame(op)`."""

    def frame(self, op: Operation) -> SSAValue:
        """Return the value whose axes the labels of the operation permute."""
        return op.results[0]

    def operand(self, op: Operation, index: int, label: Permutation) -> Permutation:
        """Return the order in which the operation takes the axes of an operand."""
        return label

    def result(self, op: Operation, label: Permutation) -> Permutation | None:
        """Return the order of the axes of the result; None if the label is impossible."""
        return label

    def label_from_operand(
        self, op: Operation, index: int, order: Permutation
    ) -> Permutation | None:
        """Return the label that takes an operand in the given order."""
        return order

    def label_from_result(self, op: Operation, order: Permutation) -> Permutation | None:
        """Return a label that gives the result in the given order, up to axes of size 1."""
        return order

    @abstractmethod
    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        """Return the operation under a label, given its operands in the order it takes them."""


class Broadcasting(LayoutRule):
    """Element by element, on one or more operands that broadcast as numpy's do."""

    def operand(self, op: Operation, index: int, label: Permutation) -> Permutation:
        missing = len(label) - len(shape_of(op.operands[index]))
        return tuple(axis - missing for axis in label if axis >= missing)

    def label_from_operand(
        self, op: Operation, index: int, order: Permutation
    ) -> Permutation | None:
        return order if len(order) == len(shape_of(op.results[0])) else None

    def aligned_shape(self, op: Operation, index: int, label: Permutation) -> tuple[int, ...]:
        """Return the shape in which an operand has to come to broadcast under a label."""
        shape = shape_of(op.operands[index])
        missing = len(label) - len(shape)
        if missing == 0:
            return permuted(shape, label)
        full = permuted((1,) * missing + tuple(shape), label)
        leading = next((i for i, size in enumerate(full) if size != 1), len(full) - len(shape))
        return full[leading:]

    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        return rebuild(op, operands, permuted_type(op.results[0].type, label))


class AlongAxis(LayoutRule):
    """One shape for operands and result, and an attribute `axis`; further operands are vectors."""

    def operand(self, op: Operation, index: int, label: Permutation) -> Permutation:
        return label if self._has_frame(op, index) else identity(len(shape_of(op.operands[index])))

    def label_from_operand(
        self, op: Operation, index: int, order: Permutation
    ) -> Permutation | None:
        return order if self._has_frame(op, index) else None

    def axis(self, op: Operation) -> int:
        """Return the axis of the operation, counted from the start."""
        return _integer(op, "axis") % len(shape_of(op.results[0]))

    def _has_frame(self, op: Operation, index: int) -> bool:
        return index == 0 or isinstance(op, nn.ConcatOp)

    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        return rebuild(
            op,
            operands,
            permuted_type(op.results[0].type, label),
            {"axis": integer_attribute(label.index(self.axis(op)))},
        )


class ListedPerAxis(LayoutRule):
    """Attributes that list a number per axis (pads: one per axis before, then one after)."""

    attributes = ("pads", "offsets", "sizes", "strides")

    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        attributes = {
            name: per_axis_attribute(label, _integers(op, name))
            for name in self.attributes
            if name in op.properties
        }
        return rebuild(op, operands, permuted_type(op.results[0].type, label), attributes)


class Reducing(LayoutRule):
    """Reductions; the labels permute the operand's axes."""

    def frame(self, op: Operation) -> SSAValue:
        return op.operands[0]

    def axes(self, op: Operation) -> list[int]:
        """Return the reduced axes, counted from the start."""
        rank = len(shape_of(op.operands[0]))
        return [axis % rank for axis in _integers(op, "axes")]

    def _kept(self, op: Operation) -> list[int] | None:
        """Return the operand's axes that the result has, None if it has all of them."""
        rank, axes = len(shape_of(op.operands[0])), self.axes(op)
        if len(shape_of(op.results[0])) == rank:
            return None
        return [axis for axis in range(rank) if axis not in axes]

    def result(self, op: Operation, label: Permutation) -> Permutation | None:
        kept = self._kept(op)
        return label if kept is None else tuple(kept.index(a) for a in label if a in kept)

    def label_from_result(self, op: Operation, order: Permutation) -> Permutation | None:
        kept, shape = self._kept(op), list(shape_of(op.operands[0]))
        if kept is None:
            return order
        for axis in range(len(shape)):  # reduced axes go where axes of size 1 would
            shape[axis] = axis + 2 if axis in kept else 1
        return through_reshape([shape[axis] for axis in kept], shape, order)

    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        axes = sorted(label.index(axis) for axis in self.axes(op))
        order = self.result(op, label)
        assert order is not None
        return rebuild(
            op,
            operands,
            permuted_type(op.results[0].type, order),
            {"axes": DenseArrayBase.from_list(i64, axes)},
        )


class Reshaping(LayoutRule):
    """Reshapes; the labels permute the operand's axes and must not tear apart what is merged."""

    def frame(self, op: Operation) -> SSAValue:
        return op.operands[0]

    def result(self, op: Operation, label: Permutation) -> Permutation | None:
        return through_reshape(shape_of(op.operands[0]), shape_of(op.results[0]), label)

    def label_from_result(self, op: Operation, order: Permutation) -> Permutation | None:
        return through_reshape(shape_of(op.results[0]), shape_of(op.operands[0]), order)

    def build(self, op: Operation, label: Permutation, operands: Sequence[SSAValue]) -> Operation:
        order = self.result(op, label)
        assert order is not None
        return rebuild(op, operands, permuted_type(op.results[0].type, order))


def _integer(op: Operation, name: str) -> int:
    attribute: IntegerAttr[Any] = getattr(op, name)
    return attribute.value.data


def _integers(op: Operation, name: str) -> tuple[int, ...]:
    attribute: DenseArrayBase[Any] = getattr(op, name)
    return tuple(int(v) for v in attribute.get_values())


_RULES: dict[type[Operation], LayoutRule] = {
    **dict.fromkeys(
        (
            nn.UnaryElementwiseOp,
            nn.BinaryElementwiseOp,
            nn.PreluOp,
            nn.CastOp,
            nn.BroadcastOp,
            fxp.QuantizeOp,
            fxp.DequantizeOp,
            fxp.StorageCastOp,
            fxp.FromRealOp,
            fxp.ToRealOp,
            fxp.WidenOp,
            fxp.LookupOp,
            fxp.InterpolateOp,
        ),
        Broadcasting(),
    ),
    **dict.fromkeys((nn.SoftmaxOp, nn.BatchNormOp, nn.ConcatOp), AlongAxis()),
    **dict.fromkeys((nn.PadOp, nn.SliceOp), ListedPerAxis()),
    nn.ReduceOp: Reducing(),
    nn.ReshapeOp: Reshaping(),
}
"""Rules by class of operation; one for a base class holds for all classes derived from it."""


def rule_of(op: Operation) -> LayoutRule | None:
    """Return the rule of an operation that can work in other orders of axes, else None."""
    rule = next((_RULES[base] for base in type(op).__mro__ if base in _RULES), None)
    if rule is None or rule.result(op, identity(len(shape_of(rule.frame(op))))) is None:
        return None
    if isinstance(rule, Reducing | Reshaping):
        element = element_of(op.operands[0])
        return None if isinstance(element, fxp.FxpType) and element.axis is not None else rule
    return rule
