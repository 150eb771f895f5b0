"""Fused kernels that run patch by patch: what overlaps is computed again, nothing is kept.

Which part of which stage a tile needs, and what that costs, is said in
`passes/schedule/patches.py`. Every stage runs with the direct algorithm, for some rows and columns
of its output, from a patch and into one, where it would read and write whole tensors elsewhere.
"""

from __future__ import annotations

from ...dialects import nn
from ...passes.schedule.row_chain import heads_of, patches_of, stage_values
from .builder import Index, LoopBuilder
from .kernel import Kernel, Patch
from .window import Axis, Convolution, axes

Range = tuple[Index, Index]
"""Rows or columns: from the first to the end."""


def needed(builder: LoopBuilder, axis: Axis, outputs: Range) -> Range:
    """The rows (or columns) of its image that a window needs for some of its outputs."""
    first: Index = builder.sub(builder.mul(outputs[0], axis.stride), axis.pad)
    first = builder.maximum(0, first) if axis.pad else first
    reach = (axis.kernel - 1) * axis.dilation - axis.pad + 1 - axis.stride
    end: Index = builder.add(builder.mul(outputs[1], axis.stride), reach)
    if axis.outputs * axis.stride + reach > axis.extent:
        end = builder.minimum(axis.extent, end)
    return first, end


def emit_patches(kernel: Kernel) -> None:
    """Loop over the tiles of the last output; for each, compute the patches of all stages."""
    builder, launch = kernel.builder, kernel.launch
    heads = [op for op in heads_of(launch) if isinstance(op, nn.Conv2dOp)]
    chain, values = patches_of(launch), stage_values(launch)
    windows = [axes(op) for op in heads]
    results = [*values, kernel.results[0]]
    outputs = [*kernel.scratch[: len(values)], kernel.outputs[0]]
    extents = [windows[-1][axis].outputs for axis in range(2)]

    def part(first: Index, axis: int) -> list[Range]:
        """What each stage computes along an axis, for the tile that begins at `first`."""
        size, extent = min(chain.tile[axis], extents[axis]), extents[axis]
        end = builder.add(first, size)
        end = builder.minimum(extent, end) if extent % size else end
        name = ("row", "column")[axis]
        found: list[Range] = [(first, builder.named(end, f"tile_{name}_end"))]
        for pair in reversed(windows[1:]):
            found.append(needed(builder, pair[axis], found[-1]))
        for stage, (low, high) in enumerate(reversed(found[1:])):
            builder.named(low, f"{name}{stage}")
            builder.named(high, f"{name}{stage}_end")
        return list(reversed(found))

    def tile(rows: list[Range], columns: list[Range]) -> None:
        patches = dict(kernel.patches)
        for stage, value in enumerate(values):
            width = chain.patch(stage)[1]
            origin = builder.linear((rows[stage][0], width), (columns[stage][0], 1))
            patches[value] = Patch(width, builder.named(origin, f"patch{stage}"))
        for stage, op in enumerate(heads):
            given = (values[stage - 1], outputs[stage - 1]) if stage else None
            frame = kernel.stage(results[stage], given, outputs[stage], rows[stage])
            frame.columns, frame.patches = columns[stage], patches
            Convolution(frame, op).run()

    def row(oh: Index) -> None:
        rows = part(oh, 0)
        builder.over(
            0,
            extents[1],
            lambda ow: tile(rows, part(ow, 1)),
            step=min(chain.tile[1], extents[1]),
            hint="tile_column",
        )

    builder.over(0, extents[0], row, step=min(chain.tile[0], extents[0]), hint="tile_row")
