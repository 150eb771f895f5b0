"""The pass `canonicalize-graph`: one way to say a thing, and nothing that does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting import apply_patterns
from .canonical_forms import CANONICAL_FORMS
from .identities import IDENTITIES


@dataclass(frozen=True)
class CanonicalizeGraphPass(ModulePass):
    """Erase what changes nothing and give each computation one form.

    Reshapes of reshapes, transposes of transposes, clamps of clamps and concatenations of
    concatenations become one; identity operations vanish; products with constants become fully
    connected layers; means and maxima over height and width become global pools; transposes that
    move no data become reshapes.

    Before:

    ```mlir
    func.func @pools(%x: tensor<1x4x5x3xf32>) -> tensor<1x1x1x3xf32> {
      %zero = nn.constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
      %0 = nn.maximum %x, %zero : (tensor<1x4x5x3xf32>, tensor<f32>) -> tensor<1x4x5x3xf32>
      %1 = nn.max_pool2d %0 {kernel = array<i64: 1, 1>}
          : tensor<1x4x5x3xf32> -> tensor<1x4x5x3xf32>
      %2 = nn.reduce %1 {kind = "mean", axes = array<i64: 1, 2>, keepdims = true}
          : tensor<1x4x5x3xf32> -> tensor<1x1x1x3xf32>
      func.return %2 : tensor<1x1x1x3xf32>
    }
    ```

    After:

    ```mlir
    func.func @pools(%x: tensor<1x4x5x3xf32>) -> tensor<1x1x1x3xf32> {
      %0 = nn.relu %x : tensor<1x4x5x3xf32> -> tensor<1x4x5x3xf32>
      %1 = nn.avg_pool2d %0 {kernel = array<i64: 4, 5>}
          : tensor<1x4x5x3xf32> -> tensor<1x1x1x3xf32>
      func.return %1 : tensor<1x1x1x3xf32>
    }
    ```
    """

    name = "canonicalize-graph"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, *IDENTITIES, *CANONICAL_FORMS)
