"""Layer normalization after post-training quantization: integers alone, one rounding."""

import numpy as np
import pytest
from graph_cases import parse, run_passes
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function

TYPES = {
    "i8": ("!fxp.affine<i8, 0.1:3>", "!fxp.affine<i8, 0.03:-7>", 0.1, 0.03, -7),
    "i16": ("!fxp.affine<i16, 0.0005:0>", "!fxp.affine<i16, 0.0001:0>", 0.0005, 0.0001, 0),
    "q7": ("!fxp.fixed<i8, 4>", "!fxp.fixed<i8, 5>", 2.0**-4, 2.0**-5, 0),
    "q15": ("!fxp.fixed<i16, 11>", "!fxp.fixed<i16, 13>", 2.0**-11, 2.0**-13, 0),
}
SCALE, BIAS = (1.0, -2.0, 0.5, 0.0, 1.5), (0.0, 0.5, -0.25, 1.0, 2.0)


def network(name: str, mark: str = ", nn.by_table") -> ModuleOp:
    first, last = TYPES[name][:2]
    return parse(f"""
func.func @main(%x: tensor<3x5x{first}>) -> tensor<3x5x{last}> {{
  %s = nn.constant {{value = dense<{list(SCALE)}> : tensor<5xf32>}} : tensor<5xf32>
  %b = nn.constant {{value = dense<{list(BIAS)}> : tensor<5xf32>}} : tensor<5xf32>
  %0 = fxp.dequantize %x : tensor<3x5x{first}> -> tensor<3x5xf32>
  %1 = nn.layer_norm %0, %s, %b {{epsilon = 1.0e-05 : f32{mark}}}
      : (tensor<3x5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  %2 = fxp.quantize %1 : tensor<3x5xf32> -> tensor<3x5x{last}>
  func.return %2 : tensor<3x5x{last}>
}}""")


@pytest.mark.parametrize("name", TYPES)
def test_integers_are_within_the_bound(name: str):
    module = network(name)
    run_passes(module, "fold-qdq", "verify-quantized", "lower-quantized", "verify-integer", "dce")
    kinds = [type(op) for op in module.walk() if op.name.startswith(("fxp.", "nn."))]
    assert kinds == [fxp.LayerNormOp]
    _, _, step, out, zero = TYPES[name]
    dtype = np.int8 if name in ("i8", "q7") else np.int16
    limits = np.iinfo(dtype)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = rng.integers(limits.min, limits.max, (3, 5), endpoint=True).astype(dtype)
        got = run_function(module, {"arg0": x})["out0"].astype(np.int64)
        apart = (x - x.mean(axis=1, keepdims=True)) * step
        deviation = np.sqrt((apart * apart).mean(axis=1, keepdims=True) + 1e-5)
        real = (apart / deviation * SCALE + BIAS) / out + zero
        wanted = np.clip(real, limits.min, limits.max)
        assert np.abs(got - wanted).max() <= 0.5 + 2.0**-10


def test_networks_quantized_elsewhere_are_exact():
    module = network("i8", "")
    run_passes(module, "fold-qdq", "lower-quantized")
    assert any(isinstance(op, nn.LayerNormOp) for op in module.walk())
    assert not any(isinstance(op, fxp.LayerNormOp) for op in module.walk())


def test_without_integers_it_stays_real():
    module = network("i8")
    for op in module.walk():
        if isinstance(op, nn.LayerNormOp):
            op.properties["epsilon"] = type(op.epsilon)(1e20, op.epsilon.type)
    run_passes(module, "fold-qdq", "lower-quantized", "verify-integer")
    assert any(isinstance(op, nn.LayerNormOp) for op in module.walk())
