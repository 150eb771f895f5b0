"""Which operations are alike for a quantizer."""

from typing import TypeGuard

from xdsl.dialects.builtin import f32
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ..rewriting import element_of

MOVEMENT = (nn.ReshapeOp, nn.TransposeOp, nn.SliceOp, nn.BroadcastOp, nn.PadOp, nn.ConcatOp)
"""Only move elements: they commute with any element-wise function (a pad, if it fits its value)."""


CLAMPS = (nn.ReluOp, nn.ClampOp)
"""Element-wise clamps: they commute with quantization, which is increasing and fits their ends."""

ELEMENTWISE = (nn.UnaryElementwiseOp, nn.BinaryElementwiseOp, nn.PreluOp)
"""Functions of the elements of one or two operands; two broadcast. Casts are not among them."""

SUMS = (nn.AddOp, nn.SubOp, nn.MaximumOp, nn.MinimumOp)
"""Element-wise operations that want their operands in the same steps."""

LINEAR = (nn.Conv2dOp, nn.FullyConnectedOp)
"""Operations of an activation, weights (output channel first) and a bias."""


BY_TABLE = "nn.by_table"
"""Marks what `insert-quantizers` found: to be computed in integers, to within a step, where the
exact function has no integer form. Networks quantized elsewhere are not marked, but taken exactly.
"""

TABULATED = (nn.UnaryElementwiseOp, nn.SoftmaxOp, nn.LayerNormOp, nn.RecurrentOp)
"""Operations that may be marked so."""


def only_moves(op: object) -> TypeGuard[Operation]:
    """Return whether an operation moves elements or selects some by order.

    Selecting commutes with increasing functions, so with quantization and dequantization, too.
    """
    if isinstance(op, nn.ReduceOp):
        return op.kind.data in ("max", "min")
    return isinstance(op, (*MOVEMENT, nn.MaxPool2dOp))


def is_real(value: SSAValue) -> bool:
    """Return whether the value is a tensor of f32."""
    return element_of(value) == f32


def per_tensor_type(value: SSAValue) -> FxpType | None:
    """Return the fxp type of the value's elements if it has one scale and zero point."""
    element = fxp.fxp_type_of(value.type)
    return element if element is not None and element.axis is None else None


def dequantized(value: SSAValue) -> SSAValue | None:
    """Return the quantized tensor (one scale) of which the real value is the dequantization."""
    op = value.owner
    if isinstance(op, fxp.DequantizeOp) and per_tensor_type(op.input) is not None:
        return op.input
    return None


def real_operations(root: Operation) -> list[Operation]:
    """Return the `nn` operations below `root` that still compute on real numbers.

    Constants are no computation; neither are the quantizers and dequantizers themselves.
    """
    return [
        op
        for op in root.walk()
        if op.name.startswith("nn.")
        and not isinstance(op, nn.ConstantOp)
        and any(is_real(v) for v in op.results)
    ]
