"""Quantization of reals: numpy against exact rounding, C against numpy."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerType, i8, i16, i32

from nnopt.dialects.fixed_point import dequantize, quantize
from nnopt.dialects.fxp import AffineType, FixedType, integer_range, ui8, ui16

STORAGES = {"i8": i8, "u8": ui8, "i16": i16, "u16": ui16}


def reals(scale: float, seed: int = 0) -> NDArray[np.float32]:
    """Floats of every size, halves of steps, infinities and NaN."""
    rng = np.random.default_rng(seed)
    anything = rng.integers(0, 2**32, 200_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    halves = (np.arange(-140_000, 140_000) * 0.5).astype(np.float32) * np.float32(scale)
    edges = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38, -3e38], np.float32)
    return np.concatenate([anything, halves, edges])


@pytest.mark.parametrize("name", STORAGES)
@pytest.mark.parametrize("scale", [1.0, 0.25, 0.1, 3.7e-5, 1e-30, 1e30])
def test_c_quantizes_like_numpy(name: str, scale: float, twins: Any):
    type = STORAGES[name]
    low, high = integer_range(type)
    x = reals(scale)
    for zero_point in (low, high, low // 2 + high // 3):
        element = AffineType.per_tensor(type, scale, zero_point)
        expected = element.quantize_array(x)
        got = np.empty(x.shape, element.dtype)
        getattr(twins, f"quantize_{name}")(x, scale, zero_point, got, np.int64(x.size))
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("scale", [1.0, 0.25, 0.1, 3.7e-5, 1e30])
def test_c_rounds_ties_away_like_numpy(scale: float, twins: Any):
    x = reals(scale)
    for low, high in ((-128, 127), (0, 65535)):
        for zero_point in (low, high, low // 2 + high // 3):
            expected = quantize(x, scale, zero_point, low, high, rounding="half_away")
            got = np.empty(x.shape, np.int32)
            twins.real_to_int_half_away(x, scale, zero_point, low, high, got, np.int64(x.size))
            np.testing.assert_array_equal(got, expected)


def test_ties_go_away_from_zero():
    x = (np.arange(-300, 300) * 0.5).astype(np.float32)
    expected = [int(math.copysign(math.floor(abs(v) + 0.5), v)) for v in x.tolist()]
    assert quantize(x, 1.0, 0, -999, 999, rounding="half_away").tolist() == expected


def test_numpy_quantizes_as_defined():
    """Rint of the float32 quotient, then exact: against Fractions."""
    scale, zero_point = np.float32(0.1), -3
    x = np.random.default_rng(1).normal(0, 6, 4000).astype(np.float32)
    x = np.concatenate([x, (np.arange(-300, 300) * 0.05).astype(np.float32)])
    ratios = [Fraction(float(r)) for r in x / scale]
    expected = [max(-128, min(127, round(r) + zero_point)) for r in ratios]
    assert quantize(x, float(scale), zero_point, -128, 127).tolist() == expected


def test_special_values():
    x = np.array([np.nan, np.inf, -np.inf], np.float32)
    assert quantize(x, 0.5, 7, -128, 127).tolist() == [7, 127, -128]
    assert quantize(x, 0.5, 0, -(2**31), 2**31 - 1).tolist() == [0, 2**31 - 1, -(2**31)]


@pytest.mark.parametrize(("name", "type"), STORAGES.items())
def test_c_dequantizes_like_numpy(name: str, type: IntegerType, twins: Any):
    low, high = integer_range(type)
    q = np.arange(low, high + 1, dtype=np.int32)
    for scale in (0.1, 3.7e-5, 1e-42, 1e36):
        expected = dequantize(q, scale, high)
        got = np.empty(q.shape, np.float32)
        twins.int_to_real(q, scale, high, got, np.int64(q.size))
        np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("type", [i8, ui8, i16, ui16])
def test_every_integer_survives_the_round_trip(type: IntegerType):
    low, high = integer_range(type)
    q = np.arange(low, high + 1)
    for element in (AffineType.per_tensor(type, 0.0123, (low + high) // 2), FixedType.get(type, 5)):
        stored = q.astype(element.dtype)
        for real in (np.float32, np.float64):
            back = element.quantize_array(element.dequantize_array(stored, real))
            assert back.dtype == element.dtype
            np.testing.assert_array_equal(back, stored)


def test_per_axis_parameters_run_along_their_axis():
    element = AffineType.per_axis(i8, 1, [1.0, 0.5, 0.25], [0, 1, 2])
    x = np.ones((2, 3, 2), np.float32)
    q = element.quantize_array(x)
    assert q[0].tolist() == [[1, 1], [3, 3], [6, 6]]
    np.testing.assert_array_equal(element.dequantize_array(q), x)
    with pytest.raises(ValueError):
        quantize(x, [1.0, 2.0], [0, 0], -128, 127)


def test_wide_storage_saturates():
    element = AffineType.per_tensor(i32, 1.0)
    x = np.array([2.0**31, -(2.0**31), 1e30, 2.0**30], np.float32)
    assert element.quantize_array(x).tolist() == [2**31 - 1, -(2**31), 2**31 - 1, 2**30]


def test_c_saturates(twins: Any):
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.integers(-(2**31), 2**31, 10_000), np.arange(-70_000, 70_000)])
    for name, type in STORAGES.items():
        low, high = integer_range(type)
        got = np.empty(x.shape, AffineType.per_tensor(type, 1.0).dtype)
        getattr(twins, f"saturate_{name}")(x.astype(np.int32), got, np.int64(x.size))
        np.testing.assert_array_equal(got, np.clip(x, low, high))
    wide, narrow = np.empty(x.shape, np.int32), np.empty(x.shape, np.int32)
    for low, high in ((-5, 9), (-(2**31), 2**31 - 1), (7, 7)):
        twins.clamp(x, low, high, wide, narrow, np.int64(x.size))
        np.testing.assert_array_equal(wide, np.clip(x, low, high))
        np.testing.assert_array_equal(narrow, np.clip(x, low, high))
    assert math.isclose(AffineType.per_tensor(i8, 0.5).scale, 0.5)
