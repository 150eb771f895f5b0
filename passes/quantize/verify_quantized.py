"""What lowering to integers may assume of a quantized graph."""

from dataclasses import dataclass
from typing import NoReturn, cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ..rewriting import element_of
from .constants import quantized_constant
from .fold_arithmetic import BIAS_SCALE_TOLERANCE
from .operators import LINEAR, MOVEMENT, only_moves


@dataclass(frozen=True)
class VerifyQuantizedPass(ModulePass):
    """Check the quantized graph; changes nothing.

    (Q1) Activations have one scale and zero point per tensor, and at most 16 bits unless they are
         the kept accumulator of a linear operation or constants.
    (Q2) Weights of convolutions and fully connected layers are quantized constants of at most 16
         bits with one scale or one per output channel.
    (Q3) Their biases are constants of 32-bit integers in steps of input scale * weight scale.
    (Q4) What moves or selects elements keeps their type.

    That an operation mixes real and quantized numbers is an error of the dialect itself.

    This graph passes:

    ```mlir
    func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.25:1>> {
      %y = nn.relu %x : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4x!fxp.affine<i8, 0.25:1>>
      func.return %y : tensor<4x!fxp.affine<i8, 0.25:1>>
    }
    ```
    """

    name = "verify-quantized"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Check every operation."""
        for inner in op.walk():
            if inner.name.startswith("nn.") and not isinstance(inner, nn.ConstantOp):
                verify_operation(inner)


def verify_operation(op: Operation) -> None:
    """Raise PassFailedException, naming the node, when an operation breaks one of the rules."""
    values = (*op.operands, *op.results)
    quantized = [v for v in values if fxp.is_fxp(v.type)]
    if not quantized:
        return
    activations = quantized
    if isinstance(op, LINEAR):
        _verify_linear(op)
        activations = [op.operands[0], *op.results]
    for value in activations:
        _verify_activation(op, value)
    if only_moves(op) and len({element_of(v) for v in quantized}) > 1:
        _fail(op, "Q4", "changes the type of elements that it only moves")


def _verify_activation(op: Operation, value: SSAValue) -> None:
    element = cast(FxpType, element_of(value))
    if element.axis is not None:
        _fail(op, "Q1", f"has an activation with one scale per index of axis {element.axis}")
    wide = element.storage.width.data > 16
    if (
        wide
        and isinstance(value.owner, Operation)
        and not isinstance(value.owner, (*LINEAR, *MOVEMENT, nn.ConstantOp))
    ):
        _fail(op, "Q1", f"has an activation of {element.storage.width.data} bits")


def _verify_linear(op: "nn.Conv2dOp | nn.FullyConnectedOp") -> None:
    weights = quantized_constant(op.operands[1])
    if weights is None:
        _fail(op, "Q2", "needs quantized constant weights")
    if weights.type.axis not in (None, 0) or weights.type.storage.width.data > 16:
        _fail(op, "Q2", f"has weights of type {weights.type}")
    bias = quantized_constant(op.operands[2])
    input_type = fxp.fxp_type_of(op.operands[0].type)
    if bias is None or bias.type.storage != i32 or bias.type.zero_points.any():
        _fail(op, "Q3", "needs a constant bias of 32-bit integers with zero point 0")
    if input_type is None or input_type.axis is not None:
        _fail(op, "Q1", "needs an input with one scale")
    expected = input_type.scale * weights.type.scales
    deviation = float(np.abs(bias.type.scales / expected - 1).max(initial=0.0))
    if deviation > BIAS_SCALE_TOLERANCE:
        _fail(op, "Q3", f"has a bias whose scale is off input * weight scale by {deviation:.2g}")


def _fail(op: Operation, rule: str, what: str) -> NoReturn:
    raise PassFailedException(f"({rule}) {nn.node_name(op) or 'unnamed'} ({op.name}) {what}")
