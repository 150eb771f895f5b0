"""The algorithm `reals` for dense products on f32: plain mathematics, no IR.

The loops are those of the direct algorithm, and so is the order in which sums are taken; but the
weights of a register block lie side by side in the order of their use, so that groups of loads
bring them into the FPU. Blocks have four output channels and up to four pixels, so many that few
are left over; a single row of inputs has eight channels and reads each weight once.
"""

from __future__ import annotations

CYCLES = {1: 3.7, 2: 3.1, 3: 2.9, 4: 2.75}
"""Cycles of a product in a block of four channels and so many pixels, on a Cortex-M4."""

CYCLES_ROW = 3.3
"""Cycles of a product in a block of eight channels and one pixel."""

CYCLES_OUTPUT = 15.0
"""Cycles of an output beside its products."""


def row_cycles(pixels: int, inside: int, outside: int) -> float:
    """Cycles per channel and position of a row of outputs, `inside` of them with whole windows."""
    together = inside // pixels * pixels
    return together * CYCLES[pixels] + (inside - together + outside) * CYCLES[1]


def best_pixels(inside: int, outside: int) -> int:
    """Pixels of a register block with which a row of outputs takes the fewest cycles."""
    return min(CYCLES, key=lambda pixels: (row_cycles(pixels, inside, outside), pixels))
