"""Buffers and placements in one pool: plain mathematics, no IR."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Buffer:
    """A buffer of `size` bytes, alive from step `first` to step `last`, aligned to `alignment`."""

    size: int
    first: int
    last: int
    alignment: int = 4

    def meets(self, other: Buffer) -> bool:
        """Whether both are alive at some step."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placement:
    """Offsets in bytes (one per buffer), pool size, and whether no smaller pool exists."""

    offsets: tuple[int, ...]
    size: int
    proven: bool


def align(offset: int, alignment: int) -> int:
    """`offset` rounded up to a multiple of `alignment`."""
    return -(-offset // alignment) * alignment
