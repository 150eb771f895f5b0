"""Element-wise ops: binary with numpy broadcasting, and unary.

A new unary op is a class here, with a docstring and a name, its line in `__all__`, and its
functions on f32 and float64 in `dialects/interpreters/nn_elementwise.py`.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import TensorType, UnitAttr, f32
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from . import shapes
from .common import (
    AnyTensor,
    NnOp,
    RealProp,
    UnaryElementwiseOp,
    Value,
    activation_properties,
    as_integer,
    check,
    check_levels,
    check_shape,
    element,
    infer,
    integer_width,
    is_real,
    listed,
    real,
    shape,
    tensor_of,
)

__all__ = [
    "AddOp",
    "AtanOp",
    "BinaryElementwiseOp",
    "BitcastOp",
    "CastOp",
    "CeilOp",
    "ClampOp",
    "CosOp",
    "DivOp",
    "ErfOp",
    "ExpOp",
    "FloorOp",
    "GeluOp",
    "HardSigmoidOp",
    "HardSwishOp",
    "LeakyReluOp",
    "LogOp",
    "MaximumOp",
    "MinimumOp",
    "MulOp",
    "NegateOp",
    "PowOp",
    "PreluOp",
    "ReciprocalOp",
    "ReluOp",
    "RingOp",
    "RoundOp",
    "SigmoidOp",
    "SinOp",
    "SqrtOp",
    "SubOp",
    "TanhOp",
]


class BinaryElementwiseOp(NnOp, ABC):
    """Base of ops on two tensors, broadcast as numpy does it.

    ```
    %y = nn.add %a, %b {act_min = 0.0 : f32}
        : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
    ```

    f32: one rounding. fxp: the function of the reals that the integers stand for, in float64,
    rounded half to even, saturating, to the result's type. With `act_min` / `act_max` the real
    result is clamped before: min(max(y, act_min), act_max). Integers: exact; results that do not
    fit in the type are undefined.

    (C1) the result has the broadcast shape; (C2) all elements are f32, or all are fxp, or all are
    of one integer type; (C3) a clamp needs real elements and act_min <= act_max.
    """

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    act_min = opt_prop_def(RealProp)
    act_max = opt_prop_def(RealProp)
    assembly_format = (
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

    def check_constraints(self) -> None:
        expected = infer(1, shapes.broadcast, shape(self.lhs), shape(self.rhs))
        check_shape(self.result, expected, 1, "a result")
        check_levels(self, 2, integers=True)
        check_activation(self.act_min, self.act_max, element(self.result), 3)


def check_activation(
    low: RealProp | None, high: RealProp | None, result: Attribute, number: int
) -> None:
    """Check a fused clamp against the result's element type."""
    if low is None and high is None:
        return
    check(is_real(result), number, "real elements for a clamp", result)
    if low is not None and high is not None:
        found = f"{low.value.data} and {high.value.data}"
        check(low.value.data <= high.value.data, number, "act_min <= act_max", found)


class RingOp(BinaryElementwiseOp, ABC):
    """Base of binary ops that `wraps` makes total on integers: results are taken modulo 2^bits.

    ```
    %y = nn.add %a, %b {wraps} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
    ```

    It is what ONNX means by sums of integers. Integers that stand for reals do without: there a
    result outside of the type is an error, which `verify-integer` excludes.

    (C4) only plain integers wrap.
    """

    wraps = opt_prop_def(UnitAttr)

    def check_constraints(self) -> None:
        super().check_constraints()
        check_wraps(self.wraps, element(self.result), 4)


def check_wraps(wraps: UnitAttr | None, result: Attribute, number: int) -> None:
    """Check that only plain integers wrap."""
    if wraps is not None:
        check(as_integer(result) is not None, number, "plain integers to wrap", result)


@irdl_op_definition
class AddOp(RingOp):
    """lhs + rhs."""

    name = "nn.add"


@irdl_op_definition
class SubOp(RingOp):
    """lhs - rhs."""

    name = "nn.sub"


@irdl_op_definition
class MulOp(RingOp):
    """lhs * rhs."""

    name = "nn.mul"


@irdl_op_definition
class DivOp(BinaryElementwiseOp):
    """lhs / rhs; integers truncate toward zero, are 0 for a divisor of 0, and the smallest one
    divided by -1 is itself.
    """

    name = "nn.div"


@irdl_op_definition
class MaximumOp(BinaryElementwiseOp):
    """The larger element: rhs where lhs < rhs, else lhs."""

    name = "nn.maximum"


@irdl_op_definition
class MinimumOp(BinaryElementwiseOp):
    """The smaller element: rhs where lhs > rhs, else lhs."""

    name = "nn.minimum"


@irdl_op_definition
class PowOp(BinaryElementwiseOp):
    """lhs to the power of rhs; of integers modulo 2^bits, for negative exponents cut off towards 0
    (0 to a negative power is 0).
    """

    name = "nn.pow"


@irdl_op_definition
class PreluOp(NnOp):
    """x where x >= 0, x * slope elsewhere; the slope broadcasts to x.

    ```
    %y = nn.prelu %x, %slope : (tensor<1x8x8x4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
    ```

    (C1) the slope broadcasts to the shape of x, which is the result's; (C2) all elements are f32 or
    all are fxp.
    """

    name = "nn.prelu"
    input = operand_def(TensorType)
    slope = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = (
        "$input `,` $slope attr-dict `:` `(` type($input) `,` type($slope) `)` `->` type($result)"
    )

    def __init__(self, input: Value, slope: Value, *, result_type: Attribute | None = None):
        super().__init__(operands=[input, slope], result_types=[result_type or tensor_of(input)])

    def check_constraints(self) -> None:
        expected, slope = shape(self.input), shape(self.slope)
        found = infer(1, shapes.broadcast, expected, slope)
        check(found == expected, 1, f"a slope that broadcasts to {expected}", slope)
        check_shape(self.result, expected, 1, "a result")
        check_levels(self, 2)


@irdl_op_definition
class ReluOp(UnaryElementwiseOp):
    """max(x, 0)."""

    name = "nn.relu"
    ON_INTEGERS: ClassVar[bool] = True


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
    """-x; the smallest integer, which has no opposite, is itself."""

    name = "nn.negate"
    ON_INTEGERS: ClassVar[bool] = True


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
class RoundOp(UnaryElementwiseOp):
    """The nearest integer, halves to the even one."""

    name = "nn.round"


@irdl_op_definition
class SinOp(UnaryElementwiseOp):
    """The sine of an angle in radians; NaN beyond 2^30."""

    name = "nn.sin"


@irdl_op_definition
class CosOp(UnaryElementwiseOp):
    """The cosine of an angle in radians; NaN beyond 2^30."""

    name = "nn.cos"


@irdl_op_definition
class AtanOp(UnaryElementwiseOp):
    """The angle in radians, from -pi/2 to pi/2, whose tangent is x."""

    name = "nn.atan"


@irdl_op_definition
class HardSwishOp(UnaryElementwiseOp):
    """x * min(max(x / 6 + 1 / 2, 0), 1)."""

    name = "nn.hard_swish"


@irdl_op_definition
class ClampOp(UnaryElementwiseOp):
    """min(max(x, min), max): real numbers, integers on integers, infinite where open.

    ```
    %y = nn.clamp %x {min = 0.0 : f32, max = 6.0 : f32} : tensor<4xf32> -> tensor<4xf32>
    ```

    (C3) min <= max.
    """

    name = "nn.clamp"
    ON_INTEGERS: ClassVar[bool] = True
    min = prop_def(RealProp)
    max = prop_def(RealProp)

    def __init__(
        self, input: Value, min: float, max: float, *, result_type: Attribute | None = None
    ):
        super().__init__(
            input, result_type=result_type, properties={"min": real(min), "max": real(max)}
        )

    def check_constraints(self) -> None:
        super().check_constraints()
        low, high = self.min.value.data, self.max.value.data
        check(low <= high, 3, "min <= max", f"{low} and {high}")


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
    """Convert elements between f32 and plain integers.

    ```
    %y = nn.cast %x : tensor<4xf32> -> tensor<4xi32>
    ```

    f32 to integers cuts the fraction off and saturates, NaN becomes 0; integers to f32 round to the
    nearest, ties to even; integers to narrower ones keep the lower bits; to i1: whether x != 0.

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

    def check_constraints(self) -> None:
        check_shape(self.result, shape(self.input), 1, "a result")
        for value in (self.input, self.result):
            type_ = element(value)
            plain = type_ == f32 or as_integer(type_) is not None
            check(plain, 2, "f32 or plain integers", type_)


@irdl_op_definition
class BitcastOp(NnOp):
    """The same bits as elements of another type of the same width.

    ```
    %y = nn.bitcast %x : tensor<4xf32> -> tensor<4xi32>
    ```

    (C1) input and result have the same shape; (C2) both element types are f32 or plain integers, of
    as many bytes.
    """

    name = "nn.bitcast"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: Value, element_type: Attribute):
        source: AnyTensor = tensor_of(input)
        super().__init__(
            operands=[input], result_types=[TensorType(element_type, source.get_shape())]
        )

    def check_constraints(self) -> None:
        check_shape(self.result, shape(self.input), 1, "a result")
        types = [element(value) for value in (self.input, self.result)]
        plain = all(t == f32 or as_integer(t) is not None for t in types)
        check(plain, 2, "f32 or plain integers", listed(types))
        sizes = {4 if t == f32 else max(integer_width(t), 8) // 8 for t in types}
        check(len(sizes) == 1, 2, "types of the same width", listed(types))
