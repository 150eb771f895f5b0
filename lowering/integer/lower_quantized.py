"""From quantized tensors to plain integers with every rescale explicit."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.transforms.common_subexpression_elimination import CommonSubexpressionElimination

from ...dialects.fxp.canonicalization import (
    LookupOfLookup,
    RequantizeIdentity,
    StorageCastOfStorageCast,
)
from ...passes.rewriting import apply_patterns
from .boundaries import (
    LowerAnythingElse,
    LowerConstant,
    LowerDequantize,
    LowerMovement,
    LowerQuantize,
    MergeClamp,
    lower_signatures,
)
from .elementwise import (
    LowerAveragePool,
    LowerClamp,
    LowerPrelu,
    LowerProduct,
    LowerReduce,
    LowerSum,
    ScaleByConstant,
)
from .layer_norm import LowerLayerNorm
from .linear import LowerLinear, LowerMatmul
from .softmax import LowerSoftmax
from .tables import TabulateChain

PATTERNS = (
    StorageCastOfStorageCast,
    LowerLinear,
    LowerMatmul,
    LowerSum,
    ScaleByConstant,
    LowerPrelu,
    LowerProduct,
    LowerAveragePool,
    LowerReduce,
    LowerClamp,
    LowerSoftmax,
    LowerLayerNorm,
    LowerMovement,
    LowerQuantize,
    LowerDequantize,
    LowerAnythingElse,
)


@dataclass(frozen=True)
class LowerQuantizedPass(ModulePass):
    """Lower operations on `!fxp` tensors to integer operations, rescales and tables.

    Before:

    ```mlir
    func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>)
        -> tensor<4x!fxp.affine<i8, 1.0:0>> {
      %d = nn.add %x, %y
          : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:1>>)
          -> tensor<4x!fxp.affine<i8, 1.0:0>>
      func.return %d : tensor<4x!fxp.affine<i8, 1.0:0>>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<4xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>},
                    %y: tensor<4xi8> {nn.encoding = !fxp.affine<i8, 0.25:1>})
        -> (tensor<4xi8> {nn.encoding = !fxp.affine<i8, 1.0:0>}) {
      %0 = fxp.widen %x {multiplier = 2 : i32} : tensor<4xi8> -> tensor<4xi32>
      %1 = fxp.widen %y {zero_point = 1 : i32} : tensor<4xi8> -> tensor<4xi32>
      %2 = nn.add %0, %1 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
      %d = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 2>,
                              rounding = "half_even", min = -128 : i32, max = 127 : i32}
          : tensor<4xi32> -> tensor<4xi8>
      func.return %d : tensor<4xi8>
    }
    ```

    What is computed is ONNX's: the real result rounded half to even. Element-wise functions of one
    8-bit tensor are exact, by enumeration; those of 16 bits that are marked `nn.by_table` are
    within one step, as is softmax. Products and sums of products are exact before the
    rescale, whose factor has 31 bits; sums of tensors are exact to `scaling.SUM_ERROR_STEPS`. So a
    result differs from the exact one, by one step, only where that lies within about 2**-20 (sums:
    2**-10) steps of a tie.
    """

    name = "lower-quantized"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Tabulate, lower, give the functions plain signatures, tidy up."""
        apply_patterns(op, TabulateChain(), recursively=False)
        apply_patterns(op, *(pattern() for pattern in PATTERNS))
        lower_signatures(op)
        apply_patterns(op, LowerConstant(), StorageCastOfStorageCast())
        apply_patterns(op, LookupOfLookup(), RequantizeIdentity(), MergeClamp())
        CommonSubexpressionElimination().apply(ctx, op)
