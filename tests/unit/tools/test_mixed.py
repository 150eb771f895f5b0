"""`--quantize mixed`: precision where it is needed, within budgets, and said why."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from broken_network import SHIPPED, broken_network

from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import import_model
from nnopt.passes.graph import GRAPH_PIPELINE
from nnopt.passes.quantize.choose_schemes import study_of
from nnopt.passes.quantize.mixed import Prices, Target, choose
from nnopt.passes.quantize.sensitivity import Layers, Study
from nnopt.tools.mixed import Budget
from nnopt.tools.nnopt import main
from nnopt.tools.pipeline import run_passes
from nnopt.tools.run import run_package

TEST = SHIPPED / "digits_test.npz"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return broken_network(tmp_path_factory.mktemp("broken") / "broken.onnx")


def studied(model: Path) -> Study:
    module = import_model(model)
    run_passes(module, [*GRAPH_PIPELINE, f'calibrate{{data="{TEST}" limit=64}}'])
    return study_of(module, str(TEST), None, 64)


@pytest.fixture(scope="module")
def study(broken: Path) -> Study:
    return studied(broken)


@pytest.fixture(scope="module")
def good() -> Study:
    return studied(SHIPPED / "digits_cnn.onnx")


def compiled(
    model: Path, out: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    arguments = ["--quantize", "mixed", "--calibrate", str(TEST), "--target", "portable", *options]
    assert main(["compile", str(model), "-o", str(out), "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_broken_network_gets_fine_steps_where_it_is_broken(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = compiled(broken, tmp_path / "net", capsys, "--labels", str(TEST))["precision"]
    schemes = {layer["layer"]: layer["scheme"] for layer in content["layers"]}
    assert schemes["/conv1"] != "int8"
    assert schemes["/classifier"] == "int8"
    assert content["loss"] <= 0.005
    assert content == json.loads((tmp_path / "net" / "report.json").read_text())["precision"]
    options = json.loads((tmp_path / "net" / "manifest.json").read_text())["options"]
    assert f"/conv1={schemes['/conv1']}" in options["layers"]
    data = np.load(TEST)
    outputs = run_package(tmp_path / "net", {"input": data["input"]}, "host").outputs
    (found,) = outputs.values()
    accuracy = (found.reshape(len(found), -1).argmax(axis=1) == data["label"]).mean()
    assert accuracy > 0.95  # all in int8: below 0.5


def test_a_good_network_stays_coarse(good: Study) -> None:
    assert choose(good, Target(loss=0.02)).overrides() == {}


def test_more_exactness_needs_more_layers(good: Study) -> None:
    counts: list[int] = []
    for sqnr in (30.0, 45.0, 55.0):
        choice = choose(good, Target(sqnr=sqnr))
        assert choice.sqnr >= sqnr
        assert choice == choose(good, Target(sqnr=sqnr))
        counts.append(len(choice.overrides()))
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1]


def test_resources_are_given_to_the_noisiest_layers_first(study: Study) -> None:
    prices = Prices(study.module)

    def fits(layers: Layers) -> str | None:
        used = sum(prices.of(n, scheme) - prices.of(n, "int8") for n, scheme in layers.items())
        return None if used <= 1 else f"{used:.2f} of something, more than 1"

    choice = choose(study, Target(), fits=fits, limited=True)
    free = choose(study, Target())
    assert fits(choice.overrides()) is None
    assert "/conv1" in choice.overrides()
    assert set(choice.overrides()) < set(free.overrides())
    assert free.sqnr > choice.sqnr > 5  # all in int8: below 0
    assert any("more than 1" in layer.why for layer in choice.layers)
    with pytest.raises(NnoptError, match="within the other budgets"):
        choose(study, Target(sqnr=40), fits=fits, limited=True)


def test_float_may_be_the_finest(study: Study) -> None:
    choice = choose(study, Target(sqnr=25.0), ("int8", "float"))
    assert choice.overrides()["/conv1"] == "float"


def test_a_budget_of_memory_is_kept(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    free = compiled(broken, tmp_path / "a", capsys, "--budget", "sqnr=35")
    limit = free["ram"]["total"] - 1
    held = compiled(broken, tmp_path / "b", capsys, "--budget", f"ram={limit}")
    assert held["ram"]["total"] <= limit
    assert any("bytes of ram" in layer["why"] for layer in held["precision"]["layers"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--budget", "speed=1"], "--budget speed=1: write WHAT=NUMBER"),
        (["--budget", "ram=1"], "every layer in int8 takes"),
        (["--budget", "sqnr=300"], "the budget of accuracy cannot be kept"),
        (["--candidates", "int8"], "mixed needs two schemes or more"),
        (["--layer", "/conv1=q7"], "leave out --layer"),
        (["--labels", "nowhere.npy"], "cannot read labels"),
    ],
)
def test_what_cannot_be_chosen_is_said(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(SHIPPED / "digits_cnn.onnx")
    arguments = ["--quantize", "mixed", "--calibrate", str(TEST), *options]
    assert main(["compile", model, "-o", str(tmp_path / "net"), *arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "net").exists()


def test_budgets_are_read() -> None:
    budget = Budget.parse(["ram=32K", "cycles=1.5M", "accuracy=0.5"])
    assert budget.limits == {"ram": 32768, "cycles": 1_500_000}
    assert budget.target == Target(loss=0.005)
    assert Budget.parse([]).target == Target(loss=0.005)
