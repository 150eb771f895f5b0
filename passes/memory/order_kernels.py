"""`order-kernels`: kernels of a network that branches run in the order that needs least memory.

The order with the fewest bytes alive is searched (`order.py`), exactly for small networks. It is
taken if a placement gets smaller by it; a network without branches has one order only.

Before:

```mlir
%a = vpool.kernel "wide" ins(%x) -> tensor<1x8x8x64xi8> { … }
%b = vpool.kernel "wide too" ins(%x) -> tensor<1x8x8x64xi8> { … }
%c = vpool.kernel "narrow" ins(%a) -> tensor<1x8x8x2xi8> { … }
%d = vpool.kernel "narrow too" ins(%b) -> tensor<1x8x8x2xi8> { … }
```

After:

```mlir
%a = vpool.kernel "wide" ins(%x) -> tensor<1x8x8x64xi8> { … }
%c = vpool.kernel "narrow" ins(%a) -> tensor<1x8x8x2xi8> { … }
%b = vpool.kernel "wide too" ins(%x) -> tensor<1x8x8x64xi8> { … }
%d = vpool.kernel "narrow too" ins(%b) -> tensor<1x8x8x2xi8> { … }
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, OpResult
from xdsl.passes import ModulePass

from ...dialects import nn, vpool
from .network import KernelNetwork
from .order import Graph, Task
from .overlap import greedy


def kernels_of(function: func.FuncOp) -> list[vpool.KernelOp]:
    """The kernels of a function in order."""
    return [op for op in function.body.block.ops if isinstance(op, vpool.KernelOp)]


def graph_of(function: func.FuncOp, in_pool: bool) -> Graph:
    """The kernels as tasks; tensors outside of the pool have no bytes."""
    kernels = kernels_of(function)
    network = KernelNetwork(function, only=kernels[0])
    pooled = set(network.problem(in_pool).tensors)
    sizes = [size if number in pooled else 0 for number, size in enumerate(network.sizes)]
    tasks = [Task(layer.inputs, (layer.output, *layer.further)) for layer in network.layers]
    return Graph(tasks, sizes, network.returned)


def reorder(function: func.FuncOp, order: Sequence[int]) -> None:
    """Put the kernels of a function in another order, and views right before they are used."""
    block, kernels = function.body.block, kernels_of(function)
    terminator = block.last_op
    assert terminator is not None
    moved: set[Operation] = set()

    def put(op: Operation) -> None:
        if op in moved:
            return
        for operand in op.operands:
            maker = operand.op if isinstance(operand, OpResult) else None
            if maker is not None and not isinstance(maker, vpool.KernelOp | nn.ConstantOp):
                put(maker)
        moved.add(op)
        op.detach()
        block.insert_op_before(op, terminator)

    for number in order:
        put(kernels[number])
    for op in list(block.ops):
        if op is not terminator and not isinstance(op, nn.ConstantOp):
            put(op)


def placed(function: func.FuncOp, in_pool: bool) -> int:
    """The pool that a greedy placement finds."""
    problem = KernelNetwork(function, turn=True).problem(in_pool)
    return greedy(problem.buffers, problem.overlaps).size


def improve(function: func.FuncOp, in_pool: bool) -> None:
    """Change the order of a function's kernels if that makes the arena smaller."""
    if not kernels_of(function):
        return
    graph = graph_of(function, in_pool)
    peak = graph.peak(range(len(graph.tasks)))
    if peak <= graph.least():
        return
    found = graph.best()
    if found.peak >= peak:
        return
    copy = function.clone()
    reorder(copy, found.tasks)
    if placed(copy, in_pool) < placed(function, in_pool):
        reorder(function, found.tasks)


@dataclass(frozen=True)
class OrderKernelsPass(ModulePass):
    """Put kernels in the order that needs the smallest arena."""

    name = "order-kernels"

    io: str = "caller"
    """Where inputs and outputs will lie, as for `place`."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Order the kernels of every function."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            improve(function, self.io == "pool")
