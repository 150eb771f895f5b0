"""What all `nn` ops share: type constraints, element-type rules, bases, locations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import ClassVar, ParamSpec, cast

from xdsl.dialects.builtin import (
    I32,
    I64,
    BoolAttr,
    DenseArrayBase,
    Float32Type,
    FloatAttr,
    FusedLoc,
    IndexType,
    IntegerAttr,
    IntegerType,
    LocationAttr,
    NameLoc,
    NoneAttr,
    StringAttr,
    TensorType,
    UnitAttr,
    UnknownLoc,
    f32,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, ParsePropInAttrDict, operand_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ..fxp import FxpType, integer_range, verify_fxp_tensor

__all__ = [
    "INDEX",
    "UNIT",
    "NnOp",
    "UnaryElementwiseOp",
    "as_integer",
    "identifier",
    "is_real",
    "name_location",
    "node_name",
]

Shape = tuple[int, ...]
Value = SSAValue | Operation
AnyTensor = TensorType[Attribute]
INDEX = IndexType()
UNIT = UnitAttr()

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


def is_fxp_level(types: Sequence[Attribute]) -> bool:
    """Whether all element types are `!fxp` types."""
    return all(isinstance(t, FxpType) for t in types)


def is_real_level(types: Sequence[Attribute]) -> bool:
    """Whether all element types are f32, or all are `!fxp` types."""
    return all(t == f32 for t in types) or is_fxp_level(types)


def as_integer(type_: Attribute) -> IntegerType | None:
    """The element type if it is a plain integer type (i1 included), else None."""
    return cast("IntegerType", type_) if isinstance(type_, IntegerType) else None


def integer_width(type_: Attribute) -> int:
    """The bits of a plain integer type, 0 for other element types."""
    integer_type = as_integer(type_)
    return 0 if integer_type is None else integer_type.width.data


def is_number(type_: Attribute) -> bool:
    """Whether elements are plain integers to calculate with: not i1."""
    return integer_width(type_) > 1


def is_narrow(type_: Attribute) -> bool:
    """Whether elements are plain integers of 8 or 16 bits, as factors of products are."""
    return integer_width(type_) in (8, 16)


def name_location(name: str) -> LocationAttr:
    """The location that carries the name of an ONNX node; unknown for an empty name."""
    return NameLoc(StringAttr(name), NoneAttr()) if name else UnknownLoc()


def node_name(op: Operation) -> str | None:
    """The ONNX node name of an op, None where its location has none; the first of fused ones."""
    return _first_name(op.location)


def _first_name(location: Attribute) -> str | None:
    if isinstance(location, NameLoc):
        return location.desc.data
    if isinstance(location, FusedLoc):
        parts = cast("Sequence[Attribute]", location.locations)
        return next((name for part in parts if (name := _first_name(part)) is not None), None)
    return None


def identifier(name: str) -> str:
    """`name` with everything but letters, digits and underscores replaced: for symbols."""
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")


def check(condition: bool, number: int, expected: object, found: object) -> None:
    """Raise VerifyException "(Cnumber) expected …, found …" unless `condition` holds."""
    if not condition:
        raise VerifyException(f"(C{number}) expected {expected}, found {found}")


def check_shape(value: Value, expected: Sequence[int], number: int, what: str) -> None:
    """Raise VerifyException unless `value` has the expected shape."""
    found = shape(value)
    check(found == tuple(expected), number, f"{what} of shape {tuple(expected)}", found)


def check_rank(value: Value, rank: int, number: int, what: str) -> None:
    """Raise VerifyException unless `value` has the expected number of dimensions."""
    found = shape(value)
    check(len(found) == rank, number, f"{what} with {rank} dimensions", found)


def check_levels(op: Operation, number: int, *, integers: bool = False) -> None:
    """Check that all elements are f32, or all are fxp, or (`integers`) all of one integer type."""
    types = [element(value) for value in (*op.operands, *op.results)]
    if is_real_level(types):
        return
    same = integers and len(set(types)) == 1 and is_number(types[0])
    allowed = "only f32, only fxp or one integer type" if integers else "only f32 or only fxp"
    check(same, number, f"{allowed} as elements", listed(types))


def check_zero_point(zero: ZeroPoint, type_: Attribute, number: int) -> None:
    """Check that a zero point lies in the range of its integer type, and is 0 for real elements."""
    integer_type = as_integer(type_)
    low, high = integer_range(integer_type) if integer_type is not None else (0, 0)
    expected = f"a zero point in {low}..{high} for {type_}"
    check(low <= zero.value.data <= high, number, expected, zero.value.data)


def listed(values: Sequence[object]) -> str:
    """Values separated by commas."""
    return ", ".join(str(v) for v in values)


_P = ParamSpec("_P")


def infer(number: int, compute: Callable[_P, Shape], *args: _P.args, **kwargs: _P.kwargs) -> Shape:
    """Call a shape function; its ValueError becomes a VerifyException."""
    try:
        return compute(*args, **kwargs)
    except ValueError as error:
        raise VerifyException(f"(C{number}) {error}") from None


class NnOp(IRDLOperation, ABC):
    """Base of all `nn` ops: pure, properties in the attribute dictionary.

    Every op's constraints are numbered in its docstring, and the verifier's messages cite them.
    What all ops have in common is

    (C0) shapes are static; an fxp type with one scale per index of an axis has as many scales as
    the axis has indices.
    """

    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)

    @abstractmethod
    def check_constraints(self) -> None:
        """Check the numbered constraints. Raises VerifyException."""

    def verify_(self) -> None:
        for value in (*self.operands, *self.results):
            found = shape(value)
            check(min(found, default=0) >= 0, 0, "a static shape", value.type)
            verify_fxp_tensor(value.type, 0)
        self.check_constraints()


def ops_of(family: ModuleType) -> list[type[NnOp]]:
    """The op classes that a module defines, in its order; abstract bases have no name."""
    return [
        member
        for member in vars(family).values()
        if isinstance(member, type)
        and issubclass(member, NnOp)
        and member.__module__ == family.__name__
        and "name" in vars(member)
    ]


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

    ```
    %y = nn.sigmoid %x : tensor<1x10xf32> -> tensor<1x10xf32>
    ```

    f32: as `dialects/float_math.py` says. fxp: the function of the reals that the integers stand
    for, in float64, rounded half to even, saturating, to the result's type.

    (C1) input and result have the same shape; (C2) both are f32, or both are fxp, or, for nn.relu,
    nn.clamp and nn.negate, both have the same integer type.
    """

    input = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    ON_INTEGERS: ClassVar[bool] = False
    """Whether the op also works on plain integers."""

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

    def check_constraints(self) -> None:
        check_shape(self.result, shape(self.input), 1, "a result")
        check_levels(self, 2, integers=self.ON_INTEGERS)
