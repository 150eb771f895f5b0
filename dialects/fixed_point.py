"""The plain mathematics of integers that stand for reals; no xDSL in here.

A real factor is held as ``multiplier * 2**-shift`` with a multiplier of 31 bits. Every rescale of
the compiler, of its interpreters and of the generated C is one of the four functions of
`RoundingMode` applied to the exact product ``acc * multiplier``:

``half_even``
    nearest, ties to the even integer: what ONNX, IEEE 754 and `numpy.rint` do.
``half_up``
    nearest, ties towards +infinity: ``(acc * multiplier + 2**(shift-1)) >> shift``. This is TOSA's
    `apply_scale` without double rounding and TFLite's `MultiplyByQuantizedMultiplier` when built
    with TFLITE_SINGLE_ROUNDING (tensorflow/lite/kernels/internal/common.cc).
``half_away``
    nearest, ties away from zero: C's `round`, `roundf`.
``double``
    gemmlowp's `RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(acc << left, multiplier),
    right)` (gemmlowp/fixedpoint/fixedpoint.h), with left = max(31 - shift, 0) and right =
    max(shift - 31, 0): TFLite's default and CMSIS-NN's `arm_nn_requantize`. It rounds twice: first
    half up at bit 31, then half away from zero at bit `right`. The left shift saturates to 32
    bits.

The C twins are in ``runtime_c/nnopt_fxp.h``.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

RoundingMode: TypeAlias = Literal["half_even", "half_up", "half_away", "double"]
ROUNDING_MODES: tuple[RoundingMode, ...] = get_args(RoundingMode)

RealRounding: TypeAlias = Literal["half_even", "half_away"]
REAL_ROUNDINGS: tuple[RealRounding, ...] = get_args(RealRounding)
"""How reals become integers: `half_even` in ONNX, `half_away` in TFLite's QUANTIZE."""

MAX_SHIFT = 62
"""Largest right shift of a rescale: the product of a 32-bit and a 31-bit number has 63 bits."""

I32_MIN, I32_MAX = -(2**31), 2**31 - 1
_I64_MIN, _I64_MAX = -(2**63), 2**63 - 1
_NARROW = 2**32
"""Products of smaller accumulators with a 31-bit multiplier fit in 64 bits."""

IntArray: TypeAlias = NDArray[np.int64]


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Return (multiplier, shift) such that ``multiplier * 2**-shift`` is as near to `real` as 31
    bits allow.

    The multiplier lies in [2**30, 2**31), so that the relative error is at most 2**-31 (0 for
    powers of two), and the shift in 0..62. Reals below 2**-32 would need a larger shift: they keep
    shift 62 and a smaller multiplier, with an absolute error of at most 2**-63; 0.0 becomes (0,
    62). Halves round away from zero, like TFLite's `QuantizeMultiplier`.

    Raises ValueError when `real` is negative, not finite or rounds to 2**31 or more.
    """
    if not (math.isfinite(real) and real >= 0):
        raise ValueError(f"a scale factor must be finite and not negative, got {real}")
    if real == 0.0:
        return 0, MAX_SHIFT
    exact = Fraction(real)
    shift = min(31 - math.frexp(real)[1], MAX_SHIFT)
    multiplier = math.floor(exact * Fraction(2) ** shift + Fraction(1, 2))
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift - 1
    if shift < 0:
        raise ValueError(f"a scale factor must be below 2**31, got {real}")
    return multiplier, shift


def quantize_multipliers(reals: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the (multipliers, shifts) of a 1-D array of real factors; see
    `quantize_multiplier`.
    """
    pairs = [quantize_multiplier(float(r)) for r in np.atleast_1d(np.asarray(reals, np.float64))]
    multipliers, shifts = zip(*pairs, strict=True)
    return np.array(multipliers, np.int32), np.array(shifts, np.int32)


def as_shifts(
    multipliers: NDArray[np.int32], shifts: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return equal factors as multipliers 1 and mere shifts if all are powers of two up to 1.

    Otherwise the factors are returned as they are.
    """
    powers = np.array([int(m).bit_length() - 1 for m in multipliers], np.int32)
    if (np.left_shift(1, np.maximum(powers, 0)) != multipliers).any() or (powers > shifts).any():
        return multipliers, shifts
    return np.ones_like(multipliers), shifts - powers


def real_multiplier(multiplier: int, shift: int) -> float:
    """Return the real number that (multiplier, shift) stands for: exact in float64."""
    return math.ldexp(multiplier, -shift)


@overload
def apply_scale(
    acc: int, multiplier: int, shift: int, rounding: RoundingMode = "half_even"
) -> int: ...


@overload
def apply_scale(
    acc: NDArray[np.integer],
    multiplier: "int | NDArray[np.integer]",
    shift: "int | NDArray[np.integer]",
    rounding: RoundingMode = "half_even",
) -> IntArray: ...


def apply_scale(
    acc: "int | NDArray[np.integer]",
    multiplier: "int | NDArray[np.integer]",
    shift: "int | NDArray[np.integer]",
    rounding: RoundingMode = "half_even",
) -> "int | IntArray":
    """Return ``acc * multiplier * 2**-shift`` rounded to an integer; see the module for the modes.

    Arrays broadcast like numpy's; the result is int64. Python integers give a Python integer.
    Multipliers lie in [0, 2**31), shifts in 0..62.

    Exact for every accumulator of 64 bits; a result that does not fit in 64 bits (possible only
    for shift < 31) saturates to 64 bits. In mode `double`, accumulators must fit in 32 bits.
    Raises ValueError for an unknown mode, and for Python integers or arrays outside these ranges.
    """
    if rounding not in ROUNDING_MODES:
        raise ValueError(f"unknown rounding mode '{rounding}', known: {', '.join(ROUNDING_MODES)}")
    if isinstance(acc, int) and isinstance(multiplier, int) and isinstance(shift, int):
        _check_ranges(acc, acc, multiplier, multiplier, shift, shift, rounding)
        return _apply_scale_int(acc, multiplier, shift, rounding)
    a, m, s = (np.asarray(v, np.int64) for v in (acc, multiplier, shift))
    if a.size == 0:
        return np.zeros(np.broadcast_shapes(a.shape, m.shape, s.shape), np.int64)
    low, high = int(a.min()), int(a.max())
    _check_ranges(low, high, int(m.min()), int(m.max()), int(s.min()), int(s.max()), rounding)
    if rounding == "double":
        return _apply_scale_double(a, m, s)
    if low > -_NARROW and high < _NARROW:
        product = a * m
        quotient = product >> s
        remainder = product - (quotient << s)
    else:
        quotient, remainder = _wide_divide(a, m, s)
    return _round(quotient, remainder, s, rounding)


def _check_ranges(
    acc_low: int, acc_high: int, m_low: int, m_high: int, s_low: int, s_high: int, rounding: str
) -> None:
    bits = 32 if rounding == "double" else 64
    if acc_low < -(2 ** (bits - 1)) or acc_high >= 2 ** (bits - 1):
        raise ValueError(f"rounding mode '{rounding}' takes accumulators of at most {bits} bits")
    if m_low < 0 or m_high >= 2**31:
        raise ValueError(f"a multiplier must be in [0, 2**31), got {m_low} to {m_high}")
    if s_low < 0 or s_high > MAX_SHIFT:
        raise ValueError(f"a shift must be in 0..{MAX_SHIFT}, got {s_low} to {s_high}")


def _apply_scale_int(acc: int, multiplier: int, shift: int, rounding: RoundingMode) -> int:
    if rounding == "double":
        left, right = max(31 - shift, 0), max(shift - 31, 0)
        high = (clamp(acc << left, I32_MIN, I32_MAX) * multiplier + 2**30) >> 31
        magnitude = (abs(high) + ((1 << right) >> 1)) >> right
        return magnitude if high >= 0 else -magnitude
    product = acc * multiplier
    quotient, remainder = product >> shift, product & ((1 << shift) - 1)
    half = (1 << shift) >> 1
    up = half > 0 and (
        remainder > half
        or (
            remainder == half
            and (
                rounding == "half_up"
                or (rounding == "half_away" and quotient >= 0)
                or (rounding == "half_even" and quotient % 2 == 1)
            )
        )
    )
    return clamp(quotient + up, _I64_MIN, _I64_MAX)


def _round(quotient: IntArray, remainder: IntArray, s: IntArray, rounding: str) -> IntArray:
    """Round quotient + remainder / 2**s, where 0 <= remainder < 2**s."""
    half = np.left_shift(np.int64(1), s) >> 1
    if rounding == "half_up":
        tie_up = np.bool_(True)
    elif rounding == "half_away":
        tie_up = quotient >= 0
    else:
        tie_up = (quotient & 1) == 1
    up = (remainder > half) | ((remainder == half) & tie_up & (s > 0))
    return quotient + (up & (quotient < _I64_MAX))


def _wide_divide(a: IntArray, m: IntArray, s: IntArray) -> tuple[IntArray, IntArray]:
    """Return (floor(a*m / 2**s) saturated to 64 bits, a*m mod 2**s) through a 96-bit product."""
    mask32 = np.int64(0xFFFFFFFF)
    low = (a & mask32) * m
    high = (a >> 32) * m + (low >> 32)
    low = low & mask32
    near, far = np.minimum(s, 32), np.maximum(s - 32, 0)
    above = high >> np.minimum(s + 31, 63)  # 0 or -1 when the quotient fits in 64 bits
    quotient = np.where(s > 32, high >> far, (high << (32 - near)) | (low >> near))
    quotient = np.where(above > 0, _I64_MAX, np.where(above < -1, _I64_MIN, quotient))
    far_mask = np.left_shift(np.int64(1), far) - 1
    near_mask = np.left_shift(np.int64(1), near) - 1
    remainder = np.where(s > 32, ((high & far_mask) << 32) | low, low & near_mask)
    return quotient, np.where((above > 0) | (above < -1), 0, remainder)


def _apply_scale_double(a: IntArray, m: IntArray, s: IntArray) -> IntArray:
    left, right = np.maximum(31 - s, 0), np.maximum(s - 31, 0)
    high = (np.clip(a << left, I32_MIN, I32_MAX) * m + 2**30) >> 31
    magnitude = (np.abs(high) + ((np.int64(1) << right) >> 1)) >> right
    return np.where(high >= 0, magnitude, -magnitude)


def clamp(value: int, low: int, high: int) -> int:
    """Return `value`, or the nearer end of [low, high] when it lies outside."""
    return max(low, min(high, value))


def requantize(
    x: NDArray[np.integer],
    multiplier: "int | NDArray[np.integer]",
    shift: "int | NDArray[np.integer]",
    *,
    input_zero_point: int = 0,
    zero_point: int = 0,
    rounding: RoundingMode = "half_even",
    low: int = I32_MIN,
    high: int = I32_MAX,
) -> IntArray:
    """Return ``clamp(round((x - input_zero_point) * multiplier * 2**-shift) + zero_point, low,
    high)``.

    `multiplier` and `shift` broadcast against `x` (per channel: along its last dimension). int64
    result, exact for every `x` of 64 bits with |x - input_zero_point| < 2**63 and ends of at most
    32 bits.
    """
    centred = np.asarray(x, np.int64) - input_zero_point
    if rounding == "double":
        centred = np.clip(centred, I32_MIN, I32_MAX)
    scaled = apply_scale(centred, multiplier, shift, rounding)
    return np.clip(scaled, low - zero_point, high - zero_point) + zero_point


def quantize(
    x: NDArray[np.floating],
    scales: ArrayLike,
    zero_points: ArrayLike,
    low: int,
    high: int,
    axis: int | None = None,
    rounding: RealRounding = "half_even",
) -> IntArray:
    """Return integers of reals: ``clamp(round(x / scale) + zero_point, low, high)``, in the float
    type of `x`; ties go to the even integer or away from zero.

    float32 `x` divides by the scale rounded to float32: ONNX's QuantizeLinear, and what the C does.
    float64 `x` is used where a real result is known more precisely. NaN becomes the zero point.
    `scales` and `zero_points` have one element or one per index of `axis`.
    """
    scale = _along(np.asarray(scales, np.float64).astype(x.dtype), x.ndim, axis)
    zero_point = _along(np.asarray(zero_points, np.int64), x.ndim, axis)
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = (x / scale).astype(np.float64)
        if rounding == "half_even":
            ratio = np.rint(ratio)
        else:
            ratio = np.copysign(np.floor(np.abs(ratio) + 0.5), ratio)
    ratio = np.where(np.isnan(ratio), 0.0, ratio)
    return np.clip(ratio, low - zero_point, high - zero_point).astype(np.int64) + zero_point


def dequantize(
    q: NDArray[np.integer],
    scales: ArrayLike,
    zero_points: ArrayLike,
    axis: int | None = None,
    dtype: "type[np.float32] | type[np.float64]" = np.float32,
) -> NDArray[np.floating]:
    """Return the reals of integers, ``(q - zero_point) * scale``, both factors rounded to `dtype`
    first.
    """
    scale = _along(np.asarray(scales, np.float64).astype(dtype), q.ndim, axis)
    zero_point = _along(np.asarray(zero_points, np.int64), q.ndim, axis)
    with np.errstate(over="ignore"):
        return (np.asarray(q, np.int64) - zero_point).astype(dtype) * scale


def _along(values: np.ndarray, rank: int, axis: int | None) -> np.ndarray:
    """Shape a 1-D array so that it broadcasts along `axis` of a tensor of `rank`."""
    if values.size == 1:
        return values.reshape(())
    if axis is None:
        raise ValueError(f"{values.size} quantization parameters need an axis")
    return values.reshape([-1 if i == axis else 1 for i in range(rank)])


def half_up_equals_half_even(multiplier: int, shift: int, low: int, high: int) -> bool:
    """Return whether half_up and half_even agree for every integer accumulator in [low, high];
    exact.

    With multiplier = 2**v * odd, a tie needs acc = 2**(shift-1-v) * t with t odd; the result is
    then t*odd/2 ± 1/2, and half up chooses the odd neighbour exactly when t*odd = 1 (mod 4), that
    is t = odd (mod 4). So the accumulators that differ form one residue class modulo
    2**(shift+1-v).
    """
    return _first_up_tie(multiplier, shift, low) > high


def half_up_equals_half_away(multiplier: int, shift: int, low: int, high: int) -> bool:
    """Return whether half_up and half_away agree for every integer accumulator in [low, high];
    exact.

    They differ at negative ties only: acc = 2**(shift-1-v) * t, t odd and negative.
    """
    valuation = _two_adic(multiplier)
    if shift == 0 or multiplier == 0 or valuation > shift - 1:
        return True
    step = 1 << (shift - 1 - valuation)
    first = _next_in_class(low, step, 2 * step)
    return first > min(high, -1)


def _first_up_tie(multiplier: int, shift: int, low: int) -> float:
    """Return the least acc >= low where half_up and half_even differ, infinity if there is none."""
    valuation = _two_adic(multiplier)
    if shift == 0 or multiplier == 0 or valuation > shift - 1:
        return math.inf
    step = 1 << (shift - 1 - valuation)
    odd = multiplier >> valuation
    return _next_in_class(low, step * (odd % 4), 4 * step)


def _two_adic(value: int) -> int:
    return (value & -value).bit_length() - 1 if value else 0


def _next_in_class(low: int, residue: int, modulus: int) -> int:
    return low + (residue - low) % modulus


@dataclass(frozen=True)
class AccumulatorBound:
    """Per output channel, the least and the greatest value that any partial sum can take.

    Python integers, so that they hold for any width.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    @property
    def least(self) -> int:
        """The lower bound over all channels."""
        return min(self.low, default=0)

    @property
    def greatest(self) -> int:
        """The upper bound over all channels."""
        return max(self.high, default=0)

    def fits(self, bits: int) -> bool:
        """Return whether every partial sum fits in a signed integer of `bits` bits."""
        return self.least >= -(2 ** (bits - 1)) and self.greatest < 2 ** (bits - 1)


def accumulator_bound(
    weights: NDArray[np.integer],
    bias: "NDArray[np.integer] | None",
    input_low: int,
    input_high: int,
    input_zero_point: int = 0,
    weight_zero_point: int = 0,
) -> AccumulatorBound:
    """Bound ``bias + sum((w - weight_zero_point) * (x - input_zero_point))`` for x in [input_low,
    input_high].

    `weights` has the output channel first: (O, ...); `bias` is (O,) or None. The bound holds for
    the complete sum and for every partial sum in any order that starts from the bias, with taps
    left out (padding) too; both ends are reached by some input when input_low <= input_zero_point
    <= input_high. It does not cover sums of raw products w*x whose zero-point share was folded
    into the bias: these may wrap around in between, and are right as long as they wrap modulo
    2**bits.

    Weights of at most 16 bits and fewer than 2**30 of them per channel (else int64 could overflow).
    """
    flat = weights.reshape(weights.shape[0], -1).astype(np.int64) - weight_zero_point
    positive = np.where(flat > 0, flat, 0).sum(axis=1)
    negative = np.where(flat < 0, flat, 0).sum(axis=1)
    low, high = min(input_low - input_zero_point, 0), max(input_high - input_zero_point, 0)
    start = [0] * len(flat) if bias is None else [int(b) for b in bias]
    pairs = list(zip(start, positive.tolist(), negative.tolist(), strict=True))
    return AccumulatorBound(
        tuple(b + p * low + n * high for b, p, n in pairs),
        tuple(b + p * high + n * low for b, p, n in pairs),
    )
