"""`fuse-rows`: chains of convolutions become one kernel that goes through them row by row.

Between the stages of such a kernel whole tensors never exist, only rings of a few rows (`rows.py`):
the wide middle of an inverted bottleneck costs rows instead of an image. A fused kernel is an
ordinary `vpool.kernel` whose region has several ops with loops of their own, in the order in which
they run, and whose schedule says `rows`; what it computes is still what its region says.

Kernels are fused where they need most memory: as long as the step of the network with the most
bytes alive gets smaller by making one kernel of those around it. `match` fuses all neighbours whose
labels contain a text instead.

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

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import nn, vpool
from ..analysis.cost import body_ops, is_elementwise, shape_of
from ..memory.network import KernelNetwork
from ..memory.overlap import lower_bounds
from .row_chain import ROWS, rows_of

LONGEST = 6
"""Kernels that the search makes one of at most."""


def loops_of(kernel: vpool.KernelOp) -> list[Operation]:
    """The ops of a kernel that need loops of their own."""
    return [op for op in body_ops(kernel) if not is_elementwise(op)]


def has_rows(kernel: vpool.KernelOp) -> bool:
    """Whether a kernel can be a stage: one result, convolutions of one image, or element-wise."""
    heads = loops_of(kernel)
    plain = all(isinstance(op, nn.Conv2dOp) for op in heads) and len(kernel.outputs) == 1
    if not plain or len(shape_of(kernel.outputs[0])) != 4 or shape_of(kernel.outputs[0])[0] != 1:
        return False
    windows = [rows_of(op) for op in heads if isinstance(op, nn.Conv2dOp)]
    return all((w.kernel - 1) * w.dilation >= w.pad for w in windows)


def feeds(producer: vpool.KernelOp, consumer: vpool.KernelOp) -> bool:
    """Whether the result of one kernel is the image of the other's first stage, and nothing else.

    An element-wise consumer has to read the image at the very element that it writes.
    """
    if not (has_rows(producer) and has_rows(consumer)) or not loops_of(producer):
        return False
    (image,) = producer.outputs
    uses = list(image.uses)
    if len(uses) != 1 or uses[0].operation is not consumer:
        return False
    argument = consumer.body.block.args[uses[0].index]
    heads = loops_of(consumer)
    if not heads:
        return shape_of(argument) == shape_of(consumer.outputs[0])
    inner = list(argument.uses)
    return len(inner) == 1 and inner[0].operation is heads[0] and inner[0].index == 0


def fuse(producer: vpool.KernelOp, consumer: vpool.KernelOp) -> vpool.KernelOp:
    """Put two kernels into one, in place of the second."""
    (image,) = producer.outputs
    inputs: list[SSAValue] = []
    for value in (*producer.inputs, *consumer.inputs):
        if value is not image and value not in inputs:
            inputs.append(value)
    body = Block(arg_types=[value.type for value in inputs])
    given: dict[SSAValue, SSAValue] = dict(zip(inputs, body.args, strict=True))
    for value, argument in given.items():
        argument.name_hint = value.name_hint
    for kernel in (producer, consumer):
        copies: dict[SSAValue, SSAValue] = {
            argument: given[value]
            for value, argument in zip(kernel.inputs, kernel.body.block.args, strict=True)
        }
        for op in kernel.body.block.ops:
            if isinstance(op, vpool.YieldOp):
                given[kernel.outputs[0]] = copies[op.arguments[0]]
                continue
            copy = op.clone(copies)
            copy.location = op.location
            body.add_op(copy)
    (result,) = consumer.outputs
    body.add_op(vpool.YieldOp(given[result]))
    old = producer.schedule or vpool.ScheduleAttr()
    schedule = vpool.ScheduleAttr(ROWS, ("oh", "ow", "oc"), old.block, old.isa)
    label = f"{producer.label.data} + {consumer.label.data}"
    fused = vpool.KernelOp(label, inputs, [result.type], body, schedule)
    fused.location = producer.location
    Rewriter.insert_op(fused, InsertPoint.before(consumer))
    fused.outputs[0].name_hint = result.name_hint
    result.replace_all_uses_with(fused.outputs[0])
    for kernel in (consumer, producer):
        kernel.detach()
        kernel.erase()
    return fused


def kernels_of(function: func.FuncOp) -> list[vpool.KernelOp]:
    """The kernels of a function in order."""
    return [op for op in function.body.block.ops if isinstance(op, vpool.KernelOp)]


def chain_around(kernels: list[vpool.KernelOp], step: int) -> tuple[list[int], int]:
    """The numbers of the kernels that can be fused with kernel `step`, and its place among them."""
    number = {kernel: index for index, kernel in enumerate(kernels)}
    chain, place = [step], 0
    while len(chain) - place < LONGEST:
        uses = list(kernels[chain[-1]].outputs[0].uses)
        next_ = number.get(uses[0].operation) if uses else None  # pyright: ignore[reportArgumentType]
        if next_ is None or not feeds(kernels[chain[-1]], kernels[next_]):
            break
        chain.append(next_)
    while place < LONGEST - 1:
        makers = (
            number.get(value.op)  # pyright: ignore[reportArgumentType]
            for value in kernels[chain[0]].inputs
            if isinstance(value, OpResult)
        )
        before = [m for m in makers if m is not None and feeds(kernels[m], kernels[chain[0]])]
        if not before:
            break
        chain.insert(0, before[0])
        place += 1
    return chain, place


def windows(chain: list[int], place: int) -> Iterator[list[int]]:
    """Parts of a chain around one of its kernels, two kernels at least."""
    for first in range(place + 1):
        for last in range(place, len(chain)):
            if 1 <= last - first < LONGEST:
                yield chain[first : last + 1]


def fuse_all(function: func.FuncOp, numbers: list[int]) -> None:
    """Make one kernel of those with the given numbers, neighbours of each other."""
    kernels = kernels_of(function)
    fused = kernels[numbers[0]]
    for number in numbers[1:]:
        fused = fuse(fused, kernels[number])


def needs(function: func.FuncOp, in_pool: bool) -> list[int]:
    """The least bytes that each kernel's step needs, from the tensors alive."""
    network = KernelNetwork(function, turn=True)
    problem = network.problem(in_pool)
    return lower_bounds(problem.buffers, problem.overlaps, len(network.kernels))


def search(function: func.FuncOp, in_pool: bool) -> None:
    """Fuse around the largest steps as long as they get smaller, or fewer."""
    while True:
        costs = needs(function, in_pool)
        best: tuple[list[int], list[int]] = (sorted(costs, reverse=True), [])
        for step in [i for i, cost in enumerate(costs) if cost == best[0][0]]:
            for part in windows(*chain_around(kernels_of(function), step)):
                copy = function.clone()
                fuse_all(copy, part)
                best = min(best, (sorted(needs(copy, in_pool), reverse=True), part))
        if not best[1]:
            return
        fuse_all(function, best[1])


@dataclass(frozen=True)
class FuseRowsPass(ModulePass):
    """Fuse chains of kernels that then run row by row."""

    name = "fuse-rows"

    match: str | None = None
    """Fuse all neighbours whose labels contain this text; without it, search."""

    io: str = "caller"
    """Where inputs and outputs will lie, as for `place`."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse the kernels of every function."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            if self.match is None:
                search(function, self.io == "pool")
            else:
                self._match(function, self.match)

    @staticmethod
    def _match(function: func.FuncOp, text: str) -> None:
        for kernel in kernels_of(function):
            for value in kernel.inputs:
                maker = value.op if isinstance(value, OpResult) else None
                if not isinstance(maker, vpool.KernelOp) or not feeds(maker, kernel):
                    continue
                if text in maker.label.data and text in kernel.label.data:
                    fuse(maker, kernel)
                    break
