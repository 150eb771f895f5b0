"""What kernels read and write, element by element: plain loops, to check `nnopt.passes.memory`.

Each function plays one kind of kernel the way the generated C runs: nested loops, register blocks,
one list of read bytes and one of written bytes per step. Nothing is shared with the analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np

Shape = tuple[int, ...]
Index = Sequence[int]


def flat(shape: Shape, index: Index) -> int:
    """Row-major position; dimensions of extent 1 are repeated (broadcast)."""
    place = 0
    for extent, i in zip(shape, index[len(index) - len(shape) :], strict=True):
        place = place * extent + (i if extent > 1 else 0)
    return place


@dataclass
class Steps:
    """A kernel's steps: what each reads of every input, and writes of the output (in bytes)."""

    input_sizes: list[int]
    output_size: int
    reads: list[list[tuple[int, int]]] = field(default_factory=list[list[tuple[int, int]]])
    writes: list[list[int]] = field(default_factory=list[list[int]])

    def step(
        self,
        reads: Iterable[tuple[int, int]],
        writes: Iterable[int],
        read_bytes: int = 1,
        write_bytes: int = 1,
    ) -> None:
        """Add a step by (input, element) and output elements."""
        self.reads.append([(n, e * read_bytes + b) for n, e in reads for b in range(read_bytes)])
        self.writes.append([e * write_bytes + b for e in writes for b in range(write_bytes)])

    def unsafe(self, number: int, reads_first: bool = True) -> set[int]:
        """All differences address(input) - address(output) that lose a byte."""
        last = np.full(self.input_sizes[number], -1)
        first = np.full(self.output_size, len(self.writes) + 1)
        for t, (reads, writes) in enumerate(zip(self.reads, self.writes, strict=True)):
            last[[b for n, b in reads if n == number]] = t
            fresh = [b for b in writes if first[b] > t]
            first[fresh] = t
        lost = first[:, None] < last[None, :] if reads_first else first[:, None] <= last[None, :]
        written, read = np.nonzero(lost)
        return set((written - read).tolist())

    def survives(self, offsets: Sequence[int], output: int) -> bool:
        """Run on a tagged memory: every byte read must be the one that the input had there."""
        memory: dict[int, tuple[int, int]] = {}
        for number, (offset, size) in enumerate(zip(offsets, self.input_sizes, strict=True)):
            for b in range(size):
                memory[offset + b] = (number, b)
        for reads, writes in zip(self.reads, self.writes, strict=True):
            if any(memory.get(offsets[n] + b) != (n, b) for n, b in reads):
                return False
            memory.update({output + b: (-1, b) for b in writes})
        return all(memory[output + b] == (-1, b) for b in {w for ws in self.writes for w in ws})


def blocks(extent: int, block: int) -> list[range]:
    """Ranges of `block` indices; the rest in one."""
    return [range(i, min(i + block, extent)) for i in range(0, extent, min(block, extent))]


def column_blocks(axis: dict[str, int], pixels: int) -> list[range]:
    """Columns one by one where the window leaves the image, in blocks inside."""
    inside = [
        o
        for o in range(axis["outputs"])
        if o * axis["stride"] >= axis["pad"]
        and o * axis["stride"] - axis["pad"] + (axis["kernel"] - 1) * axis["dilation"]
        < axis["extent"]
    ]
    found: list[range] = []
    o = 0
    while o < axis["outputs"]:
        whole = o in inside and o + pixels - 1 in inside
        found.append(range(o, o + (pixels if whole else 1)))
        o = found[-1].stop
    return found


def taps(axis: dict[str, int], output: int, transposed: bool = False) -> list[int]:
    """Input positions under the window of one output."""
    found: list[int] = []
    for k in range(axis["kernel"]):
        if transposed:
            position, rest = divmod(output + axis["pad"] - k * axis["dilation"], axis["stride"])
            if rest:
                continue
        else:
            position = output * axis["stride"] - axis["pad"] + k * axis["dilation"]
        if 0 <= position < axis["extent"]:
            found.append(position)
    return found


def window(
    batch: int,
    rows: dict[str, int],
    columns: dict[str, int],
    channels: tuple[int, int],
    groups: int,
    order: Sequence[str],
    block: tuple[int, int],
    sizes: tuple[int, int] = (1, 1),
    transposed: bool = False,
    operand: Shape | None = None,
) -> Steps:
    """A window kernel; `operand` is the shape of a second input added to the results."""
    image = (batch, rows["extent"], columns["extent"], channels[0])
    output = (batch, rows["outputs"], columns["outputs"], channels[1])
    steps = Steps([prod(image) * sizes[0]], prod(output) * sizes[1])
    if operand is not None:
        steps.input_sizes.append(prod(operand) * sizes[0])
    ow = blocks(output[2], block[0]) if transposed else column_blocks(columns, block[0])
    ranges = {"oh": blocks(output[1], 1), "ow": ow, "oc": blocks(output[3], block[1])}
    for n in range(batch):
        for at in product(*(ranges[name] for name in order)):
            place = dict(zip(order, at, strict=True))
            outputs = [(n, *i) for i in product(place["oh"], place["ow"], place["oc"])]
            reads: set[tuple[int, int]] = set()
            for _, i, j, o in outputs:
                group = o // (channels[1] // groups)
                width = channels[0] // groups
                for h, w in product(taps(rows, i, transposed), taps(columns, j, transposed)):
                    for c in range(group * width, (group + 1) * width):
                        reads.add((0, flat(image, (n, h, w, c))))
            if operand is not None:
                reads |= {(1, flat(operand, index)) for index in outputs}
            steps.step(reads, [flat(output, i) for i in outputs], *sizes)
    return steps


def elementwise(output: Shape, operands: Sequence[Shape], sizes: tuple[int, int]) -> Steps:
    """One output element per step, from one element of each operand."""
    steps = Steps([prod(s) * sizes[0] for s in operands], prod(output) * sizes[1])
    for index in np.ndindex(*output):
        reads = [(n, flat(shape, index)) for n, shape in enumerate(operands)]
        steps.step(reads, [flat(output, index)], *sizes)
    return steps


def fully_connected(
    rows: int, inner: int, outputs: int, block: tuple[int, int], sizes: tuple[int, int]
) -> Steps:
    """Blocks of rows, in them blocks of outputs."""
    steps = Steps([rows * inner * sizes[0]], rows * outputs * sizes[1])
    for row, column in product(blocks(rows, block[0]), blocks(outputs, block[1])):
        reads = [(0, r * inner + k) for r in row for k in range(inner)]
        steps.step(reads, [r * outputs + m for r in row for m in column], *sizes)
    return steps


def matmul(lhs: Shape, rhs: Shape, output: Shape) -> Steps:
    """One output element per step: a row of one side, a column of the other."""
    steps = Steps([prod(lhs), prod(rhs)], prod(output))
    for index in np.ndindex(*output):
        *batch, row, column = index
        inner = range(lhs[-1])
        reads = [(0, flat(lhs, (*batch, row, k))) for k in inner]
        reads += [(1, flat(rhs, (*batch, k, column))) for k in inner]
        steps.step(reads, [flat(output, index)])
    return steps


def transpose(shape: Shape, permutation: Sequence[int], element: int) -> Steps:
    """The output in memory order, the input in strides."""
    output = tuple(shape[p] for p in permutation)
    steps = Steps([prod(shape) * element], prod(shape) * element)
    for index in np.ndindex(*output):
        source = [0] * len(shape)
        for d, p in enumerate(permutation):
            source[p] = index[d]
        steps.step([(0, flat(shape, source))], [flat(output, index)], element, element)
    return steps


def strided_slice(shape: Shape, offsets: Index, sizes: Shape, strides: Index) -> Steps:
    """A strided range of each dimension."""
    steps = Steps([prod(shape)], prod(sizes))
    for index in np.ndindex(*sizes):
        source = [o + i * s for o, i, s in zip(offsets, index, strides, strict=True)]
        steps.step([(0, flat(shape, source))], [flat(sizes, index)])
    return steps


def pad(shape: Shape, before: Index, output: Shape, mode: str) -> Steps:
    """Padding; the nearest element is loaded everywhere."""
    steps = Steps([prod(shape)], prod(output))
    for index in np.ndindex(*output):
        source: list[int] = []
        for d, extent in enumerate(shape):
            i = index[d] - before[d]
            if mode == "reflect":
                i = -i if i < 0 else 2 * (extent - 1) - i if i >= extent else i
            source.append(min(max(i, 0), extent - 1))
        steps.step([(0, flat(shape, source))], [flat(output, index)])
    return steps


def concat(shapes: Sequence[Shape], axis: int, element: int) -> Steps:
    """Operand after operand."""
    extents = [shape[axis] for shape in shapes]
    output = (*shapes[0][:axis], sum(extents), *shapes[0][axis + 1 :])
    steps = Steps([prod(s) * element for s in shapes], prod(output) * element)
    for number, shape in enumerate(shapes):
        for index in np.ndindex(*shape):
            to = list(index)
            to[axis] += sum(extents[:number])
            steps.step([(number, flat(shape, index))], [flat(output, to)], element, element)
    return steps


def reduce(shape: Shape, axes: Sequence[int], element: int) -> Steps:
    """One kept element per step."""
    kept = [d for d in range(len(shape)) if d not in axes]
    output = tuple(shape[d] for d in kept)
    steps = Steps([prod(shape) * element], prod(output) * element)
    for index in np.ndindex(*output):
        reads: list[tuple[int, int]] = []
        for inner in np.ndindex(*(shape[a] for a in axes)):
            source = [0] * len(shape)
            for d, i in zip((*kept, *axes), (*index, *inner), strict=True):
                source[d] = i
            reads.append((0, flat(shape, source)))
        steps.step(reads, [flat(output, index)], element, element)
    return steps


def softmax(shape: Shape, axis: int, sizes: tuple[int, int]) -> Steps:
    """Per row: all elements are read; read again, the exponential stored; stored again."""
    steps = Steps([prod(shape) * sizes[0]], prod(shape) * sizes[1])
    others = [range(n) if d != axis else range(1) for d, n in enumerate(shape)]
    for outer in product(*others):
        row: list[int] = []
        for i in range(shape[axis]):
            index = list(outer)
            index[axis] = i
            row.append(flat(shape, index))
        for e in row:
            steps.step([(0, e)], [], *sizes)
        for e in row:
            steps.step([(0, e)], [e], *sizes)
        for e in row:
            steps.step([], [e], *sizes)
    return steps


def fused(
    rows: Sequence[dict[str, int]], columns: Sequence[dict[str, int]], channels: tuple[int, int]
) -> Steps:
    """A chain of windows, one whole output pixel per step."""

    def followed(chain: Sequence[dict[str, int]], output: int) -> list[int]:
        positions = {output}
        for axis in reversed(chain):
            positions = {i for o in positions for i in taps(axis, o)}
        return sorted(positions)

    height, width = rows[0]["extent"], columns[0]["extent"]
    output = (rows[-1]["outputs"], columns[-1]["outputs"])
    steps = Steps([height * width * channels[0]], prod(output) * channels[1])
    for oh, ow in np.ndindex(*output):
        pixels = product(followed(rows, oh), followed(columns, ow))
        reads = [
            (0, (h * width + w) * channels[0] + c) for h, w in pixels for c in range(channels[0])
        ]
        pixel = oh * output[1] + ow
        steps.step(reads, [pixel * channels[1] + c for c in range(channels[1])])
    return steps
