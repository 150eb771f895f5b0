"""How activations and weights are stored: the schemes of `insert-quantizers`.

A scheme turns ranges into element types. Affine schemes take any scale; the fixed ones (Qm.n, after
MicroAI, https://arxiv.org/abs/2105.13331) powers of two only, so that every rescale is a shift.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerType, i8, i16
from xdsl.ir import Operation
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn
from ...dialects.fxp import AffineType, FixedType, FxpType
from .ranges import (
    affine_encoding,
    fraction_bits,
    guarded_scales,
    nearest_powers_of_two,
    powers_of_two_above,
    symmetric_encoding,
    weight_scales,
)

Steps: TypeAlias = Literal["affine", "symmetric", "powers-of-two"]

FLOAT = "float"
"""In place of a scheme: leave a layer as it is."""

UNIT_RANGES: dict[type[Operation], tuple[float, float]] = {
    nn.SoftmaxOp: (0.0, 1.0),
    nn.SigmoidOp: (0.0, 1.0),
    nn.HardSigmoidOp: (0.0, 1.0),
    nn.TanhOp: (-1.0, 1.0),
}
"""Operations whose results always lie in the same range; the upper end may be missed by a step."""


@dataclass(frozen=True)
class Scheme:
    """How activations and weights are stored."""

    activation: IntegerType
    weight: IntegerType
    steps: Steps
    """Affine: any scale and zero point; symmetric: zero point 0; powers of two: scales, too."""
    headroom: float = 1.0
    """By how much ranges are widened: 16 bits can spare steps for what calibration did not see."""
    guarded: bool = False
    """Weights lose bits where sums could leave 32 bits otherwise; else accumulators get 64."""
    fraction_bits: int | None = None
    """The fractional bits of every activation and weight, if the network shares one format."""

    @property
    def bits(self) -> int:
        """Bits of an activation."""
        return self.activation.width.data

    def encode(self, low: float, high: float) -> FxpType:
        """Return the type of an activation that was seen in [low, high]."""
        low, high = low * self.headroom, high * self.headroom
        if self.steps == "powers-of-two":
            shared = self.fraction_bits
            bits = fraction_bits(low, high, self.bits) if shared is None else shared
            return FixedType.get(self.activation, bits)
        make = symmetric_encoding if self.steps == "symmetric" else affine_encoding
        encoding = make(low, high, self.bits)
        return AffineType.per_tensor(self.activation, encoding.scale, encoding.zero_point)

    def encode_unit(self, low: float, high: float) -> FxpType:
        """Return the type of an activation in [low, high), ends that are 0 or powers of two."""
        if self.steps == "powers-of-two":
            bits = self.bits - 1 if self.fraction_bits is None else self.fraction_bits
            return FixedType.get(self.activation, bits)
        if self.steps == "symmetric":
            low = -high
        scale = math.ldexp(high - low, -self.bits)
        return AffineType.per_tensor(
            self.activation, scale, -(2 ** (self.bits - 1)) - round(low / scale)
        )

    def weight_type(
        self, weights: NDArray[np.floating], bias: NDArray[np.floating], input_scale: float
    ) -> AffineType:
        """Return the type of weights (O, ...) of a linear operation with a bias (O,).

        One scale per output channel, such that the bias fits in 32 bits.
        """
        bits = self.weight.width.data
        scales = weight_scales(weights, bias, input_scale, bits)
        if self.steps == "powers-of-two":
            scales = nearest_powers_of_two(weights, scales, bits)
        if self.guarded:
            largest = 2 ** (self.bits - 1)
            guard = guarded_scales(weights, bias, input_scale, largest)
            scales = np.maximum(scales, powers_of_two_above(guard))
        if self.fraction_bits is not None:
            scales = np.full_like(scales, math.ldexp(1.0, -self.fraction_bits))
        return AffineType.per_axis(self.weight, 0, scales)


SCHEMES = {
    "int8": Scheme(i8, i8, "affine"),
    "int16x8": Scheme(i16, i8, "symmetric", headroom=1.25),
    "int16": Scheme(i16, i16, "symmetric", headroom=1.25),
    "q7": Scheme(i8, i8, "powers-of-two", guarded=True),
    "q15": Scheme(i16, i16, "powers-of-two", headroom=1.25, guarded=True),
}
"""The schemes by name.

int8: affine activations. int16x8: symmetric 16-bit activations, int8 weights. int16: both 16 bits,
accumulators of 64 where 32 are not proven to suffice. q7, q15: Qm.n of 8 and 16 bits, all scales
powers of two, 32-bit accumulators. Weights are symmetric, with a scale per output channel.
"""


def find_scheme(name: str, fraction_bits: int | None = None) -> Scheme:
    """Return a scheme; raises PassFailedException if there is none of that name."""
    if name not in SCHEMES:
        raise PassFailedException(f"unknown scheme '{name}', known: {', '.join(SCHEMES)}")
    scheme = SCHEMES[name]
    if fraction_bits is None:
        return scheme
    if scheme.steps != "powers-of-two":
        raise PassFailedException(f"scheme '{name}' has no fractional bits: choose q7 or q15")
    return replace(scheme, fraction_bits=fraction_bits)


def finest(schemes: "list[Scheme | None]") -> Scheme | None:
    """Return the scheme with the finest steps, for values that share their type; None is real."""
    if not schemes or None in schemes:
        return None
    known = [s for s in schemes if s is not None]
    return max(known, key=lambda s: (s.bits, s.weight.width.data, s.steps != "powers-of-two"))
