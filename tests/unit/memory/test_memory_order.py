"""The order of kernels: the best there is, and never another result."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernel_lab import same_bits
from random_networks import RandomNetwork
from xdsl.context import Context
from xdsl.dialects import func

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import run_function
from nnopt.passes.memory.order import WORK, Graph, Task
from nnopt.passes.memory.order_kernels import OrderKernelsPass, kernels_of, placed
from nnopt.passes.schedule.form_kernels import FormKernelsPass


def random_graph(seed: int) -> Graph:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 7))
    tasks: list[Task] = []
    for number in range(count):
        known = number + 1  # tensor 0 is given, task i writes tensor i + 1
        reads = rng.choice(known, size=min(known, int(rng.integers(1, 3))), replace=False)
        tasks.append(Task(tuple(int(r) for r in reads), (number + 1,)))
    sizes = [int(s) for s in rng.integers(1, 20, count + 1)]
    read = {t for task in tasks for t in task.inputs}
    return Graph(tasks, sizes, [t for t in range(count + 1) if t not in read])


def is_possible(graph: Graph, order: tuple[int, ...]) -> bool:
    there: set[int] = {0}
    for number in order:
        if not there.issuperset(graph.tasks[number].inputs):
            return False
        there.update(graph.tasks[number].outputs)
    return True


def simulated(graph: Graph, order: tuple[int, ...]) -> int:
    """The peak, counted tensor by tensor."""
    there, most = {0}, 0
    for step, number in enumerate(order):
        later = {t for n in order[step + 1 :] for t in graph.tasks[n].inputs}
        later |= set(graph.returned)
        task = graph.tasks[number]
        reads, writes = set(task.inputs), set(task.outputs)
        apart = sum(graph.sizes[t] for t in there - (reads - later))
        dying = sum(graph.sizes[t] for t in reads - later)
        most = max(most, apart + max(dying, sum(graph.sizes[t] for t in writes)))
        there = {t for t in there | writes if t in later}
    return most


def test_best_of_all_orders() -> None:
    better = exceeded = 0
    for seed in range(150):
        graph = random_graph(seed)
        orders = itertools.permutations(range(len(graph.tasks)))
        peaks = {o: simulated(graph, o) for o in orders if is_possible(graph, o)}
        found = graph.best()
        assert found.exact and peaks[found.tasks] == found.peak == min(peaks.values())
        assert all(graph.peak(order) == peak for order, peak in peaks.items())
        assert graph.least() <= found.peak
        exceeded += graph.least() < found.peak
        better += found.peak < peaks[tuple(range(len(graph.tasks)))]
        beam = graph.best(width=2)
        assert is_possible(graph, beam.tasks) and peaks[beam.tasks] == beam.peak
    assert better >= 10 and 10 <= exceeded <= 140


def test_many_branches_are_not_searched_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 branches have 2 ** 60 sets of tasks that may have run: few of them are followed."""
    steps = 0

    def change(graph: Graph, after: int, task: int) -> int:
        nonlocal steps
        steps += 1
        return counted(graph, after, task)

    counted = Graph.change
    monkeypatch.setattr(Graph, "change", change)
    tasks = [Task((0,), (1 + n,)) for n in range(60)] + [Task(tuple(range(1, 61)), (61,))]
    graph = Graph(tasks, [8] * 61 + [1], [61])
    found = graph.best()
    assert not found.exact and found.peak == graph.peak(found.tasks)
    assert steps <= 2 * WORK


def test_branches_one_after_the_other() -> None:
    """Two wide tensors that each become narrow: not both of them are alive at once."""
    network = RandomNetwork(1, (1, 4, 4, 2))
    (x,) = network.values
    for _ in range(3):
        network.window(x, 16, 1, 1)
    for wide in network.values[1:4]:
        network.window(wide, 2, 3, 1)
    network.sum(network.values[4], network.values[5])
    network.sum(network.values[6], network.values[7])
    module = network.module([network.values[-1]])
    kernels = module.clone()
    FormKernelsPass().apply(Context(), kernels)
    (function,) = [op for op in kernels.ops if isinstance(op, func.FuncOp)]
    before = placed(function, False)
    OrderKernelsPass().apply(Context(), kernels)
    kernels.verify()
    assert placed(function, False) < before
    expected = run_function(module, network.inputs)["out0"]
    assert same_bits(run_function(kernels, network.inputs)["out0"], expected)
    labels = [kernel.outputs[0].type for kernel in kernels_of(function)]
    OrderKernelsPass().apply(Context(), kernels)
    assert labels == [kernel.outputs[0].type for kernel in kernels_of(function)]
    assert sum(isinstance(op, vpool.KernelOp) for op in kernels.walk()) == len(labels)
