"""Training with PyTorch: skipped, visibly, where it is not installed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools import nnopt
from nnopt.tools.accuracy.datasets import Split
from nnopt.tools.accuracy.measure import host_outputs
from nnopt.tools.pipeline import Options
from nnopt.tools.train import session
from nnopt.tools.train.experiment import NetworkChoice, parse_experiment
from nnopt.tools.train.export import write_model
from nnopt.tools.train.fit import Schedule, fit
from nnopt.tools.train.forward import as_tensors, fold, initial_parameters, learnt, run_normalized
from nnopt.tools.train.networks import build_network
from nnopt.tools.train.quantizers import Quantizers, observe_ranges, quantizer

torch: Any = pytest.importorskip("torch", reason="training needs torch: pip install '.[train]'")

KINDS = {"resnet6": (3, 20), "cnn": (2, 8, 8), "mlp": (3, 5)}
FIXED = ("q7", "q15")

SMALL = """
schemes = ["q7"]
board = "host"
[network]
kind = "cnn"
filters = 4
[train]
epochs = 4
[qat]
schemes = ["int8", "q7"]
epochs = 2
"""


def samples_of(shape: tuple[int, ...], count: int) -> Any:
    rng = np.random.default_rng(2)
    return rng.normal(0, 1, (count, *shape)).astype(np.float32)


def some_network(kind: str) -> tuple[Any, Any]:
    network = build_network(NetworkChoice(kind, filters=4, hidden=(6,)), KINDS[kind], 5)
    parameters = initial_parameters(network, 1)
    with torch.no_grad():  # so that the means and variances of the normalization are not neutral
        for _ in range(5):
            run_normalized(network, parameters, torch.from_numpy(samples_of(KINDS[kind], 40)), True)
    return network, parameters


@pytest.mark.parametrize("kind", KINDS)
def test_folding_keeps_what_the_network_computes(kind: str, tmp_path: Path) -> None:
    network, parameters = some_network(kind)
    write_model(tmp_path / "float.onnx", network, fold(network, parameters))
    x = samples_of(KINDS[kind], 20)
    wanted = run_normalized(network, parameters, torch.from_numpy(x), False).detach().numpy()
    options = Options(target="portable", place="first-fit")
    got = host_outputs(tmp_path / "float.onnx", x[:, None], options)
    assert np.abs(got - wanted).max() < 1e-5


@pytest.mark.parametrize("scheme", ["int8", "int16x8", *FIXED])
def test_training_computes_the_integers_of_the_c(scheme: str, tmp_path: Path) -> None:
    network, parameters = some_network("resnet6")
    weights, model = fold(network, parameters), tmp_path / "model.onnx"
    x = samples_of(KINDS["resnet6"], 60)
    ranges = observe_ranges(network, weights, x[:20], "min-max", 8)
    quantizers = Quantizers.of(network, scheme, ranges)
    write_model(model, network, weights, quantizers)
    how = scheme if scheme in FIXED else "float"
    options = Options(target="portable", place="first-fit", quantize=how)
    got = host_outputs(model, x[:, None], options)
    wanted = quantizers.forward(as_tensors(weights), torch.from_numpy(x)).detach().numpy()
    step = quantizers.activations["classifier"].scale
    apart = np.abs(np.rint((got - wanted) / step))
    if scheme == "q7":  # every sum is exact in float32
        assert not apart.any()
    else:
        assert apart.max() <= 2 and np.mean(apart > 0) < 0.05
    assert len(np.unique(np.rint(got / step))) > 50


@pytest.mark.parametrize("scheme", ["int8", "q7"])
def test_gradients_pass_where_nothing_is_cut_off(scheme: str) -> None:
    network, parameters = some_network("mlp")
    ranges = dict.fromkeys(network.quantized_values(), (-1.0, 1.5))
    kind = Quantizers.of(network, scheme, ranges).activations["classifier"]
    x = torch.tensor([-9.0, -0.6, 0.1, 0.9, 9.0], requires_grad=True)
    y = quantizer(torch, kind)(x)
    y.sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 1, 0]
    assert np.abs(y.detach().numpy()[1:4] - x.detach().numpy()[1:4]).max() <= kind.scale / 2
    assert y[0] == (kind.qmin - kind.zero_point) * kind.scale
    assert y[4] == (kind.qmax - kind.zero_point) * kind.scale
    assert parameters


def test_ties_of_fixed_point_go_upwards_like_its_shifts() -> None:
    network, _ = some_network("mlp")
    ranges = dict.fromkeys(network.quantized_values(), (-1.0, 1.0))
    for scheme, wanted in (("q7", [-1, 0, 1, 2]), ("int8", None)):
        kind = Quantizers.of(network, scheme, ranges).activations["classifier"]
        ties = torch.tensor([-1.5, -0.5, 0.5, 1.5]) * kind.scale
        steps = (quantizer(torch, kind)(ties) / kind.scale).tolist()
        assert wanted is None or steps == wanted


def test_a_rate_that_is_too_large_is_named() -> None:
    network, parameters = some_network("mlp")
    x = samples_of(KINDS["mlp"], 64) * 1e18
    split = Split(x[:, None], np.arange(64) % 5)
    with pytest.raises(NnoptError, match="choose a smaller rate"):
        fit(
            learnt(parameters),
            lambda values: run_normalized(network, parameters, values * 1e18, True),
            split,
            Schedule(3, 16, 1e6, 0.0, 0.0, 0, 1),
            lambda loss: None,
        )


def test_a_failure_leaves_nothing_and_keeps_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    pytest.importorskip("sklearn")
    monkeypatch.setattr(session.Session, "after_training", fail)
    out = tmp_path / "out"
    out.mkdir()
    (out / session.RESULTS).write_text("old")
    experiment = parse_experiment(SMALL, "small", tmp_path).with_epochs(1)
    with pytest.raises(KeyboardInterrupt):
        session.run_experiment(experiment, out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / session.RESULTS).read_text() == "old"


def test_being_ended_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    before = signal.getsignal(signal.SIGTERM)

    def end(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(session.Session, "train", end)
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    try:
        assert nnopt.main(["train", str(file), "-o", str(tmp_path / "out")]) == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capsys.readouterr().err == "nnopt: interrupted; nothing was written\n"
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(NnoptError, match="no experiment wrote"):
        session.run_experiment(parse_experiment(SMALL, "small", tmp_path), tmp_path)


@pytest.mark.slow
def test_an_experiment_from_nothing_to_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    texts: list[str] = []
    for name in ("first", "second"):
        assert nnopt.main(["train", str(file), "-o", str(tmp_path / name), "--json"]) == 0
        texts.append(capsys.readouterr().out)
        written = {path.name for path in (tmp_path / name).iterdir()}
        assert written >= {"results.md", "results.json", "float.onnx", "q7.onnx", "q7_during"}
    assert texts[0] == texts[1]
    for model in ("float.onnx", "int8.onnx", "q7.onnx"):
        first, second = (tmp_path / name / model for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    rows = {(row["scheme"], row["quantized"]): row for row in json.loads(texts[0])["rows"]}
    assert len(rows) == 4
    assert min(row["accuracy"] for row in rows.values()) > 0.8
    assert rows["q7", "during training"]["flash"] < rows["float", "-"]["flash"]
