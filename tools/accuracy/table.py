"""`make accuracy`: the table of `benchmarks/accuracy`, models × schemes on whole test splits.

    python -m nnopt.tools.accuracy                     measure all models, print the table
    python -m nnopt.tools.accuracy har_mlp --update    measure one, store its row
    python -m nnopt.tools.accuracy --update --missing  only what no stored row has: after a stop

Each model of `benchmarks/accuracy.toml` is quantized in every scheme, as it is and with rounding
and biases adapted to data, and so by onnxruntime; all are calibrated on the same 200 random samples
of the training split (of the test split where there is no other, as the table says).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...dialects.errors import NnoptError
from ...passes.quantize.schemes import SCHEMES
from ..pipeline import MIXED, Options, improvements
from ..zoo import resolve
from .datasets import Dataset, Split, read_dataset, read_samples
from .measure import host_outputs, mixed_accuracy, quantized_accuracy, top1
from .reference import classes, quantize_statically

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
ADAPTED = ("rounding", "bias")
SUFFIX = "+"
"""Marks a scheme with `--improve rounding,bias`."""

GIVEN = "_int8.onnx"
"""onnxruntime's static quantization of the model, made before."""
ALIKE = "int8 alike"
"""int8 by nnopt, calibrated on the samples of that model."""

COLUMNS = (
    "onnxruntime float",
    "onnxruntime int8",
    GIVEN,
    ALIKE,
    "float",
    *(name + end for name in SCHEMES for end in ("", SUFFIX)),
    MIXED,
)

Row = dict[str, float]


@dataclass(frozen=True)
class Case:
    """A model and the data that it is calibrated and tested on."""

    name: str
    model: Path
    data: Path
    prepare: str
    calibrate: Path | None

    def missing(self) -> Path | None:
        """A file that is needed and not there."""
        files = (self.model, self.data, *((self.calibrate,) if self.calibrate else ()))
        return next((f for f in files if not f.is_file()), None)

    def read(self) -> tuple[Dataset, Split]:
        """The data set, and the samples to calibrate on."""
        dataset = read_dataset(self.data, self.prepare)
        if self.calibrate is None:
            return dataset, dataset.calibration()
        return dataset, read_samples(self.calibrate)


def read_cases(file: Path) -> list[Case]:
    """Read the list of models. Raises NnoptError."""
    cases: list[Case] = []
    for name, table in tomllib.loads(file.read_text()).items():
        calibrate = table.get("calibrate")
        cases.append(
            Case(
                name,
                resolve(table["model"], file.parent),
                resolve(table["data"], file.parent),
                table["prepare"],
                resolve(calibrate, file.parent) if calibrate else None,
            )
        )
    return cases


class Measuring:
    """A model with its data, read when something is measured."""

    def __init__(self, case: Case):
        self.case = case
        self.dataset, self.calibration = case.read()
        self.test = self.dataset.test

    def known(self) -> Row:
        """What is known of the data."""
        on_test = self.dataset.training is None and self.case.calibrate is None
        return {"samples": len(self.test), "calibrated on test": float(on_test)}

    def accuracy(self, column: str) -> float | None:
        """The accuracy in one column, None where there is no such model. Raises NnoptError."""
        model, test = self.case.model, self.test
        if column == "onnxruntime float":
            return float((classes(model, test.samples) == test.labels).mean())
        if column == "onnxruntime int8":
            return _onnxruntime_int8(model, self.calibration, test)
        given = model.with_name(model.stem + GIVEN)
        if column in ("float", GIVEN):
            file = model if column == "float" else given
            options = Options(target="portable", place="first-fit")
            if not file.is_file():
                return None
            return top1(host_outputs(file, test.samples, options), test.labels)
        if column == ALIKE:
            samples = self.dataset.given_calibration()
            if samples is None or not given.is_file():
                return None
            options = Options(quantize="int8", calibrate="calibration.npz")
            return quantized_accuracy(model, test, samples, options)
        if column == MIXED:
            return mixed_accuracy(model, test, self.calibration)
        scheme = column.removesuffix(SUFFIX)
        options = Options(
            quantize=scheme,
            calibrate="calibration.npz",
            improve=improvements(scheme, ADAPTED if column.endswith(SUFFIX) else None),
        )
        return quantized_accuracy(model, test, self.calibration, options)


def measure(case: Case, columns: Sequence[str], keep: Callable[[Row], None]) -> Row:
    """The accuracy of a model in each column; `keep` sees the row grow. Raises NnoptError."""
    measuring = Measuring(case)
    row = measuring.known()
    for number, column in enumerate(columns, 1):
        start = time.perf_counter()
        found = measuring.accuracy(column)
        seconds = time.perf_counter() - start
        text = "no such model" if found is None else f"{found:.2%}"
        place = f"{case.name} {number}/{len(columns)}"
        print(f"{place} {column}: {text} ({seconds:.1f} s)", file=sys.stderr, flush=True)
        if found is not None:
            row[column] = found
        keep(row)
    return row


def _onnxruntime_int8(model: Path, calibration: Split, test: Split) -> float:
    with tempfile.TemporaryDirectory(prefix="nnopt-accuracy-") as folder:
        file = Path(folder) / "int8.onnx"
        quantize_statically(model, calibration.samples, file)
        return float((classes(file, test.samples) == test.labels).mean())


def to_json(rows: dict[str, Row]) -> str:
    """The text of `accuracy.json`."""
    return json.dumps({name: rows[name] for name in sorted(rows)}, indent=1) + "\n"


def to_markdown(rows: dict[str, Row]) -> str:
    """The text of `accuracy.md`."""
    lines = [
        "# Accuracy of the models, quantized after training",
        "",
        "Percent of the whole test split, measured with the C that the compiler makes, on the",
        "host; written by `make accuracy`. `accuracy.toml` lists models and data. Everything of a",
        "row is calibrated on the same 200 random training samples, by minimum and maximum; *",
        "marks data without a training split, calibrated on 200 samples of the test split. `ort`",
        "is onnxruntime: the float model, and what its static quantization makes of it (int8,",
        f"QDQ, weights per channel). `{GIVEN}` is such a model made before, as C, and `{ALIKE}`",
        "what nnopt makes of the same samples as that one.",
        f"`{SUFFIX}` is with `--improve {','.join(ADAPTED)}`, and `mixed` with the default budget:",
        "half a point of agreement with the float network on the calibration samples.",
        "",
    ]
    lines.extend([*_losses(rows), ""])
    lines.extend(["Where int8 is behind onnxruntime's, docs/quantization.md says why.", ""])
    names = [c.replace("onnxruntime", "ort") for c in COLUMNS]
    lines.append("| model | samples | " + " | ".join(names) + " |")
    lines.append("|---|" + "---:|" * (len(COLUMNS) + 1))
    for name, row in sorted(rows.items()):
        star = "*" if row["calibrated on test"] else ""
        cells = [f"{row[c]:.2%}".removesuffix("%") if c in row else "" for c in COLUMNS]
        lines.append(f"| {name}{star} | {row['samples']:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _losses(rows: dict[str, Row]) -> list[str]:
    """For each scheme the model that loses most against float; int8 against onnxruntime's, too."""
    pairs = [(scheme, "float") for scheme in SCHEMES]
    pairs += [("int8", "onnxruntime int8"), (ALIKE, GIVEN)]
    lines: list[str] = []
    for column, against in pairs:
        known = [
            (row[column] - row[against], n)
            for n, row in rows.items()
            if {column, against} <= row.keys()
        ]
        if known:
            least, name = min(known)
            lines.append(
                f"- {column} against {against}: {least * 100:+.2f} points at worst ({name})"
            )
    return lines


def read_stored() -> dict[str, Row]:
    """The committed rows by model; none if there are none yet."""
    file = FOLDER / "accuracy.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def write_stored(rows: dict[str, Row]) -> None:
    """Replace the committed rows, both files."""
    (FOLDER / "accuracy.json").write_text(to_json(rows))
    (FOLDER / "accuracy.md").write_text(to_markdown(rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="nnopt.tools.accuracy", description=__doc__)
    parser.add_argument("models", nargs="*", help="names of accuracy.toml; default: all")
    parser.add_argument("--columns", type=lambda t: t.split(","), default=list(COLUMNS))
    parser.add_argument("--update", action="store_true", help="store the rows")
    parser.add_argument("--missing", action="store_true", help="only what is not stored yet")
    args = parser.parse_args(argv)
    try:
        cases = read_cases(FOLDER / "accuracy.toml")
        known = {case.name: case for case in cases}
        for what, names, choices in (
            ("model", args.models, list(known)),
            ("column", args.columns, list(COLUMNS)),
        ):
            for name in names:
                if name not in choices:
                    raise NnoptError(f"there is no {what} {name}: choose of {', '.join(choices)}")
        measured: dict[str, Row] = {}
        for name in args.models or known:
            measure_case(known[name], args, measured)
    except NnoptError as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 1
    print(to_markdown(measured))
    return 0


def measure_case(case: Case, args: argparse.Namespace, measured: dict[str, Row]) -> None:
    """Measure what is asked for of one model, and store it cell by cell. Raises NnoptError."""
    if missing := case.missing():
        print(f"{case.name}: left out, there is no file {missing}", file=sys.stderr)
        return
    stored = read_stored().get(case.name, {})
    columns = [c for c in args.columns if not (args.missing and c in stored)]
    if not columns:
        return

    def keep(row: Row) -> None:
        if args.update:
            rows = read_stored()
            rows[case.name] = {**rows.get(case.name, {}), **row}
            write_stored(rows)

    measured[case.name] = measure(case, columns, keep)
