"""Ops that move elements and compute nothing: on f32, fxp, integers and i1.

An fxp result may have another encoding than the operands, where an op says so: the elements are
then rounded half to even, saturating, to the result's.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import StringAttr, TensorType, f32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_operand_def

from ..fxp import AffineType, integer_range
from . import shapes
from .common import (
    I64ArrayConstr,
    IntProp,
    NnOp,
    RealProp,
    Value,
    as_integer,
    check,
    check_shape,
    element,
    infer,
    integer,
    ints,
    is_fxp_level,
    is_number,
    listed,
    real,
    shape,
)

__all__ = ["BroadcastOp", "ConcatOp", "PadOp", "ReshapeOp", "SliceOp", "TransposeOp"]

PAD_MODES = ("constant", "reflect", "edge")


def _check_movable(op: NnOp, number: int) -> None:
    """Check that operands and result are all f32, or all fxp, or of one integer type."""
    types = [element(value) for value in (*op.operands, *op.results)]
    plain = types[0] == f32 or as_integer(types[0]) is not None
    same = is_fxp_level(types) or (len(set(types)) == 1 and plain)
    check(same, number, "only f32, only fxp or one integer type as elements", listed(types))


def _check_same_storage(op: ReshapeOp | TransposeOp, number: int) -> None:
    """Check that the element type stays, but for the axis along which an fxp type has scales."""
    source, target = element(op.input), element(op.result)
    same = source == target
    if isinstance(source, AffineType) and isinstance(target, AffineType):
        same = source.with_axis(target.axis) == target
    check(same, number, f"a result of {source}", target)


def moved(type_: Attribute, permutation: Sequence[int]) -> Attribute:
    """The element type after a transpose: the axis of scales moves along."""
    if isinstance(type_, AffineType) and type_.axis is not None:
        return type_.with_axis(list(permutation).index(type_.axis))
    return type_


@irdl_op_definition
class ReshapeOp(NnOp):
    """The same elements in the same (row-major) order, seen with another shape.

    ```
    %y = nn.reshape %x : tensor<1x4x4x2xf32> -> tensor<1x32xf32>
    ```

    (C1) the number of elements stays; (C2) so does the element type, but for the axis of an fxp
    type with one scale per index.
    """

    name = "nn.reshape"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self, input: Value, new_shape: Sequence[int], *, result_type: Attribute | None = None
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type or TensorType(element(input), list(new_shape))],
        )

    def check_constraints(self) -> None:
        infer(1, shapes.reshaped, shape(self.input), shape(self.result))
        _check_same_storage(self, 2)


@irdl_op_definition
class TransposeOp(NnOp):
    """Dimension d of the result is dimension permutation[d] of the input.

    ```
    %y = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>}
        : tensor<1x3x8x8xf32> -> tensor<1x8x8x3xf32>
    ```

    (C1) permutation is one of the input's dimensions; (C2) the result has the permuted shape;
    (C3) the element type stays; the axis of an fxp type with one scale per index moves along.
    """

    name = "nn.transpose"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    permutation = prop_def(I64ArrayConstr)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self, input: Value, permutation: Sequence[int], *, result_type: Attribute | None = None
    ):
        if result_type is None:
            out = infer(1, shapes.permuted, shape(input), permutation)
            result_type = TensorType(moved(element(input), permutation), out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"permutation": ints(permutation)},
        )

    def check_constraints(self) -> None:
        order = self.permutation.get_values()
        out = infer(1, shapes.permuted, shape(self.input), order)
        check_shape(self.result, out, 2, "a result")
        expected, found = moved(element(self.input), order), element(self.result)
        check(expected == found, 3, f"a result of {expected}", found)


@irdl_op_definition
class ConcatOp(NnOp):
    """Tensors joined along one axis.

    ```
    %y = nn.concat %a, %b {axis = 3 : i64}
        : (tensor<1x4x4x2xf32>, tensor<1x4x4x3xf32>) -> tensor<1x4x4x5xf32>
    ```

    (C1) at least one operand, shapes that differ only along axis (negative: counted from the end),
    and the joined shape as result; (C2) all elements are f32, or all are fxp, of any encodings, or
    all have the same integer type.
    """

    name = "nn.concat"
    inputs = var_operand_def(TensorType)
    result = result_def(TensorType)
    axis = prop_def(IntProp)
    assembly_format = "$inputs attr-dict `:` `(` type($inputs) `)` `->` type($result)"

    def __init__(
        self, inputs: Sequence[SSAValue], axis: int, *, result_type: Attribute | None = None
    ):
        if result_type is None:
            out = infer(1, shapes.concatenated, [shape(v) for v in inputs], axis)
            result_type = TensorType(element(inputs[0]), out)
        super().__init__(
            operands=[inputs], result_types=[result_type], properties={"axis": integer(axis)}
        )

    def check_constraints(self) -> None:
        sources = [shape(v) for v in self.inputs]
        out = infer(1, shapes.concatenated, sources, self.axis.value.data)
        check_shape(self.result, out, 1, "a result")
        _check_movable(self, 2)


@irdl_op_definition
class PadOp(NnOp):
    """Elements added at the borders. Pads: begin of every dimension, then end of every dimension.

    ```
    %y = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>}
        : tensor<1x8x8x3xf32> -> tensor<1x10x10x3xf32>
    ```

    Mode "constant" adds `value` (a real value; on fxp elements it is encoded in the input's, on
    integers it is the integer), "reflect" mirrors without repeating the border, "edge" repeats it.

    (C1) the result has the padded shape; (C2) two non-negative pads per dimension, below the
    dimension in mode reflect, nothing empty in mode edge; (C3) mode is known; (C4) elements as for
    nn.concat; (C5) on integers value is one of them.
    """

    name = "nn.pad"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    pads = prop_def(I64ArrayConstr)
    value = prop_def(RealProp, default_value=real(0.0))
    mode = prop_def(StringAttr, default_value=StringAttr("constant"))
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: Value,
        pads: Sequence[int],
        *,
        value: float = 0.0,
        mode: str = "constant",
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            out = infer(2, shapes.padded, shape(input), pads, mode)
            result_type = TensorType(element(input), out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"pads": ints(pads), "value": real(value), "mode": StringAttr(mode)},
        )

    def check_constraints(self) -> None:
        pads, mode = self.pads.get_values(), self.mode.data
        check(mode in PAD_MODES, 3, f"a mode of {listed(PAD_MODES)}", mode)
        out = infer(2, shapes.padded, shape(self.input), pads, mode)
        check_shape(self.result, out, 1, "a result")
        _check_movable(self, 4)
        type_, value = as_integer(element(self.input)), self.value.value.data
        if type_ is not None and mode == "constant":
            low, high = integer_range(type_) if is_number(type_) else (0, 1)
            fits = value.is_integer() and low <= value <= high
            check(fits, 5, f"an integer in {low}..{high} as value", value)


@irdl_op_definition
class SliceOp(NnOp):
    """Elements offset, offset + stride, … of every dimension, `size` of them; strides may be < 0.

    ```
    %y = nn.slice %x {offsets = array<i64: 0, 2>, sizes = array<i64: 1, 3>,
                      strides = array<i64: 1, 2>} : tensor<1x8xf32> -> tensor<1x3xf32>
    ```

    (C1) the result has the shape `sizes`; (C2) one offset, size and stride != 0 per dimension, and
    all positions lie inside the input; (C3) elements as for nn.concat.
    """

    name = "nn.slice"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    offsets = prop_def(I64ArrayConstr)
    sizes = prop_def(I64ArrayConstr)
    strides = prop_def(I64ArrayConstr)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: Value,
        offsets: Sequence[int],
        sizes: Sequence[int],
        strides: Sequence[int],
        *,
        result_type: Attribute | None = None,
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type or TensorType(element(input), list(sizes))],
            properties={"offsets": ints(offsets), "sizes": ints(sizes), "strides": ints(strides)},
        )

    def check_constraints(self) -> None:
        parts = (a.get_values() for a in (self.offsets, self.sizes, self.strides))
        out = infer(2, shapes.sliced, shape(self.input), *parts)
        check_shape(self.result, out, 1, "a result")
        _check_movable(self, 3)


@irdl_op_definition
class BroadcastOp(NnOp):
    """The input repeated to a larger shape, as numpy broadcasts.

    ```
    %y = nn.broadcast %x : tensor<3x1xf32> -> tensor<2x3x4xf32>
    ```

    (C1) the input broadcasts to the result's shape; (C2) elements as for nn.concat.
    """

    name = "nn.broadcast"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self, input: Value, new_shape: Sequence[int], *, result_type: Attribute | None = None
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type or TensorType(element(input), list(new_shape))],
        )

    def check_constraints(self) -> None:
        source, target = shape(self.input), shape(self.result)
        out = infer(1, shapes.broadcast, source, target)
        check(out == target, 1, f"an input that broadcasts to {target}", source)
        _check_movable(self, 2)
