"""Tensors that a network keeps between calls: where they lie in the caller's state memory.

A state is an input and an output of the function (`nn.state`). In C both are places in one block
of memory that the caller owns. Where every kernel that reads the old value has run before the new
one is written, or reads each element right before it writes it, they are the same place; elsewhere
the new value is copied over the old one at the end of the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr
from xdsl.ir import Block, SSAValue

if TYPE_CHECKING:
    from .tensors import IoTensor


@dataclass(frozen=True)
class StatePlace:
    """One state: offsets in bytes of the value that is read and of the one that is written."""

    tensor: IoTensor
    """The input."""
    result: IoTensor
    """The output."""
    offset: int
    next_offset: int
    bytes: int

    @property
    def is_copied(self) -> bool:
        """Whether the new value has a place of its own."""
        return self.offset != self.next_offset

    @property
    def zero(self) -> int:
        """The element that stands for zero."""
        return self.tensor.encoding.zero_point if self.tensor.encoding else 0

    def manifest(self) -> dict[str, Any]:
        """The entry of `manifest.json`."""
        return {
            **self.tensor.manifest(),
            "output": self.result.name,
            "offset": self.offset,
            "next_offset": self.next_offset,
        }


def may_share(block: Block, old: SSAValue, new: SSAValue) -> bool:
    """Whether the new value may be written where the old one is."""
    calls = [op for op in block.ops if isinstance(op, func.CallOp)]
    reads = [i for i, call in enumerate(calls) if old in call.arguments]
    writes = [i for i, call in enumerate(calls) if new in call.arguments]
    if not writes:
        return False
    first, last = writes[0], max(reads, default=-1)
    if last != first:
        return last < first
    call = calls[first]
    output = call.attributes.get("nn.output")
    in_place = call.attributes.get("nn.in_place")
    places = [i for i, argument in enumerate(call.arguments) if argument == old]
    return (
        isinstance(output, IntegerAttr)
        and call.arguments[output.value.data] == new
        and isinstance(in_place, DenseArrayBase)
        and len(places) == 1
        and places[0] in in_place.get_values()
    )


def place_states(
    block: Block, pairs: Sequence[tuple[IoTensor, SSAValue, IoTensor, SSAValue, int, int]]
) -> tuple[list[StatePlace], int, int]:
    """The places of states, given as (input, its memory, output, its memory, bytes, alignment);
    size and alignment of the whole.
    """
    places: list[StatePlace] = []
    end, widest = 0, 4
    for tensor, old, result, new, size, alignment in pairs:
        alignment = max(4, alignment)
        widest = max(widest, alignment)
        offset = -(-end // alignment) * alignment
        end = offset + size
        following = offset
        if not may_share(block, old, new):
            following = -(-end // alignment) * alignment
            end = following + size
        places.append(StatePlace(tensor, result, offset, following, size))
    return places, end, widest


def pointer_lines(places: Sequence[StatePlace]) -> list[str]:
    """Declarations of the variables through which the kernels see the states."""
    lines = ["int8_t *const memory = state;"] if places else []
    for place in places:
        lines.append(_pointer(place.tensor, place.offset))
        lines.append(_pointer(place.result, place.next_offset))
    return lines


def _pointer(tensor: IoTensor, offset: int) -> str:
    where = f"memory + {offset}" if offset else "memory"
    if tensor.c_type != "int8_t":
        where = f"({tensor.c_type} *)(void *)" + (f"({where})" if offset else where)
    return f"{tensor.c_type} *const {tensor.c_name} = {where};"


def copy_lines(places: Sequence[StatePlace]) -> list[str]:
    """Statements that make new values the old ones of the next call."""
    lines: list[str] = []
    for place in places:
        if place.is_copied:
            old, new = place.tensor.c_name, place.result.c_name
            lines += [
                "",
                f"for (int32_t i = 0; i < {place.tensor.elements}; i++) {{",
                f"    {old}[i] = {new}[i];",
                "}",
            ]
    return lines


def reset_lines(places: Sequence[StatePlace]) -> list[str]:
    """The body of the function that sets all states to zero."""
    lines = ["int8_t *const memory = state;"]
    lines += [_pointer(place.tensor, place.offset) for place in places]
    for place in places:
        zero = {"float": "0.0f", "bool": "false"}.get(place.tensor.c_type, str(place.zero))
        lines += [
            "",
            f"for (int32_t i = 0; i < {place.tensor.elements}; i++) {{",
            f"    {place.tensor.c_name}[i] = {zero};",
            "}",
        ]
    return lines
