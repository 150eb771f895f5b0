"""`run_package`: build a package for a board, run it on samples, measure it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...dialects.errors import NnoptError
from .boards import Board, find_board
from .build import MARK_HOOK, Program, build
from .counting import SampleCounts
from .elf import Flash, flash_of_objects, flash_of_program
from .io import Array, pack_inputs, unpack_outputs
from .manifest import Manifest, read_manifest
from .result import LayerResult, Ram, RunResult
from .simulate import execute

SANITIZERS = (
    "-g1",
    "-O1",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined,float-cast-overflow",
    "-fno-sanitize-recover=all",
)
"""Compiler flags of a run under the address and undefined-behaviour sanitizers.

Lines but no variables in the debug information, and the optimization that the sanitizers' manual
advises: a third of the compilers' time for large networks.
"""


def run_package(
    out_dir: Path,
    inputs: Mapping[str, Array],
    board: str = "mps2-an386",
    *,
    profile: bool = False,
    raw: bool = False,
    limit: int | None = None,
    cflags: Sequence[str] = (),
    sanitize: bool = False,
    timeout: float | None = 1800.0,
) -> RunResult:
    """Build the package in `out_dir` for `board`, run it on every sample and measure it.

    `inputs` maps ONNX input names, or `in_<name>` with `/` and `:` as `_`, to arrays of shape
    (N, *onnx_shape); `limit` runs the first samples only. With `profile` the first sample runs once
    more in a build that announces its layers. With `raw` outputs stay as C leaves them. `cflags`
    are appended to the manifest's compiler flags for the package's files. `sanitize` (host only)
    builds everything with the address and undefined-behaviour sanitizers. `timeout` is in seconds,
    for each of the two runs.

    Raises NnoptError for anything wrong with package, inputs, board, tools or the run itself.
    """
    manifest = read_manifest(out_dir)
    chosen = find_board(board)
    if sanitize and not chosen.is_host:
        raise NnoptError(f"sanitizers run on the host only, not on {board}")
    if limit is not None and limit < 1:
        raise NnoptError(f"the limit of {limit} leaves no sample to run")
    data, samples = pack_inputs(manifest, inputs, limit)
    extra = SANITIZERS if sanitize else ()
    with tempfile.TemporaryDirectory(prefix="nnopt-run-") as name:
        folder = Path(name)
        program = build(manifest, chosen, folder, cflags, sanitize=extra)
        execution = execute(program, manifest, chosen, data, timeout)
        flash = _flash(program, chosen)
        layers: tuple[LayerResult, ...] = ()
        if profile and not chosen.is_host:
            program = build(manifest, chosen, folder, cflags, hook=MARK_HOOK)
            first = data[: len(data) // samples]
            counts = execute(program, manifest, chosen, first, timeout).counts
            layers = _layers(manifest, chosen, counts[0])
    return RunResult(
        outputs=unpack_outputs(manifest, execution.output, samples, raw=raw),
        instructions=_mean([count.total.instructions for count in execution.counts]),
        cycles_estimate=(
            _mean([count.total.cycles for count in execution.counts])
            if chosen.estimates_cycles
            else None
        ),
        ram=_ram(manifest, execution.stack),
        flash=flash,
        board=chosen.name,
        target=manifest.target,
        layers=layers,
        per_sample_instructions=tuple(count.total.instructions for count in execution.counts),
    )


def _mean(values: Sequence[int]) -> int | None:
    return (sum(values) + len(values) // 2) // len(values) if values else None


def _flash(program: Program, board: Board) -> Flash:
    if board.is_host:
        return flash_of_objects(program.package_objects)
    return flash_of_program(program.elf)


def _ram(manifest: Manifest, stack: int | None) -> Ram:
    scratch = manifest.scratch_bytes
    tensors = (*manifest.inputs, *manifest.outputs)
    whole = [tensor for tensor in tensors if tensor.rows is None]
    caller = sum(tensor.bytes for tensor in whole if tensor.arena_offset is None)
    return Ram(manifest.arena_bytes - scratch, scratch, stack, caller, manifest.state_bytes)


def _layers(manifest: Manifest, board: Board, counts: SampleCounts) -> tuple[LayerResult, ...]:
    """Put the counts of one inference beside the manifest's layers."""
    results: list[LayerResult] = []
    for layer in manifest.layers:
        count = counts.layers.get(layer.index)
        cycles = count.cycles if count is not None else 0
        results.append(
            LayerResult(
                name=layer.name,
                op=layer.op,
                instructions=count.instructions if count is not None else 0,
                cycles_estimate=cycles if board.estimates_cycles else None,
                macs=layer.macs,
            )
        )
    return tuple(results)
