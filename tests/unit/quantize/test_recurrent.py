"""Recurrent cells after quantization: integers alone, near the real ones, sums proven."""

from typing import Any

import numpy as np
import pytest
from graph_cases import parse, run_passes
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.integer import INTEGER_PIPELINE
from nnopt.passes.quantize import QUANTIZED_PIPELINE
from nnopt.passes.quantize.batching import BatchRunner, stacked
from nnopt.passes.quantize.calibrate import calibrate
from nnopt.passes.quantize.insert_quantizers import InsertQuantizersPass
from nnopt.passes.quantize.operators import real_operations

STEPS, WIDTH, SIZE = 60, 5, 8
FUNCTIONS = {"rnn": ["tanh"], "gru": ["sigmoid", "tanh"], "lstm": ["sigmoid", "tanh", "tanh"]}
CELLS = [("rnn", False), ("gru", False), ("gru", True), ("lstm", False)]
ERROR = {"int8": 0.03, "int16x8": 0.02, "int16": 0.001, "q7": 0.06, "q15": 0.001}
"""The most that a state may be off after 60 steps; one step of 8 bits is 0.0078."""


def constant(name: str, array: NDArray[Any]) -> str:
    type = f"tensor<{'x'.join(map(str, array.shape))}xf32>"
    data = f'dense<"0x{array.astype(np.float32).tobytes().hex()}">'
    return f"  %{name} = nn.constant {{value = {data} : {type}}} : {type}\n"


def network(
    cell: str, reset_after: bool = False, *, use: str = "sequence", scale: float = 0.5
) -> ModuleOp:
    rng = np.random.default_rng(5)
    rows = nn.CELL_GATES[cell] * SIZE
    biases = 4 * SIZE if cell == "gru" else rows
    shapes = {"w": (rows, WIDTH), "r": (rows, SIZE), "b": (biases,), "h": (1, SIZE)}
    constants = "".join(
        constant(name, rng.normal(0, 0.2 if name == "h" else scale, shape).clip(-0.9, 0.9))
        for name, shape in shapes.items()
    )
    state, x = f"tensor<1x{SIZE}xf32>", f"tensor<{STEPS}x1x{WIDTH}xf32>"
    sequence = f"tensor<{STEPS}x1x{SIZE}xf32>"
    operand, operand_type, result_type = "", "", ""
    results = "%last, %work, %y"
    if cell == "lstm":
        operand, operand_type, result_type = " cell %h", f" cell {state}", f" cell {state}"
        results = "%last, %work, %c, %y"
    functions = ", ".join(f'"{f}"' for f in FUNCTIONS[cell])
    after = ", reset_after = true" if reset_after else ""
    value, type = {"sequence": ("%y", sequence), "last": ("%last", state), "cell": ("%c", state)}[
        use
    ]
    return parse(f"""
func.func @main(%x: {x} {{nn.name = "x"}}) -> {type} {{
{constants}
  {results} = nn.recurrent %x, %w, %r, %b, %h{operand}
      {{cell = "{cell}", activations = [{functions}]{after}}}
      : ({x}, tensor<{rows}x{WIDTH}xf32>, tensor<{rows}x{SIZE}xf32>, tensor<{biases}xf32>,
         {state}{operand_type})
      -> {state}, tensor<{rows}xf32>{result_type} sequence {sequence}
  func.return {value} : {type}
}}""")


def samples(count: int = 3) -> list[dict[str, NDArray[Any]]]:
    rng = np.random.default_rng(9)
    return [{"x": rng.normal(0, 1, (STEPS, 1, WIDTH)).astype(np.float32)} for _ in range(count)]


def quantized(module: ModuleOp, scheme: str) -> ModuleOp:
    calibrate(module, samples())
    InsertQuantizersPass(scheme).apply(Context(), module)
    module.verify()
    run_passes(module, *QUANTIZED_PIPELINE)
    run_passes(module, *INTEGER_PIPELINE)
    return module


@pytest.mark.parametrize("scheme", ERROR)
@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
@pytest.mark.parametrize("use", ["sequence", "last"])
def test_states_stay_near_the_real_ones(
    cell: str, reset_after: bool, scheme: str, use: str
) -> None:
    module = network(cell, reset_after, use=use)
    inputs = samples()[0]
    (real,) = run_function(module, inputs).values()
    quantized(module, scheme)
    assert real_operations(module) == []
    (op,) = [op for op in module.walk() if isinstance(op, fxp.RecurrentOp)]
    assert (op.sequence is not None) == (use == "sequence")
    (output,) = run_function(module, inputs).values()
    assert np.abs(output - real).max() <= ERROR[scheme]


def test_the_simulation_in_real_numbers_has_the_quantized_matrices() -> None:
    module = network("gru")
    calibrate(module, samples())
    clone = module.clone()
    InsertQuantizersPass("int8").apply(Context(), clone)
    given = stacked(samples())
    (real,), (simulated,) = (BatchRunner(m).run(given) for m in (module, clone))
    assert 0 < np.abs(real - simulated).max() < ERROR["int8"]


@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
def test_all_samples_at_once_give_the_same(cell: str, reset_after: bool) -> None:
    module = network(cell, reset_after)
    (together,) = BatchRunner(module).run(stacked(samples()))
    for sample, got in zip(samples(), together, strict=True):
        (alone,) = run_function(module, sample).values()
        np.testing.assert_allclose(got, alone, atol=1e-5)


def test_cells_whose_cell_state_is_wanted_stay_real() -> None:
    module = quantized(network("lstm", use="cell"), "int8")
    assert not any(isinstance(op, fxp.RecurrentOp) for op in module.walk())
    assert any(isinstance(op, nn.RecurrentOp) for op in module.walk())


def test_other_functions_stay_real() -> None:
    text = str(network("rnn")).replace('"tanh"', '"relu"')
    module = quantized(parse(text), "int8")
    assert not any(isinstance(op, fxp.RecurrentOp) for op in module.walk())


def test_networks_quantized_elsewhere_stay_as_they_are() -> None:
    module = network("gru")
    calibrate(module, samples())
    InsertQuantizersPass("int8").apply(Context(), module)
    for op in module.walk():
        op.attributes.pop("nn.by_table", None)
    run_passes(module, *QUANTIZED_PIPELINE)
    assert any(isinstance(op, nn.RecurrentOp) for op in module.walk())


def test_rows_of_large_matrices_lose_bits_until_sums_are_proven() -> None:
    module = quantized(network("gru", scale=0.9), "int16")
    (op,) = [op for op in module.walk() if isinstance(op, fxp.RecurrentOp)]
    for matrix in (op.weights.owner, op.recurrence.owner):
        assert isinstance(matrix, nn.ConstantOp)
        sums = np.abs(matrix.array().astype(np.int64)).sum(axis=1) * 2**15
        assert 2**27 < sums.max() < 2**31
