"""`nnopt quantize-report`: a broken network is diagnosed by name, and the advice repairs it."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_network import broken_network

from nnopt.tools.nnopt import main

SHIPPED = Path(__file__).resolve().parents[3] / "examples" / "models"
TEST = SHIPPED / "digits_test.npz"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return broken_network(tmp_path_factory.mktemp("broken") / "broken.onnx")


def report(model: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    arguments = ["--calibrate", str(TEST), "--labels", str(TEST), "--json", *options]
    assert main(["quantize-report", str(model), *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_good_network_has_no_guilty_layer(capsys: pytest.CaptureFixture[str]) -> None:
    content = report(SHIPPED / "digits_cnn.onnx", capsys)
    assert content["findings"] == []
    assert content["quantized_accuracy"] >= content["float_accuracy"] - 0.01
    assert [layer["name"] for layer in content["layers"]] == [
        "input",
        "/conv1",
        "/conv2",
        "/classifier",
        "/softmax",
    ]
    for layer in content["layers"]:
        assert layer["alone_sqnr"] > 40
        assert layer["sqnr"] > 30


def test_a_broken_network_is_diagnosed_and_repaired(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = report(broken, capsys)
    assert content["quantized_accuracy"] < 0.5 < content["float_accuracy"]
    worst = content["findings"][0]
    assert worst["layer"] == "/conv1"
    assert worst["cause"].startswith("channel 5 reaches")
    assert "--improve equalize" in worst["option"]
    repaired = report(broken, capsys, "--improve", "equalize")
    assert repaired["findings"] == []
    assert repaired["quantized_accuracy"] >= repaired["float_accuracy"] - 0.01


def test_the_report_is_told_and_drawn(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "layers.svg"
    arguments = ["--calibrate", str(TEST), "--limit", "16", "--picture", str(picture)]
    assert main(["quantize-report", str(broken), *arguments]) == 0
    text = capsys.readouterr().out
    assert "agreement with the float network" in text
    assert "Guilty: /conv1" in text
    labels = [e.text for e in ET.fromstring(picture.read_text()).iter() if e.tag.endswith("text")]
    assert {"input", "/conv1", "/conv2", "/classifier"} <= set(labels)


def test_labels_that_cannot_be_used_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.npy"
    np.save(few, np.zeros(3, np.int64))
    model = str(SHIPPED / "digits_cnn.onnx")
    for labels, message in ((few, "3 labels for 128 samples"), (tmp_path / "x", "cannot read")):
        arguments = ["--calibrate", str(TEST), "--labels", str(labels)]
        assert main(["quantize-report", model, *arguments]) == 1
        assert message in capsys.readouterr().err
