"""One point of an exploration: compiled, run on the board and, with all samples, on the host."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from ..accuracy.measure import FLAGS, top1
from ..compile import compile_model
from ..package import sha256
from ..run import load_npz, run_package
from .knobs import Choices, parse
from .setting import Setting

Array = NDArray[Any]


@dataclass(frozen=True)
class Figures:
    """What a point reaches."""

    accuracy: float
    """Of the samples that the search does not see."""
    search_accuracy: float
    """Of those that it does."""
    instructions: int
    cycles: int | None
    """Of one inference on the board; None where it estimates none."""
    ram: int
    """Bytes of arena, state and peak stack."""
    flash: int
    """Bytes of code and weights, libraries included."""

    @property
    def time(self) -> int:
        """Cycles, or instructions where there are none."""
        return self.instructions if self.cycles is None else self.cycles

    @property
    def objectives(self) -> tuple[float, int, int, int]:
        """What the search makes better: the first larger, the others smaller."""
        return self.search_accuracy, self.time, self.ram, self.flash


@dataclass(frozen=True)
class Outcome:
    """What became of a point: figures, or why there are none."""

    choices: Choices
    figures: Figures | None
    error: str = ""
    final: bool = True
    """Whether it would end the same way again; if not, it is not kept."""

    def to_json(self) -> dict[str, Any]:
        """For the journal."""
        figures = None if self.figures is None else asdict(self.figures)
        return {"choices": dict(self.choices), "figures": figures, "error": self.error}

    @classmethod
    def of_json(cls, entry: Mapping[str, Any]) -> Outcome:
        """What `to_json` made. Raises KeyError or TypeError for anything else."""
        figures = entry["figures"]
        return cls(
            dict(entry["choices"]), None if figures is None else Figures(**figures), entry["error"]
        )


@dataclass(frozen=True)
class Samples:
    """Samples with their classes, and which of them the search sees."""

    arrays: Mapping[str, Array]
    labels: Array
    seen: Array
    unseen: Array


@lru_cache(maxsize=1)
def samples_of(file: Path, labels: str, share: float) -> Samples:
    """Read samples and split them, in the same way each time. Raises NnoptError."""
    arrays = load_npz(file)
    if labels not in arrays:
        raise NnoptError(
            f"{file} has no labels: no array '{labels}' among {', '.join(sorted(arrays))}; "
            'give their name, as in labels = "y"'
        )
    classes = np.asarray(arrays.pop(labels)).reshape(-1)
    if classes.dtype.kind not in "iu":
        raise NnoptError(f"{file}: labels are numbers of classes, not {classes.dtype}")
    inputs = {name: array for name, array in arrays.items() if not name.startswith("out_")}
    lengths = {len(array) for array in inputs.values() if array.ndim}
    if lengths != {len(classes)}:
        found = ", ".join(map(str, sorted(lengths)))
        raise NnoptError(f"{file}: {len(classes)} labels for {found or 'no'} samples")
    order = np.random.default_rng(0).permutation(len(classes))
    first = round(share * len(classes))
    if not 0 < first < len(classes):
        raise NnoptError(f"{file}: {len(classes)} samples are too few to be split")
    return Samples(inputs, classes, np.sort(order[:first]), np.sort(order[first:]))


def check_apart(setting: Setting) -> None:
    """Raise NnoptError if the samples of accuracy are those of calibration."""
    evaluate, calibrate = setting.path("evaluate"), setting.path("calibrate")
    same = evaluate.resolve() == calibrate.resolve()
    if same or (calibrate.is_file() and evaluate.read_bytes() == calibrate.read_bytes()):
        raise NnoptError("evaluate and calibrate are the same samples: accuracy needs others")


def problem_of(setting: Setting) -> dict[str, Any]:
    """What figures depend on beside the choices: files by their hash, so that folders do not."""
    return {
        **{name: _hash_of(setting.path(name)) for name in ("model", "calibrate", "evaluate")},
        "labels": setting.labels,
        "target": setting.target,
        "board": setting.chosen_board,
        "options": setting.options,
        "search-share": setting.search_share,
        "board-samples": setting.board_samples,
    }


def _hash_of(path: Path) -> str:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return sha256("".join(sha256(file.read_bytes()) for file in files).encode())
    return sha256(path.read_bytes())


def measure(setting: Setting, choices: Choices) -> Outcome:
    """Measure a point; what goes wrong is in the outcome."""
    try:
        return Outcome(choices, _figures(setting, choices))
    except NnoptError as error:
        return Outcome(choices, None, str(error))
    except Exception as error:  # one point must not end a search
        return Outcome(choices, None, f"{type(error).__name__}: {error}", final=False)


def _figures(setting: Setting, choices: Choices) -> Figures:
    samples = samples_of(setting.path("evaluate"), setting.labels, setting.search_share)
    with tempfile.TemporaryDirectory(prefix="nnopt-explore-") as folder:
        package = Path(folder) / "out"
        options = parse(setting.command(choices, str(package)))
        compile_model(setting.path("model"), package, options, tell_batch=lambda _: None)
        everything = run_package(package, samples.arrays, "host", cflags=FLAGS, timeout=None)
        few = samples.seen[: setting.board_samples]
        chosen = {name: array[few] for name, array in samples.arrays.items()}
        result = run_package(package, chosen, setting.chosen_board)
    output = next(iter(everything.outputs.values())).reshape(len(samples.labels), -1)
    on_board = next(iter(result.outputs.values())).reshape(len(few), -1)
    if not np.allclose(on_board, output[few], rtol=1e-3, atol=1e-3 * float(np.ptp(output))):
        raise NnoptError(f"{setting.chosen_board} gives other outputs than the host")
    if result.instructions is None:
        raise NnoptError(f"{setting.chosen_board} counts no instructions")
    return Figures(
        top1(output[samples.unseen], samples.labels[samples.unseen]),
        top1(output[samples.seen], samples.labels[samples.seen]),
        result.instructions,
        result.cycles_estimate,
        result.ram.total,
        result.flash.total,
    )
