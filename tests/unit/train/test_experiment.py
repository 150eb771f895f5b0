"""Experiments in TOML: what is shipped can be read, and what is wrong is named."""

import sys
from pathlib import Path

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools import nnopt
from nnopt.tools.pipeline import TARGETS as COMPILER_TARGETS
from nnopt.tools.run import BOARDS
from nnopt.tools.train.experiment import KINDS, TARGETS, parse_experiment, read_experiment
from nnopt.tools.train.networks import NETWORKS

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SHIPPED = [f for f in sorted(EXAMPLES.glob("*.toml")) if not f.stem.startswith("explore_")]


def test_some_experiments_are_shipped() -> None:
    assert {"digits", "fsdd", "gtsrb", "har"} <= {file.stem for file in SHIPPED}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_experiment_is_valid(file: Path) -> None:
    experiment = read_experiment(file)
    assert experiment.name == file.stem
    assert {"int8", "q7"} <= set(experiment.qat.schemes)


def test_everything_has_a_default() -> None:
    experiment = parse_experiment("", "nothing", EXAMPLES)
    assert experiment.network.kind == "resnet6"
    assert experiment.with_epochs(3).qat.epochs == experiment.with_epochs(3).train.epochs == 3


def test_values_arrive() -> None:
    text = 'board-samples = 4\n[network]\nkind = "mlp"\nhidden = [7, 5]\n[qat]\nrate = 1\n'
    experiment = parse_experiment(text, "x", EXAMPLES)
    assert experiment.board_samples == 4
    assert experiment.network.hidden == (7, 5)
    assert experiment.qat.rate == 1


def test_names_of_networks_boards_and_targets_are_those_there_are() -> None:
    assert set(KINDS) == NETWORKS.keys()
    assert TARGETS.keys() == BOARDS.keys()
    assert set(TARGETS.values()) <= COMPILER_TARGETS.keys()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "no TOML"),
        ("epochs = 3", "epochs is not known: choose among name"),
        ('folder = "x"', "folder is not known"),
        ("data = 3", "data must be a table"),
        ("[train]\nepoch = 3", "train.epoch is not known: choose among epochs"),
        ('[train]\nepochs = "3"', "train.epochs cannot be '3': an example is 60"),
        ("[train]\nepochs = true", "train.epochs cannot be True"),
        ("[train]\nepochs = 0", "train.epochs must be positive"),
        ("[train]\nrate = -1", "train.rate must be positive"),
        ("[train]\nshift = -1", "must not be negative"),
        ('[network]\nkind = "vgg"', "network.kind 'vgg' is not known: choose one of resnet6"),
        ("[network]\nfilters = 0", "network.filters must be positive"),
        ("[network]\nhidden = [2.5]", "network.hidden cannot be [2.5]"),
        ('[data]\nsource = "mnist"', "data.source 'mnist' is not known"),
        ('[data]\nsource = "npz"', "'npz' needs data.file"),
        ('[data]\nfile = "x.npz"', "'digits' takes no file"),
        ('[data]\nsource = "npz"\nfile = "x"\ntrain = ["x"]', "two names each"),
        ("[data]\ntest-share = 1.0", "between 0 and 1"),
        ('schemes = ["int4"]', "schemes 'int4' is not known"),
        ('[qat]\nschemes = ["q7", "q7"]', "qat.schemes names a scheme twice"),
        ("[qat]\ndistill = 2", "qat.distill must lie"),
        ('board = "uno"', "board 'uno' is not known: choose one of host"),
        ('observer = "max"', "observer 'max' is not known"),
        ("seed = -1", "seed must be"),
        ('name = "../x"', "may have letters"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(NnoptError, match=r"wrong\.toml: ") as caught:
        read_experiment(file)
    assert words in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nnopt.main(["train", str(tmp_path / "no.toml")]) == 1
    assert "no.toml: No such file" in capsys.readouterr().err


def test_options_are_checked_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert nnopt.main(["train", str(EXAMPLES / "digits.toml"), "--epochs", "0"]) == 1
    assert "train.epochs must be positive, not 0" in capsys.readouterr().err


def test_without_pytorch_it_is_said_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    out = tmp_path / "out"
    assert nnopt.main(["train", str(EXAMPLES / "digits.toml"), "-o", str(out)]) == 1
    message = capsys.readouterr().err
    assert "pip install 'nnopt[train]'" in message and message.count("\n") == 1
    assert not list(tmp_path.iterdir())
