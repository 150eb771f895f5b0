"""`run_layers`: what every layer of a package computes, read from the running C."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...dialects.errors import NnoptError
from .boards import find_board
from .build import DUMP_HOOK, build
from .io import Array, pack_inputs
from .manifest import Manifest, read_manifest
from .simulate import execute


def run_layers(
    out_dir: Path,
    inputs: Mapping[str, Array],
    board: str = "mps2-an386",
    *,
    limit: int | None = None,
    timeout: float | None = 1800.0,
) -> list[Array]:
    """Build the package in `out_dir` for `board`, run it, and return each layer's result.

    The package calls back after each layer, and the harness saves the layer's output before the
    next one may overwrite it. `inputs` and `limit` are those of `run_package`; `timeout` is in
    seconds. The arrays have shape (N, *shape of the layer in C), C's element types and order.
    Raises NnoptError for anything wrong with package, inputs, board, tools or the run itself.
    """
    manifest = read_manifest(out_dir)
    chosen = find_board(board)
    data, samples = pack_inputs(manifest, inputs, limit)
    with tempfile.TemporaryDirectory(prefix="nnopt-layers-") as name:
        folder = Path(name)
        program = build(manifest, chosen, folder, hook=DUMP_HOOK)
        execute(program, manifest, chosen, data, timeout)
        dump = (folder / "layers.bin").read_bytes() if manifest.layers else b""
    return unpack_layers(manifest, dump, samples)


def unpack_layers(manifest: Manifest, data: bytes, samples: int) -> list[Array]:
    """Take apart what the hook wrote: for each layer (N, *shape). Raises NnoptError on damage."""
    outputs = [layer.output for layer in manifest.layers if layer.output is not None]
    size = sum(output.bytes for output in outputs)
    if len(data) != size * samples:
        raise NnoptError(f"the run wrote {len(data)} bytes of layers instead of {size * samples}")
    table = np.frombuffer(data, np.uint8).reshape(samples, size)
    arrays: list[Array] = []
    start = 0
    for output in outputs:
        columns = np.ascontiguousarray(table[:, start : start + output.bytes])
        arrays.append(columns.view(output.dtype).reshape(samples, *output.shape))
        start += output.bytes
    return arrays
