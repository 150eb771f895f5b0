"""What rewriting passes share: a pattern driver that keeps locations, and small questions to ask.

The location of an operation is the name of the ONNX node it was made from. xDSL's driver gives the
operations that a pattern creates an unknown location; `apply_patterns` gives them the location of
the operation that the pattern matched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp, TensorType, UnknownLoc
from xdsl.ir import Attribute, Operation, OpResult, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriterListener,
    PatternRewriteWalker,
    RewritePattern,
)
from xdsl.transforms.dead_code_elimination import region_dce

from ..dialects import nn

_Op = TypeVar("_Op", bound=Operation)


class _LocationKeeper(RewritePattern):
    """Runs a pattern and gives what it inserts the location of the operation it matched."""

    def __init__(self, pattern: RewritePattern):
        self.pattern = pattern
        self.location: Attribute = UnknownLoc()
        self.listener = PatternRewriterListener(operation_insertion_handler=[self._inserted])

    def _inserted(self, op: Operation) -> None:
        if isinstance(self.location, UnknownLoc):
            return
        for nested in op.walk():
            if isinstance(nested.location, UnknownLoc):
                nested.location = cast(Any, self.location)

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        self.location = op.location
        self.pattern.match_and_rewrite(op, rewriter)


def apply_patterns(module: ModuleOp, *patterns: RewritePattern, recursively: bool = True) -> bool:
    """Apply patterns greedily until none matches; return whether anything changed.

    Operations without users and without effects are erased on the way. What a pattern inserts gets
    the location of the matched operation, unless it was given one (`rebuild` gives it that of the
    operation it is made from); result names are kept as xDSL's rewriter does. With
    `recursively=False` every operation is visited once, what the patterns create is not.
    """
    keeper = _LocationKeeper(GreedyRewritePatternApplier(list(patterns)))
    walker = PatternRewriteWalker(keeper, apply_recursively=recursively, listener=keeper.listener)
    changed = walker.rewrite_module(module)
    region_dce(module.body)
    return changed


def rebuild(
    op: _Op,
    operands: Sequence[SSAValue | Operation] | None = None,
    result_type: Attribute | None = None,
    attributes: Mapping[str, Attribute | None] | None = None,
) -> _Op:
    """Return a detached copy of an operation without regions, with some parts exchanged.

    The copy counts as a user of its operands at once: insert it, do not copy it once more.

    The copy has the location and the result names of `op`. `attributes` are the ones to set (or,
    given None, to drop), no matter whether the operation keeps them as properties or not.
    """
    properties, discardable = dict(op.properties), dict(op.attributes)
    declared = (
        op.get_irdl_definition().properties if isinstance(op, IRDLOperation) else dict[str, Any]()
    )
    for name, attribute in (attributes or {}).items():
        target = properties if name in declared else discardable
        if attribute is None:
            target.pop(name, None)
        else:
            target[name] = attribute
    new = type(op).create(
        operands=op.operands if operands is None else [SSAValue.get(v) for v in operands],
        result_types=op.result_types if result_type is None else [result_type],
        properties=properties,
        attributes=discardable,
        location=op.location,
    )
    for old_result, new_result in zip(op.results, new.results, strict=True):
        new_result.name_hint = old_result.name_hint
    return new


def constant_of(value: SSAValue) -> NDArray[Any] | None:
    """Return the array of a value made by `nn.constant`, otherwise None. Do not write to it."""
    owner = value.owner
    return owner.array() if isinstance(owner, nn.ConstantOp) else None


def is_constant(value: SSAValue) -> bool:
    """Return whether `nn.constant` makes the value."""
    return isinstance(value.owner, nn.ConstantOp)


def splat_of(value: SSAValue) -> float | int | None:
    """Return the number that all elements of a constant are, None if they differ (or NaN)."""
    array = constant_of(value)
    if array is None or array.size == 0:
        return None
    first = array.flat[0]
    return first.item() if bool(np.all(array == first)) else None


def producer(value: SSAValue, kind: type[_Op]) -> _Op | None:
    """Return the operation that makes the value if it is of the given class."""
    return value.owner if isinstance(value, OpResult) and isinstance(value.op, kind) else None  # pyright: ignore[reportReturnType]


def sole_user(value: SSAValue) -> Operation | None:
    """Return the operation that uses the value if there is exactly one use."""
    return value.get_user_of_unique_use()


def tensor_type_of(value: SSAValue | Attribute) -> TensorType[Attribute]:
    """Return the type of a value that is known to be a tensor."""
    return cast("TensorType[Attribute]", value.type if isinstance(value, SSAValue) else value)


def shape_of(value: SSAValue | Attribute) -> tuple[int, ...]:
    """Return the shape of a tensor value or type."""
    return tensor_type_of(value).get_shape()


def element_of(value: SSAValue | Attribute) -> Attribute:
    """Return the element type of a tensor value or type."""
    return tensor_type_of(value).element_type


def with_shape(value: SSAValue | Attribute, shape: Sequence[int]) -> TensorType[Attribute]:
    """Return the tensor type of the same elements with another shape."""
    return TensorType(element_of(value), shape)


def with_element(value: SSAValue | Attribute, element: Attribute) -> TensorType[Attribute]:
    """Return the tensor type of the same shape with another element type."""
    return TensorType(element, shape_of(value))
