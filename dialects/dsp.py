"""The `dsp` dialect: the DSP extension of Armv7E-M (Cortex-M4, Cortex-M7), one op per instruction.

Values are i32 registers; a *pair* is two signed 16-bit lanes in one register, lane 0 in the low
half. Each op has an interpreter, which is its specification, and a C spelling in
`runtime_c/nnopt_dsp.h`: the instruction where the compiler targets such a core, portable C
elsewhere, with the same bits.

Source: Armv7-M Architecture Reference Manual (DDI 0403), A7.7.
"""

from typing import ClassVar

from xdsl.dialects.builtin import I32, I64, IndexType, IntegerAttr, MemRefType, i32, i64
from xdsl.ir import Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from .vpool import element_bytes


@irdl_op_definition
class LoadX4Op(IRDLOperation):
    """LDR: four consecutive bytes as one register, the byte at `index` lowest; unaligned is fine.

    (C1) memory is flat and its elements are bytes.
    """

    name = "dsp.load_x4"
    memory = operand_def(MemRefType)
    index = operand_def(IndexType)
    result = result_def(I32)
    traits = traits_def(MemoryReadEffect())
    assembly_format = "$memory `[` $index `]` attr-dict `:` type($memory)"

    def __init__(self, memory: SSAValue, index: SSAValue):
        super().__init__(operands=[memory, index], result_types=[i32])

    def verify_(self) -> None:
        memory = self.memory.type
        assert isa(memory, MemRefType)
        if memory.get_num_dims() != 1 or element_bytes(memory.element_type) != 1:
            raise VerifyException(
                f"(C1) memory must be flat with elements of one byte, found {memory}"
            )


class _ExtendOp(IRDLOperation):
    """Shared shape of the byte-extending adds: `accumulator` plus bytes 0 and 2 of `word`."""

    accumulator = operand_def(I32)
    word = operand_def(I32)
    rotation = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    result = result_def(I32)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$accumulator `,` $word attr-dict"
    ROTATIONS: ClassVar = (0, 8, 16, 24)

    def __init__(self, accumulator: SSAValue, word: SSAValue, rotation: int = 0):
        super().__init__(
            operands=[accumulator, word],
            result_types=[i32],
            properties={"rotation": IntegerAttr(rotation, i64)},
        )

    def verify_(self) -> None:
        if self.rotation.value.data not in self.ROTATIONS:
            raise VerifyException(
                f"(C1) rotation must be 0, 8, 16 or 24, found {self.rotation.value.data}"
            )


@irdl_op_definition
class Sxtab16Op(_ExtendOp):
    """SXTAB16: rotate `word` right, sign-extend bytes 0 and 2 to a pair, add it lane by lane.

    (C1) `rotation` is 0, 8, 16 or 24. Lanes wrap modulo 2^16.
    """

    name = "dsp.sxtab16"


@irdl_op_definition
class Uxtab16Op(_ExtendOp):
    """UXTAB16: as SXTAB16, with zero extension. (C1) `rotation` is 0, 8, 16 or 24."""

    name = "dsp.uxtab16"


@irdl_op_definition
class SmladOp(IRDLOperation):
    """SMLAD: `accumulator + lhs.0 * rhs.0 + lhs.1 * rhs.1` on pairs, modulo 2^32.

    (C1) operands and result are i32.
    """

    name = "dsp.smlad"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    accumulator = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs `,` $accumulator attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, accumulator: SSAValue):
        super().__init__(operands=[lhs, rhs, accumulator], result_types=[i32])


DSP = Dialect("dsp", [LoadX4Op, Sxtab16Op, Uxtab16Op, SmladOp], [])
