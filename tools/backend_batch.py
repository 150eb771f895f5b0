"""Compiles many small networks into one host program and compares what it computes.

Compiling C is the slow part of a test case, so that cases share a program: each network has its own
prefix, and the program runs the one whose number it is given, in a process of its own, under the
address and undefined-behaviour sanitizers.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import tempfile
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import NnoptError
from ..lowering.c.arrays import WeightArray
from ..lowering.c.headers import RUNTIME_HEADERS
from ..lowering.c.tensors import IoTensor
from ..lowering.c.unit import Unit
from .backend_cases import Case, DataSet
from .compile import compile_module
from .pipeline import Options

COMPILE_SECONDS = 60
"""Seconds of the processor, as all limits."""
RUN_SECONDS = 20
PATIENCE = 20
"""How many times as long a program may take on the clock."""
LARGE_WEIGHTS = 1 << 20
"""Bytes of weights from which on they are put into the program as they are: as text of C they take
a compiler minutes, and more memory than there is. It is for networks that were made for servers."""
LARGE = 10
"""How many times as long the networks of kind light may take: they are made for servers."""
GCC = (
    "gcc", "-std=c99", "-O1", "-g0", "-ffp-contract=off", "-fno-tree-vectorize",
    "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-Wno-unused-function",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
"""Warnings are errors: generated C promises to have none."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """How a case ended: pass, refusal (with the compiler's message) or fail (with the reason)."""

    name: str
    status: str
    message: str = ""


@dataclass(frozen=True)
class Generated:
    """The C of one case."""

    case: Case
    prefix: str
    files: dict[str, str]
    inputs: tuple[IoTensor, ...]
    outputs: tuple[IoTensor, ...]
    arena_bytes: int
    weights: tuple[WeightArray, ...] = ()
    """Those that are no part of the C."""


def _generated(case: Case, prefix: str, module: ModuleOp) -> Generated:
    unit = Unit(module, prefix, "portable")
    apart = unit.weights_bytes > LARGE_WEIGHTS
    if apart:
        templates = {".h": "header.h.j2", "_weights.h": "weights.h.j2", ".c": "source.c.j2"}
        texts = {prefix + end: unit.render(template) for end, template in templates.items()}
    else:
        unit = Unit(module, prefix, "portable", single_file=True)
        texts = {f"{prefix}.c": unit.render("source.c.j2")}
    inputs, outputs = tuple(unit.inputs), tuple(unit.outputs)
    weights = tuple(unit.arrays) if apart else ()
    return Generated(case, prefix, texts, inputs, outputs, unit.arena_bytes, weights)


class TimeOut(Exception):
    """What time_limit raises."""


@contextmanager
def time_limit(seconds: int) -> Generator[None]:
    """Raises TimeOut inside the block after so many seconds of the processor; main threads
    only.
    """

    def expire(_signal: int, _frame: object) -> None:
        raise TimeOut

    previous = signal.signal(signal.SIGPROF, expire)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def limited(
    command: Sequence[str], stream: bytes, seconds: int
) -> subprocess.CompletedProcess[bytes]:
    """Run a program that gets a signal after so many seconds of the processor.

    Raises subprocess.TimeoutExpired when it waits for ever without using it.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))

    return subprocess.run(
        command, input=stream, capture_output=True, check=False, preexec_fn=limit,
        timeout=PATIENCE * seconds,
    )  # fmt: skip


def generate(case: Case, prefix: str, folder: Path) -> Generated | Outcome:
    """The C of a case, or how compiling it ended."""
    if case.unusable:
        unusable = f"{case.unusable}: sequences, strings and optionals do not exist in C"
    else:
        unusable = ""
    path = folder / f"{prefix}.onnx"
    path.write_bytes(case.model)
    options = Options(target="portable", io="model", place="first-fit", prefix=prefix)
    try:
        with time_limit(COMPILE_SECONDS * (LARGE if case.kind == "light" else 1)):
            generated = _generated(
                case, prefix, compile_module(path, options, tell_batch=lambda _: None)
            )
    except NnoptError as error:
        return Outcome(case.name, "refusal", str(error).removeprefix(f"{path.name}: "))
    except TimeOut:
        return Outcome(case.name, "fail", f"hang: no result after {COMPILE_SECONDS} s")
    except Exception as error:  # what no user may ever see
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        return Outcome(case.name, "fail", f"traceback: {type(error).__name__} at {where}: {error}")
    finally:
        path.unlink()
    if unusable:
        return Outcome(case.name, "fail", unusable)
    return generated


_MAIN = """
#include <stdio.h>
#include <stdlib.h>

static void *take(size_t bytes)
{
    void *memory = malloc(bytes ? bytes : 1);
    if (memory != NULL && bytes && fread(memory, 1, bytes, stdin) != bytes) {
        exit(3);
    }
    return memory;
}

static void give(void *memory, size_t bytes)
{
    if (fwrite(memory, 1, bytes, stdout) != bytes) {
        exit(4);
    }
    free(memory);
}
"""


def _bytes(tensor: IoTensor) -> int:
    return tensor.elements * np.dtype(tensor.dtype).itemsize


def _driver(item: Generated) -> str:
    """A C function that reads one network's inputs, runs it and writes its outputs."""
    lines = [f"static int drive_{item.prefix}(void)", "{", "    int code;"]
    lines.append(f"    void *arena = malloc({max(item.arena_bytes, 1)});")
    lines += [f"    void *i{n} = take({_bytes(t)});" for n, t in enumerate(item.inputs)]
    lines += [f"    void *o{n} = malloc({max(_bytes(t), 1)});" for n, t in enumerate(item.outputs)]
    names = [f"i{n}" for n in range(len(item.inputs))] + [f"o{n}" for n in range(len(item.outputs))]
    lines.append(f"    code = {item.prefix}_run({', '.join([*names, 'arena'])});")
    lines += [f"    give(o{n}, {_bytes(t)});" for n, t in enumerate(item.outputs)]
    lines += [f"    free(i{n});" for n in range(len(item.inputs))]
    return "\n".join([*lines, "    free(arena);", "    return code;", "}"])


def _assembly(item: Generated, folder: Path) -> str:
    """Definitions of the weights that lie in files of bytes."""
    lines = ['.section .note.GNU-stack,"",@progbits', ".section .rodata"]
    for array in item.weights:
        array.values.tofile(folder / f"{array.name}.bin")
        lines += [".balign 8", f".globl {array.name}", f'{array.name}: .incbin "{array.name}.bin"']
    return "\n".join(lines) + "\n"


def build(items: Sequence[Generated], folder: Path) -> str | None:
    """Compile all networks to `folder/program`; what gcc says if it fails."""
    for header in RUNTIME_HEADERS:
        (folder / header).write_text(files("nnopt.runtime_c").joinpath(header).read_text())
    parts: list[str] = []
    for item in items:
        for name, text in item.files.items():
            (folder / name).write_text(text)
        parts.append(f'#undef NNOPT_LAYER\n#include "{item.prefix}.c"')
    prototypes = [f"int {item.prefix}_run({_parameters(item)});" for item in items]
    table = "\n".join(
        f"    if (number == {n}) {{\n        return drive_{item.prefix}();\n    }}"
        for n, item in enumerate(items)
    )
    main = (
        "int main(int argc, char **argv)\n{\n"
        "    const int number = argc > 1 ? atoi(argv[1]) : -1;\n"
        f"{table}\n    return 9;\n}}\n"
    )
    text = "\n".join(["#include <stdint.h>\n#include <stdbool.h>", *prototypes, *parts, _MAIN,
                      *(_driver(item) for item in items), main])  # fmt: skip
    (folder / "all.c").write_text(text)
    (folder / "weights.S").write_text("".join(_assembly(item, folder) for item in items))
    done = subprocess.run(
        [*GCC, "-I", ".", "-o", "program", "all.c", "weights.S"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return None if done.returncode == 0 else done.stderr


def _parameters(item: Generated) -> str:
    inputs = [f"const {t.c_type} *{t.c_name}" for t in item.inputs]
    outputs = [f"{t.c_type} *{t.c_name}" for t in item.outputs]
    return ", ".join([*inputs, *outputs, "void *arena"])


def run_one(item: Generated, number: int, data: DataSet, folder: Path) -> str | None:
    """Run a network on one data set; what is wrong with it, or None."""
    given, expected = data
    seconds = RUN_SECONDS * (LARGE if item.case.kind == "light" else 1)
    stream = b""
    for tensor in item.inputs:
        array = np.asarray(given[tensor.name], order="C")
        if array.dtype == np.float16:
            array = array.astype(np.float32)
        if array.dtype.name != tensor.dtype or array.shape != tuple(tensor.shape):
            return f"input {tensor.name} is {array.dtype}{list(array.shape)} in the case"
        stream += array.tobytes()
    try:
        done = limited([str(folder / "program"), str(number)], stream, seconds)
    except subprocess.TimeoutExpired:
        return f"hang: the program waited for {PATIENCE * seconds} s"
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"hang: the program ran for {seconds} s"
    if done.returncode != 0:
        lines = [
            line for line in done.stderr.decode(errors="replace").splitlines() if "rror" in line
        ]
        return f"crash: exit code {done.returncode}: {lines[0] if lines else ''}"
    at = 0
    for tensor in item.outputs:
        size = _bytes(tensor)
        got = np.frombuffer(done.stdout[at : at + size], tensor.dtype).reshape(tensor.shape)
        at += size
        wrong = difference(got, expected[tensor.name], item.case.rtol, item.case.atol)
        if wrong:
            return f"output {tensor.name}: {wrong}"
    return None


def difference(got: Array, expected: Array, rtol: float, atol: float) -> str | None:
    """How an output differs from the expected one beyond the tolerances, or None."""
    if expected.dtype == np.float16 and got.dtype == np.float32:
        got = got.astype(np.float16)  # which is float32 in C
    if got.shape != expected.shape:
        return f"shape {list(got.shape)}, expected {list(expected.shape)}"
    if got.dtype != expected.dtype:
        return f"type {got.dtype}, expected {expected.dtype}"
    if got.dtype.kind == "f":
        close = np.isclose(got, expected, rtol, atol, equal_nan=True)
    else:
        close = got == expected
        if rtol > 0 and got.dtype.kind in "iu":
            # integers are judged as ONNX's own runner does it: within the tolerance as well
            close |= np.isclose(got.astype(np.float64), expected.astype(np.float64), rtol, atol)
    if close.all():
        return None
    where = tuple(int(i[0]) for i in np.nonzero(~close))
    value, wanted = got[where], expected[where]
    return f"{int((~close).sum())} of {close.size} wrong, at {list(where)} {value} for {wanted}"


def check(items: Sequence[Generated], folder: Path) -> list[Outcome]:
    """Build and run a batch; a batch that does not compile is split until the culprit is found."""
    if not items:
        return []
    errors = build(items, folder)
    if errors is not None and len(items) > 1:
        half = len(items) // 2
        return check(items[:half], folder) + check(items[half:], folder)
    outcomes: list[Outcome] = []
    for number, item in enumerate(items):
        if errors is not None:
            lines = [line for line in errors.splitlines() if "error" in line]
            outcomes.append(Outcome(item.case.name, "fail", f"C: {(lines or [errors])[0][:200]}"))
            continue
        problem = next(
            (p for data in item.case.data if (p := run_one(item, number, data, folder))), None
        )
        status = "pass" if problem is None else "fail"
        outcomes.append(Outcome(item.case.name, status, problem or ""))
    return outcomes


def run_batch(cases: Sequence[Case]) -> list[Outcome]:
    """All cases of a batch, from ONNX to compared outputs."""
    with tempfile.TemporaryDirectory(prefix="nnopt-backend-") as name:
        folder = Path(name)
        made = [generate(case, f"n{i}", folder) for i, case in enumerate(cases)]
        outcomes = [item for item in made if isinstance(item, Outcome)]
        return outcomes + check([m for m in made if isinstance(m, Generated)], folder)
