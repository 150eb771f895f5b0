"""Interpreters of constants and of ops that move data."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls
from xdsl.ir import Attribute, Operation

from .. import nn
from ..fxp import FxpType
from .nn_common import Array, element, real_array, stored


def shape_of(op: Operation) -> tuple[int, ...]:
    """Shape of an op's result."""
    return cast("TensorType[Attribute]", op.results[0].type).get_shape()


def recoded(op: Operation, index: int, array: Array) -> Array:
    """`array`, of operand `index`, in the result's encoding."""
    if element(op.operands[index]) == element(op.results[0]):
        return array
    if isinstance(op, nn.ReshapeOp | nn.TransposeOp):
        return array  # per-axis encodings move with their axis: the storage stays
    return stored(op.results[0], real_array(op.operands[index], array))


def pad_value(op: nn.PadOp, dtype: Any) -> Any:
    """The element that `value` stands for."""
    type_ = element(op.input)
    if isinstance(type_, FxpType):
        return type_.quantize_array(np.array(op.value.value.data, np.float64))
    return dtype.type(op.value.value.data)


@register_impls
class NnDataMovementFunctions(InterpreterFunctions):
    """Implementations of `nn.constant`, `nn.reshape` and their like."""

    @impl(nn.ConstantOp)
    def constant(
        self, interpreter: Interpreter, op: nn.ConstantOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """The stored value."""
        return (op.array(),)

    @impl(nn.ReshapeOp)
    def reshape(
        self, interpreter: Interpreter, op: nn.ReshapeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Row-major order stays."""
        return (recoded(op, 0, args[0].reshape(shape_of(op))),)

    @impl(nn.TransposeOp)
    def transpose(
        self, interpreter: Interpreter, op: nn.TransposeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Permute dimensions."""
        order = [int(p) for p in op.permutation.get_values()]
        return (recoded(op, 0, np.ascontiguousarray(args[0].transpose(order))),)

    @impl(nn.ConcatOp)
    def concat(
        self, interpreter: Interpreter, op: nn.ConcatOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Join, in the result's encoding."""
        parts = [recoded(op, i, a) for i, a in enumerate(args)]
        return (np.concatenate(parts, axis=op.axis.value.data),)

    @impl(nn.PadOp)
    def pad(
        self, interpreter: Interpreter, op: nn.PadOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Fill, mirror or repeat."""
        pads = [int(p) for p in op.pads.get_values()]
        rank = args[0].ndim
        widths = [(pads[d], pads[rank + d]) for d in range(rank)]
        if op.mode.data == "constant":
            fill = pad_value(op, args[0].dtype)
            return (recoded(op, 0, np.pad(args[0], widths, constant_values=fill)),)
        mode: Any = op.mode.data
        return (recoded(op, 0, np.pad(args[0], widths, mode=mode)),)

    @impl(nn.SliceOp)
    def slice(
        self, interpreter: Interpreter, op: nn.SliceOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Pick positions along every dimension."""
        picks = [
            offset + stride * np.arange(size)
            for offset, size, stride in zip(
                op.offsets.get_values(),
                op.sizes.get_values(),
                op.strides.get_values(),
                strict=True,
            )
        ]
        return (recoded(op, 0, args[0][np.ix_(*picks)] if picks else args[0]),)

    @impl(nn.BroadcastOp)
    def broadcast(
        self, interpreter: Interpreter, op: nn.BroadcastOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Repeat."""
        return (recoded(op, 0, np.broadcast_to(args[0], shape_of(op)).copy()),)
