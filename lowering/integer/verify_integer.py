"""What scheduling and code generation may assume of an integer graph."""

from dataclasses import dataclass
from typing import NoReturn, cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerType, ModuleOp, f32
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...passes.rewriting import element_of
from .intervals import interval_of

ACCUMULATING = (
    nn.Conv2dOp,
    nn.FullyConnectedOp,
    nn.MatmulOp,
    nn.AvgPool2dOp,
    nn.ReduceOp,
    nn.AddOp,
    nn.SubOp,
    nn.MulOp,
)


MIXING = (
    nn.CastOp,
    nn.BitcastOp,
    nn.CompareOp,
    nn.WhereOp,
    nn.GatherOp,
    nn.ScatterOp,
    nn.ArgExtremeOp,
    nn.RecurrentOp,
    nn.TopKOp,
    nn.ExternalOp,
)
"""Operations on real numbers and integers together: conditions, indices, conversions."""


@dataclass(frozen=True)
class VerifyIntegerPass(ModulePass):
    """Check the integer graph; changes nothing.

    (I1) No value and no argument has a type of `fxp`: only f32 and plain integers are left.
    (I2) An `nn` operation computes on real numbers only or on integers only, but for `nn.cast` and
         the operations that compare, choose or index, or are another package's.
    (I3) No accumulator can overflow its type, whatever the input: proven by intervals from the
         weights, the bias and the clamps before. Where the model computes with integers of its own,
         operations say that they wrap, and have no such bound.

    This graph passes:

    ```mlir
    func.func @main(%x: tensor<1x4x4x8xi8>) -> tensor<1x2x2x8xi8> {
      %y = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
          : tensor<1x4x4x8xi8> -> tensor<1x2x2x8xi8>
      func.return %y : tensor<1x2x2x8xi8>
    }
    ```
    """

    name = "verify-integer"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Check every operation."""
        for inner in op.walk():
            if isinstance(inner, func.FuncOp):
                _verify_signature(inner)
            verify_operation(inner)


def verify_operation(op: Operation) -> None:
    """Raise PassFailedException, naming the node, when an operation breaks one of the rules."""
    values = (*op.operands, *op.results)
    for value in values:
        if fxp.is_fxp(value.type):
            _fail(op, "I1", f"still has the quantized type {value.type}")
    if not op.name.startswith("nn.") or isinstance(op, nn.ConstantOp) or not op.results:
        return
    elements = [element_of(v) for v in values]
    if f32 in elements:
        if any(e != f32 for e in elements) and not isinstance(op, MIXING):
            _fail(op, "I2", "mixes real numbers and integers")
        return
    element = cast(IntegerType, elements[-1])
    if isinstance(op, ACCUMULATING):
        if element.width.data < 32 or "wraps" in op.properties:
            return
        interval = interval_of(op.results[0])
        if not interval.fits(element):
            _fail(
                op,
                "I3",
                f"can reach {interval.least} to {interval.greatest}, beyond {element}",
            )


def _verify_signature(function: func.FuncOp) -> None:
    for type in (*function.function_type.inputs, *function.function_type.outputs):
        if fxp.is_fxp(type):
            raise PassFailedException(
                f"(I1) function {function.sym_name.data} still has the quantized type {type}"
            )


def _fail(op: Operation, rule: str, what: str) -> NoReturn:
    raise PassFailedException(f"({rule}) {nn.node_name(op) or 'unnamed'} ({op.name}) {what}")
