"""Which bytes each step of a kernel reads and writes: plain mathematics, no IR.

A kernel is a sequence of loop nests; a *step* is one iteration of the innermost loop: it reads,
then writes one register block of the output (P pixels × B channels, say). What a step touches of a
tensor lies between a first and a last byte, and both are sums with one term per loop: an access is
*separable*. Affine indices are separable, and so are windows clipped at the border of an image,
since rows and columns are clipped independently. From such terms `distance.py` gets exact distances
without looking at steps one by one.

The nests here are those that the kernels of `nnopt.lowering.kernels` run, block for block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Shape = tuple[int, ...]

NOTHING = 1 << 50
"""The first byte of an access that touches none (its last byte is `-NOTHING`)."""


@dataclass(frozen=True)
class Span:
    """Indices along one dimension, per iteration of a loop: `first` to `last`, both included.

    Where `first > last`, the iteration touches nothing.
    """

    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.first)

    @staticmethod
    def each(extent: int) -> Span:
        """One index per iteration: 0, 1, …, extent - 1."""
        index = np.arange(extent, dtype=np.int64)
        return Span(index, index)

    @staticmethod
    def blocks(extent: int, block: int) -> Span:
        """`block` indices per iteration; the last iteration takes what is left."""
        first = np.arange(0, extent, min(block, extent), dtype=np.int64)
        return Span(first, np.append(first[1:], extent) - 1)

    def through(self, table: Span) -> Span:
        """The hull of what `table` gives for the indices of each iteration.

        `table` has one entry per index: composing spans follows indices from an output back through
        one op after the other.
        """
        first = np.full(len(self), NOTHING, np.int64)
        last = -first
        for move in range(int((self.last - self.first).max(initial=-1)) + 1):
            index = np.clip(np.minimum(self.first + move, self.last), 0, len(table) - 1)
            some = (self.first <= self.last) & (table.first[index] <= table.last[index])
            first = np.where(some, np.minimum(first, table.first[index]), first)
            last = np.where(some, np.maximum(last, table.last[index]), last)
        return Span(first, last)


@dataclass(frozen=True)
class Slide:
    """A window along one axis: output o reads o * stride - pad + k * dilation, k < kernel."""

    extent: int
    outputs: int
    kernel: int
    stride: int = 1
    pad: int = 0
    dilation: int = 1

    def taps(self) -> Span:
        """Input positions per output: taps outside the image are left out."""
        origin = np.arange(self.outputs, dtype=np.int64) * self.stride - self.pad
        lower = np.maximum(0, -(origin // self.dilation))
        upper = np.minimum(self.kernel, -((origin - self.extent) // self.dilation))
        return _where(
            lower < upper, origin + lower * self.dilation, origin + (upper - 1) * self.dilation
        )

    def steps(self, pixels: int) -> Span:
        """Outputs per iteration: blocks of `pixels` where whole windows lie inside the image."""
        if pixels == 1:
            return Span.each(self.outputs)
        first = min(-(-self.pad // self.stride), self.outputs)
        reach = self.extent + self.pad - self.dilation * (self.kernel - 1) - 1
        end = max(first, min(reach // self.stride + 1, self.outputs) if reach >= 0 else 0)
        whole = first + (end - first) // pixels * pixels
        blocks = np.arange(first, whole, pixels, dtype=np.int64)
        before = np.arange(first, dtype=np.int64)
        after = np.arange(whole, self.outputs, dtype=np.int64)
        return Span(
            np.concatenate([before, blocks, after]),
            np.concatenate([before, blocks + pixels - 1, after]),
        )


@dataclass(frozen=True)
class TransposedSlide:
    """A transposed window along one axis: input i adds to i * stride - pad + k * dilation.

    Seen from the output: each output gathers what it needs and is written once.
    """

    extent: int
    outputs: int
    kernel: int
    stride: int = 1
    pad: int = 0
    dilation: int = 1

    def taps(self) -> Span:
        """Input positions per output."""
        shifts = np.arange(self.kernel, dtype=np.int64) * self.dilation
        reached = np.arange(self.outputs, dtype=np.int64)[:, None] + self.pad - shifts
        index = reached // self.stride
        valid = (reached % self.stride == 0) & (index >= 0) & (index < self.extent)
        first = np.where(valid, index, NOTHING).min(axis=1, initial=NOTHING)
        last = np.where(valid, index, -NOTHING).max(axis=1, initial=-NOTHING)
        return Span(first, last)

    def steps(self, pixels: int) -> Span:
        """Outputs per iteration: blocks of `pixels`."""
        return Span.blocks(self.outputs, pixels)


def _where(some: NDArray[np.bool_], first: Ints, last: Ints) -> Span:
    return Span(np.where(some, first, NOTHING), np.where(some, last, -NOTHING))


@dataclass(frozen=True)
class Access:
    """Bytes that each step touches of one tensor, as the hull `first` to `last`, both included.

    At loop indices i, j, …, the first byte is `start + first[0][i] + first[1][j] + …`, the last
    `end + last[0][i] + last[1][j] + …`. No sum reaches NOTHING unless the step touches nothing.

    `depth` is the number of loops whose body contains the access: with fewer than there are, it
    happens before the inner ones begin, whichever way these run.
    """

    start: int
    end: int
    first: tuple[Ints, ...]
    last: tuple[Ints, ...]
    depth: int = 1 << 10

    def before(self, depth: int) -> Access:
        """The same access, which depends on the outer `depth` loops only, before the inner ones."""
        firsts, lasts = list(self.first), list(self.last)
        for loop in range(depth, len(firsts)):
            firsts[loop] = np.full_like(firsts[loop], NOTHING)
            firsts[loop][:1] = 0
            lasts[loop] = -firsts[loop]
        return Access(self.start, self.end, tuple(firsts), tuple(lasts), depth)


Read = Callable[[int], Access]
"""What is read of an operand, given the bytes of its elements."""


@dataclass(frozen=True)
class Nest:
    """A loop nest: what its steps write of the output, and read of inputs by number.

    An input may be read in several ways (twice in a row of the list); all loops have as many
    iterations as the terms of the accesses have entries.
    """

    write: Access
    reads: tuple[tuple[int, Access], ...]


Walk = tuple[Nest, ...]
"""A kernel: nests that run one after the other."""


def strides_of(shape: Shape) -> tuple[int, ...]:
    """Row-major strides of a shape, in elements."""
    return tuple(prod(shape[d + 1 :]) for d in range(len(shape)))


def broadcast_strides(shape: Shape, to: Shape) -> tuple[int, ...]:
    """Strides of `shape` along the dimensions of `to`, zero where it is repeated (as in numpy)."""
    strides = (0 if n == 1 else s for n, s in zip(shape, strides_of(shape), strict=True))
    return (0,) * (len(to) - len(shape)) + tuple(strides)


@dataclass(frozen=True)
class Loops:
    """Loops over an output, outermost first: loop j walks dimension `along[j]` by `spans[j]`."""

    shape: Shape
    along: tuple[int, ...]
    spans: tuple[Span, ...]

    @staticmethod
    def over(shape: Shape) -> Loops:
        """One element at a time, in memory order."""
        return Loops(shape, tuple(range(len(shape))), tuple(Span.each(n) for n in shape))

    def touch(
        self,
        moves: Iterable[tuple[int, Span, int]],
        element: int,
        start: int = 0,
        reach: int = 0,
    ) -> Access:
        """An access by (dimension, indices per iteration of its loop, stride in elements).

        Every step starts at element `start` and covers `reach` elements more than it names.
        """
        first = [np.zeros(len(span), np.int64) for span in self.spans]
        last = [np.zeros(len(span), np.int64) for span in self.spans]
        for dimension, span, stride in moves:
            loop, step = self.along.index(dimension), stride * element
            some = span.first <= span.last
            low, high = (span.first, span.last) if step >= 0 else (span.last, span.first)
            first[loop] = np.where(some, first[loop] + low * step, NOTHING)
            last[loop] = np.where(some, last[loop] + high * step, -NOTHING)
        end = (start + reach) * element + element - 1
        return Access(start * element, end, tuple(first), tuple(last))

    def at(self, shape: Shape, element: int) -> Access:
        """An operand of the given shape at the very elements of the output (broadcast)."""
        strides = broadcast_strides(shape, self.shape)
        pairs = zip(self.along, self.spans, strict=True)
        return self.touch([(d, span, strides[d]) for d, span in pairs], element)

    def nest(self, element: int, *reads: tuple[int, Access]) -> Nest:
        """A nest that writes the output (elements of `element` bytes) and reads the given."""
        return Nest(self.at(self.shape, element), reads)


@dataclass(frozen=True)
class HeadLoops:
    """One nest of a head: its loops, what it reads of its operands, and where it writes.

    The loops are over the output or another row-major view of its elements. `shift` is added to
    their indices to give those of the output. Operands of the head that are not listed are taken to
    be read as a whole by every step.
    """

    loops: Loops
    reads: dict[int, Read]
    shift: Shape = ()


def operand_strides(shape: Shape, output: Shape, view: Shape) -> Shape | None:
    """Strides, in elements, of an operand along a view of the output that it is broadcast to.

    None where they do not exist: where the view merges dimensions that the operand walks unlike.
    """
    elements = np.empty(shape, np.int8)
    seen = np.broadcast_to(elements, output).reshape(view)
    return seen.strides if np.may_share_memory(seen, elements) else None


def window_loops(
    output: Shape,
    rows: Slide | TransposedSlide,
    columns: Slide | TransposedSlide,
    order: Sequence[str] = ("oh", "ow", "oc"),
    block: tuple[int, int] = (1, 1),
) -> Loops:
    """The loops of a window kernel over (N, OH, OW, O): `order` is that of oh, ow, oc.

    `block` is the register block: pixels of a row, and channels. The batch is the outermost loop.
    """
    spans = {
        "n": Span.each(output[0]),
        "oh": rows.steps(1),
        "ow": columns.steps(block[0]),
        "oc": Span.blocks(output[3], block[1]),
    }
    names = ("n", *order)
    along = tuple(("n", "oh", "ow", "oc").index(name) for name in names)
    return Loops(output, along, tuple(spans[name] for name in names))


def window_read(
    loops: Loops,
    rows: Slide | TransposedSlide,
    columns: Slide | TransposedSlide,
    channels: int,
    groups: int = 1,
    element: int = 1,
) -> Access:
    """What a window kernel reads of its image (N, H, W, `channels`).

    Output channel o reads the channels of group o // (O / groups): all of them for groups == 1, its
    own for depthwise convolutions and pools (groups == channels).
    """
    per_output, per_input = loops.shape[3] // groups, channels // groups
    n, oh, ow, oc = (loops.spans[loops.along.index(d)] for d in range(4))
    group = Span(
        oc.first // per_output * per_input, oc.last // per_output * per_input + per_input - 1
    )
    image = strides_of((loops.shape[0], rows.extent, columns.extent, channels))
    moves = [
        (0, n, image[0]),
        (1, oh.through(rows.taps()), image[1]),
        (2, ow.through(columns.taps()), image[2]),
        (3, group, image[3]),
    ]
    return loops.touch(moves, element)


def fully_connected(
    rows: int, inner: int, outputs: int, block: tuple[int, int] = (1, 1), sizes: Shape = (1, 1)
) -> tuple[Loops, Access]:
    """Loops over (rows, outputs) in register blocks, and what they read of x (rows, inner).

    `sizes` are the bytes of an element of x and of the output.
    """
    shape = (rows, outputs)
    spans = (Span.blocks(rows, block[0]), Span.blocks(outputs, block[1]))
    loops = Loops(shape, (0, 1), spans)
    return loops, loops.touch([(0, spans[0], inner)], sizes[0], reach=inner - 1)


def matmul_reads(
    lhs: Shape, rhs: Shape, output: Shape, element: int = 1
) -> tuple[Loops, Access, Access]:
    """Loops over the product, element by element, and what they read of both sides."""
    loops = Loops.over(output)
    batch, row, column = output[:-2], len(output) - 2, len(output) - 1
    inner, columns = lhs[-1], output[-1]

    def moves(shape: Shape, dimension: int, stride: int) -> list[tuple[int, Span, int]]:
        matrix = shape[-2] * shape[-1]
        steps = broadcast_strides(shape[:-2], batch)
        found = [(d, loops.spans[d], steps[d] * matrix) for d in range(len(batch))]
        return [*found, (dimension, loops.spans[dimension], stride)]

    left = loops.touch(moves(lhs, row, inner), element, reach=inner - 1)
    right = loops.touch(moves(rhs, column, 1), element, reach=(inner - 1) * columns)
    return loops, left, right


def transpose_read(shape: Shape, permutation: Sequence[int], element: int = 1) -> Access:
    """What a transposition reads of its input; dimension d of the output is `permutation[d]`."""
    strides = strides_of(shape)
    loops = Loops.over(tuple(shape[p] for p in permutation))
    return loops.touch(
        [(d, loops.spans[d], strides[p]) for d, p in enumerate(permutation)], element
    )


def slice_read(
    shape: Shape, offsets: Sequence[int], sizes: Shape, steps: Sequence[int], element: int = 1
) -> Access:
    """What a strided slice reads of its input; `sizes` is the shape of the output."""
    strides = strides_of(shape)
    loops = Loops.over(sizes)
    start = sum(o * s for o, s in zip(offsets, strides, strict=True))
    moves = [(d, loops.spans[d], strides[d] * steps[d]) for d in range(len(sizes))]
    return loops.touch(moves, element, start)


def pad_read(
    shape: Shape, before: Sequence[int], output: Shape, mode: str = "constant", element: int = 1
) -> Access:
    """What padding reads of its input: the nearest element, mirrored for `mode == "reflect"`.

    The kernel loads the nearest element for the padding's constants too, and drops it.
    """
    loops = Loops.over(output)
    strides = strides_of(shape)
    moves: list[tuple[int, Span, int]] = []
    for d, extent in enumerate(shape):
        index = np.arange(output[d], dtype=np.int64) - before[d]
        if mode == "reflect" and output[d] != extent:
            index = np.abs(index)
            index = np.minimum(index, 2 * (extent - 1) - index)
        index = np.clip(index, 0, extent - 1)
        moves.append((d, Span(index, index), strides[d]))
    return loops.touch(moves, element)


def concat_walk(shapes: Sequence[Shape], axis: int, element: int = 1) -> Walk:
    """Operand after operand is copied to its place along `axis`."""
    extents = [shape[axis] for shape in shapes]
    output = (*shapes[0][:axis], sum(extents), *shapes[0][axis + 1 :])
    strides = strides_of(output)
    walk: list[Nest] = []
    for index, shape in enumerate(shapes):
        loops = Loops.over(shape)
        start = sum(extents[:index]) * strides[axis]
        moves = [(d, loops.spans[d], strides[d]) for d in range(len(shape))]
        write = loops.touch(moves, element, start)
        walk.append(Nest(write, ((index, loops.at(shape, element)),)))
    return tuple(walk)


def reduce_read(shape: Shape, axes: Sequence[int], element: int = 1) -> tuple[Loops, Access]:
    """Loops over the kept dimensions of a reduction, and what they read of its input."""
    kept = [d for d in range(len(shape)) if d not in axes]
    strides = strides_of(shape)
    loops = Loops.over(tuple(shape[d] for d in kept))
    reach = sum((shape[a] - 1) * strides[a] for a in axes)
    moves = [(k, loops.spans[k], strides[d]) for k, d in enumerate(kept)]
    return loops, loops.touch(moves, element, reach=reach)


def softmax_walk(shape: Shape, axis: int, sizes: tuple[int, int] = (4, 4)) -> Walk:
    """Three passes over each row: the maximum, exponentials into the output, the division there.

    `sizes` are the bytes of an element of the input and of the output.
    """
    others = [d for d in range(len(shape)) if d != axis]
    strides, extent = strides_of(shape), shape[axis]
    index = np.arange(extent, dtype=np.int64)
    some = np.full(extent, NOTHING)
    reads = Span(np.concatenate([index, index, some]), np.concatenate([index, index, -some]))
    writes = Span(np.concatenate([some, index, index]), np.concatenate([-some, index, index]))
    spans = tuple(Span.each(shape[d]) for d in others)
    loops = Loops(shape, (*others, axis), (*spans, reads))
    outer = [(d, span, strides[d]) for d, span in zip(others, spans, strict=True)]
    read = loops.touch([*outer, (axis, reads, strides[axis])], sizes[0])
    write = loops.touch([*outer, (axis, writes, strides[axis])], sizes[1])
    return (Nest(write, ((0, read),)),)


def rows_thrice_walk(
    shape: Shape, sizes: tuple[int, int] = (1, 1), others: Sequence[int] = ()
) -> Walk:
    """Three passes over each row of the last dimension, as for a softmax of integers: the maximum,
    the sum of exponentials, and the result, which reads each element once more before it writes it.

    `sizes` are the bytes of an element of the input and of the output; `others` are how many
    elements of the input's size further operands have, which are read as a whole.
    """
    axis = len(shape) - 1
    index = np.arange(shape[axis], dtype=np.int64)
    some = np.full(shape[axis], NOTHING)
    thrice = np.concatenate([index, index, index])
    reads = Span(thrice, thrice)
    writes = Span(np.concatenate([some, some, index]), np.concatenate([-some, -some, index]))
    spans = tuple(Span.each(extent) for extent in shape[:-1])
    loops = Loops(shape, tuple(range(len(shape))), (*spans, reads))
    strides = strides_of(shape)
    outer = [(d, span, strides[d]) for d, span in enumerate(spans)]
    read = loops.touch([*outer, (axis, reads, 1)], sizes[0])
    wholes = [loops.touch([], sizes[0], reach=count - 1) for count in others]
    write = loops.touch([*outer, (axis, writes, 1)], sizes[1])
    return (Nest(write, tuple(enumerate([read, *wholes]))),)


def backwards(walk: Walk) -> Walk:
    """The same kernel with all loops from their last iteration to their first."""

    def turned(access: Access) -> Access:
        depth = access.depth

        def turn(terms: tuple[Ints, ...]) -> tuple[Ints, ...]:
            return (*(term[::-1] for term in terms[:depth]), *terms[depth:])

        return Access(access.start, access.end, turn(access.first), turn(access.last), depth)

    return tuple(
        Nest(turned(nest.write), tuple((i, turned(read)) for i, read in nest.reads))
        for nest in reversed(walk)
    )
