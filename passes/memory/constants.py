"""Constant arrays of a module, as `memref.global`s."""

from typing import Any, cast

from numpy.typing import NDArray
from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    MemRefType,
    StringAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute


def constant_global(symbol: str, element: Attribute, array: NDArray[Any]) -> memref.GlobalOp:
    """A private, constant, flat global of `array`, whose elements are of type `element`."""
    # xDSL's dense attribute asks for a tensor of a known element class; any of ours is one
    tensor = cast("TensorType[Any]", TensorType(element, [array.size]))
    data = DenseIntOrFPElementsAttr(tensor, BytesAttr(array.tobytes()))
    return memref.GlobalOp.get(
        StringAttr(symbol),
        MemRefType(element, [array.size]),
        data,
        StringAttr("private"),
        constant=UnitAttr(),
    )
