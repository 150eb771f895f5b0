"""binary-points: the same reals before folding, after it other results at ties only."""

import numpy as np
from graph_cases import parse
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects.interpreters import run_function
from nnopt.tools.pipeline import run_passes

WEIGHT_TYPE = "tensor<3x4x!fxp.affine<i8:0, {0.5:0, 0.25:0, 0.125:0}>>"
VALUES = "[[1, -2, 3, 5], [3, 4, -7, 2], [1, 1, 1, 1]]"
TEXT = f"""
func.func @main(%x: tensor<1x4xf32> {{nn.name = "x"}}) -> tensor<1x3xf32> {{
  %0 = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!fxp.affine<i8, 0.25:0>>
  %1 = fxp.dequantize %0 : tensor<1x4x!fxp.affine<i8, 0.25:0>> -> tensor<1x4xf32>
  %2 = nn.constant {{value = dense<{VALUES}> : tensor<3x4xi8>}} : {WEIGHT_TYPE}
  %3 = fxp.dequantize %2 : {WEIGHT_TYPE} -> tensor<3x4xf32>
  %4 = nn.constant {{value = dense<[0.5, -1.0, 0.25]> : tensor<3xf32>}} : tensor<3xf32>
  %5 = nn.fully_connected %1, %3, %4
      : (tensor<1x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %6 = fxp.quantize %5 : tensor<1x3xf32> -> tensor<1x3x!fxp.affine<i8, 1.0:0>>
  %7 = fxp.dequantize %6 : tensor<1x3x!fxp.affine<i8, 1.0:0>> -> tensor<1x3xf32>
  func.return %7 : tensor<1x3xf32>
}}
"""
WEIGHTS = np.array([[1, -2, 3, 5], [3, 4, -7, 2], [1, 1, 1, 1]]) * [[0.5], [0.25], [0.125]]
BIAS = np.array([0.5, -1.0, 0.25])


def module_after(*passes: str) -> ModuleOp:
    module = parse(TEXT)
    run_passes(module, passes)
    return module


def outputs(module: ModuleOp, samples: np.ndarray) -> np.ndarray:
    return np.concatenate([run_function(module, {"x": x})["out0"] for x in samples])


def test_only_ties_change() -> None:
    rng = np.random.default_rng(3)
    integers = rng.integers(-60, 60, (300, 1, 4))
    samples = (integers * 0.25).astype(np.float32)
    plain = outputs(module_after(), samples)
    assert np.array_equal(plain, outputs(module_after("binary-points"), samples))
    lowered = ("fold-qdq", "lower-quantized", "uniform-shifts", "verify-integer")
    even = outputs(module_after(*lowered), samples)
    upwards = outputs(module_after("binary-points", *lowered), samples)
    exact = (samples.astype(np.float64) @ WEIGHTS.T + BIAS)[:, 0]
    assert np.array_equal(even, np.clip(np.rint(exact), -128, 127))
    assert np.array_equal(upwards, np.clip(np.floor(exact + 0.5), -128, 127))
    assert np.array_equal(plain, even)
    ties = np.mod(exact, 1) == 0.5
    assert ties.any() and not np.array_equal(even[ties], upwards[ties])
    assert np.array_equal(even[~ties], upwards[~ties])
