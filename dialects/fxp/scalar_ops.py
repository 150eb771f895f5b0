"""Operations on single numbers, for the loops that tensors are lowered to."""

from typing import cast

from xdsl.dialects.builtin import (
    I32,
    Float32Type,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    f32,
    i32,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    EqAttrConstraint,
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

from ..fixed_point import I32_MAX, I32_MIN, RealRounding, RoundingMode
from .checks import verify_clamp, verify_real_rounding, verify_rounding, verify_scale

_WideConstr = EqAttrConstraint(i32) | EqAttrConstraint(i64)


@irdl_op_definition
class ApplyScaleOp(IRDLOperation):
    """Multiply an accumulator by a positive real below 2**31, given as multiplier * 2**-shift.

    ```
    %y = fxp.apply_scale %acc, %multiplier, %shift {rounding = "half_even"} : i32
    ```

    y = round(acc * multiplier * 2**-shift), saturated to 32 bits (which needs shift < 31 for an
    acc of 32 bits). After TOSA's `apply_scale`; the modes are those of `dialects/fixed_point.py`,
    whose C twins are `nnopt_apply_scale_<rounding>` in `nnopt_fxp.h`.

    Constraints:
    (C1) acc is i32 or i64; multiplier, shift and result are i32.
    (C2) rounding is "half_even", "half_up", "half_away" or "double"; not "double" for i64.

    The behaviour is undefined for a negative multiplier or a shift outside 0..62.
    """

    name = "fxp.apply_scale"
    acc = operand_def(_WideConstr)
    multiplier = operand_def(i32)
    shift = operand_def(i32)
    result = result_def(i32)
    rounding = prop_def(StringAttr)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$acc `,` $multiplier `,` $shift attr-dict `:` type($acc)"
    traits = traits_def(Pure())

    def __init__(
        self,
        acc: SSAValue | Operation,
        multiplier: SSAValue | Operation,
        shift: SSAValue | Operation,
        rounding: RoundingMode = "half_even",
    ):
        super().__init__(
            operands=[acc, multiplier, shift],
            result_types=[i32],
            properties={"rounding": StringAttr(rounding)},
        )

    @property
    def rounding_mode(self) -> RoundingMode:
        """The rounding mode as a checked literal."""
        return cast(RoundingMode, self.rounding.data)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        verify_rounding(self.rounding, self.acc.type, 2)


@irdl_op_definition
class RoundingShiftOp(IRDLOperation):
    """Divide an accumulator by a power of two: a rescale without a multiplication.

    ```
    %y = fxp.rounding_shift %acc, %shift {rounding = "half_up"} : i32
    ```

    y = round(acc * 2**-shift), saturated to 32 bits. The C twins are
    `nnopt_rounding_shift_<rounding>` and `nnopt_rounding_shift_i64_<rounding>` in `nnopt_fxp.h`.

    Constraints:
    (C1) acc is i32 or i64; shift and result are i32.
    (C2) rounding is "half_up" or "half_even".

    The behaviour is undefined for a shift outside 0..31 (i32) or 0..62 (i64).
    """

    name = "fxp.rounding_shift"
    acc = operand_def(_WideConstr)
    shift = operand_def(i32)
    result = result_def(i32)
    rounding = prop_def(StringAttr)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$acc `,` $shift attr-dict `:` type($acc)"
    traits = traits_def(Pure())

    def __init__(
        self,
        acc: SSAValue | Operation,
        shift: SSAValue | Operation,
        rounding: RoundingMode = "half_up",
    ):
        super().__init__(
            operands=[acc, shift],
            result_types=[i32],
            properties={"rounding": StringAttr(rounding)},
        )

    @property
    def rounding_mode(self) -> RoundingMode:
        """The rounding mode as a checked literal."""
        return cast(RoundingMode, self.rounding.data)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        if self.rounding.data not in ("half_up", "half_even"):
            raise VerifyException(
                f"(C2) rounding must be half_up or half_even, got {self.rounding.data}"
            )


class _SaturatePatterns(HasCanonicalizationPatternsTrait):
    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        from .canonicalization import SaturateOfSaturate, SaturateToFullRange

        return (SaturateToFullRange(), SaturateOfSaturate())


@irdl_op_definition
class SaturateOp(IRDLOperation):
    """Clamp an integer.

    ```
    %y = fxp.saturate %x {min = -128 : i32, max = 127 : i32} : i32
    ```

    y = min(max(x, min), max), as i32.

    Constraints:
    (C1) x is i32 or i64, the result is i32.
    (C2) min <= max.
    """

    name = "fxp.saturate"
    input = operand_def(_WideConstr)
    result = result_def(i32)
    min_value = prop_def(IntegerAttr[I32], prop_name="min")
    max_value = prop_def(IntegerAttr[I32], prop_name="max")

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict `:` type($input)"
    traits = traits_def(Pure(), _SaturatePatterns())

    def __init__(
        self, input: SSAValue | Operation, min_value: int = I32_MIN, max_value: int = I32_MAX
    ):
        super().__init__(
            operands=[input],
            result_types=[i32],
            properties={"min": IntegerAttr(min_value, i32), "max": IntegerAttr(max_value, i32)},
        )

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        verify_clamp(self.min_value, self.max_value, i32, 2)


@irdl_op_definition
class RealToIntOp(IRDLOperation):
    """Round a real number to an integer: `fxp.from_real` for one number.

    ```
    %q = fxp.real_to_int %x {scale = 0.5 : f32, zero_point = 3 : i32, min = -128 : i32, max = 127 :
    i32} ```

    q = clamp(round(x / scale) + zero_point, min, max) in float32 arithmetic, ties to even, or away
    from zero with rounding = "half_away"; NaN becomes the zero point.

    Constraints:
    (C1) x is f32, the result i32.
    (C2) The scale is finite and > 0.
    (C3) min <= zero_point <= max.
    (C4) zero_point - min and max - zero_point are at most 2**22: the range of 8- and 16-bit types.
    (C5) rounding is "half_even" or "half_away".
    """

    name = "fxp.real_to_int"
    input = operand_def(f32)
    result = result_def(i32)
    scale = prop_def(FloatAttr[Float32Type])
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))
    min_value = prop_def(IntegerAttr[I32], prop_name="min")
    max_value = prop_def(IntegerAttr[I32], prop_name="max")
    rounding = prop_def(StringAttr, default_value=StringAttr("half_even"))

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict"
    traits = traits_def(Pure())

    def __init__(
        self,
        input: SSAValue | Operation,
        scale: float,
        zero_point: int,
        min_value: int,
        max_value: int,
        rounding: RealRounding = "half_even",
    ):
        super().__init__(
            operands=[input],
            result_types=[i32],
            properties={
                "scale": FloatAttr(scale, f32),
                "zero_point": IntegerAttr(zero_point, i32),
                "min": IntegerAttr(min_value, i32),
                "max": IntegerAttr(max_value, i32),
                "rounding": StringAttr(rounding),
            },
        )

    @property
    def rounding_mode(self) -> RealRounding:
        """The rounding mode as a checked literal."""
        return cast(RealRounding, self.rounding.data)

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        verify_real_rounding(self.rounding, 5)
        verify_scale(self.scale, 2)
        verify_clamp(self.min_value, self.zero_point, i32, 3)
        verify_clamp(self.zero_point, self.max_value, i32, 3)
        low, high = self.min_value.value.data, self.max_value.value.data
        if max(self.zero_point.value.data - low, high - self.zero_point.value.data) > 2**22:
            raise VerifyException(f"(C4) the range {low}..{high} is wider than 2**22")


@irdl_op_definition
class IntToRealOp(IRDLOperation):
    """Return the real number of an integer: `fxp.to_real` for one number.

    ```
    %x = fxp.int_to_real %q {scale = 0.5 : f32, zero_point = 3 : i32}
    ```

    x = f32(q - zero_point) * scale. The behaviour is undefined when q - zero_point exceeds 32 bits.

    Constraints:
    (C1) q is i32, the result f32.
    (C2) The scale is finite and > 0.
    """

    name = "fxp.int_to_real"
    input = operand_def(i32)
    result = result_def(f32)
    scale = prop_def(FloatAttr[Float32Type])
    zero_point = prop_def(IntegerAttr[I32], default_value=IntegerAttr(0, i32))

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$input attr-dict"
    traits = traits_def(Pure())

    def __init__(self, input: SSAValue | Operation, scale: float, zero_point: int = 0):
        super().__init__(
            operands=[input],
            result_types=[f32],
            properties={
                "scale": FloatAttr(scale, f32),
                "zero_point": IntegerAttr(zero_point, i32),
            },
        )

    def verify_(self) -> None:
        """Check the constraints named in the class."""
        verify_scale(self.scale, 2)
