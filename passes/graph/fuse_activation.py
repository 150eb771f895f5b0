"""The pass `fuse-activation`: clamps become attributes of the operations before them."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import nn
from ..rewriting import apply_patterns, element_of, producer, rebuild, sole_user
from .activation import activation_of, attributes_of, limits_of, takes_activation, then
from .fold_pad import every_window_has_elements


class FuseClamp(RewritePattern):
    """relu(op(…)) or clamp(op(…)) -> op(…) {act_min, act_max}, if nobody else uses the result.

    On quantized tensors only where the clamp keeps the encoding: rounding is monotonic, so clamping
    before it and after it are the same then.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReluOp | nn.ClampOp, rewriter: PatternRewriter, /) -> None:
        value = op.operands[0]
        before, limits = value.owner, limits_of(op)
        if limits is None or not isinstance(before, Operation) or not takes_activation(before):
            return
        if not nn.is_real(element_of(value)):
            return
        if not value.has_one_use() or value.type != op.results[0].type:
            return
        fused = then(activation_of(before), limits)
        rewriter.replace(op, rebuild(before, attributes=attributes_of(fused)))


class ClampBeforeMaxPool(RewritePattern):
    """relu(max_pool2d(op(…))) -> max_pool2d(relu(op(…))), where `op` can take the clamp.

    Clamping is monotonic, and padding never is the maximum.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReluOp | nn.ClampOp, rewriter: PatternRewriter, /) -> None:
        pool = producer(op.input, nn.MaxPool2dOp)
        if pool is None or not takes_activation(pool.input.owner):
            return
        if sole_user(pool.result) is not op or sole_user(pool.input) is not pool:
            return
        if not every_window_has_elements(pool, pool.pads):
            return
        if len({element_of(value) for value in (pool.input, pool.result, op.result)}) > 1:
            return
        clamp = rebuild(op, [pool.input], pool.input.type)
        rewriter.replace(op, [clamp, rebuild(pool, clamp.results)])


@dataclass(frozen=True)
class FuseActivationPass(ModulePass):
    """Let convolutions, fully connected layers, sums, average pools … limit their own results.

    Before:

    ```mlir
    func.func @relu(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %sum = nn.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
      %relu = nn.relu %sum : tensor<1x4xf32> -> tensor<1x4xf32>
      func.return %relu : tensor<1x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @relu(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
      %sum = nn.add %x, %y {act_min = 0.000000e+00 : f32}
          : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
      func.return %sum : tensor<1x4xf32>
    }
    ```
    """

    name = "fuse-activation"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, FuseClamp(), ClampBeforeMaxPool())
