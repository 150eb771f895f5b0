"""Ops that find elements by indices that are known only at run time, or find such indices."""

from __future__ import annotations

from xdsl.dialects.builtin import BoolAttr, StringAttr, TensorType, f32, i64
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def

from . import shapes
from .common import (
    IntProp,
    NnOp,
    Shape,
    Value,
    as_integer,
    check,
    check_shape,
    element,
    flag,
    infer,
    integer,
    integer_width,
    is_number,
    listed,
    shape,
)

__all__ = ["ArgExtremeOp", "GatherOp", "ScatterOp", "TopKOp"]

SCATTER_KINDS = ("set", "add", "mul", "max", "min")


def gathered(data: Shape, indices: Shape, axis: int) -> Shape:
    """Shape of a gather: the axis gives way to the dimensions of the indices."""
    axis = shapes.axis_of(axis, len(data))
    return (*data[:axis], *indices, *data[axis + 1 :])


@irdl_op_definition
class GatherOp(NnOp):
    """Slices of data along an axis, in the order of indices.

    ```
    %y = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x8x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
    ```

    Negative indices count from the end; what is then still outside is taken as the nearest index.

    (C1) axis is in range, its extent at least 1, and the result has the shape of data with the axis
    replaced by the dimensions of the indices; (C2) indices are i32 or i64; (C3) data and result are
    both f32 or of one integer type.
    """

    name = "nn.gather"
    data = operand_def(TensorType)
    indices = operand_def(TensorType)
    result = result_def(TensorType)
    axis = prop_def(IntProp, default_value=integer(0))
    assembly_format = (
        "$data `,` $indices attr-dict `:` `(` type($data) `,` type($indices) `)` `->` type($result)"
    )

    def __init__(self, data: Value, indices: Value, axis: int = 0):
        out = infer(1, gathered, shape(data), shape(indices), axis)
        super().__init__(
            operands=[data, indices],
            result_types=[TensorType(element(data), out)],
            properties={"axis": integer(axis)},
        )

    def check_constraints(self) -> None:
        axis = self.axis.value.data
        out = infer(1, gathered, shape(self.data), shape(self.indices), axis)
        check_shape(self.result, out, 1, "a result")
        extent = shape(self.data)[axis]
        check(extent > 0, 1, "an axis to take from", extent)
        type_ = element(self.indices)
        check(integer_width(type_) in (32, 64), 2, "indices of i32 or i64", type_)
        types = [element(self.data), element(self.result)]
        plain = types[0] == f32 or as_integer(types[0]) is not None
        check(plain and types[0] == types[1], 3, "f32 or one integer type", listed(types))


@irdl_op_definition
class ScatterOp(NnOp):
    """A copy of data in which row indices[i] is changed by row i of updates, in their order.

    ```
    %y = nn.scatter %x, %i, %u {kind = "add"}
        : (tensor<8x4xf32>, tensor<3xi64>, tensor<3x4xf32>) -> tensor<8x4xf32>
    ```

    The row is replaced (`set`), or the update is added to it, multiplied with it, or the larger or
    smaller one stays. Sums and products of integers are taken modulo 2^bits. Indices as for
    nn.gather.

    (C1) data (R, L) and result have one shape, indices (M), updates (M, L), and R is at least 1;
    (C2) indices are i32 or i64; (C3) the others are all f32 or of one integer type; (C4) kind is
    set, or on numbers add, mul, max or min.
    """

    name = "nn.scatter"
    data = operand_def(TensorType)
    indices = operand_def(TensorType)
    updates = operand_def(TensorType)
    result = result_def(TensorType)
    kind = prop_def(StringAttr, default_value=StringAttr("set"))
    assembly_format = (
        "$data `,` $indices `,` $updates attr-dict `:` `(` type($data) `,` type($indices) `,` "
        "type($updates) `)` `->` type($result)"
    )

    def __init__(self, data: Value, indices: Value, updates: Value, kind: str = "set"):
        super().__init__(
            operands=[data, indices, updates],
            result_types=[TensorType(element(data), shape(data))],
            properties={"kind": StringAttr(kind)},
        )

    def check_constraints(self) -> None:
        data, indices = shape(self.data), shape(self.indices)
        ranks = (len(data), len(indices))
        check(ranks == (2, 1) and data[0] > 0, 1, "data (R, L) and indices (M)", ranks)
        check_shape(self.result, data, 1, "a result")
        check_shape(self.updates, (indices[0], data[1]), 1, "updates")
        type_ = element(self.indices)
        check(integer_width(type_) in (32, 64), 2, "indices of i32 or i64", type_)
        types = [element(v) for v in (self.data, self.updates, self.result)]
        plain = types[0] == f32 or as_integer(types[0]) is not None
        check(plain and len(set(types)) == 1, 3, "f32 or one integer type", listed(types))
        kind = self.kind.data
        allowed = SCATTER_KINDS if types[0] == f32 or is_number(types[0]) else ("set",)
        check(kind in allowed, 4, f"a kind of {listed(allowed)}", kind)


@irdl_op_definition
class ArgExtremeOp(NnOp):
    """The index of the largest (kind "max") or smallest element along an axis; of equals the first.

    ```
    %y = nn.arg_extreme %x {kind = "max", axis = 1 : i64} : tensor<1x10xf32> -> tensor<1x1xi64>
    ```

    With `last`, of equals the last. Comparisons with NaN are false.

    (C1) the axis is in range, of at least one element, and has size 1 in the result; (C2) the input
    is f32 or of integers other than i1, the result i64; (C3) kind is max or min.
    """

    name = "nn.arg_extreme"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    kind = prop_def(StringAttr)
    axis = prop_def(IntProp)
    last = prop_def(BoolAttr, default_value=flag(False))
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: Value, kind: str, axis: int, last: bool = False):
        out = infer(1, shapes.reduced, shape(input), (axis,), True)
        super().__init__(
            operands=[input],
            result_types=[TensorType(i64, out)],
            properties={"kind": StringAttr(kind), "axis": integer(axis), "last": flag(last)},
        )

    def check_constraints(self) -> None:
        axis, source = self.axis.value.data, shape(self.input)
        out = infer(1, shapes.reduced, source, (axis,), True)
        check_shape(self.result, out, 1, "a result")
        check(source[axis] > 0, 1, "elements to choose from", source)
        type_, result = element(self.input), element(self.result)
        check(type_ == f32 or is_number(type_), 2, "f32 or integers", type_)
        check(result == i64, 2, "a result of i64", result)
        check(self.kind.data in ("max", "min"), 3, "max or min", self.kind.data)


@irdl_op_definition
class TopKOp(NnOp):
    """The indices of the k largest (kind "max") or smallest elements along an axis, in order.

    ```
    %y = nn.top_k %x {kind = "max", axis = 1 : i64, k = 3 : i64}
        : tensor<1x10xf32> -> tensor<1x3xi64>
    ```

    Of equals the first comes first. Comparisons with NaN are false: it is never chosen, and where
    nothing is left the index is 0.

    (C1) the axis is in range, and has size k in the result, at most that of the input; (C2) the
    input is f32 or of integers other than i1, the result i64; (C3) kind is max or min.
    """

    name = "nn.top_k"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    kind = prop_def(StringAttr)
    axis = prop_def(IntProp)
    k = prop_def(IntProp)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: Value, kind: str, axis: int, k: int):
        out = infer(1, chosen_shape, shape(input), axis, k)
        super().__init__(
            operands=[input],
            result_types=[TensorType(i64, out)],
            properties={"kind": StringAttr(kind), "axis": integer(axis), "k": integer(k)},
        )

    def check_constraints(self) -> None:
        axis, k, source = self.axis.value.data, self.k.value.data, shape(self.input)
        check_shape(self.result, infer(1, chosen_shape, source, axis, k), 1, "a result")
        check(0 < k <= source[axis], 1, f"from 1 to {source[axis]} elements", k)
        type_, result = element(self.input), element(self.result)
        check(type_ == f32 or is_number(type_), 2, "f32 or integers", type_)
        check(result == i64, 2, "a result of i64", result)
        check(self.kind.data in ("max", "min"), 3, "max or min", self.kind.data)


def chosen_shape(source: Shape, axis: int, k: int) -> Shape:
    """A shape whose axis has k elements."""
    axis = shapes.axis_of(axis, len(source))
    return (*source[:axis], k, *source[axis + 1 :])
