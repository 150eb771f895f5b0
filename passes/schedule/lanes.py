"""The algorithm `lanes`: plain mathematics, no IR.

Inputs are widened once to 16-bit lanes in scratch memory, a *strip* of output pixels at a time;
then every block of four output channels and two pixels is one dot product over contiguous lanes
(`dsp.dot`). The layouts of a strip are those of `dialects/packing.py`:

- `columns`: the strip holds the columns of the image that its windows cover, each with the rows of
  the window one after another. Neighbouring windows overlap in memory, and nothing is widened twice
  within a strip;
- `patches`, `taps`: the strip holds one whole window per output pixel;
- `rows`: the strip holds the rows of the image that the windows of a whole row of outputs cover,
  padding included. Windows begin at even lanes; where the next pixel would not, a second copy of
  the rows, which begins with its window, is for the pixels of odd number.

The algorithm `blocks` is the same without SIMD: blocks of four channels and four pixels, whose
weights are bytes (`bytes-patches` and so on). A block has 16 sums and 8 operands in registers.

Cycles are those of a Cortex-M4 without wait states, counted from the instructions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...dialects import packing

MAX_OFFSET = 4095
"""Farthest immediate offset of LDR, in bytes."""

STRIP_BYTES = 4096
"""Scratch that a strip may take, if two pixels do not need more."""

CYCLES_QUAD_2, CYCLES_QUAD_1 = 31.0, 20.4
"""Four positions of four channels, two pixels or one."""

CYCLES_TILE, CYCLES_OUTPUT = 8.0, 8.0
"""A register block beside its products: loads, spills; and per output: rescale and store."""

CYCLES_BYTE, CYCLES_RUN, CYCLES_TAIL = 2.0, 12.0, 12.0
"""Widening: per byte, per run, and for a run that is no multiple of four."""

CYCLES_PLAIN = 2.7
"""A product of scalar registers in a block of four by four."""

CYCLES_IN_ORDER = 3.0
"""Widening in the order of the image, per byte."""

ROW_PAIRS = (2, 3, 5)
"""Pairs of lanes of a row of a window for which `nnopt_lanes.h` has loops."""


@dataclass(frozen=True)
class Window:
    """A window op: sizes in elements. A matrix product has windows of one pixel."""

    rows: int
    """Output rows, those of all images of the batch together."""
    columns: int
    """Output columns."""
    depth: int
    """Input channels."""
    channels: int
    """Output channels."""
    kernel: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a window: (KH, KW, C)."""
        return *self.kernel, self.depth


@dataclass(frozen=True)
class Plan:
    """How one window op runs with `lanes` in a given layout."""

    window: Window
    layout: str

    @cached_property
    def lanes(self) -> int:
        """Positions of a window, zeros included: the length of every dot product."""
        return packing.lanes(self.layout, self.window.shape)

    @property
    def quads(self) -> int:
        """Fours of positions."""
        return self.lanes // 4

    @property
    def is_plain(self) -> bool:
        """Whether weights are packed as bytes, for the algorithm `blocks`."""
        return self.layout.startswith(packing.PLAIN)

    @property
    def order(self) -> str:
        """The layout, as far as the order of positions goes."""
        return packing.order_of(self.layout)

    @property
    def pixels(self) -> int:
        """Output pixels of a register block."""
        if self.is_plain:
            return 4
        return 2 if self.pairs_fit else 1

    @property
    def advance(self) -> int:
        """Lanes from one window to the next in the layout `rows`."""
        return self.window.strides[1] * self.window.depth

    @property
    def copies(self) -> int:
        """Copies of the rows of the image in the layout `rows`."""
        return 1 + self.advance % 2

    @property
    def row(self) -> int:
        """Lanes of a row of the image in the layout `rows`: enough for the last window."""
        lanes = (self.window.columns - 1) * self.advance + self.lanes // self.window.kernel[0]
        return lanes + lanes % 2

    @property
    def dot_lanes(self) -> int | tuple[int, int, int]:
        """The lanes of a pixel as `dsp.dot` takes them."""
        rows = self.window.kernel[0]
        return (rows, self.lanes // rows // 2, self.row) if self.layout == "rows" else self.quads

    @property
    def run(self) -> int:
        """Bytes that are widened together."""
        return packing.run_length(self.layout, self.window.shape)

    @property
    def column(self) -> int:
        """Lanes of one column of a strip in the layout `columns`."""
        return self.window.kernel[0] * packing.filled_run(self.layout, self.window.depth)

    @property
    def pixel_step(self) -> int:
        """Lanes from one output pixel to the next."""
        if self.layout == "rows":
            return self.advance if self.copies == 1 else self.window.kernel[0] * self.row
        return self.column * self.window.strides[1] if self.order == "columns" else self.lanes

    def strip_lanes(self, pixels: int) -> int:
        """Lanes of a strip of so many output pixels."""
        if self.layout == "rows":
            return self.copies * self.window.kernel[0] * self.row
        return (pixels - 1) * self.pixel_step + self.lanes

    @cached_property
    def strip(self) -> int:
        """Output pixels of a strip: all of a row, or an even number."""
        columns = self.window.columns
        if self.layout == "rows":
            return columns
        together = 4 if self.is_plain else 2
        if self.order != "columns":
            return min(together, columns)
        if 2 * self.strip_lanes(columns) <= STRIP_BYTES:
            return columns
        room = (STRIP_BYTES // 2 - self.lanes) // self.pixel_step + 1
        return min(columns, max(together, room // together * together))

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch memory."""
        return 2 * self.strip_lanes(self.strip)

    @property
    def pairs_fit(self) -> bool:
        """Whether two pixels can share a block: their distance fits an instruction."""
        return 2 * self.pixel_step - 4 <= MAX_OFFSET

    @property
    def cycles(self) -> float:
        """Estimated cycles of the whole op."""
        window = self.window
        if self.is_plain:
            outputs = window.columns * window.channels
            products = outputs * self.lanes * CYCLES_PLAIN
            return window.rows * (products + outputs * CYCLES_OUTPUT + self.widening)
        blocks = -(-window.channels // 4)
        pairs, single = divmod(window.columns, 2) if self.pairs_fit else (0, window.columns)
        quads = pairs * CYCLES_QUAD_2 + single * CYCLES_QUAD_1
        tiles = blocks * (quads * self.lanes / 4 + (pairs + single) * CYCLES_TILE)
        outputs = 4 * blocks * window.columns * CYCLES_OUTPUT
        return window.rows * (tiles + outputs + self.widening)

    @property
    def widening(self) -> float:
        """Cycles of filling the strips of a row of outputs."""
        window = self.window
        if self.layout == "rows":
            return self.strip_lanes(window.columns) * CYCLES_IN_ORDER
        widened = -(-window.columns // self.strip) * self.strip_lanes(self.strip)
        runs = widened / packing.filled_run(self.layout, self.run)
        tail = CYCLES_TAIL if self.run % 4 and not self.is_plain else 0.0
        return runs * (self.run * CYCLES_BYTE + CYCLES_RUN + tail)

    @property
    def has_rows(self) -> bool:
        """Whether the layout `rows` can be: windows and steps for which there are loops."""
        window = self.window
        pairs = -(-window.kernel[1] * window.depth // 2)
        fits = 2 * self.strip_lanes(window.columns) <= STRIP_BYTES
        return window.kernel[0] == 3 and pairs in ROW_PAIRS and fits and self.pairs_fit


def best_plan(window: Window, plain: bool = False) -> Plan:
    """The plan with the layout that takes the fewest cycles; `plain` layouts are for `blocks`."""
    layouts = ["patches" if window.dilations[1] == 1 else "taps"]
    if window.dilations[1] == 1 and window.kernel[1] > window.strides[1]:
        layouts.append("columns")
    if plain:
        layouts = [packing.PLAIN + layout for layout in layouts]
    elif window.dilations == (1, 1) and Plan(window, "rows").has_rows:
        layouts.append("rows")
    return min((Plan(window, layout) for layout in layouts), key=lambda plan: plan.cycles)
