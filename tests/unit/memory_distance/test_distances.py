"""Distances are safe always and minimal always: against plain loops, on thousands of kernels."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_steps import Steps
from kernel_steps import concat as play_concat
from kernel_steps import elementwise as play_elementwise
from kernel_steps import fully_connected as play_fully_connected
from kernel_steps import fused as play_fused
from kernel_steps import matmul as play_matmul
from kernel_steps import pad as play_pad
from kernel_steps import reduce as play_reduce
from kernel_steps import softmax as play_softmax
from kernel_steps import strided_slice as play_slice
from kernel_steps import transpose as play_transpose
from kernel_steps import window as play_window

from nnopt.passes.memory import access
from nnopt.passes.memory.access import Loops, Slide, TransposedSlide, Walk
from nnopt.passes.memory.distance import (
    Distance,
    circular_footprint,
    distance,
    footprint,
    fused_windows,
)

Draw = Any
many = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def check(walk: Walk, steps: Steps) -> None:
    """Both bounds of every input are those of brute force, forwards and backwards."""
    turned = Steps(steps.input_sizes, steps.output_size, steps.reads[::-1], steps.writes[::-1])
    for kernel, played in ((walk, steps), (access.backwards(walk), turned)):
        for number, size in enumerate(steps.input_sizes):
            for reads_first in (True, False):
                unsafe = played.unsafe(number, reads_first)
                expected = Distance(
                    max(unsafe, default=-size - 1) + 1,
                    1 - min(unsafe, default=steps.output_size + 1),
                )
                found = distance(kernel, number, size, steps.output_size, reads_first)
                assert found == expected, (number, reads_first)
            check_on_tags(played, number, distance(kernel, number, size, steps.output_size))


def check_on_tags(steps: Steps, number: int, found: Distance) -> None:
    """The same with a tagged memory: at the distance nothing is lost, one byte nearer something."""
    far = 4 * (sum(steps.input_sizes) + steps.output_size)
    places = [far * (2 + n) for n in range(len(steps.input_sizes))]

    def survives(moved: int) -> bool:
        return steps.survives(places, places[number] - moved)

    assert survives(found.below) and survives(-found.above)
    if found.below > -steps.input_sizes[number]:
        assert not survives(found.below - 1) and not survives(1 - found.above)


@st.composite
def axes(draw: Draw, transposed: bool = False, outputs: int | None = None) -> dict[str, int]:
    axis = {
        "extent": draw(st.integers(1, 6)) if outputs is None else outputs,
        "kernel": draw(st.integers(1, 4)),
        "stride": draw(st.integers(1, 3)),
        "pad": draw(st.integers(0, 3)),
        "dilation": draw(st.integers(1, 2)),
    }
    reach = (axis["kernel"] - 1) * axis["dilation"] + 1
    if transposed:
        full = (axis["extent"] - 1) * axis["stride"] + reach - axis["pad"]
        most = full + 1 - draw(st.integers(0, 2))
    else:
        end = draw(st.integers(0, 3))
        most = (axis["extent"] + axis["pad"] + end - reach) // axis["stride"] + 1
    return {**axis, "outputs": max(1, min(most, 7))}


orders = st.permutations(["oh", "ow", "oc"])


@many
@given(st.data())
def test_convolutions_and_pools(data: Draw) -> None:
    transposed = data.draw(st.booleans())
    rows, columns = data.draw(axes(transposed)), data.draw(axes(transposed))
    groups, width, filters = (data.draw(st.integers(1, 3)) for _ in range(3))
    if data.draw(st.booleans()):
        width = filters = 1
    batch, order = data.draw(st.integers(1, 2)), data.draw(orders)
    channels = (groups * width, groups * filters)
    allowed = [b for b in range(1, 4) if groups == 1 or filters == 1 or filters % b == 0]
    if groups > 1 and filters == 1 and width > 1:
        allowed = [1]
    block = (data.draw(st.integers(1, 3)), data.draw(st.sampled_from(allowed)))
    sizes = data.draw(st.sampled_from([(1, 1), (1, 4), (2, 1)]))
    output = (batch, rows["outputs"], columns["outputs"], channels[1])
    operand = data.draw(st.sampled_from([None, output, (1, *output[1:3], 1), output[3:]]))
    kind = TransposedSlide if transposed else Slide
    r, c = kind(**rows), kind(**columns)
    loops = access.window_loops(output, r, c, order, block)
    reads = [(0, access.window_read(loops, r, c, channels[0], groups, sizes[0]))]
    if operand is not None:
        reads.append((1, loops.at(operand, sizes[0])))
    walk = (loops.nest(sizes[1], *reads),)
    steps = play_window(
        batch, rows, columns, channels, groups, order, block, sizes, transposed, operand
    )
    check(walk, steps)


@st.composite
def shapes(draw: Draw, least: int = 1, most: int = 4, extent: int = 4) -> tuple[int, ...]:
    return tuple(draw(st.lists(st.integers(1, extent), min_size=least, max_size=most)))


@st.composite
def operands(draw: Draw, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to `shape`."""
    kept = draw(st.integers(0, len(shape)))
    return tuple(draw(st.sampled_from([1, n])) for n in shape[len(shape) - kept :])


@many
@given(st.data())
def test_elementwise_of_any_widths(data: Draw) -> None:
    output = data.draw(shapes())
    inputs = [output, data.draw(operands(output))]
    sizes = data.draw(st.sampled_from([(1, 1), (1, 4), (4, 1), (2, 4)]))
    loops = Loops.over(output)
    nest = loops.nest(sizes[1], *((i, loops.at(s, sizes[0])) for i, s in enumerate(inputs)))
    check((nest,), play_elementwise(output, inputs, sizes))


@many
@given(st.data())
def test_fully_connected(data: Draw) -> None:
    rows, inner, outputs = (data.draw(st.integers(1, 7)) for _ in range(3))
    block = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4)))
    sizes = data.draw(st.sampled_from([(1, 1), (1, 4), (2, 1)]))
    loops, read = access.fully_connected(rows, inner, outputs, block, sizes)
    nest = loops.nest(sizes[1], (0, read))
    check((nest,), play_fully_connected(rows, inner, outputs, block, sizes))


@many
@given(st.data())
def test_products_of_matrices(data: Draw) -> None:
    batch = data.draw(shapes(0, 2, 3))
    m, k, n = (data.draw(st.integers(1, 4)) for _ in range(3))
    lhs, rhs = (*batch, m, k), (*data.draw(operands(batch)), k, n)
    output = (*batch, m, n)
    loops, left, right = access.matmul_reads(lhs, rhs, output)
    check((loops.nest(1, (0, left), (1, right)),), play_matmul(lhs, rhs, output))


@many
@given(st.data())
def test_movement_of_data(data: Draw) -> None:
    shape, element = data.draw(shapes()), data.draw(st.sampled_from([1, 2]))
    kind = data.draw(st.sampled_from(["transpose", "slice", "pad"]))
    if kind == "transpose":
        permutation = data.draw(st.permutations(range(len(shape))))
        output = tuple(shape[p] for p in permutation)
        read = access.transpose_read(shape, permutation, element)
        steps = play_transpose(shape, permutation, element)
    elif kind == "slice":
        element = 1
        offsets = [data.draw(st.integers(0, n - 1)) for n in shape]
        strides = [data.draw(st.integers(1, 3)) for _ in shape]
        room = [(n - 1 - o) // s + 1 for n, o, s in zip(shape, offsets, strides, strict=True)]
        output = tuple(data.draw(st.integers(1, r)) for r in room)
        read = access.slice_read(shape, offsets, output, strides)
        steps = play_slice(shape, offsets, output, strides)
    else:
        element, mode = 1, data.draw(st.sampled_from(["constant", "edge", "reflect"]))
        most = [n - 1 if mode == "reflect" else 2 for n in shape]
        before, after = ([data.draw(st.integers(0, m)) for m in most] for _ in range(2))
        output = tuple(b + n + a for b, n, a in zip(before, shape, after, strict=True))
        read = access.pad_read(shape, before, output, mode)
        steps = play_pad(shape, before, output, mode)
    check((Loops.over(output).nest(element, (0, read)),), steps)


@many
@given(st.data())
def test_concatenation(data: Draw) -> None:
    first, element = data.draw(shapes()), data.draw(st.sampled_from([1, 4]))
    axis = data.draw(st.integers(0, len(first) - 1))
    extents = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    inputs = [(*first[:axis], n, *first[axis + 1 :]) for n in extents]
    check(access.concat_walk(inputs, axis, element), play_concat(inputs, axis, element))


@many
@given(st.data())
def test_reductions_and_softmax(data: Draw) -> None:
    shape = data.draw(shapes())
    if data.draw(st.booleans()):
        axes = sorted(data.draw(st.sets(st.sampled_from(range(len(shape))))))
        loops, read = access.reduce_read(shape, axes, 2)
        check((loops.nest(2, (0, read)),), play_reduce(shape, axes, 2))
    else:
        axis = data.draw(st.integers(0, len(shape) - 1))
        sizes = data.draw(st.sampled_from([(4, 4), (1, 4), (4, 1)]))
        check(access.softmax_walk(shape, axis, sizes), play_softmax(shape, axis, sizes))


@many
@given(st.data())
def test_fused_windows(data: Draw) -> None:
    rows, columns = [data.draw(axes())], [data.draw(axes())]
    for _ in range(data.draw(st.integers(0, 2))):
        rows.append(data.draw(axes(outputs=rows[-1]["outputs"])))
        columns.append(data.draw(axes(outputs=columns[-1]["outputs"])))
    channels = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    walk = fused_windows([Slide(**r) for r in rows], [Slide(**c) for c in columns], channels)
    check(walk, play_fused(rows, columns, channels))


@many
@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 20), st.integers(1, 20))
def test_footprints_are_minimal(below: int, above: int, x: int, y: int) -> None:
    below, above = max(min(below, y), -x), max(min(above, x), -y)
    if below + above <= 0:
        below, above = -x, -y
    found = Distance(below, above)
    pools = [
        max(a + x, b + y) for a in range(50) for b in range(50) if found.allows(a, b)
    ]  # linear: offsets from 0 on
    assert footprint(found, x, y) == min(pools)

    def fits(pool: int) -> bool:
        return any(
            all(found.allows(moved + turn * pool, 0) for turn in range(-3, 4))
            for moved in range(pool)
        )

    least = next(p for p in range(max(x, y), 100) if fits(p))
    assert circular_footprint(found, x, y) == least
