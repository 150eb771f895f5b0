"""The fixed-point functions of gemmlowp that TFLite's integer kernels are defined by; no xDSL here.

A number Qm.n is held in 32 bits with n = 31 - m bits behind the point. The functions have the very
bits of gemmlowp/fixedpoint/fixedpoint.h, of which TFLite's reference kernels are made; the C twins
of those that run on the target are in ``runtime_c/nnopt_fxp.h``.

Integers are numpy int64 arrays (or numbers) that hold 32-bit values.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .fixed_point import I32_MAX, I32_MIN, quantize_multiplier

IntArray: TypeAlias = NDArray[np.int64]

ONE = I32_MAX
"""1.0 in Q0.31, as near as it gets."""

SUM_BITS = 12
"""Sums of exponentials are Q12.19: of up to 4095 numbers not above 1."""

MAX_TERMS = (1 << SUM_BITS) - 1
"""How many exponentials a sum can have."""

_EXP_BITS = 5
"""Arguments of the exponential are Q5.26."""

_EXP_FACTORS = (
    (24, 1672461947),  # exp(-1/4)
    (25, 1302514674),  # exp(-1/2)
    (26, 790015084),  # exp(-1)
    (27, 290630308),  # exp(-2)
    (28, 39332535),  # exp(-4)
    (29, 720401),  # exp(-8)
    (30, 242),  # exp(-16)
)
"""Bit of a Q5.26 number and exp of minus its weight, in Q0.31."""


def high_multiply(a: "IntArray | int", b: "IntArray | int") -> IntArray:
    """SaturatingRoundingDoublingHighMul: ``a * b * 2**-31``, ties upwards."""
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.minimum((product + (1 << 30)) >> 31, I32_MAX)


def round_shift(x: "IntArray | int", exponent: int) -> IntArray:
    """RoundingDivideByPOT: ``x * 2**-exponent``, ties away from zero."""
    wide = np.asarray(x, np.int64)
    magnitude = (np.abs(wide) + ((1 << exponent) >> 1)) >> exponent
    return np.where(wide < 0, -magnitude, magnitude)


def left_shift(x: "IntArray | int", exponent: int) -> IntArray:
    """SaturatingRoundingMultiplyByPOT for exponents >= 0: shifted, saturated to 32 bits."""
    return np.clip(np.asarray(x, np.int64) << exponent, I32_MIN, I32_MAX)


def exp_of_negative(x: "IntArray | int") -> IntArray:
    """exp_on_negative_values: the exponential of Q5.26 numbers <= 0, in Q0.31."""
    argument = np.asarray(x, np.int64)
    quarter = 1 << (31 - _EXP_BITS - 2)
    fraction = (argument & (quarter - 1)) - quarter
    result = _exp_of_quarter(left_shift(fraction, _EXP_BITS))
    remainder = fraction - argument
    for bit, factor in _EXP_FACTORS:
        result = np.where((remainder >> bit) & 1, high_multiply(result, factor), result)
    return np.where(argument == 0, ONE, result)


def _exp_of_quarter(a: IntArray) -> IntArray:
    """The exponential of Q0.31 numbers in [-1/4, 0): Taylor's around -1/8."""
    x = a + (1 << 28)
    x2 = high_multiply(x, x)
    x3 = high_multiply(x2, x)
    x4_over_4 = round_shift(high_multiply(x2, x2), 2)
    tail = round_shift(high_multiply(x4_over_4 + x3, 715827883) + x2, 1)
    constant = 1895147668  # exp(-1/8)
    return constant + high_multiply(x + tail, constant)


def inverse(x: int) -> int:
    """The Q0.31 reciprocal of a positive integer scaled by a power of two to [1, 2): in (1/2, 1].

    TFLite's GetReciprocal, that is one_over_one_plus_x_for_x_in_0_1: three steps of Newton's.
    """
    leading = 32 - x.bit_length()
    above_one = (x << leading) - (1 << 31)
    half = (above_one + ONE + 1) // 2
    y = 1515870810 + int(high_multiply(half, -1010580540))  # 48/17 - 32/17 half, in Q2.29
    for _ in range(3):
        error = (1 << 29) - int(high_multiply(half, y))
        y = y + int(left_shift(high_multiply(y, error), 2))
    return int(left_shift(y, 1))


def inverse_shift(x: int) -> int:
    """How far a Q0.31 number times `inverse(x)`, for x in Q12.19, is shifted right to be the
    quotient in steps of 1/256, the 31 bits of the product included: the shift of `apply_scale`.
    """
    over_unit = SUM_BITS - (32 - x.bit_length())
    return 31 + over_unit + 31 - 8


def inverse_root(x: int) -> tuple[int, int]:
    """The reciprocal of the square root of x >= 1, as multiplier * 2**-(31 + shift): TFLite's
    GetInvSqrtQuantizedMultiplierExp, that is five steps of Newton's in Q3.28.
    """
    if x <= 1:
        return I32_MAX, 0
    shift = 11
    while x >= 1 << 29:
        x, shift = x // 4, shift + 1
    pairs = (31 - x.bit_length()) // 2 - 1
    shift -= pairs
    half_x = int(round_shift((x << 2 * pairs) >> 1, 1))
    y = 1 << 28
    for _ in range(5):
        cube = int(left_shift(high_multiply(high_multiply(y, y), y), 6))
        step = int(high_multiply((1 << 28) + (1 << 27), y)) - int(high_multiply(half_x, cube))
        y = int(left_shift(step, 3))
    return int(left_shift(high_multiply(y, 1518500250), max(-shift, 0))), max(shift, 0)


def softmax_table(input_scale: float, beta: float = 1.0) -> NDArray[np.int32]:
    """The exponentials that a softmax of 8-bit numbers needs: entry d is exp(-beta * scale * d) in
    Q0.31, for d in 0..255.

    As TFLite has it: the factor is a multiplier of 31 bits, and numbers too far below the largest
    to matter count as zero. Raises ValueError where TFLite does: a factor below 2**-26.
    """
    fraction_bits = 31 - _EXP_BITS
    real = min(beta * input_scale * (1 << fraction_bits), float((1 << 31) - 1))
    if not real > 1.0:
        raise ValueError(f"a softmax in steps of {beta * input_scale} cannot be computed")
    multiplier, shift = quantize_multiplier(real)
    left = 31 - shift
    radius = math.floor(((1 << _EXP_BITS) - 1) * (1 << fraction_bits) / (1 << left))
    below = -np.arange(256, dtype=np.int64)
    counts = below >= -radius
    scaled = high_multiply(np.where(counts, below, 0) << left, multiplier)
    return np.where(counts, exp_of_negative(scaled), 0).astype(np.int32)


def wide_softmax_table(input_scale: float) -> NDArray[np.int32]:
    """The exponentials that a softmax of 16-bit numbers needs: exp(-scale * d) in Q0.31 is the
    product of entry d >> 8 of the first 256 and entry d mod 256 of the second.
    """
    return np.concatenate([softmax_table(256 * input_scale), softmax_table(input_scale)])


def softmax_row(
    x: IntArray,
    table: NDArray[np.int32],
    low: int,
    high: int,
    *,
    bits: int = 8,
    zero: int | None = None,
) -> IntArray:
    """One row of integers to probabilities in steps of 2**-bits above `zero`, by default `low`,
    clamped to `low` and `high`.
    """
    below = x.max() - x
    exponentials = table[below if table.size == 256 else below >> 8].astype(np.int64)
    if table.size > 256:
        exponentials = high_multiply(exponentials, table[256 + (below & 255)].astype(np.int64))
    total = int(round_shift(exponentials, SUM_BITS).sum())
    product = high_multiply(exponentials, inverse(total))
    shifted = round_shift(product, inverse_shift(total) - 31 + 8 - bits)
    return np.clip(shifted + (low if zero is None else zero), low, high)


C_FUNCTIONS: dict[str, Callable[[int], int]] = {
    "nnopt_inverse": inverse,
    "nnopt_inverse_shift": inverse_shift,
}
"""The functions of nnopt_fxp.h that loops call by name, on integers."""
