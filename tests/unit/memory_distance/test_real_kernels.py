"""What is said of kernels is what their loops do: every load and store is recorded and compared."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from kernel_elements import GROUPS
from kernel_lab import Case, turned
from kernel_variants import dense, depthwise, product, vectors, words
from kernel_windows import random_conv, random_pool, random_product
from xdsl.context import Context
from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Attribute

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import find_function, make_interpreter
from nnopt.dialects.interpreters.vpool import memory_dtype
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.distance import Distance, distance
from nnopt.passes.memory.kernel_access import byte_size, element_size, runs_of, walk_of
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.memory.problem import Layer

Event = tuple[str, int, int]
"""Load or store, number of the argument, byte."""

WITH_PARAMETERS = ("nn.conv2d", "nn.fully_connected", "nn.layer_norm")
"""Operations whose operands but the first are taken to be read as a whole at every step."""


class Recorded(np.ndarray[Any, Any]):
    """Memory that writes down which bytes are loaded and stored, in order."""

    number: int
    log: list[Event]

    def _note(self, what: str, index: Any) -> None:
        if not hasattr(self, "log"):  # scratch: a view of the arena
            return
        places = np.arange(self.size)[index]
        for place in np.atleast_1d(places).tolist():
            first = place * self.itemsize
            self.log += [(what, self.number, first + b) for b in range(self.itemsize)]

    def __getitem__(self, index: Any) -> Any:
        self._note("load", index)
        return np.asarray(self)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._note("store", index)
        np.asarray(self)[index] = value


def recorded(case: Case) -> list[Event]:
    """Loads and stores of a case's only kernel, on the memory of its inputs and its output."""
    module = case.module.clone()
    PlacePass().apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    main = find_function(module, "main")
    log: list[Event] = []
    arguments: list[Recorded] = []
    data = [np.array(array).reshape(-1) for array in case.inputs.values()]
    for number, type_ in enumerate(main.function_type.inputs):
        flat = cast("MemRefType[Attribute]", type_)
        dtype = memory_dtype(flat.element_type)
        array = data[number] if number < len(data) else np.zeros(flat.element_count(), dtype)
        memory = array.view(Recorded)
        memory.number, memory.log = number, log
        arguments.append(memory)
    make_interpreter(module).call_op(main, tuple(arguments))
    return log


def unsafe(log: list[Event], number: int, output: int) -> set[int]:
    """Differences address(input) - address(output) that lose a byte, from loads and stores."""
    last: dict[int, int] = {}
    first: dict[int, int] = {}
    for time, (what, argument, byte) in enumerate(log):
        if what == "load" and argument == number:
            last[byte] = time
        elif what == "store" and argument == output:
            first.setdefault(byte, time)
    return {w - r for w, t in first.items() for r, s in last.items() if t < s}


def needed(log: list[Event], number: int, output: int) -> Distance | None:
    """The exact bounds; None where nothing is loaded after a store."""
    lost = unsafe(log, number, output)
    return Distance(max(lost) + 1, 1 - min(lost)) if lost else None


MOST = 1000
"""Elements of a case: each of its loads is compared with each of its stores."""


def elements(case: Case) -> int:
    """Elements of the largest input."""
    return max(array.size for array in case.inputs.values())


def check(case: Case) -> None:
    """Distances of data inputs are exact; those of weights and biases, which lie in flash, safe."""
    (kernel,) = (op for op in case.module.walk() if isinstance(op, vpool.KernelOp))
    log, walk = recorded(case), walk_of(kernel)
    output_size = byte_size(kernel.outputs[0])
    assert {b for w, _, b in log if w == "store"} == set(range(output_size))
    for number, value in enumerate(kernel.inputs):
        found = distance(walk, number, byte_size(value), output_size)
        expected = needed(log, number, len(kernel.inputs))
        uses = list(kernel.body.block.args[number].uses)
        parameter = all(use.operation.name in WITH_PARAMETERS and use.index > 0 for use in uses)
        if expected is None:
            assert parameter or found == Distance(-byte_size(value), -output_size)
        elif parameter:
            assert found.below >= expected.below and found.above >= expected.above
        else:
            assert found == expected, (number, element_size(value))


@pytest.mark.parametrize(
    "group",
    ["unary", "binary", "conversion", "movement", "reduction", "prologue", "normalization"],
)
def test_single_ops(group: str) -> None:
    cases = [case for case in GROUPS[group]() if elements(case) <= MOST]
    assert cases
    for case in cases:
        check(case)
        check(turned(case))


def one_plane(seed: int) -> Case:
    """A depthwise convolution, one channel and one row at a time."""
    return depthwise(seed, "one-plane")


@pytest.mark.parametrize("make", [random_conv, random_pool, random_product])
def test_random_kernels(make: Any) -> None:
    for seed in range(40):
        check(make(seed) if seed % 2 else turned(make(seed)))


@pytest.mark.parametrize("make", [dense, product, depthwise, one_plane, vectors, words])
def test_other_algorithms(make: Any) -> None:
    """Exact for the head's input; safe for what is added to its result, mostly exact."""
    exact = 0
    for seed in range(24):
        case = make(seed) if seed % 3 else turned(make(seed))
        (kernel,) = (op for op in case.module.walk() if isinstance(op, vpool.KernelOp))
        log, walk = recorded(case), walk_of(kernel)
        sizes = [byte_size(value) for value in kernel.inputs]
        output_size, output = byte_size(kernel.outputs[0]), len(case.inputs)
        found = distance(walk, 0, sizes[0], output_size)
        assert found == (needed(log, 0, output) or Distance(-sizes[0], -output_size)), seed
        if output > 1:
            added = distance(walk, len(sizes) - 1, sizes[-1], output_size)
            expected = needed(log, 1, output) or Distance(-sizes[-1], -output_size)
            assert added.below >= expected.below and added.above >= expected.above, seed
            exact += added == expected
    assert exact >= 3


@pytest.mark.parametrize("make", [depthwise, words])
def test_multiples_of_the_pitch_lose_nothing(make: Any) -> None:
    """Depthwise on planes and words: at whole pixels the groups of channels do not meet."""
    near = 0
    for seed in range(24):
        case = make(seed) if seed % 3 else turned(make(seed))
        (kernel,) = (op for op in case.module.walk() if isinstance(op, vpool.KernelOp))
        runs = runs_of(kernel)
        if runs is None:
            continue
        sizes = byte_size(kernel.inputs[0]), byte_size(kernel.outputs[0])
        found = Layer((0,), 1, walk_of(kernel), runs=runs).ways(0, *sizes)[0]
        lost = unsafe(recorded(case), 0, len(case.inputs))
        assert not [d for d in range(-sizes[1], sizes[0]) if found.allows(d, 0) and d in lost], seed
        whole = range(-sizes[1] // runs[0] * runs[0], sizes[0], runs[0])
        near += all(found.allows(d, 0) for d in whole if d not in lost)
    assert near >= 3
