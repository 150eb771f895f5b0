"""What a run found out, as an object and as the JSON of `nnopt run --json`."""

from __future__ import annotations

from dataclasses import dataclass

from .elf import Flash
from .io import Array


@dataclass(frozen=True)
class Ram:
    """Bytes of memory that the network needs while it runs, without the caller's in- and outputs.

    `stack` is None where it cannot be measured (the host).
    """

    pool: int
    """The arena without `scratch`."""
    scratch: int
    stack: int | None
    io: int
    """The caller's input and output buffers; not part of the total."""
    state: int = 0
    """What the network keeps between calls."""

    @property
    def total(self) -> int:
        """Pool, scratch, state and stack."""
        return self.pool + self.scratch + self.state + (self.stack or 0)


@dataclass(frozen=True)
class LayerResult:
    """One layer's share of an inference."""

    name: str
    op: str
    instructions: int
    cycles_estimate: int | None
    macs: int


@dataclass(frozen=True)
class RunResult:
    """Outputs and costs of a package on a board."""

    outputs: dict[str, Array]
    """ONNX output name to (N, *onnx_shape); in C's own shape and type if run with `raw`."""
    instructions: int | None
    """Of one inference: the mean over the samples, rounded; None on the host."""
    cycles_estimate: int | None
    """Cortex-M4 cycles of one inference, likewise; None where it means nothing."""
    ram: Ram
    flash: Flash
    board: str
    target: str
    """The compiler target of the package."""
    layers: tuple[LayerResult, ...]
    """With `profile`: the costs of each layer for the first sample; else empty."""
    per_sample_instructions: tuple[int, ...]

    def to_json(self, outputs: str | None = None) -> dict[str, object]:
        """Return the JSON object; `outputs` is the path of the .npz the outputs were written to."""
        ram, flash = self.ram, self.flash
        content: dict[str, object] = {
            "outputs": outputs,
            "instructions": self.instructions,
            "cycles_estimate": self.cycles_estimate,
            "ram": {
                "pool": ram.pool,
                "scratch": ram.scratch,
                "state": ram.state,
                "stack": ram.stack,
                "total": ram.total,
                "io": ram.io,
            },
            "flash": {"code": flash.code, "weights": flash.weights, "total": flash.total},
            "board": self.board,
            "target": self.target,
        }
        if self.layers:
            content["layers"] = [
                {
                    "name": layer.name,
                    "op": layer.op,
                    "instructions": layer.instructions,
                    "cycles_estimate": layer.cycles_estimate,
                    "macs": layer.macs,
                }
                for layer in self.layers
            ]
        return content
