"""`nnopt check`: everything that is wrong with a model, at once.

    nnopt check model.onnx [--bind N=1] [--json]

Nothing is written. The exit code is 1 if the model cannot be compiled, 0 if it can (there may be
warnings). Beside what the importer refuses, numbers are looked at, and a model that can be imported
is taken through all phases of the compiler.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialects.errors import NnoptError
from ..lowering.onnx_frontend import Importer, ImportOptions, ModelProblems, read_graph
from ..lowering.onnx_frontend.complaints import Collected
from ..lowering.onnx_frontend.model import Finding, Graph
from ..lowering.onnx_frontend.numbers import suspicious_numbers
from ..lowering.tflite_frontend import is_tflite
from .compile import compile_module
from .model_options import add_model_options, parse_bindings, tell
from .pipeline import Options

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]


def _import_findings(graph: Graph) -> list[Finding]:
    """What the importer has to say, each node once."""
    try:
        Importer(graph, ImportOptions()).run()
    except ModelProblems as error:
        return list(error.findings) or [Finding.of(NnoptError(p), "node") for p in error.problems]
    return []


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Without what is said twice of a node: the first word counts; warnings stand after errors."""
    kept: dict[object, Finding] = {}
    for finding in findings:
        is_node = finding.kind in ("node", "operator") and finding.subject
        kept.setdefault(finding.subject if is_node else finding, finding)
    return sorted(kept.values(), key=lambda finding: finding.severity == "warning")


def _compile_findings(model: Path, bind: tuple[str, ...], state: tuple[str, ...]) -> list[Finding]:
    """Why a model does not pass the compiler, if it does not."""
    try:
        options = Options(place="first-fit", bind=bind, state=state)
        compile_module(model, options, tell_batch=lambda _: None)
    except NnoptError as error:
        return [Finding("compile", "", "", str(error).removeprefix(f"{model.name}: "))]
    return []


def check_model(
    model: Path,
    bind: tuple[str, ...] = (),
    tell_batch: Callable[[str], None] = tell,
    state: tuple[str, ...] = (),
) -> list[Finding]:
    """Everything that is wrong with a model, errors first.

    Raises NnoptError for a binding that cannot be read.
    """
    bindings = parse_bindings(bind)
    complaints = Collected()
    findings = complaints.findings
    if is_tflite(model):
        return _compile_findings(model, bind, state)
    try:
        graph = read_graph(model, bindings, tell_batch=tell_batch, complaints=complaints)
    except NnoptError as error:
        findings.append(Finding.of(error))
        return _unique(findings)
    findings += _import_findings(graph)
    findings += suspicious_numbers(graph)
    if not any(finding.severity == "error" for finding in findings):
        findings += _compile_findings(model, bind, state)
    return _unique(findings)


def _summary(findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    words = [
        f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}"
        for kind in ("error", "warning")
        if counts[kind]
    ]
    return " and ".join(words) or "nothing is wrong with it"


def _place(finding: Finding) -> str:
    if finding.op:
        return f"node '{finding.subject}' ({finding.op})"
    return finding.kind


def _print_table(model: Path, findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "where", "what is wrong", "what to do", show_lines=True)
    for finding in findings:
        style = "red" if finding.severity == "error" else "yellow"
        cells = (_place(finding), finding.reason, finding.advice)
        table.add_row(Text(finding.severity, style), *(Text(cell) for cell in cells))
    if findings:
        Console().print(table)
    Console(highlight=False, markup=False).print(f"{model}: {_summary(findings)}")


def _print_lines(model: Path, findings: list[Finding]) -> None:
    """One line for each: for pipes and logs."""
    for finding in findings:
        place = f"{_place(finding)}: " if finding.op else ""
        advice = f"; {finding.advice}" if finding.advice else ""
        print(f"{finding.severity}: {place}{finding.reason}{advice}")
    print(f"{model}: {_summary(findings)}")


def to_json(model: Path, findings: list[Finding]) -> str:
    """The JSON object of `--json`."""
    counts = Counter(finding.severity for finding in findings)
    content = {
        "model": str(model),
        "ok": not counts["error"],
        "errors": counts["error"],
        "warnings": counts["warning"],
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(content, indent=2)


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `check`."""
    parser = subparsers.add_parser("check", help="say everything that is wrong with a network")
    parser.set_defaults(main=main)
    parser.add_argument("model", type=Path, help="the network: a .onnx file")
    add_model_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object, no table")


def main(args: argparse.Namespace) -> int:
    """Run the command; 1 if there is an error."""
    findings = check_model(args.model, tuple(args.bind), state=tuple(args.state))
    if args.json:
        print(to_json(args.model, findings))
    elif sys.stdout.isatty():
        _print_table(args.model, findings)
    else:
        _print_lines(args.model, findings)
    return int(any(finding.severity == "error" for finding in findings))
