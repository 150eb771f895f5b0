"""The algorithm `planes` for depthwise convolutions: plain mathematics, no IR.

Four channels at a time, a *band* of image rows is widened to 16-bit lanes in scratch memory, one
plane per channel with its padding around it. Then one channel after the other runs over its plane
with its weights in registers, two neighbouring outputs at a time: each pair of lanes that is loaded
serves both, and borders need no tests. With an odd width of the window k = 2m + 1 and pairs X[j] of
lanes, the first output takes m SMLAD and one SMLABT per row, the second one SMLATB and m SMLAD
(stride 1).

`one-plane` is the same with one channel and one row of outputs at a time: slower, with the least
scratch memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

CHANNELS = 4
"""Planes that are filled together, unless memory is scarce."""

BAND_BYTES = 4096
"""Scratch memory of a band, if one row of outputs does not need more."""

CYCLES_LANE = 2.4
"""Widening and transposing, per element."""

CYCLES_PRODUCT = 0.75
"""A load or a multiply-accumulate of two lanes; these and what follows as measured on MLPerf
Tiny (`nnopt bench --calibrate-model`), every layer but the smallest within 10 %."""

CYCLES_OUTPUT = 6.5
"""Rescale, store and loop, per output."""

CYCLES_ROW, CYCLES_CHANNEL = 34.0, 20.0
"""A row of outputs of a channel; a channel of a band: weights, parameters."""


@dataclass(frozen=True)
class Planes:
    """Geometry of a depthwise convolution: pairs are (vertical, horizontal)."""

    image: tuple[int, int]
    output: tuple[int, int]
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    """Padding above and on the left."""
    batch: int = 1
    most_rows: int | None = None
    """Rows of outputs that a band may have; as many as fit, if None."""
    group: int = CHANNELS
    """Planes that are filled together."""

    @property
    def applies(self) -> bool:
        """Windows of odd width from 3 on, stride 1 or 2 along a row."""
        return self.kernel[1] % 2 == 1 and self.kernel[1] >= 3 and self.stride[1] in (1, 2)

    @property
    def pairs(self) -> int:
        """Pairs of lanes that two neighbouring outputs read in a row."""
        return (self.kernel[1] + self.stride[1] + 1) // 2

    @cached_property
    def width(self) -> int:
        """Lanes of a row of a plane: even, and enough for the last pair or four of outputs."""
        together = 4 if self.kernel[1] > 3 else 2
        reach = (together - 1) * self.stride[1] + self.kernel[1]
        last = (self.output[1] - 1) // together * together * self.stride[1] + reach + reach % 2
        held = self.pad[1] + self.image[1]
        return max(last, held + held % 2)

    def rows(self, outputs: int) -> int:
        """Rows of a plane that so many rows of outputs need."""
        return (outputs - 1) * self.stride[0] + self.kernel[0]

    @cached_property
    def band(self) -> int:
        """Rows of outputs in a band."""
        if self.most_rows is not None:
            return min(self.most_rows, self.output[0])
        fit = BAND_BYTES // (2 * CHANNELS * self.width)
        outputs = (fit - self.kernel[0]) // self.stride[0] + 1
        if outputs >= self.output[0]:
            return self.output[0]
        count = -(-self.output[0] // max(1, outputs))
        return -(-self.output[0] // count)

    @property
    def plane(self) -> int:
        """Lanes of a plane."""
        return self.rows(self.band) * self.width

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch memory."""
        return 2 * self.group * self.plane

    @property
    def cycles(self) -> float:
        """Estimated cycles of the whole op."""
        bands = -(-self.output[0] // self.band)
        filled = bands * self.rows(self.band) * self.image[1] * CYCLES_LANE
        pairs = -(-self.output[1] // 2) * self.output[0]
        per_row = (self.pairs + 1) + (self.kernel[1] + 1)
        products = pairs * self.kernel[0] * per_row * CYCLES_PRODUCT
        outputs = 2 * pairs * CYCLES_OUTPUT + self.output[0] * CYCLES_ROW
        each = filled + products + outputs + bands * CYCLES_CHANNEL
        return self.batch * self.channels * each
