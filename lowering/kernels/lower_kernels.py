"""`lower-kernels`: every `vpool.launch` becomes a function of loops and a call of it.

Before:

```mlir
func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
  vpool.launch "relu" ins(%x : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %r = nn.relu %a : tensor<8xf32> -> tensor<8xf32>
    vpool.yield %r : tensor<8xf32>
  }
  func.return
}
```

After:

```mlir
func.func private @relu(%x: memref<8xf32>, %out: memref<8xf32>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 8 : index
  %2 = arith.constant 1 : index
  scf.for %i = %0 to %1 step %2 {
    %3 = vpool.load %x[%i] : memref<8xf32> -> f32
    %4 = arith.constant 0.0 : f32
    %5 = emitc.call_opaque "nnopt_max_f32"(%3, %4) : (f32, f32) -> f32
    vpool.store %5, %out[%i] : f32, memref<8xf32>
  }
  func.return
}
func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
  func.call @relu(%x, %y) {nn.layer = "relu", nn.op = "relu", nn.macs = 0 : i64,
      nn.output = 1 : i64, nn.tensor = tensor<8xf32>} : (memref<8xf32>, memref<8xf32>) -> ()
  func.return
}
```
"""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import vpool
from ...dialects.interpreters.streaming import state_names
from ...passes.analysis.cost import body_ops, head_of, may_run_in_place
from ...passes.analysis.symbols import symbol_of
from ...passes.memory.constants import constant_global
from ...passes.schedule.row_chain import by_patches, executed_macs, is_fused
from . import (
    blocks,
    contraction,
    data_movement,
    external,
    indexing,
    integer_recurrent,
    lanes,
    logic,
    normalization,
    offload,
    planes,
    reals,
    recurrent,
    reduction,
    rescale,
    scalar,
    softmax,
    unpacked,
    vectors,
    window,
    words,
)
from .elementwise import emit_elementwise
from .kernel import HEADS, SCALARS, VARIANTS, ExtraConstant, HeadEmitter, Kernel
from .patches import emit_patches
from .rows import emit_rows

EMITTER_MODULES = (
    blocks,
    contraction,
    data_movement,
    external,
    indexing,
    integer_recurrent,
    lanes,
    logic,
    offload,
    normalization,
    planes,
    reals,
    recurrent,
    reduction,
    rescale,
    scalar,
    softmax,
    unpacked,
    vectors,
    window,
    words,
)
"""Importing these fills the tables HEADS, VARIANTS and SCALARS."""


def kernel_head(launch: vpool.LaunchOp) -> Operation | None:
    """The one op of the region that needs an emitter of its own; None for element-wise kernels."""
    ops = body_ops(launch)
    heads = [op for op in ops if type(op) in HEADS]
    for op in ops:
        if type(op) not in HEADS and type(op) not in SCALARS:
            raise PassFailedException(
                f"kernel {launch.label.data}: {op.name} has no loops yet (no emitter registered)"
            )
    if len(heads) > 1:
        names = ", ".join(op.name for op in heads)
        raise PassFailedException(
            f"kernel {launch.label.data} has several ops that need loops of their own: {names}"
        )
    return heads[0] if heads else None


def emitter_of(launch: vpool.LaunchOp, head: Operation) -> HeadEmitter:
    """The loops of a head with the algorithm of its schedule."""
    algorithm = launch.schedule.algorithm.data if launch.schedule is not None else "direct"
    if algorithm == "direct":
        return HEADS[type(head)]
    emitter = VARIANTS.get((type(head), algorithm))
    if emitter is None:
        raise PassFailedException(
            f"kernel {launch.label.data}: {head.name} has no algorithm called {algorithm}"
        )
    return emitter


class Lowering:
    """The state of one run over a module: names taken, constants and functions made."""

    def __init__(self, module: ModuleOp):
        self.module = module
        self.taken = {
            op.sym_name.data
            for op in module.body.block.ops
            if isinstance(op, func.FuncOp | memref.GlobalOp)
        }
        self.functions: dict[str, str] = {}
        self.main = next(op for op in module.body.block.ops if isinstance(op, func.FuncOp))

    def fresh(self, name: str) -> str:
        """A symbol name that is not taken yet."""
        symbol, number = name, 1
        while symbol in self.taken:
            number += 1
            symbol = f"{name}_{number}"
        self.taken.add(symbol)
        return symbol

    def lower(self, launch: vpool.LaunchOp) -> None:
        """Replace one launch by a call."""
        kernel = Kernel(launch)
        op = None if is_fused(launch) else kernel_head(launch)
        if by_patches(launch):
            emit_patches(kernel)
        elif is_fused(launch):
            emit_rows(kernel)
        elif op is None:
            emit_elementwise(kernel)
        else:
            emitter_of(launch, op)(kernel, op)
        label = symbol_of(launch.label.data)
        function = kernel.function(label)
        name = self._share(function, label)
        extra = [self._global(launch, f"{label}_{e.role}", e) for e in kernel.extra]
        call = func.CallOp(name, [*launch.inputs, *launch.outputs, *launch.scratch, *extra], [])
        call.attributes["nn.layer"] = StringAttr(launch.label.data)
        call.attributes["nn.op"] = StringAttr(head_of(launch).name.split(".")[1])
        call.attributes["nn.macs"] = IntegerAttr(executed_macs(launch), i64)
        result = launch.body.block.last_op
        assert isinstance(result, vpool.YieldOp)
        call.attributes["nn.output"] = IntegerAttr(len(launch.inputs), i64)
        call.attributes["nn.tensor"] = result.arguments[0].type
        if state_names(self.main):  # C decides then whether old and new value share their place
            in_place = [i for i in range(len(launch.inputs)) if may_run_in_place(launch, i)]
            call.attributes["nn.in_place"] = DenseArrayBase.from_list(i64, in_place)
        call.location = launch.location
        Rewriter.insert_op(call, InsertPoint.before(launch))
        launch.detach()
        launch.erase()

    def _share(self, function: func.FuncOp, label: str) -> str:
        """Add the function to the module, unless an equal one is there already."""
        function.properties["sym_name"] = StringAttr("f")
        key = str(function)
        if key not in self.functions:
            self.functions[key] = self.fresh(label)
            function.properties["sym_name"] = StringAttr(self.functions[key])
            Rewriter.insert_op(function, InsertPoint.before(self.main))
        return self.functions[key]

    def _global(self, launch: vpool.LaunchOp, name: str, extra: ExtraConstant) -> SSAValue:
        type_ = extra.argument.type
        assert isa(type_, MemRefType)
        symbol = self.fresh(name)
        definition = constant_global(symbol, type_.element_type, extra.array)
        first = self.module.body.block.first_op
        assert first is not None
        Rewriter.insert_op(definition, InsertPoint.before(first))
        reference = memref.GetGlobalOp(symbol, type_)
        Rewriter.insert_op(reference, InsertPoint.before(launch))
        return reference.memref


@dataclass(frozen=True)
class LowerKernelsPass(ModulePass):
    """Turn placed kernels into functions of loops; equal functions are shared."""

    name = "lower-kernels"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Lower every launch of the module."""
        lowering = Lowering(op)
        for launch in [o for o in op.walk() if isinstance(o, vpool.LaunchOp)]:
            lowering.lower(launch)
