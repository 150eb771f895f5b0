"""Experiments: what is trained on what, read from TOML and checked before anything starts."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ...dialects.errors import NnoptError
from ...passes.quantize.observers import OBSERVERS
from ...passes.quantize.schemes import SCHEMES
from ..run.boards import BOARDS

KINDS = ("resnet6", "cnn", "mlp")
SOURCES = ("digits", "npz", "har", "fsdd", "fsddlm", "gtsrb", "cifar")
TARGETS = {
    "host": "portable",
    "mps2-an386": "cortex-m4",
    "mps2-an500": "cortex-m7",
    "mps3-an547": "cortex-m55",
    "microbit": "cortex-m0plus",
    "riscv32": "rv32imc",
}
"""What each board's processor is called as a target of the compiler."""


@dataclass(frozen=True)
class DataChoice:
    """Where samples come from."""

    source: str = "digits"
    """digits (scikit-learn's), npz (named arrays), or the preparation of a known file."""
    file: str = ""
    """The .npz, relative to the experiment; `shared:` at the front stands for NNOPT_SHARED."""
    train: tuple[str, ...] = ("x_train", "y_train")
    """Arrays of an npz: samples (N, channels, ...) and classes (N,)."""
    test: tuple[str, ...] = ("x_test", "y_test")
    test_share: float = 0.3
    """Of digits: the share that is only tested on."""
    calibration: int = 200
    """How many random training samples post-training quantization sees."""

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        _one_of("data.source", self.source, SOURCES)
        if (self.source == "digits") == bool(self.file):
            raise NnoptError(
                f"data.source '{self.source}' "
                + ("takes no file" if self.file else "needs data.file, an .npz")
            )
        if len(self.train) != 2 or len(self.test) != 2:
            raise NnoptError("data.train and data.test are two names each: samples and classes")
        _positive("data.calibration", self.calibration)
        if not 0.0 < self.test_share < 1.0:
            raise NnoptError("data.test-share must lie between 0 and 1")


@dataclass(frozen=True)
class NetworkChoice:
    """Which network, and how large."""

    kind: str = "resnet6"
    filters: int = 16
    """Of resnet6 and cnn."""
    hidden: tuple[int, ...] = (64, 32)
    """Of mlp."""

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        _one_of("network.kind", self.kind, KINDS)
        _positive("network.filters", self.filters)
        for features in self.hidden:
            _positive("network.hidden", features)


@dataclass(frozen=True)
class Training:
    """How weights are fitted: Adam with a cosine schedule."""

    epochs: int = 60
    batch: int = 32
    rate: float = 0.003
    decay: float = 1e-4
    smoothing: float = 0.05
    """Of labels: the probability that is spread over all classes."""
    shift: int = 0
    """Samples are moved at random by up to so many positions, zeros moving in."""

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        _check_fit("train", self.epochs, self.batch, self.rate)
        if self.shift < 0 or self.decay < 0 or not 0 <= self.smoothing < 1:
            raise NnoptError("train.shift, decay and smoothing must not be negative")


@dataclass(frozen=True)
class FineTuning:
    """Quantization-aware training, from the weights of the float network."""

    schemes: tuple[str, ...] = ("int8", "q7")
    epochs: int = 20
    rate: float = 5e-4
    distill: float = 0.5
    """The weight of the float network's own outputs as targets, beside the classes."""

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        _check_fit("qat", self.epochs, 1, self.rate)
        _check_schemes("qat.schemes", self.schemes)
        if not 0 <= self.distill <= 1:
            raise NnoptError("qat.distill must lie between 0 and 1")


@dataclass(frozen=True)
class Experiment:
    """All of an experiment."""

    name: str
    folder: Path
    """Where the file is: others are named relative to it."""
    seed: int = 1
    threads: int = 1
    """Of the training; another number may give other weights."""
    board: str = "mps2-an386"
    board_samples: int = 16
    """Inferences on the board; the whole test split runs on the host, with the same integers."""
    schemes: tuple[str, ...] = ("int8", "int16x8", "q7", "q15")
    """Of quantization after training."""
    observer: str = "min-max"
    data: DataChoice = field(default_factory=DataChoice)
    network: NetworkChoice = field(default_factory=NetworkChoice)
    train: Training = field(default_factory=Training)
    qat: FineTuning = field(default_factory=FineTuning)

    def check(self) -> None:
        """Raise NnoptError for what makes no sense."""
        _one_of("board", self.board, tuple(BOARDS))
        _one_of("observer", self.observer, tuple(OBSERVERS))
        _check_schemes("schemes", self.schemes)
        _positive("threads", self.threads)
        _positive("board-samples", self.board_samples)
        if not 0 <= self.seed < 2**32:
            raise NnoptError("seed must be a number from 0 to 4294967295")
        for part in (self.data, self.network, self.train, self.qat):
            part.check()

    def with_epochs(self, epochs: int) -> Experiment:
        """The same with other numbers of epochs, for a first try."""
        return dataclasses.replace(
            self,
            train=dataclasses.replace(self.train, epochs=epochs),
            qat=dataclasses.replace(self.qat, epochs=epochs),
        )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise NnoptError(f"{name} '{value}' is not known: choose one of {', '.join(known)}")


def _positive(name: str, value: float) -> None:
    if value <= 0:
        raise NnoptError(f"{name} must be positive, not {value}")


def _check_fit(where: str, epochs: int, batch: int, rate: float) -> None:
    for key, value in (("epochs", epochs), ("batch", batch), ("rate", rate)):
        _positive(f"{where}.{key}", value)


def _check_schemes(name: str, schemes: tuple[str, ...]) -> None:
    for scheme in schemes:
        _one_of(name, scheme, tuple(SCHEMES))
    if len(set(schemes)) != len(schemes):
        raise NnoptError(f"{name} names a scheme twice")


_PARTS: dict[str, Any] = {
    "data": DataChoice,
    "network": NetworkChoice,
    "train": Training,
    "qat": FineTuning,
}


def _fits(value: object, example: object) -> bool:
    """Whether a TOML value has the type of a default."""
    if isinstance(example, tuple):
        wanted = int if example and isinstance(example[0], int) else str
        return isinstance(value, list) and all(
            isinstance(item, wanted) and not isinstance(item, bool)
            for item in value  # pyright: ignore[reportUnknownVariableType]
        )
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float if isinstance(example, float) else type(example))


def _values(defaults: object, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The entries of a TOML table as fields of a dataclass. Raises NnoptError."""
    known = {
        f.name.replace("_", "-"): getattr(defaults, f.name)
        for f in dataclasses.fields(defaults)  # pyright: ignore[reportArgumentType]
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise NnoptError(f"{where}{key} is not known: choose among {', '.join(known)}")
        if not _fits(value, known[key]):
            raise NnoptError(f"{where}{key} cannot be {value!r}: an example is {known[key]!r}")
        items = cast("list[Any]", value)
        values[key.replace("-", "_")] = tuple(items) if isinstance(value, list) else value
    return values


def _part(key: str, table: object) -> Any:
    if not isinstance(table, dict):
        raise NnoptError(f"{key} must be a table: [{key}]")
    make = _PARTS[key]
    return make(**_values(make(), cast("dict[str, Any]", table), f"{key}."))


def parse_experiment(text: str, name: str, folder: Path) -> Experiment:
    """Read an experiment. Raises NnoptError, naming the entry that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NnoptError(f"no TOML: {error}") from None
    parts = {key: _part(key, table.pop(key, {})) for key in _PARTS}
    for key in ("folder", *_PARTS):
        if key in table:
            raise NnoptError(f"{key} is not known")
    start = Experiment(name, folder)
    result = dataclasses.replace(start, **_values(start, table, ""), **parts)
    if not result.name.replace("-", "").replace("_", "").isalnum():
        raise NnoptError(f"name '{result.name}' may have letters, digits, - and _ only")
    result.check()
    return result


def read_experiment(file: Path) -> Experiment:
    """Read an experiment's file. Raises NnoptError, naming the file and the entry."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise NnoptError(f"cannot read {file}: {reason}") from None
    try:
        return parse_experiment(text, file.stem, file.resolve().parent)
    except NnoptError as error:
        raise NnoptError(f"{file}: {error}") from None
