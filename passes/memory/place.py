"""`place`: gives every tensor a place in one arena, and turns kernels into launches on memory.

A tensor lives from the kernel that writes it to the last one that reads it. An input that dies in a
kernel and the kernel's output may share bytes: the output may lie as close as no byte is written
before its last read (`distance.py`), the same place for element-wise kernels, an image less a few
rows for convolutions. Where that makes the arena smaller, a kernel runs `reversed`, from its last
step to its first. All constraints together are one problem (`network.py`, `problem.py`), solved by
a strategy; `exact` proves the optimum or says that it could not. Reshapes are views and share the
bytes of their operand. Constants become `memref.global`s, equal ones once.

The function's own inputs and outputs stay with the caller, or with `io="pool"` lie in the arena,
where `vpool.offset` tells: inputs are overwritten when they have been read. States (`nn.state`) are
kept between calls, so they always stay with the caller.

There may be several memories, from the fastest to the slowest: `memories="fast:65536,slow:524288"`.
Then there is an arena in each, and the tensors with most accesses per byte lie in the fastest
(`memories.py`, `traffic.py`).

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

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
    i64,
)
from xdsl.ir import Attribute, Block, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn, vpool
from ...dialects.strips import ROWS_SPACE
from ..analysis.cost import is_view
from ..analysis.symbols import symbol_of
from ..schedule.form_kernels import storage_root
from ..schedule.row_chain import STRIPS
from .constants import constant_global
from .memories import Memory, Spread, spread
from .network import KernelNetwork, scratch_types
from .problem import STRATEGIES, Problem
from .traffic import accesses_of

ALIGNMENT = 4
"""Where tensors begin unless asked for otherwise: at words, which processors load fastest."""


def flat(type_: Attribute) -> MemRefType[Attribute]:
    """The flat memref of a tensor's elements."""
    if not isinstance(type_, TensorType):
        raise PassFailedException(f"place: {type_} is not a tensor")
    tensor = cast(TensorType[Attribute], type_)
    return MemRefType(tensor.element_type, [tensor.element_count()])


_MEMORY = re.compile(r"[a-z][a-z0-9_]{0,30}:[0-9]{1,12}")


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
        self.place: dict[SSAValue, tuple[int, int]] = {}
        """Offset and number of the memory of each tensor in an arena."""
        self.arenas: tuple[str, ...] = ()
        """Names of the memories, if there are several."""
        self.constants: dict[tuple[bytes, Attribute], str] = {}
        self.symbols = {
            op.sym_name.data
            for op in module.body.block.ops
            if isinstance(op, func.FuncOp | memref.GlobalOp)
        }

    def run(self, options: PlacePass) -> None:
        """Place and rewrite."""
        network = KernelNetwork(self.function, turn=options.turn)
        problem = network.problem(options.io == "pool", options.alignment)
        wanted = max((network.alignment_of(kernel) for kernel in self.kernels), default=1)
        placement = options.placement(network, problem)
        tensors = problem.tensors
        places = list(zip(placement.offsets, placement.memory, strict=True))
        for tensor, place in zip(tensors, places, strict=False):
            self.place[network.values[tensor]] = place
        scratch = dict(zip(problem.scratch, places[len(tensors) :], strict=True))
        turned = {network.values[tensors[i]] for i in placement.backwards}
        self.arenas = options.names
        block = self._new_block(placement.sizes)
        for step, kernel in enumerate(self.kernels):
            inputs = [self._memory(storage_root(value), block, kernel) for value in kernel.inputs]
            for result in kernel.outputs:
                if result not in self.memory:
                    self._view(block, kernel, result, flat(result.type), self.place[result])
            outputs = [self.memory[result] for result in kernel.outputs]
            types = scratch_types(kernel)
            region = Region()
            kernel.body.move_blocks(region)
            views: list[SSAValue] = []
            for number, type_ in enumerate(types):
                views.append(self._view(block, kernel, None, type_, scratch[step, number]))
            schedule = kernel.schedule
            if kernel.outputs[0] in turned:
                schedule = (schedule or vpool.ScheduleAttr()).turned()
            label = kernel.label.data
            launch = vpool.LaunchOp(label, inputs, outputs, region, schedule, views)
            launch.location = kernel.location
            block.add_op(launch)
        block.add_op(func.ReturnOp())
        attributes = self._argument_attributes()
        self._replace(block, attributes)
        self.function.attributes["vpool.proven"] = BoolAttr.from_bool(placement.proven)
        if wanted > ALIGNMENT:
            self.function.attributes["vpool.align"] = IntegerAttr(wanted, i64)
        if problem.scratch and not options.names:
            least = STRATEGIES[options.strategy](problem.without_scratch).size
            share = IntegerAttr(max(0, placement.sizes[0] - least), i64)
            self.function.attributes["vpool.scratch"] = share

    def _view(
        self,
        block: Block,
        kernel: vpool.KernelOp,
        value: SSAValue | None,
        type_: MemRefType[Attribute],
        place: tuple[int, int],
    ) -> SSAValue:
        """A range of an arena that holds a tensor, or scratch of a kernel."""
        offset, memory = place
        arenas = block.args[-max(1, len(self.arenas)) :]
        view = vpool.ViewOp(arenas[memory], offset, type_)
        view.result.name_hint = "scratch" if value is None else value.name_hint
        view.location = kernel.location
        block.add_op(view)
        if value is not None:
            self.memory[value] = view.result
        return view.result

    def _new_block(self, sizes: Sequence[int]) -> Block:
        old = self.function.body.block
        outputs = [storage_root(value) for value in self.terminator.operands]
        types: list[Attribute] = [
            *self._inputs(),
            *(flat(value.type) for value in self.terminator.operands),
            *(MemRefType(vpool.ARENA_ELEMENT, [size]) for size in sizes),
        ]
        block = Block(arg_types=types)
        for arg, new in zip(old.args, block.args, strict=False):
            new.name_hint = arg.name_hint
            self.memory[arg] = new
        for index, value in enumerate(outputs):
            new = block.args[len(old.args) + index]
            new.name_hint = "out" if len(outputs) == 1 else f"out{index}"
            self.memory[value] = new
        for arena, name in zip(block.args[-len(sizes) :], self.arenas or ("arena",), strict=True):
            arena.name_hint = name
        return block

    def _inputs(self) -> list[Attribute]:
        """The memory of the inputs; there is none behind those whose rows are asked for."""
        types = [flat(arg.type) for arg in self.function.body.block.args]
        attributes = self.function.arg_attrs or [DictionaryAttr({})] * len(types)
        return [
            MemRefType(t.element_type, t.shape, memory_space=ROWS_SPACE) if STRIPS in a.data else t
            for t, a in zip(types, attributes, strict=True)
        ]

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
        roots = [storage_root(given) for given in kernel.inputs]
        argument = kernel.body.block.args[roots.index(value)]
        uses = list(argument.uses)
        if uses and isinstance(uses[0].operation, vpool.UnpackOp):
            return "weights"
        if uses and isinstance(uses[0].operation, vpool.UnshiftBiasOp):
            return "bias"
        if uses and isinstance(uses[0].operation, nn.Conv2dOp | nn.FullyConnectedOp):
            return ("x", "weights", "bias")[uses[0].index]
        return "constant"

    def _replace(self, block: Block, attributes: list[DictionaryAttr]) -> None:
        function = self.function
        region = function.body
        old = region.block
        region.detach_block(old)
        region.add_block(block)
        function.properties["function_type"] = FunctionType.from_lists(
            [arg.type for arg in block.args], []
        )
        function.properties["arg_attrs"] = ArrayAttr(attributes)
        function.properties.pop("res_attrs", None)
        for op in reversed(list(old.ops)):
            op.drop_all_references()
        old.erase(safe_erase=False)

    def _argument_attributes(self) -> list[DictionaryAttr]:
        """Attributes of inputs and outputs follow them; each argument gets its role."""
        function = self.function
        values = [*function.body.block.args, *map(storage_root, self.terminator.operands)]
        inputs = list(function.arg_attrs.data) if function.arg_attrs else []
        outputs = list(function.res_attrs.data) if function.res_attrs else []
        result_count = len(function.function_type.outputs)
        shapes = [*function.function_type.inputs, *function.function_type.outputs]
        roles = ["input"] * (len(values) - result_count) + ["output"] * result_count
        given = [
            *(inputs or [DictionaryAttr({})] * roles.count("input")),
            *(outputs or [DictionaryAttr({})] * result_count),
        ]
        attributes: list[DictionaryAttr] = []
        for value, attrs, role, type_ in zip(values, given, roles, shapes, strict=True):
            entries: dict[str, Attribute] = {
                **attrs.data,
                "vpool.role": StringAttr(role),
                "vpool.tensor": type_,
            }
            if value in self.place:
                offset, memory = self.place[value]
                entries["vpool.offset"] = IntegerAttr(offset, i64)
                if self.arenas:
                    entries[vpool.MEMORY] = StringAttr(self.arenas[memory])
            attributes.append(DictionaryAttr(entries))
        arena: dict[str, Attribute] = {"vpool.role": StringAttr("arena")}
        if not self.arenas:
            return [*attributes, DictionaryAttr(arena)]
        names = [DictionaryAttr({**arena, vpool.MEMORY: StringAttr(n)}) for n in self.arenas]
        return [*attributes, *names]


@dataclass(frozen=True)
class PlacePass(ModulePass):
    """Place all tensors of a function in one arena."""

    name = "place"

    strategy: str = "exact"
    """disjoint (no reuse), first-fit, or exact (CP-SAT, proven or best found)."""

    io: str = "caller"
    """Where inputs and outputs of the function lie: in memory of the caller, or in the pool."""

    turn: bool = True
    """Whether kernels may run from their last step to their first."""

    alignment: int = ALIGNMENT
    """Every tensor begins at a multiple of this many bytes, and of its elements."""

    memories: str = ""
    """Several memories, the fastest first, as `NAME:BYTES,NAME:BYTES`; without, one of any size."""

    def __post_init__(self) -> None:
        self.parsed()
        for name, value, known in (
            ("strategy", self.strategy, STRATEGIES),
            ("io", self.io, ("caller", "pool")),
        ):
            if value not in known:
                raise PassFailedException(
                    f"place: {name} must be one of {', '.join(known)}, found {value}"
                )
        if self.alignment < 1 or self.alignment & (self.alignment - 1):
            raise PassFailedException(
                f"place: alignment must be a power of two, found {self.alignment}"
            )

    def parsed(self) -> list[Memory]:
        """The memories. Raises PassFailedException where they are not well-formed."""
        found: list[Memory] = []
        for text in self.memories.split(",") if self.memories else ():
            name, _, size = text.partition(":")
            fits = (
                re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name) and size.isdecimal() and int(size) > 0
            )
            if not fits or name in (memory.name for memory in found):
                raise PassFailedException(
                    f"place: memories are NAME:BYTES with names in lower case, found {text!r}"
                )
            found.append(Memory(name, int(size)))
        if len(found) == 1:
            raise PassFailedException("place: give two memories or more, or none")
        if found and self.strategy != "exact":
            raise PassFailedException("place: only the strategy exact places in several memories")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the memories, if there are several."""
        return tuple(memory.name for memory in self.parsed())

    def placement(self, network: KernelNetwork, problem: Problem) -> Spread:
        """Where everything lies. Raises PassFailedException where the memories are too small."""
        memories = self.parsed()
        if not memories:
            one = STRATEGIES[self.strategy](problem)
            memory = (0,) * len(one.offsets)
            return Spread(memory, one.offsets, (one.size,), one.proven, one.backwards)
        accesses = accesses_of(network, problem)
        found = spread(problem.buffers, problem.overlaps, accesses, memories)
        if found is None:
            sizes = " and ".join(f"{memory.bytes:,} bytes of {memory.name}" for memory in memories)
            raise PassFailedException(
                f"place: the tensors do not fit into {sizes}; in one memory they need "
                f"{problem.place().size:,} bytes"
            )
        return found

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Place every function of the module."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            Placer(op, function).run(self)
