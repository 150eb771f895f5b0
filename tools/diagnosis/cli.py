"""`nnopt quantize-report`: the command line.

nnopt quantize-report model.onnx --calibrate x.npz --labels y.npz
nnopt quantize-report model.onnx --calibrate x.npz --quantize q7 --json --picture layers.svg
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from xdsl.utils.exceptions import PassFailedException

from ...dialects.errors import NnoptError
from ...lowering.onnx_frontend import import_model
from ...passes.graph import GRAPH_PIPELINE
from ...passes.quantize.choose_schemes import study_of
from ...passes.quantize.schemes import SCHEMES
from ..pipeline import IMPROVE, Options, improvements, preparation, run_passes
from .advice import findings, verdict
from .measure import LayerReport, QuantizationReport, diagnose
from .picture import to_svg

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]


def report_on(model: Path, options: Options, labels: Path | None, limit: int) -> QuantizationReport:
    """Diagnose a model with the options of a compilation. Raises NnoptError."""
    if options.calibrate is None or options.quantize not in SCHEMES:
        raise NnoptError("a report needs --calibrate and one of the schemes as --quantize")
    module = import_model(model)
    try:
        run_passes(module, [*GRAPH_PIPELINE, *preparation(options)])
        study = study_of(module, options.calibrate, labels, limit)
        return diagnose(study, options.quantize)
    except PassFailedException as error:
        raise NnoptError(f"{model.name}: {error}") from error


def add_parser(subparsers: Subparsers) -> None:
    """Add the command `quantize-report`."""
    parser = subparsers.add_parser(
        "quantize-report", help="which layers lose accuracy when quantized, why, what helps"
    )
    parser.set_defaults(main=main)
    parser.add_argument("model", type=Path, help="the network in real numbers: a .onnx file")
    parser.add_argument("--calibrate", required=True, metavar="DATA", help="as for compile")
    parser.add_argument(
        "--labels", type=Path, metavar="Y", help="classes of these samples: .npy, or .npz (label)"
    )
    parser.add_argument(
        "--quantize", default="int8", metavar="HOW", help=f"one of {', '.join(SCHEMES)}"
    )
    parser.add_argument("--observer", default="min-max", metavar="HOW", help="as for compile")
    parser.add_argument(
        "--improve",
        type=lambda text: tuple(text.split(",")),
        metavar="A,B",
        help=f"any of {', '.join(IMPROVE)}, or none; as for compile",
    )
    parser.add_argument("--limit", type=int, default=128, metavar="N", help="samples, 128")
    parser.add_argument("--json", action="store_true", help="print one JSON object, no tables")
    parser.add_argument("--picture", type=Path, metavar="X.SVG", help="draw the layers")


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    options = Options(
        quantize=args.quantize,
        calibrate=args.calibrate,
        observer=args.observer,
        improve=improvements(args.quantize, args.improve),
    )
    report = report_on(args.model, options, args.labels, args.limit)
    if args.picture is not None:
        try:
            args.picture.write_text(to_svg(report), encoding="utf-8")
        except OSError as error:
            raise NnoptError(f"cannot write {args.picture}: {error.strerror}") from error
    if args.json:
        print(json.dumps(to_json(report), indent=1))
        return 0
    console = Console()
    console.print(table(report))
    console.print(verdict(report), highlight=False, soft_wrap=True)
    for finding in findings(report):
        text = f"{finding.layer}: {finding.cause}. Try {finding.option}."
        console.print(text, highlight=False, markup=False, soft_wrap=True)
    return 0


def to_json(report: QuantizationReport) -> dict[str, Any]:
    """The report as JSON has it: no infinities, null in their place."""
    content = dataclasses.asdict(report)
    for layer in content["layers"]:
        for key, value in layer.items():
            if isinstance(value, float) and not math.isfinite(value):
                layer[key] = None
    if not math.isfinite(content["output_sqnr"]):
        content["output_sqnr"] = None
    found = [dataclasses.asdict(finding) for finding in findings(report)]
    return {**content, "findings": found, "verdict": verdict(report)}


def table(report: QuantizationReport) -> Table:
    """The layers as a table for people."""
    what = "accuracy" if report.labelled else "agreement"
    view = Table("layer", title=f"{report.scheme}, layer by layer", title_justify="left")
    columns = ("range", "cut off", "SQNR", "weights", "alone: output", f"{what} lost")
    for name in columns:
        view.add_column(name, justify="right")
    for layer in report.layers:
        view.add_row(layer.name, *_cells(layer))
    return view


def _cells(layer: LayerReport) -> tuple[str, ...]:
    return (
        f"{layer.low:.3g} … {layer.high:.3g}",
        f"{layer.saturated:.3%}",
        f"{layer.sqnr:.1f} dB",
        "" if layer.weight_sqnr is None else f"{layer.weight_sqnr:.1f} dB",
        f"{layer.alone_sqnr:.1f} dB",
        f"{100 * layer.alone_loss:.2f}",
    )
