"""The chain of rows that a fused kernel runs: from its region to `rows.py`."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from xdsl.dialects.builtin import IntegerType, TensorType, i8, i16
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import nn, packing, vpool
from ..analysis.cost import body_ops, is_elementwise, macs, op_macs, shape_of
from ..memory.access import Slide
from .lanes import Plan, best_plan
from .patches import PatchChain
from .planes import Planes
from .rows import RowChain
from .variants import planes_of_op, row_window_of, words_of_op
from .vectors import best_vectors

Kernel = vpool.KernelOp | vpool.LaunchOp

Stage = nn.Conv2dOp | vpool.FetchOp
"""What computes rows, or gets them."""

STRIPS = "nn.strips"
"""The attribute of an input whose rows are asked for: how many at a time, how many there are."""

ROWS = "rows"
"""The algorithm of fused kernels."""

GROUPS = "row-groups"
"""The algorithm of fused kernels that expand channels in groups (see `by_groups`)."""


AGAIN = "groups-again"
"""The same, but no rows are kept: those under a window are computed again for each of its rows."""

PATCHES = "patches"
"""The algorithm of fused kernels that compute borders again, patch by patch (`patches.py`)."""


def is_fused(kernel: Kernel) -> bool:
    """Whether a kernel has several stages."""
    chosen = kernel.schedule
    return chosen is not None and chosen.algorithm.data in (ROWS, GROUPS, AGAIN, PATCHES)


def keeps_none(kernel: Kernel) -> bool:
    """Whether expansions are computed again for each row of the depthwise stage behind them.

    Only where they are the first stage: what they read has to be there.
    """
    return kernel.schedule is not None and kernel.schedule.algorithm.data == AGAIN


def by_patches(kernel: Kernel) -> bool:
    """Whether a kernel runs patch by patch."""
    return kernel.schedule is not None and kernel.schedule.algorithm.data == PATCHES


def heads_of(kernel: Kernel) -> list[Stage]:
    """The stages of a fused kernel."""
    ops = [op for op in body_ops(kernel) if not is_elementwise(op)]
    return [op for op in ops if isinstance(op, nn.Conv2dOp | vpool.FetchOp)]


def rows_of(op: Stage) -> Slide:
    """The window of a stage along the rows."""
    return _slide(op, 0)


def _slide(op: Stage, axis: int) -> Slide:
    """The window of a stage along the rows (0) or the columns (1)."""
    if isinstance(op, vpool.FetchOp):
        extent = shape_of(op.result)[1 + axis]
        return Slide(extent, extent, 1)
    image, output = shape_of(op.operands[0])[1 + axis], shape_of(op.result)[1 + axis]
    kernel, strides, pads, dilations = (int(pair[axis]) for pair in op.window())
    return Slide(image, output, kernel, strides, pads, dilations)


def patches_of(kernel: Kernel, tile: tuple[int, int] | None = None) -> PatchChain:
    """The windows of a fused kernel that runs patch by patch, with its tile or another one."""
    heads = heads_of(kernel)
    assert kernel.schedule is not None
    if not heads or not all(isinstance(op, nn.Conv2dOp) for op in heads):
        raise PassFailedException(
            f"kernel {kernel.label.data}: only convolutions run patch by patch"
        )
    rows, columns = (tuple(_slide(op, axis) for op in heads) for axis in range(2))
    return PatchChain(rows, columns, tile or kernel.schedule.patch)


def executed_macs(kernel: Kernel, tile: tuple[int, int] | None = None) -> int:
    """Multiply-accumulate operations of a kernel, what is computed again included."""
    if tile is None and is_fused(kernel) and chain_of(kernel).again:
        head = heads_of(kernel)[0]
        rows = shape_of(head.results[0])[1]
        return macs(kernel) + (chain_of(kernel).first_rows - rows) * (op_macs(head) // rows)
    if tile is None and not by_patches(kernel):
        return macs(kernel)
    chain, total = patches_of(kernel, tile), macs(kernel)
    for stage, op in enumerate(heads_of(kernel)):
        pixels = prod(shape_of(op.results[0])[:3])
        total += (chain.computed(stage) - pixels) * (op_macs(op) // pixels)
    return total


def chain_of(kernel: Kernel) -> RowChain:
    """The windows of a fused kernel along the rows."""
    heads = heads_of(kernel)
    first = heads[0]
    strip = first.rows.value.data if isinstance(first, vpool.FetchOp) else 1
    again = keeps_none(kernel) and any(by_groups(kernel))
    return RowChain(tuple(rows_of(op) for op in heads), strip, again)


def stage_values(kernel: Kernel) -> list[SSAValue]:
    """What each stage but the last gives to the next one: the images of the later heads."""
    return [op.operands[0] for op in heads_of(kernel)[1:]]


def layout_of(op: Stage) -> str | None:
    """How the weights of a stage are packed: it runs with that algorithm, row by row."""
    if isinstance(op, vpool.FetchOp):
        return None
    owner = op.operands[1].owner
    return owner.layout.data if isinstance(owner, vpool.UnpackOp) else None


def row_planes(op: nn.Conv2dOp) -> Planes:
    """How a depthwise stage runs with `planes`: a row of outputs is a band."""
    return replace(planes_of_op(op), most_rows=1)


def row_plan(op: nn.Conv2dOp) -> Plan:
    """How a dense stage runs with `lanes`, `blocks` or `vectors`, as its weights are packed."""
    layout = layout_of(op) or ""
    if layout.startswith(packing.VECTORS):
        return best_vectors(row_window_of(op))
    return best_plan(row_window_of(op), layout.startswith(packing.PLAIN))


def is_lanes(layout: str | None) -> bool:
    """Whether weights of this layout are those of dense products on 16-bit lanes."""
    others = (None, packing.PLANES, packing.WORDS, *packing.REALS)
    return layout not in others and not packing.in_order(str(layout))


def by_groups(kernel: Kernel) -> list[bool]:
    """Whether each stage but the last goes through groups of channels with the stage behind it.

    The algorithm `row-groups` does that with pointwise convolutions before depthwise ones. For a
    row of the depthwise stage, of each group of channels first the rows that are there are widened
    from the ring; then the new rows are computed, in these channels only, each in the place of the
    oldest one, and widened. So the ring holds the rows that the next row needs too, and no more.
    What the pointwise stage reads, it widens once for each group. With `groups-again` no rows are
    there: all are computed, in a ring of one row.
    """
    heads, chosen = heads_of(kernel), kernel.schedule
    grouped = chosen is not None and chosen.algorithm.data in (GROUPS, AGAIN)
    found: list[bool] = []
    for stage, op in enumerate(heads[:-1]):
        reader = heads[stage + 1]
        late = stage > 0 and keeps_none(kernel)
        if (
            late
            or not grouped
            or not isinstance(op, nn.Conv2dOp)
            or not isinstance(reader, nn.Conv2dOp)
        ):
            found.append(False)
            continue
        plain = op.window()[0] == op.window()[1] == (1, 1) and not any(op.pads.get_values())
        (height, _), (step, _) = reader.window()[:2]
        lanes = is_lanes(layout_of(op))
        fits = layout_of(reader) == packing.PLANES and step <= height
        found.append(plain and lanes and fits and shape_of(op.result)[3] % packing.BLOCK == 0)
    return found


def ring_rows(kernel: Kernel) -> list[int]:
    """Rows of the ring behind each stage but the last."""
    chain, grouped = chain_of(kernel), by_groups(kernel)
    rows: list[int] = []
    for stage, by_group in enumerate(grouped):
        kept = 1 if keeps_none(kernel) else chain.kept(stage)
        rows.append(kept if by_group else chain.ring(stage))
        if stage + 1 < len(grouped) and grouped[stage + 1]:  # all that the groups of a row read
            rows[-1] = max(rows[-1], chain.fresh(stage + 1))
    return rows


def rings_in_place(kernel: Kernel) -> list[bool]:
    """Whether each stage but the last leaves its row in the ring that it reads.

    A depthwise stage with `planes` has read all of a group of channels before it writes the first
    of them: it can leave them in the row that it needs for the last time. That needs a ring of all
    rows under its window, and a reader that takes the row before the ring is written again.
    """
    heads, chain, found = heads_of(kernel), chain_of(kernel), list[bool]()
    grouped, rows = [*by_groups(kernel), False], ring_rows(kernel)
    for stage, value in enumerate(stage_values(kernel)):
        op, window = heads[stage], chain.stages[stage]
        fits = layout_of(op) == packing.PLANES and chain.follows(stage) and rows[stage] == 1
        if stage == 0 or found[-1] or not fits or grouped[stage - 1] or grouped[stage + 1]:
            found.append(False)
            continue
        image, result = op.operands[0].type, value.type
        assert isa(image, TensorType)
        assert isa(result, TensorType)
        _, _, width, depth = image.get_shape()
        _, _, columns, channels = result.get_shape()
        found.append(
            image.element_type == result.element_type
            and depth == channels
            and width % columns == 0
            and rows[stage - 1] >= window.kernel
        )
    return found


def scratch_of_stages(
    kernel: Kernel,
) -> tuple[list[tuple[IntegerType, int]], list[int | None]]:
    """Scratch memory besides rings: element type and bytes of each range, and which one each stage
    has.

    Stages that leave nothing for their next row share a range; so do those with planes that have
    the same padding.
    """
    sizes, places = list[int](), list[int | None]()
    elements, known = list[IntegerType](), dict[object, int]()
    for stage, op in enumerate(heads_of(kernel) if is_fused(kernel) else ()):
        layout = layout_of(op)
        if layout is None or layout in packing.REALS or isinstance(op, vpool.FetchOp):
            places.append(None)
            continue
        vectors = layout == packing.WORDS or layout.startswith(packing.VECTORS)
        element: IntegerType = i8 if vectors else i16
        key: object = element
        if layout == packing.PLANES:
            plan = row_planes(op)
            size, cleared = plan.scratch_bytes, plan.band < plan.output[0]
            key = (plan.width, plan.plane, plan.pad[1], plan.image[1]) if cleared else stage
        elif layout == packing.WORDS:
            size, key = words_of_op(op).scratch_bytes, stage
        else:
            size = row_plan(op).scratch_bytes
        number = known.setdefault(key, len(sizes))
        if number == len(sizes):
            sizes.append(0)
            elements.append(element)
        sizes[number] = max(sizes[number], size)
        places.append(number)
    return list(zip(elements, sizes, strict=True)), places


def rings_of(kernel: Kernel) -> list[tuple[Attribute, int]]:
    """Element type and number of elements of each ring of a kernel; none if it is not fused.

    Rings in place of others are left out. Patches are rings that keep nothing.
    """
    if not is_fused(kernel):
        return []
    found: list[tuple[Attribute, int]] = []
    if by_patches(kernel):
        chain = patches_of(kernel)
        for stage, value in enumerate(stage_values(kernel)):
            assert isa(value.type, TensorType)
            size = prod(chain.patch(stage)) * value.type.get_shape()[3]
            found.append((value.type.element_type, size))
        return found
    rows, in_place = ring_rows(kernel), rings_in_place(kernel)
    for stage, value in enumerate(stage_values(kernel)):
        type_ = value.type
        assert isa(type_, TensorType)
        _, _, width, depth = type_.get_shape()
        if not in_place[stage]:
            found.append((type_.element_type, rows[stage] * width * depth))
    return found
