"""Minimum cuts by augmenting paths (Edmonds and Karp, 1972). No xDSL in here."""

from __future__ import annotations

from collections import deque
from itertools import pairwise


class CutProblem:
    """Choose a side, False or True, for each of `size` nodes such that the total cost is least.

    Costs are non-negative integers: `prefer` charges a node for being on a side, `charge` charges a
    pair of nodes for being on different sides in one direction.
    """

    def __init__(self, size: int):
        self.size = size
        self.source, self.sink = size, size + 1
        self.capacity: list[dict[int, int]] = [{} for _ in range(size + 2)]

    def _add(self, start: int, end: int, cost: int) -> None:
        self.capacity[start][end] = self.capacity[start].get(end, 0) + cost
        self.capacity[end].setdefault(start, 0)

    def prefer(self, node: int, *, cost_if_false: int = 0, cost_if_true: int = 0) -> None:
        """Charge the node for its side."""
        self._add(node, self.sink, cost_if_false)
        self._add(self.source, node, cost_if_true)

    def charge(self, false_node: int, true_node: int, cost: int) -> None:
        """Charge for `false_node` being False while `true_node` is True."""
        self._add(false_node, true_node, cost)

    def pairwise(self, a: int, b: int, costs: tuple[int, int, int, int]) -> None:
        """Charge the pair by both sides: costs of (False, False), (False, True), (True, False),
        (True, True).

        A cut can only express costs where agreeing is on the whole no dearer than disagreeing;
        others are replaced by the nearest that it can.
        """
        neither, only_b, only_a, both = costs
        for node, extra in ((a, only_a - neither), (b, both - only_a)):
            self.prefer(node, cost_if_true=max(extra, 0), cost_if_false=max(-extra, 0))
        self.charge(a, b, max(only_b + only_a - neither - both, 0))

    def solve(self) -> list[bool]:
        """Return the sides. Of several optima, the one with the fewest nodes on the True side."""
        while (path := self._augmenting_path()) is not None:
            steps = list(pairwise(path))
            flow = min(self.capacity[a][b] for a, b in steps)
            for a, b in steps:
                self.capacity[a][b] -= flow
                self.capacity[b][a] += flow
        true_side = self._reaching_sink()
        return [node in true_side for node in range(self.size)]

    def _reaching_sink(self) -> set[int]:
        reached, stack = {self.sink}, [self.sink]
        while stack:
            node = stack.pop()
            for other in self.capacity[node]:
                if other not in reached and self.capacity[other].get(node, 0) > 0:
                    reached.add(other)
                    stack.append(other)
        return reached

    def _augmenting_path(self) -> list[int] | None:
        parent: dict[int, int] = {self.source: self.source}
        queue = deque([self.source])
        while queue:
            node = queue.popleft()
            for other, capacity in self.capacity[node].items():
                if capacity > 0 and other not in parent:
                    parent[other] = node
                    if other == self.sink:
                        path = [other]
                        while path[-1] != self.source:
                            path.append(parent[path[-1]])
                        return path[::-1]
                    queue.append(other)
        return None
