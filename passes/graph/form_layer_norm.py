"""The pass `form-layer-norm`: what normalizes rows becomes one operation."""

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

from ...dialects import nn
from ..rewriting import apply_patterns, constant_of, element_of, shape_of, sole_user, splat_of
from .activation import EVERYTHING, activation_of
from .fold_bias import per_channel


def mean_of(value: SSAValue) -> SSAValue | None:
    """Return that whose mean over the last dimension, which stays, a value is."""
    op = value.owner
    if not isinstance(op, nn.ReduceOp) or op.kind.data != "mean":
        return None
    rank = len(shape_of(op.input))
    axes = [axis % rank for axis in op.axes.get_values()]
    return op.input if axes == [rank - 1] and bool(op.keepdims.value.data) else None


def centred(value: SSAValue) -> SSAValue | None:
    """Return the x of x - mean(x)."""
    op = value.owner
    if not isinstance(op, nn.SubOp) or activation_of(op) != EVERYTHING:
        return None
    return op.lhs if mean_of(op.rhs) is op.lhs else None


def is_square(value: SSAValue, of: SSAValue) -> bool:
    """Return whether a value is the square of another one."""
    op = value.owner
    if isinstance(op, nn.MulOp) and activation_of(op) == EVERYTHING:
        return op.lhs is of and op.rhs is of
    return isinstance(op, nn.PowOp) and op.lhs is of and splat_of(op.rhs) == 2


def epsilon_of(value: SSAValue, distance: SSAValue) -> float | None:
    """Return the epsilon of sqrt(mean(distance * distance) + epsilon)."""
    root = value.owner
    total = root.input.owner if isinstance(root, nn.SqrtOp) else None
    if not isinstance(total, nn.AddOp) or activation_of(total) != EVERYTHING:
        return None
    for variance, term in ((total.lhs, total.rhs), (total.rhs, total.lhs)):
        squares, epsilon = mean_of(variance), splat_of(term)
        if squares is not None and is_square(squares, distance) and epsilon is not None:
            return float(epsilon) if epsilon > 0 else None
    return None


def following(value: SSAValue, kind: type[nn.MulOp | nn.AddOp]) -> NDArray[Any] | None:
    """Return the numbers by channel that the only user of a value multiplies it by, or adds."""
    user = sole_user(value)
    if not isinstance(user, kind) or activation_of(user) != EVERYTHING:
        return None
    other = user.rhs if user.lhs is value else user.lhs
    if constant_of(other) is None or shape_of(user.result) != shape_of(value):
        return None
    return per_channel(other, user.result)


class FormLayerNorm(RewritePattern):
    """(x - mean) * 1/sqrt(variance + epsilon), or their quotient; with scale and bias behind."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MulOp | nn.DivOp, rewriter: PatternRewriter, /) -> None:
        if element_of(op.result) != f32 or activation_of(op) != EVERYTHING:
            return
        found = self._normalized(op)
        if found is None:
            return
        x, epsilon = found
        last, channels = op.result, shape_of(x)[-1]
        columns: list[NDArray[Any]] = []
        for kind, default in ((nn.MulOp, np.ones), (nn.AddOp, np.zeros)):
            column = following(last, kind)
            if column is not None:
                user = sole_user(last)
                assert user is not None
                last = user.results[0]
            columns.append(default(channels) if column is None else column)
        end = last.owner
        assert isinstance(end, nn.MulOp | nn.DivOp | nn.AddOp)
        constants = [
            nn.ConstantOp.from_array(np.ascontiguousarray(column, np.float32)) for column in columns
        ]
        for constant in constants:
            constant.location = end.location
        new = nn.LayerNormOp(x, constants[0], constants[1], epsilon)
        new.location = end.location
        rewriter.replace(end, [*constants, new], new.results)

    @staticmethod
    def _normalized(op: nn.MulOp | nn.DivOp) -> tuple[SSAValue, float] | None:
        pairs = [(op.lhs, op.rhs)]
        if isinstance(op, nn.MulOp):
            pairs.append((op.rhs, op.lhs))
        for distance, other in pairs:
            x = centred(distance)
            inverse = other.owner
            root = other
            if isinstance(op, nn.MulOp):
                if not isinstance(inverse, nn.ReciprocalOp):
                    continue
                root = inverse.input
            epsilon = None if x is None else epsilon_of(root, distance)
            if x is not None and epsilon is not None:
                return x, epsilon
        return None


@dataclass(frozen=True)
class FormLayerNormPass(ModulePass):
    """Make one operation of the nine that normalize the last dimension.

    It has one kernel, and quantized it rounds once.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
      %e = nn.constant {value = dense<0.5> : tensor<f32>} : tensor<f32>
      %g = nn.constant {value = dense<2.0> : tensor<4xf32>} : tensor<4xf32>
      %m = nn.reduce %x {kind = "mean", axes = array<i64: 2>}
          : tensor<1x2x4xf32> -> tensor<1x2x1xf32>
      %d = nn.sub %x, %m : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x2x4xf32>
      %s = nn.mul %d, %d : (tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
      %v = nn.reduce %s {kind = "mean", axes = array<i64: 2>}
          : tensor<1x2x4xf32> -> tensor<1x2x1xf32>
      %w = nn.add %v, %e : (tensor<1x2x1xf32>, tensor<f32>) -> tensor<1x2x1xf32>
      %r = nn.sqrt %w : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
      %i = nn.reciprocal %r : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
      %n = nn.mul %d, %i : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x2x4xf32>
      %y = nn.mul %n, %g : (tensor<1x2x4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
      func.return %y : tensor<1x2x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
      %g = nn.constant {value = dense<2.0> : tensor<4xf32>} : tensor<4xf32>
      %b = nn.constant {value = dense<0.0> : tensor<4xf32>} : tensor<4xf32>
      %y = nn.layer_norm %x, %g, %b {epsilon = 0.5 : f32}
          : (tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
      func.return %y : tensor<1x2x4xf32>
    }
    ```
    """

    name = "form-layer-norm"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Replace the last operation of each; the others go when nobody uses them."""
        apply_patterns(op, FormLayerNorm())
