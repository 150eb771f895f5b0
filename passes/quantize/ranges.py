"""From observed values to scales and zero points; no xDSL in here."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOAT32_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Encoding:
    """``real = (integer - zero_point) * scale``, integers in [qmin, qmax], a float32 scale."""

    scale: float
    zero_point: int
    qmin: int
    qmax: int


def affine_encoding(low: float, high: float, bits: int = 8) -> Encoding:
    """Return the signed affine encoding of [low, high], widened to contain zero exactly.

    The formula of onnxruntime's and TFLite's calibration. An empty range gives scale 1.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    qmin, qmax = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    scale = float(np.float32((high - low) / (qmax - qmin)))
    if not FLOAT32_TINY <= scale < np.inf:
        return Encoding(1.0, 0, qmin, qmax)
    zero_point = int(np.clip(np.rint(qmin - low / scale), qmin, qmax))
    return Encoding(scale, zero_point, qmin, qmax)


def symmetric_encoding(low: float, high: float, bits: int) -> Encoding:
    """Return the signed encoding of [low, high] with zero point 0; an empty range gives scale 1."""
    qmin, qmax = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    scale = float(np.float32(max(abs(low), abs(high)) / qmax))
    if not FLOAT32_TINY <= scale < np.inf:
        scale = 1.0
    return Encoding(scale, 0, qmin, qmax)


def weight_scales(
    weights: NDArray[np.floating],
    bias: NDArray[np.floating],
    input_scale: float,
    bits: int = 8,
    bias_limit: float = 2.0**30,
) -> NDArray[np.float64]:
    """Return symmetric scales of weights (O, ...), one per output channel, as float32 numbers.

    A scale is the largest weight over 2**(bits-1) - 1, or more where the bias (O,) in steps of
    ``input_scale * scale`` would exceed `bias_limit`; channels of zeros only get scale 1 at least.
    """
    flat = np.abs(weights.reshape(weights.shape[0], -1).astype(np.float64)).max(axis=1, initial=0.0)
    scales = flat / (2 ** (bits - 1) - 1)
    scales = np.maximum(scales, np.abs(bias.astype(np.float64)) / (input_scale * bias_limit))
    scales = np.where(scales < FLOAT32_TINY, 1.0, scales)
    return scales.astype(np.float32).astype(np.float64)


def fraction_bits(low: float, high: float, bits: int) -> int:
    """Return the most fractional bits n with which signed integers of `bits` reach [low, high].

    The upper end may be missed by a step: finer steps everywhere are worth more than that. 0 for an
    empty range.
    """
    largest = max(-low, high)
    if not largest > FLOAT32_TINY:
        return 0
    return max(-64, min(126, bits - 1 - _exponent_above(largest)))


def _exponent_above(value: float) -> int:
    """Return the least e with value <= 2**e."""
    mantissa, exponent = math.frexp(value)
    return exponent - 1 if mantissa == 0.5 else exponent


def powers_of_two_above(scales: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least powers of two that are no smaller."""
    mantissas, exponents = np.frexp(scales)
    return np.ldexp(1.0, np.where(mantissas == 0.5, exponents - 1, exponents))


def nearest_powers_of_two(
    weights: NDArray[np.floating], scales: NDArray[np.float64], bits: int
) -> NDArray[np.float64]:
    """Return, per channel of weights (O, ...), the power of two with the least squared error.

    The choice is between the least power of two that is no smaller than the scale, and half of it,
    which cuts off the largest weights.
    """
    flat = weights.reshape(weights.shape[0], -1).astype(np.float64)
    limit = 2 ** (bits - 1) - 1
    whole = powers_of_two_above(scales)

    def error(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        column = steps[:, None]
        rounded = np.clip(np.rint(flat / column), -limit, limit) * column
        return np.square(rounded - flat).sum(axis=1)

    return np.where(error(whole / 2) < error(whole), whole / 2, whole)


def guarded_scales(
    weights: NDArray[np.floating],
    bias: NDArray[np.floating],
    input_scale: float,
    input_magnitude: int,
) -> NDArray[np.float64]:
    """Return the finest scales of weights (O, ...) with which sums are proven to fit in 32 bits.

    Inputs are integers up to `input_magnitude` in steps of `input_scale`; rounding weights and bias
    is accounted for. 0 where so many products are summed that no scale helps.
    """
    flat = np.abs(weights.reshape(weights.shape[0], -1).astype(np.float64))
    room = 2.0**31 - 1 - (flat.shape[1] / 2 + 1) * input_magnitude
    if room < 2.0**24:
        return np.zeros(len(flat))
    needed = flat.sum(axis=1) * input_magnitude + np.abs(bias.astype(np.float64)) / input_scale
    return needed / room
