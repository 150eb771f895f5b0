r"""Takes one network through every combination of pass options, measures and compares all of them.

    python -m nnopt.tools.sweep docs/separations.mlir --board mps2-an386 \
        -p 'form-kernels,schedule{block=[1,1|2,2]},place{strategy=[exact|disjoint]},lower-kernels'

`option=[a|b]` stands for one pipeline with `option=a` and one with `option=b`; with several such
options every combination is run. The file is a module of any level, or an ONNX model. Each row of
the table is one package: the options, the arena, and the cost of one inference. The outputs of all
of them, on random inputs, have to be the same bits: if not, the exit code is 1.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import PassPipeline
from xdsl.universe import Universe
from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, ParseError

from ..dialects.errors import NnoptError
from ..dialects.nn import dtype_of
from ..lowering.c.unit import Unit
from ..lowering.onnx_frontend import import_model
from .package import package_files, write_package
from .pipeline import available_passes, run_passes
from .run import RunResult, run_package
from .semantics import SEED, Port, ports

CHOICE = re.compile(r"([\w-]+)=\[([^\]]*)\]")


@dataclass(frozen=True)
class Variant:
    """One combination: what was chosen for each option, and the pipeline with that."""

    chosen: Mapping[str, str]
    pipeline: str


def variants(pipeline: str) -> list[Variant]:
    """All combinations of the alternatives in a pipeline, the last option varying fastest.

    Raises NnoptError where one names a pass that does not exist or cannot be parsed.
    """
    names = [name for name, _ in CHOICE.findall(pipeline)]
    alternatives = [choices.split("|") for _, choices in CHOICE.findall(pipeline)]
    found: list[Variant] = []
    for chosen in itertools.product(*alternatives):
        values = iter(chosen)
        text = CHOICE.sub(lambda match, values=values: f"{match[1]}={next(values)}", pipeline)
        try:
            PassPipeline.parse_spec(available_passes(), text)
        except (ValueError, ArgSpecParseError, DiagnosticException) as error:
            raise NnoptError(f"{text}: {error}") from error
        found.append(Variant(dict(zip(names, chosen, strict=True)), text))
    return found


def read_module(path: Path) -> ModuleOp:
    """A module from a `.mlir` file or from an ONNX model. Raises NnoptError."""
    if path.suffix in (".onnx", ".onnxtxt"):
        return import_model(path)
    context = Context()
    for name, factory in Universe.get_multiverse().all_dialects.items():
        context.register_dialect(name, factory)
    try:
        module = Parser(context, path.read_text("utf-8"), str(path)).parse_module()
        module.verify()
    except OSError as error:
        raise NnoptError(f"cannot read {path}: {error.strerror}") from None
    except (ParseError, DiagnosticException) as error:
        raise NnoptError(str(error)) from error
    return module


def random_inputs(module: ModuleOp, samples: int) -> dict[str, NDArray[Any]]:
    """Seeded inputs (samples, *the model's shape) by name: normal reals, uniform integers."""
    generator = np.random.default_rng(SEED)

    def sample(port: Port) -> NDArray[Any]:
        array = port.random(generator)
        return array if port.encoding else array.astype(dtype_of(port.type.element_type))

    return {
        port.name: np.stack([sample(port) for _ in range(samples)]) for port in ports(module)[0]
    }


def write_variant(module: ModuleOp, pipeline: str, out: Path) -> None:
    """Take a copy of the module through a pipeline to the level of loops, write it as a package.

    Raises NnoptError.
    """
    lowered = module.clone()
    try:
        run_passes(lowered, [pipeline])
    except DiagnosticException as error:
        raise NnoptError(str(error)) from error
    write_package(out, package_files(Unit(lowered), {"pipeline": pipeline}))


def sweep(
    module: ModuleOp, pipeline: str, inputs: Mapping[str, NDArray[Any]], board: str
) -> Iterator[tuple[Variant, RunResult]]:
    """Run every variant of a pipeline on a board. Raises NnoptError."""
    with tempfile.TemporaryDirectory(prefix="nnopt-sweep-") as folder:
        for index, variant in enumerate(variants(pipeline)):
            out = Path(folder) / str(index)
            write_variant(module, variant.pipeline, out)
            yield variant, run_package(out, inputs, board, raw=True)


def bits(result: RunResult) -> bytes:
    """All output bytes of a run."""
    return b"".join(array.tobytes() for _, array in sorted(result.outputs.items()))


def table(rows: Sequence[tuple[Variant, RunResult]]) -> str:
    """One line per variant, columns aligned."""
    names = list(rows[0][0].chosen)
    lines = [[*names, "arena", "instructions", "cycles"]]
    for variant, result in rows:
        costs = (result.ram.pool, result.instructions, result.cycles_estimate)
        lines.append(
            [*variant.chosen.values(), *("-" if cost is None else f"{cost:,}" for cost in costs)]
        )
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < len(names) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code."""
    parser = argparse.ArgumentParser(
        description="Run a network with every combination of pass options."
    )
    parser.add_argument("file", type=Path, help="a .mlir file of any level, or an ONNX model")
    parser.add_argument("-p", "--passes", required=True, help="pipeline, with option=[a|b]")
    parser.add_argument("--board", default="mps2-an386", help="where the packages run")
    parser.add_argument("--samples", type=int, default=2, help="inferences per variant")
    options = parser.parse_args(arguments)
    try:
        module = read_module(options.file)
        inputs = random_inputs(module, options.samples)
        rows = list(sweep(module, options.passes, inputs, options.board))
    except NnoptError as error:
        print(f"sweep: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    different = len({bits(result) for _, result in rows})
    same = "the same bits from all" if different == 1 else f"{different} different outputs"
    print(f"{len(rows)} variants on {options.board}: {same}")
    return int(different != 1)


if __name__ == "__main__":
    sys.exit(main())
