"""The networks of experiments, and how they are exported: in float, int8 and fixed point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp
from nnopt.dialects.errors import NnoptError
from nnopt.passes.quantize.operators import real_operations
from nnopt.tools.accuracy.measure import host_outputs
from nnopt.tools.accuracy.reference import session
from nnopt.tools.compile import compile_module
from nnopt.tools.pipeline import Options
from nnopt.tools.train.experiment import NetworkChoice
from nnopt.tools.train.export import write_model
from nnopt.tools.train.forward import Weights
from nnopt.tools.train.network import INPUT, Network
from nnopt.tools.train.networks import NETWORKS, build_network
from nnopt.tools.train.quantizers import Quantizers

SHAPES = {"resnet6": (3, 20), "cnn": (2, 8, 8), "mlp": (3, 5)}


def network_of(kind: str, shape: tuple[int, ...] | None = None) -> Network:
    choice = NetworkChoice(kind, filters=4, hidden=(6,))
    return build_network(choice, shape or SHAPES[kind], 5)


def random_weights(network: Network) -> Weights:
    rng = np.random.default_rng(1)
    weights: Weights = {}
    for layer in network.linear:
        bound = 1 / np.sqrt(np.prod(layer.weights[1:]))
        weights[f"{layer.name}.weight"] = rng.normal(0, bound, layer.weights).astype(np.float32)
        weights[f"{layer.name}.bias"] = rng.normal(0, 0.1, layer.weights[:1]).astype(np.float32)
    return weights


def quantizers_of(network: Network, scheme: str) -> Quantizers:
    ranges = dict.fromkeys(network.quantized_values(), (-3.0, 3.5))
    return Quantizers.of(network, scheme, ranges)


def samples_of(network: Network, count: int = 20) -> Any:
    rng = np.random.default_rng(2)
    return rng.normal(0, 1, (count, 1, *network.input_shape)).astype(np.float32)


def reference(model: Path, samples: Any) -> Any:
    runner = session(model)
    return np.stack([runner.run(None, {INPUT: x})[0][0] for x in samples])


def test_resnet6_is_that_of_microai() -> None:
    network = network_of("resnet6", (9, 128))
    assert sum(layer.kind == "conv" for layer in network.layers) == 6
    assert sum(layer.kind == "add" for layer in network.layers) == 2
    assert network.shapes["pool"] == (4, 1)
    assert network_of("resnet6", (3, 32, 32)).shapes["pool"] == (4, 2, 2)


def test_quantizers_stand_where_the_compiler_puts_them() -> None:
    network = network_of("resnet6")
    chosen = network.quantized_values()
    assert chosen[:3] == [INPUT, "stem/relu", "block1/relu1"]
    assert "stem/conv" not in chosen and "pool" not in chosen and "block1/conv2" in chosen
    assert network.source("flatten") == "block2/relu2"


@pytest.mark.parametrize("shape", [(8,), (1, 3), (1, 2, 8)])
def test_samples_that_do_not_fit_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(NnoptError, match="network 'cnn' "):
        network_of("cnn", shape)


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_float_model_computes_what_onnxruntime_does(tmp_path: Path, kind: str) -> None:
    network, model = network_of(kind), tmp_path / "float.onnx"
    write_model(model, network, random_weights(network))
    samples = samples_of(network)
    got = host_outputs(model, samples, Options(target="portable", place="first-fit"))
    assert np.abs(got - reference(model, samples)).max() < 1e-5


@pytest.mark.parametrize("scheme", ["int8", "int16"])
def test_a_quantized_model_has_onnxruntimes_integers(tmp_path: Path, scheme: str) -> None:
    network, model = network_of("resnet6"), tmp_path / "model.onnx"
    quantizers = quantizers_of(network, scheme)
    write_model(model, network, random_weights(network), quantizers)
    samples = samples_of(network)
    got = host_outputs(model, samples, Options(target="portable", place="first-fit"))
    step = quantizers.activations["classifier"].scale
    apart = np.abs(np.rint((got - reference(model, samples)) / step))
    assert np.mean(apart > 0) < 0.02 and apart.max() <= 1  # sums of float32 at a tie
    assert len(np.unique(np.rint(got / step))) > 20


def integer_graph(model: Path, options: Options) -> ModuleOp:
    found: dict[str, ModuleOp] = {}
    compile_module(model, options, lambda phase, module: found.update({phase: module.clone()}))
    assert not real_operations(found["quantized"])
    return found["integer"]


@pytest.mark.parametrize("scheme", ["q7", "q15"])
def test_a_model_of_fixed_point_has_shifts_only(tmp_path: Path, scheme: str) -> None:
    network, model = network_of("resnet6"), tmp_path / "model.onnx"
    write_model(model, network, random_weights(network), quantizers_of(network, scheme))
    options = Options(quantize=scheme, place="first-fit")
    rescales = [
        op for op in integer_graph(model, options).walk() if isinstance(op, fxp.RequantizeOp)
    ]
    assert len(rescales) >= 7
    for op in rescales:
        assert set(op.multiplier.get_values()) == {1}
        assert op.rounding.data == "half_up"


def test_a_model_of_other_scales_is_no_fixed_point(tmp_path: Path) -> None:
    network, model = network_of("mlp"), tmp_path / "model.onnx"
    write_model(model, network, random_weights(network), quantizers_of(network, "int8"))
    with pytest.raises(NnoptError, match="no power of two; compile the network as it is"):
        compile_module(model, Options(quantize="q7"))


def test_a_float_model_needs_calibration_for_fixed_point(tmp_path: Path) -> None:
    network, model = network_of("mlp"), tmp_path / "model.onnx"
    write_model(model, network, random_weights(network))
    with pytest.raises(NnoptError, match="no quantizers: fixed point needs --calibrate"):
        compile_module(model, Options(quantize="q7"))


def test_stored_scales_are_those_of_the_scheme(tmp_path: Path) -> None:
    network, model = network_of("mlp"), tmp_path / "model.onnx"
    quantizers = quantizers_of(network, "q7")
    write_model(model, network, random_weights(network), quantizers)
    graph = onnx.ModelProto.FromString(model.read_bytes()).graph
    constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    scales = constants["classifier.weight.scale"]
    assert (np.frexp(scales)[0] == 0.5).all()
    assert constants["input.scale"] == 2.0**-5
    bias = constants["classifier.bias.scale"]
    assert (bias == scales * quantizers.activations["relu1"].scale).all()
