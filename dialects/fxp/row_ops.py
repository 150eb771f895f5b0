"""Operations on whole rows of integers: those that no rescale of single elements can express."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    I32,
    I64,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import irdl_op_definition, opt_prop_def, prop_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import I32_MAX
from ..gemmlowp import MAX_TERMS
from ..integer_norm import MAX_WIDTH, Norm, fits
from .checks import verify_within
from .tensor_ops import ElementwiseCast, tensor_type, with_element_type
from .types import integer_range, ui8


@irdl_op_definition
class SoftmaxOp(ElementwiseCast):
    """Softmax over the last dimension, in integers alone, with the bits of TFLite's reference.

    ```
    %y = fxp.softmax %x {table = dense<…> : tensor<256xi32>} : tensor<1x10xi8> -> tensor<1x10xi8>
    ```

    Entry d of the table is the exponential, in Q0.31, of an input d below the largest of its row;
    `dialects/gemmlowp.py` makes it of the input's scale. Inputs of 16 bits have two tables, the
    product of which is the exponential: 256 entries for d >> 8, then 256 for d mod 256. The result
    stands for probabilities in steps of 2**-bits, 0 being the zero point: by default 1/256 and the
    least value of its type. With rounded shifts away from zero, and the reciprocal by three steps
    of Newton's (see `gemmlowp.softmax_row`):

    y = clamp(e * inverse(sum of e >> 12) in steps of 2**-bits + zero point, least, greatest).

    That is the softmax of the given integers to within 1/2 + n * 2**(bits - 20) + 2**(bits - 20)
    steps for rows of n.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The element types of input and result are i8, ui8 or i16.
    (C3) The table has 256 elements of i32 (512 for i16), the first 2**31 - 1 and none negative.
    (C4) The last dimension is 1 to 4095: more exponentials do not fit in the sum.
    (C5) There are 1 to 16 bits, and the zero point lies in the range of the result type.
    """

    name = "fxp.softmax"
    table = prop_def(DenseIntOrFPElementsAttr)
    bits = prop_def(IntegerAttr[I32], default_value=IntegerAttr(8, i32))
    zero_point = opt_prop_def(IntegerAttr[I32])
    traits = traits_def(Pure())

    def __init__(
        self,
        input: SSAValue | Operation,
        table: "NDArray[np.int32]",
        element_type: IntegerType = i8,
        *,
        bits: int = 8,
        zero_point: int | None = None,
    ):
        """`table`: 256 or 512 numbers, as `gemmlowp.softmax_table` and `wide_softmax_table` give
        them; `zero_point`: by default the least number.
        """
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                "table": _column(table),
                "bits": IntegerAttr(bits, i32),
                "zero_point": None if zero_point is None else IntegerAttr(zero_point, i32),
            },
        )

    def table_array(self) -> "NDArray[np.int32]":
        """Return the table as 256 or 512 numbers (a splat is expanded)."""
        size = 512 if self.input_element == i16 else 256
        return np.broadcast_to(np.frombuffer(self.table.data.data, np.int32), (size,))

    @property
    def zero(self) -> int:
        """The integer that stands for 0."""
        if self.zero_point is not None:
            return self.zero_point.value.data
        return integer_range(cast(IntegerType, self.result_element))[0]

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        element = self.verify_element("input", 2, (i8, ui8, i16))
        result = self.verify_element("result", 2, (i8, ui8, i16))
        size = 512 if element == i16 else 256
        if self.table.get_type() != TensorType(i32, [size]):
            raise VerifyException(
                f"(C3) table must be tensor<{size}xi32>, got {self.table.get_type()}"
            )
        table = self.table_array()
        if table[0] != I32_MAX or table.min() < 0:
            raise VerifyException(
                f"(C3) the table must start with {I32_MAX} and have no negative entries, "
                f"got {table[0]} and {table.min()}"
            )
        shape = tensor_type(self.input).get_shape()
        if not shape or not 1 <= shape[-1] <= MAX_TERMS:
            raise VerifyException(
                f"(C4) the last dimension of {list(shape)} must be 1 to {MAX_TERMS}"
            )
        if not 1 <= self.bits.value.data <= 16:
            raise VerifyException(f"(C5) there must be 1 to 16 bits, got {self.bits.value.data}")
        verify_within("zero point", self.zero, result, 5)


@irdl_op_definition
class LayerNormOp(ElementwiseCast):
    """Layer normalization over the last dimension in integers.

    ```
    %y = fxp.layer_norm %x {gains = dense<…> : tensor<8xi32>, offsets = dense<…> : tensor<8xi32>,
                            epsilon = 655 : i64, lift = 16 : i32, fraction = 28 : i32,
                            drop = 30 : i32, bits = 20 : i32, zero_point = -3 : i32}
        : tensor<1x4x8xi8> -> tensor<1x4x8xi8>
    ```

    For rows of n: d = n * x - sum(x) and w = n * sum(x * x) - sum(x)**2 are exact. With the
    reciprocal root as 31 bits, rounded half up to `fraction` bits behind the point,

    r = d / sqrt(w + epsilon * 2**-lift),
    y = clamp(round(((r * gains >> drop) + offsets) * 2**-bits) + zero_point).

    That is the normalization of the given integers to within 1/2 + 2**(1 - bits) steps of y, and
    2**-26 of its magnitude, where gains are exact (`integer_norm.plan` makes all numbers).

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The element types of input and result are i8, ui8 or i16.
    (C3) There are as many gains and offsets of i32 as the last dimension has indices: 1 to 4096.
    (C4) epsilon is at least 1; lift is even; no input leaves 62 bits under the root, or 31 bits in
         r or in y: see `integer_norm.fits`.
    (C5) There are 1 to 30 bits.
    (C6) The zero point lies in the range of the result type.
    """

    name = "fxp.layer_norm"
    gains = prop_def(DenseIntOrFPElementsAttr)
    offsets = prop_def(DenseIntOrFPElementsAttr)
    epsilon = prop_def(IntegerAttr[I64])
    lift = prop_def(IntegerAttr[I32])
    fraction = prop_def(IntegerAttr[I32])
    drop = prop_def(IntegerAttr[I32])
    bits = prop_def(IntegerAttr[I32])
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    traits = traits_def(Pure())

    def __init__(
        self,
        input: SSAValue | Operation,
        norm: Norm,
        element_type: IntegerType = i8,
        zero_point: int = 0,
    ):
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                "gains": _column(norm.gains),
                "offsets": _column(norm.offsets),
                "epsilon": IntegerAttr(norm.epsilon, i64),
                "lift": IntegerAttr(norm.lift, i32),
                "fraction": IntegerAttr(norm.fraction, i32),
                "drop": IntegerAttr(norm.drop, i32),
                "bits": IntegerAttr(norm.bits, i32),
                "zero_point": IntegerAttr(zero_point, i32),
            },
        )

    @property
    def norm(self) -> Norm:
        """The numbers of the normalization."""
        width = tensor_type(self.input).get_shape()[-1]
        gains, offsets = (
            np.broadcast_to(np.frombuffer(column.data.data, np.int32), (width,))
            for column in (self.gains, self.offsets)
        )
        numbers = (self.epsilon, self.lift, self.fraction, self.drop, self.bits)
        return Norm(gains, offsets, *(number.value.data for number in numbers))

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        source = self.verify_element("input", 2, (i8, ui8, i16))
        result = self.verify_element("result", 2, (i8, ui8, i16))
        shape = tensor_type(self.input).get_shape()
        if not shape or not 1 <= shape[-1] <= MAX_WIDTH:
            raise VerifyException(
                f"(C3) the last dimension of {list(shape)} must be 1 to {MAX_WIDTH}"
            )
        for name, column in (("gains", self.gains), ("offsets", self.offsets)):
            if column.get_type() != TensorType(i32, shape[-1:]):
                raise VerifyException(
                    f"(C3) {name} must be tensor<{shape[-1]}xi32>, got {column.get_type()}"
                )
        if not 1 <= self.bits.value.data <= 30:
            raise VerifyException(f"(C5) there must be 1 to 30 bits, got {self.bits.value.data}")
        norm = self.norm
        if norm.epsilon < 1 or norm.fraction < 0 or not fits(norm, source.width.data):
            raise VerifyException("(C4) its numbers do not fit in 62 bits under the root, or 31")
        verify_within("zero point", self.zero_point.value.data, result, 6)


def _column(array: "NDArray[np.int32]") -> DenseIntOrFPElementsAttr:
    type = cast("TensorType[IntegerType]", TensorType(i32, [array.size]))
    return DenseIntOrFPElementsAttr(type, BytesAttr(np.asarray(array, np.int32).tobytes()))
