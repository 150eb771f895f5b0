"""Compiles thousands of damaged models: each becomes C or one clear error.

    python -m nnopt.tools.fuzz --count 10000 --seed 1 --jobs 2 [--keep FOLDER] [--log FILE]

A case takes a real model (shipped networks, exports, test cases of the onnx package), damages it
(tools/mutations.py), compiles it and checks it. How it may end:

    compiled    there is a package, and gcc has no warning about its C
    refused     NnoptError in one line, exit code 1, nothing is left in the folder
    traceback   any other exception, a message of several lines, or files left behind
    hang        more than 10 s of processor time
    crash       the process died
    C           gcc does not like the generated code

The last four are findings; the exit code is then 1. Cases run in forked processes whose memory
is limited, and the same seed gives the same cases. Outcomes are added to the log as they come, and
what is in the log is not run again, so that a long run may be made of parts: `--minutes 30` ends
one, the same command goes on.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path

from ..dialects.errors import NnoptError
from .check import check_model
from .compile import compile_model
from .mutations import mutated
from .package import MANIFEST
from .pipeline import Options

ROOT = Path(__file__).resolve().parents[1]
CLASSES = ("compiled", "refused", "traceback", "hang", "crash", "C")
FINDINGS = CLASSES[2:]
SECONDS = 10
"""Processor time that a case may take."""
PATIENCE = 120
"""Seconds on the clock after which a case is ended, however busy the machine is."""
MEMORY = 6 << 30
LARGEST = 40_000
"""Bytes of a model that is damaged: larger ones take long and have nothing new."""
EVERY = 4
"""Of the onnx package's single operators on a microcontroller's types every such one."""
GCC = ("gcc", "-std=c99", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
       "-Wshadow", "-Werror")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How one case ended; `where` is the place of a traceback, `message` what was said."""

    index: int
    source: str
    status: str
    message: str = ""
    where: str = ""


def corpus() -> list[tuple[str, bytes]]:
    """Names and bytes of the models that are damaged."""
    from .backend_cases import load_cases

    files = [*sorted((ROOT / "examples").rglob("*.onnx")), *sorted(ROOT.glob("tests/**/*.onnx"))]
    models = [(file.stem, file.read_bytes()) for file in files]
    cases = [case for case in load_cases(("node",)) if case.mcu][::EVERY]
    models += [(case.name, case.model) for case in cases]
    return [(name, data) for name, data in models if len(data) <= LARGEST]


def make_case(models: Sequence[tuple[str, bytes]], seed: int, index: int) -> tuple[str, bytes]:
    """The damaged model number `index`: every other one is of a whole network."""
    rng = random.Random(f"{seed}:{index}")
    networks = [model for model in models if not model[0].startswith("test_")]
    name, data = rng.choice(networks if index % 2 and networks else list(models))
    return name, mutated(data, rng)


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _check_c(out: Path) -> str:
    """What gcc says about a package; nothing if all is well."""
    sources = json.loads((out / MANIFEST).read_text())["sources"]
    done = subprocess.run([*GCC, *sources], cwd=out, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "error" in line]
    return (lines or [done.stderr])[0] if done.returncode else ""


def run_case(index: int, source: str, data: bytes, folder: Path) -> Outcome:
    """Compile and check one model in an empty folder, which is empty again afterwards."""
    path, out = folder / "case.onnx", folder / "out"
    path.write_bytes(data)
    options = Options(place="first-fit", target="portable")
    try:
        try:
            compile_model(path, out, options, tell_batch=lambda _: None)
            complaint = _check_c(out) if shutil.which("gcc") else ""
            outcome = Outcome(index, source, "C" if complaint else "compiled", complaint)
        except NnoptError as error:
            outcome = Outcome(index, source, "refused", str(error))
            if "\n" in str(error) or not str(error).strip() or len(list(folder.iterdir())) != 1:
                outcome = Outcome(index, source, "traceback", str(error), "message or files")
        findings = check_model(path, tell_batch=lambda _: None)
        refused = any(finding.severity == "error" for finding in findings)
        if outcome.status in ("compiled", "refused") and refused != (outcome.status == "refused"):
            text = f"{outcome.status}, but check says {[f.reason for f in findings]}"
            return Outcome(index, source, "traceback", text, "check disagrees")
        return outcome
    except Exception as error:  # what no user may ever see
        return Outcome(index, source, "traceback", str(error)[:500], _place(error))
    finally:
        for left in folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _serve(pipe: Connection, models: Sequence[tuple[str, bytes]], seed: int) -> None:
    """A worker: takes numbers of cases, gives outcomes; dies when a case takes too long."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.disable()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    with tempfile.TemporaryDirectory(prefix="nnopt-fuzz-") as name:
        while (index := pipe.recv()) is not None:
            source, data = make_case(models, seed, index)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            outcome = run_case(index, source, data, Path(name))
            signal.setitimer(signal.ITIMER_PROF, 0)
            pipe.send(outcome)


class _Worker:
    """A process that runs one case at a time, and is replaced when it dies."""

    def __init__(self, models: Sequence[tuple[str, bytes]], seed: int):
        self.models, self.seed = models, seed
        self.index: int | None = None
        self.again: int | None = None
        self.since = 0.0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process: ForkProcess = context.Process(
            target=_serve, args=(theirs, self.models, self.seed), daemon=True
        )
        self.process.start()
        theirs.close()

    def give(self, index: int | None) -> None:
        self.index, self.since = index, time.monotonic()
        self.pipe.send(index)

    def lost(self) -> Outcome | None:
        """The outcome of a case whose process died or has to be ended; a new one is started.

        None after the first time that it took too long on the clock: a machine may sleep.
        """
        assert self.index is not None
        if self.process.is_alive() and time.monotonic() - self.since >= PATIENCE:
            self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        status = "hang" if -code in (signal.SIGPROF, signal.SIGKILL) else "crash"
        source, _ = make_case(self.models, self.seed, self.index)
        outcome = Outcome(self.index, source, status, name)
        self._start()
        if -code == signal.SIGKILL and self.again != self.index:
            self.again = self.index
            self.give(self.index)
            return None
        return outcome


def read_log(log: Path, models: Sequence[tuple[str, bytes]], seed: int) -> list[Outcome]:
    """What a log says of earlier parts of a run, and begin one that is not there.

    Raises NnoptError when it is of another seed or of other models.
    """
    digest = hashlib.sha256(b"".join(name.encode() + data for name, data in models)).hexdigest()
    header = json.dumps({"seed": seed, "models": digest})
    if not log.exists():
        log.write_text(header + "\n", encoding="utf-8")
    first, *lines = log.read_text(encoding="utf-8").splitlines() or [""]
    if first != header:
        raise NnoptError(f"{log} is the log of another run; give another seed or file")
    return [Outcome(**json.loads(line)) for line in lines]


def run(
    count: int,
    seed: int,
    jobs: int,
    first: int = 0,
    models: Sequence[tuple[str, bytes]] = (),
    minutes: float = float("inf"),
    log: Path | None = None,
) -> list[Outcome]:
    """Run cases `first` to `first + count - 1` in `jobs` processes; outcomes in their order.

    After so many `minutes` no further case is begun. Those in the `log` are not run again.
    """
    models = models or corpus()
    wanted = range(first, first + count)
    outcomes = [o for o in read_log(log, models, seed) if o.index in wanted] if log else []
    done = {outcome.index for outcome in outcomes}
    workers = [_Worker(models, seed) for _ in range(min(jobs, count))]
    end = time.monotonic() + 60 * minutes
    rest = (index for index in wanted if index not in done)
    numbers = takewhile(lambda _: time.monotonic() < end, rest)
    for worker in workers:
        worker.give(next(numbers, None))
    while any(worker.index is not None for worker in workers):
        busy = {worker.pipe: worker for worker in workers if worker.index is not None}
        ready = wait(list(busy), timeout=1.0)
        late = [w for w in busy.values() if time.monotonic() - w.since >= PATIENCE]
        for worker in {*(busy[pipe] for pipe in ready if isinstance(pipe, Connection)), *late}:
            try:
                outcome = worker.lost() if worker in late else worker.pipe.recv()
            except (EOFError, OSError):
                outcome = worker.lost()
            if outcome is None:
                continue
            outcomes.append(outcome)
            if log is not None:
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
            worker.give(next(numbers, None))
    for worker in workers:
        worker.process.join()
    return sorted(outcomes, key=lambda outcome: outcome.index)


def keep(outcomes: Sequence[Outcome], models: Sequence[tuple[str, bytes]], seed: int, to: Path):
    """Write the model of each finding to a folder."""
    to.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        if outcome.status in FINDINGS:
            _, data = make_case(models, seed, outcome.index)
            (to / f"{outcome.status}_{outcome.index}.onnx").write_bytes(data)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="number of cases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where models of findings go")
    parser.add_argument("--log", type=Path, metavar="FILE", help="outcomes, and where to go on")
    args = parser.parse_args(argv)
    models = corpus()
    try:
        outcomes = run(args.count, args.seed, args.jobs, args.first, models, args.minutes, args.log)
    except NnoptError as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 1
    counts = Counter(outcome.status for outcome in outcomes)
    print(f"{len(outcomes)} damaged models of {len(models)} real ones, seed {args.seed}:")
    print(", ".join(f"{counts[status]} {status}" for status in CLASSES))
    places = Counter((o.status, o.where, o.message[:160]) for o in outcomes if o.status in FINDINGS)
    for (status, where, message), number in places.most_common(40):
        index = next(o.index for o in outcomes if (o.status, o.where) == (status, where))
        print(f"{number} x {status}: {where} {message} (the first is case {index})")
    if args.keep is not None:
        keep(outcomes, models, args.seed, args.keep)
    return int(any(outcome.status in FINDINGS for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
