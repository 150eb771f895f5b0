"""Matrix products: fully connected layers (constant weights) and products of two tensors."""

from __future__ import annotations

from xdsl.dialects.builtin import TensorType, i32
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from . import shapes
from .common import (
    NnOp,
    RealProp,
    Value,
    ZeroPoint,
    activation_properties,
    check,
    check_shape,
    check_zero_point,
    element,
    infer,
    is_real,
    shape,
    zero_point,
)
from .elementwise import check_activation
from .window import check_accumulation

__all__ = ["FullyConnectedOp", "MatmulOp"]


@irdl_op_definition
class FullyConnectedOp(NnOp):
    """y = x · wᵀ + b: x (…, K), w (M, K), b (M) → (…, M).

    ```
    %y = nn.fully_connected %x, %w, %b {act_min = 0.0 : f32}
        : (tensor<1x64xf32>, tensor<10x64xf32>, tensor<10xf32>) -> tensor<1x10xf32>
    ```

    Levels, zero points and clamp as for nn.conv2d.

    (C1) the result has the inferred shape; (C2) x (…, K), w (M, K) and b (M) fit; (C3) element
    types as in nn.conv2d; (C4) a clamp needs real elements and act_min <= act_max; (C5) zero points
    lie in the range of their integer type and are 0 for real elements.
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

    def check_constraints(self) -> None:
        x, w = shape(self.input), shape(self.weight)
        check(len(w) == 2, 2, "weights (M, K)", w)
        check(x[-1:] == w[1:], 2, f"an input (…, {w[1]})", x)
        check_shape(self.bias, w[:1], 2, "a bias")
        check_shape(self.result, (*x[:-1], w[0]), 1, "a result")
        types = [element(v) for v in (self.input, self.weight, self.bias, self.result)]
        check_accumulation(types[:2], types[2:], 3)
        check_activation(self.act_min, self.act_max, types[3], 4)
        check_zero_point(self.input_zero_point, types[0], 5)
        check_zero_point(self.weight_zero_point, types[1], 5)


@irdl_op_definition
class MatmulOp(NnOp):
    """a (…, M, K) · b (…, K, N) → (…, M, N); leading dimensions broadcast.

    ```
    %y = nn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
    ```

    On integers the sum of (a - lhs_zero_point) * (b - rhs_zero_point). Levels and clamp as for
    nn.conv2d.

    (C1) the result has the inferred shape; (C2) all f32, all fxp, or 8/16-bit integers to i32 or
    i64; (C3) a clamp needs real elements and act_min <= act_max; (C4) zero points lie in the range
    of their integer type and are 0 for real elements.
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
            out = infer(1, shapes.product, shape(lhs), shape(rhs))
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

    def check_constraints(self) -> None:
        out = infer(1, shapes.product, shape(self.lhs), shape(self.rhs))
        check_shape(self.result, out, 1, "a result")
        types = [element(v) for v in (self.lhs, self.rhs, self.result)]
        check_accumulation(types[:2], types[2:], 2)
        check_activation(self.act_min, self.act_max, types[2], 3)
        check_zero_point(self.lhs_zero_point, types[0], 4)
        check_zero_point(self.rhs_zero_point, types[1], 4)
