"""The pass `fold-batch-norm`: batch normalization disappears into the weights around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, f32
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import nn
from ..rewriting import apply_patterns, constant_of, element_of, rebuild, shape_of, sole_user
from .activation import Range, activation_of, attributes_of
from .fold_bias import layer_before, per_channel

Vector = NDArray[np.float64]


def affine_of(op: nn.BatchNormOp) -> tuple[Vector, Vector] | None:
    """Return s and t with batch_norm(x) == s * x + t per channel, None unless all is constant."""
    if any(element_of(value) != f32 for value in (*op.operands, op.result)):
        return None
    arrays = [constant_of(value) for value in op.operands[1:]]
    scale, bias, mean, variance = (None if a is None else a.astype(np.float64) for a in arrays)
    if scale is None or bias is None or mean is None or variance is None:
        return None
    factor = scale / np.sqrt(variance + op.epsilon.value.data)
    return factor, bias - mean * factor


def is_last_axis(op: nn.BatchNormOp) -> bool:
    """Return whether the channels are the last axis."""
    rank = len(shape_of(op.operands[0]))
    return op.axis.value.data % rank == rank - 1


def with_parameters(
    layer: nn.Conv2dOp | nn.FullyConnectedOp,
    operand: SSAValue,
    weights: Vector,
    bias: Vector,
    limits: Range,
    rewriter: PatternRewriter,
) -> nn.Conv2dOp | nn.FullyConnectedOp:
    """Return the layer with other weights and bias, rounded to float32 and inserted here."""
    constants = [nn.ConstantOp.from_array(array.astype(np.float32)) for array in (weights, bias)]
    for constant, value in zip(constants, layer.operands[1:], strict=True):
        constant.location = layer.location
        constant.result.name_hint = value.name_hint
    rewriter.insert(constants)
    operands = [operand, *(constant.result for constant in constants)]
    return rebuild(layer, operands, attributes=attributes_of(limits))


class BatchNormAfterLayer(RewritePattern):
    """batch_norm(layer(x, w, b)) -> layer(x, s * w, s * b + t)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.BatchNormOp, rewriter: PatternRewriter, /) -> None:
        layer, affine = layer_before(op.operands[0]), affine_of(op)
        if layer is None or affine is None or not is_last_axis(op):
            return
        scale_outputs(op, layer, *affine, rewriter)


class ScaleAfterLayer(RewritePattern):
    """layer(x, w, b) * s -> layer(x, s * w, s * b), for a constant s per channel."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MulOp, rewriter: PatternRewriter, /) -> None:
        for index in (0, 1):
            layer = layer_before(op.operands[index])
            factor = per_channel(op.operands[1 - index], op.results[0])
            if layer is None or factor is None or layer.results[0].type != op.results[0].type:
                continue
            scale_outputs(op, layer, factor.astype(np.float64), np.zeros(1), rewriter)
            return


def scale_outputs(
    op: nn.BatchNormOp | nn.MulOp,
    layer: nn.Conv2dOp | nn.FullyConnectedOp,
    factor: Vector,
    offset: Vector,
    rewriter: PatternRewriter,
) -> None:
    """Replace `op`, which makes factor * y + offset from the layer's y, by a layer that does."""
    weights, bias = constant_of(layer.operands[1]), constant_of(layer.operands[2])
    if weights is None or bias is None:
        return
    scaled = weights * factor.reshape(-1, *[1] * (weights.ndim - 1))
    shifted = bias * factor + offset
    new = with_parameters(layer, layer.input, scaled, shifted, activation_of(op), rewriter)
    rewriter.replace(op, new)


class BatchNormBeforeLayer(RewritePattern):
    """layer(batch_norm(x), w, b) -> layer(x, w * s, b + w · t), where no padding adds zeros."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: nn.Conv2dOp | nn.FullyConnectedOp, rewriter: PatternRewriter, /
    ) -> None:
        norm = op.operands[0].owner
        if not isinstance(norm, nn.BatchNormOp) or sole_user(norm.results[0]) is not op:
            return
        if isinstance(op, nn.Conv2dOp) and any(op.pads.get_values()):
            return
        affine = affine_of(norm)
        weights, bias = constant_of(op.operands[1]), constant_of(op.operands[2])
        if affine is None or weights is None or bias is None or not is_last_axis(norm):
            return
        if element_of(op.results[0]) != f32:
            return
        factor, offset = (input_per_output(op, vector) for vector in affine)
        total = (weights * offset).sum(axis=tuple(range(1, weights.ndim)))
        scaled, shifted = weights * factor, bias + total
        new = with_parameters(op, norm.input, scaled, shifted, activation_of(op), rewriter)
        rewriter.replace(op, new)


def input_per_output(op: nn.Conv2dOp | nn.FullyConnectedOp, vector: Vector) -> Vector:
    """Return a vector per input channel in a shape that broadcasts to the layer's weights."""
    if isinstance(op, nn.FullyConnectedOp):
        return vector[np.newaxis, :]
    groups = op.groups.value.data
    outputs, _, _, inputs = shape_of(op.operands[1])
    rows = vector.reshape(groups, inputs).repeat(outputs // groups, axis=0)
    return rows.reshape(outputs, 1, 1, inputs)


class BatchNormAlone(RewritePattern):
    """batch_norm(x) -> x * s + t."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.BatchNormOp, rewriter: PatternRewriter, /) -> None:
        affine, rank = affine_of(op), len(shape_of(op.operands[0]))
        if affine is None:
            return
        shape = (-1, *[1] * (rank - 1 - op.axis.value.data % rank))
        factor, offset = (
            nn.ConstantOp.from_array(v.astype(np.float32).reshape(shape)) for v in affine
        )
        product = nn.MulOp(op.operands[0], factor)
        rewriter.replace(op, [factor, offset, product, nn.AddOp(product, offset)])


@dataclass(frozen=True)
class FoldBatchNormPass(ModulePass):
    """Fold batch normalization into the layer before it, else the layer after it, else leave a
    multiplication and an addition.

    Products and sums are computed in double precision and rounded once, so results change in the
    last bits.

    Before:

    ```mlir
    func.func @before(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[1.0, 3.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
      %b = nn.constant {value = dense<0.5> : tensor<1xf32>} : tensor<1xf32>
      %scale = nn.constant {value = dense<[2.0, 1.0]> : tensor<2xf32>} : tensor<2xf32>
      %zero = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
      %mean = nn.constant {value = dense<[1.0, -1.0]> : tensor<2xf32>} : tensor<2xf32>
      %one = nn.constant {value = dense<1.0> : tensor<2xf32>} : tensor<2xf32>
      %y = nn.batch_norm %x, %scale, %zero, %mean, %one {axis = 1 : i64, epsilon = 0.0 : f32}
          : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
          -> tensor<1x2xf32>
      %z = nn.fully_connected %y, %w, %b
          : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %z : tensor<1x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @before(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[2.0, 3.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
      %b = nn.constant {value = dense<1.5> : tensor<1xf32>} : tensor<1xf32>
      %z = nn.fully_connected %x, %w, %b
          : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %z : tensor<1x1xf32>
    }
    ```
    """

    name = "fold-batch-norm"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, BatchNormAfterLayer(), ScaleAfterLayer())
        apply_patterns(op, BatchNormBeforeLayer())
        apply_patterns(op, BatchNormAlone())
