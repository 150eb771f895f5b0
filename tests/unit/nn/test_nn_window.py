"""Convolutions and pools against onnxruntime and against sums of exact numbers."""

from typing import Any

import numpy as np
import pytest
from nn_ops import (
    Array,
    as_exact,
    exact_conv2d,
    fractions,
    random_integers,
    rounded,
    run,
    taps,
    value_like,
)
from onnx import helper
from onnx_reference import make_model, run_onnxruntime
from xdsl.dialects.builtin import TensorType, i8, i16, i32, i64

from nnopt.dialects import fxp, nn
from nnopt.dialects.fxp import AffineType, FixedType

SEEDS = range(12)


def random_window(rng: np.random.Generator) -> dict[str, Any]:
    """Return a window of 1 to 3 taps in each direction, of any strides, dilations and pads."""
    kernel = tuple(int(k) for k in rng.integers(1, 4, 2))
    return {
        "kernel": kernel,
        "strides": tuple(int(s) for s in rng.integers(1, 4, 2)),
        "dilations": tuple(int(d) for d in rng.integers(1, 3, 2)),
        "pads": tuple(int(p) for p in rng.integers(0, 3, 4)),
    }


def random_conv(
    rng: np.random.Generator,
) -> tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]]:
    """Return attributes, the shape of the input and of the weights."""
    window = random_window(rng)
    groups, per_group, filters = (int(v) for v in rng.integers(1, 4, 3))
    kernel = window.pop("kernel")
    height, width = (int(v) for v in rng.integers(5, 9, 2))
    window["groups"] = groups
    return (
        window,
        (2, height, width, groups * per_group),
        (groups * filters, *kernel, per_group),
    )


def channels_first(image: Array) -> Array:
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2))


def onnx_window(operator: str, inputs: dict[str, Array], **attributes: Any) -> Array:
    """Return what onnxruntime computes, channels last."""
    node = helper.make_node(operator, list(inputs), ["y"], **attributes)
    return run_onnxruntime(make_model([node], inputs), inputs)["y"].transpose(0, 2, 3, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_f32(seed: int):
    rng = np.random.default_rng(seed)
    attributes, image, filters = random_conv(rng)
    x, w = (rng.standard_normal(s).astype(np.float32) for s in (image, filters))
    b = rng.standard_normal(filters[0]).astype(np.float32)
    op = nn.Conv2dOp(value_like(x), value_like(w), value_like(b), **attributes)
    expected = onnx_window(
        "Conv",
        {"x": channels_first(x), "w": channels_first(w), "b": b},
        strides=attributes["strides"],
        pads=attributes["pads"],
        dilations=attributes["dilations"],
        group=attributes["groups"],
    )
    np.testing.assert_allclose(run(op, x, w, b), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("multiplier", [1, 2])
def test_depthwise_f32(multiplier: int):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((1, 6, 7, 4)).astype(np.float32)
    w = rng.standard_normal((4 * multiplier, 3, 2, 1)).astype(np.float32)
    b = rng.standard_normal(4 * multiplier).astype(np.float32)
    op = nn.Conv2dOp(value_like(x), value_like(w), value_like(b), groups=4, pads=(0, 1, 1, 0))
    inputs = {"x": channels_first(x), "w": channels_first(w), "b": b}
    expected = onnx_window("Conv", inputs, group=4, pads=(0, 1, 1, 0))
    np.testing.assert_allclose(run(op, x, w, b), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("input", "weight", "bias"),
    [
        (np.int8, np.int8, np.int32),
        (np.uint8, np.int8, np.int32),
        (np.uint8, np.uint8, np.int64),
        (np.int16, np.int8, np.int64),
        (np.int16, np.int16, np.int64),
    ],
)
def test_conv2d_integers(seed: int, input: Any, weight: Any, bias: Any):
    rng = np.random.default_rng(seed)
    attributes, image, filters = random_conv(rng)
    x, w = random_integers(rng, image, input), random_integers(rng, filters, weight)
    b = rng.integers(-(2**20), 2**20, filters[0]).astype(bias)
    zeros = [int(rng.integers(np.iinfo(t).min, np.iinfo(t).max)) for t in (input, weight)]
    op = nn.Conv2dOp(
        value_like(x),
        value_like(w),
        value_like(b),
        **attributes,
        input_zero_point=zeros[0],
        weight_zero_point=zeros[1],
    )
    expected = exact_conv2d(op, as_exact(x, zeros[0]), as_exact(w, zeros[1]), as_exact(b))
    assert np.array_equal(run(op, x, w, b), expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("encoding", ["per channel", "per tensor", "other bias", "fixed"])
def test_conv2d_fxp(seed: int, encoding: str):
    rng = np.random.default_rng(seed)
    attributes, image, filters = random_conv(rng)
    x, w = random_integers(rng, image, np.int8), random_integers(rng, filters, np.int8)
    b = rng.integers(-20000, 20000, filters[0], dtype=np.int32)
    scales = rng.uniform(0.01, 0.02, filters[0])
    types: dict[str, tuple[fxp.FxpType, fxp.FxpType, fxp.FxpType]] = {
        "per channel": (
            AffineType.per_tensor(i8, 0.05, 7),
            AffineType.per_axis(i8, 0, scales),
            AffineType.per_axis(i32, 0, 0.05 * scales),
        ),
        "per tensor": (
            AffineType.per_tensor(i8, 0.5, -128),
            AffineType.per_tensor(i8, 0.25, 3),
            AffineType.per_tensor(i32, 0.125),
        ),
        "other bias": (
            AffineType.per_tensor(i8, 0.05, 7),
            AffineType.per_axis(i8, 0, scales, [int(z) for z in rng.integers(-9, 9, filters[0])]),
            AffineType.per_tensor(i32, 0.003),
        ),
        "fixed": (FixedType.get(i8, 5), FixedType.get(i8, 6), FixedType.get(i32, 9)),
    }
    tx, tw, tb = types[encoding]
    ty = AffineType.per_tensor(i8, 0.5, -3)
    op = nn.Conv2dOp(
        value_like(x, tx),
        value_like(w, tw),
        value_like(b, tb),
        **attributes,
        act_min=-20.0,
        act_max=24.5,
        result_type=TensorType(
            ty,
            nn.Conv2dOp(
                value_like(x), value_like(w), value_like(b), **attributes
            ).result.type.get_shape(),
        ),
    )
    exact = exact_conv2d(op, fractions(tx, x), fractions(tw, w), fractions(tb, b))
    assert np.array_equal(run(op, x, w, b), rounded(ty, exact, -20.0, 24.5))


def test_conv2d_fxp_ties_are_ties():
    # -15 products in steps of 2: -7.5, to even -8; summed as reals it is -7.499999999999999
    numbers = [-6, -8, 7, -9, 1]
    tx, tw = AffineType.per_tensor(i8, 0.04), AffineType.per_tensor(i8, 0.73)
    tb, ty = (AffineType.per_tensor(t, s * 0.04 * 0.73) for t, s in ((i32, 1), (i8, 2)))
    x = np.array(numbers, np.int8).reshape(1, 1, 5, 1)
    w, b = np.ones_like(x), np.zeros(1, np.int32)
    values = value_like(x, tx), value_like(w, tw), value_like(b, tb)
    op = nn.Conv2dOp(*values, result_type=TensorType(ty, (1, 1, 1, 1)))
    assert run(op, x, w, b).item() == -8


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.uint8])
def test_max_pool2d(seed: int, dtype: Any):
    rng = np.random.default_rng(seed)
    window = random_window(rng)
    window["pads"] = tuple(
        min(p, window["kernel"][i % 2] - 1) for i, p in enumerate(window["pads"])
    )
    x = rng.standard_normal((2, 8, 7, 3)).astype(np.float32)
    x = x if dtype == np.float32 else random_integers(rng, x.shape, dtype)
    op = nn.MaxPool2dOp(value_like(x), **window)
    expected = onnx_window(
        "MaxPool",
        {"x": channels_first(x)},
        kernel_shape=window["kernel"],
        strides=window["strides"],
        pads=window["pads"],
        dilations=window["dilations"],
    )
    assert np.array_equal(run(op, x), expected)


def test_max_pool2d_of_padding_alone():
    x = np.zeros((1, 1, 1, 1), np.float32)
    op = nn.MaxPool2dOp(value_like(x), kernel=(1, 1), pads=(0, 1, 0, 0))
    assert run(op, x).reshape(-1).tolist() == [-np.inf, 0.0]


def test_max_pool2d_recodes():
    x = random_integers(np.random.default_rng(0), (1, 4, 4, 2), np.int8)
    source, target = AffineType.per_tensor(i8, 0.5, 3), AffineType.per_tensor(i8, 0.75, -1)
    op = nn.MaxPool2dOp(
        value_like(x, source), kernel=(2, 2), result_type=TensorType(target, (1, 3, 3, 2))
    )
    plain = run(nn.MaxPool2dOp(value_like(x), kernel=(2, 2)), x)
    assert np.array_equal(run(op, x), rounded(target, fractions(source, plain)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("include", [False, True])
def test_avg_pool2d_f32(seed: int, include: bool):
    rng = np.random.default_rng(seed)
    window = random_window(rng)
    del window["dilations"]
    window["pads"] = tuple(
        min(p, window["kernel"][i % 2] - 1) for i, p in enumerate(window["pads"])
    )
    x = rng.standard_normal((2, 8, 7, 3)).astype(np.float32)
    op = nn.AvgPool2dOp(value_like(x), **window, count_include_pad=include)
    expected = onnx_window(
        "AveragePool",
        {"x": channels_first(x)},
        kernel_shape=window["kernel"],
        strides=window["strides"],
        pads=window["pads"],
        count_include_pad=int(include),
    )
    np.testing.assert_allclose(run(op, x), expected, rtol=1e-5, atol=1e-6)


def test_avg_pool2d_f32_sums_in_order():
    x = np.random.default_rng(1).standard_normal((1, 9, 9, 1)).astype(np.float32)
    op = nn.AvgPool2dOp(value_like(x), kernel=(9, 9), act_max=0.0)
    total = np.float32(0)
    for number in x.reshape(-1):
        total = np.float32(total + number)
    expected = np.minimum(total / np.float32(81), np.float32(0))
    assert run(op, x).item() == expected.item()


@pytest.mark.parametrize("seed", SEEDS)
def test_avg_pool2d_integers_and_fxp(seed: int):
    rng = np.random.default_rng(seed)
    window = random_window(rng)
    del window["dilations"]
    window["pads"] = tuple(
        min(p, window["kernel"][i % 2] - 1) for i, p in enumerate(window["pads"])
    )
    x = random_integers(rng, (1, 6, 5, 2), np.uint8)
    plain = nn.AvgPool2dOp(value_like(x), **window, input_zero_point=9)
    total = run(plain, x)
    source = AffineType.per_tensor(fxp.ui8, 0.1, 9)
    target = AffineType.per_tensor(i8, 0.07, -40)
    result_type = TensorType(target, total.shape)
    mean = nn.AvgPool2dOp(value_like(x, source), **window, act_max=15.5, result_type=result_type)
    means = np.empty(total.shape, object)
    exact = fractions(source, x)
    for n, i, j, c in np.ndindex(*total.shape):
        places = [(h, w) for _, _, h, w in taps(x.shape, plain, i, j)]
        assert total[n, i, j, c] == sum(int(x[n, h, w, c]) - 9 for h, w in places)
        means[n, i, j, c] = sum(exact[n, h, w, c] for h, w in places) / len(places)
    assert total.dtype == np.int32
    assert np.array_equal(run(mean, x), rounded(target, means, None, 15.5))


def test_result_types_are_inferred():
    x, w = np.zeros((1, 4, 4, 2), np.int16), np.zeros((3, 2, 2, 2), np.int8)
    b = np.zeros(3, np.int64)
    op = nn.Conv2dOp(value_like(x), value_like(w), value_like(b), strides=(2, 1))
    assert op.result.type == TensorType(i64, (1, 2, 3, 3))
    assert nn.AvgPool2dOp(value_like(x), kernel=(4, 4)).result.type == TensorType(i32, (1, 1, 1, 2))
    assert nn.MaxPool2dOp(value_like(x), kernel=(4, 3)).result.type == TensorType(i16, (1, 1, 2, 2))
