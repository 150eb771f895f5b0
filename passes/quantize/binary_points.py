"""Quantizers with powers of two as scales are those of Qm.n fixed point."""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType, i8, i16
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fxp import FixedType, FxpType
from ...dialects.fxp.types import FRACTION_BITS
from ..rewriting import shape_of
from .constants import quantized_constant
from .operators import per_tensor_type


@dataclass(frozen=True)
class BinaryPointsPass(ModulePass):
    """Give activations whose scales are powers of two the types of Qm.n fixed point.

    For networks that were quantized for fixed point before they came here, by training say: ONNX's
    quantizers cannot tell such a type from any other. Every rescale is a shift then, with ties
    upwards instead of to even; nothing else changes.

    Before:

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.125:0>>
      %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.125:0>> -> tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 3>>
      %1 = fxp.dequantize %0 : tensor<4x!fxp.fixed<i8, 3>> -> tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    Fails where another scale, a zero point or a type without sign is left on an activation or on
    weights: the network would need multipliers.
    """

    name = "binary-points"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Change the type of every quantized activation, check weights."""
        if not any(isinstance(inner, fxp.QuantizeOp) for inner in op.walk()):
            raise PassFailedException(
                "the network has no quantizers: fixed point needs --calibrate data.npz"
            )
        for inner in list(op.walk()):
            if isinstance(inner, fxp.DequantizeOp) and quantized_constant(inner.input) is not None:
                check_scales(inner, cast(FxpType, fxp.fxp_type_of(inner.input.type)))
            elif not isinstance(inner, nn.ConstantOp):
                for result in inner.results:
                    if fxp.is_fxp(result.type) and quantized_constant(result) is None:
                        element = fixed_type(inner, result)
                        type = TensorType(element, shape_of(result))
                        Rewriter.replace_value_with_new_type(result, type)


def fixed_type(op: Operation, result: SSAValue) -> FixedType:
    """Return the type with the same steps. Raises PassFailedException where there is none."""
    element = per_tensor_type(result)
    if element is None:
        raise PassFailedException(f"{_name(op)} has one scale per index of an axis")
    check_scales(op, element)
    if element.storage not in (i8, i16) or element.zero_point != 0:
        raise PassFailedException(
            f"{_name(op)} is no quantizer of fixed point: its integers are {element.storage} with "
            f"zero point {element.zero_point}, not signed ones of 8 or 16 bits with zero point 0"
        )
    bits = 1 - math.frexp(element.scale)[1]
    if bits not in FRACTION_BITS:
        raise PassFailedException(f"{_name(op)}: its scale {element.scale:g} is out of reach")
    return FixedType.get(element.storage, bits)


def check_scales(op: Operation, element: FxpType) -> None:
    """Raise PassFailedException, naming the node, for a scale that is no power of two."""
    mantissas = np.frexp(element.scales)[0]
    if (mantissas != 0.5).any():
        scale = float(element.scales[int(np.argmax(mantissas != 0.5))])
        raise PassFailedException(
            f"{_name(op)} is no quantizer of fixed point: its scale {scale:g} is no power of two; "
            "compile the network as it is, without --quantize"
        )


def _name(op: Operation) -> str:
    return nn.node_name(op) or op.name
