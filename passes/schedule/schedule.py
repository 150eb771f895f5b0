"""`schedule`: chooses how each kernel runs, without changing what it computes.

Options set the loop order, the register block and the instruction set of all contractions; `match`
limits the choice to kernels whose label contains it: a pipeline can schedule layer by layer.

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

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException, VerifyException

from ...dialects import vpool


@dataclass(frozen=True)
class SchedulePass(ModulePass):
    """Attach a schedule to kernels."""

    name = "schedule"

    loop_order: tuple[str, ...] = ("oh", "ow", "oc")
    """Parallel loops from the outermost: a permutation of oh, ow, oc."""

    block: tuple[int, ...] = (1, 1)
    """Register block: output pixels, output channels (1 to 8 each)."""

    isa: str = "portable"
    """Instruction set of inner loops: portable or armv7e-m."""

    match: str = ""
    """Only kernels whose label contains this text."""

    def __post_init__(self) -> None:
        try:
            vpool.ScheduleAttr("direct", self.loop_order, self.block, self.isa)
        except (VerifyException, ValueError) as error:
            raise PassFailedException(f"schedule: {error}") from None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Set the schedule of every matching kernel."""
        chosen = vpool.ScheduleAttr("direct", self.loop_order, self.block, self.isa)
        for kernel in op.walk():
            if isinstance(kernel, vpool.KernelOp | vpool.LaunchOp) and (
                self.match in kernel.label.data
            ):
                kernel.schedule = chosen
