"""Reductions, softmax and batch normalization against onnxruntime and exact numbers."""

import math
from typing import Any, Literal, cast

import numpy as np
import pytest
from nn_ops import Array, each, fractions, random_integers, rounded, run, value_like
from onnx import helper
from onnx_reference import make_model, run_onnxruntime
from xdsl.dialects.builtin import TensorType, i8

from nnopt.dialects import float_math, nn
from nnopt.dialects.fxp import AffineType

Kind = Literal["mean", "sum", "max", "min", "prod"]
KINDS: list[Kind] = ["mean", "sum", "max", "min", "prod"]
AXES = [(0,), (1, 2), (-1,), (0, 1, 2, 3), (2, -4)]


def onnx_result(operator: str, inputs: dict[str, Array], **attributes: Any) -> Array:
    node = helper.make_node(operator, list(inputs), ["y"], **attributes)
    return run_onnxruntime(make_model([node], inputs), inputs)["y"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduce_f32(kind: Kind, axes: tuple[int, ...], keepdims: bool):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    op = nn.ReduceOp(value_like(x), kind, axes, keepdims)
    functions: dict[str, Any] = {
        "mean": np.mean,
        "sum": np.sum,
        "max": np.max,
        "min": np.min,
        "prod": np.prod,
    }
    expected = functions[kind](x.astype(np.float64), axis=axes, keepdims=keepdims)
    np.testing.assert_allclose(run(op, x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "axes"), [("mean", (1, 3)), ("sum", (-1, 1)), ("prod", (3, 1))])
def test_reduce_f32_runs_row_major(kind: Kind, axes: tuple[int, ...]):
    x = np.random.default_rng(1).standard_normal((2, 30, 3, 40)).astype(np.float32)
    result = run(nn.ReduceOp(value_like(x), kind, axes, False), x)
    expected = np.empty_like(result)
    for i, j in np.ndindex(2, 3):
        total = np.float32(1 if kind == "prod" else 0)
        for number in x[i, :, j, :].reshape(-1):
            total = total * number if kind == "prod" else total + number
        expected[i, j] = total / np.float32(1200) if kind == "mean" else total
    assert np.array_equal(result, expected)


@pytest.mark.parametrize("kind", ["sum", "max", "min", "prod"])
def test_reduce_integers(kind: Kind):
    x = np.random.default_rng(2).integers(-9, 10, (3, 4, 2)).astype(np.int32)
    functions: dict[str, Any] = {"sum": sum, "max": max, "min": min, "prod": math.prod}
    result = run(nn.ReduceOp(value_like(x), kind, (0, 1)), x)
    for c in range(2):
        assert result[0, 0, c] == functions[kind](x[..., c].reshape(-1).tolist())


@pytest.mark.parametrize("kind", ["mean", "sum", "max"])
@pytest.mark.parametrize("per_axis", [False, True])
def test_reduce_fxp(kind: Kind, per_axis: bool):
    q = random_integers(np.random.default_rng(3), (6, 7, 3), np.int8)
    source = AffineType.per_tensor(i8, 0.03, 17)
    if per_axis:
        source = AffineType.per_axis(i8, 2, [0.03, 0.5, 0.1], [1, 2, 3])
    target = AffineType.per_tensor(i8, 0.05, -3)
    op = nn.ReduceOp(
        value_like(q, source), kind, (0, 1), False, result_type=TensorType(target, (3,))
    )
    exact = np.empty(3, object)
    for c in range(3):
        numbers = fractions(source, q)[..., c].reshape(-1).tolist()
        exact[c] = max(numbers) if kind == "max" else sum(numbers)
        exact[c] /= 42 if kind == "mean" else 1
    assert np.array_equal(run(op, q), rounded(target, exact))


def test_sum_of_nothing():
    x = np.zeros((2, 0), np.float32)
    assert run(nn.ReduceOp(value_like(x), "sum", (1,), False), x).tolist() == [0.0, 0.0]
    assert run(nn.ReduceOp(value_like(x), "prod", (1,), False), x).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax(axis: int):
    x = (np.random.default_rng(4).standard_normal((3, 4, 5)) * 5).astype(np.float32)
    result = run(nn.SoftmaxOp(value_like(x), axis), x)
    np.testing.assert_allclose(result, onnx_result("Softmax", {"x": x}, axis=axis), rtol=1e-5)
    assert np.array_equal(result.view(np.int32), float_math.softmax(x, axis).view(np.int32))


def test_softmax_fxp():
    q = random_integers(np.random.default_rng(5), (10, 6), np.int8)
    source, target = AffineType.per_tensor(i8, 0.07, 5), AffineType.per_tensor(i8, 1 / 256, -128)
    op = nn.SoftmaxOp(value_like(q, source), result_type=TensorType(target, q.shape))
    real = cast("Array", fractions(source, q).astype(np.float64))
    exponentials = each(math.exp, real).astype(np.float64)
    steps = exponentials / exponentials.sum(axis=1, keepdims=True) * 256 - 128
    difference = np.abs(run(op, q) - np.minimum(steps, 127))
    assert float(difference.max()) <= 0.5 + 1e-9


def test_layer_norm():
    rng = np.random.default_rng(8)
    x = (rng.standard_normal((3, 4, 5)) * 3 + 1).astype(np.float32)
    scale, bias = (rng.standard_normal(5).astype(np.float32) for _ in range(2))
    op = nn.LayerNormOp(value_like(x), value_like(scale), value_like(bias), 1e-3)
    wanted = onnx_result(
        "LayerNormalization", {"x": x, "s": scale, "b": bias}, epsilon=1e-3, axis=-1
    )
    np.testing.assert_allclose(run(op, x, scale, bias), wanted, rtol=1e-4, atol=1e-5)


def test_layer_norm_fxp():
    q = random_integers(np.random.default_rng(5), (10, 6), np.int8)
    source, target = AffineType.per_tensor(i8, 0.07, 5), AffineType.per_tensor(i8, 0.03, -8)
    scale, bias = np.linspace(-1, 1, 6, dtype=np.float32), np.full(6, 0.25, np.float32)
    op = nn.LayerNormOp(
        value_like(q, source),
        value_like(scale),
        value_like(bias),
        0.5,
        result_type=TensorType(target, q.shape),
    )
    real = cast("Array", fractions(source, q).astype(np.float64))
    apart = real - real.mean(axis=1, keepdims=True)
    deviation = np.sqrt((apart**2).mean(axis=1, keepdims=True) + 0.5)
    steps = (apart / deviation * scale.astype(np.float64) + 0.25) / 0.03 - 8
    difference = np.abs(run(op, q, scale, bias) - np.clip(steps, -128, 127))
    assert float(difference.max()) <= 0.5 + 1e-5


@pytest.mark.parametrize("axis", [1, -1])
def test_batch_norm(axis: int):
    rng = np.random.default_rng(6)
    x = rng.standard_normal((2, 3, 4, 3)).astype(np.float32)
    scale, bias, mean = (rng.standard_normal(3).astype(np.float32) for _ in range(3))
    variance = rng.uniform(0.1, 2, 3).astype(np.float32)
    parts = (x, scale, bias, mean, variance)
    op = nn.BatchNormOp(*(value_like(p) for p in parts), epsilon=0.01, axis=axis)
    first = np.moveaxis(x, axis, 1)
    names = dict(zip("xsbmv", (np.ascontiguousarray(first), *parts[1:]), strict=True))
    expected = onnx_result("BatchNormalization", names, epsilon=0.01)
    np.testing.assert_allclose(
        run(op, *parts), np.moveaxis(expected, 1, axis), rtol=1e-4, atol=1e-5
    )


def test_batch_norm_fxp():
    rng = np.random.default_rng(7)
    q = random_integers(rng, (5, 2), np.int8)
    parameters = [np.array(p, np.int8) for p in ([10, -20], [5, 6], [-3, 40], [50, 90])]
    types = [AffineType.per_tensor(i8, s) for s in (0.1, 0.05, 0.2, 0.1, 0.03)]
    target = AffineType.per_tensor(i8, 0.11, 4)
    values = [value_like(a, t) for a, t in zip((q, *parameters), types, strict=True)]
    op = nn.BatchNormOp(*values, epsilon=0.125, result_type=TensorType(target, q.shape))
    x, scale, bias, mean, variance = (
        fractions(t, a).astype(np.float64) for a, t in zip((q, *parameters), types, strict=True)
    )
    real = (x - mean) / np.sqrt(variance + 0.125) * scale + bias
    steps = np.clip(real / 0.11 + 4, -128, 127)
    assert float(np.abs(run(op, q, *parameters) - steps).max()) <= 0.5 + 1e-9
