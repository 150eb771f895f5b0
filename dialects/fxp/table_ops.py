"""Operations by tables that are followed between their entries."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    I32,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i16,
    i32,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import irdl_op_definition, prop_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..interpolation import BOUND, MOST_LEFT
from .tensor_ops import ElementwiseCast, with_element_type
from .types import STORAGE_DTYPES

SIZES = tuple((1 << bits) + 1 for bits in range(6, 16))


@irdl_op_definition
class InterpolateOp(ElementwiseCast):
    """A smooth function of 16 bits, by a table with straight lines between its entries.

    ```
    %y = fxp.interpolate %x {table = dense<…> : tensor<513xi16>} : tensor<4xi16> -> tensor<4xi16>
    ```

    Of 2**k + 1 entries, one belongs to every 2**s-th place, s = 16 - k. With the place p = clamp(x
    * 2**left, -2**15, 2**15 - 1) + 2**15, i = p >> s and r = p mod 2**s:

    y = clamp(t[i] + (((t[i + 1] - t[i]) * r + 2**(s - 1)) >> s), -2**15, 2**15 - 1).

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The element types of input and result are i16.
    (C3) The table has 2**k + 1 elements of i16 or i32, k in 6..15.
    (C4) No entry has a magnitude above 2**19.
    (C5) left is in 0..10.
    """

    name = "fxp.interpolate"
    table = prop_def(DenseIntOrFPElementsAttr)
    left = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation, table: "NDArray[np.integer]", left: int = 0):
        """The entries are stored in 16 bits where all fit, else in 32."""
        element = i16 if np.abs(table.astype(np.int64)).max(initial=0) < 1 << 15 else i32
        dtype = STORAGE_DTYPES[element]
        type = cast("TensorType[IntegerType]", TensorType(element, [table.size]))
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, i16)],
            properties={
                "table": DenseIntOrFPElementsAttr(type, BytesAttr(table.astype(dtype).tobytes())),
                "left": IntegerAttr(left, i32),
            },
        )

    def table_array(self) -> "NDArray[np.integer]":
        """Return the entries (a splat is expanded)."""
        type = cast("TensorType[Attribute]", self.table.get_type())
        dtype = STORAGE_DTYPES[cast(IntegerType, type.element_type)]
        return np.broadcast_to(np.frombuffer(self.table.data.data, dtype), type.get_shape())

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        self.verify_element("input", 2, (i16,))
        self.verify_element("result", 2, (i16,))
        type = cast("TensorType[Attribute]", self.table.get_type())
        if type.element_type not in (i16, i32) or type.get_shape() not in [(n,) for n in SIZES]:
            raise VerifyException(
                f"(C3) the table must have 2**k + 1 elements of i16 or i32, got {type}"
            )
        largest = int(np.abs(self.table_array().astype(np.int64)).max())
        if largest > BOUND:
            raise VerifyException(f"(C4) an entry has the magnitude {largest}, above {BOUND}")
        if not 0 <= self.left.value.data <= MOST_LEFT:
            raise VerifyException(f"(C5) left must be 0 to {MOST_LEFT}, got {self.left.value.data}")
