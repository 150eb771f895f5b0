"""One TFLite operator at a time, in the variants that models have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tflite_models import Array, Build, ModelBuilder

Rng = np.random.Generator
Shape = tuple[int, ...]


@dataclass(frozen=True)
class OperatorCase:
    """A name and what builds the operator: its inputs and outputs are those of the graph."""

    name: str
    build: Build
    kernels: str = "BUILTIN_REF"
    """Which of TFLite's kernels are right."""


def _scales(rng: Rng, count: int, middle: float) -> Array:
    return (rng.uniform(0.5, 1.5, count) * middle).astype(np.float32)


def _weights(rng: Rng, shape: Shape) -> Array:
    return rng.integers(-127, 128, shape).astype(np.int8)


def add_output(model: ModelBuilder, shape: Shape, dtype: str = "int8", *quantization: float) -> int:
    scale, zero_point = quantization or (None, 0)
    number = model.tensor(shape, dtype, scale, int(zero_point))
    model.outputs.append(number)
    return number


def _activation(name: str) -> int:
    return {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}[name]


def convolution(
    image: Shape,
    out: Shape,
    kernel: tuple[int, int],
    *,
    padding: str = "SAME",
    strides: tuple[int, int] = (1, 1),
    dilations: tuple[int, int] = (1, 1),
    activation: str = "NONE",
    groups: int = 1,
    depthwise: bool = False,
    per_channel: bool = True,
    dtype: str = "int8",
    bias: str = "int32",
) -> Build:
    """CONV_2D or DEPTHWISE_CONV_2D."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real, wide = dtype == "float32", dtype == "int16"
        channels = out[3]
        shape = (1, *kernel, channels) if depthwise else (channels, *kernel, image[3] // groups)
        taps = int(np.prod(shape)) // channels
        source = (None, 0) if real else (0.001 if wide else 0.05, 0 if wide else -7)
        x = model.input(image, dtype, *source)
        middle = 0.05 / np.sqrt(taps) if not wide else 0.05
        scales = _scales(rng, channels if per_channel else 1, float(middle))
        axis = 3 if depthwise else 0
        if real:
            w = model.constant(rng.normal(0, 1, shape).astype(np.float32))
        else:
            w = model.constant(_weights(rng, shape), scales, axis=axis)
        values = rng.integers(-2000, 2000, channels).astype(bias)
        inputs = [x, w, model.constant(values, None if real else 0.05 * scales)]
        y = add_output(model, out, dtype, *(() if real else (0.01, 0) if wide else (0.2, -5)))
        fields = {"DepthMultiplier": channels // image[3]} if depthwise else {}
        if bias == "int32" and not depthwise:
            fields["QuantizedBiasType"] = 2
        model.operator(
            "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
            inputs,
            [y],
            "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions",
            Padding=0 if padding == "SAME" else 1,
            StrideH=strides[0],
            StrideW=strides[1],
            DilationHFactor=dilations[0],
            DilationWFactor=dilations[1],
            FusedActivationFunction=_activation(activation),
            **fields,
        )

    return build


def transposed(
    image: Shape,
    out: Shape,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    padding: str = "SAME",
    dtype: str = "int8",
    bias: bool = True,
) -> Build:
    """TRANSPOSE_CONV."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real = dtype == "float32"
        shape = (out[3], *kernel, image[3])
        scales = _scales(rng, out[3], 0.005)
        if real:
            w = model.constant(rng.normal(0, 1, shape).astype(np.float32))
        else:
            w = model.constant(_weights(rng, shape), scales)
        dimensions = model.constant(np.array(out, np.int32))
        x = model.input(image, dtype, *(() if real else (0.05, -7)))
        inputs = [dimensions, w, x]
        if bias:
            values = rng.integers(-2000, 2000, out[3])
            kind = np.float32 if real else np.int32
            inputs.append(model.constant(values.astype(kind), None if real else 0.05 * scales))
        y = add_output(model, out, dtype, *(() if real else (0.2, -5)))
        model.operator(
            "TRANSPOSE_CONV",
            inputs,
            [y],
            "TransposeConvOptions",
            Padding=0 if padding == "SAME" else 1,
            StrideH=strides[0],
            StrideW=strides[1],
        )

    return build


def dense(
    x: Shape,
    units: int,
    *,
    keep: bool = False,
    activation: str = "NONE",
    per_channel: bool = False,
    dtype: str = "int8",
    bias: str | None = "int32",
) -> Build:
    """FULLY_CONNECTED."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real, wide = dtype == "float32", dtype == "int16"
        depth = x[-1]
        first = (None, 0) if real else (0.001 if wide else 0.05, 0 if wide else 3)
        source = model.input(x, dtype, *first)
        scales = _scales(rng, units if per_channel else 1, 0.01)
        if real:
            w = model.constant(rng.normal(0, 1, (units, depth)).astype(np.float32))
        else:
            w = model.constant(_weights(rng, (units, depth)), scales)
        inputs = [source, w]
        if bias is not None:
            product = scales * np.float32(0.001 if wide else 0.05)
            values = rng.integers(-2000, 2000, units).astype(bias)
            inputs.append(model.constant(values, None if real else product))
        else:
            inputs.append(-1)
        shape = (*x[:-1], units) if keep else (int(np.prod(x)) // depth, units)
        y = add_output(model, shape, dtype, *(() if real else (0.002, 0) if wide else (0.13, 11)))
        model.operator(
            "FULLY_CONNECTED",
            inputs,
            [y],
            "FullyConnectedOptions",
            KeepNumDims=keep,
            FusedActivationFunction=_activation(activation),
        )

    return build


def pool(
    kind: str,
    image: Shape,
    out: Shape,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    padding: str = "VALID",
    activation: str = "NONE",
    dtype: str = "int8",
) -> Build:
    """AVERAGE_POOL_2D or MAX_POOL_2D."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        zero = {"int8": -20, "uint8": 108}.get(dtype, 0)
        quantization = () if dtype == "float32" else (0.05, zero)
        x = model.input(image, dtype, *quantization)
        y = add_output(model, out, dtype, *quantization)
        model.operator(
            kind,
            [x],
            [y],
            "Pool2DOptions",
            Padding=0 if padding == "SAME" else 1,
            StrideH=strides[0],
            StrideW=strides[1],
            FilterHeight=kernel[0],
            FilterWidth=kernel[1],
            FusedActivationFunction=_activation(activation),
        )

    return build


def binary(
    kind: str,
    a: Shape,
    b: Shape,
    dtype: str = "int8",
    scales: tuple[float, float, float] = (0.05, 0.08, 0.1),
    activation: str = "NONE",
    constant: bool = False,
) -> Build:
    """A sum, a difference, a product, …; the second operand may be a constant."""
    options = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"}

    def build(model: ModelBuilder, rng: Rng) -> None:
        real = dtype == "float32"
        zeros = (0, 0, 0) if dtype == "int16" or real else (-3, 12, -30)
        if dtype == "uint8":
            zeros = (125, 140, 98)
        if kind in ("MAXIMUM", "MINIMUM"):
            zeros = (4, 4, 4)
        quantization = [() if real else (s, z) for s, z in zip(scales, zeros, strict=True)]
        x = model.input(a, dtype, *quantization[0])
        if constant:
            values = rng.integers(-100, 100, b).astype(dtype)
            other = quantization[1]
            y = model.constant(values, *other[:1], zero_point=int(other[1]) if other else 0)
        else:
            y = model.input(b, dtype, *quantization[1])
        z = add_output(model, tuple(np.broadcast_shapes(a, b)), dtype, *quantization[2])
        name = options.get(kind)
        fields = {"FusedActivationFunction": _activation(activation)} if name else {}
        model.operator(kind, [x, y], [z], name or "MaximumMinimumOptions", **fields)

    return build


def unary(
    kind: str,
    dtype: str = "int8",
    source: tuple[float, int] = (0.05, -9),
    target: tuple[float, int] = (0.04, 5),
    shape: Shape = (2, 130),
    options: str | None = None,
    out: str | None = None,
    **fields: float,
) -> Build:
    """A function of one element."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        x = model.input(shape, dtype, *(() if dtype == "float32" else source))
        result = out or dtype
        y = add_output(model, shape, result, *(() if result == "float32" else target))
        model.operator(kind, [x], [y], options, **fields)

    return build


def reduction(kind: str, shape: Shape, axes: Sequence[int], keep: bool, dtype: str) -> Build:
    """A sum, mean or extreme over axes."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real, same = dtype == "float32", kind.startswith("REDUCE")
        zero = {"int8": -4, "uint8": 124}.get(dtype, 0)
        x = model.input(shape, dtype, *(() if real else (0.05, zero)))
        positive = [axis % len(shape) for axis in axes]
        out = tuple(
            1 if axis in positive else size
            for axis, size in enumerate(shape)
            if keep or axis not in positive
        )
        other = {"int8": 8, "uint8": 136}.get(dtype, 0)
        target = () if real else (0.05, zero) if same else (0.03, other)
        y = add_output(model, out, dtype, *target)
        indices = model.constant(np.array(axes, np.int32))
        model.operator(kind, [x, indices], [y], "ReducerOptions", KeepDims=keep)

    return build


def convolution_cases() -> Iterator[OperatorCase]:
    """Convolutions and dense layers."""
    image = (1, 7, 6, 4)
    yield OperatorCase("conv", convolution(image, (1, 7, 6, 5), (3, 3)))
    valid = convolution(
        image, (1, 3, 2, 5), (3, 3), padding="VALID", strides=(2, 2), activation="RELU"
    )
    yield OperatorCase("conv valid relu", valid)
    same = convolution(image, (1, 4, 2, 5), (3, 2), strides=(2, 3), activation="RELU6")
    yield OperatorCase("conv same strides", same)
    wide = convolution(image, (1, 7, 6, 3), (3, 3), dilations=(2, 2), activation="RELU_N1_TO_1")
    yield OperatorCase("conv dilated", wide)
    yield OperatorCase("conv groups", convolution(image, (1, 7, 6, 6), (3, 3), groups=2))
    yield OperatorCase(
        "conv one scale", convolution(image, (1, 7, 6, 5), (1, 1), per_channel=False)
    )
    yield OperatorCase("depthwise", convolution(image, (1, 7, 6, 4), (3, 3), depthwise=True))
    multiplied = convolution(image, (1, 4, 3, 8), (3, 3), depthwise=True, strides=(2, 2))
    yield OperatorCase("depthwise multiplier", multiplied)
    for bias in ("int64", "int32"):
        wide = convolution(image, (1, 7, 6, 5), (3, 3), dtype="int16", bias=bias)
        yield OperatorCase(f"conv int16 {bias}", wide)
    deep = convolution(image, (1, 7, 6, 4), (3, 3), dtype="int16", bias="int64", depthwise=True)
    yield OperatorCase("depthwise int16", deep)
    real = convolution(image, (1, 7, 6, 5), (3, 3), dtype="float32", bias="float32")
    yield OperatorCase("conv float", real)
    real = convolution(
        image,
        (1, 7, 6, 8),
        (3, 3),
        dtype="float32",
        bias="float32",
        depthwise=True,
        activation="RELU6",
    )
    yield OperatorCase("depthwise float", real)
    up = transposed((1, 3, 4, 3), (1, 6, 8, 4), (3, 3), (2, 2))
    yield OperatorCase("transposed", up)
    valid = transposed((1, 3, 4, 3), (1, 7, 10, 4), (3, 4), (2, 2), "VALID", bias=False)
    yield OperatorCase("transposed valid", valid)
    narrow = transposed((1, 3, 4, 3), (1, 9, 8, 4), (2, 1), (3, 2))
    yield OperatorCase("transposed narrow", narrow)
    yield OperatorCase("transposed one", transposed((1, 3, 4, 3), (1, 3, 4, 4), (3, 3), (1, 1)))
    real = transposed((1, 3, 4, 3), (1, 6, 8, 4), (3, 3), (2, 2), dtype="float32")
    yield OperatorCase("transposed float", real)
    yield OperatorCase("dense", dense((1, 40), 12))
    yield OperatorCase("dense relu", dense((2, 40), 12, activation="RELU"))
    yield OperatorCase("dense keep", dense((2, 3, 40), 12, keep=True, bias=None))
    yield OperatorCase("dense rows", dense((2, 3, 40), 12))
    yield OperatorCase("dense per channel", dense((1, 40), 12, per_channel=True))
    yield OperatorCase("dense int16", dense((1, 40), 12, dtype="int16", bias="int64"))
    yield OperatorCase("dense float", dense((2, 40), 12, dtype="float32", bias="float32"))


def pool_cases() -> Iterator[OperatorCase]:
    """Pools and reductions."""
    image = (1, 7, 6, 3)
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        for dtype in ("int8", "uint8", "int16", "float32"):
            yield OperatorCase(
                f"{kind} {dtype}", pool(kind, image, (1, 3, 2, 3), (3, 2), (2, 4), dtype=dtype)
            )
            same = pool(kind, image, (1, 4, 3, 3), (3, 3), (2, 2), "SAME", "RELU", dtype)
            yield OperatorCase(f"{kind} same {dtype}", same)
        whole = pool(kind, image, (1, 1, 1, 3), (7, 6), (1, 1))
        yield OperatorCase(f"{kind} whole", whole)
    for dtype in ("int8", "int16", "float32"):
        for kind in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"):
            # The reference kernel of quantized sums leaves its output as it was (version 2.3).
            wrong = kind == "SUM" and dtype != "float32"
            kernels = "BUILTIN_WITHOUT_DEFAULT_DELEGATES" if wrong else "BUILTIN_REF"
            for axes, keep in (((1, 2), True), ((-1, 1), False)):
                build = reduction(kind, image, axes, keep, dtype)
                yield OperatorCase(f"{kind} {dtype} {axes}", build, kernels)
    yield OperatorCase("MEAN uint8", reduction("MEAN", (2, 5, 3), (1,), False, "uint8"))


def binary_cases() -> Iterator[OperatorCase]:
    """Operators on two tensors."""
    shape = (1, 4, 5, 3)
    for kind in ("ADD", "SUB"):
        yield OperatorCase(f"{kind}", binary(kind, shape, shape))
        yield OperatorCase(f"{kind} relu", binary(kind, shape, shape, activation="RELU"))
        other = binary(kind, shape, (3,), scales=(0.2, 0.01, 0.11), constant=True)
        yield OperatorCase(f"{kind} constant", other)
        yield OperatorCase(f"{kind} broadcast", binary(kind, (1, 4, 1, 3), (1, 1, 5, 1)))
        yield OperatorCase(f"{kind} uint8", binary(kind, shape, shape, "uint8"))
        yield OperatorCase(f"{kind} int16", binary(kind, shape, shape, "int16"))
        same = binary(kind, shape, shape, scales=(0.05, 0.05, 0.05))
        yield OperatorCase(f"{kind} same scales", same)
        yield OperatorCase(
            f"{kind} float", binary(kind, shape, (3,), "float32", activation="RELU6")
        )
    for dtype in ("int8", "uint8", "int16"):
        scales = (0.05, 0.08, 0.1) if dtype != "int16" else (0.01, 0.01, 1.3)
        yield OperatorCase(f"MUL {dtype}", binary("MUL", shape, shape, dtype, scales))
    yield OperatorCase("MUL gate", binary("MUL", shape, (1, 1, 1, 3), activation="RELU"))
    yield OperatorCase("MUL constant", binary("MUL", shape, (3,), constant=True))
    yield OperatorCase("MUL float", binary("MUL", shape, (3,), "float32"))
    yield OperatorCase("DIV float", binary("DIV", shape, (1, 1, 1, 3), "float32"))
    for kind in ("MAXIMUM", "MINIMUM"):
        equal = (0.05, 0.05, 0.05)
        yield OperatorCase(kind, binary(kind, shape, shape, scales=equal))
        yield OperatorCase(f"{kind} float", binary(kind, shape, shape, "float32"))


def unary_cases() -> Iterator[OperatorCase]:
    """Functions of one element, softmax, conversions."""
    third = (1 / 256, -128)
    for dtype in ("int8", "uint8"):
        low = -128 if dtype == "int8" else 0
        source, target = (0.05, low + 119), (0.04, low + 133)
        for kind in ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "HARD_SWISH"):
            yield OperatorCase(f"{kind} {dtype}", unary(kind, dtype, source, target))
        yield OperatorCase(f"LOGISTIC {dtype}", unary("LOGISTIC", dtype, source, (1 / 256, low)))
        if dtype == "int8":  # TFLite has no others
            elu = unary("ELU", dtype, source, target)
            yield OperatorCase("ELU int8", elu, "BUILTIN_WITHOUT_DEFAULT_DELEGATES")
            yield OperatorCase("EXP int8", unary("EXP", dtype, source, (0.9, low)))
        tanh = unary("TANH", dtype, source, (1 / 128, low + 128))
        yield OperatorCase(f"TANH {dtype}", tanh)
        for alpha in (0.1, -0.3, 1.5):
            leaky = unary(
                "LEAKY_RELU", dtype, source, target, options="LeakyReluOptions", Alpha=alpha
            )
            yield OperatorCase(f"LEAKY_RELU {alpha} {dtype}", leaky)
        soft = unary(
            "SOFTMAX", dtype, (0.1, low), (1 / 256, low), (3, 50), "SoftmaxOptions", Beta=1.0
        )
        yield OperatorCase(f"SOFTMAX {dtype}", soft)
        other = "uint8" if dtype == "int8" else "int8"
        cast = unary("QUANTIZE", dtype, (0.5, low), (0.5, -128 - low), out=other)
        yield OperatorCase(f"QUANTIZE {dtype} to {other}", cast)
        yield OperatorCase(f"QUANTIZE {dtype}", unary("QUANTIZE", dtype, source, target))
        real = unary("DEQUANTIZE", dtype, source, out="float32")
        yield OperatorCase(f"DEQUANTIZE {dtype}", real)
        into = unary("QUANTIZE", "float32", target=target, out=dtype)
        yield OperatorCase(f"QUANTIZE to {dtype}", into)
    for beta in (0.3, 4.0):
        soft = unary("SOFTMAX", "int8", (0.5, 3), third, (2, 3, 20), "SoftmaxOptions", Beta=beta)
        yield OperatorCase(f"SOFTMAX beta {beta}", soft)
    yield OperatorCase("HARD_SWISH coarse", unary("HARD_SWISH", "int8", (0.3, 10), (0.3, -100)))
    yield OperatorCase("RELU int16", unary("RELU", "int16", (0.01, 0), (0.02, 0)))
    functions = ("RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH", "EXP", "FLOOR", "CEIL", "NEG")
    for kind in functions:
        # TFLite has no reference kernel for CEIL.
        kernels = "BUILTIN_WITHOUT_DEFAULT_DELEGATES" if kind == "CEIL" else "BUILTIN_REF"
        yield OperatorCase(f"{kind} float", unary(kind, "float32"), kernels)
    for kind in ("LOG", "SQRT"):
        yield OperatorCase(f"{kind} float", _positive(kind))
    yield OperatorCase("PRELU float", _prelu)
    yield OperatorCase("PRELU int8", _quantized_prelu)
    yield OperatorCase("CAST", unary("CAST", "float32", target=(1.0, 0), out="int32"))
    soft = unary("SOFTMAX", "float32", options="SoftmaxOptions", Beta=1.0)
    yield OperatorCase("SOFTMAX float", soft)
    leaky = unary("LEAKY_RELU", "float32", options="LeakyReluOptions", Alpha=0.2)
    yield OperatorCase("LEAKY_RELU float", leaky)


def _positive(kind: str) -> Build:
    """A function of numbers above zero: of exponentials."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        x = model.input((2, 30), "float32")
        positive = model.tensor((2, 30), "float32")
        model.operator("EXP", [x], [positive], "ExpOptions")
        model.operator(kind, [positive], [add_output(model, (2, 30), "float32")])

    return build


def _prelu(model: ModelBuilder, rng: Rng) -> None:
    x = model.input((1, 4, 5, 3), "float32")
    slopes = model.constant(rng.normal(0, 1, (1, 1, 3)).astype(np.float32))
    model.operator("PRELU", [x, slopes], [add_output(model, (1, 4, 5, 3), "float32")])


def _quantized_prelu(model: ModelBuilder, rng: Rng) -> None:
    x = model.input((1, 4, 50, 3), "int8", 0.05, -9)
    slopes = model.constant(rng.integers(-128, 128, (1, 1, 3)).astype(np.int8), 0.01, zero_point=7)
    model.operator("PRELU", [x, slopes], [add_output(model, (1, 4, 50, 3), "int8", 0.04, 5)])


def all_cases() -> list[OperatorCase]:
    """Every case of this file."""
    groups = (convolution_cases, pool_cases, binary_cases, unary_cases)
    return [case for group in groups for case in group()]
