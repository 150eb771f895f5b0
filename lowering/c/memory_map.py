"""Who lives where in the arena, and when: the entries `memory` of `report.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, MemRefType, StringAttr
from xdsl.ir import Attribute, SSAValue

from ...dialects import vpool


@dataclass(frozen=True)
class Range:
    """Bytes of the arena that a tensor, or a kernel's scratch memory, has for some layers."""

    name: str
    """What an input or output is called, or the layer that writes the range."""
    kind: str
    """"input", "output", "tensor" or "scratch"."""
    offset: int
    bytes: int
    first: int
    """The layer that writes it; the first one of all for an input."""
    last: int
    """The last layer that reads it; the last one of all for an output."""


def memory_map(
    calls: Sequence[func.CallOp],
    pooled: Mapping[SSAValue, tuple[str, str, int]],
    base_of: Callable[[vpool.ViewOp], int],
) -> list[Range]:
    """The ranges of the arena, in the order in which they are first used.

    `calls` are the layers; `pooled` has role, name and offset of the inputs and outputs that lie in
    the arena; `base_of` says how many bytes of other arenas are counted before those of a range.
    """
    first: dict[SSAValue, int] = {}
    last: dict[SSAValue, int] = {}
    names: dict[SSAValue, str] = {}
    tensors: set[SSAValue] = set()
    for number, call in enumerate(calls):
        layer, output = (call.attributes.get(key) for key in ("nn.layer", "nn.output"))
        label = layer.data if isinstance(layer, StringAttr) else call.callee.string_value()
        for place, value in enumerate(call.arguments):
            if not isinstance(value.owner, vpool.ViewOp) and value not in pooled:
                continue
            names.setdefault(value, label)
            first.setdefault(value, number)
            last[value] = number
            if isinstance(output, IntegerAttr) and place == output.value.data:
                tensors.add(value)
    for value, (role, name, _) in pooled.items():
        names[value] = name
        first[value] = 0 if role == "input" else first.get(value, 0)
        last[value] = len(calls) - 1 if role == "output" else last.get(value, 0)
    ranges: list[Range] = []
    for value, begin in sorted(first.items(), key=lambda item: item[1]):
        view = value.owner
        kind, offset = "tensor" if value in tensors or last[value] > begin else "scratch", 0
        if value in pooled:
            kind, _, offset = pooled[value]
        elif isinstance(view, vpool.ViewOp):
            offset = view.offset.value.data + base_of(view)
        size = vpool.byte_size(cast("MemRefType[Attribute]", value.type))
        ranges.append(Range(names[value], kind, offset, size, begin, last[value]))
    return ranges
