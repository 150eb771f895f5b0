"""`fuse-rows`: chains of convolutions become one kernel that goes through them row by row.

Between the stages of such a kernel whole tensors never exist, only rings of a few rows (`rows.py`):
the wide middle of an inverted bottleneck costs rows instead of an image. A fused kernel is an
ordinary `vpool.kernel` whose region has several ops with loops of their own, in the order in which
they run, and whose schedule says `rows`; what it computes is still what its region says.

Kernels are fused where they need most memory: every chain of them is divided so that the step of
the network with the most bytes alive needs as few as possible (`fuse_search.py`). `match` fuses all
neighbours whose labels contain a text instead.

With `recompute` above 1, a fused kernel may run patch by patch (schedule `patches`, `patches.py`)
and compute the borders of its patches several times, or expand rows several times (schedule
`groups-again`, `row_chain.py`), as long as the whole network has no more than
so many times its multiplications.

Before:

```mlir
%a = vpool.kernel "expand" ins(%x, …) -> tensor<1x8x8x48xi8> { … nn.conv2d … }
%b = vpool.kernel "depthwise" ins(%a, …) -> tensor<1x8x8x48xi8> { … nn.conv2d … }
```

After:

```mlir
%b = vpool.kernel "expand + depthwise" ins(%x, …) -> tensor<1x8x8x48xi8> schedule <"rows", …> {
  … nn.conv2d …  // its result lives in a ring of three rows
  … nn.conv2d …
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import OpResult
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import vpool
from .chains import can_patch, feeds, fuse, kernels_of, run_as
from .fuse_search import Choice, apply_parts, search
from .row_chain import GROUPS, PATCHES


@dataclass(frozen=True)
class FuseRowsPass(ModulePass):
    """Fuse chains of kernels that then run row by row."""

    name = "fuse-rows"

    match: str | None = None
    """Fuse all neighbours whose labels contain this text; without it, search."""

    groups: bool = False
    """With `match`: expand channels in groups where a depthwise convolution follows."""

    tile: tuple[int, ...] = ()
    """With `match`: run patch by patch, so many rows and columns of the output at a time."""

    io: str = "caller"
    """Where inputs and outputs will lie, as for `place`."""

    limit: int = 0
    """A pool of so many bytes is small enough: no more is fused than that takes."""

    recompute: float = 1.0
    """How many times the network's multiplications may be done, patch by patch."""

    direct: bool = False
    """Whether kernels may run with the direct algorithm where that needs less memory."""

    fuse: bool = True
    """Whether kernels may become one at all."""

    def __post_init__(self) -> None:
        if len(self.tile) not in (0, 2) or any(size < 1 for size in self.tile):
            raise PassFailedException(
                f"fuse-rows: tile must be two positive numbers, found {list(self.tile)}"
            )
        if self.recompute < 1:
            raise PassFailedException(
                f"fuse-rows: recompute must be at least 1, found {self.recompute:g}"
            )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse the kernels of every function."""
        choice = Choice(self.io == "pool", self.limit, self.recompute, self.direct, self.fuse)
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            if self.match is None:
                apply_parts(function, search(function, choice))
            else:
                self._match(function, self.match)

    def _match(self, function: func.FuncOp, text: str) -> None:
        for kernel in kernels_of(function):
            for value in kernel.inputs:
                maker = value.op if isinstance(value, OpResult) else None
                if not isinstance(maker, vpool.KernelOp) or not feeds(maker, kernel):
                    continue
                if text in maker.label.data and text in kernel.label.data:
                    fused = fuse(maker, kernel)
                    if self.tile and can_patch(fused):
                        run_as(fused, PATCHES, self.tile)
                    elif self.groups:
                        run_as(fused, GROUPS)
                    break
