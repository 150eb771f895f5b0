"""Reductions, softmax, batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from xdsl.dialects.builtin import StringAttr, TensorType
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def

from . import shapes
from .common import (
    BoolAttr,
    I64ArrayConstr,
    IntProp,
    NnOp,
    RealProp,
    Value,
    check,
    check_shape,
    element,
    flag,
    infer,
    integer,
    ints,
    is_real,
    real,
    shape,
    tensor_of,
)

ReduceKind = Literal["mean", "sum", "max", "min", "prod"]
REDUCE_KINDS: tuple[ReduceKind, ...] = ("mean", "sum", "max", "min", "prod")


@irdl_op_definition
class ReduceOp(NnOp):
    """Fold of whole axes; f32 sums and products run in row-major order over the reduced axes.

    (C1) the result has the reduced shape; (C2) axes are distinct and in range; (C3) kind is known;
    (C4) the element type stays (or both are real).
    """

    name = "nn.reduce"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    kind = prop_def(StringAttr)
    axes = prop_def(I64ArrayConstr)
    keepdims = prop_def(BoolAttr, default_value=flag(True))
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

    def verify_(self) -> None:
        source, axes = shape(self.input), self.axes.get_values()
        rank = len(source)
        check(all(-rank <= a < rank for a in axes), 2, f"axes {list(axes)} are out of range")
        check(len({a % rank for a in axes}) == len(axes), 2, f"axes {list(axes)} repeat")
        kinds = ", ".join(REDUCE_KINDS)
        check(self.kind.data in REDUCE_KINDS, 3, f"kind must be one of {kinds}: {self.kind.data}")
        keep = bool(self.keepdims.value.data)
        check_shape(self.result, shapes.reduced(source, axes, keep), 1, "result")
        kinds_match = element(self.input) == element(self.result)
        kinds_match = kinds_match or (
            is_real(element(self.input)) and is_real(element(self.result))
        )
        check(kinds_match, 4, "element types do not match")


@irdl_op_definition
class SoftmaxOp(NnOp):
    """exp(x - max) / sum(exp(x - max)) along one axis.

    (C1) the shape stays; (C2) axis is in range; (C3) elements are real.
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

    def verify_(self) -> None:
        check_shape(self.result, shape(self.input), 1, "result")
        rank, axis = len(shape(self.input)), self.axis.value.data
        check(-rank <= axis < rank, 2, f"axis {axis} is out of range for {rank} dimensions")
        for value in (self.input, self.result):
            check(is_real(element(value)), 3, f"elements must be real, found {element(value)}")


@irdl_op_definition
class BatchNormOp(NnOp):
    """(x - mean) / sqrt(variance + epsilon) * scale + bias, per index of `axis`.

    (C1) the shape stays; (C2) axis is in range; (C3) all four parameters have one value per index of
    axis; (C4) elements are real.
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

    def verify_(self) -> None:
        check_shape(self.result, shape(self.input), 1, "result")
        source, axis = shape(self.input), self.axis.value.data
        check(-len(source) <= axis < len(source), 2, f"axis {axis} is out of range")
        for name in ("scale", "bias", "mean", "variance"):
            check_shape(getattr(self, name), (source[axis],), 3, name)
        for value in (*self.operands, self.result):
            check(is_real(element(value)), 4, f"elements must be real, found {element(value)}")
