"""What all `nn` ops share: type constraints, element-type rules, bases, locations."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from xdsl.dialects.builtin import (
    I32,
    I64,
    BoolAttr,
    DenseArrayBase,
    Float32Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    NameLoc,
    NoneAttr,
    StringAttr,
    TensorType,
    f32,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, ParsePropInAttrDict, operand_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..fxp import FxpType

Shape = tuple[int, ...]
Value = SSAValue | Operation
AnyTensor = TensorType[Attribute]
INDEX = IndexType()

I64ArrayConstr = DenseArrayBase.constr(i64)
IntProp = IntegerAttr[I64]
ZeroPoint = IntegerAttr[I32]
RealProp = FloatAttr[Float32Type]


def ints(values: Sequence[int]) -> DenseArrayBase[I64]:
    """An `array<i64: …>` attribute."""
    return DenseArrayBase.from_list(i64, [int(v) for v in values])


def real(value: float) -> FloatAttr[Float32Type]:
    """An f32 attribute."""
    return FloatAttr(float(value), f32)


def integer(value: int) -> IntegerAttr[I64]:
    """An i64 attribute."""
    return IntegerAttr(int(value), i64)


def zero_point(value: int) -> IntegerAttr[I32]:
    """An i32 attribute."""
    return IntegerAttr(int(value), i32)


def flag(value: bool) -> IntegerAttr[IntegerType]:
    """An i1 attribute."""
    return BoolAttr.from_bool(value)


def tensor_of(value: Value) -> AnyTensor:
    """The tensor type of a value. Raises VerifyException for anything else."""
    type_ = SSAValue.get(value).type
    if not isinstance(type_, TensorType):
        raise VerifyException(f"expected a ranked tensor, found {type_}")
    return cast(AnyTensor, type_)


def shape(value: Value) -> Shape:
    """Shape of a tensor value."""
    return tensor_of(value).get_shape()


def element(value: Value) -> Attribute:
    """Element type of a tensor value."""
    return tensor_of(value).element_type


def is_real(type_: Attribute) -> bool:
    """Whether elements stand for real numbers: f32 or an `!fxp` type."""
    return isinstance(type_, Float32Type | FxpType)


def name_location(name: str) -> NameLoc:
    """The location that carries the name of an ONNX node."""
    return NameLoc(StringAttr(name), NoneAttr())


def node_name(op: Operation) -> str | None:
    """The ONNX node name of an op, None where its location has none."""
    location = op.location
    return location.desc.data if isinstance(location, NameLoc) else None


def identifier(name: str) -> str:
    """`name` with everything but letters, digits and underscores replaced: for symbols."""
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")


def check(condition: bool, number: int, message: str) -> None:
    """Raise VerifyException citing constraint `number` unless `condition` holds."""
    if not condition:
        raise VerifyException(f"(C{number}) {message}")


def check_shape(value: Value, expected: Sequence[int], number: int, what: str) -> None:
    """Raise VerifyException unless `value` has the expected shape."""
    found = shape(value)
    check(
        found == tuple(expected),
        number,
        f"{what} must have shape {tuple(expected)}, found {found}",
    )


def infer(number: int, compute: Any, *args: Any) -> Shape:
    """Call a shape function; its ValueError becomes a VerifyException."""
    try:
        return compute(*args)
    except ValueError as error:
        raise VerifyException(f"(C{number}) {error}") from None


class NnOp(IRDLOperation, ABC):
    """Base of all `nn` ops: pure, properties in the attribute dictionary."""

    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)


ACTIVATION = ("act_min", "act_max")


def activation_properties(
    act_min: float | None, act_max: float | None
) -> dict[str, FloatAttr[Float32Type] | None]:
    """The properties of a fused clamp."""
    return {
        "act_min": None if act_min is None else real(act_min),
        "act_max": None if act_max is None else real(act_max),
    }


class UnaryElementwiseOp(NnOp, ABC):
    """Base of ops that map each element on its own.

    (C1) input and result have the same shape; (C2) both are real (f32 or fxp), or have the same
    integer type.
    """

    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format: ClassVar[str] = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: Value,
        *,
        result_type: Attribute | None = None,
        properties: dict[str, Attribute | None] | None = None,
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type or tensor_of(input)],
            properties=properties or {},
        )

    def verify_(self) -> None:
        check_shape(self.result, shape(self.input), 1, "result")
        source, target = element(self.input), element(self.result)
        check(
            source == target or (is_real(source) and is_real(target)),
            2,
            f"element types do not match: {source} and {target}",
        )
