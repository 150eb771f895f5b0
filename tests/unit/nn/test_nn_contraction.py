"""Fully connected layers and matrix products against numpy, onnx and exact numbers."""

from typing import Any

import numpy as np
import pytest
from nn_ops import (
    as_exact,
    exact_product,
    fractions,
    random_integers,
    rounded,
    run,
    value_like,
)
from xdsl.dialects.builtin import TensorType, i8, i32, i64
from xdsl.utils.exceptions import VerifyException

from nnopt.dialects import fxp, nn
from nnopt.dialects.fxp import AffineType, FixedType
from nnopt.dialects.interpreters.nn_contraction import product

SHAPES = [((4,), (3, 4)), ((5, 4), (3, 4)), ((2, 3, 7), (1, 7)), ((2, 0), (3, 0))]
MATRICES = [
    ((2, 3), (3, 4)),
    ((2, 2, 3), (3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((2, 3), (4, 3, 1)),
]


@pytest.mark.parametrize(("rows", "weights"), SHAPES)
def test_fully_connected_f32(rows: tuple[int, ...], weights: tuple[int, ...]):
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(s).astype(np.float32) for s in (rows, weights))
    b = rng.standard_normal(weights[0]).astype(np.float32)
    op = nn.FullyConnectedOp(value_like(x), value_like(w), value_like(b), act_min=-0.5)
    expected = np.maximum(x.astype(np.float64) @ w.T + b, -0.5)
    np.testing.assert_allclose(run(op, x, w, b), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("rows", "weights"), SHAPES)
@pytest.mark.parametrize("types", [(np.int8, np.int8, np.int32), (np.int16, np.uint8, np.int64)])
def test_fully_connected_integers(
    rows: tuple[int, ...], weights: tuple[int, ...], types: tuple[Any, Any, Any]
):
    rng = np.random.default_rng(1)
    x, w = (random_integers(rng, s, t) for s, t in zip((rows, weights), types[:2], strict=True))
    b = rng.integers(-1000, 1000, weights[0]).astype(types[2])
    values = value_like(x), value_like(w), value_like(b)
    op = nn.FullyConnectedOp(*values, input_zero_point=-5, weight_zero_point=9)
    expected = exact_product(as_exact(x, -5), as_exact(w, 9).T) + as_exact(b)
    assert np.array_equal(run(op, x, w, b), expected)


@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected_fxp(per_channel: bool):
    rng = np.random.default_rng(2)
    x, w = random_integers(rng, (6, 16), np.int8), random_integers(rng, (10, 16), np.int8)
    b = rng.integers(-9999, 9999, 10).astype(np.int32)
    scales = rng.uniform(0.001, 0.02, 10)
    tx, ty = AffineType.per_tensor(i8, 0.1, -20), AffineType.per_tensor(i8, 0.06, 11)
    tw, tb = AffineType.per_tensor(i8, 0.01), FixedType.get(i32, 11)
    if per_channel:
        tw, tb = AffineType.per_axis(i8, 0, scales), AffineType.per_axis(i32, 0, scales * 0.1)
    values = value_like(x, tx), value_like(w, tw), value_like(b, tb)
    op = nn.FullyConnectedOp(*values, act_max=5.0, result_type=TensorType(ty, (6, 10)))
    exact = exact_product(fractions(tx, x), fractions(tw, w).T) + fractions(tb, b)
    assert np.array_equal(run(op, x, w, b), rounded(ty, exact, None, 5.0))


def test_weights_with_scales_along_the_input():
    rng = np.random.default_rng(3)
    x, w = random_integers(rng, (2, 3), np.int8), random_integers(rng, (4, 3), np.int8)
    b = np.zeros(4, np.int32)
    tx, tw = AffineType.per_tensor(i8, 0.1), AffineType.per_axis(i8, 1, [0.1, 0.2, 0.4])
    tb, ty = AffineType.per_tensor(i32, 0.01), AffineType.per_tensor(i8, 1.1)
    values = value_like(x, tx), value_like(w, tw), value_like(b, tb)
    op = nn.FullyConnectedOp(*values, result_type=TensorType(ty, (2, 4)))
    exact = exact_product(fractions(tx, x), fractions(tw, w).T)
    assert np.array_equal(run(op, x, w, b), rounded(ty, exact))


@pytest.mark.parametrize(("left", "right"), MATRICES)
def test_matmul_f32(left: tuple[int, ...], right: tuple[int, ...]):
    rng = np.random.default_rng(4)
    a, b = (rng.standard_normal(s).astype(np.float32) for s in (left, right))
    op = nn.MatmulOp(value_like(a), value_like(b), act_max=0.25)
    expected = np.minimum(np.matmul(a.astype(np.float64), b), 0.25)
    np.testing.assert_allclose(run(op, a, b), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("left", "right"), MATRICES)
def test_matmul_integers_and_fxp(left: tuple[int, ...], right: tuple[int, ...]):
    rng = np.random.default_rng(5)
    a, b = random_integers(rng, left, np.uint8), random_integers(rng, right, np.int8)
    plain = nn.MatmulOp(value_like(a), value_like(b), lhs_zero_point=100, rhs_zero_point=-7)
    exact = exact_product(as_exact(a, 100), as_exact(b, -7))
    assert plain.result.type == TensorType(i32, exact.shape)
    assert np.array_equal(run(plain, a, b), exact)
    ta, tb = AffineType.per_tensor(fxp.ui8, 0.3, 100), AffineType.per_tensor(i8, 0.01, -7)
    ty = AffineType.per_tensor(i8, 1.7, 5)
    op = nn.MatmulOp(value_like(a, ta), value_like(b, tb), result_type=TensorType(ty, exact.shape))
    assert np.array_equal(
        run(op, a, b), rounded(ty, exact_product(fractions(ta, a), fractions(tb, b)))
    )


def test_sums_beyond_float64_are_exact():
    depth = 2**22 + 1
    x = np.full((1, depth), -(2**15), np.int16)
    x[0, -1] = -(2**15) + 1
    w = x.copy()
    b = np.array([1], np.int64)
    op = nn.FullyConnectedOp(
        value_like(x),
        value_like(w),
        value_like(b),
        input_zero_point=2**15 - 1,
        weight_zero_point=2**15 - 1,
    )
    result = run(op, x, w, b).item()
    assert result == (depth - 1) * (2**16 - 1) ** 2 + (2**16 - 2) ** 2 + 1
    assert float(result) != result  # float64 cannot hold it
    assert op.result.type == TensorType(i64, (1, 1))


def test_product_of_floats_stays_float():
    a = np.eye(2, dtype=np.float32)
    assert product(a, a).dtype == np.float32


def test_shapes_that_do_not_fit_are_refused_when_built():
    a = value_like(np.zeros((2, 3), np.float32))
    with pytest.raises(VerifyException, match=r"\(C1\) expected matrices"):
        nn.MatmulOp(a, a)
