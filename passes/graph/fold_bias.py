"""The pass `fold-bias`: constants added to the result of a layer go into its bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, f32
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ..rewriting import apply_patterns, constant_of, element_of, is_constant, rebuild, shape_of
from .activation import EVERYTHING, activation_of, attributes_of


def per_channel(value: SSAValue, result: SSAValue) -> NDArray[Any] | None:
    """Return what a float constant that broadcasts to `result` is for each index of its last axis.

    None if it is not constant or also differs along other axes.
    """
    array = constant_of(value)
    if array is None or element_of(value) != f32 or array.size == 0 or not shape_of(result):
        return None
    channels = shape_of(result)[-1]
    if array.ndim > len(shape_of(result)) or array.size not in (1, channels):
        return None
    if array.size == channels and channels != 1 and array.shape[-1] != channels:
        return None
    return np.broadcast_to(array.ravel(), (channels,))


def layer_before(value: SSAValue) -> nn.Conv2dOp | nn.FullyConnectedOp | None:
    """Return the float layer without activation that makes a value nobody else uses."""
    owner = value.owner
    if not isinstance(owner, nn.Conv2dOp | nn.FullyConnectedOp) or not value.has_one_use():
        return None
    if element_of(value) != f32 or activation_of(owner) != EVERYTHING:
        return None
    return owner


def is_stored_bias(value: SSAValue, shape: tuple[int, ...]) -> bool:
    """Return whether a value is a dequantized constant of the shape of a bias."""
    cast = value.owner
    return (
        isinstance(cast, fxp.DequantizeOp) and is_constant(cast.input) and shape_of(value) == shape
    )


class AddIntoBias(RewritePattern):
    """layer(x, w, b) + c -> layer(x, w, b + c); also c + layer and layer - c.

    A dequantized constant takes the place of a bias of zeros as it is.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.AddOp | nn.SubOp, rewriter: PatternRewriter, /) -> None:
        for index in (0, 1) if isinstance(op, nn.AddOp) else (0,):
            value, other = op.operands[index], op.operands[1 - index]
            layer = layer_before(value)
            if layer is None or shape_of(value) != shape_of(op.result):
                continue
            bias, term = constant_of(layer.operands[2]), per_channel(other, op.result)
            if bias is None:
                continue
            if term is not None:
                total = bias - term if isinstance(op, nn.SubOp) else bias + term
                constant = nn.ConstantOp.from_array(total.astype(np.float32))
                constant.location = layer.location
                constant.result.name_hint = layer.operands[2].name_hint
                other = rewriter.insert(constant).result
            elif isinstance(op, nn.SubOp) or bias.any() or not is_stored_bias(other, bias.shape):
                continue
            operands = [*layer.operands[:2], other]
            attributes = attributes_of(activation_of(op))
            rewriter.replace(op, rebuild(layer, operands, attributes=attributes))
            return


@dataclass(frozen=True)
class FoldBiasPass(ModulePass):
    """Add constants to biases now instead of to results later.

    Before:

    ```mlir
    func.func @add(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
      %w = nn.constant {value = dense<1.0> : tensor<3x2xf32>} : tensor<3x2xf32>
      %b = nn.constant {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : tensor<3xf32>
      %c = nn.constant {value = dense<[[0.5, 0.25, 0.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %y = nn.fully_connected %x, %w, %b
          : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
      %z = nn.add %c, %y {act_min = 0.0 : f32}
          : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
      func.return %z : tensor<1x3xf32>
    }
    ```

    After:

    ```mlir
    func.func @add(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
      %w = nn.constant {value = dense<1.0> : tensor<3x2xf32>} : tensor<3x2xf32>
      %b = nn.constant {value = dense<[1.5, 2.25, 3.0]> : tensor<3xf32>} : tensor<3xf32>
      %y = nn.fully_connected %x, %w, %b {act_min = 0.0 : f32}
          : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
      func.return %y : tensor<1x3xf32>
    }
    ```
    """

    name = "fold-bias"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, AddIntoBias())
