"""The algorithm `words` for depthwise convolutions: plain mathematics, no IR.

For a row of outputs, the rows of the image under its windows become words in scratch memory: byte
i of a word is row i of a pixel in one channel, and words of up to 16 channels lie side by side,
columns one after another, with padding on the left and right. A vector of 16 bytes is gathered from
the words of four columns, and holds a window of up to four rows and columns; larger windows
are several such parts, further rows in a second plane. One VMLADAV then is the window's sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...dialects import packing

SCRATCH_BYTES = 4096
"""Scratch memory that words of 16 channels may take; otherwise there are 8."""

COLUMN_BYTES = 64
"""Bytes that the words of a column are written in, whatever the number of channels."""

CYCLES_FOUR, CYCLES_CHANNEL, CYCLES_COLUMN = 17.0, 22.0, 14.0
"""Four outputs beside their parts; a channel of a row of outputs; a column of words."""


@dataclass(frozen=True)
class Words:
    """Geometry of a depthwise convolution: pairs are (vertical, horizontal)."""

    image: tuple[int, int]
    output: tuple[int, int]
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    """Padding above and on the left."""
    batch: int = 1

    @property
    def applies(self) -> bool:
        """Windows of up to eight rows and columns, stride 1 or 2 along a row."""
        return max(self.kernel) <= 8 and self.stride[1] in (1, 2)

    @property
    def planes(self) -> int:
        """Planes of words: fours of rows."""
        return packing.filled(self.kernel[0]) // 4

    @property
    def quads(self) -> int:
        """Fours of columns of a window."""
        return packing.filled(self.kernel[1]) // 4

    @cached_property
    def columns(self) -> int:
        """Columns of words, enough for the last window of the last four of outputs."""
        return (packing.filled(self.output[1]) - 1) * self.stride[1] + 4 * self.quads

    @property
    def copied(self) -> int:
        """Columns of the image that become words."""
        return max(0, min(self.image[1], self.columns - self.pad[1]))

    @cached_property
    def group(self) -> int:
        """Channels whose words lie side by side."""
        fits = self.planes * self.columns * COLUMN_BYTES <= SCRATCH_BYTES
        return 16 if fits and self.channels > 8 else 8

    @property
    def pitch(self) -> int:
        """Bytes from one column to the next."""
        return 4 * self.group

    @property
    def step(self) -> int:
        """Bytes from one window to the next."""
        return self.stride[1] * self.pitch

    @property
    def plane(self) -> int:
        """Bytes of a plane, with what the last column is written in."""
        return self.columns * self.pitch + COLUMN_BYTES - self.pitch

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch memory."""
        return self.planes * self.plane

    @property
    def weight_bytes(self) -> int:
        """Packed weights of a channel."""
        return packing.VECTOR * self.planes * self.quads

    @property
    def cycles(self) -> float:
        """Estimated cycles of the whole op."""
        parts = self.planes * self.quads
        fours = packing.filled(self.output[1]) // 4 * (8 * parts + CYCLES_FOUR)
        groups = -(-self.channels // self.group)
        columns = groups * self.planes * self.copied * CYCLES_COLUMN
        each = self.channels * (fours + CYCLES_CHANNEL) + columns
        return self.batch * self.output[0] * each
