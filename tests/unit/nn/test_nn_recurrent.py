"""Recurrent cells against onnxruntime's RNN, GRU and LSTM."""

from typing import Any

import numpy as np
import pytest
from nn_ops import Array, value_like
from onnx import helper
from onnx_reference import make_model, run_onnxruntime
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from nnopt.dialects import nn
from nnopt.dialects.interpreters import make_interpreter

STEPS, BATCH, WIDTH, SIZE = 6, 3, 4, 5
OPERATORS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
FUNCTIONS = {
    "rnn": ("tanh",),
    "gru": ("sigmoid", "tanh"),
    "lstm": ("sigmoid", "tanh", "tanh"),
}
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    *((cell, {}) for cell in OPERATORS),
    *((cell, {"reverse": True}) for cell in OPERATORS),
    *((cell, {"lengths": True}) for cell in OPERATORS),
    *((cell, {"lengths": True, "reverse": True}) for cell in OPERATORS),
    ("gru", {"reset_after": True}),
    ("lstm", {"peepholes": True}),
]


def arrays(cell: str, options: dict[str, Any]) -> dict[str, Array]:
    rng = np.random.default_rng(len(cell) + len(options))
    rows = nn.CELL_GATES[cell] * SIZE
    shapes: dict[str, tuple[int, ...]] = {
        "x": (STEPS, BATCH, WIDTH),
        "w": (1, rows, WIDTH),
        "r": (1, rows, SIZE),
        "b": (1, 2 * rows),
        "h": (1, BATCH, SIZE),
        "c": (1, BATCH, SIZE),
        "p": (1, 3 * SIZE),
    }
    made: dict[str, Array] = {
        name: rng.normal(0, 0.6, shape).astype(np.float32) for name, shape in shapes.items()
    }
    made["n"] = np.array([STEPS, 2, 4], np.int32)
    return made


def expected(cell: str, given: dict[str, Array], options: dict[str, Any]) -> list[Array]:
    names = ["x", "w", "r", "b", "n" if "lengths" in options else "", "h"]
    if cell == "lstm":
        names += ["c"] + (["p"] if "peepholes" in options else [])
    outputs = ["y", "last"] + (["memory"] if cell == "lstm" else [])
    attributes: dict[str, Any] = {"hidden_size": SIZE}
    if "reverse" in options:
        attributes["direction"] = "reverse"
    if "reset_after" in options:
        attributes["linear_before_reset"] = 1
    node = helper.make_node(OPERATORS[cell], names, outputs, **attributes)
    used = {name: given[name] for name in names if name}
    results = run_onnxruntime(make_model([node], used, outputs=outputs), used)
    return [results[name] for name in outputs]


def optional(array: Array | None) -> SSAValue | None:
    return None if array is None else value_like(array)


@pytest.mark.parametrize(("cell", "options"), OPTIONS)
def test_cells(cell: str, options: dict[str, Any]):
    given = arrays(cell, options)
    rows = nn.CELL_GATES[cell] * SIZE
    first, second = given["b"][0, :rows], given["b"][0, rows:]
    bias = first + second
    if cell == "gru" and "reset_after" in options:
        both = first[: 2 * SIZE] + second[: 2 * SIZE]
        bias = np.concatenate([both, first[2 * SIZE :], second[2 * SIZE :]])
    elif cell == "gru":
        bias = np.concatenate([bias, np.zeros(SIZE, np.float32)])
    operands = [given["x"], given["w"][0], given["r"][0], bias, given["h"][0]]
    more = {
        "initial_cell": given["c"][0] if cell == "lstm" else None,
        "peepholes": given["p"][0] if "peepholes" in options else None,
        "lengths": given["n"] if "lengths" in options else None,
    }
    op = nn.RecurrentOp(
        cell,
        [value_like(a) for a in operands],
        FUNCTIONS[cell],
        initial_cell=optional(more["initial_cell"]),
        peepholes=optional(more["peepholes"]),
        lengths=optional(more["lengths"]),
        reverse="reverse" in options,
        reset_after="reset_after" in options,
    )
    op.verify()
    values = (*operands, *(a for a in more.values() if a is not None))
    hidden, _, *rest = make_interpreter(ModuleOp([])).run_op(op, values)
    sequence, last, *memory = expected(cell, given, options)
    np.testing.assert_allclose(rest[-1], sequence[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hidden, last[0], rtol=1e-5, atol=1e-6)
    if memory:
        np.testing.assert_allclose(rest[0], memory[0][0], rtol=1e-5, atol=1e-6)
