"""The order of kernels that keeps the fewest bytes alive: plain mathematics, no IR.

Where a network branches, its kernels can run in many orders. What is alive after some of them have
run depends on which these are and not on their order, so the best way to each such set is all that
has to be known: dynamic programming over the sets, one kernel larger at each step. With more than
`width` sets of one size only the best of them are followed: exact for small networks, a beam search
for large ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

WIDTH = 2000
"""Sets of kernels of one size that are followed at most."""


@dataclass(frozen=True)
class Task:
    """A kernel: numbers of the tensors that it reads and writes."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Order:
    """Numbers of tasks in order, the most bytes alive, and whether no order keeps fewer."""

    tasks: tuple[int, ...]
    peak: int
    exact: bool


@dataclass
class Graph:
    """Tasks, sizes of all tensors, and the tensors that are alive at the end."""

    tasks: Sequence[Task]
    sizes: Sequence[int]
    returned: Collection[int] = ()

    def __post_init__(self) -> None:
        maker = {t: i for i, task in enumerate(self.tasks) for t in task.outputs}
        self.before = [
            sum(1 << i for i in {maker[t] for t in task.inputs if t in maker})
            for task in self.tasks
        ]
        self.readers = [0] * len(self.sizes)
        for i, task in enumerate(self.tasks):
            for tensor in task.inputs:
                self.readers[tensor] |= 1 << i
        self.given = [t for t in range(len(self.sizes)) if t not in maker and self.readers[t]]

    def is_alive(self, tensor: int, done: int) -> bool:
        """Whether a tensor that is there is needed after some tasks."""
        return tensor in self.returned or bool(self.readers[tensor] & ~done)

    def alive(self, done: int) -> int:
        """Bytes that are needed after some tasks (bits of a number)."""
        tensors = [*self.given]
        for i, task in enumerate(self.tasks):
            if done >> i & 1:
                tensors += task.outputs
        return sum(self.sizes[t] for t in tensors if self.is_alive(t, done))

    def during(self, done: int, task: int, alive: int) -> int:
        """The least bytes while a task runs: outputs may lie where inputs die."""
        after = done | 1 << task
        given = set(self.tasks[task].inputs)
        dying = sum(self.sizes[t] for t in given if not self.is_alive(t, after))
        written = sum(self.sizes[t] for t in self.tasks[task].outputs)
        return alive - dying + max(dying, written)

    def peak(self, order: Sequence[int]) -> int:
        """The most bytes alive in an order."""
        done, most = 0, 0
        for task in order:
            most = max(most, self.during(done, task, self.alive(done)))
            done |= 1 << task
        return most

    def best(self, width: int = WIDTH) -> Order:
        """The order with the lowest peak; among equal ones the first in the order of numbers."""
        known: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
        exact = True
        for _ in self.tasks:
            further: dict[int, tuple[int, tuple[int, ...]]] = {}
            for done, (peak, order) in known.items():
                alive = self.alive(done)
                for task, before in enumerate(self.before):
                    if done >> task & 1 or before & ~done:
                        continue
                    way = max(peak, self.during(done, task, alive)), (*order, task)
                    after = done | 1 << task
                    further[after] = min(further.get(after, way), way)
            if len(further) > width:
                exact = False
                ways = sorted(further.items(), key=lambda item: (item[1][0], self.alive(item[0])))
                further = dict(ways[:width])
            known = further
        ((peak, order),) = known.values()
        return Order(order, peak, exact)
