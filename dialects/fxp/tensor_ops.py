"""Operations on whole tensors: between reals and integers, and on integers alone."""

from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I32,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    Float32Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    TensorType,
    f32,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    BaseAttr,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.pattern_rewriter import RewritePattern
from xdsl.traits import HasCanonicalizationPatternsTrait, Pure
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import I32_MAX, I32_MIN, MAX_SHIFT, RealRounding, RoundingMode
from .checks import (
    verify_clamp,
    verify_real_rounding,
    verify_rounding,
    verify_scale,
    verify_within,
)
from .types import STORAGE_DTYPES, FxpType, fxp_type_of, integer_range, storage_of, ui8, ui16

TensorConstr = TensorType.constr(AnyAttr())
F32TensorConstr = TensorType.constr(BaseAttr(Float32Type))


def tensor_type(value: SSAValue) -> "TensorType[Attribute]":
    """Return the type of a value that is known to be a tensor."""
    return cast("TensorType[Attribute]", value.type)


def with_element_type(value: SSAValue | Operation, element: Attribute) -> "TensorType[Attribute]":
    """Return the tensor type of `value` with another element type."""
    return TensorType(element, tensor_type(SSAValue.get(value)).shape.data)


class ElementwiseCast(IRDLOperation):
    """One tensor in, one of the same shape out."""

    input = operand_def(TensorConstr)
    result = result_def(TensorConstr)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    @property
    def input_element(self) -> Attribute:
        """The element type of the input."""
        return tensor_type(self.input).element_type

    @property
    def result_element(self) -> Attribute:
        """The element type of the result."""
        return tensor_type(self.result).element_type

    def verify_shapes(self) -> None:
        """Constraint 1 of every op here: input and result have the same static shape."""
        shapes = tensor_type(self.input).get_shape(), tensor_type(self.result).get_shape()
        if shapes[0] != shapes[1]:
            raise VerifyException(
                f"(C1) input shape {shapes[0]} and result shape {shapes[1]} differ"
            )
        if DYNAMIC_INDEX in shapes[0]:
            raise VerifyException("(C1) the shape must be static")

    def verify_element(
        self, what: Literal["input", "result"], number: int, allowed: Sequence[IntegerType]
    ) -> IntegerType:
        """Check that the `what` ("input" or "result") has one of the allowed element types."""
        element = self.input_element if what == "input" else self.result_element
        if element not in allowed:
            names = ", ".join(str(t) for t in allowed)
            raise VerifyException(
                f"(C{number}) {what} element type must be one of {names}, got {element}"
            )
        return cast(IntegerType, element)


def _verify_axis(type: FxpType, shape: Sequence[int], number: int) -> None:
    """Check that a per-axis type fits the shape of the tensor it is the element type of."""
    if type.axis is None:
        return
    if type.axis >= len(shape):
        raise VerifyException(
            f"(C{number}) axis {type.axis} of {type} in a tensor of rank {len(shape)}"
        )
    if shape[type.axis] != len(type.scales):
        raise VerifyException(
            f"(C{number}) {len(type.scales)} scales along axis {type.axis}, "
            f"which has size {shape[type.axis]}"
        )


def verify_fxp_tensor(type: Attribute, number: int = 0) -> None:
    """Check that the scales of a tensor of fxp elements fit its shape; raises VerifyException."""
    element = fxp_type_of(type)
    if element is not None and isinstance(type, TensorType):
        _verify_axis(element, cast("TensorType[Attribute]", type).get_shape(), number)


@irdl_op_definition
class QuantizeOp(ElementwiseCast):
    """Represent real numbers by integers: ONNX's QuantizeLinear.

    ```
    %q = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!fxp.affine<i8, 0.5:-1>>
    ```

    q = clamp(rint(x / scale) + zero_point, qmin, qmax) in float32 arithmetic, with the scale
    rounded to float32; ties go to the even integer, NaN becomes the zero point.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is f32, the result's is an fxp type.
    (C3) A per-axis type has as many scales as the tensor's size along the axis.
    """

    name = "fxp.quantize"
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation, element_type: FxpType):
        super().__init__(operands=[input], result_types=[with_element_type(input, element_type)])

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        if self.input_element != f32 or not isinstance(self.result_element, FxpType):
            raise VerifyException(
                f"(C2) expected f32 -> fxp type, got {self.input_element} -> {self.result_element}"
            )
        verify_fxp_tensor(self.result.type, 3)


@irdl_op_definition
class DequantizeOp(ElementwiseCast):
    """Return the real numbers that integers stand for: ONNX's DequantizeLinear.

    ```
    %x = fxp.dequantize %q : tensor<1x4x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4xf32>
    ```

    x = f32(q - zero_point) * f32(scale), one rounding each.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is an fxp type, the result's is f32.
    (C3) A per-axis type has as many scales as the tensor's size along the axis.
    """

    name = "fxp.dequantize"
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation):
        super().__init__(operands=[input], result_types=[with_element_type(input, f32)])

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        if self.result_element != f32 or not isinstance(self.input_element, FxpType):
            raise VerifyException(
                f"(C2) expected fxp type -> f32, got {self.input_element} -> {self.result_element}"
            )
        verify_fxp_tensor(self.input.type, 3)


class _StorageCastPatterns(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .canonicalization import StorageCastOfStorageCast

        return (StorageCastOfStorageCast(),)


@irdl_op_definition
class StorageCastOp(ElementwiseCast):
    """Look at the same bits as reals or as plain integers.

    ```
    %i = fxp.storage_cast %q : tensor<4x!fxp.affine<i8, 0.5:-1>> -> tensor<4xi8>
    %q = fxp.storage_cast %i : tensor<4xi8> -> tensor<4x!fxp.affine<i8, 0.5:-1>>
    ```

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) One element type is an fxp type, the other is its storage.
    (C3) A per-axis type has as many scales as the tensor's size along the axis.
    """

    name = "fxp.storage_cast"
    traits = traits_def(Pure(), _StorageCastPatterns())

    def __init__(self, input: SSAValue | Operation, element_type: Attribute | None = None):
        """Cast to `element_type`; by default from an fxp type to its storage."""
        element = storage_of(tensor_type(SSAValue.get(input)).element_type)
        super().__init__(
            operands=[input], result_types=[with_element_type(input, element_type or element)]
        )

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        elements = self.input_element, self.result_element
        fxp = [e for e in elements if isinstance(e, FxpType)]
        if len(fxp) != 1 or fxp[0].storage not in elements:
            raise VerifyException(
                f"(C2) expected an fxp type and its storage, got {elements[0]} and {elements[1]}"
            )
        verify_fxp_tensor(self.input.type, 3)
        verify_fxp_tensor(self.result.type, 3)


@irdl_op_definition
class FromRealOp(ElementwiseCast):
    """Round real numbers to plain integers: `fxp.quantize` at the integer level.

    ```
    %q = fxp.from_real %x {scale = 0.5 : f32, zero_point = -1 : i32} : tensor<4xf32> -> tensor<4xi8>
    ```

    q = clamp(round(x / scale) + zero_point, least, greatest) over the range of the result type, in
    float32 arithmetic; ties go to the even integer, or away from zero with rounding = "half_away"
    (TFLite's QUANTIZE). NaN becomes the zero point.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is f32, the result's is i8, ui8, i16 or ui16.
    (C3) The scale is finite and > 0.
    (C4) The zero point lies in the range of the result type.
    (C5) rounding is "half_even" or "half_away".
    """

    name = "fxp.from_real"
    scale = prop_def(FloatAttr[Float32Type])
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    rounding = prop_def(StringAttr, default_value=StringAttr("half_even"))
    traits = traits_def(Pure())

    def __init__(
        self,
        input: SSAValue | Operation,
        scale: float,
        zero_point: int = 0,
        element_type: IntegerType = i8,
        *,
        rounding: RealRounding = "half_even",
    ):
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                **_real_properties(scale, zero_point),
                "rounding": StringAttr(rounding),
            },
        )

    @property
    def rounding_mode(self) -> RealRounding:
        """The rounding mode as a checked literal."""
        return cast(RealRounding, self.rounding.data)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        if self.input_element != f32:
            raise VerifyException(f"(C2) input element type must be f32, got {self.input_element}")
        element = self.verify_element("result", 2, (i8, ui8, i16, ui16))
        verify_scale(self.scale, 3)
        verify_within("zero point", self.zero_point.value.data, element, 4)
        verify_real_rounding(self.rounding, 5)


@irdl_op_definition
class ToRealOp(ElementwiseCast):
    """Return the real numbers of plain integers: `fxp.dequantize` at the integer level.

    ```
    %x = fxp.to_real %q {scale = 0.5 : f32, zero_point = -1 : i32} : tensor<4xi8> -> tensor<4xf32>
    ```

    x = f32(q - zero_point) * scale.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is i8, ui8, i16, ui16 or i32, the result's is f32.
    (C3) The scale is finite and > 0.
    (C4) The zero point lies in the range of the input type; it is 0 for i32, as ONNX has it.
    """

    name = "fxp.to_real"
    scale = prop_def(FloatAttr[Float32Type])
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation, scale: float, zero_point: int = 0):
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, f32)],
            properties=_real_properties(scale, zero_point),
        )

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        if self.result_element != f32:
            raise VerifyException(
                f"(C2) result element type must be f32, got {self.result_element}"
            )
        element = self.verify_element("input", 2, tuple(STORAGE_DTYPES))
        verify_scale(self.scale, 3)
        verify_within("zero point", self.zero_point.value.data, element, 4)
        if element == i32 and self.zero_point.value.data != 0:
            raise VerifyException("(C4) the zero point of i32 must be 0")


@irdl_op_definition
class WidenOp(ElementwiseCast):
    """Centre and scale small integers exactly.

    ```
    %w = fxp.widen %q {zero_point = -128 : i32, multiplier = 3 : i32} : tensor<4xi8> ->
    tensor<4xi32> ```

    w = (q - zero_point) * multiplier.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is i8, ui8, i16 or ui16, the result's is i32.
    (C3) The result fits in 32 bits for every input.
    """

    name = "fxp.widen"
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    multiplier = prop_def(IntegerAttr[I32], default_value=IntegerAttr(1, i32))
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation, zero_point: int = 0, multiplier: int = 1):
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, i32)],
            properties={
                "zero_point": IntegerAttr(zero_point, i32),
                "multiplier": IntegerAttr(multiplier, i32),
            },
        )

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        element = self.verify_element("input", 2, (i8, ui8, i16, ui16))
        self.verify_element("result", 2, (i32,))
        ends = [
            (end - self.zero_point.value.data) * self.multiplier.value.data
            for end in integer_range(element)
        ]
        if min(ends) < I32_MIN or max(ends) > I32_MAX:
            raise VerifyException(f"(C3) results reach {min(ends)}..{max(ends)}: beyond 32 bits")


class _RequantizePatterns(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .canonicalization import EqualChannelsAreOne, RequantizeIdentity

        return (EqualChannelsAreOne(), RequantizeIdentity())


@irdl_op_definition
class RequantizeOp(ElementwiseCast):
    """Rescale integers: the step from an accumulator to a stored activation.

    ```
    %q = fxp.requantize %a {multiplier = array<i32: 1717986918>, shift = array<i32: 34>,
                            zero_point = -1 : i32, rounding = "half_even",
                            min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
    ```

    q = clamp(round((x - input_zero_point) * multiplier * 2**-shift) + zero_point, min, max).

    Everything is exact but the one rounding (two in mode `double`); see `dialects/fixed_point.py`
    for the modes. `multiplier` and `shift` hold one value, or one per index of the last dimension.

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is i8, ui8, i16, ui16, i32 or i64; the result's the same but i64.
    (C3) multiplier and shift have the same length: 1 or the size of the last dimension.
    (C4) Multipliers are not negative; shifts are in 0..62.
    (C5) rounding is "half_even", "half_up", "half_away" or "double"; not "double" for i64.
    (C6) min <= max, both in the range of the result type.
    """

    name = "fxp.requantize"
    input_zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    multiplier = prop_def(DenseArrayBase.constr(i32))
    shift = prop_def(DenseArrayBase.constr(i32))
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    rounding = prop_def(StringAttr)
    min_value = prop_def(IntegerAttr[I32], prop_name="min")
    max_value = prop_def(IntegerAttr[I32], prop_name="max")
    traits = traits_def(Pure(), _RequantizePatterns())

    def __init__(
        self,
        input: SSAValue | Operation,
        multiplier: "int | Sequence[int] | NDArray[np.integer]",
        shift: "int | Sequence[int] | NDArray[np.integer]",
        *,
        element_type: IntegerType = i8,
        input_zero_point: int = 0,
        zero_point: int = 0,
        rounding: RoundingMode = "half_even",
        min_value: int | None = None,
        max_value: int | None = None,
    ):
        """Rescale to `element_type`; `min_value` and `max_value` default to its range."""
        least, greatest = integer_range(element_type)
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                "input_zero_point": IntegerAttr(input_zero_point, i32),
                "multiplier": _i32_array(multiplier),
                "shift": _i32_array(shift),
                "zero_point": IntegerAttr(zero_point, i32),
                "rounding": StringAttr(rounding),
                "min": IntegerAttr(least if min_value is None else min_value, i32),
                "max": IntegerAttr(greatest if max_value is None else max_value, i32),
            },
        )

    @property
    def rounding_mode(self) -> RoundingMode:
        """The rounding mode as a checked literal."""
        return cast(RoundingMode, self.rounding.data)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        source = self.verify_element("input", 2, (*STORAGE_DTYPES, i64))
        element = self.verify_element("result", 2, tuple(STORAGE_DTYPES))
        multipliers, shifts = self.multiplier.get_values(), self.shift.get_values()
        shape = tensor_type(self.input).get_shape()
        channels = shape[-1] if shape else 1
        if len(multipliers) != len(shifts) or len(multipliers) not in (1, channels):
            raise VerifyException(
                f"(C3) {len(multipliers)} multipliers and {len(shifts)} shifts "
                f"for {channels} channels"
            )
        if min(multipliers, default=0) < 0:
            raise VerifyException(f"(C4) multiplier {min(multipliers)} is negative")
        if any(not 0 <= s <= MAX_SHIFT for s in shifts):
            raise VerifyException(f"(C4) shifts must be in 0..{MAX_SHIFT}, got {list(shifts)}")
        verify_rounding(self.rounding, source, 5)
        verify_clamp(self.min_value, self.max_value, element, 6)


class _LookupPatterns(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .canonicalization import LookupOfLookup

        return (LookupOfLookup(),)


@irdl_op_definition
class LookupOp(ElementwiseCast):
    """Any function of 8 bits, by a table.

    ```
    %y = fxp.lookup %x {table = dense<…> : tensor<256xi8>} : tensor<4xi8> -> tensor<4xi8>
    ```

    y = table[x - least value of the input type].

    Constraints:
    (C1) Input and result have the same static shape.
    (C2) The input's element type is i8 or ui8; the result's is i8, ui8, i16, ui16, i32 or f32.
    (C3) The table is a tensor of 256 elements of the result's element type.
    """

    name = "fxp.lookup"
    table = prop_def(DenseIntOrFPElementsAttr)
    traits = traits_def(Pure(), _LookupPatterns())

    def __init__(
        self, input: SSAValue | Operation, table: "NDArray[np.generic]", element_type: Attribute
    ):
        """Look up `table`, an array of 256 elements of the numpy type of `element_type`."""
        type = TensorType(element_type, [table.size])
        super().__init__(
            operands=[input],
            result_types=[with_element_type(input, element_type)],
            properties={
                "table": DenseIntOrFPElementsAttr(
                    cast("TensorType[IntegerType]", type), BytesAttr(table.tobytes())
                )
            },
        )

    def table_array(self) -> "NDArray[np.generic]":
        """Return the table as 256 numbers in the numpy type of the result (a splat is expanded)."""
        element = self.result_element
        dtype = np.float32 if element == f32 else STORAGE_DTYPES[cast(IntegerType, element)]
        values = np.frombuffer(self.table.data.data, dtype)
        return cast("NDArray[np.generic]", np.broadcast_to(values, (256,)))

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        self.verify_shapes()
        self.verify_element("input", 2, (i8, ui8))
        if self.result_element != f32:
            self.verify_element("result", 2, tuple(STORAGE_DTYPES))
        if self.table.get_type() != TensorType(self.result_element, [256]):
            raise VerifyException(
                f"(C3) table must be tensor<256x{self.result_element}>, got {self.table.get_type()}"
            )


def _real_properties(scale: float, zero_point: int) -> dict[str, Attribute]:
    return {"scale": FloatAttr(scale, f32), "zero_point": IntegerAttr(zero_point, i32)}


def _i32_array(
    values: "int | Sequence[int] | NDArray[np.integer]",
) -> "DenseArrayBase[I32]":
    return DenseArrayBase.from_list(i32, [int(v) for v in np.atleast_1d(np.asarray(values))])
