"""Post-training quantization: ranges from data, quantizers from ranges, accuracy kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from graph_cases import parse, run_passes
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects import fxp, nn
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import find_function, make_interpreter
from nnopt.lowering.integer import INTEGER_PIPELINE
from nnopt.lowering.onnx_frontend import import_model
from nnopt.passes.graph import GRAPH_PIPELINE
from nnopt.passes.quantize import QUANTIZED_PIPELINE
from nnopt.passes.quantize.calibrate import RANGE, CalibratePass, calibrate
from nnopt.passes.quantize.insert_quantizers import InsertQuantizersPass
from nnopt.passes.quantize.observers import OBSERVERS
from nnopt.passes.quantize.operators import real_operations
from nnopt.passes.quantize.schemes import SCHEMES
from nnopt.passes.rewriting import element_of

NETWORK = """
func.func @main(%x: tensor<1x4x4x2xf32> {nn.name = "x"}) -> tensor<1x4xf32> {
  %w = nn.constant {value = dense<[[[[0.5, -0.25]]], [[[1.0, 0.125]]]]> : tensor<2x1x1x2xf32>}
      : tensor<2x1x1x2xf32>
  %b = nn.constant {value = dense<[0.5, -0.5]> : tensor<2xf32>} : tensor<2xf32>
  %0 = nn.conv2d %x, %w, %b {act_min = 0.0 : f32}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.concat %0, %x {axis = 3 : i64}
      : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %2 = nn.avg_pool2d %1 {kernel = array<i64: 4, 4>} : tensor<1x4x4x4xf32> -> tensor<1x1x1x4xf32>
  %3 = nn.reshape %2 : tensor<1x1x1x4xf32> -> tensor<1x4xf32>
  %4 = nn.softmax %3 {axis = 1 : i64} : tensor<1x4xf32> -> tensor<1x4xf32>
  func.return %4 : tensor<1x4xf32>
}
"""


def samples(count: int = 8) -> Iterator[dict[str, NDArray[np.float32]]]:
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield {"x": rng.uniform(-2, 2, (1, 4, 4, 2)).astype(np.float32)}


def outputs(module: ModuleOp) -> NDArray[np.float32]:
    interpreter = make_interpreter(module)
    function = find_function(module, "main")
    return np.stack([interpreter.call_op(function, (s["x"],))[0] for s in samples()])


def test_ranges_are_those_of_the_values() -> None:
    module = parse(NETWORK)
    seen: list[int] = []
    assert calibrate(module, samples(), progress=seen.append) == 8
    assert seen == list(range(1, 9))
    everything = np.stack([s["x"] for s in samples()])
    arguments = find_function(module, "main").arg_attrs
    assert arguments is not None
    x_range = arguments.data[0].data[RANGE]
    assert isinstance(x_range, DenseArrayBase)
    assert x_range.get_values() == (everything.min(), everything.max())
    (conv,) = [op for op in module.walk() if isinstance(op, nn.Conv2dOp)]
    conv_range = conv.attributes[RANGE]
    assert isinstance(conv_range, DenseArrayBase)
    assert conv_range.get_values()[0] == 0.0
    constants = [op for op in module.walk() if isinstance(op, nn.ConstantOp)]
    assert not any(RANGE in op.attributes for op in constants)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_quantized_network_is_near_the_real_one(scheme: str) -> None:
    module = parse(NETWORK)
    real = outputs(module)
    calibrate(module, samples())
    InsertQuantizersPass(scheme).apply(Context(), module)
    module.verify()
    run_passes(module, *QUANTIZED_PIPELINE)
    assert real_operations(module) == []
    (concat,) = [op for op in module.walk() if isinstance(op, nn.ConcatOp)]
    assert len({element_of(v) for v in (*concat.operands, concat.result)}) == 1
    run_passes(module, *INTEGER_PIPELINE)
    assert not any(isinstance(op, fxp.QuantizeOp | fxp.DequantizeOp) for op in module.walk())
    assert np.abs(outputs(module) - real).max() < 0.02


def test_missing_ranges_are_named() -> None:
    with pytest.raises(PassFailedException, match="input 'x' has no range: run calibrate first"):
        InsertQuantizersPass().apply(Context(), parse(NETWORK))


def test_no_samples_and_bad_options_are_user_errors(tmp_path: Path) -> None:
    with pytest.raises(NnoptError, match="at least one sample"):
        calibrate(parse(NETWORK), ())
    with pytest.raises(PassFailedException, match="unknown scheme 'int3', known: int8, int16x8"):
        InsertQuantizersPass("int3")
    with pytest.raises(PassFailedException, match="unknown algorithm 'best', known: min-max"):
        CalibratePass("x.npz", algorithm="best")
    np.savez(tmp_path / "x.npz", y=np.zeros((1, 2)))
    with pytest.raises(PassFailedException, match="no samples for input 'x'"):
        CalibratePass(str(tmp_path / "x.npz")).apply(Context(), parse(NETWORK))


@pytest.mark.parametrize("algorithm", OBSERVERS)
def test_keyword_spotting_keeps_its_accuracy(algorithm: str, shared: Path) -> None:
    data = np.load(shared / "data" / "mlperf_kws01.npz")
    labels = data["y_test"]
    spread = (data["x_test"].astype(np.float32) - data["zero_point"]) * data["scale"]
    inputs = spread.astype(np.float32).reshape(-1, 1, 49, 10, 1)
    module = import_model(shared / "models" / "mlperf_kws_dscnn_f32.onnx")
    run_passes(module, *GRAPH_PIPELINE)
    real = top1(module, inputs, labels)
    samples = ({"input_1": x} for x in inputs[::10])
    calibrate(module, samples, lambda: OBSERVERS[algorithm](8))
    run_passes(module, "insert-quantizers", *QUANTIZED_PIPELINE, *INTEGER_PIPELINE)
    assert top1(module, inputs, labels) >= real - 0.01


def top1(module: ModuleOp, inputs: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    interpreter, function = make_interpreter(module), find_function(module, "main")
    results = [cast("NDArray[Any]", interpreter.call_op(function, (x,))[0]) for x in inputs]
    guesses = np.stack(results).reshape(len(results), -1).argmax(axis=1)
    return np.count_nonzero(guesses == labels) / len(labels)
