"""Ops that slide a window over an image (N, H, W, C): convolution and pools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import I64, DenseArrayBase, TensorType, i32, i64
from xdsl.ir import Attribute, Operation
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def

from . import shapes
from .common import (
    BoolAttr,
    I64ArrayConstr,
    IntProp,
    NnOp,
    RealProp,
    Shape,
    Value,
    ZeroPoint,
    activation_properties,
    check,
    check_levels,
    check_rank,
    check_shape,
    check_zero_point,
    element,
    flag,
    infer,
    integer,
    ints,
    is_narrow,
    is_real,
    is_real_level,
    listed,
    shape,
    zero_point,
)
from .elementwise import check_activation

__all__ = ["AvgPool2dOp", "Conv2dOp", "MaxPool2dOp"]


def check_accumulation(
    factors: Sequence[Attribute], sums: Sequence[Attribute], number: int
) -> None:
    """Check the element types of a contraction: all f32, all fxp, or 8/16-bit integers of which the
    products are summed (with a bias) in i32 or i64.
    """
    types = [*factors, *sums]
    if is_real_level(types):
        return
    narrow = all(is_narrow(t) for t in factors)
    wide = sums[0] in (i32, i64) and len(set(sums)) == 1
    expected = "only f32, only fxp, or 8/16-bit integers summed in i32 or i64 as elements"
    check(narrow and wide, number, expected, listed(types))


def check_window(op: Operation, number: int, lengths: dict[str, int]) -> None:
    """Check how many numbers the window attributes have, and that pads are >= 0, others >= 1."""
    for name, length in lengths.items():
        attribute = cast("DenseArrayBase[I64]", op.properties[name])
        found, least = attribute.get_values(), 0 if name == "pads" else 1
        fits = len(found) == length and min(found) >= least
        check(fits, number, f"{name} of {length} numbers of at least {least}", tuple(found))


@irdl_op_definition
class Conv2dOp(NnOp):
    """2-D convolution (cross-correlation) with bias.

    ```
    %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>}
        : (tensor<1x8x8x3xf32>, tensor<16x3x3x3xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
    ```

    x (N, H, W, C), w (O, KH, KW, C / groups), b (O) → y (N, OH, OW, O), with pads (top, left,
    bottom, right) and g = o // (O / groups):

    y[n, i, j, o] = b[o] + the sum over kh, kw, c of w[o, kh, kw, c] *
    x[n, i * stride + kh * dilation - top, j * … - left, g * C / groups + c]

    Taps in the padding contribute nothing. Depthwise convolution is groups == C. f32: no order of
    the sum is promised. fxp: the sum of the reals that the integers stand for, clamped to
    act_min..act_max, rounded half to even, saturating, to the result's type. Integers: exact, of
    (x - input_zero_point) * (w - weight_zero_point); sums that do not fit are undefined.

    (C1) the window fits in the padded image, and the result has the inferred shape; (C2) strides
    (2) and dilations (2) are >= 1, pads (4) >= 0; (C3) channels and filters divide by groups, w has
    C / groups channels, b one value per filter; (C4) element types: all f32; all fxp; or 8/16-bit
    integers with i32 or i64 bias and result; (C5) a clamp needs real elements and act_min <=
    act_max; (C6) zero points lie in the range of their integer type and are 0 for real elements.
    """

    name = "nn.conv2d"
    input = operand_def(TensorType)
    weight = operand_def(TensorType)
    bias = operand_def(TensorType)
    result = result_def(TensorType)
    strides = prop_def(I64ArrayConstr, default_value=ints((1, 1)))
    pads = prop_def(I64ArrayConstr, default_value=ints((0, 0, 0, 0)))
    dilations = prop_def(I64ArrayConstr, default_value=ints((1, 1)))
    groups = prop_def(IntProp, default_value=integer(1))
    input_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    weight_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    act_min = opt_prop_def(RealProp)
    act_max = opt_prop_def(RealProp)
    assembly_format = (
        "$input `,` $weight `,` $bias attr-dict `:` `(` type($input) `,` type($weight) `,` "
        "type($bias) `)` `->` type($result)"
    )

    def __init__(
        self,
        input: Value,
        weight: Value,
        bias: Value,
        *,
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        dilations: Sequence[int] = (1, 1),
        groups: int = 1,
        input_zero_point: int = 0,
        weight_zero_point: int = 0,
        act_min: float | None = None,
        act_max: float | None = None,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            filters = shape(weight)
            out = infer(
                1, shapes.window_shape, shape(input), filters[1:3], strides, pads, dilations,
                filters[0],
            )  # fmt: skip
            result_type = TensorType(element(bias), out)
        super().__init__(
            operands=[input, weight, bias],
            result_types=[result_type],
            properties={
                "strides": ints(strides),
                "pads": ints(pads),
                "dilations": ints(dilations),
                "groups": integer(groups),
                "input_zero_point": zero_point(input_zero_point),
                "weight_zero_point": zero_point(weight_zero_point),
                **activation_properties(act_min, act_max),
            },
        )

    def window(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Kernel size, strides, pads and dilations as tuples."""
        return (
            shape(self.weight)[1:3],
            tuple(int(v) for v in self.strides.get_values()),
            tuple(int(v) for v in self.pads.get_values()),
            tuple(int(v) for v in self.dilations.get_values()),
        )

    def check_constraints(self) -> None:
        image, filters = shape(self.input), shape(self.weight)
        check_rank(self.input, 4, 1, "an input")
        check_rank(self.weight, 4, 1, "weights")
        check_window(self, 2, {"strides": 2, "pads": 4, "dilations": 2})
        groups, channels = self.groups.value.data, image[3]
        fits = groups >= 1 and channels % groups == 0 and filters[0] % groups == 0
        check(fits, 3, f"groups that divide {channels} channels and {filters[0]} filters", groups)
        check(
            filters[3] * groups == channels, 3, f"weights of {channels // groups} channels", filters
        )
        check_shape(self.bias, (filters[0],), 3, "a bias")
        kernel, strides, pads, dilations = self.window()
        out = infer(1, shapes.window_shape, image, kernel, strides, pads, dilations, filters[0])
        check_shape(self.result, out, 1, "a result")
        types = [element(v) for v in (self.input, self.weight, self.bias, self.result)]
        check_accumulation(types[:2], types[2:], 4)
        check_activation(self.act_min, self.act_max, types[3], 5)
        check_zero_point(self.input_zero_point, types[0], 6)
        check_zero_point(self.weight_zero_point, types[1], 6)


class _PoolOp(NnOp):
    """What both pools share: input, result, window."""

    input = operand_def(TensorType)
    result = result_def(TensorType)
    kernel = prop_def(I64ArrayConstr)
    strides = prop_def(I64ArrayConstr, default_value=ints((1, 1)))
    pads = prop_def(I64ArrayConstr, default_value=ints((0, 0, 0, 0)))
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def window(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Kernel size, strides, pads and dilations as tuples."""
        dilations = self.properties.get("dilations")
        steps = dilations.get_values() if isinstance(dilations, DenseArrayBase) else (1, 1)
        return (
            tuple(int(v) for v in self.kernel.get_values()),
            tuple(int(v) for v in self.strides.get_values()),
            tuple(int(v) for v in self.pads.get_values()),
            tuple(int(v) for v in steps),
        )

    def check_pool(self) -> None:
        """Check (C1) shape, (C2) window."""
        image = shape(self.input)
        check_rank(self.input, 4, 1, "an input")
        lengths = {"kernel": 2, "strides": 2, "pads": 4, "dilations": 2}
        check_window(self, 2, {k: v for k, v in lengths.items() if k in self.properties})
        kernel, strides, pads, dilations = self.window()
        out = infer(1, shapes.window_shape, image, kernel, strides, pads, dilations, image[3])
        check_shape(self.result, out, 1, "a result")


@irdl_op_definition
class MaxPool2dOp(_PoolOp):
    """The largest element of each window (N, H, W, C) → (N, OH, OW, C); padding never wins.

    ```
    %y = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
        : tensor<1x8x8x3xf32> -> tensor<1x4x4x3xf32>
    ```

    Pads are (top, left, bottom, right). A window of padding alone gives -infinity or the least
    integer; which of NaN and a number is larger is not specified.

    (C1) the window fits in the padded image, and the result has the inferred shape; (C2) kernel,
    strides and dilations (2 each) are >= 1, pads (4) >= 0; (C3) both element types are f32, or both
    are fxp, or both are the same integer type.
    """

    name = "nn.max_pool2d"
    dilations = prop_def(I64ArrayConstr, default_value=ints((1, 1)))

    def __init__(
        self,
        input: Value,
        *,
        kernel: Sequence[int],
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        dilations: Sequence[int] = (1, 1),
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            image = shape(input)
            out = infer(1, shapes.window_shape, image, kernel, strides, pads, dilations, image[3])
            result_type = TensorType(element(input), out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "kernel": ints(kernel),
                "strides": ints(strides),
                "pads": ints(pads),
                "dilations": ints(dilations),
            },
        )

    def check_constraints(self) -> None:
        self.check_pool()
        check_levels(self, 3, integers=True)


@irdl_op_definition
class AvgPool2dOp(_PoolOp):
    """The mean of each window (N, H, W, C) → (N, OH, OW, C).

    ```
    %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
        : tensor<1x8x8x3xf32> -> tensor<1x4x4x3xf32>
    ```

    The sum of the taps inside the image divided by their number, or, with count_include_pad, by the
    window's size. f32: the sum starts at 0 and runs over the rows, then the columns of the window,
    one rounding each; then comes one division. fxp: as for nn.conv2d. Integers: the sum of
    x - input_zero_point over the taps inside, which is not divided.

    (C1) the window fits in the padded image, and the result has the inferred shape; (C2) kernel and
    strides (2 each) are >= 1, pads (4) >= 0; (C3) both element types are f32, or both are fxp, or
    8/16-bit integers become i32; (C4) a clamp needs real elements and act_min <= act_max; (C5) the
    zero point lies in the range of its integer type and is 0 for real elements.
    """

    name = "nn.avg_pool2d"
    count_include_pad = prop_def(BoolAttr, default_value=flag(False))
    input_zero_point = prop_def(ZeroPoint, default_value=zero_point(0))
    act_min = opt_prop_def(RealProp)
    act_max = opt_prop_def(RealProp)

    def __init__(
        self,
        input: Value,
        *,
        kernel: Sequence[int],
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        count_include_pad: bool = False,
        input_zero_point: int = 0,
        act_min: float | None = None,
        act_max: float | None = None,
        result_type: Attribute | None = None,
    ):
        if result_type is None:
            image = shape(input)
            out = infer(1, shapes.window_shape, image, kernel, strides, pads, (1, 1), image[3])
            source = element(input)
            result_type = TensorType(source if is_real(source) else i32, out)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "kernel": ints(kernel),
                "strides": ints(strides),
                "pads": ints(pads),
                "count_include_pad": flag(count_include_pad),
                "input_zero_point": zero_point(input_zero_point),
                **activation_properties(act_min, act_max),
            },
        )

    def check_constraints(self) -> None:
        self.check_pool()
        source, target = element(self.input), element(self.result)
        fits = is_real_level([source, target]) or (is_narrow(source) and target == i32)
        expected = "f32 to f32, fxp to fxp or 8/16-bit integers to i32"
        check(fits, 3, expected, f"{source} to {target}")
        check_activation(self.act_min, self.act_max, target, 4)
        check_zero_point(self.input_zero_point, source, 5)
