"""`place`: gives every tensor a place in one arena, and turns kernels into launches on memory.

Tensors are placed whole: a buffer lives from the kernel that writes it to the last one that reads
it. Element-wise kernels run in place where their input dies; reshapes are views and share the bytes
of their operand. The function's own inputs and outputs stay with the caller. Constants become
`memref.global`s, equal ones once.

Before:

```mlir
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "a" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    %r = nn.relu %x0 : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  %b = vpool.kernel "b" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    %s = nn.softmax %a0 {axis = -1 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<4xf32>
}
```

After:

```mlir
func.func @main(%x: memref<4xf32> {vpool.role = "input", vpool.tensor = tensor<4xf32>},
    %out: memref<4xf32> {vpool.role = "output", vpool.tensor = tensor<4xf32>},
    %arena: memref<16xi8> {vpool.role = "arena"}) attributes {vpool.proven = true} {
  %a = vpool.view %arena[0] : memref<16xi8> to memref<4xf32>
  vpool.launch "a" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) {
  ^bb0(%x0: tensor<4xf32>):
    %r = nn.relu %x0 : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  vpool.launch "b" ins(%a : memref<4xf32>) outs(%out : memref<4xf32>) {
  ^bb0(%a0: tensor<4xf32>):
    %s = nn.softmax %a0 {axis = -1 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  func.return
}
```
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DictionaryAttr,
    FunctionType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
    i16,
    i64,
)
from xdsl.ir import Attribute, Block, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn, vpool
from ..analysis.cost import is_view, may_run_in_place
from ..analysis.symbols import symbol_of
from ..schedule.form_kernels import storage_root
from ..schedule.variants import scratch_bytes
from .constants import constant_global
from .placement import STRATEGIES, Buffer, Placement, lower_bound

ALIGNMENT = 4
"""Every tensor begins at a multiple of this many bytes (8 for 64-bit elements)."""


def flat(type_: Attribute) -> MemRefType[Attribute]:
    """The flat memref of a tensor's elements."""
    if not isinstance(type_, TensorType):
        raise PassFailedException(f"place: {type_} is not a tensor")
    tensor = cast(TensorType[Attribute], type_)
    return MemRefType(tensor.element_type, [tensor.element_count()])


@dataclass
class Storage:
    """Values that share one buffer, and the steps at which it is alive."""

    bytes: int
    first: int
    last: int
    alignment: int = ALIGNMENT

    @property
    def buffer(self) -> Buffer:
        """What the placement has to know."""
        return Buffer(self.bytes, self.first, self.last, self.alignment)


@dataclass
class Liveness:
    """Which buffer each kernel result lives in, and when."""

    kernels: list[vpool.KernelOp]
    terminator: func.ReturnOp
    storages: list[Storage] = field(default_factory=list[Storage])
    of: dict[SSAValue, Storage] = field(default_factory=dict[SSAValue, Storage])
    scratch: dict[vpool.KernelOp, Storage] = field(default_factory=dict[vpool.KernelOp, Storage])

    def __post_init__(self) -> None:
        self.last_use: dict[SSAValue, int] = {}
        self.returned = {storage_root(v) for v in self.terminator.operands}
        for step, kernel in enumerate(self.kernels):
            for value in kernel.inputs:
                self.last_use[storage_root(value)] = step
        for step, kernel in enumerate(self.kernels):
            for result in kernel.outputs:
                if result not in self.returned:
                    self._give(step, kernel, result)
            needed = scratch_bytes(kernel)
            if needed:
                self.scratch[kernel] = Storage(needed, step, step)
                self.storages.append(self.scratch[kernel])

    def scratch_share(self, placement: Placement) -> int:
        """Bytes by which the pool exceeds the tensors alive at any step: the price of scratch."""
        scratches = {id(storage) for storage in self.scratch.values()}
        tensors = [s.buffer for s in self.storages if id(s) not in scratches]
        return placement.size - lower_bound(tensors) if scratches else 0

    def _give(self, step: int, kernel: vpool.KernelOp, result: SSAValue) -> None:
        last = self.last_use.get(result, step)
        storage = self._in_place(step, kernel)
        if storage is None:
            element = cast(TensorType[Attribute], result.type).element_type
            alignment = max(ALIGNMENT, vpool.element_bytes(element))
            size = vpool.byte_size(cast(TensorType[Attribute], result.type))
            storage = Storage(size, step, last, alignment)
            self.storages.append(storage)
        storage.last = max(storage.last, last)
        self.of[result] = storage

    def _in_place(self, step: int, kernel: vpool.KernelOp) -> Storage | None:
        """The storage of an input that dies here and may be overwritten element by element."""
        roots = [storage_root(value) for value in kernel.inputs]
        for index, root in enumerate(roots):
            storage = self.of.get(root)
            if storage is None or storage.last != step or roots.count(root) > 1:
                continue
            if may_run_in_place(kernel, index):
                return storage
        return None


class Placer:
    """Rewrites one function to memory."""

    def __init__(self, module: ModuleOp, function: func.FuncOp):
        self.module, self.function = module, function
        block = function.body.block
        terminator = block.last_op
        assert isinstance(terminator, func.ReturnOp)
        self.terminator = terminator
        for op in block.ops:
            known = isinstance(op, vpool.KernelOp | nn.ConstantOp | func.ReturnOp) or is_view(op)
            if not known:
                raise PassFailedException(f"place: {op.name} is outside any kernel")
        self.kernels = [op for op in block.ops if isinstance(op, vpool.KernelOp)]
        self.memory: dict[SSAValue, SSAValue] = {}
        self.constants: dict[tuple[bytes, Attribute], str] = {}
        self.symbols = {
            op.sym_name.data
            for op in module.body.block.ops
            if isinstance(op, func.FuncOp | memref.GlobalOp)
        }

    def run(self, strategy: str) -> Placement:
        """Place and rewrite; returns the placement."""
        live = Liveness(self.kernels, self.terminator)
        buffers = [storage.buffer for storage in live.storages]
        placement = STRATEGIES[strategy](buffers)
        offset = {id(s): o for s, o in zip(live.storages, placement.offsets, strict=True)}
        block = self._new_block(placement.size)
        arena = block.args[-1]
        for kernel in self.kernels:
            inputs = [self._memory(storage_root(value), block, kernel) for value in kernel.inputs]
            for result in kernel.outputs:
                if result not in self.memory:
                    view = vpool.ViewOp(arena, offset[id(live.of[result])], flat(result.type))
                    view.result.name_hint = result.name_hint
                    view.location = kernel.location
                    block.add_op(view)
                    self.memory[result] = view.result
            outputs = [self.memory[result] for result in kernel.outputs]
            region = Region()
            kernel.body.move_blocks(region)
            scratch: list[SSAValue] = []
            if kernel in live.scratch:
                storage = live.scratch[kernel]
                lanes = MemRefType(i16, [storage.bytes // 2])
                view = vpool.ViewOp(arena, offset[id(storage)], lanes)
                view.result.name_hint = "scratch"
                view.location = kernel.location
                block.add_op(view)
                scratch = [view.result]
            launch = vpool.LaunchOp(
                kernel.label.data, inputs, outputs, region, kernel.schedule, scratch
            )
            launch.location = kernel.location
            block.add_op(launch)
        block.add_op(func.ReturnOp())
        self._replace(block)
        self.function.attributes["vpool.proven"] = BoolAttr.from_bool(placement.proven)
        if live.scratch:
            share = IntegerAttr(live.scratch_share(placement), i64)
            self.function.attributes["vpool.scratch"] = share
        return placement

    def _new_block(self, arena_bytes: int) -> Block:
        old = self.function.body.block
        outputs = [storage_root(value) for value in self.terminator.operands]
        types: list[Attribute] = [
            *(flat(arg.type) for arg in old.args),
            *(flat(value.type) for value in self.terminator.operands),
            MemRefType(vpool.ARENA_ELEMENT, [arena_bytes]),
        ]
        block = Block(arg_types=types)
        for arg, new in zip(old.args, block.args, strict=False):
            new.name_hint = arg.name_hint
            self.memory[arg] = new
        for index, value in enumerate(outputs):
            new = block.args[len(old.args) + index]
            new.name_hint = "out" if len(outputs) == 1 else f"out{index}"
            self.memory[value] = new
        block.args[-1].name_hint = "arena"
        return block

    def _memory(self, value: SSAValue, block: Block, kernel: vpool.KernelOp) -> SSAValue:
        """Memory of a kernel's input; a constant becomes a global on first use."""
        if value in self.memory:
            return self.memory[value]
        if not isinstance(value, OpResult) or not isinstance(value.op, nn.ConstantOp):
            raise PassFailedException(
                f"place: an input of kernel {kernel.label.data} has no memory"
            )
        symbol = self._global(value, value.op, kernel)
        reference = memref.GetGlobalOp(symbol, flat(value.type))
        block.add_op(reference)
        self.memory[value] = reference.memref
        return reference.memref

    def _global(self, value: OpResult, constant: nn.ConstantOp, kernel: vpool.KernelOp) -> str:
        array = constant.array()
        type_ = flat(value.type)
        key = (array.tobytes(), type_)
        if key in self.constants:
            return self.constants[key]
        role = self._role(value, kernel)
        base = f"{symbol_of(kernel.label.data)}_{role}"
        symbol, number = base, 1
        while symbol in self.symbols:
            number += 1
            symbol = f"{base}_{number}"
        self.symbols.add(symbol)
        self.constants[key] = symbol
        definition = constant_global(symbol, type_.element_type, array)
        definition.location = constant.location
        Rewriter.insert_op(definition, InsertPoint.before(self.function))
        return symbol

    def _role(self, value: SSAValue, kernel: vpool.KernelOp) -> str:
        argument = kernel.body.block.args[list(kernel.inputs).index(value)]
        uses = list(argument.uses)
        if uses and isinstance(uses[0].operation, vpool.UnpackOp):
            return "weights"
        if uses and isinstance(uses[0].operation, nn.Conv2dOp | nn.FullyConnectedOp):
            return ("x", "weights", "bias")[uses[0].index]
        return "constant"

    def _replace(self, block: Block) -> None:
        function = self.function
        arguments = self._argument_attributes(len(block.args))
        region = function.body
        old = region.block
        region.detach_block(old)
        region.add_block(block)
        function.properties["function_type"] = FunctionType.from_lists(
            [arg.type for arg in block.args], []
        )
        function.properties["arg_attrs"] = ArrayAttr(arguments)
        function.properties.pop("res_attrs", None)
        for op in reversed(list(old.ops)):
            op.drop_all_references()
        old.erase(safe_erase=False)

    def _argument_attributes(self, count: int) -> list[DictionaryAttr]:
        """Attributes of inputs and outputs follow them; each argument gets its role."""
        function = self.function
        inputs = list(function.arg_attrs.data) if function.arg_attrs else []
        outputs = list(function.res_attrs.data) if function.res_attrs else []
        result_count = len(function.function_type.outputs)
        shapes = [*function.function_type.inputs, *function.function_type.outputs]
        roles = ["input"] * (count - 1 - result_count) + ["output"] * result_count
        given = [
            *(inputs or [DictionaryAttr({})] * roles.count("input")),
            *(outputs or [DictionaryAttr({})] * result_count),
        ]
        attributes: list[DictionaryAttr] = []
        for attrs, role, type_ in zip(given, roles, shapes, strict=True):
            entries: dict[str, Attribute] = {
                **attrs.data,
                "vpool.role": StringAttr(role),
                "vpool.tensor": type_,
            }
            attributes.append(DictionaryAttr(entries))
        return [*attributes, DictionaryAttr({"vpool.role": StringAttr("arena")})]


@dataclass(frozen=True)
class PlacePass(ModulePass):
    """Place all tensors of a function in one arena."""

    name = "place"

    strategy: str = "exact"
    """disjoint (no reuse), first-fit, or exact (CP-SAT, proven or best found)."""

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise PassFailedException(
                f"place: strategy must be one of {', '.join(STRATEGIES)}, found {self.strategy}"
            )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Place every function of the module."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            Placer(op, function).run(self.strategy)
