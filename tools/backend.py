"""`make backend`: every test case of the `onnx` package, from ONNX to C to compared outputs.

    python -m nnopt.tools.backend                     all cases; prints the table
    python -m nnopt.tools.backend --update            writes benchmarks/onnx-backend.md and .json
    python -m nnopt.tools.backend -k softmax -v       cases whose name has "softmax", one by one
    python -m nnopt.tools.backend --board mps2-an386 --sample 100
                                                      100 cases in QEMU: the host's bits?

A case ends as *pass*, as *refusal* (the compiler says why it does not take the model) or as *fail*
(wrong results, a crash, a hang, a traceback, C that does not compile). There must be no fails:
the exit code is 1 if there are. Limits of time are of the processor's, so that a busy machine
changes nothing. Outcomes are kept in the user's cache until the code changes, so that an
interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import joblib
import onnx

from .backend_batch import Outcome, run_batch
from .backend_board import page, run_sample, sample
from .backend_cases import KINDS, NOISE, Case, load_cases
from .run.boards import BOARDS

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
BATCH = 30
STATUSES = ("pass", "refusal", "fail")


def code_hash() -> str:
    """SHA-256 over everything that outcomes depend on: our sources and the version of onnx."""
    digest = hashlib.sha256(onnx.__version__.encode())
    for folder in ("dialects", "passes", "lowering", "runtime_c", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".h", ".j2"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where outcomes of this state of the code are kept."""
    base = Path(os.environ.get("NNOPT_CACHE", Path.home() / ".cache" / "nnopt"))
    folder = base / "backend" / code_hash()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _batch(cases: Sequence[Case], folder: Path) -> list[Outcome]:
    outcomes = run_batch(cases)
    for outcome in outcomes:
        (folder / f"{outcome.name}.json").write_text(json.dumps(asdict(outcome)))
    return outcomes


def run_cases(cases: Sequence[Case], jobs: int) -> dict[str, Outcome]:
    """The outcome of each case by name; those that are known are not run again."""
    folder = cache_folder()
    outcomes: dict[str, Outcome] = {}
    for case in cases:
        file = folder / f"{case.name}.json"
        if file.is_file():
            outcomes[case.name] = Outcome(**json.loads(file.read_text()))
    rest = [case for case in cases if case.name not in outcomes]
    large = [[case] for case in rest if case.kind == "light"]
    rest = [case for case in rest if case.kind != "light"]
    size = min(BATCH, -(-len(rest) // max(jobs, 1)) or 1)
    batches = [rest[i : i + size] for i in range(0, len(rest), size)] + large
    tools = cast("Any", joblib)
    run = tools.Parallel(n_jobs=jobs, return_as="generator_unordered")
    done = 0
    for results in run(tools.delayed(_batch)(batch, folder) for batch in batches):
        outcomes.update({outcome.name: outcome for outcome in results})
        done += len(results)
        if sys.stderr.isatty():
            print(f"\r{done} of {sum(map(len, batches))}", end="", file=sys.stderr)
    return outcomes


def _counts(cases: Sequence[Case], outcomes: dict[str, Outcome]) -> Counter[str]:
    return Counter(outcomes[case.name].status for case in cases)


def groups(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The sets of cases that are counted, by title."""
    return {
        "all": list(cases),
        "MCU subset": [c for c in cases if c.mcu],
        "node": [c for c in cases if c.kind == "node"],
        "PyTorch": [c for c in cases if c.kind.startswith("pytorch")],
        "simple": [c for c in cases if c.kind == "simple"],
        "light": [c for c in cases if c.kind == "light"],
    }


def short(message: str) -> str:
    """A message without the names of nodes and values, for grouping."""
    return re.sub(r"'[^']*'", "'…'", message)[:180].replace("|", "\\|")


def table(cases: Sequence[Case], outcomes: dict[str, Outcome]) -> str:
    """The committed page."""
    lines = [
        "# Test cases of the onnx package",
        "",
        f"onnx {onnx.__version__}; made by `make backend`. A case runs from ONNX to C, is built on "
        "the host with sanitizers, and its outputs are compared at the case's own tolerance. "
        f"For {len(NOISE)} cases the absolute tolerance is {max(NOISE.values()):g}, since their "
        "expected values have rounding errors above their own: " + ", ".join(sorted(NOISE)) + ". "
        "Inputs that only define shapes are bound to the case's values. The MCU subset has the "
        "single-node cases (no `_expanded` variant) whose inputs and outputs are float32, "
        "int8/16/32/64, uint8 or bool.",
        "",
        "| cases | number | pass | refusal | fail |",
        "|---|---|---|---|---|",
    ]
    for title, members in groups(cases).items():
        if members:
            counts = _counts(members, outcomes)
            share = f" ({100 * counts['pass'] / len(members):.1f} %)"
            lines.append(
                f"| {title} | {len(members)} | {counts['pass']}{share} | {counts['refusal']} "
                f"| {counts['fail']} |"
            )
    lines += ["", "## By operator", ""]
    lines += ["| operator | pass | refusal | fail | MCU subset | why refused |"]
    lines += ["|---|---|---|---|---|---|"]
    by_op: dict[str, list[Case]] = {}
    for case in cases:
        by_op.setdefault(case.op, []).append(case)
    for op, members in sorted(by_op.items()):
        counts = _counts(members, outcomes)
        mcu = [c for c in members if c.mcu]
        passed = _counts(mcu, outcomes)["pass"]
        reasons = Counter(
            short(outcomes[c.name].message)
            for c in members
            if outcomes[c.name].status == "refusal" and c.kind == "node"
        )
        reason = "; ".join(text for text, _ in reasons.most_common(2))
        lines.append(
            f"| {op} | {counts['pass']} | {counts['refusal']} | {counts['fail']} "
            f"| {f'{passed} of {len(mcu)}' if mcu else ''} | {reason} |"
        )
    return "\n".join(lines) + "\n"


def stored(cases: Sequence[Case], outcomes: dict[str, Outcome]) -> str:
    """The outcomes as JSON, case by case."""
    counted = {
        title: {s: _counts(members, outcomes)[s] for s in STATUSES}
        for title, members in groups(cases).items()
    }
    entries = {
        case.name: {
            "kind": case.kind,
            "op": case.op,
            "mcu": case.mcu,
            "status": outcomes[case.name].status,
            **({"message": outcomes[case.name].message} if outcomes[case.name].message else {}),
        }
        for case in sorted(cases, key=lambda c: (c.kind, c.name))
    }
    return json.dumps({"onnx": onnx.__version__, "counts": counted, "cases": entries}, indent=1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backend", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", action="append", choices=KINDS, help="only cases of this kind")
    parser.add_argument("-k", metavar="TEXT", help="only cases whose name has this text")
    parser.add_argument("--op", help="only cases of this operator")
    parser.add_argument("--mcu", action="store_true", help="only the MCU subset")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th case")
    parser.add_argument("--board", choices=BOARDS, help="run a sample on this board and the host")
    parser.add_argument("--sample", type=int, default=100, metavar="N", help="its size")
    parser.add_argument("--seed", type=int, default=1, help="and what it is drawn by")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-v", action="store_true", help="print every case that does not pass")
    parser.add_argument("--update", action="store_true", help="write the committed table")
    return parser


def _on_board(cases: Sequence[Case], args: argparse.Namespace) -> int:
    """Run a sample on a board; exit code 1 when a case fails."""
    outcomes: list[Outcome] = []
    drawn = sample(cases, args.seed)
    for outcome in run_sample(drawn, args.board, args.sample, args.jobs):
        outcomes.append(outcome)
        if args.v or outcome.status == "fail":
            print(f"{outcome.status} {outcome.name}: {outcome.message}", flush=True)
    good = sum(outcome.status == "pass" for outcome in outcomes)
    print(
        f"{good} of {len(outcomes)} cases: the expected outputs, and the same bits on {args.board}"
    )
    if args.update:
        file = BENCHMARKS / f"onnx-backend-{args.board}.md"
        file.write_text(page(outcomes, args.board, args.seed), encoding="utf-8")
    return int(good < len(outcomes))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 1 when a case fails."""
    args = _parser().parse_args(argv)
    kinds = ("node",) if args.board else KINDS
    cases = [
        case
        for case in load_cases(tuple(args.kind or kinds))
        if (args.k is None or args.k in case.name)
        and (args.op is None or args.op == case.op)
        and (not args.mcu or case.mcu)
    ][:: args.every]
    if args.board:
        return _on_board(cases, args)
    outcomes = run_cases(cases, args.jobs)
    for case in cases:
        outcome = outcomes[case.name]
        if outcome.status == "fail" or (args.v and outcome.status != "pass"):
            print(f"{outcome.status} {case.name}: {outcome.message}")
    for title, members in groups(cases).items():
        counts = _counts(members, outcomes)
        print(f"{title}: {len(members)} cases, " + ", ".join(f"{counts[s]} {s}" for s in STATUSES))
    if args.update:
        (BENCHMARKS / "onnx-backend.md").write_text(table(cases, outcomes), encoding="utf-8")
        (BENCHMARKS / "onnx-backend.json").write_text(
            stored(cases, outcomes) + "\n", encoding="utf-8"
        )
    return 1 if any(o.status == "fail" for o in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
