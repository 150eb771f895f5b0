"""Ops that move data without computing: any element type, which stays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import StringAttr, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_operand_def

from . import shapes
from .common import (
    I64ArrayConstr,
    IntProp,
    NnOp,
    RealProp,
    Value,
    check,
    check_shape,
    element,
    infer,
    integer,
    ints,
    is_real,
    real,
    shape,
)

PAD_MODES = ("constant", "reflect", "edge")


def _same_element(op: NnOp, number: int) -> None:
    """Check that operand and result elements agree (or are all real, with another encoding)."""
    target = element(op.results[0])
    for operand in op.operands:
        source = element(operand)
        same = source == target or (is_real(source) and is_real(target))
        check(same, number, f"element types do not match: {source} and {target}")


@irdl_op_definition
class ReshapeOp(NnOp):
    """The same elements in the same order, seen with another shape.

    (C1) the number of elements stays; (C2) so does the element type.
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

    def verify_(self) -> None:
        counts = tuple(int(np.prod(shape(v))) for v in (self.input, self.result))
        check(counts[0] == counts[1], 1, f"{counts[0]} elements cannot become {counts[1]}")
        _same_element(self, 2)


@irdl_op_definition
class TransposeOp(NnOp):
    """Dimension d of the result is dimension permutation[d] of the input.

    (C1) permutation is one of the input's dimensions; (C2) the result has the permuted shape;
    (C3) the element type stays.
    """

    name = "nn.transpose"
    input = operand_def(TensorType)
    result = result_def(TensorType)
    permutation = prop_def(I64ArrayConstr)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self, input: Value, permutation: Sequence[int], *, result_type: Attribute | None = None
    ):
        source = shape(input)
        if result_type is None:
            result_type = TensorType(element(input), [source[p] for p in permutation])
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"permutation": ints(permutation)},
        )

    def verify_(self) -> None:
        source, order = shape(self.input), self.permutation.get_values()
        check(
            sorted(order) == list(range(len(source))), 1, f"{list(order)} permutes no {source}"
        )
        check_shape(self.result, [source[p] for p in order], 2, "result")
        if not isinstance(element(self.input), type(element(self.result))):
            _same_element(self, 3)


@irdl_op_definition
class ConcatOp(NnOp):
    """Tensors joined along one axis.

    (C1) at least one operand, shapes that differ only along axis, and the joined shape as result;
    (C2) the element type stays (or all are real).
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

    def verify_(self) -> None:
        check(len(self.inputs) > 0, 1, "at least one operand is needed")
        rank, axis = len(shape(self.result)), self.axis.value.data
        check(-rank <= axis < rank, 1, f"axis {axis} is out of range for {rank} dimensions")
        out = infer(1, shapes.concatenated, [shape(v) for v in self.inputs], axis)
        check_shape(self.result, out, 1, "result")
        _same_element(self, 2)


@irdl_op_definition
class PadOp(NnOp):
    """Elements added at the borders. Pads: begin of every dimension, then end of every dimension.

    Mode "constant" adds `value` (a real value; on fxp elements it is encoded, on integers it is the
    integer), "reflect" mirrors without repeating the border, "edge" repeats it.

    (C1) the result has the padded shape; (C2) two non-negative pads per dimension, below the
    dimension in mode reflect; (C3) mode is known; (C4) the element type stays.
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
        source = shape(input)
        if result_type is None:
            rank = len(source)
            out = [e + pads[d] + pads[rank + d] for d, e in enumerate(source)]
            result_type = TensorType(element(input), out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"pads": ints(pads), "value": real(value), "mode": StringAttr(mode)},
        )

    def verify_(self) -> None:
        source, pads, mode = shape(self.input), self.pads.get_values(), self.mode.data
        rank = len(source)
        check(len(pads) == 2 * rank, 2, f"{2 * rank} pads are needed, found {len(pads)}")
        check(min(pads, default=0) >= 0, 2, f"pads must not be negative, found {list(pads)}")
        check(mode in PAD_MODES, 3, f"mode must be one of {', '.join(PAD_MODES)}, found {mode}")
        if mode == "reflect":
            short = all(pads[d] < e and pads[rank + d] < e for d, e in enumerate(source))
            check(short, 2, f"reflect needs pads below the dimension, found {list(pads)}")
        out = [e + pads[d] + pads[rank + d] for d, e in enumerate(source)]
        check_shape(self.result, out, 1, "result")
        _same_element(self, 4)


@irdl_op_definition
class SliceOp(NnOp):
    """Elements offset, offset + stride, … of every dimension, `size` of them; strides may be < 0.

    (C1) the result has the shape `sizes`; (C2) all positions lie inside the input; (C3) the element
    type stays.
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

    def verify_(self) -> None:
        source = shape(self.input)
        offsets, sizes = self.offsets.get_values(), self.sizes.get_values()
        strides = self.strides.get_values()
        lengths = {len(offsets), len(sizes), len(strides)}
        check(lengths == {len(source)}, 2, "offsets, sizes, strides must fit the dimensions")
        for extent, offset, size, stride in zip(source, offsets, sizes, strides, strict=True):
            last = offset + (size - 1) * stride
            inside = size == 0 or (0 <= offset < extent and 0 <= last < extent)
            check(inside, 2, f"positions {offset} to {last} lie outside 0 to {extent - 1}")
        check_shape(self.result, sizes, 1, "result")
        _same_element(self, 3)


@irdl_op_definition
class BroadcastOp(NnOp):
    """The input repeated to a larger shape, as numpy broadcasts.

    (C1) the input broadcasts to the result's shape; (C2) the element type stays.
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

    def verify_(self) -> None:
        target = shape(self.result)
        out = infer(1, shapes.broadcast, shape(self.input), target)
        check(out == target, 1, f"{shape(self.input)} does not broadcast to {target}")
        _same_element(self, 2)
