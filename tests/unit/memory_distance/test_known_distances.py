"""Distances and footprints that are known from elsewhere, and what they cost to compute."""

import re
import time
from pathlib import Path

import pytest

from nnopt.passes.memory import access
from nnopt.passes.memory.access import Slide
from nnopt.passes.memory.distance import (
    Distance,
    circular_footprint,
    distance,
    footprint,
    fused_windows,
    gemm_segments,
)


@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize("inner", [1, 3, 8])
@pytest.mark.parametrize("outputs", [1, 3, 8])
def test_product_of_matrices_in_segments(rows: int, inner: int, outputs: int) -> None:
    loops, read = access.fully_connected(rows, inner, outputs)
    found = distance((loops.nest(1, (0, read)),), 0, rows * inner, rows * outputs)
    if rows * outputs > 1:
        expected = gemm_segments(rows, inner, outputs)
        assert circular_footprint(found, rows * inner, rows * outputs) == expected
        assert footprint(found, rows * inner, rows * outputs) == expected


def pointwise(
    size: int, channels: int, filters: int, order: tuple[str, ...], block: tuple[int, int]
) -> tuple[access.Walk, int, int]:
    axis = Slide(size, size, 1)
    loops = access.window_loops((1, size, size, filters), axis, axis, order, block)
    read = access.window_read(loops, axis, axis, channels)
    return (loops.nest(1, (0, read)),), size * size * channels, size * size * filters


@pytest.mark.parametrize(("channels", "block"), [(16, 1), (16, 4), (24, 8), (16, 16)])
def test_pointwise_with_equal_channels(channels: int, block: int) -> None:
    # Later blocks of channels read the same pixel again, so all but the last block are ahead.
    walk, x, y = pointwise(10, channels, channels, ("oh", "ow", "oc"), (1, block))
    assert distance(walk, 0, x, y).below == channels - block
    # A segment (pixel) above one tensor, where a step may write before it has read everything.
    whole, x, y = pointwise(10, channels, channels, ("oh", "ow", "oc"), (1, channels))
    assert distance(whole, 0, x, y, reads_first=False).below == channels
    # Blocks of pixels, written after all their reads: the same distance, per block of pixels.
    walk, x, y = pointwise(10, channels, channels, ("oh", "ow", "oc"), (2, block))
    assert distance(walk, 0, x, y).below == (2 * channels - block if block < channels else 0)
    # Channels outermost: the whole image is read once per block.
    walk, x, y = pointwise(10, channels, channels, ("oc", "oh", "ow"), (1, block))
    assert distance(walk, 0, x, y).below == (y - block if block < channels else 0)


@pytest.mark.parametrize(
    ("size", "channels", "filters", "saved"),
    [
        (80, 16, 16, 49.45),
        (56, 32, 32, 49.10),
        (28, 64, 64, 46.99),
        (80, 16, 8, 33.08),
        (40, 32, 16, 31.93),
        (20, 48, 24, 29.26),
        (24, 16, 32, 29.46),
        (12, 32, 64, 23.86),
        (6, 64, 128, 12.01),
    ],
)
def test_single_pointwise_layers_save_at_least_what_vmcu_prints(
    size: int, channels: int, filters: int, saved: float
) -> None:
    for block in ((1, 1), (1, 4), (2, 2)):
        walk, x, y = pointwise(size, channels, filters, ("oh", "ow", "oc"), block)
        pool = footprint(distance(walk, 0, x, y), x, y)
        assert 100 * (1 - pool / (x + y)) >= saved


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_same_padded_depthwise(kernel: int) -> None:
    axis = Slide(20, 20, kernel, 1, kernel // 2)
    for block in (1, 2, 4, 8):
        loops = access.window_loops((1, 20, 20, 8), axis, axis, block=(1, block))
        walk = (loops.nest(1, (0, access.window_read(loops, axis, axis, 8, groups=8))),)
        assert distance(walk, 0, 3200, 3200).below == kernel // 2 * 21 * 8


def test_in_place_falls_out() -> None:
    loops = access.Loops.over((4, 5, 6))
    same = (loops.nest(1, (0, loops.at((4, 5, 6), 1)), (1, loops.at((6,), 1))),)
    assert distance(same, 0, 120, 120) == Distance(0, 120)
    parts = access.concat_walk([(3, 4), (2, 4)], 0)
    assert distance(parts, 0, 12, 20).below == 0
    assert distance(parts, 1, 8, 20).below == 12
    narrower = (loops.nest(1, (0, loops.at((4, 5, 6), 4))),)
    assert distance(narrower, 0, 480, 120).below <= 0
    softmax = access.softmax_walk((3, 7), 1)
    assert distance(softmax, 0, 84, 84).below == 0


def test_a_large_layer_takes_milliseconds() -> None:
    axis = Slide(176, 176, 3, 1, 1)
    start = time.perf_counter()
    loops = access.window_loops((1, 176, 176, 64), axis, axis, ("oh", "ow", "oc"), (2, 4))
    walk = (loops.nest(1, (0, access.window_read(loops, axis, axis, 32))),)
    distance(walk, 0, 176 * 176 * 32, 176 * 176 * 64)
    assert time.perf_counter() - start < 0.1


def halved(extent: int, stride: int) -> int:
    return -(-extent // stride)


def test_fused_blocks_have_the_known_footprints(shared: Path) -> None:
    rows = 0
    for line in (shared / "ram-bounds.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not re.fullmatch(r"\d+", cells[0]):
            continue
        height, width = (int(n) for n in cells[1].split("x"))
        channels, filters = int(cells[2]), int(cells[4])
        kernel, stride, expected = int(cells[5]), int(cells[6]), int(cells[14])
        chain = [
            [
                Slide(extent, extent, 1),
                Slide(extent, halved(extent, stride), kernel, stride, kernel // 2),
                Slide(halved(extent, stride), halved(extent, stride), 1),
            ]
            for extent in (height, width)
        ]
        walk = fused_windows(chain[0], chain[1], (channels, filters))
        x = height * width * channels
        y = halved(height, stride) * halved(width, stride) * filters
        found = distance(walk, 0, x, y)
        assert circular_footprint(found, x, y) == expected, line
        rows += 1
    assert rows == 15 + 18 + 14 + 15 + 13


@pytest.mark.parametrize(
    ("size", "middle", "filters", "expected"),
    [(80, 40, 8, 19687), (176, 88, 8, 93991), (64, 32, 8, 12679), (48, 24, 16, 9791)],
)
def test_stem_fused_with_the_first_block(
    size: int, middle: int, filters: int, expected: int
) -> None:
    chain = [Slide(size, middle, 3, 2, 1), Slide(middle, middle, 3, 1, 1)]
    walk = fused_windows(chain, chain, (3, filters))
    x, y = size * size * 3, middle * middle * filters
    assert circular_footprint(distance(walk, 0, x, y), x, y) == expected
