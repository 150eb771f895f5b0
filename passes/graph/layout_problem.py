"""The choice of an order of axes for every operation of a function, as one problem.

Transposes are taken out of the graph: every use of a value says in which order it wants the axes,
every value has the order its operation makes. Where the two differ, a transpose has to be made; the
labels (see `layout_rules`) are chosen such that the sum of the sizes of all transposes is least.
Candidates for labels come from the operations that only work in one order (convolutions …) by
following the edges; a minimum cut says which operations should switch to a candidate.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from xdsl.dialects.builtin import FixedBitwidthType, TensorType
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import nn
from ..rewriting import element_of, is_constant, shape_of
from .layout_rules import LayoutRule, order_of, rule_of
from .min_cut import CutProblem
from .permutations import Permutation, compose, identity, inverse, is_view, permuted
from .weights import folds_into_weights

Labels = dict[Operation, Permutation]

BOUNDARY_COST = 1
"""Cost of a transpose next to an argument or a result of the function: `native-io` removes it; and
of one that the weights of a fully connected layer take in. Others cost bytes."""


def resolve(value: SSAValue) -> tuple[SSAValue, Permutation]:
    """Return root and p, root not made by a transpose, with value == root.transpose(p)."""
    order = identity(len(shape_of(value)))
    while isinstance(owner := value.owner, nn.TransposeOp):
        value, order = owner.operands[0], compose(order_of(owner), order)
    return value, order


@dataclass(frozen=True, eq=False)
class Edge:
    """One use of a root: operand `index` of `user` is root.transpose(order)."""

    root: SSAValue
    order: Permutation
    user: Operation
    index: int

    @property
    def producer(self) -> Operation | None:
        """The operation that makes the root; None for arguments of the function."""
        return self.root.owner if isinstance(self.root.owner, Operation) else None


class LayoutProblem:
    """The tensors, edges and rules of one block."""

    def __init__(self, block: Block):
        self.rules: dict[Operation, LayoutRule] = {}
        self.edges: list[Edge] = []
        self.inputs: dict[Operation, list[Edge]] = defaultdict(list)
        self.outputs: dict[SSAValue, list[Edge]] = defaultdict(list)
        for op in block.ops:
            if isinstance(op, nn.TransposeOp):
                continue
            if (rule := rule_of(op)) is not None:
                self.rules[op] = rule
            for index, value in enumerate(op.operands):
                if not isinstance(value.type, TensorType):
                    continue
                edge = Edge(*resolve(value), op, index)
                self.edges.append(edge)
                self.inputs[op].append(edge)
                self.outputs[edge.root].append(edge)

    def initial(self) -> Labels:
        """Return the labels under which every operation works as it is written."""
        return {op: identity(len(shape_of(rule.frame(op)))) for op, rule in self.rules.items()}

    def made(self, root: SSAValue, labels: Labels) -> Permutation:
        """Return the order of axes in which a root is made."""
        rule = self.rules.get(root.owner) if isinstance(root.owner, Operation) else None
        if rule is None or not isinstance(root.owner, Operation):
            return identity(len(shape_of(root)))
        order = rule.result(root.owner, labels[root.owner])
        assert order is not None, "labels are checked when they are proposed"
        return order

    def wanted(self, edge: Edge, labels: Labels) -> Permutation:
        """Return the order of the axes of the root in which an edge wants it."""
        rule = self.rules.get(edge.user)
        if rule is None:
            return edge.order
        return compose(edge.order, rule.operand(edge.user, edge.index, labels[edge.user]))

    def transposed(self, edge: Edge, labels: Labels) -> Permutation | None:
        """Return what an edge has to do to the root as it is made; None where no data move."""
        made = self.made(edge.root, labels)
        step = compose(inverse(made), self.wanted(edge, labels))
        return None if is_view(permuted(shape_of(edge.root), made), step) else step

    def edge_cost(self, edge: Edge, labels: Labels) -> int:
        """Return the cost of the transpose on an edge: bytes moved, 0 if there is none."""
        if is_constant(edge.root):
            return 0
        step = self.transposed(edge, labels)
        if step is None:
            return 0
        if isinstance(edge.root, BlockArgument) or isinstance(edge.user, ReturnOp):
            return BOUNDARY_COST
        rule = self.rules.get(edge.user)
        if rule is None or labels[edge.user] == identity(len(labels[edge.user])):
            if folds_into_weights(edge.user, edge.index, step):
                return BOUNDARY_COST
        return size_in_bytes(edge.root)

    def cost(self, labels: Labels) -> int:
        """Return the cost of labels; a transpose that several users share counts once."""
        paid: dict[tuple[SSAValue, Permutation], int] = {}
        for edge in self.edges:
            if cost := self.edge_cost(edge, labels):
                shape = shape_of(edge.root)
                order = tuple(a for a in self.wanted(edge, labels) if shape[a] != 1)
                key = (edge.root, order)
                paid[key] = max(paid.get(key, 0), cost)
        return sum(paid.values())

    def solve(self) -> Labels:
        """Return the labels of least cost that expansion moves find, from the initial ones."""
        labels = self.initial()
        best = self.cost(labels)
        candidates = self._candidates(labels)
        improved = best > 0
        while improved:
            improved = False
            for candidate in candidates:
                moved = self._expand(labels, candidate)
                if moved is not None and (cost := self.cost(moved)) < best:
                    labels, best, improved = moved, cost, True
        return labels

    def _candidates(self, labels: Labels) -> list[Labels]:
        """Return labels of connected operations under which they agree with a fixed end."""
        found: list[Labels] = []
        for edge in self.edges:
            for op, label in self._seeds(edge):
                if any(candidate.get(op) == label for candidate in found):
                    continue
                candidate = self._propagate(op, label)
                if any(labels[o] != seen for o, seen in candidate.items()):
                    found.append(candidate)
        return found

    def _seeds(self, edge: Edge) -> Iterable[tuple[Operation, Permutation]]:
        """Return what a fixed end of an edge asks of the other end."""
        producer = edge.producer
        makes, takes = producer in self.rules, edge.user in self.rules
        if makes and not takes and producer is not None:
            label = self._label_that_makes(producer, edge.order)
            if label is not None:
                yield producer, label
        if takes and not makes and not is_constant(edge.root):
            label = self._label_that_takes(edge, identity(len(edge.order)))
            if label is not None:
                yield edge.user, label

    def _label_that_makes(self, op: Operation, order: Permutation) -> Permutation | None:
        label = self.rules[op].label_from_result(op, order)
        return label if label is None or self.rules[op].result(op, label) is not None else None

    def _label_that_takes(self, edge: Edge, made: Permutation) -> Permutation | None:
        rule = self.rules[edge.user]
        order = compose(inverse(edge.order), made)
        label = rule.label_from_operand(edge.user, edge.index, order)
        return label if label is None or rule.result(edge.user, label) is not None else None

    def _propagate(self, seed: Operation, label: Permutation) -> Labels:
        """Return the labels that follow from one, through all connected operations."""
        labels, queue = {seed: label}, deque([seed])
        while queue:
            op = queue.popleft()
            for edge in self.inputs[op]:
                producer = edge.producer
                if producer is None or producer not in self.rules or producer in labels:
                    continue
                found = self._label_that_makes(producer, self.wanted(edge, labels))
                if found is not None:
                    labels[producer] = found
                    queue.append(producer)
            for edge in self.outputs[op.results[0]]:
                if edge.user not in self.rules or edge.user in labels:
                    continue
                found = self._label_that_takes(edge, self.made(edge.root, labels))
                if found is not None:
                    labels[edge.user] = found
                    queue.append(edge.user)
        return labels

    def _expand(self, labels: Labels, candidate: Labels) -> Labels | None:
        """Return the labels after the best switch of any operations to the candidate's."""
        movable = [op for op, label in candidate.items() if labels[op] != label]
        node = {op: i for i, op in enumerate(movable)}
        problem = CutProblem(len(movable))
        switched = labels | candidate
        for edge in self.edges:
            producer = edge.producer
            p = node.get(producer) if producer is not None else None
            u = node.get(edge.user)
            if p is None and u is None:
                continue
            before, after = self.edge_cost(edge, labels), self.edge_cost(edge, switched)
            if producer is None or p is None or u is None:
                end = u if u is not None else p
                assert end is not None
                problem.prefer(end, cost_if_false=before, cost_if_true=after)
                continue
            only_user = labels | {edge.user: switched[edge.user]}
            only_producer = labels | {producer: switched[producer]}
            costs = (self.edge_cost(edge, only_user), self.edge_cost(edge, only_producer))
            problem.pairwise(p, u, (before, *costs, after))
        sides = problem.solve()
        if not any(sides):
            return None
        return labels | {op: switched[op] for op, side in zip(movable, sides, strict=True) if side}


def size_in_bytes(value: SSAValue) -> int:
    """Return how many bytes a tensor takes."""
    element = element_of(value)
    element = getattr(element, "storage", element)
    bits = element.bitwidth if isinstance(element, FixedBitwidthType) else 32
    count = 1
    for size in shape_of(value):
        count *= size
    return max(1, count * bits // 8)
