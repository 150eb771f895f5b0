"""Kernels of recurrent cells: every kind, every option, on random numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from kernel_lab import Case, KernelBuilder, reals

from nnopt.dialects import nn

FUNCTIONS = {
    "rnn": (("tanh",), ("relu",)),
    "gru": (("sigmoid", "tanh"), ("hard_sigmoid", "relu")),
    "lstm": (("sigmoid", "tanh", "tanh"), ("hard_sigmoid", "tanh", "relu")),
}


def recurrent_case(
    cell: str,
    functions: tuple[str, ...],
    seed: int,
    *,
    reverse: bool = False,
    reset_after: bool = False,
    peepholes: bool = False,
    lengths: str = "",
    sequence: bool = True,
) -> Case:
    """A cell on 5 steps, 2 rows, inputs of 3 and states of 4 elements."""
    rng = np.random.default_rng(seed)
    steps, batch, width, size = 5, 2, 3, 4
    rows = nn.CELL_GATES[cell] * size
    shapes = [(steps, batch, width), (rows, width), (rows, size)]
    shapes += [(4 * size if cell == "gru" else rows,), (batch, size)]
    options = f"{functions} {reverse} {reset_after} {peepholes} {lengths} {sequence}"
    kernel = KernelBuilder(f"{cell} {options}", hidden=(1,))
    values = [kernel.input(reals(rng, shape, 0.7)) for shape in shapes]
    memory = kernel.input(reals(rng, (batch, size))) if cell == "lstm" else None
    peeps = kernel.input(reals(rng, (3 * size,))) if peepholes else None
    counts = kernel.input(np.array([3, 9], lengths)) if lengths else None
    kernel.add(
        nn.RecurrentOp(
            cell,
            values,
            functions,
            initial_cell=memory,
            peepholes=peeps,
            lengths=counts,
            reverse=reverse,
            reset_after=reset_after,
            sequence=sequence,
        )
    )
    return kernel.case()


def recurrent_cases() -> Iterator[Case]:
    """Every kind with its functions, directions, and what else it can have."""
    for cell, all_functions in FUNCTIONS.items():
        for seed, functions in enumerate(all_functions):
            yield recurrent_case(cell, functions, seed)
        functions = all_functions[0]
        yield recurrent_case(cell, functions, 2, reverse=True)
        yield recurrent_case(cell, functions, 3, reverse=True, lengths="int32")
        yield recurrent_case(cell, functions, 4, lengths="int64")
        yield recurrent_case(cell, functions, 5, sequence=False)
        yield recurrent_case(cell, functions, 6, sequence=False, lengths="int64")
    yield recurrent_case("gru", FUNCTIONS["gru"][0], 7, reset_after=True)
    yield recurrent_case("lstm", FUNCTIONS["lstm"][0], 8, peepholes=True)
    yield recurrent_case("lstm", FUNCTIONS["lstm"][0], 9, peepholes=True, reverse=True)
