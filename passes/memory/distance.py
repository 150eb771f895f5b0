"""How close a kernel's output may lie to an input that dies with it: plain mathematics, no IR.

Within a step of a kernel all reads happen before all writes (see `access.py`). Output Y placed d
bytes below input X in the same pool - at address(X) - d - overwrites byte r of X when it writes
byte w = r + d. That does harm where a later step still reads r. So, over all steps t < s,

    below(X, Y) = 1 + max { w - r : step t writes byte w of Y, step s reads byte r of X }

is the smallest number such that every distance d >= below is safe; below - 1 is not. Likewise Y may
lie `above` bytes or more above X. Both follow from the first and last bytes of the accesses alone,
since all steps t < s are considered: no byte between them is further out.

The maximum over pairs of steps is exact and costs no more than one pass over the terms of each
loop: t < s means that the two steps agree in the outer loops, differ (<) in loop k, and are
unrelated in the inner ones. First and last bytes are sums over the loops: so is the maximum for k:

    sum over j < k of max_i (W_j[i] - R_j[i])  +  max over a < b of (W_k[a] - R_k[b])
                                               +  sum over j > k of (max W_j - min R_j)

Known cases, in segments: a product of (M, K) and (K, N) whose rows of segments are written one
segment at a time needs max(MN, MK) + min(N, K) - 1 for both matrices (vMCU, arXiv 2406.06542). A
window of k × k pixels over rows of W pixels with "same" padding p and as many output as input
channels C: C * p * (W + 1) bytes for whole pixels, as well as for depthwise blocks of channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np

from .access import NOTHING, Ints, Loops, Nest, Slide, Span, Walk, strides_of

NEVER = -(NOTHING // 2)
"""Smaller than any real gap: no step writes before a later one reads."""


@dataclass(frozen=True)
class Pitch:
    """Distances that are safe between runs: multiples of `bytes`, `below` or `above` at least.

    A kernel that goes through the channels of an image one group after the other, the whole image
    for each, writes a channel where it read it: with the output at a multiple of a pixel's bytes
    from the input, groups never touch each other's bytes.
    """

    bytes: int
    below: int
    above: int


@dataclass(frozen=True)
class Distance:
    """Safe placements: output at least `below` bytes below the input, or `above` bytes above it.

    Distances are between the first bytes of both tensors and may be negative. Some distances
    between the two safe ranges may be safe too: those of `pitch`, where there is one.
    """

    below: int
    above: int
    pitch: Pitch | None = None

    def allows(self, input_offset: int, output_offset: int) -> bool:
        """Whether the two offsets in one pool are safe."""
        moved = input_offset - output_offset
        if moved >= self.below or -moved >= self.above:
            return True
        pitch = self.pitch
        if pitch is None or moved % pitch.bytes:
            return False
        return moved >= pitch.below or -moved >= pitch.above

    def both(self, other: Distance) -> Distance:
        """Placements that are safe for both."""
        pitch: Pitch | None = None
        if self.pitch or other.pitch:
            a, b = (d.pitch or Pitch(1, d.below, d.above) for d in (self, other))
            pitch = Pitch(lcm(a.bytes, b.bytes), max(a.below, b.below), max(a.above, b.above))
        return Distance(max(self.below, other.below), max(self.above, other.above), pitch)

    def next_above(self, input_offset: int, output_offset: int) -> int:
        """The lowest safe offset of the output that is not below the given one."""
        if self.allows(input_offset, output_offset):
            return output_offset
        found = input_offset + self.above
        if self.pitch is not None:
            moved = (input_offset - output_offset) // self.pitch.bytes * self.pitch.bytes
            if moved < self.pitch.below:
                moved = min(moved, -ceil_to(self.pitch.above, self.pitch.bytes))
            found = min(found, input_offset - moved)
        return found

    @property
    def mirrored(self) -> Distance:
        """The distance with input and output exchanged."""
        pitch = self.pitch and Pitch(self.pitch.bytes, self.pitch.above, self.pitch.below)
        return Distance(self.above, self.below, pitch)


def ceil_to(value: int, step: int) -> int:
    """The smallest multiple of `step` that is not below `value`."""
    return -(-value // step) * step


def _gap(writes: Sequence[Ints], reads: Sequence[Ints], reads_first: bool) -> int:
    """The largest (sum of writes at t) - (sum of reads at s) over steps t < s of one nest.

    With `reads_first` false also t = s. NEVER or less where there is no such pair.
    """
    inner = sum(int(w.max()) - int(r.min()) for w, r in zip(writes, reads, strict=True))
    outer, best = 0, NEVER
    for write, read in zip(writes, reads, strict=True):
        inner -= int(write.max()) - int(read.min())
        if len(write) > 1:
            written = np.maximum.accumulate(write[:-1])
            needed = np.minimum.accumulate(read[:0:-1])[::-1]
            best = max(best, outer + int((written - needed).max()) + inner)
        outer += int((write - read).max())
    return best if reads_first else max(best, outer)


def _overtakes(walk: Walk, number: int, upwards: bool, reads_first: bool) -> int:
    """1 + max (w - r), or for `upwards` 1 + max (r - w), over all later reads of input `number`."""
    best, written = NEVER, NEVER
    for nest in walk:
        write = nest.write
        terms = [-term for term in write.first] if upwards else write.last
        base = -write.start if upwards else write.end
        if any(len(term) == 0 for term in terms):
            continue
        for index, read in nest.reads:
            if index != number:
                continue
            others = [-term for term in read.last] if upwards else read.first
            start = -read.end if upwards else read.start
            before = written - start - sum(int(term.min()) for term in others)
            best = max(best, before, base - start + _gap(terms, others, reads_first))
        written = max(written, base + sum(int(term.max()) for term in terms))
    return best + 1


def distance(
    walk: Walk, number: int, input_size: int, output_size: int, reads_first: bool = True
) -> Distance:
    """How close the output of a kernel may lie to its input `number`; sizes are in bytes.

    With `reads_first` false, a step may write before it has read everything: then no byte that the
    same step reads may be written either. Where nothing is read after a write, all placements are
    safe.
    """
    below = _overtakes(walk, number, False, reads_first)
    above = _overtakes(walk, number, True, reads_first)
    return Distance(max(below, -input_size), max(above, -output_size))


def disjoint(input_size: int, output_size: int) -> Distance:
    """The distance of tensors that must not share a byte."""
    return Distance(output_size, input_size)


def footprint(distance: Distance, input_size: int, output_size: int) -> int:
    """Bytes of the smallest pool that holds both tensors at a safe distance, laid out linearly."""

    def pool(moved: int) -> int:
        return max(moved + input_size, output_size) - min(moved, 0)

    best = sorted((0, output_size - input_size))
    moves = [max(distance.below, best[0]), min(-distance.above, best[1])]
    if distance.pitch is not None:
        step = distance.pitch.bytes
        moves.append(ceil_to(max(distance.pitch.below, best[0]), step))
        moves.append(-ceil_to(-min(-distance.pitch.above, best[1]), step))
    return min(pool(move) for move in moves)


def circular_footprint(distance: Distance, input_size: int, output_size: int) -> int:
    """Bytes of the smallest pool in which addresses wrap around and both tensors fit safely.

    The distances of a pitch are not used: the pool would have to be a multiple of it.
    """
    return max(distance.below + distance.above, input_size, output_size)


def gemm_segments(rows: int, inner: int, outputs: int) -> int:
    """Segments for x (rows, inner) and x · w (rows, outputs), written segment by segment."""
    return max(rows * outputs, rows * inner) + min(outputs, inner) - 1


def fused_windows(
    rows: Sequence[Slide], columns: Sequence[Slide], channels: tuple[int, int]
) -> Walk:
    """A chain of window ops executed output pixel by output pixel, as one kernel.

    `rows` and `columns` are the windows from the first op to the last; `channels` those of the
    block's input and output, in bytes. A step reads all input pixels that its output pixel depends
    on and writes all channels of that pixel. What lies between (line buffers, …) is workspace.
    """
    output = (rows[-1].outputs, columns[-1].outputs, channels[1])
    spans = (Span.each(output[0]), Span.each(output[1]))
    whole = Span(np.zeros(1, np.int64), np.full(1, channels[1] - 1))
    loops = Loops(output, (0, 1, 2), (*spans, whole))
    strides = strides_of((rows[0].extent, columns[0].extent, channels[0]))
    moves = [(d, chained_taps(chain), strides[d]) for d, chain in enumerate((rows, columns))]
    read = loops.touch(moves, 1, reach=channels[0] - 1)
    return (Nest(loops.at(output, 1), ((0, read),)),)


def chained_taps(slides: Sequence[Slide]) -> Span:
    """First and last input position that each output of a chain of windows depends on."""
    reached = np.identity(slides[-1].outputs, np.int64)
    for slide in reversed(slides):
        positions = np.arange(slide.outputs)[:, None] * slide.stride - slide.pad
        positions = positions + np.arange(slide.kernel) * slide.dilation
        taps = (positions[:, :, None] == np.arange(slide.extent)).any(axis=1)
        reached = reached @ taps.astype(np.int64) > 0
    first, last = reached.argmax(axis=1), reached.shape[1] - 1 - reached[:, ::-1].argmax(axis=1)
    some = reached.any(axis=1)
    return Span(np.where(some, first, NOTHING), np.where(some, last, -NOTHING))
