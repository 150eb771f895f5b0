"""`schedule`: chooses how each kernel runs, without changing what it computes.

Options set the algorithm, the loop order, the register block and the instruction set of all
contractions; `match` limits the choice to kernels whose label contains it, so that a pipeline can
schedule layer by layer. The algorithm `auto` is for each kernel the one that declares the fewest
cycles for the instruction set (`variants.py`), or with `flash-limit` among those that fit together
(`flash.py`); a name is used where that algorithm applies, and
`direct` elsewhere.

Before:

```mlir
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "conv1" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    vpool.yield %x0 : tensor<4xf32>
  }
  %b = vpool.kernel "relu" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    vpool.yield %a0 : tensor<4xf32>
  }
  func.return %b : tensor<4xf32>
}
```

After `schedule{loop-order="oc","oh","ow" block=1,4 isa="armv7e-m" match="conv"}`:

```mlir
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "conv1" ins(%x : tensor<4xf32>) -> tensor<4xf32>
      schedule <"direct", order = ["oc", "oh", "ow"], block = [1, 4], isa = "armv7e-m"> {
  ^bb0(%x0: tensor<4xf32>):
    vpool.yield %x0 : tensor<4xf32>
  }
  %b = vpool.kernel "relu" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    vpool.yield %a0 : tensor<4xf32>
  }
  func.return %b : tensor<4xf32>
}
```
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException, VerifyException

from ...dialects import vpool
from ..analysis.cost import head_of
from . import variants
from .flash import Choice, is_real, within_flash


@dataclass(frozen=True)
class SchedulePass(ModulePass):
    """Attach a schedule to kernels."""

    name = "schedule"

    algorithm: str = variants.DIRECT
    """direct, auto, or the name of a variant."""

    loop_order: tuple[str, ...] = ("oh", "ow", "oc")
    """Parallel loops from the outermost: a permutation of oh, ow, oc."""

    block: tuple[int, ...] = (1, 1)
    """Register block: output pixels, output channels (1 to 8 each)."""

    real_block: tuple[int, ...] = ()
    """Register block of kernels on f32, if it is another one."""

    isa: str = "portable"
    """Instruction set of inner loops: portable, armv7e-m, helium or rv32im."""

    flash_limit: int = 0
    """Bytes of flash that kernels and constants may take, if not 0: then `auto` chooses among what
    fits, as estimated."""

    match: str = ""
    """Only kernels whose label contains this text."""

    def __post_init__(self) -> None:
        known = {variants.DIRECT, "auto", *(name for _, name in variants.VARIANTS)}
        if self.algorithm not in known:
            raise PassFailedException(
                f"schedule: algorithm must be one of {', '.join(sorted(known))}, "
                f"found {self.algorithm}"
            )
        try:
            for block in (self.block, self.real_block or self.block):
                vpool.ScheduleAttr("direct", self.loop_order, block, self.isa)
        except (VerifyException, ValueError) as error:
            raise PassFailedException(f"schedule: {error}") from None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Set the schedule of every matching kernel."""
        choices = self._within_flash(op)
        for kernel in op.walk():
            if isinstance(kernel, vpool.KernelOp | vpool.LaunchOp) and (
                self.match in kernel.label.data
            ):
                block = self.real_block if self.real_block and is_real(kernel) else self.block
                chosen = choices.get(kernel)
                block = block if chosen is None else chosen.block
                algorithm = self._algorithm(kernel) if chosen is None else chosen.algorithm
                if algorithm != variants.DIRECT:
                    variant = variants.VARIANTS[type(head_of(kernel)), algorithm]
                    block = variant.block(kernel) if variant.block is not None else block
                kernel.schedule = vpool.ScheduleAttr(algorithm, self.loop_order, block, self.isa)

    def _within_flash(self, op: ModuleOp) -> Mapping[Operation, Choice]:
        if not self.flash_limit or self.algorithm != "auto":
            return {}
        kernels = [kernel for kernel in op.walk() if isinstance(kernel, vpool.KernelOp)]
        block, real = self.block, self.real_block or self.block
        pair, real_pair = (block[0], block[1]), (real[0], real[1])
        found = within_flash(kernels, self.isa, pair, real_pair, self.flash_limit)
        return {**found}

    def _algorithm(self, kernel: vpool.KernelOp | vpool.LaunchOp) -> str:
        if self.algorithm == variants.DIRECT or isinstance(kernel, vpool.LaunchOp):
            return variants.DIRECT
        if self.algorithm == "auto":
            return variants.choose(kernel, self.isa)
        variant = variants.VARIANTS.get((type(head_of(kernel)), self.algorithm))
        applies = variant is not None and variant.applies(kernel)
        return self.algorithm if applies else variants.DIRECT
