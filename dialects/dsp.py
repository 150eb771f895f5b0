"""The `dsp` dialect: the DSP extension of Armv7E-M (Cortex-M4, Cortex-M7), one op per instruction.

Values are i32 registers; a *pair* is two signed 16-bit lanes in one register, lane 0 in the low
half. Each op has an interpreter, which is its specification, and a C spelling in
`runtime_c/nnopt_dsp.h`: the instruction where the compiler targets such a core, portable C
elsewhere, with the same bits.

`dsp.widen` and `dsp.dot` are whole inner loops: inputs become lanes once, then register blocks of
dot products with weights packed as `dialects/packing.py` says (`dialects/dsp_loops.py`).

Source: Armv7-M Architecture Reference Manual (DDI 0403), A7.7.
"""

from typing import ClassVar

from xdsl.dialects.builtin import (
    I32,
    I64,
    IndexType,
    IntegerAttr,
    MemRefType,
    i32,
    i64,
)
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

from .dsp_loops import (
    DepthwiseOp,
    DotOp,
    LoadPairOp,
    PlanesOp,
    RealDotOp,
    TileOp,
    UnpackedOp,
    WidenOp,
    check_shift,
)
from .vpool import element_bytes


def both_lanes(value: int) -> int:
    """The register (signed 32 bit) that holds `value`, modulo 2^16, in both lanes."""
    lane = value & 0xFFFF
    both = lane | lane << 16
    return both - (1 << 32) if both >> 31 else both


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


@irdl_op_definition
class SmmlaOp(IRDLOperation):
    """SMMLA: `accumulator + floor(lhs * rhs / 2^32)`, modulo 2^32.

    (C1) operands and result are i32.
    """

    name = "dsp.smmla"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    accumulator = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs `,` $accumulator attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, accumulator: SSAValue):
        super().__init__(operands=[lhs, rhs, accumulator], result_types=[i32])


@irdl_op_definition
class SmmlarOp(IRDLOperation):
    """SMMLAR: `accumulator + floor(lhs * rhs / 2^32 + 1/2)`, modulo 2^32.

    With twice a number as `lhs`, the product is gemmlowp's SaturatingRoundingDoublingHighMul of the
    number and `rhs`.

    (C1) operands and result are i32.
    """

    name = "dsp.smmlar"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    accumulator = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs `,` $accumulator attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, accumulator: SSAValue):
        super().__init__(operands=[lhs, rhs, accumulator], result_types=[i32])


@irdl_op_definition
class QaddOp(IRDLOperation):
    """QADD: `lhs + rhs`, saturated to 32 bits.

    (C1) operands and result are i32.
    """

    name = "dsp.qadd"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[lhs, rhs], result_types=[i32])


@irdl_op_definition
class SsatOp(IRDLOperation):
    """SSAT with a shift: `floor(x / 2^shift)`, clamped to signed bytes.

    (C1) operand and result are i32; (C2) the shift is in 1..31.
    """

    name = "dsp.ssat"
    x = operand_def(I32)
    result = result_def(I32)
    shift = prop_def(IntegerAttr[I64])
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$x attr-dict"

    def __init__(self, x: SSAValue, shift: int):
        properties = {"shift": IntegerAttr(shift, i64)}
        super().__init__(operands=[x], result_types=[i32], properties=properties)

    def verify_(self) -> None:
        check_shift(self.shift.value.data)


@irdl_op_definition
class SmlabtOp(IRDLOperation):
    """SMLABT: `accumulator + lhs.0 * rhs.1` on pairs, modulo 2^32.

    (C1) operands and result are i32.
    """

    name = "dsp.smlabt"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    accumulator = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs `,` $accumulator attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, accumulator: SSAValue):
        super().__init__(operands=[lhs, rhs, accumulator], result_types=[i32])


@irdl_op_definition
class SmlatbOp(IRDLOperation):
    """SMLATB: `accumulator + lhs.1 * rhs.0` on pairs, modulo 2^32.

    (C1) operands and result are i32.
    """

    name = "dsp.smlatb"
    lhs = operand_def(I32)
    rhs = operand_def(I32)
    accumulator = operand_def(I32)
    result = result_def(I32)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs `,` $accumulator attr-dict"

    def __init__(self, lhs: SSAValue, rhs: SSAValue, accumulator: SSAValue):
        super().__init__(operands=[lhs, rhs, accumulator], result_types=[i32])


DSP = Dialect(
    "dsp",
    [
        LoadX4Op,
        LoadPairOp,
        Sxtab16Op,
        Uxtab16Op,
        SmladOp,
        SmlabtOp,
        SmlatbOp,
        SmmlaOp,
        SmmlarOp,
        QaddOp,
        SsatOp,
        WidenOp,
        PlanesOp,
        DotOp,
        RealDotOp,
        TileOp,
        UnpackedOp,
        DepthwiseOp,
    ],
    [],
)
