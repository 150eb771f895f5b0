"""Operators that reduce axes, and the softmax family."""

from typing import TYPE_CHECKING, Literal

from xdsl.dialects.builtin import i1, i8
from xdsl.ir import SSAValue

from ...dialects import nn
from .elementwise import real_operand
from .importer import element_type_of, shape_of
from .layout import reshape
from .model import Node
from .registry import Handler, handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer

Kind = Literal["mean", "sum", "max", "min", "prod"]


def _axes(ctx: "Importer", node: Node, rank: int, *, from_input: bool) -> tuple[int, ...]:
    """The reduced axes: all of them when none are given, none with noop_with_empty_axes.

    Definitions of functions use the input even in models of older opsets.
    """
    if from_input or node.has_input(1):
        given = ctx.integers(node, 1, "axes") if node.has_input(1) else None
        axes = None if given is None else node.normalize_axes(given, rank)
    else:
        axes = node.axes("axes", rank)
    if axes:
        return tuple(sorted(set(axes)))
    return () if node.int_("noop_with_empty_axes", 0) else tuple(range(rank))


def reduce(
    ctx: "Importer", x: SSAValue, kind: Kind, axes: tuple[int, ...], *, keepdims: bool = True
) -> SSAValue:
    """nn.reduce; without axes the value itself."""
    return ctx.add(nn.ReduceOp(x, kind, axes, keepdims)) if axes else x


def _plain(kind: Kind, *, from_input: bool) -> Handler:
    def plain(ctx: "Importer", node: Node) -> Result:
        x = ctx.operand(node, 0)
        axes = _axes(ctx, node, len(shape_of(x)), from_input=from_input)
        keep = node.int_("keepdims", 1) != 0
        if element_type_of(x) == i1:
            byte = reduce(ctx, ctx.add(nn.CastOp(x, i8)), kind, axes, keepdims=keep)
            return ctx.add(nn.CastOp(byte, i1))
        return reduce(ctx, x, kind, axes, keepdims=keep)

    return plain


def _composed(operator: str, *, from_input: bool) -> Handler:
    def composed(ctx: "Importer", node: Node) -> Result:
        x = real_operand(ctx, node, 0)
        axes = _axes(ctx, node, len(shape_of(x)), from_input=from_input)
        keep = node.int_("keepdims", 1) != 0
        if operator == "ReduceL1":
            magnitude = ctx.add(nn.MaximumOp(x, ctx.add(nn.NegateOp(x))))
            return reduce(ctx, magnitude, "sum", axes, keepdims=keep)
        if operator == "ReduceLogSumExp":
            return _log_sum_exp(ctx, x, axes, keep=keep)
        if operator == "ReduceLogSum":
            return ctx.add(nn.LogOp(reduce(ctx, x, "sum", axes, keepdims=keep)))
        total = reduce(ctx, ctx.add(nn.MulOp(x, x)), "sum", axes, keepdims=keep)
        return ctx.add(nn.SqrtOp(total)) if operator == "ReduceL2" else total

    return composed


def _log_sum_exp(ctx: "Importer", x: SSAValue, axes: tuple[int, ...], *, keep: bool) -> SSAValue:
    """Shifted by the maximum, so that no exponential overflows."""
    largest = reduce(ctx, x, "max", axes)
    exponentials = ctx.add(nn.ExpOp(ctx.add(nn.SubOp(x, largest))))
    result = ctx.add(nn.AddOp(ctx.add(nn.LogOp(reduce(ctx, exponentials, "sum", axes))), largest))
    if keep:
        return result
    return reshape(ctx, result, [d for i, d in enumerate(shape_of(result)) if i not in axes])


_KINDS: dict[str, Kind] = {
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "ReduceMax": "max",
    "ReduceMin": "min",
    "ReduceProd": "prod",
}
_AXES_AS_INPUT_SINCE = {"ReduceSum": 13}
"""The opset in which axes became an input; 18 for all others."""

for _name, _kind in _KINDS.items():
    handler(_name)(_plain(_kind, from_input=False))
    handler(_name, since=_AXES_AS_INPUT_SINCE.get(_name, 18))(_plain(_kind, from_input=True))
for _name in ("ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
    handler(_name)(_composed(_name, from_input=False))
    handler(_name, since=18)(_composed(_name, from_input=True))


def _log_softmax(ctx: "Importer", x: SSAValue, axis: int) -> SSAValue:
    """The sum x - max - log(sum(exp(x - max))): exact where the softmax underflows."""
    shifted = ctx.add(nn.SubOp(x, reduce(ctx, x, "max", (axis,))))
    total = reduce(ctx, ctx.add(nn.ExpOp(shifted)), "sum", (axis,))
    return ctx.add(nn.SubOp(shifted, ctx.add(nn.LogOp(total))))


def _softmax_of(ctx: "Importer", node: Node, x: SSAValue, axis: int) -> SSAValue:
    return (
        _log_softmax(ctx, x, axis)
        if node.op_type == "LogSoftmax"
        else ctx.add(nn.SoftmaxOp(x, axis))
    )


@handler("Softmax", "LogSoftmax")
def softmax_flattened(ctx: "Importer", node: Node) -> Result:
    """Before opset 13: over all dimensions from `axis` on together."""
    return softmax_flattened_real(ctx, node, real_operand(ctx, node, 0))


def softmax_flattened_real(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """The softmax over all dimensions from the attribute `axis` on together."""
    shape = shape_of(x)
    axis = node.axis("axis", 1 if len(shape) > 1 else -1, len(shape))
    rest = shape[axis:]
    if sum(d != 1 for d in rest) <= 1:
        # At most one of them is larger than 1: the same as over that one.
        wide = next((i for i in range(axis, len(shape)) if shape[i] != 1), axis)
        return _softmax_of(ctx, node, x, wide)
    size = 1
    for d in rest:
        size *= d
    flat = reshape(ctx, x, (*shape[:axis], size))
    return reshape(ctx, _softmax_of(ctx, node, flat, axis), shape)


@handler("Softmax", "LogSoftmax", since=13)
def softmax(ctx: "Importer", node: Node) -> Result:
    """Over one axis."""
    x = real_operand(ctx, node, 0)
    return _softmax_of(ctx, node, x, node.axis("axis", -1, len(shape_of(x))))
