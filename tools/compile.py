"""`nnopt compile`: an ONNX or TFLite network becomes a package of C."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import FloatAttr, ModuleOp
from xdsl.utils.exceptions import PassFailedException, VerifyException

from ..dialects.errors import NnoptError
from ..dialects.interpreters import find_function
from ..lowering.c.names import check_prefix
from ..lowering.c.unit import Unit
from ..lowering.onnx_frontend import import_model
from ..lowering.onnx_frontend.states import set_states
from ..lowering.tflite_frontend import import_tflite, is_tflite
from ..passes.offload.offload import decisions_of
from ..passes.quantize.mixed import CANDIDATES, Choice
from ..passes.quantize.observers import OBSERVERS
from ..passes.quantize.schemes import SCHEMES
from ..passes.quantize.skip_operands import SKIPPED, THRESHOLD, UNITS
from .flash_limit import within_flash
from .mixed import BOARD_OF, Budget, choose_schemes, to_json
from .mixed import table as choice_table
from .model_options import add_model_options, parse_bindings, tell
from .output import note
from .package import check_destination, package_files, report, sha256, write_package
from .pipeline import (
    FUSE,
    IMPROVE,
    MIXED,
    SMALLEST,
    TARGETS,
    Options,
    PassTimer,
    improvements,
    phases,
    run_passes,
)

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

Observer = Callable[[str, ModuleOp], None]
"""Called with the name of each phase and the module that it left behind."""


def _imported(model: Path, options: Options, tell_batch: Callable[[str], None]) -> ModuleOp:
    """A model of either format. Raises NnoptError."""
    bindings = parse_bindings(options.bind)
    if not is_tflite(model):
        return import_model(model, bindings=bindings, tell_batch=tell_batch, states=options.state)
    if bindings:
        raise NnoptError("--bind: all sizes of a TFLite model are fixed; leave it out")
    module = import_tflite(model)
    set_states(module, options.state)
    return module


def compile_module(
    model: Path,
    options: Options,
    observe: Observer | None = None,
    timer: PassTimer | None = None,
    tell_batch: Callable[[str], None] = tell,
) -> ModuleOp:
    """Import a model and take it through all phases.

    `observe` sees the module after the phases import, graph, quantized, integer, scheduled, placed
    and loops. `tell_batch` gets a sentence where a batch of 1 is assumed. Raises NnoptError, in
    words for the user, where the model cannot be compiled.
    """
    timer = timer or PassTimer()
    module = _imported(model, options, tell_batch)
    timer.add("import")
    try:
        module.verify()
        if observe is not None:
            observe("import", module)
        for phase, specifications in phases(options).items():
            run_passes(module, specifications, timer)
            if observe is not None:
                observe(phase, module)
    except (PassFailedException, VerifyException) as error:
        raise NnoptError(f"{model.name}: {error}") from error
    return module


def recorded_options(model: Path, options: Options) -> dict[str, Any]:
    """The options for the manifest: files by their hash, so that folders do not matter."""
    recorded = dataclasses.asdict(options)
    for name in ("calibrate", "labels"):
        if recorded[name] is not None:
            recorded[name] = _hash_of(Path(recorded[name]))
    return {**recorded, "model": sha256(model.read_bytes())}


def _hash_of(path: Path) -> str:
    """The hash of a file, or of the names and hashes of the files below a folder."""
    if not path.is_dir():
        return sha256(path.read_bytes())
    files = sorted(f for f in path.rglob("*") if f.is_file())
    listing = [f"{f.relative_to(path).as_posix()} {sha256(f.read_bytes())}\n" for f in files]
    return sha256("".join(listing).encode())


def compile_model(
    model: Path,
    out: Path,
    options: Options | None = None,
    observe: Observer | None = None,
    timer: PassTimer | None = None,
    tell_batch: Callable[[str], None] = tell,
    precision: Mapping[str, Any] | None = None,
) -> Unit:
    """Compile `model` to a package in the folder `out`, and return the C that was written.

    `precision` goes to the report. Raises NnoptError, also for a network
    that needs more; nothing is written then.
    """
    options = options or Options()
    timer = timer or PassTimer()
    check_prefix(options.prefix)
    check_destination(out)

    def make(flash: int | None) -> tuple[Unit, dict[str, str]]:
        asked = dataclasses.replace(options, flash_limit=flash)
        module = compile_module(model, asked, observe, timer, tell_batch)
        unit = Unit(module, prefix=options.prefix, target=options.target)
        limit = options.ram_limit
        if limit is not None and unit.arena_bytes > limit:
            raise _too_large(model, options, unit, limit)
        texts = package_files(unit, recorded_options(model, options), precision)
        timer.add("print C")
        return unit, texts

    if options.flash_limit is None:
        unit, texts = make(None)
    else:
        board = BOARD_OF[options.target]
        unit, texts = within_flash(options.flash_limit, make, lambda made: made[1], board)
    write_package(out, texts)
    return unit


AGAIN = (1.2, 1.7)
"""Factors of `--max-recompute` that are offered where a network does not fit."""


def _too_large(model: Path, options: Options, unit: Unit, limit: int) -> NnoptError:
    """What to say of a network that does not fit: what it needs, and what would need less."""
    pool, scratch = unit.arena_bytes - unit.scratch_bytes, unit.scratch_bytes
    parts = f" ({pool:,} in the pool, {scratch:,} scratch)" if scratch else ""
    text = f"{model.name} needs {unit.arena_bytes:,} bytes of RAM{parts}, the limit is {limit:,}"
    rows: dict[str, Any] = {"fuse": "rows", "input_strips": options.input_strips or 1}
    others: dict[str, dict[str, Any]] = {
        "--fuse rows": {"fuse": "rows"},
        f"--algorithm {SMALLEST}": {"algorithm": SMALLEST},
        "--fuse rows --input-strips 1": rows,
    }
    for factor in AGAIN:
        if factor > options.max_recompute:
            others[f"--max-recompute {factor}"] = {"fuse": "rows", "max_recompute": factor}
    less: list[tuple[int, str]] = []
    for words, changes in others.items():
        changed = dataclasses.replace(options, **changes)
        if changed == options:
            continue
        changed = dataclasses.replace(changed, ram_limit=None)
        try:
            size = Unit(compile_module(model, changed), prefix=options.prefix).arena_bytes
        except NnoptError:  # the network has no image that could come row by row
            continue
        if size < unit.arena_bytes:
            less.append((size, f"with {words}: {size:,}"))
    hints = ", ".join(words for _, words in sorted(less))
    return NnoptError(f"{text}; {hints}" if hints else text)


def byte_count(text: str) -> int:
    """A number of bytes as the command line takes it: 65536, 64K, 1M."""
    factor = {"K": 1024, "M": 1024 * 1024}.get(text[-1:].upper(), 1)
    digits = text[:-1] if factor > 1 else text
    if not digits.isdecimal():
        raise argparse.ArgumentTypeError("expected a number of bytes, as in 65536, 64K or 1M")
    return int(digits) * factor


def memory_size(text: str) -> str:
    """A memory as the command line takes it, fast:64K, with its size in bytes."""
    name, _, size = text.partition(":")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise argparse.ArgumentTypeError("expected a name in lower case and a size, as in fast:64K")
    return f"{name}:{byte_count(size)}"


def _numbers(text: str) -> tuple[int, int]:
    try:
        pixels, channels = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("expected two numbers, as in 2,4") from None
    return pixels, channels


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `compile`."""
    parser = subparsers.add_parser("compile", help="compile an ONNX or TFLite network to C")
    parser.set_defaults(main=main)
    defaults = Options()
    parser.add_argument("model", type=Path, help="the network: a .onnx or .tflite file")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the package")
    parser.add_argument(
        "--target", default=defaults.target, metavar="CPU", help=f"one of {', '.join(TARGETS)}"
    )
    add_model_options(parser)
    add_quantization_options(parser)
    parser.add_argument(
        "--io",
        default=defaults.io,
        choices=("native", "model"),
        help="C inputs and outputs as the kernels use them (integers, NHWC), or as in the model",
    )
    _add_memory_options(parser, defaults)
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.add_argument(
        "--algorithm",
        default=defaults.algorithm,
        metavar="NAME",
        help="how kernels run: auto (the fastest for the target), direct, lanes, or smallest: the "
        "fastest, but slower ones where that saves RAM",
    )
    parser.add_argument(
        "--accelerator",
        action="append",
        default=[],
        metavar="NAME",
        help="offload what this installed accelerator computes faster; NAME:field=value sets one "
        "of its settings; may be repeated, the first claims first",
    )
    _add_approximation_options(parser)
    parser.add_argument("--block", type=_numbers, metavar="P,C", help="register block")
    parser.add_argument("--prefix", default=defaults.prefix, help="prefix of all C symbols")
    parser.add_argument("--report", action="store_true", help="print layers and memory")
    parser.add_argument("--time-passes", action="store_true", help="print the time of each pass")


def _add_approximation_options(parser: argparse.ArgumentParser) -> None:
    """Add what makes layers straight-line code, and leaves products out."""
    parser.add_argument(
        "--skip",
        type=float,
        metavar="POINTS",
        help="leave out products that hardly matter on --calibrate, as many as cost no more "
        "points of accuracy (of --labels, or of agreement with the exact network)",
    )
    parser.add_argument(
        "--skip-threshold",
        type=float,
        default=0.0,
        metavar="NUMBER",
        help="the same without a search: products below this significance",
    )
    parser.add_argument(
        "--skip-layer",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="the threshold of one layer; may be repeated",
    )
    parser.add_argument(
        "--skip-unit",
        default=Options().skip_unit,
        metavar="UNIT",
        help=f"what is left out together: {', '.join(UNITS)} (channels: also for packed kernels)",
    )
    parser.add_argument(
        "--unpack",
        action="append",
        default=[],
        metavar="LAYER",
        help="make a layer straight-line code without its zero weights, or auto: those that "
        "become faster; may be repeated",
    )
    parser.add_argument(
        "--unpack-flash",
        type=byte_count,
        metavar="BYTES",
        help="with --unpack: what the code of these layers may take: 64K, 1M",
    )


def add_quantization_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides about numbers."""
    parser.add_argument(
        "--quantize",
        default="float",
        metavar="HOW",
        help=f"float (as the model is), one of {', '.join(SCHEMES)}, or mixed: layer by layer, "
        "within --budget",
    )
    parser.add_argument(
        "--calibrate",
        metavar="DATA",
        help="samples that show the ranges of activations: an .npz, or a folder of .npy or images",
    )
    parser.add_argument(
        "--observer",
        default=Options().observer,
        metavar="HOW",
        help=f"what range to take of the values seen: {', '.join(OBSERVERS)}",
    )
    parser.add_argument(
        "--layer",
        action="append",
        default=[],
        metavar="NAME=HOW",
        help="quantize one layer (or input) otherwise, or leave it float; may be repeated",
    )
    parser.add_argument(
        "--improve",
        type=lambda text: tuple(text.split(",")),
        metavar="A,B",
        help=f"make the quantized network more exact; any of {', '.join(IMPROVE)}, or none "
        "(the default, but for int16x8: rounding)",
    )
    mixed = parser.add_argument_group("with --quantize mixed")
    mixed.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="WHAT=NUMBER",
        help="points of accuracy that may be lost (accuracy=0.5, the default), the output's "
        "sqnr=30 in dB, ram=32K, flash=64K, cycles=2M, instructions=2M; may be repeated",
    )
    mixed.add_argument(
        "--labels",
        type=Path,
        metavar="Y",
        help="classes of the samples of --calibrate: .npy, or .npz (label); without, agreement "
        "with the float network counts",
    )
    mixed.add_argument(
        "--candidates",
        default=CANDIDATES,
        type=lambda text: tuple(text.split(",")),
        metavar="A,B",
        help=f"schemes to choose from, from coarse to fine ({','.join(CANDIDATES)})",
    )


def _add_memory_options(parser: argparse.ArgumentParser, defaults: Options) -> None:
    """Add what decides about RAM."""
    parser.add_argument(
        "--place",
        default=defaults.place,
        metavar="STRATEGY",
        help="placement of tensors: exact, first-fit or disjoint",
    )
    parser.add_argument(
        "--io-memory",
        default=defaults.io_memory,
        choices=("caller", "pool"),
        help="inputs and outputs in buffers of the caller, or in the pool with everything else",
    )
    parser.add_argument(
        "--memory",
        action="append",
        default=[],
        type=memory_size,
        metavar="NAME:BYTES",
        help="a memory, as fast:64K; give several, the fastest first: what is used most is "
        "there, and C takes an arena in each",
    )
    parser.add_argument(
        "--fuse",
        default=defaults.fuse,
        choices=FUSE,
        help="rows: chains of convolutions run row by row where that saves RAM (slower)",
    )
    parser.add_argument(
        "--max-recompute",
        type=float,
        default=defaults.max_recompute,
        metavar="FACTOR",
        help="fuse chains of convolutions, and compute some of them again where that saves RAM, up "
        "to so many times the multiplications of the network: 1.3",
    )
    parser.add_argument(
        "--input-strips",
        type=int,
        metavar="ROWS",
        help="the image comes through a function of the caller, so many rows at a time",
    )
    parser.add_argument(
        "--ram-limit",
        type=byte_count,
        metavar="BYTES",
        help="refuse what needs more RAM for pool and scratch; fuse no more than it takes: 64K, 1M",
    )
    parser.add_argument(
        "--flash-limit",
        type=byte_count,
        metavar="BYTES",
        help="the fastest kernels that fit, code and weights together: 64K, 1M",
    )


def options_of(args: argparse.Namespace) -> Options:
    """The options of a command line; those of the first candidate where layers are chosen."""
    scheme = args.candidates[0] if args.quantize == MIXED else args.quantize
    return Options(
        target=args.target,
        quantize=scheme,
        calibrate=args.calibrate,
        observer=args.observer,
        improve=improvements(args.quantize, args.improve),
        layers=tuple(args.layer),
        io=args.io,
        place=args.place,
        io_memory=args.io_memory,
        fuse=args.fuse,
        max_recompute=args.max_recompute,
        memory=tuple(args.memory),
        input_strips=args.input_strips,
        ram_limit=args.ram_limit,
        flash_limit=args.flash_limit,
        algorithm=args.algorithm,
        skip=args.skip,
        skip_threshold=args.skip_threshold,
        skip_layers=tuple(args.skip_layer),
        skip_unit=args.skip_unit,
        labels=None if args.labels is None else str(args.labels),
        unpack=tuple(args.unpack),
        unpack_flash=args.unpack_flash,
        block=args.block,
        prefix=args.prefix,
        bind=tuple(args.bind),
        accelerators=tuple(args.accelerator),
        state=tuple(args.state),
    )


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    options, choice = options_of(args), None
    if args.quantize == MIXED:
        budget = Budget.parse(args.budget)
        module = _imported(args.model, options, tell)
        options, choice = choose_schemes(
            module,
            dataclasses.replace(options, ram_limit=None, flash_limit=None),
            budget,
            partial(compile_model, args.model),
            args.labels,
            args.candidates,
        )
        limits = {"ram_limit": args.ram_limit, "flash_limit": args.flash_limit}
        options = dataclasses.replace(options, **limits)
    elif args.budget or (args.labels and args.skip is None):
        raise NnoptError(f"--budget and --labels are for --quantize {MIXED}, --labels for --skip")
    timer = PassTimer()
    unit = compile_model(
        args.model,
        args.out,
        options,
        observe=_tell_skipped,
        timer=timer,
        precision=None if choice is None else to_json(choice),
    )
    if args.json:
        chosen = {} if choice is None else {"precision": to_json(choice)}
        print(json.dumps({**report(unit), **chosen}, indent=2))
        return 0
    print(
        f"{args.out}: {len(unit.layers)} layers, RAM {unit.arena_bytes:,} bytes in the pool, "
        f"weights {unit.weights_bytes:,} bytes"
    )
    if len(unit.arenas) > 1:
        print("; ".join(f"{arena.name}: {arena.bytes:,} bytes" for arena in unit.arenas))
    if choice is not None:
        print(f"mixed: {choice.summary()}")
    if args.report:
        _print_report(unit, choice)
    if args.time_passes:
        for name, seconds in timer.seconds:
            print(f"{seconds:8.3f} s  {name}", file=sys.stderr)
        print(f"{sum(s for _, s in timer.seconds):8.3f} s  total", file=sys.stderr)
    return 0


def _tell_skipped(phase: str, module: ModuleOp) -> None:
    """Say which threshold was taken, for the same without a search, and what it skips."""
    attributes = find_function(module, "main").attributes if phase == "integer" else {}
    threshold, share = attributes.get(THRESHOLD), attributes.get(SKIPPED)
    if isinstance(threshold, FloatAttr) and isinstance(share, FloatAttr):
        note(
            f"skipped: {100 * share.value.data:.1f} % of the weights of dense products, with "
            f"--skip-threshold {threshold.value.data:.6g}"
        )


def _print_report(unit: Unit, choice: Choice | None) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("layer", "op", "MACs")
    for layer in unit.layers:
        table.add_row(layer.name, layer.op, f"{layer.macs:,}")
    Console().print(table)
    if rows := decisions_of(unit.module):
        places = Table("node", "where", "why")
        for row in rows:
            places.add_row(row["node"], row["where"], row["why"])
        Console().print(places)
    if choice is not None:
        Console().print(choice_table(choice))
