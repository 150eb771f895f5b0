"""Spells `dsp.unpacked`: the straight-line code that the op stands for, a macro for each step."""

from __future__ import annotations

from collections.abc import Sequence

from ...dialects import dsp
from ...dialects.unpacking import Load, Move, Multiply, expand
from .names import Names
from .spelling import Expression, address


def unpacked_lines(
    op: dsp.UnpackedOp, args: Sequence[Expression], sums: Sequence[str], names: Names
) -> list[str]:
    """The statements that add products to the variables `sums`, pixel by pixel.

    Numbers are those of bytes; the macros are of `runtime_c/nnopt_unpacked.h`.
    """
    weights, bases = op.array, op.bases
    channels = len(weights)
    steps = list(expand(weights, op.lanes, bases))
    if not steps:
        return []
    x = names.local("x")
    lines = [f"const int16_t *{x} = {address(args[0], args[1])};", "NNOPT_UNPACKED_BEGIN"]
    for step in steps:
        if isinstance(step, Load):
            lines.append(f"NNOPT_UNPACKED_LOAD({step.register}, {2 * step.lane})")
        elif isinstance(step, Move):
            lines.append(f"NNOPT_UNPACKED_MOVE({2 * step.lanes})")
        else:
            into = [p * channels + step.channel for p in range(len(bases))]
            lines.append(_multiply(step, into))
    return [*lines, f"NNOPT_UNPACKED_END_{len(sums)}({', '.join([x, *sums])})"]


def _multiply(step: Multiply, sums: Sequence[int]) -> str:
    """A step of products; weights modulo 2^16."""
    kind = "PAIR" if step.is_pair else "LOW" if step.low else "HIGH"
    weights = {"PAIR": (step.low, step.high), "LOW": (step.low,), "HIGH": (step.high,)}[kind]
    numbers = [*sums, *step.registers, *(weight & 0xFFFF for weight in weights)]
    return f"NNOPT_UNPACKED_{kind}_{len(sums)}({', '.join(map(str, numbers))})"
