"""How ops that are whole loops are spelled in C99: calls of functions of `runtime_c`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import Operation

from ...dialects import dsp, helium
from .spelling import Operands, address, depthwise, planes, suffix, tile, widen


def helium_copy(op: helium.CopyOp, args: Operands) -> str:
    """The call that copies a run of bytes with its padding."""
    source, at, target, to, first, count = args
    places = f"{address(target, to)}, {address(source, at)}, {first.text}, {count.text}"
    return f"nnopt_helium_copy_{suffix(op.source)}({places}, {op.length.value.data}, {op.padding})"


def helium_fill(op: helium.FillOp, args: Operands) -> str:
    """The call that sets bytes."""
    target, start, end = (arg.text for arg in args)
    return f"nnopt_helium_fill({target}, {start}, {end}, {op.value.value.data})"


def helium_dot(op: helium.DotOp, args: Operands, sums: Sequence[str]) -> str:
    """The call that adds a block of dot products to the variables `sums`."""
    places = [address(args[0], args[1]), address(args[2], args[3])]
    numbers = [op.lanes.value.data, *([op.pixel_step.value.data] if op.pixels > 1 else [])]
    given = [*(str(number) for number in numbers), *(f"&{name}" for name in sums)]
    return f"nnopt_helium_dot_4x{op.pixels}({', '.join([*places, *given])})"


def helium_tile(op: helium.TileOp, args: Operands) -> str:
    """The call that computes and stores all channels of some pixels."""
    places = ", ".join(address(args[k], args[k + 1]) for k in range(0, 10, 2))
    numbers = [n.value.data for n in (op.pixels, op.channels, op.lanes, op.pixel_step)]
    numbers.append(0 if op.shift is None else op.shift.value.data)
    name = "nnopt_helium_tile" if op.twice is None else "nnopt_helium_tile_twice"
    return f"{name}({places}, {', '.join(str(number) for number in numbers)})"


EFFECTS: dict[type[Operation], Callable[[Any, Operands], str]] = {
    dsp.WidenOp: widen,
    dsp.PlanesOp: planes,
    dsp.TileOp: tile,
    dsp.DepthwiseOp: depthwise,
    helium.CopyOp: helium_copy,
    helium.FillOp: helium_fill,
    helium.TileOp: helium_tile,
}
"""Calls for their effect on memory, by op class."""
