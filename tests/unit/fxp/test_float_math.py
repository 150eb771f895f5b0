"""float32 functions: numpy against the truth, C against numpy, bit by bit."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnopt.dialects import float_math

Wide = NDArray[np.float64]


def inputs(count: int = 1_000_000, seed: int = 0) -> NDArray[np.float32]:
    """Every exponent, the usual range of activations, and the special values."""
    rng = np.random.default_rng(seed)
    anything = rng.integers(0, 2**32, count, dtype=np.uint64).astype(np.uint32).view(np.float32)
    edges = [0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.17549435e-38, -1.17549435e-38]
    edges += [88.72283, 88.72284, -103.97, -103.98, 0.625, 1.0, -1.0, 0.75, 16.0, 4.0, -3.0, 3.0]
    near = [np.nextafter(np.array(edges, np.float32), np.float32(s)) for s in (-np.inf, np.inf)]
    return np.concatenate(
        [
            anything,
            rng.normal(0, 3, count).astype(np.float32),
            np.linspace(-110, 110, count).astype(np.float32),
            np.array(edges, np.float32),
            *near,
        ]
    )


def erf(x: Wide) -> Wide:
    return np.array([math.erf(v) for v in x.tolist()])


def gelu(x: Wide) -> Wide:
    bounded = np.clip(x, -50, 50).tolist()
    tail = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in bounded])
    return np.where(x == -np.inf, -0.0, x * tail)


def gelu_tanh(x: Wide) -> Wide:
    x = np.where(x == -np.inf, -50.0, x)
    inner = 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * np.clip(x, -50, 50) ** 3)
    return x / (1 + np.exp(-inner))


def sigmoid(x: Wide) -> Wide:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1 + e)


TRUTH: dict[str, tuple[Callable[[Wide], Wide], float]] = {
    "exp": (np.exp, 1.0),
    "log": (np.log, 1.0),
    "tanh": (np.tanh, 1.5),
    "sigmoid": (sigmoid, 2.5),
    "erf": (erf, 1.5),
    "gelu": (gelu, 5.0),
    "sqrt": (np.sqrt, 0.5),
    "reciprocal": (np.reciprocal, 0.5),
    "floor": (np.floor, 0.0),
    "ceil": (np.ceil, 0.0),
    "round": (np.rint, 0.0),
    "sin": (lambda x: np.where(np.abs(x) <= 2**30, np.sin(x), np.nan), 0.6),
    "cos": (lambda x: np.where(np.abs(x) <= 2**30, np.cos(x), np.nan), 0.6),
    "atan": (np.arctan, 0.6),
}
"""Name -> function in float64 and bound of the error in ulp."""


def ulps(got: NDArray[np.float32], expected: Wide) -> Wide:
    """Distance in units of the last place of the rounded truth; 0 where both are equal or NaN."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(np.float32)
        bounded = np.clip(np.abs(rounded), np.float32(1.17549435e-38), np.float32(3e38))
        error = np.abs(got.astype(np.float64) - expected) / np.spacing(bounded)
    same = (got == rounded) & ~np.isfinite(rounded)
    return np.where(same | (np.isnan(got) & np.isnan(expected)), 0.0, error)


@pytest.mark.parametrize("name", TRUTH)
def test_accuracy(name: str):
    function, bound = TRUTH[name]
    x = inputs(300_000 if name in ("erf", "gelu") else 1_000_000)
    got = float_math.C_FUNCTIONS[f"nnopt_{name}"](x)
    with np.errstate(all="ignore"):
        error = ulps(got, function(x.astype(np.float64)))
    worst = int(np.argmax(error))
    assert error[worst] <= bound, f"{name}({x[worst]!r}) = {got[worst]!r}: {error[worst]} ulp"


def test_accuracy_of_gelu_tanh():
    x = inputs()
    got = float_math.gelu_tanh(x)
    with np.errstate(all="ignore"):
        expected = gelu_tanh(x.astype(np.float64))
        assert ulps(got, expected)[x >= -1].max() <= 4.0
        assert np.nanmax(np.abs(got - expected)[x < -1]) < 2.0**-24


def bases_and_exponents() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    x = inputs(300_000)
    rng = np.random.default_rng(5)
    integers = rng.integers(-12, 13, x.size)
    y = np.where(rng.random(x.size) < 0.3, integers, rng.normal(0, 10, x.size)).astype(np.float32)
    y = np.where(rng.random(x.size) < 0.1, rng.permutation(x), y)
    special = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 2, -2, 0.5, -0.5, 3, -3, 2**24])
    grid = np.array(np.meshgrid(special, special), np.float32).reshape(2, -1)
    return np.concatenate([x, grid[0]]), np.concatenate([y, grid[1]])


def test_accuracy_of_power():
    x, y = bases_and_exponents()
    got = float_math.power(x, y)
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(np.float64), y.astype(np.float64))
    assert ulps(got, expected).max() <= 1.0
    assert (np.signbit(got) == np.signbit(expected))[~np.isnan(expected)].all()


@pytest.mark.parametrize("name", [*TRUTH, "gelu_tanh", "hard_swish", "abs"])
def test_c_has_the_same_bits(name: str, twins: Any):
    x = inputs(seed=7)
    expected = float_math.C_FUNCTIONS[f"nnopt_{name}"](x)
    got = np.empty_like(x)
    getattr(twins, f"unary_{name}")(x, got, np.int64(x.size))
    np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))


def test_c_of_binary_functions_has_the_same_bits(twins: Any):
    x, y = bases_and_exponents()
    for name in ("pow", "fmod", "max_f32", "min_f32"):
        expected = float_math.C_FUNCTIONS[f"nnopt_{name}"](x, y)
        got = np.empty_like(x)
        getattr(twins, f"binary_{name}")(x, y, got, np.int64(x.size))
        np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))


def test_c_of_hard_sigmoid_and_truncate(twins: Any):
    x = inputs()
    got, whole = np.empty_like(x), np.empty(x.shape, np.int32)
    twins.hard_sigmoid(x, 0.3, 0.4, got, np.int64(x.size))
    expected = float_math.hard_sigmoid(x, 0.3, 0.4)
    np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))
    twins.truncate(x, whole, np.int64(x.size))
    np.testing.assert_array_equal(whole, float_math.truncate(x))


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (10, 1), (1000, 3)])
@pytest.mark.parametrize("spread", [0.1, 5.0, 200.0])
def test_softmax(shape: tuple[int, int], spread: float, twins: Any):
    x = np.random.default_rng(3).normal(0, spread, shape).astype(np.float32)
    expected = float_math.softmax(x, 0)
    got = np.empty_like(x)
    for column in range(shape[1]):
        twins.softmax(
            x.ravel()[column:], got.ravel()[column:], np.int64(shape[0]), np.int64(shape[1])
        )
    np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))
    wide = x.astype(np.float64)
    e = np.exp(wide - wide.max(axis=0))
    np.testing.assert_allclose(got, e / e.sum(axis=0), rtol=2e-5, atol=1e-38)


@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_softmax_of_special_values(special: float, twins: Any):
    for position in range(3):
        x = np.zeros(3, np.float32)
        x[position] = special
        got = np.empty_like(x)
        twins.softmax(x, got, np.int64(3), np.int64(1))
        assert got.view(np.uint32).tolist() == [0x7FC00000] * 3
        assert float_math.softmax(x).view(np.uint32).tolist() == [0x7FC00000] * 3
    x = np.array([-np.inf, 0, 0], np.float32)
    assert float_math.softmax(x).tolist() == [0, 0.5, 0.5]


def test_every_nan_is_the_quiet_one():
    x = np.array([0x7F800001, 0xFFC12345, 0xFF800001], np.uint32).view(np.float32)
    for name in [*TRUTH, "gelu_tanh", "hard_swish", "hard_sigmoid"]:
        assert (float_math.C_FUNCTIONS[f"nnopt_{name}"](x).view(np.uint32) == 0x7FC00000).all()
