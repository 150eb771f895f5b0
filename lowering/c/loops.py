"""How ops that are whole loops are spelled in C99: calls of functions of `runtime_c`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.ir import Operation

from ...dialects import dsp, helium
from .spelling import Operands, address, depthwise, integer_literal, planes, suffix, tile, widen


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


def helium_columns(op: helium.ColumnsOp, args: Operands) -> str:
    """The call that makes words of rows."""
    source, *rows, first, end, target, to = args
    pointers = ", ".join(address(source, row) for row in rows)
    numbers = [len(rows), first.text, end.text]
    numbers += [n.value.data for n in (op.pixels, op.depth, op.channels, op.pitch, op.plane)]
    text = ", ".join(str(number) for number in [*numbers, op.padding])
    array = f"(const void *const[]){{{pointers}}}"
    return f"nnopt_helium_columns_{suffix(op.source)}({address(target, to)}, {array}, {text})"


def helium_window(op: helium.WindowOp, args: Operands, sums: Sequence[str]) -> str:
    """The call that adds the sums of four windows to the variables `sums`."""
    places = [address(args[0], args[1]), address(args[2], args[3])]
    numbers = [str(n.value.data) for n in (op.pitch, op.quads, op.planes, op.plane)]
    texts = ", ".join([*places, *numbers, *(f"&{name}" for name in sums)])
    return f"nnopt_helium_window_{op.step.value.data}({texts})"


def helium_words(op: helium.WordsOp, args: Operands) -> str:
    """The call that computes and stores a row of outputs of some channels."""
    places = ", ".join(address(args[k], args[k + 1]) for k in range(0, 10, 2))
    fields = (op.channels, op.pixels, op.pitch, op.quads, op.planes, op.plane, op.depth)
    numbers = [n.value.data for n in fields]
    numbers.append(0 if op.shift is None else op.shift.value.data)
    name = "nnopt_helium_words" if op.twice is None else "nnopt_helium_words_twice"
    return f"{name}_{op.step.value.data}({places}, {', '.join(str(n) for n in numbers)})"


def helium_sum(op: helium.SumOp, args: Operands) -> str:
    """The call that adds two rows of bytes."""
    places = ", ".join(address(args[k], args[k + 1]) for k in range(0, 6, 2))
    fields = (op.length, op.factor_x, op.factor_y, op.constant, op.shift, op.low, op.high)
    numbers = ", ".join(integer_literal(n.value.data, 32).text for n in fields)
    return f"nnopt_helium_sum({places}, {numbers})"


EFFECTS: dict[type[Operation], Callable[[Any, Operands], str]] = {
    dsp.WidenOp: widen,
    dsp.PlanesOp: planes,
    dsp.TileOp: tile,
    dsp.DepthwiseOp: depthwise,
    helium.CopyOp: helium_copy,
    helium.FillOp: helium_fill,
    helium.TileOp: helium_tile,
    helium.ColumnsOp: helium_columns,
    helium.WordsOp: helium_words,
    helium.SumOp: helium_sum,
}
"""Calls for their effect on memory, by op class."""
