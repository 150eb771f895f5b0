"""Which algorithm each kernel runs with, within so many bytes of flash.

Without a limit every kernel takes the algorithm that declares the fewest cycles. With one, the
fewest cycles of all kernels together are looked for among choices that fit: kernels of the same
shape share a function and make one choice. Code is estimated from what the algorithms' functions
took on MLPerf Tiny; `nnopt compile --flash-limit` measures what came of it, and asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from xdsl.dialects.builtin import TensorType, f32
from xdsl.ir import Operation
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn, packing, vpool
from ..analysis.cost import body_ops, head_of
from .variants import (
    DIRECT,
    VARIANTS,
    Variant,
    constant_operand,
    direct_cycles,
    weights_4d,
)

Block = tuple[int, int]

CODE = {"lanes": 1400, "planes": 1100, "blocks": 1200, "reals": 900, "vectors": 250, "words": 300}
"""Bytes of a function that runs with an algorithm; `direct` follows from its register block."""

CODE_DIRECT, CODE_SUM = 150, 110
"""A direct function, and each sum of its register block."""

CODE_KERNEL, CODE_CALL = 300, 30
"""A function without products; and the call of any."""

SLOWER_ALONE = 2.2
"""A direct kernel whose register block is one sum takes so many times the cycles."""

PRODUCTS = (nn.Conv2dOp, nn.FullyConnectedOp)


def is_real(kernel: vpool.KernelOp | vpool.LaunchOp) -> bool:
    """Whether the op that names a kernel computes on f32."""
    type_ = head_of(kernel).operands[0].type
    return isinstance(type_, TensorType) and cast(Any, type_).element_type == f32


@dataclass(frozen=True)
class Choice:
    """How a group of kernels may run: cycles of all of them, bytes of flash."""

    algorithm: str
    block: Block
    cycles: float
    flash: int


@dataclass(frozen=True)
class Chosen:
    """Choices for the groups so far, with what they take together."""

    cycles: float
    flash: int
    choices: tuple[Choice, ...]


def shape_key(kernel: vpool.KernelOp) -> str:
    """The same for kernels that may share a function: ops, types and geometry, not numbers."""
    kept = ("strides", "pads", "dilations", "groups", "kernel")
    parts: list[str] = []
    for op in body_ops(kernel):
        geometry = {k: str(v) for k, v in op.properties.items() if k in kept}
        types = [str(value.type) for value in (*op.operands, *op.results)]
        parts.append(f"{op.name} {types} {sorted(geometry.items())}")
    return "; ".join(parts)


def constant_bytes(kernel: vpool.KernelOp) -> int:
    """Bytes of a kernel's constants but its weights: biases, tables, factors of its rescales."""
    head = head_of(kernel)
    weights = head.operands[1] if isinstance(head, PRODUCTS) else None
    total = 0
    for value in kernel.body.block.args:
        array = None if value is weights else constant_operand(kernel, value)
        total += 0 if array is None else array.nbytes
    for op in body_ops(kernel):
        if isinstance(op, fxp.RequantizeOp) and len(op.multiplier) > 1:
            total += 8 * len(op.multiplier)
    return total


def _weights(kernel: vpool.KernelOp, variant: Variant | None) -> int:
    """Bytes of a kernel's weights, as an algorithm packs them."""
    head = head_of(kernel)
    if not isinstance(head, PRODUCTS):
        return 0
    weights = constant_operand(kernel, head.operands[1])
    if weights is None:
        return 0
    if variant is None:
        return weights.nbytes
    shape = cast("tuple[int, int, int, int]", weights_4d(weights).shape)
    return packing.packed_size(variant.layout(kernel), shape) * weights.itemsize


def choices_of(kernels: Sequence[vpool.KernelOp], isa: str, block: Block) -> list[Choice]:
    """How kernels of one shape may run."""
    kernel = kernels[0]
    head: Operation = head_of(kernel)
    if not isinstance(head, PRODUCTS):
        return [Choice(DIRECT, block, 0.0, CODE_KERNEL)]
    found: list[Choice] = []

    def add(algorithm: str, block: Block, cycles: float, code: int) -> None:
        variant = VARIANTS.get((type(head), algorithm))
        packed = sum(_weights(each, variant) for each in kernels)
        found.append(Choice(algorithm, block, cycles * len(kernels), code + packed))

    slow = direct_cycles(kernel)
    add(DIRECT, block, slow, CODE_DIRECT + CODE_SUM * block[0] * block[1])
    if block != (1, 1):
        add(DIRECT, (1, 1), slow * SLOWER_ALONE, CODE_DIRECT + CODE_SUM)
    for (cls, name), variant in VARIANTS.items():
        applies = cls is type(head) and isa in variant.isas
        if applies and all(variant.applies(each) for each in kernels):
            add(name, block, variant.cycles(kernel), CODE[name])
    return found


def _best(fronts: Sequence[Sequence[Choice]], limit: int) -> list[Chosen]:
    """Choices that no others beat in both cycles and flash, by flash, within the limit if any is;
    the smallest otherwise.
    """
    front = [Chosen(0.0, 0, ())]
    for choices in fronts:
        more = [
            Chosen(c.cycles + n.cycles, c.flash + n.flash, (*c.choices, n))
            for c in front
            for n in choices
        ]
        more.sort(key=lambda c: (c.flash, c.cycles))
        front = more[:1]
        for candidate in more[1:]:
            if candidate.cycles < front[-1].cycles and candidate.flash <= limit:
                front.append(candidate)
    return front


def within_flash(
    kernels: Sequence[vpool.KernelOp], isa: str, block: Block, real_block: Block, limit: int
) -> dict[vpool.KernelOp, Choice]:
    """The choice for each kernel with the fewest cycles within `limit` bytes of flash.

    Raises PassFailedException where nothing fits.
    """
    groups: dict[str, list[vpool.KernelOp]] = {}
    for kernel in kernels:
        groups.setdefault(shape_key(kernel), []).append(kernel)
    fixed = sum(constant_bytes(kernel) + CODE_CALL for kernel in kernels)
    fronts = [
        choices_of(group, isa, real_block if is_real(group[0]) else block)
        for group in groups.values()
    ]
    best = _best(fronts, limit - fixed)
    if fixed + best[0].flash > limit:
        weights = sum(_weights(kernel, None) + constant_bytes(kernel) for kernel in kernels)
        raise PassFailedException(
            f"schedule: about {fixed + best[0].flash:,} bytes of flash are needed at least "
            f"({weights:,} of them constants), the limit is {limit:,}"
        )
    pairs = zip(groups.values(), best[-1].choices, strict=True)
    return {kernel: choice for group, choice in pairs for kernel in group}
