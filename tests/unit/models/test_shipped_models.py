# pyright: reportUnknownMemberType=false
"""The models of `examples/models/`: onnxruntime confirms what is claimed about them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
MODELS = EXAMPLES / "models"
FLOAT_MODELS = ["digits_cnn", "digits_dscnn", "digits_resnet"]
INT8_MODELS = ["digits_cnn_int8", "digits_resnet_int8"]


def outputs_of(name: str, images: NDArray[Any]) -> NDArray[Any]:
    """Outputs of onnxruntime, one inference per image."""
    session = onnxruntime.InferenceSession(
        MODELS / f"{name}.onnx", providers=["CPUExecutionProvider"]
    )
    inputs = images.astype(np.float32)
    return np.stack([np.asarray(session.run(["output"], {"input": x})[0]) for x in inputs])


def output_step(model: onnx.ModelProto) -> float:
    """Scale of the quantizer that makes the network's output."""
    dequantize = next(node for node in model.graph.node if "output" in node.output)
    assert dequantize.op_type == "DequantizeLinear"
    tensor = next(t for t in model.graph.initializer if t.name == dequantize.input[1])
    return float(onnx.numpy_helper.to_array(tensor))


def test_nothing_is_missing_or_unlisted() -> None:
    found = {path.stem for path in MODELS.glob("*.onnx")}
    assert found == {*FLOAT_MODELS, *INT8_MODELS}
    assert {path.stem for path in MODELS.glob("*_io.npz")} == {f"{name}_io" for name in found}


@pytest.mark.parametrize("name", FLOAT_MODELS + INT8_MODELS)
def test_model_is_small_valid_and_accurate(name: str) -> None:
    path = MODELS / f"{name}.onnx"
    assert path.stat().st_size < 60_000
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert all(node.name and node.domain == "" for node in model.graph.node)
    with np.load(MODELS / "digits_test.npz") as data:
        images, labels = data["input"], data["label"]
    assert images.shape == (540, 1, 1, 8, 8)
    assert images.dtype == labels.dtype == np.uint8
    best = outputs_of(name, images).reshape(-1, 10).argmax(axis=1)
    assert (best == labels).mean() >= 0.95


@pytest.mark.parametrize("name", FLOAT_MODELS + INT8_MODELS)
def test_onnxruntime_reproduces_the_io_file(name: str) -> None:
    with np.load(MODELS / f"{name}_io.npz") as io, np.load(MODELS / "digits_test.npz") as test:
        inputs, expected, labels, index = (
            io[k] for k in ("in_input", "out_output", "label", "index")
        )
        assert np.array_equal(inputs, test["input"][index].astype(np.float32))
        assert np.array_equal(labels, test["label"][index])
    assert inputs.shape == (16, 1, 1, 8, 8)
    assert expected.shape == (16, 1, 10)
    difference = np.abs(outputs_of(name, inputs) - expected)
    if name in INT8_MODELS:
        # Another processor may round an intermediate value the other way.
        step = output_step(onnx.load(MODELS / f"{name}.onnx"))
        assert difference.max() < 1.5 * step
        assert (difference < 0.5 * step).mean() >= 0.99
    else:
        assert difference.max() <= 1e-5 * np.abs(expected).max()


def test_batch_normalization_and_padding_are_left_for_the_compiler() -> None:
    def operators(name: str) -> set[str]:
        return {node.op_type for node in onnx.load(MODELS / f"{name}.onnx").graph.node}

    assert "BatchNormalization" in operators("digits_resnet")
    assert {"Pad", "Clip"} <= operators("digits_dscnn")
    assert {"QuantizeLinear", "DequantizeLinear", "Softmax"} <= operators("digits_cnn_int8")


def test_calibration_images_are_no_test_images() -> None:
    with np.load(MODELS / "digits_calibration.npz") as data:
        calibration = data["input"]
    with np.load(MODELS / "digits_test.npz") as data:
        test = data["input"].astype(np.float32)
    assert calibration.shape == (64, 1, 1, 8, 8)
    assert calibration.dtype == np.float32
    seen = {image.tobytes() for image in test}
    assert not any(image.tobytes() in seen for image in calibration)


def test_readme_shows_the_reported_numbers() -> None:
    command = [sys.executable, str(EXAMPLES / "make_models.py"), "--report"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    row = re.compile(r"^\| (\S+\.onnx) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+)% \|$", re.MULTILINE)
    reported = {m[1]: m.groups()[1:] for m in row.finditer(printed)}
    written = {m[1]: m.groups()[1:] for m in row.finditer((EXAMPLES / "README.md").read_text())}
    assert len(reported) == len(FLOAT_MODELS + INT8_MODELS)
    assert reported.keys() == written.keys()
    for name, (*sizes, accuracy) in reported.items():
        assert list(written[name][:3]) == sizes
        assert float(written[name][3]) == pytest.approx(float(accuracy), abs=0.4)
