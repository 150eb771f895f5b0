"""Placement with overlaps: nothing lost in whole random networks, and no smaller pool possible."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_steps import Steps
from kernel_steps import concat as play_concat
from kernel_steps import elementwise as play_elementwise
from kernel_steps import window as play_window

from nnopt.passes.memory import access
from nnopt.passes.memory.access import Loops, Slide
from nnopt.passes.memory.distance import Distance
from nnopt.passes.memory.overlap import Overlap, OverlapPlacement, lower_bound, place_overlapping
from nnopt.passes.memory.placement import Buffer
from nnopt.passes.memory.problem import Layer, network_pool, problem

Draw = Any
Shape = tuple[int, ...]
quick = [HealthCheck.too_slow, HealthCheck.data_too_large]
several = settings(max_examples=500, deadline=None, suppress_health_check=quick, derandomize=True)


class Network:
    """A random network: shapes of tensors, layers as the analysis sees them, and as they run."""

    def __init__(self, shape: Shape):
        self.shapes: list[Shape] = [shape]
        self.layers: list[Layer] = []
        self.steps: list[Steps] = []

    @property
    def sizes(self) -> list[int]:
        return [prod(shape) for shape in self.shapes]

    def add(self, inputs: tuple[int, ...], shape: Shape, walk: access.Walk, steps: Steps) -> None:
        self.layers.append(Layer(inputs, len(self.shapes), walk, may_turn=True))
        self.shapes.append(shape)
        self.steps.append(steps)

    def window(self, draw: Draw, source: int) -> None:
        """A convolution, depthwise convolution or pool with any schedule."""
        batch, *image, depth = self.shapes[source]
        axes: list[dict[str, int]] = []
        for extent in image:
            kernel, stride = draw(st.integers(1, min(3, extent))), draw(st.integers(1, 2))
            pad = draw(st.integers(0, kernel // 2))
            outputs = (extent + 2 * pad - kernel) // stride + 1
            axes.append({"extent": extent, "outputs": outputs, "kernel": kernel, "stride": stride})
            axes[-1] |= {"pad": pad, "dilation": 1}
        groups = draw(st.sampled_from([1, depth]))
        filters = depth if groups > 1 else draw(st.integers(1, 4))
        order = draw(st.permutations(["oh", "ow", "oc"]))
        block = draw(st.integers(1, 2)), draw(st.integers(1, 4))
        rows, columns = (Slide(**axis) for axis in axes)
        output = (batch, rows.outputs, columns.outputs, filters)
        loops = access.window_loops(output, rows, columns, order, block)
        read = access.window_read(loops, rows, columns, depth, groups)
        steps = play_window(batch, axes[0], axes[1], (depth, filters), groups, order, block)
        self.add((source,), output, (loops.nest(1, (0, read)),), steps)

    def elementwise(self, sources: tuple[int, ...]) -> None:
        shape = self.shapes[sources[0]]
        loops = Loops.over(shape)
        reads = [(i, loops.at(shape, 1)) for i in range(len(sources))]
        steps = play_elementwise(shape, [shape] * len(sources), (1, 1))
        self.add(sources, shape, (loops.nest(1, *reads),), steps)

    def concat(self, sources: tuple[int, ...], axis: int) -> None:
        shapes = [self.shapes[s] for s in sources]
        total = sum(shape[axis] for shape in shapes)
        output = (*shapes[0][:axis], total, *shapes[0][axis + 1 :])
        walk = access.concat_walk(shapes, axis)
        self.add(sources, output, walk, play_concat(shapes, axis, 1))


@st.composite
def networks(draw: Draw) -> Network:
    network = Network(
        (1, draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 4)))
    )
    for _ in range(draw(st.integers(1, 7))):
        count = len(network.shapes)
        recent = st.integers(max(0, count - 3), count - 1)
        source: int = draw(recent)
        shape = network.shapes[source]
        partners = [t for t in range(count) if network.shapes[t] == shape and t != source]
        alike = [t for t in range(count) if network.shapes[t][:3] == shape[:3] and t != source]
        kind = draw(st.sampled_from(["window", "window", "add", "concat", "unary"]))
        if kind == "add" and partners:
            network.elementwise((source, draw(st.sampled_from(partners))))
        elif kind == "concat" and alike:
            network.concat((source, draw(st.sampled_from(alike))), 3)
        elif kind == "unary":
            network.elementwise((source,))
        else:
            network.window(draw, source)
    return network


def run(network: Network, placement: OverlapPlacement, pool: int | None) -> None:
    """Execute on a pool whose bytes know which byte of which tensor they hold."""
    memory: dict[int, tuple[int, int]] = {}
    read = {t for layer in network.layers for t in layer.inputs}

    def at(tensor: int, byte: int) -> int:
        place = placement.offsets[tensor] + byte
        assert pool is not None or place < placement.size
        return place % pool if pool is not None else place

    memory.update({at(0, b): (0, b) for b in range(network.sizes[0])})
    for layer, steps in zip(network.layers, network.steps, strict=True):
        turn = -1 if layer.output in placement.backwards else 1
        for reads, writes in zip(steps.reads[::turn], steps.writes[::turn], strict=True):
            for number, byte in reads:
                tensor = layer.inputs[number]
                assert memory[at(tensor, byte)] == (tensor, byte)
            memory.update({at(layer.output, b): (layer.output, b) for b in writes})
    for tensor, size in enumerate(network.sizes):
        if tensor not in read:
            assert all(memory[at(tensor, b)] == (tensor, b) for b in range(size))


def unread(network: Network) -> list[int]:
    read = {t for layer in network.layers for t in layer.inputs}
    return [t for t in range(len(network.shapes)) if t not in read]


@several
@given(networks(), st.booleans())
def test_random_networks_lose_no_byte(network: Network, circular: bool) -> None:
    returned = unread(network)
    placement = network_pool(network.sizes, network.layers, returned, 0.5, circular)
    run(network, placement, placement.size if circular else None)
    found = problem(network.sizes, network.layers, returned)
    assert lower_bound(found.buffers, found.overlaps, circular) <= placement.size
    assert placement.size <= place_overlapping(found.buffers, [], 0.5).size
    linear = network_pool(network.sizes, network.layers, returned, 0.5)
    assert not (placement.proven and linear.proven) or placement.size <= linear.size


def test_the_check_finds_an_overlap_that_is_too_close() -> None:
    network = Network((1, 4, 4, 2))
    rows = {"extent": 4, "outputs": 4, "kernel": 3, "stride": 1, "pad": 1, "dilation": 1}
    axis = Slide(**rows)
    loops = access.window_loops((1, 4, 4, 2), axis, axis)
    read = access.window_read(loops, axis, axis, 2)
    steps = play_window(1, rows, rows, (2, 2), 1, ("oh", "ow", "oc"), (1, 1))
    network.add((0,), (1, 4, 4, 2), (loops.nest(1, (0, read)),), steps)
    placement = network_pool(network.sizes, network.layers, [1])
    assert placement.proven and placement.size == 32 + 5 * 2 + 1
    run(network, placement, None)
    nearer = tuple(max(0, o - 1) for o in placement.offsets)
    with pytest.raises(AssertionError):
        run(network, OverlapPlacement(nearer, 42, False, placement.backwards), None)


@st.composite
def tiny(draw: Draw) -> tuple[list[Buffer], list[Overlap]]:
    """At most four buffers of at most five bytes, with any distances."""
    count = draw(st.integers(1, 4))
    last: list[int] = [draw(st.integers(i, count)) for i in range(count)]
    buffers = [Buffer(draw(st.integers(1, 5)), i, last[i], 1) for i in range(count)]
    overlaps: list[Overlap] = []
    for x in range(count):
        y = last[x]
        if x < y < count and draw(st.booleans()):
            sizes = buffers[x].size, buffers[y].size

            def distance(sizes: tuple[int, int] = sizes) -> Distance:
                x_size, y_size = sizes
                below, above = (
                    draw(st.integers(-x_size, y_size)),
                    draw(st.integers(-y_size, x_size)),
                )
                return Distance(below, above) if below + above > 0 else Distance(-x_size, -y_size)

            overlaps.append(Overlap(x, y, distance(), distance() if draw(st.booleans()) else None))
    return buffers, overlaps


def least_pool(buffers: list[Buffer], overlaps: list[Overlap], circular: bool) -> int:
    """The smallest pool, by trying all offsets and directions."""
    count = len(buffers)
    largest = max(b.size for b in buffers)
    for pool in range(largest, sum(b.size for b in buffers) + 1):
        ranges = [np.arange(pool if circular else pool - b.size + 1) for b in buffers]
        offsets = np.meshgrid(*ranges, indexing="ij")
        for turned in product([False, True], repeat=count):
            good = np.ones(offsets[0].shape, bool)
            for i, j in product(range(count), repeat=2):
                found = [o for o in overlaps if (o.input, o.output) == (i, j)]
                reverse = any((o.input, o.output) == (j, i) for o in overlaps)
                if not buffers[i].meets(buffers[j]) or i == j or reverse:
                    continue
                one_way = any(o.turned is None for o in overlaps if o.output == j)
                way = Distance(buffers[j].size, buffers[i].size)
                if found:
                    way = found[0].distance
                    if turned[j] and not one_way:
                        way = found[0].turned or way
                moved = offsets[i] - offsets[j]
                if way.below + way.above <= 0:
                    continue
                if circular:
                    turns = [moved + k * pool for k in (-1, 0, 1)]
                    fine = [(m >= way.below) & (m <= pool - way.above) for m in turns]
                    good &= np.logical_or.reduce(fine)
                else:
                    good &= (moved >= way.below) | (-moved >= way.above)
            if good.any():
                return pool
    raise AssertionError("the sum of all sizes is always enough")


@settings(max_examples=200, deadline=None, suppress_health_check=quick, derandomize=True)
@given(tiny(), st.booleans())
def test_no_smaller_pool_exists(case: Any, circular: bool) -> None:
    buffers, overlaps = case
    placement = place_overlapping(buffers, overlaps, circular=circular)
    assert placement.proven
    assert placement.size == least_pool(buffers, overlaps, circular)


def test_alignment_in_place_and_determinism() -> None:
    buffers = [Buffer(10, 0, 1, 4), Buffer(10, 1, 2, 4), Buffer(7, 2, 3, 8)]
    overlaps = [Overlap(0, 1, Distance(0, 10)), Overlap(1, 2, Distance(3, 10))]
    placement = place_overlapping(buffers, overlaps)
    assert placement.offsets == (4, 4, 0) and placement.size == 14
    assert placement == place_overlapping(buffers, overlaps)


def test_a_chain_needs_its_largest_step() -> None:
    # Four layers that all overlap all but 3 bytes: a linear pool walks down, a circular one turns.
    buffers = [Buffer(20, t, t + 1, 1) for t in range(5)]
    overlaps = [Overlap(t, t + 1, Distance(3, 20)) for t in range(4)]
    assert place_overlapping(buffers, overlaps).size == 20 + 4 * 3
    assert place_overlapping(buffers, overlaps, circular=True).size == 23
    both = [Overlap(t, t + 1, Distance(3, 20), Distance(20, 3)) for t in range(4)]
    turned = place_overlapping(buffers, both)
    assert turned.size == 23 and turned.backwards


def test_nothing_runs_backwards_without_need() -> None:
    buffers = [Buffer(20, 0, 1, 1), Buffer(30, 1, 2, 1), Buffer(20, 2, 3, 1)]
    overlaps = [Overlap(t, t + 1, Distance(0, 20), Distance(-5, 20)) for t in range(2)]
    placement = place_overlapping(buffers, overlaps)
    assert placement == OverlapPlacement(placement.offsets, 30, True, frozenset())


def test_an_input_that_lives_on_is_not_overlapped() -> None:
    buffers = [Buffer(20, 0, 2, 1), Buffer(20, 1, 2, 1)]
    with pytest.raises(ValueError, match="must die"):
        place_overlapping(buffers, [Overlap(0, 1, Distance(3, 20))])
