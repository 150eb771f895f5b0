"""Ops that slide a window over an image (N, H, W, C): convolution and pools."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, IntegerType, TensorType, i32, i64
from xdsl.ir import Attribute
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
    check_shape,
    element,
    flag,
    infer,
    integer,
    ints,
    is_real,
    shape,
    zero_point,
)
from .elementwise import verify_activation


def verify_accumulation(x: Attribute, w: Attribute, bias: Attribute, out: Attribute, number: int):
    """Check the element types of a contraction: all f32, all fxp, or integers to i32 / i64."""
    if is_real(x) or is_real(w):
        same = all(is_real(t) for t in (x, w, bias, out))
        same = same and len({str(t) == "f32" for t in (x, w, bias, out)}) == 1
        check(same, number, f"element types do not match: {x}, {w}, {bias}, {out}")
        return
    narrow = all(isinstance(t, IntegerType) and t.width.data in (8, 16) for t in (x, w))
    check(
        narrow and bias == out and bias in (i32, i64),
        number,
        f"integers must be 8 or 16 bit with i32 or i64 bias and result, found {x}, {w}, {bias}, {out}",
    )


def verify_window(strides: Sequence[int], pads: Sequence[int], dilations: Sequence[int], n: int):
    """Check lengths and signs of the window attributes."""
    lengths = (len(strides), len(pads), len(dilations))
    check(lengths == (2, 4, 2), n, f"strides, pads, dilations must have 2, 4, 2 values: {lengths}")
    check(min(strides) >= 1 and min(dilations) >= 1, n, "strides and dilations must be positive")
    check(min(pads) >= 0, n, f"pads must not be negative, found {list(pads)}")


@irdl_op_definition
class Conv2dOp(NnOp):
    """2-D convolution (cross-correlation) with bias.

    x (N, H, W, C), w (O, KH, KW, C / groups), b (O) → (N, OH, OW, O). Pads are (top, left, bottom,
    right). Depthwise convolution is groups == C. On integers, the sum of (x - input_zero_point) *
    (w - weight_zero_point) over the taps inside the image, plus b: padding contributes nothing.

    (C1) the result has the inferred shape; (C2) strides (2), pads (4), dilations (2) are in range;
    (C3) channels and filters divide by groups, w has C / groups channels, b one value per filter;
    (C4) element types: all f32; all fxp; or 8/16-bit integers with i32 or i64 bias and result;
    (C5) a clamp needs real elements; zero points need integers.
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

    def verify_(self) -> None:
        image, filters = shape(self.input), shape(self.weight)
        check(len(image) == 4 and len(filters) == 4, 1, "input and weight must have 4 dimensions")
        kernel, strides, pads, dilations = self.window()
        verify_window(strides, pads, dilations, 2)
        groups = self.groups.value.data
        fits = groups >= 1 and image[3] == filters[3] * groups and filters[0] % groups == 0
        check(fits, 3, f"{image[3]} channels and filters {filters} do not fit {groups} groups")
        check_shape(self.bias, (filters[0],), 3, "bias")
        out = infer(
            1, shapes.window_shape, image, kernel, strides, pads, dilations, filters[0]
        )
        check_shape(self.result, out, 1, "result")
        types = [element(v) for v in (self.input, self.weight, self.bias, self.result)]
        verify_accumulation(types[0], types[1], types[2], types[3], 4)
        verify_activation(self.act_min, self.act_max, types[3], 5)
        if is_real(types[0]):
            zeros = (self.input_zero_point.value.data, self.weight_zero_point.value.data)
            check(zeros == (0, 0), 5, "zero points belong to integers, not to real elements")


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

    def verify_pool(self) -> None:
        """Check (C1) shape, (C2) window."""
        image = shape(self.input)
        check(len(image) == 4, 1, "input must have 4 dimensions (N, H, W, C)")
        kernel, strides, pads, dilations = self.window()
        check(len(kernel) == 2 and min(kernel) >= 1, 2, f"kernel must be two sizes, found {kernel}")
        verify_window(strides, pads, dilations, 2)
        out = infer(1, shapes.window_shape, image, kernel, strides, pads, dilations, image[3])
        check_shape(self.result, out, 1, "result")


@irdl_op_definition
class MaxPool2dOp(_PoolOp):
    """The largest element of each window; padding never wins.

    (C1) the result has the inferred shape; (C2) kernel, strides, pads and dilations are in range;
    (C3) input and result have the same element type, or both are fxp.
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
            out = infer(
                1, shapes.window_shape, image, kernel, strides, pads, dilations, image[3]
            )
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

    def verify_(self) -> None:
        self.verify_pool()
        source, target = element(self.input), element(self.result)
        same = source == target or (is_real(source) and is_real(target))
        check(same, 3, f"element types do not match: {source} and {target}")


@irdl_op_definition
class AvgPool2dOp(_PoolOp):
    """The mean of each window; on integers the sum of x - input_zero_point (i32), not divided.

    With count_include_pad the divisor is the window's size; otherwise the number of taps inside.
    Sums run over rows, then columns of the window.

    (C1) the result has the inferred shape; (C2) kernel, strides and pads are in range; (C3) real to
    real, or integers to i32; (C4) a clamp needs real elements.
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

    def verify_(self) -> None:
        self.verify_pool()
        source, target = element(self.input), element(self.result)
        fits = is_real(target) if is_real(source) else target == i32
        check(fits, 3, f"expected real to real or integers to i32, found {source} to {target}")
        verify_activation(self.act_min, self.act_max, target, 4)


