"""Fold quantizers and dequantizers into the operations between them.

Quantized ONNX models say in real numbers what is meant in integers: every operation stands between
dequantizers of its operands and a quantizer of its result
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html). This pass makes the
operations themselves work on `!fxp` types.
"""

import logging
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ...dialects import nn
from ..rewriting import apply_patterns
from .fold_arithmetic import COMPUTE_PATTERNS, KeepAccumulator
from .fold_movement import MOVEMENT_PATTERNS
from .operators import real_operations
from .recurrent import FoldRecurrent

logger = logging.getLogger("nnopt.quantize")


@dataclass(frozen=True)
class FoldQdqPass(ModulePass):
    """Make dequantize → operation → quantize the operation on quantized numbers.

    Before:

    ```mlir
    func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>)
        -> tensor<4x!fxp.affine<i8, 1.0:0>> {
      %a = fxp.dequantize %x : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4xf32>
      %b = fxp.dequantize %y : tensor<4x!fxp.affine<i8, 0.25:1>> -> tensor<4xf32>
      %c = nn.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      %d = fxp.quantize %c : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 1.0:0>>
      func.return %d : tensor<4x!fxp.affine<i8, 1.0:0>>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>)
        -> tensor<4x!fxp.affine<i8, 1.0:0>> {
      %d = nn.add %x, %y
          : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:1>>)
          -> tensor<4x!fxp.affine<i8, 1.0:0>>
      func.return %d : tensor<4x!fxp.affine<i8, 1.0:0>>
    }
    ```

    What has no integer form stays real, between its quantizers; the log (`nnopt.quantize`, level
    info) and `operators.real_operations` list it. The real numbers computed are the same as before,
    but for biases, which move to steps of input scale * weight scale, and real constants of sums
    and products, which become integers of 31 bits. Only what `insert-quantizers` marked with
    `nn.by_table` is computed otherwise: recurrent cells become `fxp.recurrent`, softmax takes
    integers.
    """

    name = "fold-qdq"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fold until nothing changes, then keep accumulators where real results are wanted."""
        patterns = (*(p() for p in MOVEMENT_PATTERNS), *COMPUTE_PATTERNS, FoldRecurrent())
        apply_patterns(op, *patterns)
        if apply_patterns(op, KeepAccumulator()):
            apply_patterns(op, *patterns)
        for real in real_operations(op):
            logger.info("%s (%s) stays real", nn.node_name(real) or "unnamed", real.name)
