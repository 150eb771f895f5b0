"""Weights in the order in which kernels read them: plain mathematics, no IR.

The packing `pairs` is for blocks of four output channels on 16-bit lanes
(`runtime_c/nnopt_lanes.h`, which explains the arithmetic). A word of four bytes holds two channels,
lo and hi, at two positions: `lo, hi', lo, hi'` with `hi' = hi - (lo < 0)`, so that its 16-bit
halves are `lo + 256 * hi`. Words follow each other by position (of four, the order is 0 2, then 1
3, as SXTB16 widens inputs), channels 0 1 before channels 2 3; then come the next four channels.
Channels are filled up with zeros to a multiple of four, runs of positions as well.

The *layout* says which positions a window (KH, KW, C) has, in order:

- `patches`: row by row, the KW * C elements of a row being one run;
- `taps`: tap by tap, the C channels of a tap being one run;
- `columns`: column by column of the window, in it row by row, the C channels being one run, so
  that the next window to the right shares all columns but the first;
- `rows`: as `patches`, but as the elements lie in the image and filled up to an even number only,
  so that windows are read from whole rows of the image.

Each but the last also exists with `bytes-` before it, for processors without SIMD: blocks of four
channels, the four bytes of a position side by side, in the order of the image and without zeros.
And with `vectors-`, for vectors of 16 bytes: positions likewise, filled up with zeros to a multiple
of 16; of every four channels 16 positions of the first, of the second, and so on, then the next 16.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN = "bytes-"
"""What the names of layouts begin with whose bytes stand for themselves."""

VECTORS = "vectors-"
"""What the names of layouts begin with whose positions come in vectors of 16 bytes."""

VECTOR = 16
"""Bytes of a vector."""

LAYOUTS = (
    "patches",
    "taps",
    "columns",
    "rows",
    *(PLAIN + n for n in ("patches", "taps", "columns")),
    *(VECTORS + n for n in ("patches", "taps", "columns")),
)
"""Orders of the positions of a window in dense products."""

PLANES = "planes"
"""The layout of depthwise weights (C, KH, KW, 1), KW odd and at least 3, for pixel pairs on lanes:
channel by channel, row by row, for j = 0 .. (KW - 3) / 2 the bytes w[2j], w[2j+1], w[2j+1],
w[2j+2], which SXTB16 widens to the pairs (w[2j], w[2j+1]) and, rotated, (w[2j+1], w[2j+2])."""

WORDS = "words"
"""The layout of depthwise weights (C, KH, KW, 1) for vectors of words: channel by channel, of every
four rows, every four columns, column by column the four rows of each; zeros fill up."""

REALS = {"reals-4": 4, "reals-8": 8}
"""Layouts of f32 weights (O, KH, KW, C): blocks of so many channels, filled up with zeros; element
by element in the order of the window, the channels of a block side by side."""

BLOCK = 4
"""Output channels that are packed together."""

QUAD = (0, 2, 1, 3)
"""Order of every four positions."""

SEPARABLE = 1 << 23
"""Sums of hi channels must lie in [-SEPARABLE, SEPARABLE)."""


def filled(count: int) -> int:
    """`count` rounded up to a multiple of four."""
    return -(-count // 4) * 4


def vectors(count: int) -> int:
    """`count` rounded up to a multiple of 16."""
    return -(-count // VECTOR) * VECTOR


def in_order(layout: str) -> bool:
    """Whether positions lie in the order of the image, without zeros."""
    return layout.startswith((PLAIN, VECTORS))


def run_length(layout: str, window: tuple[int, int, int]) -> int:
    """Elements that lie next to each other in the image and among the positions."""
    _, columns, depth = window
    return columns * depth if order_of(layout) in ("patches", "rows") else depth


def order_of(layout: str) -> str:
    """In which order a layout has the elements of a window: its name without `bytes-`."""
    return layout.removeprefix(PLAIN).removeprefix(VECTORS)


def filled_run(layout: str, count: int) -> int:
    """Positions that a run of `count` elements takes."""
    if in_order(layout):
        return count
    return count + count % 2 if layout == "rows" else filled(count)


def positions(layout: str, window: tuple[int, int, int]) -> NDArray[np.int64]:
    """The element (flat, of KH x KW x C) at each position in reading order; -1 for a zero."""
    rows, columns, depth = window
    elements = np.arange(rows * columns * depth).reshape(window)
    if order_of(layout) == "columns":
        elements = elements.transpose(1, 0, 2)
    elements = elements.reshape(-1, run_length(layout, window))
    more = filled_run(layout, elements.shape[1]) - elements.shape[1]
    runs = np.pad(elements, ((0, 0), (0, more)), constant_values=-1)
    if layout == "rows" or in_order(layout):
        return runs.reshape(-1)
    return runs.reshape(-1, 4)[:, list(QUAD)].reshape(-1)


def lanes(layout: str, window: tuple[int, int, int]) -> int:
    """Number of positions of a window, zeros included."""
    return len(positions(layout, window))


def packed_size(layout: str, shape: tuple[int, int, int, int]) -> int:
    """Elements of packed weights (O, KH, KW, C)."""
    if layout in REALS:
        return -(-shape[0] // REALS[layout]) * REALS[layout] * math.prod(shape[1:])
    if layout == PLANES:
        return shape[0] * shape[1] * (shape[2] - 1) * 2
    if layout == WORDS:
        return shape[0] * filled(shape[1]) * filled(shape[2])
    count = lanes(layout, shape[1:])
    return filled(shape[0]) * (vectors(count) if layout.startswith(VECTORS) else count)


def _rows(weights: NDArray[np.int8], layout: str) -> NDArray[np.int64]:
    """Weights (O, KH, KW, C) as one row of positions per channel, channels filled up."""
    order = positions(layout, weights.shape[1:])  # type: ignore[arg-type]
    flat = weights.reshape(len(weights), -1).astype(np.int64)
    rows = np.where(order >= 0, flat[:, order], 0)
    return np.pad(rows, ((0, filled(len(rows)) - len(rows)), (0, 0)))


def is_packable(weights: NDArray[Any]) -> bool:
    """Whether hi' fits a byte everywhere: no hi is -128 beside a negative lo."""
    flat = weights.reshape(len(weights), -1).astype(np.int64)
    lo, hi = flat[0::2], flat[1::2]
    return bool((hi - (lo[: len(hi)] < 0) >= -128).all())


def pieces(weights: NDArray[Any], low: int, high: int, layout: str) -> int | None:
    """In how many equal parts hi sums must be taken so that each part is separable; None if no
    division into whole fours of positions will do (in the layout `rows`: if they are not as they
    are). Inputs lie in [low, high], low <= 0 <= high.
    """
    hi = _rows(weights, layout)[1::2]
    quads = 1 if layout == "rows" else hi.shape[1] // 4
    most = np.maximum(hi * low, hi * high).reshape(len(hi), quads, -1).sum(2)
    least = np.minimum(hi * low, hi * high).reshape(len(hi), quads, -1).sum(2)
    for count in (d for d in range(1, quads + 1) if quads % d == 0):
        highest = most.reshape(len(hi), count, -1).sum(2).max(initial=0)
        lowest = least.reshape(len(hi), count, -1).sum(2).min(initial=0)
        if highest < SEPARABLE and lowest >= -SEPARABLE:
            return count
    return None


def _pack_reals(weights: NDArray[Any], block: int) -> NDArray[Any]:
    flat = weights.reshape(len(weights), -1)
    rows = np.pad(flat, ((0, -len(flat) % block), (0, 0)))
    return np.ascontiguousarray(rows.reshape(-1, block, rows.shape[1]).transpose(0, 2, 1)).ravel()


def pack(weights: NDArray[Any], layout: str) -> NDArray[Any]:
    """Packed weights, flat, of weights (O, KH, KW, C); they must be packable."""
    if layout in REALS:
        return _pack_reals(weights, REALS[layout])
    if layout == PLANES:
        taps = weights[..., 0]
        words = [taps[:, :, 0:-2:2], taps[:, :, 1:-1:2], taps[:, :, 1:-1:2], taps[:, :, 2::2]]
        return np.stack(words, -1).reshape(-1)
    if layout == WORDS:
        more = [(0, -extent % 4) for extent in weights.shape[1:3]]
        taps = np.pad(weights[..., 0], ((0, 0), *more))
        blocks = taps.reshape(len(taps), taps.shape[1] // 4, 4, -1, 4)
        return np.ascontiguousarray(blocks.transpose(0, 1, 3, 4, 2)).reshape(-1)
    rows = _rows(weights, layout)
    if layout.startswith(PLAIN):
        return rows.reshape(-1, 4, rows.shape[1]).transpose(0, 2, 1).astype(np.int8).reshape(-1)
    if layout.startswith(VECTORS):
        rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % VECTOR))).astype(np.int8)
        return rows.reshape(len(rows) // 4, 4, -1, VECTOR).transpose(0, 2, 1, 3).reshape(-1)
    rows[1::2] -= rows[0::2] < 0
    blocks = rows.reshape(-1, 2, 2, rows.shape[1] // 2, 2)  # block, pair, lo/hi, step, position
    return blocks.transpose(0, 3, 1, 4, 2).astype(np.int8).reshape(-1)


def unpack(packed: NDArray[Any], shape: tuple[int, int, int, int], layout: str) -> NDArray[Any]:
    """The weights (O, KH, KW, C) that `pack` was given."""
    if layout in REALS:
        blocks = packed.reshape(-1, math.prod(shape[1:]), REALS[layout]).transpose(0, 2, 1)
        return blocks.reshape(-1, blocks.shape[2])[: shape[0]].reshape(shape)
    if layout == PLANES:
        words = packed.reshape(*shape[:2], -1, 4)
        last = words[:, :, -1:, 3]
        return np.concatenate([words[..., :2].reshape(*shape[:2], -1), last], 2).reshape(shape)
    if layout == WORDS:
        blocks = packed.reshape(shape[0], filled(shape[1]) // 4, -1, 4, 4).transpose(0, 1, 4, 2, 3)
        taps = blocks.reshape(shape[0], filled(shape[1]), -1)
        return taps[:, : shape[1], : shape[2]].reshape(shape)
    order = positions(layout, shape[1:])
    if layout.startswith(PLAIN):
        rows = packed.reshape(-1, len(order), 4).transpose(0, 2, 1).reshape(-1, len(order))
    elif layout.startswith(VECTORS):
        size = vectors(len(order))
        blocks = packed.reshape(-1, size // VECTOR, 4, VECTOR).transpose(0, 2, 1, 3)
        rows = blocks.reshape(-1, size)[:, : len(order)]
    else:
        blocks = packed.astype(np.int64).reshape(-1, len(order) // 2, 2, 2, 2)
        rows = blocks.transpose(0, 2, 4, 1, 3).reshape(-1, len(order))
        rows[1::2] += rows[0::2] < 0
    flat = np.zeros((shape[0], int(np.prod(shape[1:]))), np.int8)
    flat[:, order[order >= 0]] = rows[: shape[0], order >= 0]
    return flat.reshape(shape)
