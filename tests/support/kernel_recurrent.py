"""Kernels of recurrent cells: every kind, every option, on random numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from kernel_lab import Case, KernelBuilder, integers, reals
from xdsl.dialects.builtin import IntegerType, i8, i16

from nnopt.dialects import fxp, nn
from nnopt.dialects.integer_cell import Scales

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


def integer_case(
    cell: str,
    dtypes: tuple[str, str],
    seed: int,
    *,
    reverse: bool = False,
    reset_after: bool = False,
    sequence: IntegerType | None = i16,
) -> Case:
    """A cell in integers on 5 steps; `dtypes`: of inputs and of weights."""
    rng = np.random.default_rng(seed)
    steps, batch, width, size = 5, 2, 3, 4
    rows = nn.CELL_GATES[cell] * size
    kernel = KernelBuilder(
        f"integer {cell} {dtypes} {reverse} {reset_after} {sequence}", hidden=(1,)
    )
    values = [
        kernel.input(integers(rng, (steps, batch, width), dtypes[0])),
        kernel.input(integers(rng, (rows, width), dtypes[1], 9000)),
        kernel.input(integers(rng, (rows, size), dtypes[1], 9000)),
        kernel.input(integers(rng, (4 * size if cell == "gru" else rows,), "int32", 10**6)),
        kernel.input(integers(rng, (batch, size), "int16")),
    ]
    memory = kernel.input(integers(rng, (batch, size), "int32")) if cell == "lstm" else None
    multipliers = rng.integers(0, 2**31, (2, rows)).astype(np.int32)
    shifts = rng.integers(28, 46, (2, rows)).astype(np.int32)
    kernel.add(
        fxp.RecurrentOp(
            cell,
            values,
            *(Scales(m, s) for m, s in zip(multipliers, shifts, strict=True)),
            initial_cell=memory,
            reverse=reverse,
            reset_after=reset_after,
            sequence=sequence,
        )
    )
    return kernel.case()


def integer_recurrent_cases() -> Iterator[Case]:
    """Every kind and type in integers."""
    for cell in FUNCTIONS:
        for seed, dtypes in enumerate((("int8", "int8"), ("int16", "int8"), ("int16", "int16"))):
            yield integer_case(cell, dtypes, seed, sequence=i8 if dtypes[0] == "int8" else i16)
        yield integer_case(cell, ("uint8", "int8"), 3, reverse=True)
        yield integer_case(cell, ("int8", "int8"), 4, sequence=None)
    yield integer_case("gru", ("int8", "int8"), 5, reset_after=True)
