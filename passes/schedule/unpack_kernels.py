"""`unpack-kernels`: gives dense products the algorithm `unpacked`, straight-line code.

Runs after `schedule` and before `pack-weights`. Layers are named, or found: `auto` takes, one after
the other, the layer that saves most cycles for a byte of flash, as far as the limit goes. What a
layer takes follows from its weights, because those that are zero are not there.

Before:

```mlir
%q = vpool.kernel "dense" ins(%x, %w, %b : …) -> … schedule <"lanes", …> {
```

After `unpack-kernels{layers=dense}`:

```mlir
%q = vpool.kernel "dense" ins(%x, %w, %b : …) -> … schedule <"unpacked", …> {
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import vpool
from ...dialects.unpacking import Cost
from ..analysis.cost import head_of
from . import variants
from .unpacked import NAME

AUTO = "auto"


def unpacked_cost(kernel: vpool.KernelOp) -> Cost | None:
    """What a kernel takes unpacked; None where that is not possible."""
    variant = variants.VARIANTS.get((type(head_of(kernel)), NAME))
    if variant is None or not variant.applies(kernel):
        return None
    weights = variants.constant_operand(kernel, head_of(kernel).operands[1])
    assert weights is not None
    return variants.unpacked_plan_of(kernel).cost(variants.weights_4d(weights))


def packed_cycles(kernel: vpool.KernelOp) -> float:
    """What a kernel takes with the algorithm that it has."""
    variant = variants.variant_of(kernel)
    return variants.direct_cycles(kernel) if variant is None else variant.cycles(kernel)


@dataclass(frozen=True)
class UnpackKernelsPass(ModulePass):
    """Choose the layers that become straight-line code."""

    name = "unpack-kernels"

    layers: tuple[str, ...] = (AUTO,)
    """Labels of kernels, or auto: those that become faster."""

    flash: int = 0
    """Bytes that code may take in place of weights; 0 is no limit."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Change the schedules of the layers that are chosen."""
        kernels = [
            k
            for k in op.walk()
            if isinstance(k, vpool.KernelOp)
            and k.schedule is not None
            and k.schedule.isa.data == "armv7e-m"
        ]
        named = [name for name in self.layers if name != AUTO]
        labels = [kernel.label.data for kernel in kernels]
        for name in named:
            if name not in labels:
                raise PassFailedException(
                    f"unpack-kernels: no layer is called {name!r}, or it is not for Armv7E-M; "
                    f"there are {', '.join(labels) or 'none'}"
                )
        costs = {kernel: unpacked_cost(kernel) for kernel in kernels}
        chosen = [kernel for kernel in kernels if kernel.label.data in named]
        for kernel in chosen:
            if costs[kernel] is None:
                raise PassFailedException(
                    f"unpack-kernels: {kernel.label.data} is no dense product of bytes with "
                    "constant weights; leave it out of the layers to unpack"
                )
        room = self.flash or 1 << 62
        size = sum(cast(Cost, costs[kernel]).code for kernel in chosen)
        if size > room:
            raise PassFailedException(
                f"unpack-kernels: the code of {', '.join(named)} takes {size:,} bytes, the limit "
                f"is {room:,}: unpack fewer layers, or allow more flash"
            )
        if AUTO in self.layers:
            chosen += _best([k for k in kernels if k not in chosen], costs, room - size)
        for kernel in chosen:
            old = kernel.schedule
            assert old is not None
            kernel.schedule = vpool.ScheduleAttr(
                NAME, old.loop_order, old.register_block, "armv7e-m"
            )


def _best(
    kernels: list[vpool.KernelOp], costs: dict[vpool.KernelOp, Cost | None], room: int
) -> list[vpool.KernelOp]:
    """The kernels that become faster, those that gain most for a byte first, as far as they fit."""
    gains: list[tuple[float, int, vpool.KernelOp]] = []
    for number, kernel in enumerate(kernels):
        cost = costs[kernel]
        if cost is not None and cost.cycles < packed_cycles(kernel):
            gain = (packed_cycles(kernel) - cost.cycles) / max(1, cost.code)
            gains.append((-gain, number, kernel))
    taken: list[vpool.KernelOp] = []
    for _, _, kernel in sorted(gains, key=lambda g: g[:2]):
        code = cast(Cost, costs[kernel]).code
        if code <= room:
            taken.append(kernel)
            room -= code
    return taken
