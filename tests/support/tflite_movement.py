"""TFLite operators that move elements, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from tflite_cases import OperatorCase, Rng, Shape, add_output
from tflite_models import Array, Build, ModelBuilder


def movement(
    kind: str,
    shape: Shape,
    outs: Sequence[Shape],
    constants: Sequence[Array] = (),
    options: str | None = None,
    dtype: str = "int8",
    first: bool = True,
    count: int = 1,
    **fields: int | list[int],
) -> Build:
    """What moves elements: `constants` come behind the inputs, or before them if not `first`."""

    def build(model: ModelBuilder, rng: Rng) -> None:
        quantization = () if dtype in ("float32", "int32") else (0.5, 3)
        inputs = [model.input(shape, dtype, *quantization) for _ in range(count)]
        known = [model.constant(array) for array in constants]
        results = [add_output(model, out, dtype, *quantization) for out in outs]
        operands = [*inputs, *known] if first else [*known, *inputs]
        model.operator(kind, operands, results, options, **fields)

    return build


def ints(*values: int) -> Array:
    """A constant of indices."""
    return np.array(values, np.int32)


def _plain_cases(dtype: str) -> dict[str, Build]:
    """Shapes, slices and parts of tensors."""
    x = (2, 3, 4)
    return {
        "RESHAPE": movement("RESHAPE", x, [(4, 6)], [ints(-1, 6)], dtype=dtype),
        "RESHAPE option": movement(
            "RESHAPE", x, [(6, 4)], options="ReshapeOptions", dtype=dtype, NewShape=[6, 4]
        ),
        "SQUEEZE": movement(
            "SQUEEZE", (1, 3, 1, 2), [(3, 1, 2)], options="SqueezeOptions", dtype=dtype,
            SqueezeDims=[0],
        ),
        "EXPAND_DIMS": movement("EXPAND_DIMS", x, [(2, 3, 1, 4)], [ints(2)], dtype=dtype),
        "TRANSPOSE": movement("TRANSPOSE", x, [(4, 2, 3)], [ints(2, 0, 1)], dtype=dtype),
        "CONCATENATION": movement(
            "CONCATENATION", x, [(2, 9, 4)], options="ConcatenationOptions", dtype=dtype,
            count=3, Axis=-2,
        ),
        "PAD": movement(
            "PAD", x, [(3, 3, 7)], [ints(1, 0, 0, 0, 1, 2).reshape(3, 2)], dtype=dtype,
        ),
        "MIRROR_PAD": movement(
            "MIRROR_PAD", x, [(2, 5, 5)], [ints(0, 0, 1, 1, 0, 1).reshape(3, 2)],
            "MirrorPadOptions", dtype, Mode=0,
        ),
        "SLICE": movement(
            "SLICE", x, [(1, 2, 3)], [ints(1, 1, 0), ints(1, -1, 3)], dtype=dtype,
        ),
        "STRIDED_SLICE": movement(
            "STRIDED_SLICE", x, [(2, 2)], [ints(0, 1, 3), ints(2, 2, 0), ints(1, 1, -2)],
            "StridedSliceOptions", dtype, BeginMask=1, EndMask=5, ShrinkAxisMask=2,
        ),
        "SPLIT": movement(
            "SPLIT", x, [(2, 3, 2), (2, 3, 2)], [ints(2).reshape(())], "SplitOptions", dtype,
            first=False, NumSplits=2,
        ),
        "SPLIT_V": movement(
            "SPLIT_V", x, [(2, 1, 4), (2, 2, 4)], [ints(1, -1), ints(1).reshape(())],
            "SplitVOptions", dtype, NumSplits=2,
        ),
        "PACK": movement(
            "PACK", x, [(2, 2, 3, 4)], options="PackOptions", dtype=dtype, count=2, Axis=1,
            ValuesCount=2,
        ),
        "UNPACK": movement(
            "UNPACK", x, [(2, 4)] * 3, options="UnpackOptions", dtype=dtype, Axis=1, Num=3,
        ),
    }  # fmt: skip


def _image_cases(dtype: str) -> dict[str, Build]:
    """Pixels and their channels; repetitions."""
    x, image = (2, 3, 4), (1, 2, 4, 8)
    return {
        "RESIZE_NEAREST_NEIGHBOR": movement(
            "RESIZE_NEAREST_NEIGHBOR", image, [(1, 4, 12, 8)], [ints(4, 12)],
            "ResizeNearestNeighborOptions", dtype,
        ),
        "RESIZE_NEAREST_NEIGHBOR half": movement(
            "RESIZE_NEAREST_NEIGHBOR", image, [(1, 3, 7, 8)], [ints(3, 7)],
            "ResizeNearestNeighborOptions", dtype, HalfPixelCenters=1,
        ),
        "RESIZE_NEAREST_NEIGHBOR align": movement(
            "RESIZE_NEAREST_NEIGHBOR", image, [(1, 5, 3, 8)], [ints(5, 3)],
            "ResizeNearestNeighborOptions", dtype, AlignCorners=1,
        ),
        "GATHER": movement(
            "GATHER", x, [(2, 2, 2, 4)], [ints(2, 0, 1, 1).reshape(2, 2)], "GatherOptions",
            dtype, Axis=1,
        ),
        "DEPTH_TO_SPACE": movement(
            "DEPTH_TO_SPACE", image, [(1, 4, 8, 2)], options="DepthToSpaceOptions",
            dtype=dtype, BlockSize=2,
        ),
        "SPACE_TO_DEPTH": movement(
            "SPACE_TO_DEPTH", image, [(1, 1, 2, 32)], options="SpaceToDepthOptions",
            dtype=dtype, BlockSize=2,
        ),
        "REVERSE_V2": movement("REVERSE_V2", x, [x], [ints(2, 1)], dtype=dtype),
        "TILE": movement("TILE", x, [(4, 3, 12)], [ints(2, 1, 3)], dtype=dtype),
    }  # fmt: skip


def movement_cases() -> Iterator[OperatorCase]:
    """Every case of this file."""
    for dtype in ("int8", "float32"):
        for name, build in {**_plain_cases(dtype), **_image_cases(dtype)}.items():
            yield OperatorCase(f"{name} {dtype}", build)
    for kind in ("ARG_MAX", "ARG_MIN"):
        for dtype in ("int8", "float32"):
            yield OperatorCase(f"{kind} {dtype}", _arg_extreme(kind, dtype))
    yield OperatorCase("PADV2", _padv2)
    yield OperatorCase("SHAPE", _shape_chain)


def _arg_extreme(kind: str, dtype: str) -> Build:
    def build(model: ModelBuilder, rng: Rng) -> None:
        x = model.input((2, 5, 30), dtype, *(() if dtype == "float32" else (0.5, 3)))
        axis = model.constant(ints(-1).reshape(()))
        options = {"ARG_MAX": "ArgMaxOptions", "ARG_MIN": "ArgMinOptions"}[kind]
        model.operator(kind, [x, axis], [add_output(model, (2, 5), "int32")], options, OutputType=2)

    return build


def _padv2(model: ModelBuilder, rng: Rng) -> None:
    x = model.input((2, 3), "float32")
    amounts, fill = model.constant(ints(1, 0, 0, 2).reshape(2, 2)), np.array(0.5, np.float32)
    y = add_output(model, (3, 5), "float32")
    model.operator("PADV2", [x, amounts, model.constant(fill)], [y])


def _shape_chain(model: ModelBuilder, rng: Rng) -> None:
    """A Keras Flatten: the batch is taken from the input's shape."""
    x = model.input((1, 3, 4), "int8", 0.5, 3, signature=(-1, 3, 4))
    dimensions = model.tensor((3,), "int32")
    model.operator("SHAPE", [x], [dimensions], "ShapeOptions", OutType=2)
    batch = model.tensor((), "int32")
    limits = [model.constant(ints(n)) for n in (0, 1, 1)]
    model.operator(
        "STRIDED_SLICE", [dimensions, *limits], [batch], "StridedSliceOptions", ShrinkAxisMask=1
    )
    rest = model.constant(ints(12).reshape(()))
    joined = model.tensor((2,), "int32")
    model.operator("PACK", [batch, rest], [joined], "PackOptions", ValuesCount=2, Axis=0)
    model.operator("RESHAPE", [x, joined], [add_output(model, (1, 12), "int8", 0.5, 3)])
