"""Weights and biases adapted to quantization: rounding, correction, equalization."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_cases import parse
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.ir import Operation
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects import nn
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model
from nnopt.passes.graph import GRAPH_PIPELINE
from nnopt.passes.quantize.batching import BatchRunner, run_all
from nnopt.passes.quantize.rounding import round_weights, second_moment, squared_error
from nnopt.tools.pipeline import run_passes

Array = NDArray[Any]

SHIPPED = Path(__file__).resolve().parents[3] / "examples" / "models"
CALIBRATION = SHIPPED / "digits_calibration.npz"
TEST = SHIPPED / "digits_test.npz"

CHAIN = """
func.func @main(%x: tensor<1x4x4x2xf32> {nn.name = "x"}) -> tensor<1x4xf32> {
  %w = nn.constant {value = dense<WEIGHTS> : tensor<2x1x1x2xf32>} : tensor<2x1x1x2xf32>
  %b = nn.constant {value = dense<[0.5, -0.5]> : tensor<2xf32>} : tensor<2xf32>
  %0 = nn.conv2d %x, %w, %b {act_min = 0.0 : f32}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %w1 = nn.constant {value = dense<DEPTHWISE> : tensor<2x1x1x1xf32>} : tensor<2x1x1x1xf32>
  %1 = nn.conv2d %0, %w1, %b {groups = 2 : i64}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %2 = nn.concat %1, %x {axis = 3 : i64}
      : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %3 = nn.reduce %2 {kind = "mean", axes = array<i64: 1, 2>, keepdims = false}
      : tensor<1x4x4x4xf32> -> tensor<1x4xf32>
  %4 = nn.softmax %3 {axis = 1 : i64} : tensor<1x4xf32> -> tensor<1x4xf32>
  func.return %4 : tensor<1x4xf32>
}
""".replace("WEIGHTS", "[[[[1000.0, -500.0]]], [[[1.0, 0.125]]]]").replace(
    "DEPTHWISE", "[[[[0.001]]], [[[2.0]]]]"
)


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 12))
def test_rounding_is_never_worse_than_to_the_nearest(seed: int, rows: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    moment = second_moment(rng.normal(0.5, 1, (20, depth)) @ rng.normal(0, 1, (depth, depth)))
    steps = rng.uniform(-9, 9, (rows, depth))
    integers = round_weights(steps, moment, 9)
    assert (np.abs(integers - steps) < 1).all()
    assert np.abs(integers).max() <= 9
    best = squared_error(integers - steps, moment)
    assert (best <= squared_error(np.rint(steps) - steps, moment) + 1e-9).all()


def test_rounding_lowers_the_error_of_inputs_that_go_together():
    rng = np.random.default_rng(0)
    inputs = rng.uniform(0, 1, (500, 1)) + rng.normal(0, 0.05, (500, 24))
    moment, steps = second_moment(inputs), rng.uniform(-100, 100, (16, 24))
    rounded = squared_error(round_weights(steps, moment, 127) - steps, moment).sum()
    assert rounded < 0.2 * squared_error(np.rint(steps) - steps, moment).sum()


def test_batches_give_what_single_samples_give():
    module = parse(CHAIN)
    x = np.random.default_rng(1).normal(0, 1, (5, 1, 4, 4, 2)).astype(np.float32)
    seen: list[str] = []

    def observe(op: Operation, operands: Sequence[Array], result: Array) -> Array:
        seen.append(op.name)
        return result

    (together,) = BatchRunner(module).run({"x": x}, observe)
    single = [next(iter(run_function(module, {"x": sample}).values())) for sample in x]
    np.testing.assert_allclose(together, np.stack(single), rtol=1e-5, atol=1e-6)
    assert seen.count("nn.conv2d") == 2


def test_equalized_networks_compute_the_same():
    module = parse(CHAIN)
    x = np.random.default_rng(2).normal(0, 1, (5, 1, 4, 4, 2)).astype(np.float32)
    before = run_all(BatchRunner(module), {"x": x})
    run_passes(module, ["equalize"])
    np.testing.assert_allclose(run_all(BatchRunner(module), {"x": x}), before, rtol=1e-5)
    constants = [op.array() for op in module.walk() if isinstance(op, nn.ConstantOp)]
    (weights,) = [array for array in constants if array.shape == (2, 1, 1, 2)]
    assert np.abs(weights).max() < 4


def noise(passes: tuple[str, ...], scheme: str) -> float:
    """Noise over signal of the logits of a network on the test split."""
    samples: NDArray[np.float32] = np.load(TEST)["input"][:200].astype(np.float32)
    module = import_model(SHIPPED / "digits_resnet.onnx")
    run_passes(module, GRAPH_PIPELINE)
    real = run_all(BatchRunner(module), {"input": samples})
    run_passes(module, [f'calibrate{{data="{CALIBRATION}"}}'])
    options = f'data="{CALIBRATION}" scheme={scheme}'
    run_passes(module, [f"{name}{{{options}}}" for name in passes])
    run_passes(module, [f"insert-quantizers{{scheme={scheme}}}"])
    quantized = run_all(BatchRunner(module), {"input": samples})
    return float(np.square(quantized - real).sum() / np.square(real).sum())


@pytest.mark.parametrize("name", ["round-weights", "correct-bias"])
def test_adapted_networks_are_nearer(name: str) -> None:
    assert noise((name,), "int16x8") < 0.8 * noise((), "int16x8")


def test_samples_that_do_not_fit_are_a_message() -> None:
    module = parse(CHAIN)
    for name in ("round-weights", "correct-bias"):
        with pytest.raises(PassFailedException, match=f"{name}: .*no samples for input 'x'"):
            run_passes(module, [f'{name}{{data="{CALIBRATION}"}}'])
