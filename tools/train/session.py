"""One experiment from data to table, in a folder that appears when everything is done."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...dialects.errors import NnoptError
from ...passes.quantize.schemes import SCHEMES
from ..accuracy.datasets import Dataset, Split
from ..pipeline import Options
from ..run.io import save_npz
from .data import count_classes, read_splits
from .experiment import TARGETS, Experiment
from .export import write_model
from .fit import Schedule, fit
from .forward import (
    Parameters,
    Weights,
    as_tensors,
    fold,
    initial_parameters,
    learnt,
    run_folded,
    run_normalized,
)
from .framework import prepare
from .measure import Bench, Row, check_tools
from .network import INPUT, Network
from .networks import build_network
from .progress import Steps
from .quantizers import Quantizers, observe_ranges
from .table import Results, to_markdown

RESULTS = "results.json"
"""Marks a folder that an experiment wrote."""

AFTER, DURING = "after training", "during training"


def check_destination(out: Path) -> None:
    """Refuse to replace what no experiment wrote. Raises NnoptError."""
    if out.exists() and not out.is_dir():
        raise NnoptError(f"{out} is a file: give the name of a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / RESULTS).is_file():
        raise NnoptError(f"{out} holds files that no experiment wrote: choose another folder")


def run_experiment(experiment: Experiment, out: Path) -> Results:
    """Train, quantize, compile and measure; leave everything in `out`. Raises NnoptError.

    Nothing is left behind where it fails or is interrupted.
    """
    check_destination(out)
    torch = prepare(experiment.seed, experiment.threads)
    check_tools(experiment.board)
    training, test = read_splits(experiment)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as name:
            fresh = Path(name) / "new"
            fresh.mkdir()
            with Steps() as steps:
                session = Session(experiment, training, test, fresh, steps)
                results = session.run(torch.__version__)
            (fresh / RESULTS).write_text(results.to_json(), "utf-8")
            (fresh / "results.md").write_text(to_markdown(results), "utf-8")
            if out.exists():
                shutil.move(out, Path(name) / "old")
            fresh.rename(out)
    except OSError as error:
        raise NnoptError(f"cannot write to {out}: {error.strerror}") from None
    return results


@dataclass
class Session:
    """The steps of an experiment, which share its data and its folder."""

    experiment: Experiment
    training: Split
    test: Split
    folder: Path
    steps: Steps

    def run(self, torch_version: str) -> Results:
        """Do everything, return what came out."""
        experiment = self.experiment
        shape = self.training.samples.shape[2:]
        if self.test.samples.shape[2:] != shape:
            raise NnoptError(
                f"training samples have shape {shape}, test samples {self.test.samples.shape[2:]}"
            )
        classes = count_classes(self.training, self.test)
        network = build_network(experiment.network, shape, classes)
        weights = self.train(network)
        rows = [*self.after_training(network, weights), *self.during_training(network, weights)]
        return Results(
            experiment.name,
            experiment.network.kind,
            sum(array.size for array in weights.values()),
            len(self.training),
            len(self.test),
            experiment.board,
            experiment.seed,
            experiment.train.epochs,
            experiment.qat.epochs,
            {"nnopt": version("nnopt"), "torch": torch_version, "numpy": version("numpy")},
            _sorted(rows),
        )

    def train(self, network: Network) -> Weights:
        """The weights of the float network, normalization folded in."""
        choice = self.experiment.train
        parameters = initial_parameters(network, self.experiment.seed)
        schedule = Schedule(
            choice.epochs,
            choice.batch,
            choice.rate,
            choice.decay,
            choice.smoothing,
            choice.shift,
            self.experiment.seed,
        )
        fit(
            learnt(parameters),
            lambda x: run_normalized(network, parameters, x, training=True),
            self.training,
            schedule,
            self.steps.epochs("training in float", choice.epochs),
        )
        return fold(network, parameters)

    def calibration(self) -> Split:
        """The training samples that ranges are taken from."""
        dataset = Dataset(self.test, self.training)
        return dataset.calibration(self.experiment.data.calibration, self.experiment.seed)

    def bench(self) -> Bench:
        """What models are measured with."""
        experiment = self.experiment
        return Bench(self.test, experiment.board, experiment.board_samples, self.folder)

    def after_training(self, network: Network, weights: Weights) -> list[Row]:
        """The float network, and what every scheme makes of it."""
        model, data = self.folder / "float.onnx", self.folder / "calibration.npz"
        write_model(model, network, weights)
        save_npz(data, {INPUT: self.calibration().samples})
        rows = [self.measure("float", "-", model, "float")]
        for scheme in self.experiment.schemes:
            options: dict[str, Any] = {
                "quantize": scheme,
                "calibrate": str(data),
                "observer": self.experiment.observer,
            }
            rows.append(self.measure(scheme, AFTER, model, f"{scheme}_after", **options))
        return rows

    def during_training(self, network: Network, weights: Weights) -> list[Row]:
        """The network, fine-tuned for every scheme that wants it."""
        return [
            self.measure(
                scheme,
                DURING,
                self.fine_tune(network, weights, scheme),
                f"{scheme}_during",
                quantize=scheme if SCHEMES[scheme].steps == "powers-of-two" else "float",
            )
            for scheme in self.experiment.qat.schemes
        ]

    def fine_tune(self, network: Network, weights: Weights, scheme: str) -> Path:
        """The model after quantization-aware training, its quantizers in it."""
        choice, seed = self.experiment.qat, self.experiment.seed
        samples = self.calibration().samples[:, 0]
        bits = SCHEMES[scheme].bits
        ranges = observe_ranges(network, weights, samples, self.experiment.observer, bits)
        quantizers = Quantizers.of(network, scheme, ranges)
        parameters, teacher = as_tensors(weights), as_tensors(weights)
        train = self.experiment.train
        schedule = Schedule(
            choice.epochs, train.batch, choice.rate, 0.0, train.smoothing, train.shift, seed
        )
        fit(
            learnt(parameters),
            lambda x: quantizers.forward(parameters, x),
            self.training,
            schedule,
            self.steps.epochs(f"training in {scheme}", choice.epochs),
            lambda x: run_folded(network, teacher, x, lambda _, value: value),
            choice.distill,
        )
        model = self.folder / f"{scheme}.onnx"
        write_model(model, network, _arrays(parameters), quantizers)
        return model

    def measure(self, scheme: str, quantized: str, model: Path, name: str, **options: Any) -> Row:
        """Compile and run one model, saying so."""
        choices = Options(target=TARGETS[self.experiment.board], **options)
        row = self.bench().measure(scheme, quantized, model, name, choices)
        self.steps.say(f"{name}: {row.accuracy:.2%} of the test split, {row.ram:,} bytes of RAM")
        return row


def _arrays(parameters: Parameters) -> Weights:
    return {name: tensor.detach().numpy() for name, tensor in parameters.items()}


def _sorted(rows: list[Row]) -> tuple[Row, ...]:
    """Float first, then scheme by scheme, after training before during."""
    order = {name: index for index, name in enumerate(("float", *SCHEMES))}
    return tuple(sorted(rows, key=lambda row: (order[row.scheme], row.quantized)))
