"""The pass `fold-constants`: what can be computed now is not computed on the device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.interpreter import Interpreter
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.traits import Pure

from ...dialects import fxp, nn
from ...dialects.interpreters import make_interpreter
from ..rewriting import apply_patterns, constant_of, element_of, rebuild, shape_of, tensor_type_of
from .layout_rules import order_of, permuted_type


@dataclass(frozen=True)
class EvaluateConstantOperands(RewritePattern):
    """Replaces a pure operation on constants by its result, computed by the interpreter.

    Dequantized constants stay: they are how weights are stored as integers. So does what would
    add more than `max_growth` bytes to the constants.
    """

    interpreter: Interpreter
    max_growth: int

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if not op.operands or len(op.results) != 1 or isinstance(op, fxp.DequantizeOp):
            return
        if op.dialect_name() not in ("nn", "fxp") or not op.has_trait(Pure):
            return
        operands = [constant_of(value) for value in op.operands]
        arrays = [array for array in operands if array is not None]
        if len(arrays) != len(operands) or not math.prod(shape_of(op.results[0])):
            return
        (result,) = self.interpreter.run_op(op, tuple(arrays))
        if result.nbytes > sum(array.nbytes for array in arrays) + self.max_growth:
            return
        rewriter.replace(op, nn.ConstantOp.from_array(result, tensor_type_of(op.results[0])))


class TransposeDequantizedConstant(RewritePattern):
    """transpose(dequantize(constant)) -> dequantize(transpose(constant))."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.TransposeOp, rewriter: PatternRewriter, /) -> None:
        cast = op.operands[0].owner
        if not isinstance(cast, fxp.DequantizeOp):
            return
        array = constant_of(cast.operands[0])
        if array is None:
            return
        order = order_of(op)
        moved = np.ascontiguousarray(array.transpose(order))
        constant = nn.ConstantOp.from_array(moved, permuted_type(cast.operands[0].type, order))
        rewriter.replace(op, [constant, rebuild(cast, [constant.result], op.result.type)])


class ReshapeDequantizedConstant(RewritePattern):
    """reshape(dequantize(constant)) -> dequantize(reshape(constant)), for one scale per tensor."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReshapeOp, rewriter: PatternRewriter, /) -> None:
        cast = op.operands[0].owner
        if not isinstance(cast, fxp.DequantizeOp):
            return
        element = element_of(cast.operands[0])
        if not isinstance(element, fxp.FxpType) or element.axis is not None:
            return
        if constant_of(cast.operands[0]) is None:
            return
        moved = rebuild(op, cast.operands, TensorType(element, shape_of(op.result)))
        rewriter.replace(op, [moved, rebuild(cast, moved.results, op.result.type)])


@dataclass(frozen=True)
class FoldConstantsPass(ModulePass):
    """Evaluate operations on constants with the interpreter.

    Dequantized constants stay as they are (they are weights stored as integers), but transposes and
    reshapes of them are done on the integers.

    Before:

    ```mlir
    func.func @arithmetic(%x: tensor<2xf32>) -> tensor<2xf32> {
      %a = nn.constant {value = dense<[1.0, 4.0]> : tensor<2xf32>} : tensor<2xf32>
      %b = nn.constant {value = dense<2.0> : tensor<f32>} : tensor<f32>
      %c = nn.sqrt %a : tensor<2xf32> -> tensor<2xf32>
      %d = nn.mul %c, %b : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
      %y = nn.add %x, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      func.return %y : tensor<2xf32>
    }
    ```

    After:

    ```mlir
    func.func @arithmetic(%x: tensor<2xf32>) -> tensor<2xf32> {
      %d = nn.constant {value = dense<[2.0, 4.0]> : tensor<2xf32>} : tensor<2xf32>
      %y = nn.add %x, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      func.return %y : tensor<2xf32>
    }
    ```
    """

    name = "fold-constants"

    max_growth: int = 1 << 16
    """Leave operations whose result takes this many bytes more than their operands."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        evaluate = EvaluateConstantOperands(make_interpreter(op), self.max_growth)
        apply_patterns(op, evaluate, TransposeDequantizedConstant(), ReshapeDequantizedConstant())
