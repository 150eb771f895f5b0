"""The order of kernels that keeps the fewest bytes alive: plain mathematics, no IR.

Where a network branches, its kernels can run in many orders. What is alive after some of them have
run depends on which these are and not on their order, so the best way to each such set is all that
has to be known: dynamic programming over the sets, one kernel larger at each step. With more than
`width` sets of one size only the best of them are followed: exact for small networks, a beam search
for large ones, the narrower the more kernels there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

WIDTH = 2000
"""Sets of kernels of one size that are followed at most."""
WORK = 200_000
"""About how many steps from one set to a larger one are looked at, all sizes together."""


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

    def least(self) -> int:
        """A bound: no order keeps fewer bytes than some task alone needs."""
        needs = (
            max(sum(self.sizes[t] for t in set(tensors)) for tensors in (task.inputs, task.outputs))
            for task in self.tasks
        )
        return max(needs, default=0)

    def best(self, width: int | None = None) -> Order:
        """The order with the lowest peak; among equal ones the first in the order of numbers."""
        if width is None:
            width = max(1, min(WIDTH, WORK // max(1, len(self.tasks)) ** 2))
        known: dict[int, tuple[int, tuple[int, ...], int]] = {0: (0, (), self.alive(0))}
        exact = True
        for _ in self.tasks:
            further: dict[int, tuple[int, tuple[int, ...], int]] = {}
            for done, (peak, order, alive) in known.items():
                for task, before in enumerate(self.before):
                    if done >> task & 1 or before & ~done:
                        continue
                    after = done | 1 << task
                    most = max(peak, self.during(done, task, alive))
                    way = most, (*order, task), alive + self.change(after, task)
                    further[after] = min(further.get(after, way), way)
            if len(further) > width:
                exact = False
                ways = sorted(further.items(), key=lambda item: (item[1][0], item[1][2]))
                further = dict(ways[:width])
            known = further
        ((peak, order, _),) = known.values()
        return Order(order, peak, exact)

    def change(self, after: int, task: int) -> int:
        """By how many bytes more are alive after a task than before it."""
        inputs, outputs = set(self.tasks[task].inputs), self.tasks[task].outputs
        born = sum(self.sizes[t] for t in outputs if self.is_alive(t, after))
        return born - sum(self.sizes[t] for t in inputs if not self.is_alive(t, after))
