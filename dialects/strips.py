"""Inputs that never lie in memory as a whole: their rows are asked for, a few at a time.

Part of the dialect `vpool`. On tensors `vpool.fetch` says where a kernel asks for rows and how many
at once; in the loops `vpool.read_rows` asks. Where the rows come from is memory of the kind
`memref<…, "rows">`: nothing can be loaded from it, rows can be copied from it only. In C it is a
function of the caller.
"""

from __future__ import annotations

from xdsl.dialects.builtin import (
    I64,
    IndexType,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

ROWS_SPACE = StringAttr("rows")
"""The memory space of inputs whose rows are asked for."""


def gives_rows(type_: Attribute) -> bool:
    """Whether memory can only be copied from row by row."""
    return isinstance(type_, MemRefType) and type_.memory_space == ROWS_SPACE


@irdl_op_definition
class FetchOp(IRDLOperation):
    """The rows of an image, `rows` of them at a time, from the first to the last: the same tensor.

    (C1) the tensor is one image, (1, H, W, C); (C2) `rows` is from 1 to H; (C3) the result has the
    type of the operand.
    """

    name = "vpool.fetch"
    source = operand_def(TensorType)
    rows = prop_def(IntegerAttr[I64])
    result = result_def(TensorType)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$source attr-dict `:` type($source) `->` type($result)"

    def __init__(self, source: SSAValue, rows: int):
        super().__init__(
            operands=[source],
            result_types=[source.type],
            properties={"rows": IntegerAttr(rows, i64)},
        )

    def verify_(self) -> None:
        assert isa(self.source.type, TensorType)
        shape = self.source.type.get_shape()
        if len(shape) != 4 or shape[0] != 1:
            raise VerifyException(f"(C1) one image expected, found shape {list(shape)}")
        if not 1 <= self.rows.value.data <= shape[1]:
            raise VerifyException(
                f"(C2) rows must be from 1 to {shape[1]}, found {self.rows.value.data}"
            )
        if self.result.type != self.source.type:
            raise VerifyException(
                f"(C3) result must be {self.source.type}, found {self.result.type}"
            )


@irdl_op_definition
class ReadRowsOp(IRDLOperation):
    """Copy `count` rows of `width` elements each, from row `row` of `source` on, to `memory`, from
    element `index` on.

    (C1) the source is memory of the kind "rows", the target is not; (C2) both are flat, of the same
    elements; (C3) `width` is positive.
    """

    name = "vpool.read_rows"
    source = operand_def(MemRefType)
    row = operand_def(IndexType)
    count = operand_def(IndexType)
    memory = operand_def(MemRefType)
    index = operand_def(IndexType)
    width = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source `[` $row `,` $count `]` `to` $memory `[` $index `]` attr-dict"
        " `:` type($source) `,` type($memory)"
    )

    def __init__(
        self,
        source: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        target: tuple[SSAValue, SSAValue],
        width: int,
    ):
        super().__init__(
            operands=[source, *rows, *target], properties={"width": IntegerAttr(width, i64)}
        )

    def verify_(self) -> None:
        source, target = self.source.type, self.memory.type
        assert isa(source, MemRefType)
        assert isa(target, MemRefType)
        if not gives_rows(source) or gives_rows(target):
            raise VerifyException(f'(C1) expected memory "rows" to other, found {source}, {target}')
        flat = source.get_num_dims() == target.get_num_dims() == 1
        if not flat or source.element_type != target.element_type:
            raise VerifyException(f"(C2) flat memory of equal elements expected, found {target}")
        if self.width.value.data < 1:
            raise VerifyException(f"(C3) width must be positive, found {self.width.value.data}")
