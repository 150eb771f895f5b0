"""`make accuracy`: the table of `benchmarks/accuracy`, models × schemes on whole test splits.

    python -m nnopt.tools.accuracy                     measure all models, print the table
    python -m nnopt.tools.accuracy har_mlp --update    measure one, store its row

Each model of `benchmarks/accuracy.toml` is quantized in every scheme, as it is and with rounding
and biases adapted to data, and so by onnxruntime; all are calibrated on the same 200 random samples
of the training split (of the test split where there is no other, as the table says).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...dialects.errors import NnoptError
from ...passes.quantize.schemes import SCHEMES
from ..pipeline import Options
from .datasets import Dataset, Split, read_dataset, read_samples
from .measure import host_outputs, quantized_accuracy, top1
from .reference import classes, quantize_statically

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
ADAPTED = ("rounding", "bias")
SUFFIX = "+"
"""Marks a scheme with `--improve rounding,bias`."""

COLUMNS = (
    "onnxruntime float",
    "onnxruntime int8",
    "float",
    *(name + end for name in SCHEMES for end in ("", SUFFIX)),
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
    shared = Path(os.environ.get("NNOPT_SHARED", FOLDER.parents[1] / "shared"))

    def resolve(text: str) -> Path:
        if text.startswith("shared:"):
            return shared / text.removeprefix("shared:")
        return (file.parent / text).resolve()

    cases: list[Case] = []
    for name, table in tomllib.loads(file.read_text()).items():
        calibrate = table.get("calibrate")
        cases.append(
            Case(
                name,
                resolve(table["model"]),
                resolve(table["data"]),
                table["prepare"],
                resolve(calibrate) if calibrate else None,
            )
        )
    return cases


def measure(case: Case, columns: Sequence[str] = COLUMNS) -> Row:
    """The accuracy of a model in each column. Raises NnoptError."""
    dataset, calibration = case.read()
    test, row = dataset.test, Row(samples=len(dataset.test))
    row["calibrated on test"] = float(dataset.training is None and case.calibrate is None)
    for column in columns:
        if column == "onnxruntime float":
            row[column] = float((classes(case.model, test.samples) == test.labels).mean())
        elif column == "onnxruntime int8":
            row[column] = _onnxruntime_int8(case.model, calibration, test)
        elif column == "float":
            options = Options(target="portable", place="first-fit")
            row[column] = top1(host_outputs(case.model, test.samples, options), test.labels)
        else:
            options = Options(
                quantize=column.removesuffix(SUFFIX),
                calibrate="calibration.npz",
                improve=ADAPTED if column.endswith(SUFFIX) else (),
            )
            row[column] = quantized_accuracy(case.model, test, calibration, options)
        print(f"  {column}: {row[column]:.2%}", file=sys.stderr, flush=True)
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
        "QDQ, weights per channel).",
        f"`{SUFFIX}` is with `--improve {','.join(ADAPTED)}`.",
        "",
    ]
    names = [c.replace("onnxruntime", "ort") for c in COLUMNS]
    lines.append("| model | samples | " + " | ".join(names) + " |")
    lines.append("|---|" + "---:|" * (len(COLUMNS) + 1))
    for name, row in sorted(rows.items()):
        star = "*" if row["calibrated on test"] else ""
        cells = [f"{row[c]:.2%}".removesuffix("%") if c in row else "" for c in COLUMNS]
        lines.append(f"| {name}{star} | {row['samples']:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


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
    args = parser.parse_args(argv)
    try:
        cases = read_cases(FOLDER / "accuracy.toml")
        known = {case.name: case for case in cases}
        for name in args.models:
            if name not in known:
                raise NnoptError(f"there is no model {name}: choose of {', '.join(known)}")
        measured: dict[str, Row] = {}
        for name in args.models or known:
            case = known[name]
            if missing := case.missing():
                print(f"{name}: left out, there is no file {missing}", file=sys.stderr)
                continue
            print(name, file=sys.stderr, flush=True)
            measured[name] = measure(case, args.columns)
            if args.update:
                stored = read_stored()
                stored[name] = {**stored.get(name, {}), **measured[name]}
                write_stored(stored)
    except NnoptError as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 1
    print(to_markdown(measured))
    return 0
