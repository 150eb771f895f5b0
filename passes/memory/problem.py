"""The placement problem of a network whose kernels run in order: plain mathematics, no IR."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from .access import Walk, backwards
from .distance import Distance, Pitch, distance
from .overlap import Overlap, OverlapPlacement, greedy, lower_bound, place_overlapping, pool_size
from .placement import Buffer, align


@dataclass(frozen=True)
class Layer:
    """A kernel of a network: numbers of the tensors that it reads and writes, and its steps.

    `walk` counts inputs by their place in `inputs`; None stands for a kernel of which nothing is
    known: its output shares no byte with its inputs. Neither does it with the inputs whose places
    are `apart`. `may_turn` allows to run the kernel backwards. A kernel may need ranges of so many
    bytes of its own while it runs (`scratch`), and write `further` tensors, which share no byte
    with its inputs.
    """

    inputs: tuple[int, ...]
    output: int
    walk: Walk | None = None
    may_turn: bool = False
    apart: frozenset[int] = frozenset()
    scratch: tuple[int, ...] = ()
    further: tuple[int, ...] = ()
    runs: tuple[int, Walk] | None = None
    """A pitch in bytes, and the steps that matter at its multiples (see `distance.Pitch`)."""

    def ways(self, place: int, input_size: int, output_size: int) -> list[Distance]:
        """The distances of an input and the output: forwards, and backwards if the kernel may."""
        if self.walk is None:
            return []
        found: list[Distance] = []
        for turned in (False, True)[: 1 + self.may_turn]:
            walks = [self.walk] if self.runs is None else [self.walk, self.runs[1]]
            near, *rest = (
                distance(backwards(walk) if turned else walk, place, input_size, output_size)
                for walk in walks
            )
            if self.runs is not None:
                (run,) = rest
                near = replace(near, pitch=Pitch(self.runs[0], run.below, run.above))
            found.append(near)
        return found


@dataclass(frozen=True)
class Problem:
    """What is to be placed: buffer i holds tensor `tensors[i]`; after the tensors' buffers come
    those of scratch memory: of layers and, in them, of ranges, `scratch`.
    """

    tensors: tuple[int, ...]
    buffers: tuple[Buffer, ...]
    overlaps: tuple[Overlap, ...]
    scratch: tuple[tuple[int, int], ...] = ()

    def place(self, effort: float = 10.0, circular: bool = False) -> OverlapPlacement:
        """The smallest pool; see `place_overlapping`."""
        return place_overlapping(self.buffers, self.overlaps, effort, circular)

    @property
    def without_scratch(self) -> Problem:
        """The same tensors, of kernels that need no scratch memory."""
        count = len(self.tensors)
        return Problem(self.tensors, self.buffers[:count], self.overlaps)


def problem(
    sizes: Sequence[int],
    layers: Sequence[Layer],
    returned: Sequence[int] = (),
    outside: Collection[int] = (),
    alignments: Sequence[int] | None = None,
) -> Problem:
    """The placement problem of a network whose layers run in order.

    `sizes` and `alignments` (default 1) are those of all tensors, in bytes. Tensors that no layer
    writes are inputs, alive from before the first layer on; `returned` tensors live until after the
    last one. Tensors `outside` have memory of their own, the caller's, say. Scratch memory begins
    at words.
    """
    first = {t: step for step, layer in enumerate(layers) for t in (layer.output, *layer.further)}
    last = {tensor: step for step, layer in enumerate(layers) for tensor in layer.inputs}
    last |= dict.fromkeys(returned, len(layers))
    tensors = tuple(t for t in range(len(sizes)) if t not in outside)
    index = {tensor: i for i, tensor in enumerate(tensors)}
    buffers: list[Buffer] = []
    for t in tensors:
        begin = first.get(t, -1)
        buffers.append(
            Buffer(sizes[t], begin, last.get(t, begin), alignments[t] if alignments else 1)
        )
    overlaps: list[Overlap] = []
    for step, layer in enumerate(layers):
        if layer.walk is None or layer.output not in index:
            continue
        for place, tensor in enumerate(layer.inputs):
            if tensor in index and last[tensor] == step and place not in layer.apart:
                ways = layer.ways(place, sizes[tensor], sizes[layer.output])
                turned = ways[1] if layer.may_turn else None
                overlaps.append(Overlap(index[tensor], index[layer.output], ways[0], turned))
    scratch = tuple((s, k) for s, layer in enumerate(layers) for k in range(len(layer.scratch)))
    buffers += [Buffer(layers[step].scratch[k], step, step, 4) for step, k in scratch]
    return Problem(tensors, tuple(buffers), tuple(overlaps), scratch)


def network_pool(
    sizes: Sequence[int],
    layers: Sequence[Layer],
    returned: Sequence[int] = (),
    effort: float = 10.0,
    circular: bool = False,
) -> OverlapPlacement:
    """The pool of a network executed layer by layer, every tensor in the pool."""
    return problem(sizes, layers, returned).place(effort, circular)


def disjoint(problem: Problem) -> OverlapPlacement:
    """Every buffer has bytes of its own, in order: no reuse at all."""
    offsets: list[int] = []
    end = 0
    for buffer in problem.buffers:
        offsets.append(align(end, buffer.alignment))
        end = offsets[-1] + buffer.size
    size = pool_size(problem.buffers, offsets)
    return OverlapPlacement(
        tuple(offsets), size, size == lower_bound(problem.buffers, problem.overlaps)
    )


def first_fit(problem: Problem) -> OverlapPlacement:
    """The best of a few greedy orders, each buffer at the lowest place that is free."""
    found = greedy(problem.buffers, problem.overlaps, restarts=0)
    plain = disjoint(problem)
    return found if found.size <= plain.size else plain


def exact(problem: Problem) -> OverlapPlacement:
    """The smallest pool, proven, or the best that was found in the time."""
    return problem.place()


STRATEGIES: dict[str, Callable[[Problem], OverlapPlacement]] = {
    "disjoint": disjoint,
    "first-fit": first_fit,
    "exact": exact,
}
"""Placement strategies by name."""
