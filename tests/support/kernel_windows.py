"""Random convolutions, matrix products and pools for the tests of kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict, cast

import numpy as np
from kernel_lab import Array, Case, KernelBuilder, integers, reals, ui8
from xdsl.dialects.builtin import TensorType, f32, i8, i32, i64
from xdsl.ir import Attribute, SSAValue

from nnopt.dialects import fxp, nn, vpool
from nnopt.dialects.fixed_point import RoundingMode

ORDERS = (
    ("oh", "ow", "oc"),
    ("oc", "oh", "ow"),
    ("ow", "oc", "oh"),
    ("oh", "oc", "ow"),
    ("oc", "ow", "oh"),
    ("ow", "oh", "oc"),
)
ROUNDINGS: tuple[RoundingMode, ...] = ("half_even", "half_up", "half_away", "double")

TYPES = (
    ("float32", "float32", "float32"),
    ("int8", "int8", "int32"),
    ("uint8", "int8", "int32"),
    ("uint8", "uint8", "int32"),
    ("int8", "uint8", "int32"),
    ("int8", "int8", "int64"),
    ("int16", "int8", "int32"),
    ("int16", "int8", "int64"),
    ("int16", "int16", "int64"),
)
"""Element types of input, weights and bias."""

BYTES = TYPES[1:6]
"""Bytes, which the DSP extension multiplies four at a time; not so for sums of 64 bits."""

MOST_PRODUCTS = 1500
"""Products of one random case: interpreting loops is slow."""


def choose(rng: np.random.Generator, options: Sequence[Any]) -> Any:
    """One of some options."""
    return options[int(rng.integers(len(options)))]


def random_schedule(rng: np.random.Generator, isas: Sequence[str]) -> vpool.ScheduleAttr:
    """Any loop order, register block up to 4 × 4, and one of some instruction sets."""
    block = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    return vpool.ScheduleAttr("direct", choose(rng, ORDERS), block, choose(rng, isas))


def has_dual_products(seed: int) -> bool:
    """Every second case: bytes, enough of them in a row, and the DSP extension."""
    return seed % 2 == 0


def random_kernel(name: str, seed: int, rng: np.random.Generator) -> KernelBuilder:
    """A kernel with any schedule."""
    isas = ("armv7e-m",) if has_dual_products(seed) else vpool.ISAS
    return KernelBuilder(f"{name} {seed}", random_schedule(rng, isas))


def random_types(seed: int, rng: np.random.Generator) -> tuple[str, str, str]:
    """Element types of input, weights and bias."""
    return choose(rng, BYTES if has_dual_products(seed) else TYPES)


def random_zero_point(rng: np.random.Generator, dtype: str) -> int:
    """An end of the range of 8-bit types, zero, or anything; 0 for floats."""
    if dtype == "float32":
        return 0
    limits = np.iinfo(dtype)
    ends = [int(limits.min), int(limits.max), 0]
    return choose(rng, [*ends, int(rng.integers(limits.min, limits.max + 1))])


def values(rng: np.random.Generator, shape: Sequence[int], dtype: str) -> Array:
    """Random elements: normal reals, integers of the whole range, biases that stay small."""
    if dtype == "float32":
        return reals(rng, shape)
    return integers(rng, shape, dtype, 1 << 20 if dtype in ("int32", "int64") else None)


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Shape of a tensor value."""
    return cast("TensorType[Attribute]", value.type).get_shape()


def rescaled(
    rng: np.random.Generator, kernel: KernelBuilder, value: SSAValue, spread: float
) -> SSAValue:
    """Requantize sums of about the magnitude `spread`, so that some results saturate."""
    count = shape_of(value)[-1] if rng.random() < 0.7 else 1
    shift = int(rng.integers(31, 45)) if rng.random() < 0.5 else int(rng.integers(20, 31))
    wanted = np.exp(rng.uniform(-1, 1, count)) * 150 / spread * 2.0**shift
    multiplier = np.clip(wanted, 1, 2**31 - 1).astype(np.int32)
    shifts = np.full(count, shift, np.int32)
    if rng.random() < 0.5:
        shifts -= rng.integers(0, 3, count).astype(np.int32)
    wide = str(cast("TensorType[Attribute]", value.type).element_type) == "i64"
    rounding = choose(rng, ROUNDINGS[:3] if wide else ROUNDINGS)
    element = choose(rng, ("int8", "uint8"))
    zero_point = random_zero_point(rng, element)
    op = fxp.RequantizeOp(
        value,
        multiplier,
        shifts,
        element_type=ui8 if element == "uint8" else i8,
        zero_point=zero_point,
        rounding=rounding,
    )
    return kernel.add(op)


def finished(rng: np.random.Generator, kernel: KernelBuilder, value: SSAValue, sums: int) -> None:
    """Element-wise work behind a contraction of about `sums` products, as fusion leaves it."""
    shape = shape_of(value)
    element = str(cast("TensorType[Attribute]", value.type).element_type)
    kind = int(rng.integers(4))
    if element == "f32":
        if kind == 1:
            value = kernel.add(nn.ReluOp(value))
        elif kind == 2:
            value = kernel.add(nn.AddOp(value, kernel.input(reals(rng, shape))))
        elif kind == 3:
            kernel.add(
                nn.SigmoidOp(kernel.add(nn.MulOp(value, kernel.input(reals(rng, shape[-1:])))))
            )
        return
    if kind == 0:
        return
    value = rescaled(rng, kernel, value, 5000.0 * np.sqrt(sums))
    if kind == 2:
        table = integers(rng, (256,), "int8")
        kernel.add(fxp.LookupOp(value, table, i8))
    elif kind == 3:
        wide = kernel.add(fxp.WidenOp(value, 3, 17))
        kernel.add(nn.AddOp(wide, kernel.input(integers(rng, shape, "int32", 1 << 20))))


class Clamp(TypedDict, total=False):
    """Bounds of a fused clamp."""

    act_min: float
    act_max: float


def activation(rng: np.random.Generator, dtype: str) -> Clamp:
    """A fused clamp, for some of the floats."""
    if dtype != "float32" or rng.random() < 0.5:
        return {}
    clamps: tuple[Clamp, ...] = {"act_min": 0.0}, {"act_min": 0.0, "act_max": 1.0}, {"act_max": 0.5}
    return choose(rng, clamps)


def window(rng: np.random.Generator) -> dict[str, tuple[int, ...]]:
    """A random kernel size with strides, pads and dilations."""

    def pair(high: int) -> tuple[int, ...]:
        return int(rng.integers(1, high + 1)), int(rng.integers(1, high + 1))

    return {
        "kernel": pair(4),
        "strides": pair(3),
        "pads": tuple(int(p) for p in rng.integers(0, 4, 4)),
        "dilations": pair(2),
    }


def output_size(image: Sequence[int], geometry: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Rows and columns of the output; not positive where the window does not fit."""
    kernel, strides, pads = geometry["kernel"], geometry["strides"], geometry["pads"]
    sizes: list[int] = []
    for axis in range(2):
        reach = geometry["dilations"][axis] * (kernel[axis] - 1) + 1
        room = image[axis] + pads[axis] + pads[axis + 2] - reach
        sizes.append(room // strides[axis] + 1 if room >= 0 else 0)
    return tuple(sizes)


def random_conv(seed: int) -> Case:
    """A convolution of any kind on a small image."""
    rng = np.random.default_rng(seed)
    while True:
        image = int(rng.integers(1, 7)), int(rng.integers(1, 7))
        geometry = window(rng)
        groups = choose(rng, (1, 1, 2) if has_dual_products(seed) else (1, 1, 1, 2, 3, 5))
        depthwise = groups > 1 and rng.random() < 0.6
        least = 3 if has_dual_products(seed) else 1
        per_group = 1 if depthwise else int(rng.integers(least, 10))
        filters = groups * int(rng.integers(1, 4 if groups > 1 else 7))
        rows, columns = output_size(image, geometry)
        taps = geometry["kernel"][0] * geometry["kernel"][1] * per_group
        if 0 < rows * columns * filters * taps <= MOST_PRODUCTS and min(rows, columns) > 0:
            break
    batch = 2 if rows * columns * filters * taps * 2 <= MOST_PRODUCTS and seed % 5 == 0 else 1
    x, w, b = random_types(seed, rng)
    kernel = random_kernel("conv", seed, rng)
    size = geometry.pop("kernel")
    conv = nn.Conv2dOp(
        kernel.input(values(rng, (batch, *image, groups * per_group), x)),
        kernel.input(values(rng, (filters, *size, per_group), w)),
        kernel.input(values(rng, (filters,), b)),
        **cast(Any, geometry),
        groups=groups,
        input_zero_point=random_zero_point(rng, x),
        weight_zero_point=random_zero_point(rng, w),
        **activation(rng, x),
    )
    finished(rng, kernel, kernel.add(conv), taps)
    return kernel.case()


def random_pool(seed: int) -> Case:
    """A pool on a small image."""
    rng = np.random.default_rng(seed)
    while True:
        shape = 1, int(rng.integers(1, 7)), int(rng.integers(1, 7)), int(rng.integers(1, 5))
        geometry = window(rng)
        largest = rng.random() < 0.5
        if not largest:
            geometry["dilations"] = 1, 1
        rows, columns = output_size(shape[1:3], geometry)
        taps = geometry["kernel"][0] * geometry["kernel"][1]
        if 0 < rows * columns * shape[3] * taps <= MOST_PRODUCTS and min(rows, columns) > 0:
            break
    kernel = random_kernel("pool", seed, rng)
    dtype = choose(rng, ("float32", "int8", "uint8", "int16"))
    x = kernel.input(values(rng, shape, dtype))
    if largest:
        value = kernel.add(nn.MaxPool2dOp(x, **cast(Any, geometry)))
        if dtype == "float32" and rng.random() < 0.5:
            kernel.add(nn.ReluOp(value))
        return kernel.case()
    del geometry["dilations"]
    pool = nn.AvgPool2dOp(
        x,
        **cast(Any, geometry),
        count_include_pad=bool(rng.integers(2)),
        input_zero_point=random_zero_point(rng, dtype),
        **activation(rng, dtype),
    )
    value = kernel.add(pool)
    if dtype != "float32" and rng.random() < 0.7:
        rescaled(rng, kernel, value, 300.0 * taps)
    return kernel.case()


def random_product(seed: int) -> Case:
    """A fully connected layer or a matrix product."""
    rng = np.random.default_rng(seed)
    x, w, b = random_types(seed, rng)
    rows, inner, columns = (int(rng.integers(1, end)) for end in (5, 14, 8))
    kernel = random_kernel("product", seed, rng)
    if rng.random() < 0.6:
        leading = choose(rng, ((rows,), (1, rows), (2, rows), ()))
        op = nn.FullyConnectedOp(
            kernel.input(values(rng, (*leading, inner), x)),
            kernel.input(values(rng, (columns, inner), w)),
            kernel.input(values(rng, (columns,), b)),
            input_zero_point=random_zero_point(rng, x),
            weight_zero_point=random_zero_point(rng, w),
            **activation(rng, x),
        )
        finished(rng, kernel, kernel.add(op), inner)
        return kernel.case()
    batches = choose(rng, (((), ()), ((2,), (2,)), ((2,), (1,)), ((), (3,)), ((2, 1), (3,))))
    result = TensorType(
        {"float32": f32, "int32": i32, "int64": i64}[b],
        [*np.broadcast_shapes(*batches), rows, columns],
    )
    product = nn.MatmulOp(
        kernel.input(values(rng, (*batches[0], rows, inner), x)),
        kernel.input(values(rng, (*batches[1], inner, columns), w)),
        lhs_zero_point=random_zero_point(rng, x),
        rhs_zero_point=random_zero_point(rng, w),
        result_type=result,
        **activation(rng, x),
    )
    finished(rng, kernel, kernel.add(product), inner)
    return kernel.case()
