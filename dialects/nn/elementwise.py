"""Element-wise ops: binary with numpy broadcasting, and unary."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from . import shapes
from .common import (
    AnyTensor,
    NnOp,
    RealProp,
    UnaryElementwiseOp,
    Value,
    activation_properties,
    check,
    check_shape,
    element,
    infer,
    is_real,
    real,
    shape,
    tensor_of,
)


class BinaryElementwiseOp(NnOp, ABC):
    """Base of ops on two tensors, broadcast as numpy does it.

    With `act_min` / `act_max` (real ops only) the result is clamped: min(max(y, act_min), act_max).

    (C1) the result has the broadcast shape; (C2) all element types are real, or all are the same
    integer type; (C3) a clamp needs real elements and act_min <= act_max.
    """

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    act_min = opt_prop_def(RealProp)
    act_max = opt_prop_def(RealProp)
    assembly_format: ClassVar[str] = (
        "$lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)"
    )

    def __init__(
        self,
        lhs: Value,
        rhs: Value,
        *,
        act_min: float | None = None,
        act_max: float | None = None,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            out = infer(1, shapes.broadcast, shape(lhs), shape(rhs))
            result_type = TensorType(element(lhs), out)
        super().__init__(
            operands=[lhs, rhs],
            result_types=[result_type],
            properties=activation_properties(act_min, act_max),
        )

    def verify_(self) -> None:
        expected = infer(1, shapes.broadcast, shape(self.lhs), shape(self.rhs))
        check_shape(self.result, expected, 1, "result")
        types = [element(v) for v in (self.lhs, self.rhs, self.result)]
        all_real = all(is_real(t) for t in types)
        check(
            all_real or len(set(types)) == 1,
            2,
            f"element types do not match: {', '.join(str(t) for t in types)}",
        )
        verify_activation(self.act_min, self.act_max, types[2], 3)


def verify_activation(
    low: RealProp | None, high: RealProp | None, result: Attribute, number: int
) -> None:
    """Check a fused clamp against the result's element type."""
    if low is None and high is None:
        return
    check(is_real(result), number, f"a clamp needs real elements, found {result}")
    if low is not None and high is not None:
        least, most = low.value.data, high.value.data
        check(least <= most, number, f"act_min {least} is above act_max {most}")


@irdl_op_definition
class AddOp(BinaryElementwiseOp):
    """lhs + rhs."""

    name = "nn.add"


@irdl_op_definition
class SubOp(BinaryElementwiseOp):
    """lhs - rhs."""

    name = "nn.sub"


@irdl_op_definition
class MulOp(BinaryElementwiseOp):
    """lhs * rhs."""

    name = "nn.mul"


@irdl_op_definition
class DivOp(BinaryElementwiseOp):
    """lhs / rhs; integers truncate toward zero."""

    name = "nn.div"


@irdl_op_definition
class MaximumOp(BinaryElementwiseOp):
    """The larger element."""

    name = "nn.maximum"


@irdl_op_definition
class MinimumOp(BinaryElementwiseOp):
    """The smaller element."""

    name = "nn.minimum"


@irdl_op_definition
class PowOp(BinaryElementwiseOp):
    """lhs to the power of rhs."""

    name = "nn.pow"


@irdl_op_definition
class PreluOp(NnOp):
    """x where x >= 0, x * slope elsewhere; the slope broadcasts to x.

    (C1) slope broadcasts to the shape of x, which is the result's; (C2) elements are real.
    """

    name = "nn.prelu"
    input = operand_def(TensorType)
    slope = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = (
        "$input `,` $slope attr-dict `:` `(` type($input) `,` type($slope) `)` `->` type($result)"
    )

    def __init__(self, input: Value, slope: Value, *, result_type: Attribute | None = None):
        super().__init__(
            operands=[input, slope], result_types=[result_type or tensor_of(input)]
        )

    def verify_(self) -> None:
        expected = infer(1, shapes.broadcast, shape(self.input), shape(self.slope))
        check_shape(self.input, expected, 1, "input")
        check_shape(self.result, expected, 1, "result")
        for value in (self.input, self.slope, self.result):
            check(is_real(element(value)), 2, f"elements must be real, found {element(value)}")


@irdl_op_definition
class ReluOp(UnaryElementwiseOp):
    """max(x, 0)."""

    name = "nn.relu"


@irdl_op_definition
class SigmoidOp(UnaryElementwiseOp):
    """1 / (1 + exp(-x))."""

    name = "nn.sigmoid"


@irdl_op_definition
class TanhOp(UnaryElementwiseOp):
    """Hyperbolic tangent."""

    name = "nn.tanh"


@irdl_op_definition
class ExpOp(UnaryElementwiseOp):
    """e to the power of x."""

    name = "nn.exp"


@irdl_op_definition
class LogOp(UnaryElementwiseOp):
    """Natural logarithm."""

    name = "nn.log"


@irdl_op_definition
class SqrtOp(UnaryElementwiseOp):
    """Square root."""

    name = "nn.sqrt"


@irdl_op_definition
class ReciprocalOp(UnaryElementwiseOp):
    """1 / x."""

    name = "nn.reciprocal"


@irdl_op_definition
class NegateOp(UnaryElementwiseOp):
    """-x."""

    name = "nn.negate"


@irdl_op_definition
class ErfOp(UnaryElementwiseOp):
    """The error function."""

    name = "nn.erf"


@irdl_op_definition
class GeluOp(UnaryElementwiseOp):
    """x * Phi(x) = x / 2 * (1 + erf(x / sqrt(2)))."""

    name = "nn.gelu"


@irdl_op_definition
class FloorOp(UnaryElementwiseOp):
    """The largest integer not above x."""

    name = "nn.floor"


@irdl_op_definition
class CeilOp(UnaryElementwiseOp):
    """The smallest integer not below x."""

    name = "nn.ceil"


@irdl_op_definition
class HardSwishOp(UnaryElementwiseOp):
    """x * min(max(x / 6 + 1 / 2, 0), 1)."""

    name = "nn.hard_swish"


@irdl_op_definition
class ClampOp(UnaryElementwiseOp):
    """min(max(x, min), max), in real values.

    (C3) min <= max.
    """

    name = "nn.clamp"
    min = prop_def(RealProp)
    max = prop_def(RealProp)

    def __init__(
        self, input: Value, min: float, max: float, *, result_type: Attribute | None = None
    ):
        super().__init__(
            input, result_type=result_type, properties={"min": real(min), "max": real(max)}
        )

    def verify_(self) -> None:
        super().verify_()
        low, high = self.min.value.data, self.max.value.data
        check(low <= high, 3, f"min {low} is above max {high}")


@irdl_op_definition
class LeakyReluOp(UnaryElementwiseOp):
    """x where x >= 0, alpha * x elsewhere."""

    name = "nn.leaky_relu"
    alpha = prop_def(RealProp)

    def __init__(self, input: Value, alpha: float, *, result_type: Attribute | None = None):
        super().__init__(input, result_type=result_type, properties={"alpha": real(alpha)})


@irdl_op_definition
class HardSigmoidOp(UnaryElementwiseOp):
    """min(max(alpha * x + beta, 0), 1)."""

    name = "nn.hard_sigmoid"
    alpha = prop_def(RealProp)
    beta = prop_def(RealProp)

    def __init__(
        self,
        input: Value,
        alpha: float,
        beta: float,
        *,
        result_type: Attribute | None = None,
    ):
        super().__init__(
            input,
            result_type=result_type,
            properties={"alpha": real(alpha), "beta": real(beta)},
        )


@irdl_op_definition
class CastOp(NnOp):
    """Convert elements: real to integer truncates toward zero and saturates.

    (C1) input and result have the same shape; (C2) neither element type is an `!fxp` type.
    """

    name = "nn.cast"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: Value, element_type: Attribute):
        source: AnyTensor = tensor_of(input)
        super().__init__(
            operands=[input], result_types=[TensorType(element_type, source.get_shape())]
        )

    def verify_(self) -> None:
        check_shape(self.result, shape(self.input), 1, "result")
        for value in (self.input, self.result):
            type_ = element(value)
            if is_real(type_) and str(type_) != "f32":
                raise VerifyException(f"(C2) nn.cast does not convert {type_}")


BINARY = (AddOp, SubOp, MulOp, DivOp, MaximumOp, MinimumOp, PowOp, PreluOp)
UNARY = (
    ReluOp,
    SigmoidOp,
    TanhOp,
    ExpOp,
    LogOp,
    SqrtOp,
    ReciprocalOp,
    NegateOp,
    ErfOp,
    GeluOp,
    FloorOp,
    CeilOp,
    HardSwishOp,
    ClampOp,
    LeakyReluOp,
    HardSigmoidOp,
    CastOp,
)
