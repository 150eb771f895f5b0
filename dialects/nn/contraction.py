"""Matrix products: fully connected layers (constant weights) and products of two tensors."""

from __future__ import annotations

from xdsl.dialects.builtin import IntegerType, TensorType, i32, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from . import shapes
from .common import (
    NnOp,
    RealProp,
    Shape,
    Value,
    ZeroPoint,
    activation_properties,
    check,
    check_shape,
    element,
    infer,
    is_real,
    shape,
    zero_point,
)
from .elementwise import verify_activation
from .window import verify_accumulation


@irdl_op_definition
class FullyConnectedOp(NnOp):
    """y = x · wᵀ + b: x (…, K), w (M, K), b (M) → (…, M).

    (C1) the result has the inferred shape; (C2) w (M, K) and b (M) fit; (C3) element types as in
    nn.conv2d; (C4) a clamp needs real elements.
    """

    name = "nn.fully_connected"
    input = operand_def(TensorType)
    weight = operand_def(TensorType)
    bias = operand_def(TensorType)
    result = result_def(TensorType)
    input_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    weight_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    act_min = opt_prop_def(RealProp)
    act_max = opt_prop_def(RealProp)
    assembly_format = (
        "$input `,` $weight `,` $bias attr-dict `:` `(` type($input) `,` type($weight) `,` "
        "type($bias) `)` `->` type($result)"
    )

    def __init__(
        self,
        input: Value,
        weight: Value,
        bias: Value,
        *,
        input_zero_point: int = 0,
        weight_zero_point: int = 0,
        act_min: float | None = None,
        act_max: float | None = None,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            result_type = TensorType(element(bias), (*shape(input)[:-1], shape(weight)[0]))
        super().__init__(
            operands=[input, weight, bias],
            result_types=[result_type],
            properties={
                "input_zero_point": zero_point(input_zero_point),
                "weight_zero_point": zero_point(weight_zero_point),
                **activation_properties(act_min, act_max),
            },
        )

    def verify_(self) -> None:
        x, w = shape(self.input), shape(self.weight)
        check(len(x) >= 1 and len(w) == 2 and x[-1] == w[1], 2, f"{x} does not fit weight {w}")
        check_shape(self.bias, w[:1], 2, "bias")
        check_shape(self.result, (*x[:-1], w[0]), 1, "result")
        types = [element(v) for v in (self.input, self.weight, self.bias, self.result)]
        verify_accumulation(types[0], types[1], types[2], types[3], 3)
        verify_activation(self.act_min, self.act_max, types[3], 4)


def matmul_shape(a: Shape, b: Shape) -> Shape:
    """Shape of a batched matrix product. Raises ValueError."""
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2]:
        raise ValueError(f"{a} and {b} are no matrices that can be multiplied")
    return (*shapes.broadcast(a[:-2], b[:-2]), a[-2], b[-1])


@irdl_op_definition
class MatmulOp(NnOp):
    """a (…, M, K) · b (…, K, N) → (…, M, N); leading dimensions broadcast.

    On integers the sum of (a - lhs_zero_point) * (b - rhs_zero_point).

    (C1) the result has the inferred shape; (C2) all real, or 8/16-bit integers to i32 or i64;
    (C3) a clamp needs real elements.
    """

    name = "nn.matmul"
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    lhs_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    rhs_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
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
        lhs_zero_point: int = 0,
        rhs_zero_point: int = 0,
        act_min: float | None = None,
        act_max: float | None = None,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            out = infer(1, matmul_shape, shape(lhs), shape(rhs))
            source = element(lhs)
            result_type = TensorType(source if is_real(source) else i32, out)
        super().__init__(
            operands=[lhs, rhs],
            result_types=[result_type],
            properties={
                "lhs_zero_point": zero_point(lhs_zero_point),
                "rhs_zero_point": zero_point(rhs_zero_point),
                **activation_properties(act_min, act_max),
            },
        )

    def verify_(self) -> None:
        out = infer(1, matmul_shape, shape(self.lhs), shape(self.rhs))
        check_shape(self.result, out, 1, "result")
        a, b, c = (element(v) for v in (self.lhs, self.rhs, self.result))
        all_real = is_real(a) and is_real(b) and is_real(c)
        narrow = all(isinstance(t, IntegerType) and t.width.data in (8, 16) for t in (a, b))
        fits = all_real or (narrow and c in (i32, i64))
        check(fits, 2, f"element types do not match: {a}, {b}, {c}")
        verify_activation(self.act_min, self.act_max, c, 3)
