"""A slope per channel in integers: the two halves are rescaled apart."""

import numpy as np
import pytest
from graph_cases import parse, run_passes

from nnopt.dialects import nn
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.integer import INTEGER_PIPELINE
from nnopt.passes.quantize import QUANTIZED_PIPELINE
from nnopt.passes.quantize.operators import real_operations


def network(storage: str, slopes: str, first: str, last: str) -> str:
    x, y = (f"tensor<1x512x2x!fxp.affine<{storage}, {e}>>" for e in (first, last))
    real = "tensor<1x512x2xf32>"
    return f"""
    func.func @main(%x: {x}) -> {y} {{
      %s = nn.constant {{value = dense<{slopes}> : tensor<2xf32>}} : tensor<2xf32>
      %0 = fxp.dequantize %x : {x} -> {real}
      %1 = nn.prelu %0, %s : ({real}, tensor<2xf32>) -> {real}
      %2 = fxp.quantize %1 : {real} -> {y}
      func.return %2 : {y}
    }}"""


@pytest.mark.parametrize(
    ("storage", "first", "last"),
    [
        ("i8", "0.0517:7", "0.0331:-60"),
        ("ui8", "0.0517:7", "0.0613:90"),
        ("i16", "0.00103:0", "0.00071:0"),
    ],
)
def test_prelu_in_integers(storage: str, first: str, last: str) -> None:
    module = parse(network(storage, "[0.25, 0.1]", first, last))
    dtype = {"i8": np.int8, "ui8": np.uint8, "i16": np.int16}[storage]
    limits = np.iinfo(dtype)
    steps = np.linspace(limits.min, limits.max, 512).round().astype(dtype)
    x = np.repeat(steps, 2).reshape(1, 512, 2)
    run_passes(module, *QUANTIZED_PIPELINE)
    expected = run_function(module, {"arg0": x})["out0"]
    run_passes(module, *INTEGER_PIPELINE)
    assert not real_operations(module)
    np.testing.assert_array_equal(run_function(module, {"arg0": x})["out0"], expected)


def test_negative_slopes_stay_real() -> None:
    module = parse(network("i8", "[0.25, -0.1]", "0.05:7", "0.03:-60"))
    run_passes(module, *QUANTIZED_PIPELINE, *INTEGER_PIPELINE)
    assert [type(op) for op in real_operations(module)] == [nn.PreluOp]
