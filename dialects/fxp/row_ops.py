"""Operations on whole rows of integers: those that no rescale of single elements can express."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    i8,
    i32,
)
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import irdl_op_definition, prop_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import I32_MAX
from ..gemmlowp import MAX_TERMS
from .tensor_ops import ElementwiseCast, tensor_type, with_element_type
from .types import ui8


@irdl_op_definition
class SoftmaxOp(ElementwiseCast):
    """Softmax over the last dimension, in integers alone, with the bits of TFLite's reference.

    ```
    %y = fxp.softmax %x {table = dense<…> : tensor<256xi32>} : tensor<1x10xi8> -> tensor<1x10xi8>
    ```

    Entry d of the table is the exponential, in Q0.31, of an input d below the largest of its row;
    `dialects/gemmlowp.py` makes it of the input's scale. The result stands for probabilities in
    steps of 1/256, 0 being the least value of its type. With e = table[max - x], rounded shifts
    away from zero, and the reciprocal by three steps of Newton's (see `gemmlowp.softmax_row`):

    y = clamp(e * inverse(sum of e >> 12) in steps of 1/256 + least, least, greatest).

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The element types of input and result are i8 or ui8.
    (C3) The table is a tensor of 256 elements of i32, the first 2**31 - 1 and none negative.
    (C4) The last dimension is 1 to 4095: more exponentials do not fit in the sum.
    """

    name = "fxp.softmax"
    table = prop_def(DenseIntOrFPElementsAttr)
    traits = traits_def(Pure())

    def __init__(
        self,
        input: SSAValue | Operation,
        table: "NDArray[np.int32]",
        element_type: IntegerType = i8,
    ):
        """`table`: 256 numbers, as `gemmlowp.softmax_table` gives them."""
        type = cast("TensorType[IntegerType]", TensorType(i32, [table.size]))
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                "table": DenseIntOrFPElementsAttr(
                    type, BytesAttr(np.asarray(table, np.int32).tobytes())
                )
            },
        )

    def table_array(self) -> "NDArray[np.int32]":
        """Return the table as 256 numbers (a splat is expanded)."""
        return np.broadcast_to(np.frombuffer(self.table.data.data, np.int32), (256,))

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        self.verify_element("input", 2, (i8, ui8))
        self.verify_element("result", 2, (i8, ui8))
        if self.table.get_type() != TensorType(i32, [256]):
            raise VerifyException(
                f"(C3) table must be tensor<256xi32>, got {self.table.get_type()}"
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
