"""Reductions, softmax, batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from xdsl.dialects.builtin import StringAttr, TensorType, UnitAttr, f32
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from . import shapes
from .common import (
    BoolAttr,
    I64ArrayConstr,
    IntProp,
    NnOp,
    RealProp,
    Value,
    check,
    check_levels,
    check_shape,
    element,
    flag,
    infer,
    integer,
    ints,
    is_real_level,
    listed,
    real,
    shape,
    tensor_of,
)
from .elementwise import check_wraps

__all__ = ["BatchNormOp", "LayerNormOp", "ReduceKind", "ReduceOp", "SoftmaxOp"]

ReduceKind = Literal["mean", "sum", "max", "min", "prod"]
REDUCE_KINDS: tuple[ReduceKind, ...] = ("mean", "sum", "max", "min", "prod")


@irdl_op_definition
class ReduceOp(NnOp):
    """Fold of whole axes, which vanish or, with keepdims, stay with size 1.

    ```
    %y = nn.reduce %x {kind = "mean", axes = array<i64: 1, 2>, keepdims = false}
        : tensor<1x8x8x4xf32> -> tensor<1x4xf32>
    ```

    f32: sums start at 0, products at 1, and run in row-major order over the reduced axes, one
    rounding each; a mean is then divided once. fxp: in float64, rounded half to even, saturating,
    to the result's type. Integers: exact; results that do not fit in the type are undefined
    or, with `wraps`, taken modulo 2^bits.

    (C1) the result has the reduced shape; (C2) axes are distinct and in range (negative: counted
    from the end); (C3) kind is mean, sum, max, min or prod; (C4) both element types are f32, or
    both are fxp, or, but for means, both are the same integer type; (C5) means, maxima and minima
    are of at least one element; (C6) only plain integers wrap.
    """

    name = "nn.reduce"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    kind = prop_def(StringAttr)
    axes = prop_def(I64ArrayConstr)
    keepdims = prop_def(BoolAttr, default_value=flag(True))
    wraps = opt_prop_def(UnitAttr)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: Value,
        kind: ReduceKind,
        axes: Sequence[int],
        keepdims: bool = True,
        *,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            out = infer(1, shapes.reduced, shape(input), axes, keepdims)
            result_type = TensorType(element(input), out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "kind": StringAttr(kind),
                "axes": ints(axes),
                "keepdims": flag(keepdims),
            },
        )

    def check_constraints(self) -> None:
        source, axes, kind = shape(self.input), self.axes.get_values(), self.kind.data
        check(kind in REDUCE_KINDS, 3, f"a kind of {listed(REDUCE_KINDS)}", kind)
        out = infer(2, shapes.reduced, source, axes, bool(self.keepdims.value.data))
        check_shape(self.result, out, 1, "a result")
        check_levels(self, 4, integers=kind != "mean")
        some = kind in ("sum", "prod") or all(source[axis] for axis in axes)
        check(some, 5, f"elements to take the {kind} of", source)
        check_wraps(self.wraps, element(self.result), 6)


@irdl_op_definition
class SoftmaxOp(NnOp):
    """exp(x - max) / sum(exp(x - max)) along one axis.

    ```
    %y = nn.softmax %x {axis = -1 : i64} : tensor<1x10xf32> -> tensor<1x10xf32>
    ```

    f32: the sum runs in index order, one rounding each. fxp: in float64, rounded half to even,
    saturating, to the result's type.

    (C1) the shape stays; (C2) axis is in range (negative: counted from the end); (C3) both element
    types are f32 or both are fxp.
    """

    name = "nn.softmax"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    axis = prop_def(IntProp)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: Value, axis: int = -1, *, result_type: Attribute | None = None):
        super().__init__(
            operands=[input],
            result_types=[result_type or tensor_of(input)],
            properties={"axis": integer(axis)},
        )

    def check_constraints(self) -> None:
        check_shape(self.result, shape(self.input), 1, "a result")
        check_axis(self.axis.value.data, len(shape(self.input)), 2)
        check_levels(self, 3)


@irdl_op_definition
class LayerNormOp(NnOp):
    """(x - mean) / sqrt(variance + epsilon) * scale + bias, over the last dimension.

    ```
    %y = nn.layer_norm %x, %scale, %bias {epsilon = 1.0e-05 : f32}
        : (tensor<1x4x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x4x8xf32>
    ```

    The variance is the mean of (x - mean) * (x - mean). f32: sums run in index order, one rounding
    each; x - mean is multiplied by the reciprocal of the root. fxp: in float64, rounded half to
    even, saturating, to the result's type; scale and bias stay real.

    (C1) the shape stays; (C2) scale and bias are f32, one element per index of the last dimension;
    (C3) input and result are both f32 or both fxp; (C4) epsilon > 0.
    """

    name = "nn.layer_norm"
    input = operand_def(TensorType)
    scale = operand_def(TensorType)
    bias = operand_def(TensorType)
    result = result_def(TensorType)
    epsilon = prop_def(RealProp)
    assembly_format = (
        "$input `,` $scale `,` $bias attr-dict `:` `(` type($input) `,` type($scale) `,` "
        "type($bias) `)` `->` type($result)"
    )

    def __init__(
        self,
        input: Value,
        scale: Value,
        bias: Value,
        epsilon: float,
        *,
        result_type: Attribute | None = None,
    ):
        super().__init__(
            operands=[input, scale, bias],
            result_types=[result_type or tensor_of(input)],
            properties={"epsilon": real(epsilon)},
        )

    def check_constraints(self) -> None:
        given = shape(self.input)
        check_shape(self.result, given, 1, "a result")
        for value in (self.scale, self.bias):
            check_shape(value, given[-1:], 2, "scale and bias")
            check(element(value) == f32, 2, "scale and bias of f32", element(value))
        check(bool(given), 2, "a dimension at least", given)
        types = [element(self.input), element(self.result)]
        check(is_real_level(types), 3, "only f32 or only fxp as elements", listed(types))
        check(self.epsilon.value.data > 0, 4, "an epsilon above 0", self.epsilon.value.data)


@irdl_op_definition
class BatchNormOp(NnOp):
    """(x - mean) / sqrt(variance + epsilon) * scale + bias, per index of `axis`.

    ```
    %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.0e-05 : f32, axis = 3 : i64}
        : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
        -> tensor<1x8x8x4xf32>
    ```

    f32: one rounding per operation, in the order written. fxp: in float64, rounded half to even,
    saturating, to the result's type.

    (C1) the shape stays; (C2) axis is in range (negative: counted from the end); (C3) all four
    parameters have one value per index of axis; (C4) all elements are f32 or all are fxp; (C5)
    epsilon >= 0.
    """

    name = "nn.batch_norm"
    input = operand_def(TensorType)
    scale = operand_def(TensorType)
    bias = operand_def(TensorType)
    mean = operand_def(TensorType)
    variance = operand_def(TensorType)
    result = result_def(TensorType)
    epsilon = prop_def(RealProp)
    axis = prop_def(IntProp)
    assembly_format = (
        "$input `,` $scale `,` $bias `,` $mean `,` $variance attr-dict `:` `(` type($input) `,` "
        "type($scale) `,` type($bias) `,` type($mean) `,` type($variance) `)` `->` type($result)"
    )

    def __init__(
        self,
        input: Value,
        scale: Value,
        bias: Value,
        mean: Value,
        variance: Value,
        *,
        epsilon: float = 1e-5,
        axis: int = -1,
        result_type: Attribute | None = None,
    ):
        super().__init__(
            operands=[input, scale, bias, mean, variance],
            result_types=[result_type or tensor_of(input)],
            properties={"epsilon": real(epsilon), "axis": integer(axis)},
        )

    def check_constraints(self) -> None:
        check_shape(self.result, shape(self.input), 1, "a result")
        source, axis = shape(self.input), self.axis.value.data
        check_axis(axis, len(source), 2)
        for name in ("scale", "bias", "mean", "variance"):
            check_shape(getattr(self, name), (source[axis],), 3, f"a {name}")
        check_levels(self, 4)
        epsilon = self.epsilon.value.data
        check(epsilon >= 0, 5, "epsilon >= 0", epsilon)


def check_axis(axis: int, rank: int, number: int) -> None:
    """Check that an axis, counted from the end if negative, is in range."""
    check(-rank <= axis < rank, number, f"an axis in {-rank}..{rank - 1}", axis)
