"""Constants: weights, biases and what graphs compute from them."""

from __future__ import annotations

from typing import Any, cast

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
from .common import AnyTensor, NnOp, as_integer, check, check_shape, shape, tensor_of

__all__ = ["ConstantOp", "dtype_of", "element_of"]


def dtype_of(element: Attribute) -> np.dtype[Any]:
    """The numpy type of elements: f32, integers (signless is signed), booleans, fxp storage.

    Raises VerifyException for any other type.
    """
    if isinstance(element, FxpType):
        element = element.storage
    if isinstance(element, Float32Type):
        return np.dtype(np.float32)
    integer_type = as_integer(element)
    if integer_type is not None:
        width = integer_type.width.data
        if width == 1:
            return np.dtype(np.bool_)
        if width in (8, 16, 32, 64):
            unsigned = integer_type.signedness.data == Signedness.UNSIGNED
            return np.dtype(f"{'u' if unsigned else ''}int{width}")
    raise VerifyException(
        f"(C0) expected f32, i1, integers of 8 to 64 bits or fxp as elements, found {element}"
    )


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

    ```
    %w = nn.constant {value = dense<[1, 2]> : tensor<2xi8>} : tensor<2x!fxp.affine<i8, 0.5:0>>
    ```

    Elements are f32, i1, integers of 8 to 64 bits, or fxp, of which the value holds the storage.

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
    def from_array(cls, array: NDArray[Any], result_type: AnyTensor | None = None) -> ConstantOp:
        """A constant from a numpy array; `result_type` defaults to its own shape and type.

        Raises ValueError where an element is no integer of the type asked for.
        """
        array = np.asarray(array, order="C")
        if result_type is not None:
            array = _converted(array, dtype_of(result_type.element_type))
        type_ = TensorType(element_of(array.dtype), array.shape)
        data = array.astype(np.uint8) if array.dtype == np.bool_ else array
        value = DenseIntOrFPElementsAttr(cast("Any", type_), BytesAttr(data.tobytes()))
        return cls(value, result_type or type_)

    def array(self) -> NDArray[Any]:
        """The value as a read-only numpy array of the result's shape."""
        dtype = dtype_of(tensor_of(self.result).element_type)
        raw = self.value.data.data
        size = int(np.prod(shape(self.result)))
        # a parsed `true` is a byte of ones
        data = np.frombuffer(raw, np.uint8) != 0 if dtype == np.bool_ else np.frombuffer(raw, dtype)
        if data.size != size:
            data = np.broadcast_to(data, (size,))
        return data.reshape(shape(self.result))

    def check_constraints(self) -> None:
        value_type, result = self.value.type, tensor_of(self.result)
        check_shape(self.result, tuple(value_type.get_shape()), 1, "a result")
        element = result.element_type
        expected = element.storage if isinstance(element, FxpType) else element
        found = value_type.element_type
        check(found == expected, 2, f"a value of {expected}", found)
        count, width = int(np.prod(result.get_shape())), dtype_of(element).itemsize
        size = len(self.value.data.data)
        check(size in (width, count * width), 3, f"{count * width} or {width} bytes", size)


def _converted(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The same numbers in another type; only floats may be rounded. Raises ValueError."""
    if array.dtype == dtype:
        return array
    with np.errstate(invalid="ignore"):
        result = array.astype(dtype)
    if dtype.kind != "f" and not np.array_equal(result, array):
        raise ValueError(f"an array of {array.dtype} has elements that are no {dtype}")
    return result
