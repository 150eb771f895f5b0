"""More TFLite operators, one at a time: resizing, blocks, comparisons, functions, products."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from tflite_cases import OperatorCase, Rng, Shape, add_output, binary, unary
from tflite_models import Array, Build, ModelBuilder
from tflite_movement import ints, movement

FAST = "BUILTIN_WITHOUT_DEFAULT_DELEGATES"


def _resized(image: Shape, size: tuple[int, int], dtype: str, how: str = "") -> Build:
    out = (image[0], *size, image[3])
    return movement(
        "RESIZE_BILINEAR",
        image,
        [out],
        [ints(*size)],
        "ResizeBilinearOptions",
        dtype,
        HalfPixelCenters=int(how == "half"),
        AlignCorners=int(how == "align"),
    )


def resize_cases() -> Iterator[OperatorCase]:
    """Images twice as large, smaller, by odd factors; corners aligned and not."""
    for dtype in ("int8", "float32"):
        for name in ("", "half", "align"):
            for size in ((6, 10), (2, 7), (3, 5), (1, 1)):
                build = _resized((2, 3, 5, 4), size, dtype, name)
                yield OperatorCase(f"RESIZE_BILINEAR {dtype} {name} {size}", build)


def product(
    a: Shape, b: Shape, dtype: str = "int8", constant: bool = False, **fields: int
) -> Build:
    """BATCH_MATMUL."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real = dtype == "float32"
        first, second, third = ((), (), ()) if real else ((0.05, 3), (0.04, -9), (0.13, 11))
        x = model.input(a, dtype, *first)
        if constant:
            y = model.constant(rng.integers(-127, 128, b).astype(np.int8), 0.04, zero_point=-9)
        else:
            y = model.input(b, dtype, *second)
        left = (*a[:-2], a[-1], a[-2]) if fields.get("AdjX") else a
        right = (*b[:-2], b[-1], b[-2]) if fields.get("AdjY") else b
        out = (*np.broadcast_shapes(a[:-2], b[:-2]), left[-2], right[-1])
        z = add_output(model, tuple(map(int, out)), dtype, *third)
        model.operator("BATCH_MATMUL", [x, y], [z], "BatchMatMulOptions", **fields)

    return build


def product_cases() -> Iterator[OperatorCase]:
    """Matrix products of two tensors."""
    for dtype in ("int8", "float32"):
        yield OperatorCase(f"BATCH_MATMUL {dtype}", product((2, 3, 7), (2, 7, 5), dtype))
        both = product((1, 2, 7, 3), (1, 2, 5, 7), dtype, AdjX=1, AdjY=1)
        yield OperatorCase(f"BATCH_MATMUL adjoint {dtype}", both)
        yield OperatorCase(f"BATCH_MATMUL wide {dtype}", product((4, 3, 7), (1, 7, 2), dtype))
    yield OperatorCase("BATCH_MATMUL constant", product((3, 7), (7, 5), constant=True))


def block_cases() -> Iterator[OperatorCase]:
    """Dilated convolutions as older converters write them."""
    for dtype in ("int8", "float32"):
        pads = ints(1, 2, 0, 2).reshape(2, 2)
        apart = movement(
            "SPACE_TO_BATCH_ND", (2, 3, 4, 5), [(12, 2, 3, 5)], [ints(3, 2), pads], dtype=dtype
        )
        yield OperatorCase(f"SPACE_TO_BATCH_ND {dtype}", apart)
        crops = ints(1, 0, 0, 2).reshape(2, 2)
        together = movement(
            "BATCH_TO_SPACE_ND", (12, 2, 3, 5), [(2, 5, 4, 5)], [ints(3, 2), crops], dtype=dtype
        )
        yield OperatorCase(f"BATCH_TO_SPACE_ND {dtype}", together)
        wide = movement("BROADCAST_TO", (3, 1), [(2, 3, 4)], [ints(2, 3, 4)], dtype=dtype)
        yield OperatorCase(f"BROADCAST_TO {dtype}", wide)


def _chosen(kind: str, dtype: str) -> Build:
    """SELECT by a comparison of its operands."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        quantization = () if dtype == "float32" else (0.05, 3)
        a, b = (model.input((2, 30), dtype, *quantization) for _ in range(2))
        condition = model.tensor((2, 30), "bool")
        model.operator("GREATER", [a, b], [condition], "GreaterOptions")
        out = add_output(model, (2, 30), dtype, *quantization)
        model.operator(kind, [condition, a, b], [out])

    return build


def _truths(kind: str) -> Build:
    """Truth values combined."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        x = [model.input((40,), "float32") for _ in range(3)]
        truths = [model.tensor((40,), "bool") for _ in range(2)]
        for index, truth in enumerate(truths):
            model.operator("LESS", [x[index], x[index + 1]], [truth], "LessOptions")
        operands = truths[:1] if kind == "LOGICAL_NOT" else truths
        model.operator(kind, operands, [add_output(model, (40,), "bool")])

    return build


def logic_cases() -> Iterator[OperatorCase]:
    """Comparisons of every type, selection, truth values."""
    kinds = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    for kind in kinds:
        for dtype in ("int8", "uint8", "float32", "int32"):
            yield OperatorCase(f"{kind} {dtype}", _compared(kind, dtype))
    for kind in ("SELECT", "SELECT_V2"):
        for dtype in ("int8", "float32"):
            yield OperatorCase(f"{kind} {dtype}", _chosen(kind, dtype))
    for kind in ("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"):
        yield OperatorCase(kind, _truths(kind))


def _compared(kind: str, dtype: str) -> Build:
    def build(model: ModelBuilder, rng: Rng) -> None:
        plain = dtype in ("float32", "int32")
        low = 128 if dtype == "uint8" else 0
        x = model.input((2, 400), dtype, *(() if plain else (0.05, low + 3)))
        y = model.input((2, 400), dtype, *(() if plain else (0.1, low - 5)))
        model.operator(kind, [x, y], [add_output(model, (2, 400), "bool")])

    return build


def _of_positive(kind: str, dtype: str) -> Build:
    """A function of what is not negative: of magnitudes."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        real = dtype == "float32"
        x = model.input((2, 130), dtype, *(() if real else (0.05, 3)))
        positive = model.tensor((2, 130), dtype, *((None, 0) if real else (0.027, -128)))
        model.operator("ABS", [x], [positive], "AbsOptions")
        out = add_output(model, (2, 130), dtype, *(() if real else (0.03, -100)))
        model.operator(kind, [positive], [out])

    return build


def function_cases() -> Iterator[OperatorCase]:
    """Functions of one element and of two."""
    for dtype in ("int8", "float32"):
        yield OperatorCase(f"ABS {dtype}", unary("ABS", dtype, options="AbsOptions"))
        for kind in ("SQRT", "RSQRT"):
            yield OperatorCase(f"{kind} {dtype}", _of_positive(kind, dtype))
        for near in (0, 1):
            build = unary("GELU", dtype, options="GeluOptions", Approximate=near)
            yield OperatorCase(f"GELU {near} {dtype}", build)
        squared = binary("SQUARED_DIFFERENCE", (2, 3, 40), (1, 3, 1), dtype, (0.05, 0.02, 0.3))
        yield OperatorCase(f"SQUARED_DIFFERENCE {dtype}", squared)
    yield OperatorCase("ABS same", unary("ABS", "int8", (0.05, -9), (0.05, -128)))
    yield OperatorCase("LOG int8", unary("LOG", "int8", (0.05, -90), (0.04, 20)))
    for kind in ("SQUARE", "SIN", "COS", "ROUND"):
        # TFLite has no reference kernel for ROUND.
        kernels = FAST if kind == "ROUND" else "BUILTIN_REF"
        yield OperatorCase(f"{kind} float", unary(kind, "float32"), kernels)
    yield OperatorCase("FLOOR_DIV float", binary("FLOOR_DIV", (2, 9), (1, 9), "float32"))
    yield OperatorCase("POW float", _power)
    yield OperatorCase("ADD_N float", _sum_of_three)
    yield OperatorCase("FILL", _filled)


def _power(model: ModelBuilder, rng: Rng) -> None:
    x = model.input((2, 30), "float32")
    positive = model.tensor((2, 30), "float32")
    model.operator("EXP", [x], [positive], "ExpOptions")
    exponent: Array = np.array(0.7, np.float32)
    out = add_output(model, (2, 30), "float32")
    model.operator("POW", [positive, model.constant(exponent)], [out], "PowOptions")


def _sum_of_three(model: ModelBuilder, rng: Rng) -> None:
    x = [model.input((2, 30), "float32") for _ in range(3)]
    model.operator("ADD_N", x, [add_output(model, (2, 30), "float32")], "AddNOptions")


def _filled(model: ModelBuilder, rng: Rng) -> None:
    """A constant of the input's shape, and zeros of it, added to it."""
    x = model.input((2, 3), "float32")
    dimensions = model.tensor((2,), "int32")
    model.operator("SHAPE", [x], [dimensions], "ShapeOptions", OutType=2)
    full, zeros, total = (model.tensor((2, 3), "float32") for _ in range(3))
    half = model.constant(np.array(0.5, np.float32))
    model.operator("FILL", [dimensions, half], [full], "FillOptions")
    model.operator("ZEROS_LIKE", [x], [zeros], "ZerosLikeOptions")
    model.operator("ADD", [full, zeros], [total], "AddOptions")
    model.operator("ADD", [x, total], [add_output(model, (2, 3), "float32")], "AddOptions")


def more_cases() -> list[OperatorCase]:
    """Every case of this file."""
    groups = (resize_cases, product_cases, block_cases, logic_cases, function_cases)
    return [case for group in groups for case in group()]
