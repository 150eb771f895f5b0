"""Ops of the `vpool` dialect that say what packed constants stand for, inside a kernel."""

from xdsl.dialects.builtin import I64, IntegerAttr, StringAttr, TensorType, i32, i64
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
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from . import packing


@irdl_op_definition
class UnpackOp(IRDLOperation):
    """Inside a kernel: the weights that packed memory holds, in the order of their own shape.

    `layout` and the packing are those of `dialects/packing.py`. Emitters that read packed memory
    use the operand directly, and take sums in `pieces` equal parts so that they can be separated.

    (C1) the layout is known; (C2) the operand has as many elements as packed weights of the
    result's shape (O, KH, KW, C), or (M, K), have; (C3) `pieces` divides the number of fours of
    positions.
    """

    name = "vpool.unpack"
    packed = operand_def(TensorType)
    layout = prop_def(StringAttr)
    pieces = prop_def(IntegerAttr[I64], default_value=IntegerAttr(1, i64))
    result = result_def(TensorType)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$packed attr-dict `:` type($packed) `->` type($result)"

    def __init__(
        self, packed: SSAValue, result_type: TensorType[Attribute], layout: str, pieces: int = 1
    ):
        super().__init__(
            operands=[packed],
            result_types=[result_type],
            properties={"layout": StringAttr(layout), "pieces": IntegerAttr(pieces, i64)},
        )

    @property
    def weights_shape(self) -> tuple[int, int, int, int]:
        """Shape (O, KH, KW, C) of the weights; a matrix (M, K) counts as (M, 1, 1, K)."""
        assert isa(self.result.type, TensorType)
        outputs, *window = self.result.type.get_shape()
        rows, columns, depth = window if len(window) == 3 else (1, 1, window[0])
        return outputs, rows, columns, depth

    def verify_(self) -> None:
        layout = self.layout.data
        known = (*packing.LAYOUTS, packing.PLANES, packing.WORDS, *packing.REALS)
        if layout not in known:
            raise VerifyException(f"(C1) layout must be one of {', '.join(known)}, found {layout}")
        assert isa(self.packed.type, TensorType)
        size = packing.packed_size(layout, self.weights_shape)
        if self.packed.type.element_count() != size:
            raise VerifyException(
                f"(C2) {size} packed elements expected, found {self.packed.type.element_count()}"
            )
        if layout in (packing.PLANES, packing.WORDS, *packing.REALS) or packing.in_order(layout):
            return
        quads, pieces = packing.lanes(layout, self.weights_shape[1:]) // 4, self.pieces.value.data
        if pieces < 1 or quads % pieces:
            raise VerifyException(f"(C3) pieces must divide {quads}, found {pieces}")


@irdl_op_definition
class UnshiftBiasOp(IRDLOperation):
    """Inside a kernel: the bias of a product whose inputs are taken with their zero point.

    What memory holds, `bias`, has taken off what the zero point adds to the sums: the result is
    `bias + zero_point * (sum of the weights)` of each channel, modulo 2^32. Emitters that multiply
    inputs as they are use the operand directly.

    (C1) bias and result have an i32 for each channel of the weights (the first dimension).
    """

    name = "vpool.unshift_bias"
    bias = operand_def(TensorType)
    weights = operand_def(TensorType)
    zero_point = prop_def(IntegerAttr[I64])
    result = result_def(TensorType)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$bias `,` $weights attr-dict `:` type($bias) `,` type($weights) `->` type($result)"
    )

    def __init__(self, bias: SSAValue, weights: SSAValue, zero_point: int):
        super().__init__(
            operands=[bias, weights],
            result_types=[bias.type],
            properties={"zero_point": IntegerAttr(zero_point, i64)},
        )

    def verify_(self) -> None:
        assert isa(self.weights.type, TensorType)
        expected = TensorType(i32, self.weights.type.get_shape()[:1])
        if self.bias.type != expected or self.result.type != expected:
            raise VerifyException(f"(C1) bias and result must be {expected}")
