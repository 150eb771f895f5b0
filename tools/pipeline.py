"""The compiler's phases, from an imported graph to loops: names of passes, in order.

Every phase ends at a level of docs/levels.md, whose IR can be printed, run and kept as a golden
file. A phase is a list of pass specifications, as `nnopt-opt -p` takes them.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass, PassPipeline
from xdsl.universe import Universe

from ..dialects.errors import NnoptError
from ..lowering.integer import INTEGER_PIPELINE
from ..passes.graph import GRAPH_PIPELINE
from ..passes.quantize import QUANTIZED_PIPELINE
from ..passes.quantize.observers import OBSERVERS
from ..passes.quantize.schemes import FLOAT, SCHEMES
from ..passes.quantize.skip_operands import UNITS
from .output import detail


@dataclass(frozen=True)
class Target:
    """A processor that code is made for: the instruction set its schedules use."""

    name: str
    isa: str
    block: tuple[int, int]
    real_block: tuple[int, int] | None = None
    """The register block of kernels on f32, where it is another one."""


TARGETS = {
    t.name: t
    for t in (
        Target("portable", "portable", (1, 4)),
        Target("cortex-m0plus", "portable", (1, 2)),
        Target("cortex-m4", "armv7e-m", (2, 2), (2, 8)),
        Target("cortex-m7", "armv7e-m", (2, 2), (2, 8)),
        Target("cortex-m55", "helium", (2, 2), (2, 8)),
        Target("rv32imc", "rv32im", (1, 4)),
    )
}
"""Targets by name; `isa` and register block are the defaults of their schedules."""


FUSE = ("none", "rows")
"""What `--fuse` takes: kernels one after the other, or chains of convolutions row by row."""

SMALLEST = "smallest"
"""What `--algorithm` takes beside those of `schedule`: the fastest kernels, but slower ones
where that saves RAM."""

QUANTIZE = (FLOAT, *SCHEMES)
"""What `--quantize` takes: as the model is, or one of the schemes of `insert-quantizers`."""

MIXED = "mixed"
"""What `--quantize` takes as well: becomes a scheme and `--layer` options (`tools/mixed.py`)."""

BETTER: dict[str, tuple[str, ...]] = {"int16x8": ("rounding",)}
"""The default of `--improve` by scheme: where 8-bit weights are all that costs accuracy."""


IMPROVE = ("equalize", "rounding", "bias")
"""What `--improve` takes: passes that make post-training quantization more exact."""


def improvements(scheme: str, given: Sequence[str] | None) -> tuple[str, ...]:
    """What `--improve` means for a scheme: the default where nothing is given; none with "none"."""
    return BETTER.get(scheme, ()) if given is None else tuple(n for n in given if n != "none")


@dataclass(frozen=True)
class Options:
    """What a user can choose; the names are those of `nnopt compile`."""

    target: str = "cortex-m4"
    quantize: str = "float"
    calibrate: str | None = None
    observer: str = "min-max"
    improve: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    io: str = "native"
    place: str = "exact"
    io_memory: str = "caller"
    fuse: str = "none"
    max_recompute: float = 1.0
    """How many times the network's multiplications may be done to save RAM; above 1 fuses too."""
    memory: tuple[str, ...] = ()
    """Several memories, each as `NAME:BYTES`, the fastest first."""
    input_strips: int | None = None
    """Rows of the image that are asked for at a time; None if it is in memory as a whole."""
    ram_limit: int | None = None
    """Bytes of RAM that are there; what costs instructions is done only if it takes less."""
    flash_limit: int | None = None
    """Bytes of flash that are there; kernels are the fastest that fit together."""
    algorithm: str = "auto"
    loop_order: tuple[str, ...] = ("oh", "ow", "oc")
    block: tuple[int, int] | None = None
    skip: float | None = None
    """Points of accuracy that skipping operands may lose; None: no search."""
    skip_threshold: float = 0.0
    """Significance below which operands are skipped."""
    skip_layers: tuple[str, ...] = ()
    """The same for single layers, each as `NAME=NUMBER`."""
    skip_unit: str = "pairs"
    """What is skipped together."""
    labels: str | None = None
    """Classes of the samples of `calibrate`, for the search of `skip`."""
    unpack: tuple[str, ...] = ()
    """Layers that become straight-line code, or auto."""
    unpack_flash: int | None = None
    """Bytes that the code of such layers may take."""
    prefix: str = "net"
    bind: tuple[str, ...] = ()
    """Sizes of symbolic dimensions, each as `NAME=NUMBER`."""
    accelerators: tuple[str, ...] = ()
    """What may be computed elsewhere, and by whom: names, perhaps with settings."""
    state: tuple[str, ...] = ()
    """Tensors kept between calls, each as `INPUT:OUTPUT`."""

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise NnoptError(
                f"target '{self.target}' is not known: choose one of {', '.join(TARGETS)}"
            )
        if self.quantize not in QUANTIZE:
            raise NnoptError(
                f"--quantize {self.quantize} is not known: choose one of "
                f"{', '.join((*QUANTIZE, MIXED))}"
            )
        for text in self.layers:
            if text.rpartition("=")[2] not in QUANTIZE or "=" not in text:
                raise NnoptError(f"--layer {text} is no NAME=HOW, HOW one of {', '.join(QUANTIZE)}")
        for name in self.improve:
            if name not in IMPROVE:
                raise NnoptError(
                    f"--improve {name} is not known: choose among {', '.join(IMPROVE)}"
                )
        if self.observer not in OBSERVERS:
            raise NnoptError(
                f"--observer {self.observer} is not known: choose one of {', '.join(OBSERVERS)}"
            )
        if self.fuse not in FUSE:
            raise NnoptError(f"--fuse {self.fuse} is not known: choose one of {', '.join(FUSE)}")
        if not 1 <= self.max_recompute < math.inf:
            raise NnoptError(
                f"--max-recompute {self.max_recompute:g}: a factor of all multiplications is "
                "needed, 1 or more, as in 1.3"
            )
        if skips(self) and self.calibrate is None:
            raise NnoptError("skipping operands needs --calibrate data.npz")
        if self.skip_unit not in UNITS:
            raise NnoptError(
                f"--skip-unit {self.skip_unit} is not known: choose one of {', '.join(UNITS)}"
            )
        for text in self.skip_layers:
            if not _is_number(text.rpartition("=")[2]) or "=" not in text:
                raise NnoptError(f"--skip-layer {text} is no NAME=THRESHOLD")
        if self.unpack and self.input_strips is not None:
            raise NnoptError(
                "--unpack and --input-strips do not go together yet: straight-line code reads a "
                "whole image; leave one out"
            )
        if self.input_strips is not None and self.input_strips < 1:
            raise NnoptError(f"--input-strips {self.input_strips}: ask for one row at least")
        fixed = self.quantize != FLOAT and SCHEMES[self.quantize].steps == "powers-of-two"
        if self.quantize != FLOAT and self.calibrate is None and (not fixed or self.improve):
            raise NnoptError(f"--quantize {self.quantize} needs --calibrate data.npz")

    @property
    def fuses(self) -> bool:
        """Whether kernels may become one."""
        return self.fuse == "rows" or self.max_recompute > 1


def _is_number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False


def _layers(options: Options) -> str:
    """The schemes of single layers as a pass option: JSON in a string."""
    pairs = dict(text.rsplit("=", 1) for text in options.layers)
    return json.dumps(json.dumps(pairs, ensure_ascii=False), ensure_ascii=False)


def _fuse_rows(options: Options) -> list[str]:
    """The pass that fuses kernels and makes them smaller, as far as it is asked for."""
    more = {
        "recompute": f"{options.max_recompute:f}" if options.max_recompute > 1 else None,
        "direct": "true" if options.algorithm == SMALLEST else None,
        "fuse": "false" if not options.fuses else None,
    }
    if not options.fuses and options.algorithm != SMALLEST:
        return []
    given = "".join(f" {name}={value}" for name, value in more.items() if value is not None)
    return [f'fuse-rows{{io="{options.io_memory}" limit={options.ram_limit or 0}{given}}}']


def _offload(options: Options) -> list[str]:
    if not options.accelerators:
        return []
    names = ",".join(json.dumps(name, ensure_ascii=False) for name in options.accelerators)
    isa = TARGETS[options.target].isa
    return [f'offload{{to={names} isa="{isa}" io="{options.io_memory}"}}', "dce"]


def skips(options: Options) -> bool:
    """Whether operands are skipped."""
    return options.skip is not None or options.skip_threshold > 0 or bool(options.skip_layers)


def _skipping(options: Options) -> list[str]:
    """The passes to the integer graph, operands skipped before bounds are taken of weights."""
    if not skips(options):
        return list(INTEGER_PIPELINE)
    layers = {
        name: float(number) for name, _, number in (x.rpartition("=") for x in options.skip_layers)
    }
    given = {
        "data": options.calibrate,
        "threshold": options.skip_threshold,
        "layers": json.dumps(layers, ensure_ascii=False),
        "unit": options.skip_unit,
        **({} if options.skip is None else {"budget": float(options.skip)}),
        **({} if options.labels is None else {"labels": options.labels}),
    }
    text = " ".join(
        f"{k}={v:.12f}" if isinstance(v, float) else f"{k}={json.dumps(v, ensure_ascii=False)}"
        for k, v in given.items()
    )
    after = INTEGER_PIPELINE.index("drop-channels") + 1
    first, rest = INTEGER_PIPELINE[:after], INTEGER_PIPELINE[after:]
    return [*first, f"skip-operands{{{text}}}", "drop-channels", *rest]


def _unpack(options: Options) -> str:
    layers = ",".join(json.dumps(name, ensure_ascii=False) for name in options.unpack)
    return f"unpack-kernels{{layers={layers} flash={options.unpack_flash or 0}}}"


def preparation(options: Options) -> list[str]:
    """Passes before `insert-quantizers`: calibration, and what adapts the network to a scheme."""
    path = json.dumps(options.calibrate, ensure_ascii=False)
    bits = SCHEMES[options.quantize].bits
    same = f"data={path} scheme={options.quantize} layers={_layers(options)}"
    steps = {
        "equalize": "equalize",
        "calibrate": f"calibrate{{data={path} algorithm={options.observer} bits={bits}}}",
        "rounding": f"round-weights{{{same}}}",
        "bias": f"correct-bias{{{same}}}",
    }
    return [step for name, step in steps.items() if name in (*options.improve, "calibrate")]


def phases(options: Options) -> dict[str, list[str]]:
    """Pass specifications by phase, in order."""
    target = TARGETS[options.target]
    pixels, channels = options.block or target.block
    real = options.block or target.real_block
    real_block = f"real-block={real[0]},{real[1]} " if real is not None else ""
    flash = f"flash-limit={options.flash_limit} " if options.flash_limit is not None else ""
    quantizers: list[str] = []
    if options.quantize != FLOAT and options.calibrate is None:
        quantizers = ["binary-points"]
    elif options.quantize != FLOAT:
        insert = f"insert-quantizers{{scheme={options.quantize} layers={_layers(options)}}}"
        quantizers = [*preparation(options), insert]
    algorithm = "auto" if options.algorithm == SMALLEST else options.algorithm
    order = ",".join(f'"{name}"' for name in options.loop_order)
    return {
        "graph": list(GRAPH_PIPELINE),
        "quantized": [*quantizers, *QUANTIZED_PIPELINE, f"native-io{{io={options.io}}}", "dce"],
        "integer": [*_skipping(options), "dce", *_offload(options)],
        "scheduled": [
            "form-kernels",
            f'schedule{{algorithm="{algorithm}" loop-order={order} '
            f'block={pixels},{channels} {real_block}{flash}isa="{target.isa}"}}',
            *([_unpack(options)] if options.unpack else []),
            "pack-weights",
            f'order-kernels{{io="{options.io_memory}"}}',
            *([f"strip-inputs{{rows={options.input_strips}}}"] if options.input_strips else []),
            *_fuse_rows(options),
        ],
        "placed": [
            f'place{{strategy={json.dumps(options.place)} io="{options.io_memory}"'
            + (f' memories="{",".join(options.memory)}"' if options.memory else "")
            + "}"
        ],
        "loops": ["lower-kernels"],
    }


@dataclass
class PassTimer:
    """Seconds spent in each pass, in order of execution."""

    seconds: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    _since: float = field(default_factory=time.perf_counter)

    def add(self, name: str) -> None:
        """Book the time since the last call under `name`."""
        now = time.perf_counter()
        self.seconds.append((name, now - self._since))
        detail(f"{name}: {now - self._since:.3f} s")
        self._since = now


def run_passes(
    module: ModuleOp, specifications: Sequence[str], timer: PassTimer | None = None
) -> None:
    """Run passes on a module, verifying it after each."""
    available = available_passes()

    def after(previous: ModulePass | None, result: ModuleOp, _: ModulePass | None) -> None:
        if previous is not None:
            result.verify()
            if timer is not None:
                timer.add(previous.name)

    pipeline = PassPipeline.parse_spec(available, ",".join(specifications), after)
    pipeline.apply(Context(), module)


def available_passes() -> dict[str, Callable[[], type[ModulePass]]]:
    """All passes by name: ours, xDSL's, and those of other installed packages."""
    return Universe.get_multiverse().all_passes
