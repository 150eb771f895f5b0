"""Constants: weights, biases and what graphs compute from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    Float32Type,
    IntegerType,
    Signedness,
    TensorType,
    f32,
)
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, prop_def, result_def, traits_def
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException

from ..fxp import FxpType
from .common import AnyTensor, NnOp, check, shape, tensor_of


def dtype_of(element: Attribute) -> np.dtype[Any]:
    """The numpy type of elements: f32, integers (signless is signed), booleans, fxp storage.

    Raises VerifyException for any other type.
    """
    if isinstance(element, FxpType):
        element = element.storage
    if isinstance(element, Float32Type):
        return np.dtype(np.float32)
    if isinstance(element, IntegerType):
        width = element.width.data
        if width == 1:
            return np.dtype(np.bool_)
        if width in (8, 16, 32, 64):
            unsigned = element.signedness.data == Signedness.UNSIGNED
            return np.dtype(f"{'u' if unsigned else ''}int{width}")
    raise VerifyException(f"elements of type {element} have no numpy type")


def element_of(dtype: np.dtype[Any]) -> Attribute:
    """The element type of a numpy type: the inverse of `dtype_of`. Raises VerifyException."""
    if dtype == np.float32:
        return f32
    if dtype == np.bool_:
        return IntegerType(1)
    if dtype.kind in "iu" and dtype.itemsize <= 8:
        sign = Signedness.UNSIGNED if dtype.kind == "u" else Signedness.SIGNLESS
        return IntegerType(dtype.itemsize * 8, sign)
    raise VerifyException(f"no element type for numpy {dtype}")


@irdl_op_definition
class ConstantOp(NnOp):
    """A constant tensor, held as bytes; a single stored element fills the whole tensor.

    With an `!fxp` result the value is its storage integers.

    (C1) value and result have the same shape; (C2) value's element type is the result's, or the
    storage type of an fxp result; (C3) the number of bytes fits.
    """

    name = "nn.constant"
    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)
    traits = traits_def(Pure(), ConstantLike())
    assembly_format = "attr-dict `:` type($result)"

    def __init__(self, value: DenseIntOrFPElementsAttr, result_type: Attribute | None = None):
        super().__init__(
            operands=[], result_types=[result_type or value.type], properties={"value": value}
        )

    @classmethod
    def from_array(
        cls, array: NDArray[Any], result_type: AnyTensor | None = None
    ) -> ConstantOp:
        """A constant from a numpy array; `result_type` defaults to its own shape and type."""
        array = np.asarray(array, order="C")
        if result_type is not None:
            array = array.astype(dtype_of(result_type.element_type), copy=False)
        type_ = TensorType(element_of(array.dtype), array.shape)
        data = array.astype(np.uint8) if array.dtype == np.bool_ else array
        value = DenseIntOrFPElementsAttr(type_, BytesAttr(data.tobytes()))
        return cls(value, result_type or type_)

    def array(self) -> NDArray[Any]:
        """The value as a read-only numpy array of the result's shape."""
        dtype = dtype_of(tensor_of(self.result).element_type)
        raw = self.value.data.data
        size = int(np.prod(shape(self.result)))
        data = np.frombuffer(raw, dtype)
        if data.size != size:
            data = np.broadcast_to(data, (size,))
        return data.reshape(shape(self.result))

    def verify_(self) -> None:
        value_type, result = self.value.type, tensor_of(self.result)
        check(
            tuple(value_type.get_shape()) == result.get_shape(),
            1,
            f"value has shape {value_type.get_shape()}, result {result.get_shape()}",
        )
        element = result.element_type
        expected = element.storage if isinstance(element, FxpType) else element
        check(
            value_type.element_type == expected,
            2,
            f"value has elements {value_type.element_type}, expected {expected}",
        )
        count = len(self.value.data.data) // dtype_of(element).itemsize
        fits = count in (1, int(np.prod(result.get_shape())))
        check(fits, 3, f"value holds {count} elements for shape {result.get_shape()}")
