"""Every network of the shared material that is made of supported operators, end to end.

`NNOPT_EXHAUSTIVE=1` (`make test-models`) runs all samples on every board and the largest networks
too; without it each board runs the first sample of each network.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from end_to_end import (
    EMULATED,
    Built,
    assert_close,
    assert_same_bits,
    build,
    files_of,
    missing_program,
    run_levels,
    run_raw,
)

from nnopt.tools.run import check_c
from nnopt.tools.run.io import file_key, save_npz

EXHAUSTIVE = os.environ.get("NNOPT_EXHAUSTIVE", "") not in ("", "0")

NAMED = [
    *("mlperf_ad_ae_f32", "mlperf_ad_ae_int8", "mlperf_ic_resnet8_f32", "mlperf_ic_resnet8_int8"),
    *("mlperf_kws_dscnn_f32", "mlperf_kws_dscnn_int8", "mlperf_vww_mbv1_f32"),
    "mlperf_vww_mbv1_int8",
    *("har_resnet6_f16", "har_resnet6_f16_int8", "har_resnet6_f32", "har_resnet6_f32_int8"),
    *("har_resnet6_f16_dynamo", "har_resnet6_f16_int16"),
    *("fsdd_resnet6_f16", "fsdd_resnet6_f16_int8", "fsdd_resnet6_f32", "fsdd_resnet6_f32_int8"),
    *("fsdd_resnet6_f16_bn", "fsdd_resnet6_f16_qop"),
    *("gtsrb_resnet6_f16", "gtsrb_resnet6_f16_int8", "gtsrb_resnet6_f32", "gtsrb_resnet6_f32_int8"),
    *("cifar_lenet", "cifar_lenet_int8", "cifar_lenet_qop", "cifar_alexnet", "cifar_alexnet_int8"),
    *("digits_cnn", "digits_cnn_int8", "wand_cnn", "wand_cnn_int8"),
    *("mcunet-vww0", "mcunet-vww1", "mcunet-in0", "mcunet-in3"),
]
"""The networks that must work: MLPerf Tiny, MicroAI, CIFAR, digits, wand, MCUNet."""

OTHERS = [
    *("fsdd_dscnn", "fsdd_dscnn_int8", "har_mlp", "har_mlp_int8"),
    *("tp_mnist8_cntk", "tp_mtcnn_pnet", "tp_mtcnn_rnet", "tp_te_vww_int8"),
    *("tp_tinymaix_cifar10_f32", "tp_tinymaix_cifar10_int8", "tp_tinymaix_mnist_resnet_f32"),
]
"""Networks of the same operators, mostly made by other tools."""

FURTHER = [
    *("fsdd_lstm32", "har_gru32", "har_gru32_folded", "har_former", "har_former_int8"),
    *("gtsrb_unet", "tp_deeploy_autoencoder1d", "tp_deeploy_cct_1_32_32_8"),
    "tp_oww_melspectrogram",
]
"""Recurrent networks, transformers, transposed and one-dimensional convolutions."""

UNFUSED = {"har_former_int8"}
"""Networks whose stored outputs are of onnxruntime with its fusions, and differ by up to three
steps from what the same onnxruntime gives without: that is what they are held against."""

MODELS = [*NAMED, *OTHERS, *FURTHER] if EXHAUSTIVE else NAMED

LARGE = {"mcunet-in3", "mcunet-vww1", "mcunet-in0", "mcunet-vww0"}
"""Too slow without a floating-point unit for every day: 1 to 13 thousand million instructions."""

PAIRS = [
    (name, board)
    for name in MODELS
    for board in EMULATED
    if EXHAUSTIVE or board != "riscv32" or name not in LARGE
]

CLEAN = [name for name in MODELS if EXHAUSTIVE or name not in LARGE - {"mcunet-vww0"}]
"""Compilers with sanitizers take minutes for each of the large ones."""

BOARD_SAMPLES = None if EXHAUSTIVE else 1
INTERPRETED_SAMPLES = 4 if EXHAUSTIVE else 1


def is_int8(name: str) -> bool:
    """Whether a network's outputs are quantized to 8 bits."""
    return name.endswith(("_int8", "_qop"))


@pytest.fixture(scope="session")
def built(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Built]:
    """Compiles a network once in each process."""
    done: dict[str, Built] = {}

    def get(name: str) -> Built:
        if name not in done:
            model = shared / "models" / f"{name}.onnx"
            done[name] = build(model, tmp_path_factory.mktemp("model") / "out")
        return done[name]

    return get


def without_fusions(network: Built, folder: Path) -> Path:
    """Samples with what onnxruntime computes for them node by node."""
    onnxruntime: Any = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session: Any = onnxruntime.InferenceSession(str(network.model), options)
    arrays = network.samples()
    names: dict[str, str] = {f"in_{file_key(i.name)}": i.name for i in session.get_inputs()}
    outputs: list[str] = [f"out_{file_key(o.name)}" for o in session.get_outputs()]
    count = len(arrays[next(iter(names))])
    rows: list[list[Any]] = [
        session.run(None, {name: arrays[key][row] for key, name in names.items()})
        for row in range(count)
    ]
    made = {key: np.stack([row[i] for row in rows]) for i, key in enumerate(outputs)}
    save_npz(folder / "io.npz", {**arrays, **made})
    return folder / "io.npz"


def test_no_network_is_forgotten(shared: Path) -> None:
    there = {path.stem for path in (shared / "models").glob("*.onnx")}
    assert there <= {*NAMED, *OTHERS, *FURTHER}


@pytest.mark.parametrize("name", dict.fromkeys([*MODELS, *FURTHER]))
def test_host_agrees_with_onnxruntime(
    built: Callable[[str], Built], tmp_path: Path, name: str
) -> None:
    network = built(name)
    io = without_fusions(network, tmp_path) if name in UNFUSED else None
    assert_close(network, network.outputs_on_host(), int8=is_int8(name), io=io)


@pytest.mark.parametrize("name", [name for name in MODELS if is_int8(name)])
def test_host_has_the_bits_of_the_interpreters(built: Callable[[str], Built], name: str) -> None:
    network = built(name)
    for outputs in run_levels(network, INTERPRETED_SAMPLES).values():
        assert_same_bits(outputs, network.on_host)


@pytest.mark.parametrize(("name", "board"), PAIRS)
def test_board_has_the_bits_of_the_host(
    built: Callable[[str], Built], name: str, board: str
) -> None:
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    network = built(name)
    assert_same_bits(run_raw(network, board, BOARD_SAMPLES), network.on_host)


@pytest.mark.parametrize("name", CLEAN)
def test_c_is_clean(built: Callable[[str], Built], name: str) -> None:
    network = built(name)
    assert check_c(network.package, network.samples(), limit=None if EXHAUSTIVE else 1) == []


@pytest.mark.parametrize("name", MODELS)
def test_two_compilations_write_the_same_bytes(
    built: Callable[[str], Built], tmp_path: Path, name: str
) -> None:
    network = built(name)
    again = build(network.model, tmp_path / "somewhere" / "else")
    assert files_of(network.package) == files_of(again.package)
