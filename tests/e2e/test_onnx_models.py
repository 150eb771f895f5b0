"""Real networks: the imported module gives what onnxruntime gave."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from numpy.typing import NDArray

from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model

MODELS = [
    "cifar_alexnet",
    "cifar_alexnet_int8",
    "cifar_lenet",
    "cifar_lenet_int8",
    "cifar_lenet_qop",
    "digits_cnn",
    "digits_cnn_int8",
    "fsdd_dscnn",
    "fsdd_dscnn_int8",
    "fsdd_resnet6_f16",
    "fsdd_resnet6_f16_bn",
    "fsdd_resnet6_f16_int8",
    "fsdd_resnet6_f16_qop",
    "fsdd_resnet6_f32",
    "fsdd_resnet6_f32_int8",
    "gtsrb_resnet6_f16",
    "gtsrb_resnet6_f16_int8",
    "gtsrb_resnet6_f32",
    "gtsrb_resnet6_f32_int8",
    "har_former",
    "har_former_int8",
    "har_mlp",
    "har_mlp_int8",
    "har_resnet6_f16",
    "har_resnet6_f16_dynamo",
    "har_resnet6_f16_int16",
    "har_resnet6_f16_int8",
    "har_resnet6_f32",
    "har_resnet6_f32_int8",
    "mcunet-in0",
    "mcunet-in3",
    "mcunet-vww0",
    "mcunet-vww1",
    "mlperf_ad_ae_f32",
    "mlperf_ad_ae_int8",
    "mlperf_ic_resnet8_f32",
    "mlperf_ic_resnet8_int8",
    "mlperf_kws_dscnn_f32",
    "mlperf_kws_dscnn_int8",
    "mlperf_vww_mbv1_f32",
    "mlperf_vww_mbv1_int8",
    "tp_deeploy_cct_1_32_32_8",
    "tp_mnist8_cntk",
    "tp_mtcnn_pnet",
    "tp_mtcnn_rnet",
    "tp_oww_melspectrogram",
    "tp_te_vww_int8",
    "tp_tinymaix_cifar10_f32",
    "tp_tinymaix_cifar10_int8",
    "tp_tinymaix_mnist_resnet_f32",
    "wand_cnn",
    "wand_cnn_int8",
]

SAMPLES = 2


def key_of(name: str) -> str:
    return name.replace("/", "_").replace(":", "_")


def step_of(model: onnx.ModelProto, output: str) -> float | None:
    """The scale of the quantization behind an output; None when it is not quantized."""
    producers = {name: node for node in model.graph.node for name in node.output}
    constants = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    node = producers[output]
    while node.op_type in ("Softmax", "Reshape", "Flatten", "Squeeze"):
        node = producers[node.input[0]]
    if node.op_type != "DequantizeLinear":
        return None
    return float(constants[node.input[1]].max())


@pytest.mark.parametrize("name", MODELS)
def test_imported_model(shared: Path, name: str) -> None:
    path = shared / "models" / f"{name}.onnx"
    module = import_model(path)
    module.verify()
    model = onnx.ModelProto()
    model.ParseFromString(path.read_bytes())
    with np.load(shared / "models" / f"{name}_io.npz") as data:
        inputs = {
            v.name: data[f"in_{key_of(v.name)}"]
            for v in model.graph.input
            if f"in_{key_of(v.name)}" in data
        }
        outputs = {v.name: data[f"out_{key_of(v.name)}"] for v in model.graph.output}
    count = min(SAMPLES, len(next(iter(inputs.values()))))
    for index in range(count):
        got = run_function(module, {key: array[index] for key, array in inputs.items()})
        for key, array in outputs.items():
            compare(got[key], array[index], step_of(model, key))


def compare(got: NDArray[Any], wanted: NDArray[Any], step: float | None) -> None:
    assert got.shape == wanted.shape and got.dtype == wanted.dtype
    difference = np.abs(got.astype(np.float64) - wanted.astype(np.float64))
    if got.dtype.kind in "iu":
        assert np.mean(difference <= 1) >= 0.995
    elif step is not None:
        assert np.mean(difference <= 1.001 * step) >= 0.995
    else:
        assert difference.max() <= 1e-4 * max(np.abs(wanted).max(), 1e-30)
