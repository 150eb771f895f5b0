"""The whole pipeline on real networks: results stay, and no transpose is left inside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graph_cases import functions, random_inputs, run_passes
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import BlockArgument, Operation

from nnopt.dialects import nn
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model
from nnopt.passes.graph import GRAPH_PIPELINE

ATTENTION = ("har_former", "har_former_int8", "tp_deeploy_cct_1_32_32_8")
"""Networks that transpose by their own will: heads of attention are split off and merged."""

NAMES = (
    "cifar_alexnet", "cifar_alexnet_int8", "cifar_lenet", "cifar_lenet_int8", "cifar_lenet_qop",
    "digits_cnn", "digits_cnn_int8", "fsdd_dscnn", "fsdd_dscnn_int8", "fsdd_resnet6_f16",
    "fsdd_resnet6_f16_bn", "fsdd_resnet6_f16_int8", "fsdd_resnet6_f16_qop", "fsdd_resnet6_f32",
    "fsdd_resnet6_f32_int8", "gtsrb_resnet6_f16", "gtsrb_resnet6_f16_int8", "gtsrb_resnet6_f32",
    "gtsrb_resnet6_f32_int8", "har_mlp", "har_mlp_int8", "har_resnet6_f16",
    "har_resnet6_f16_dynamo", "har_resnet6_f16_int16", "har_resnet6_f16_int8", "har_resnet6_f32",
    "har_resnet6_f32_int8", "mcunet-in0", "mcunet-in3", "mcunet-vww0", "mcunet-vww1",
    "mlperf_ad_ae_f32", "mlperf_ad_ae_int8", "mlperf_ic_resnet8_f32", "mlperf_ic_resnet8_int8",
    "mlperf_kws_dscnn_f32", "mlperf_kws_dscnn_int8", "mlperf_vww_mbv1_f32", "mlperf_vww_mbv1_int8",
    "tp_mnist8_cntk", "tp_mtcnn_pnet", "tp_mtcnn_rnet", "tp_te_vww_int8",
    "tp_tinymaix_cifar10_f32", "tp_tinymaix_cifar10_int8", "tp_tinymaix_mnist_resnet_f32",
)  # fmt: skip


def inner_transposes(module: ModuleOp) -> list[str]:
    """Return the locations of transposes that do not lie beside an argument or the return."""
    inner: list[str] = []
    for op in module.walk():
        if not isinstance(op, nn.TransposeOp) or isinstance(op.input, BlockArgument):
            continue
        if any(use.operation.name != "func.return" for use in op.result.uses):
            inner.append(nn.node_name(op) or "unnamed")
    return inner


def unnamed(module: ModuleOp) -> list[Operation]:
    """Return the computing operations that do not know which node of the model they are from."""
    return [
        op
        for op in module.walk()
        if op.name.startswith(("nn.", "fxp."))
        and not isinstance(op, nn.ConstantOp)
        and nn.node_name(op) is None
    ]


def check(path: Path) -> ModuleOp:
    module = import_model(path)
    inputs = random_inputs(functions(module)[0])
    expected = run_function(module, inputs)
    run_passes(module, *GRAPH_PIPELINE)
    got = run_function(module, inputs)
    for name, array in expected.items():
        scale = float(np.abs(array.astype(np.float64)).max(initial=1e-6))
        error = np.abs(got[name].astype(np.float64) - array.astype(np.float64)).max(initial=0.0)
        assert error <= (1e-5 * scale if array.dtype.kind == "f" else 0), name
    assert not unnamed(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_pipeline_on_model(shared: Path, name: str) -> None:
    module = check(shared / "models" / f"{name}.onnx")
    assert not inner_transposes(module)
    left = {op.name for op in module.walk()}
    assert not left & {"nn.batch_norm", "nn.pad", "nn.matmul"}


@pytest.mark.parametrize("name", ATTENTION)
def test_pipeline_on_attention(shared: Path, name: str) -> None:
    module = check(shared / "models" / f"{name}.onnx")
    assert len(inner_transposes(module)) <= 8


def test_one_dimensional_layers_meet(shared: Path) -> None:
    """A residual network on a signal keeps two reshapes: before its first layer, and to flatten."""
    module = check(shared / "models" / "fsdd_resnet6_f16_bn.onnx")
    kinds = [op.name for op in module.walk() if op.name.startswith("nn.")]
    assert kinds.count("nn.reshape") == 2
    assert set(kinds) - {"nn.constant", "nn.transpose", "nn.reshape"} == {
        "nn.conv2d",
        "nn.add",
        "nn.max_pool2d",
        "nn.fully_connected",
    }
