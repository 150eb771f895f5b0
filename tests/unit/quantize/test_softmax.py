"""Softmax after quantization: integers alone, within the bound that the operation states."""

import numpy as np
import pytest
from graph_cases import parse, run_passes
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function

TYPES = {
    "i8": ("!fxp.affine<i8, 0.1:3>", "!fxp.affine<i8, 0.00390625:-128>", 8),
    "i16": ("!fxp.affine<i16, 0.0005:0>", "!fxp.affine<i16, 0.000030517578125:0>", 15),
    "q7": ("!fxp.fixed<i8, 4>", "!fxp.fixed<i8, 7>", 7),
    "q15": ("!fxp.fixed<i16, 11>", "!fxp.fixed<i16, 15>", 15),
}
COUNT = 10


def network(name: str, mark: str = "{nn.by_table}") -> ModuleOp:
    first, last, _ = TYPES[name]
    return parse(f"""
func.func @main(%x: tensor<1x{COUNT}x{first}>) -> tensor<1x{COUNT}x{last}> {{
  %0 = fxp.dequantize %x : tensor<1x{COUNT}x{first}> -> tensor<1x{COUNT}xf32>
  %1 = nn.softmax %0 {{axis = -1 : i64{mark.replace("{", ", ").replace("}", "")}}}
      : tensor<1x{COUNT}xf32> -> tensor<1x{COUNT}xf32>
  %2 = fxp.quantize %1 : tensor<1x{COUNT}xf32> -> tensor<1x{COUNT}x{last}>
  func.return %2 : tensor<1x{COUNT}x{last}>
}}""")


LOWERED: dict[str, ModuleOp] = {}


def lowered(name: str) -> ModuleOp:
    if name not in LOWERED:
        module = network(name)
        run_passes(module, "fold-qdq", "verify-quantized", "lower-quantized", "verify-integer")
        LOWERED[name] = module
    return LOWERED[name]


@pytest.mark.parametrize("name", TYPES)
@given(seed=st.integers(0, 2**32 - 1), spread=st.floats(0.01, 1))
@settings(max_examples=40, deadline=None)
def test_results_keep_the_stated_bound(name: str, seed: int, spread: float) -> None:
    module = lowered(name)
    assert [type(op) for op in module.walk() if op.name.startswith(("fxp.", "nn."))] == [
        fxp.SoftmaxOp
    ]
    rng = np.random.default_rng(seed)
    width = 16 if "16" in name or "15" in name else 8
    dtype = np.int16 if width == 16 else np.int8
    half = 2 ** (width - 1)
    x = np.clip(rng.normal(0, spread * half, (1, COUNT)), -half, half - 1).astype(dtype)
    got = run_function(module, {"arg0": x})["out0"].astype(np.int64)
    scale = {"i8": 0.1, "i16": 0.0005, "q7": 2.0**-4, "q15": 2.0**-11}[name]
    exponentials = np.exp((x.astype(np.float64) - x.max()) * scale)
    bits = TYPES[name][2]
    zero = -128 if name == "i8" else 0
    exact = np.minimum(exponentials / exponentials.sum() * 2**bits + zero, half - 1)
    bound = 0.5 + (COUNT + 1) * 2.0 ** (bits - 20)
    assert np.abs(got - exact).max() <= bound + 1e-6


def test_networks_quantized_elsewhere_are_exact() -> None:
    module = network("i8", "")
    run_passes(module, "fold-qdq", "lower-quantized")
    assert any(isinstance(op, nn.SoftmaxOp) for op in module.walk())
    assert not any(isinstance(op, fxp.SoftmaxOp) for op in module.walk())
