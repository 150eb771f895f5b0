"""float32 functions with the same bits everywhere; no xDSL in here.

Each function is a fixed sequence of IEEE 754 additions, multiplications, divisions, comparisons and
operations on bit patterns, written here with numpy and in ``runtime_c/nnopt_math*.h`` with C99,
operation by operation. IEEE arithmetic, rounding to nearest, leaves no freedom in such a sequence,
so the results are the same bits on the host, on a Cortex-M with an FPU and in soft float, provided
that the C is compiled without contraction (``-ffp-contract=off``) and without ``-ffast-math``.
Functions of the C library differ from machine to machine in the last bit and are not used.

`power` alone computes inside in float64 (software on most microcontrollers): float32 cannot hold
``y * log2(x)`` precisely enough.

All functions take and return float32 arrays and work element by element, but for `softmax`. The
argument may have any shape. Every NaN that comes out is the positive quiet NaN 0x7FC00000.
Polynomials are minimax fits (Lawson's algorithm) made for this file. Errors are given in units in
the last place against the true value; tests/unit/fxp measures them.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.float32]
# numpy's stubs lose the width of float32 in arithmetic
_Floats: TypeAlias = "NDArray[np.floating]"
_F = np.float32

_NAN = np.array(0x7FC00000, np.uint32).view(np.float32)
_MAGIC = _F(12582912.0)  # 1.5 * 2**23: adding and subtracting it rounds to an integer
_LOG2_E = _F(1.4426950)
_LN2_HIGH = _F(0.693359375)  # 9 bits: multiples up to 2**15 are exact
_LN2_LOW = _F(-0.00021219444)
_SQRT_HALF_BITS = 0x3F3504F3
_SQRT_HALF = _F(0.70710678)
_GELU_LINEAR = _F(1.5957691)  # 2 * sqrt(2 / pi)
_GELU_CUBIC = _F(0.071354814)  # 0.044715 * 2 * sqrt(2 / pi)
_MAGIC_64 = 6755399441055744.0  # 1.5 * 2**52
_SQRT_HALF_BITS_64 = 0x3FE6A09E667F3BCD

_EXP = (0.5, 0.16666666, 0.041666236, 0.008333525, 0.0013948982, 0.00019786053)
_LOG = (0.6666666, 0.40000334, 0.2853728, 0.23582765)
_TANH = (-0.3333328, 0.13331442, -0.053739715, 0.020639088, -0.005704987)
_ERF = (
    0.12837917,
    -0.37612626,
    0.112835854,
    -0.026853813,
    0.0051883277,
    -0.00080101937,
    7.8538615e-05,
)
_ERFCX = (
    1.253008,
    -0.13562115,
    -0.04756255,
    0.12964655,
    -0.11926855,
    0.06829646,
    -0.02380991,
    0.0025549629,
    0.0020184366,
    -0.00074750656,
    -0.00025615635,
)
_LOG2_64 = (
    2.8853900817774183,
    0.961796694406466,
    0.5770778866047288,
    0.41221358223749766,
    0.31975859326163253,
    0.28471759354780696,
)
_EXP2_64 = (
    0.9999999999610724,
    0.6931471807311536,
    0.2402265120415864,
    0.05550410347273153,
    0.009618026441974079,
    0.0013333925484468434,
    0.00015469553181716002,
    1.5201717960226465e-05,
)


def _reals(x: _Floats) -> Reals:
    return np.asarray(x, np.float32)


def _bits(x: _Floats) -> NDArray[np.int32]:
    return x.view(np.int32)


def _from_bits(bits: "NDArray[np.int32]") -> Reals:
    return bits.astype(np.int32).view(np.float32)


def _horner(x: _Floats, coefficients: tuple[float, ...]) -> _Floats:
    """Evaluate a polynomial, lowest coefficient first, in the type of `x`."""
    terms = np.array(coefficients, x.dtype)
    result = np.full_like(x, terms[-1])
    for c in terms[-2::-1]:
        result = result * x + c
    return result


def _power_of_two(n: "NDArray[np.int32]") -> _Floats:
    """Return 2**n for n in -126..127."""
    return _from_bits((n + 127) << 23)


def _scale(y: _Floats, n: "NDArray[np.int32]") -> _Floats:
    """Return y * 2**n for n in -252..254, rounded once (y and y * 2**(n>>1) are normal)."""
    half = n >> 1
    return y * _power_of_two(half) * _power_of_two(n - half)


def _exp_parts(a: _Floats, b: _Floats) -> "tuple[_Floats, NDArray[np.int32]]":
    """Return (y, n) with exp(a + b) = y * 2**n, for |a + b| <= 150 and |b| <= 0.15."""
    rounded = ((a + b) * _LOG2_E + _MAGIC) - _MAGIC
    r = ((a - rounded * _LN2_HIGH) - rounded * _LN2_LOW) + b
    y = (r * r * _horner(r, _EXP) + r) + _F(1)
    return y, rounded.astype(np.int32)


def exp(x: _Floats) -> Reals:
    """Return e**x; at most 1 ulp off. Infinite from 88.72284, 0 below -103.97."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        clamped = np.where(x < _F(-104), _F(-104), np.where(x > _F(89), _F(89), x))
        y, n = _exp_parts(np.where(np.isnan(x), _F(0), clamped), np.zeros_like(x))
        return np.where(np.isnan(x), _NAN, _scale(y, n))


def log(x: _Floats) -> Reals:
    """Return the natural logarithm; at most 1 ulp off. -infinity at ±0, NaN below 0."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        tiny = x < _F(1.17549435e-38)
        bits = _bits(np.where(tiny, x * _F(8388608), x))
        # bring the mantissa into [sqrt(1/2), sqrt(2))
        shifted = bits - np.int32(_SQRT_HALF_BITS)
        e = ((shifted >> 23) - np.where(tiny, 23, 0)).astype(np.float32)
        f = _from_bits((shifted & 0x007FFFFF) + _SQRT_HALF_BITS) - _F(1)
        s = f / (f + _F(2))
        z = s * s
        half_square = _F(0.5) * f * f
        tail = s * (half_square + z * _horner(z, _LOG)) + e * _LN2_LOW
        y = e * _LN2_HIGH - ((half_square - tail) - f)
        y = np.where(x == 0, _F(-np.inf), np.where(x == _F(np.inf), x, y))
        return np.where((x < 0) | np.isnan(x), _NAN, y)


def tanh(x: _Floats) -> Reals:
    """Return the hyperbolic tangent; at most 2 ulp off."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        magnitude = np.abs(x)
        z = x * x
        small = x + x * (z * _horner(z, _TANH))
        large = _F(1) - _F(2) / (exp(magnitude + magnitude) + _F(1))
        y = np.where(magnitude < _F(0.625), small, np.copysign(large, x))
        return np.where(np.isnan(x), _NAN, y)


def sigmoid(x: _Floats) -> Reals:
    """Return 1 / (1 + exp(-x)); at most 3 ulp off, on both sides."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        e = exp(-np.abs(x))
        return np.where(np.isnan(x), _NAN, np.where(x < 0, e, _F(1)) / (_F(1) + e))


def _erfc_parts(t: _Floats, h: _Floats, factor: np.float32) -> "tuple[_Floats, NDArray[np.int32]]":
    """Return (y, n) with erfc(t) = exp(-factor * h * h) * erfcx(t) = y * 2**n, for 0 <= t <= 11.4.

    The caller gives t*t as factor * h * h, factor a power of two, so that no rounding of t is
    magnified by the exponential; h*h is split into the exact square of the upper half of h and a
    rest.
    """
    upper = _from_bits(_bits(h) & ~0xFFF)
    rest = (h - upper) * (h + upper)
    y, n = _exp_parts(-factor * (upper * upper), -factor * rest)
    q = (t - _F(3)) / (t + _F(3))
    return y * (_horner(q, _ERFCX) / (_F(1) + (t + t))), n


def erf(x: _Floats) -> Reals:
    """Return the error function; at most 2 ulp off."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        magnitude = np.abs(x)
        small = x + x * _horner(x * x, _ERF)
        t = np.where(magnitude < _F(4), magnitude, _F(4))
        y, n = _erfc_parts(t, t, _F(1))
        large = np.copysign(_F(1) - _scale(y, n), x)
        return np.where(np.isnan(x), _NAN, np.where(magnitude < _F(1), small, large))


def gelu(x: _Floats) -> Reals:
    """Return x/2 * (1 + erf(x / sqrt(2))); at most 5 ulp off, also where the factor nearly
    cancels.
    """
    x = _reals(x)
    with np.errstate(all="ignore"):
        h = np.where(np.abs(x) < _F(16), np.abs(x), _F(16))
        y, n = _erfc_parts(h * _SQRT_HALF, h, _F(0.5))
        large = _gelu_from_tail(x, _scale(_F(0.5) * h * y, n))
        t = x * _SQRT_HALF
        small = _F(0.5) * x * (_F(1) + (t + t * _horner(t * t, _ERF)))
        return _unless_nan(x, np.where(np.abs(x) < _F(0.75), small, large))


def gelu_tanh(x: _Floats) -> Reals:
    """Return x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x**3))), as x * sigmoid(2 * (…)).

    At most 4 ulp off for x >= -1; below, the absolute error stays under 2**-24.
    """
    x = _reals(x)
    with np.errstate(all="ignore"):
        h = np.where(np.abs(x) < _F(16), np.abs(x), _F(16))
        e = exp(-(h * (_GELU_LINEAR + _GELU_CUBIC * (h * h))))
        return _unless_nan(x, _gelu_from_tail(x, h * (e / (_F(1) + e))))


def _gelu_from_tail(x: _Floats, tail: _Floats) -> _Floats:
    """Return gelu(x) given tail = -gelu(-|x|) >= 0."""
    return np.where(x >= 0, x - tail, -tail)


def _unless_nan(x: _Floats, y: _Floats) -> Reals:
    return np.where(np.isnan(x), _NAN, y)


def hard_sigmoid(x: _Floats, alpha: float = 0.2, beta: float = 0.5) -> Reals:
    """Return max(0, min(1, alpha * x + beta)), two roundings."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        y = _F(alpha) * x + _F(beta)
        return _unless_nan(y, np.where(y > 1, _F(1), np.where(y > 0, y, _F(0))))


def hard_swish(x: _Floats) -> Reals:
    """Return x * hard_sigmoid(x, 1/6, 1/2): three roundings, 0 up to -3."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        factor = hard_sigmoid(x, 1 / 6, 0.5)
        return _unless_nan(x, np.where(factor == 0, _F(0), x * factor))


def softmax(x: _Floats, axis: int = -1) -> Reals:
    """Return exp(x - max) / sum(exp(x - max)) along `axis`, the sum taken in index order.

    One NaN or +infinity, or only -infinity, makes all results along the axis NaN.
    """
    x = np.moveaxis(_reals(x), axis, 0)
    with np.errstate(all="ignore"):
        e = exp(x - np.fmax.reduce(x, axis=0))
        total = e[0]
        for row in e[1:]:
            total = total + row
        return np.moveaxis(_unless_nan(total, e / total), 0, axis)


def sqrt(x: _Floats) -> Reals:
    """Return the square root, correctly rounded; NaN below 0, -0 for -0."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        return np.where((x < 0) | np.isnan(x), _NAN, np.sqrt(x))


def reciprocal(x: _Floats) -> Reals:
    """Return 1 / x, correctly rounded."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        return _unless_nan(x, _F(1) / x)


def floor(x: _Floats) -> Reals:
    """Return the greatest integer that is not greater; keeps the sign of -0."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        return _unless_nan(x, np.floor(x))


def ceil(x: _Floats) -> Reals:
    """Return the least integer that is not less; -0 for (-1, -0]."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        return _unless_nan(x, np.ceil(x))


def absolute(x: _Floats) -> Reals:
    """Return x without its sign, exact, NaN as well."""
    return np.abs(_reals(x))


def maximum(x: _Floats, y: _Floats) -> Reals:
    """Return x unless x < y: the greater number. A NaN in x stays, one in y is ignored."""
    x, y = _reals(x), _reals(y)
    return np.where(x < y, y, x)


def minimum(x: _Floats, y: _Floats) -> Reals:
    """Return x unless x > y: the smaller number. A NaN in x stays, one in y is ignored."""
    x, y = _reals(x), _reals(y)
    return np.where(x > y, y, x)


def truncate(x: _Floats) -> NDArray[np.int32]:
    """Return the numbers without their fraction as integers, saturated to 32 bits; 0 for NaN."""
    x = _reals(x)
    wide = np.where(np.isnan(x), _F(0), x).astype(np.float64)
    return np.clip(np.trunc(wide), -(2.0**31), 2.0**31 - 1).astype(np.int32)


def power(x: _Floats, y: _Floats) -> Reals:
    """Return x**y with numpy broadcasting; at most 1 ulp off, special cases as in IEEE 754
    `pow`.
    """
    x, y = np.broadcast_arrays(_reals(x), _reals(y))
    with np.errstate(all="ignore"):
        magnitude = np.abs(x)
        t = y.astype(np.float64) * _log2(magnitude)
        y_magnitude = np.abs(y)
        small = np.where(y_magnitude < _F(16777216), y_magnitude, _F(0)).astype(np.int32)
        odd = (small & 1 == 1) & (small.astype(np.float32) == y_magnitude)
        integer = (small.astype(np.float32) == y_magnitude) | (y_magnitude >= _F(16777216))
        result = np.where(np.isnan(t), _F(1), _exp2(np.where(np.isnan(t), 0.0, t)))
        result = np.where(odd & np.signbit(x), -result, result)
        invalid = (x < 0) & (magnitude < _F(np.inf)) & ~integer
        result = np.where(invalid | np.isnan(x) | np.isnan(y), _NAN, result)
        return np.where((x == 1) | (y == 0), _F(1), result)


def _log2(magnitude: _Floats) -> "NDArray[np.float64]":
    """Return the binary logarithm of magnitudes, in float64, about 2**-47 off; infinite at the
    ends.
    """
    shifted = magnitude.astype(np.float64).view(np.int64) - np.int64(_SQRT_HALF_BITS_64)
    m = ((shifted & np.int64(0x000FFFFFFFFFFFFF)) + np.int64(_SQRT_HALF_BITS_64)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    y = (shifted >> 52).astype(np.float64) + s * _horner(s * s, _LOG2_64)
    y = np.where(magnitude == 0, -np.inf, y)
    return np.where(magnitude == _F(np.inf), np.inf, y)


def _exp2(t: "NDArray[np.float64]") -> _Floats:
    """Return 2**t, about 2**-34 off before the rounding to float32."""
    clamped = np.where(t < -160.0, -160.0, np.where(t > 128.0, 128.0, t))
    rounded = (clamped + _MAGIC_64) - _MAGIC_64
    n = (rounded.astype(np.int64) + 1023) << 52
    y = _horner(clamped - rounded, _EXP2_64) * n.view(np.float64)
    return np.where(t >= 128.0, _F(np.inf), y.astype(np.float32))


_SIN_64 = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800)
_COS_64 = (1.0, -0.5, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600)
_ATAN_64 = tuple((-1.0) ** k / (2 * k + 1) for k in range(14))
_HALF_PI = (1.570796012878418, 3.1391647326017846e-07, 5.390302858158119e-15)


def _series(x: "NDArray[np.float64]", coefficients: tuple[float, ...]) -> "NDArray[np.float64]":
    """Return the polynomial with these coefficients, the constant one first."""
    y = np.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        y = y * x + c
    return y


def _circular(x: _Floats, quarter: int) -> Reals:
    """Return the sine of x + quarter * pi/2."""
    with np.errstate(invalid="ignore"):  # NaN that signals
        wide = _reals(x).astype(np.float64)
    inside = np.abs(wide) <= 1073741824.0
    wide = np.where(inside, wide, 0.0)
    turns = (wide * 0.63661977236758134308 + _MAGIC_64) - _MAGIC_64
    rest = ((wide - turns * _HALF_PI[0]) - turns * _HALF_PI[1]) - turns * _HALF_PI[2]
    n = turns.astype(np.int32) + np.int32(quarter)
    square = rest * rest
    y = np.where(n & 1 != 0, _series(square, _COS_64), rest * _series(square, _SIN_64))
    y = np.where(n & 2 != 0, -y, y)
    return np.where(inside, y.astype(np.float32), _NAN)


def sin(x: _Floats) -> Reals:
    """Return the sine; at most 0.6 ulp off up to 2**30, NaN beyond."""
    y = _circular(x, 0)
    return np.where(x == 0, _reals(x), y)


def cos(x: _Floats) -> Reals:
    """Return the cosine; at most 0.6 ulp off up to 2**30, NaN beyond."""
    return _circular(x, 1)


def atan(x: _Floats) -> Reals:
    """Return the arc tangent; at most 0.6 ulp off."""
    x = _reals(x)
    with np.errstate(all="ignore"):
        wide = np.abs(x.astype(np.float64))
        large = wide > 1.0
        t = np.where(large, 1.0 / wide, wide)
        middle = t > 0.41421356237309503
        t = np.where(middle, (t - 1.0) / (t + 1.0), t)
        y = t * _series(t * t, _ATAN_64)
        y = np.where(middle, y + 0.78539816339744830962, y)
        y = np.where(large, 1.57079632679489661923 - y, y)
        return _unless_nan(x, np.copysign(y.astype(np.float32), x))


def round_even(x: _Floats) -> Reals:
    """Return the nearest integers, halves to even; keeps the sign of zeros."""
    x = _reals(x)
    with np.errstate(invalid="ignore"):  # NaN that signals
        return _unless_nan(x, np.rint(x))


def remainder(x: _Floats, y: _Floats) -> Reals:
    """Return x - y * trunc(x / y) exactly, as C's `fmod`."""
    with np.errstate(all="ignore"):
        result = np.fmod(_reals(x), _reals(y))
    return np.where(np.isnan(result), _NAN, result)


C_FUNCTIONS: "dict[str, Callable[..., NDArray[Any]]]" = {
    "nnopt_exp": exp,
    "nnopt_log": log,
    "nnopt_tanh": tanh,
    "nnopt_sigmoid": sigmoid,
    "nnopt_erf": erf,
    "nnopt_gelu": gelu,
    "nnopt_gelu_tanh": gelu_tanh,
    "nnopt_hard_sigmoid": hard_sigmoid,
    "nnopt_hard_swish": hard_swish,
    "nnopt_sqrt": sqrt,
    "nnopt_reciprocal": reciprocal,
    "nnopt_floor": floor,
    "nnopt_ceil": ceil,
    "nnopt_abs": absolute,
    "nnopt_max_f32": maximum,
    "nnopt_min_f32": minimum,
    "nnopt_truncate_f32": truncate,
    "nnopt_pow": power,
    "nnopt_sin": sin,
    "nnopt_cos": cos,
    "nnopt_atan": atan,
    "nnopt_round": round_even,
    "nnopt_fmod": remainder,
}
"""Name of the C twin -> function, for all that map numbers to a number."""
