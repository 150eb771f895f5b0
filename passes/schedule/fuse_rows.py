"""`fuse-rows`: chains of convolutions become one kernel that goes through them row by row.

Between the stages of such a kernel whole tensors never exist, only rings of a few rows (`rows.py`):
the wide middle of an inverted bottleneck costs rows instead of an image. A fused kernel is an
ordinary `vpool.kernel` whose region has several ops with loops of their own, in the order in which
they run, and whose schedule says `rows`; what it computes is still what its region says.

Kernels are fused where they need most memory: every chain of them is divided so that the step of
the network with the most bytes alive needs as few as possible. `match` fuses all neighbours whose
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

from collections.abc import Callable, Sequence
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
from ..memory.overlap import greedy, lower_bound_at, lower_bounds
from .row_chain import GROUPS, ROWS, by_groups, rows_of

LONGEST = 9
"""Kernels that the search makes one of at most."""


def loops_of(kernel: vpool.KernelOp) -> list[Operation]:
    """The ops of a kernel that need loops of their own."""
    return [op for op in body_ops(kernel) if not is_elementwise(op)]


def has_rows(kernel: vpool.KernelOp) -> bool:
    """Whether a kernel can be a stage: one result, convolutions of one image, or element-wise.

    Its first op may fetch rows.
    """
    heads = loops_of(kernel)
    if heads and isinstance(heads[0], vpool.FetchOp):
        heads = heads[1:]
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


def needs(function: func.FuncOp, in_pool: bool) -> list[int]:
    """The least bytes that each kernel's step needs, from the tensors alive."""
    network = KernelNetwork(function, turn=True)
    problem = network.problem(in_pool)
    return lower_bounds(problem.buffers, problem.overlaps, len(network.kernels))


def need_of(function: func.FuncOp, kernel: vpool.KernelOp, in_pool: bool) -> int:
    """The least bytes that the step of one kernel needs."""
    network = KernelNetwork(function, turn=True, only=kernel)
    problem = network.problem(in_pool)
    step = network.kernels.index(kernel)
    return lower_bound_at(problem.buffers, problem.overlaps, step)


def chains_of(kernels: Sequence[vpool.KernelOp]) -> list[list[int]]:
    """The numbers of kernels that each feed the next one, in chains that share none."""
    number = {kernel: index for index, kernel in enumerate(kernels)}
    chain_of: dict[int, list[int]] = {}
    chains: list[list[int]] = []
    for index, kernel in enumerate(kernels):
        makers = [number[v.op] for v in kernel.inputs if isinstance(v, OpResult) if v.op in number]  # pyright: ignore[reportArgumentType]
        fed = [m for m in makers if chain_of[m][-1] == m and feeds(kernels[m], kernel)]
        if fed:
            chain_of[index] = chain_of[max(fed)]
        else:
            chains.append([])
            chain_of[index] = chains[-1]
        chain_of[index].append(index)
    return chains


Part = tuple[int, int, str]
"""A part of a chain: its first and last places, and the algorithm of the kernel made of it."""

Costs = dict[Part, int]
"""What the step of a kernel needs that is made of a part of a chain."""


def costs_of(function: func.FuncOp, chain: Sequence[int], in_pool: bool) -> Costs:
    """The needs of all parts of a chain, by their first and last places in it."""
    found: Costs = {}
    for first in range(len(chain)):
        copy = function.clone()
        kernels = kernels_of(copy)
        fused = kernels[chain[first]]
        for last in range(first, min(first + LONGEST, len(chain))):
            if last > first:
                fused = fuse(fused, kernels[chain[last]])
            found[first, last, ROWS] = need_of(copy, fused, in_pool)
            plain = fused.schedule
            if last > first and plain is not None:
                fused.schedule = with_algorithm(plain, GROUPS)
                if any(by_groups(fused)):
                    found[first, last, GROUPS] = need_of(copy, fused, in_pool)
                fused.schedule = plain
    return found


def with_algorithm(schedule: vpool.ScheduleAttr, algorithm: str) -> vpool.ScheduleAttr:
    """A schedule with another algorithm."""
    return vpool.ScheduleAttr(algorithm, schedule.order, schedule.block, schedule.isa)


def smallest(costs: Costs, length: int) -> int:
    """The least that the largest part of a chain needs, over all ways to divide it."""
    best = [0] + [1 << 62] * length
    for first, last, algorithm in sorted(costs, key=lambda part: part[1]):
        cost = max(best[first], costs[first, last, algorithm])
        best[last + 1] = min(best[last + 1], cost)
    return best[-1]


def divided(costs: Costs, length: int, price: Callable[[int], float]) -> list[Part]:
    """The parts of a chain with the lowest sum of prices; among equal ones those that run fastest:
    few that go through groups of channels, and many parts.
    """
    best: list[tuple[float, int, int, list[Part]]] = [(0.0, 0, 0, [])]
    for end in range(length):
        ways: list[tuple[float, int, int, list[Part]]] = []
        for part in [part for part in costs if part[1] == end]:
            sum_, slow, parts, way = best[part[0]]
            total = sum_ + price(costs[part])
            ways.append((total, slow + (part[2] == GROUPS), parts - 1, [*way, part]))
        best.append(min(ways, key=lambda way: way[:3]))
    return best[-1][3]


def placed(function: func.FuncOp, in_pool: bool) -> int:
    """The pool that a greedy placement finds."""
    problem = KernelNetwork(function, turn=True).problem(in_pool)
    return greedy(problem.buffers, problem.overlaps).size


Groups = list[tuple[list[int], str]]
"""Numbers of kernels to make one of, and its algorithm."""


def at_most(size: int) -> Callable[[int], float]:
    """The price of a step that may need so many bytes."""
    return lambda cost: float(max(0, cost - size))


def search(function: func.FuncOp, in_pool: bool, limit: int = 0) -> Groups:
    """The kernels to make one of, so that the pool is smallest, or not above the limit; as few as
    possible for that.

    What a step needs is known for each part of each chain. A chain is divided so that its largest
    part needs least, and no more is fused than that takes; or so that all parts need little, which
    may be easier to place. The placement decides, also whether to fuse at all.
    """
    chains = [c for c in chains_of(kernels_of(function)) if len(c) > 1]
    costs = [costs_of(function, chain, in_pool) for chain in chains]
    inside = {kernel for chain in chains for kernel in chain}
    others = [cost for k, cost in enumerate(needs(function, in_pool)) if k not in inside]
    least = max(
        [1, *others, *(smallest(c, len(chain)) for c, chain in zip(costs, chains, strict=True))]
    )
    best: tuple[int, int, int, Groups] = (max(limit, placed(function, in_pool)), 0, 0, [])
    prices: list[Callable[[int], float]] = [at_most(least), lambda cost: (cost / least) ** 16]
    for price in [at_most(limit), *prices] if limit > least else prices:
        groups = [
            (chain[first : last + 1], algorithm)
            for chain, cost in zip(chains, costs, strict=True)
            for first, last, algorithm in divided(cost, len(chain), price)
            if last > first
        ]
        copy = function.clone()
        apply_groups(copy, groups)
        slow = sum(algorithm == GROUPS for _, algorithm in groups)
        count = sum(len(kernels) for kernels, _ in groups)
        best = min(best, (max(limit, placed(copy, in_pool)), slow, count, groups))
    return best[3]


def apply_groups(function: func.FuncOp, groups: Groups) -> None:
    """Make one kernel of each group."""
    kernels = kernels_of(function)
    for group, algorithm in groups:
        fused = kernels[group[0]]
        for number in group[1:]:
            fused = fuse(fused, kernels[number])
        assert fused.schedule is not None
        fused.schedule = with_algorithm(fused.schedule, algorithm)


@dataclass(frozen=True)
class FuseRowsPass(ModulePass):
    """Fuse chains of kernels that then run row by row."""

    name = "fuse-rows"

    match: str | None = None
    """Fuse all neighbours whose labels contain this text; without it, search."""

    groups: bool = False
    """With `match`: expand channels in groups where a depthwise convolution follows."""

    io: str = "caller"
    """Where inputs and outputs will lie, as for `place`."""

    limit: int = 0
    """A pool of so many bytes is small enough: no more is fused than that takes."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse the kernels of every function."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            if self.match is None:
                apply_groups(function, search(function, self.io == "pool", self.limit))
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
                    if self.groups and fused.schedule is not None:
                        fused.schedule = with_algorithm(fused.schedule, GROUPS)
                    break
