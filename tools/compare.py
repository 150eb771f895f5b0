"""`nnopt compare`: layer by layer, the ONNX model, our interpreter and the C on a board.

    nnopt compare model.onnx out/ --input x.npz --board host

The model is compiled again in memory, with the options that the package records, up to the placed
level; the interpreter runs that, the board runs the package, and each layer's result of both is
compared, bit for bit, and with the value that an ONNX runtime computes there.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import NnoptError
from ..lowering.onnx_frontend import read_graph
from ..lowering.tflite_frontend import is_tflite
from .compile import compile_module
from .layers import Array, Layer, LayerInterpreter, read_encodings, read_layers
from .model_options import parse_bindings
from .onnx_values import chain, layouts, read_runner, sqnr
from .package import MANIFEST, sha256
from .pipeline import Options
from .run import Manifest, load_npz, read_manifest
from .run.boards import BOARDS
from .run.io import find_input, pack_inputs, quantize
from .run.layers import run_layers
from .run.manifest import Tensor
from .tflite_values import tflite_candidates, tflite_values

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

FLOAT_TOLERANCE = 1e-4
"""Float layers may differ between C and interpreter by this much of their largest magnitude."""

CLEARLY_NEARER = 3.0
"""Decibels by which one ONNX value must be nearer to a layer than another to be preferred."""


@dataclass(frozen=True)
class LayerComparison:
    """One layer: the C against the interpreter and against ONNX, over all samples."""

    index: int
    name: str
    op: str
    dtype: str
    shape: tuple[int, ...]
    differing: int
    """Elements of the C whose bits are not the interpreter's."""
    max_difference: float
    """Largest difference between C and interpreter, as stored."""
    diverges: bool
    """Integers: any difference; floats: one of more than FLOAT_TOLERANCE."""
    onnx: str | None
    """The ONNX value that the layer was compared with; None if none corresponds."""
    exact: bool
    """The C has that very value in every element."""
    sqnr_db: float | None
    """Signal to noise of the C against ONNX; None if exact, or nothing to compare with."""
    max_error: float | None
    """Largest difference from ONNX, in real units if the encoding is known."""
    max_error_steps: float | None
    """The same in quantization steps of the layer; None for floats."""

    @property
    def is_integer(self) -> bool:
        """Whether the layer's result is stored as integers."""
        return np.dtype(self.dtype).kind in "iub"


@dataclass(frozen=True)
class Comparison:
    """All layers of a package on a board."""

    board: str
    samples: int
    layers: tuple[LayerComparison, ...]

    @property
    def first_divergence(self) -> LayerComparison | None:
        """The first layer in which the C leaves the interpreter."""
        return next((layer for layer in self.layers if layer.diverges), None)

    @property
    def integers_are_equal(self) -> bool:
        """Whether every integer layer of the C has the interpreter's bits."""
        return not any(layer.differing for layer in self.layers if layer.is_integer)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of `nnopt compare --json`."""
        first = self.first_divergence
        return {
            "board": self.board,
            "samples": self.samples,
            "integers_are_equal": self.integers_are_equal,
            "first_divergence": None if first is None else first.name,
            "layers": [asdict(layer) for layer in self.layers],
        }


def recorded_options(package: Path, model: Path, calibrate: Path | None) -> Options:
    """The options with which `package` was compiled; the model and the samples must be the same.

    Raises NnoptError if they are not, or if the manifest's options are not understood.
    """
    try:
        content: Any = json.loads((package / MANIFEST).read_text(encoding="utf-8"))
        recorded = dict(cast("Mapping[str, Any]", content["options"]))
        model_hash, samples_hash = recorded.pop("model"), recorded.pop("calibrate")
        if set(recorded) != {field.name for field in fields(Options)} - {"calibrate"}:
            raise KeyError
    except (OSError, ValueError, KeyError, TypeError):
        raise NnoptError(
            f"{package} does not record options of this version; compile the package again"
        ) from None
    if model_hash != _hash_of(model):
        raise NnoptError(f"{package} was not compiled from {model}: the file's hash is another one")
    if samples_hash is not None:
        if calibrate is None:
            raise NnoptError(f"{package} was compiled with --calibrate: give the same file here")
        if samples_hash != _hash_of(calibrate):
            raise NnoptError(f"{package} was not compiled with --calibrate {calibrate}")
    options: dict[str, Any] = {
        key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        for key, value in recorded.items()
    }
    options["calibrate"] = None if samples_hash is None else str(calibrate)
    return Options(**options)


def _hash_of(path: Path) -> str:
    try:
        return sha256(path.read_bytes())
    except OSError as error:
        raise NnoptError(f"cannot read '{path}': {error.strerror or error}") from error


def compile_layers(model: Path, options: Options) -> tuple[ModuleOp, list[Layer]]:
    """Compile a model in memory: the placed module and its layers. Raises NnoptError."""
    levels: dict[str, ModuleOp] = {}

    def observe(phase: str, module: ModuleOp) -> None:
        if phase in ("quantized", "placed"):
            levels[phase] = module.clone()

    compile_module(model, options, observe)
    placed = levels["placed"]
    return placed, read_layers(placed, read_encodings(levels["quantized"]))


def _check_same_layers(manifest: Manifest, layers: Sequence[Layer]) -> None:
    """Refuse a package that another version of the compiler has made."""
    same = len(manifest.layers) == len(layers)
    for ours, theirs in zip(layers, manifest.layers, strict=False):
        output = theirs.output
        if output is None:
            continue  # told by run_layers
        if output.where == "arena":
            same &= (ours.where, ours.base + ours.offset) == ("arena", output.offset)
        else:  # an output, or a state, whose place is no matter of the placed module
            same &= ours.where == "output" and ours.offset == 0
        same &= (ours.label, ours.dtype, ours.shape) == (theirs.name, output.dtype, output.shape)
    if not same:
        raise NnoptError(
            f"{manifest.folder} has other layers than this version makes; compile the package again"
        )


def interpret_samples(
    placed: ModuleOp, layers: Sequence[Layer], manifest: Manifest, data: bytes, samples: int
) -> list[Array]:
    """The interpreter's result of each layer, (N, *shape); `data` as `pack_inputs` makes it."""
    table = np.frombuffer(data, np.uint8).reshape(samples, -1)
    ends = np.cumsum([tensor.bytes for tensor in manifest.inputs])[:-1]
    rows: list[list[Array]] = []
    interpreter = LayerInterpreter(placed, layers)
    for row in table:
        parts = np.split(row, ends)
        inputs = [
            np.ascontiguousarray(part).view(tensor.dtype)
            for part, tensor in zip(parts, manifest.inputs, strict=True)
        ]
        rows.append(interpreter.run(inputs))
    return [np.stack(results) for results in zip(*rows, strict=True)]


def _onnx_samples(
    manifest: Manifest, arrays: Mapping[str, Array], samples: int
) -> list[dict[str, Array]]:
    """What an ONNX runtime is fed with, sample by sample."""

    def typed(tensor: Tensor) -> Array:
        array = find_input(arrays, tensor)[:samples]
        if array.dtype.kind == "f" and tensor.onnx_dtype.kind in "iu" and tensor.encoding:
            return quantize(array, tensor.encoding, tensor.onnx_dtype)
        return array.astype(tensor.onnx_dtype)

    columns = {tensor.name: typed(tensor) for tensor in manifest.inputs}
    return [{name: array[i] for name, array in columns.items()} for i in range(samples)]


def _onnx_states(manifest: Manifest) -> dict[str, tuple[str, Array]]:
    """The ONNX inputs that are states: the output that each becomes, and its first value."""
    return {
        state.tensor.name: (
            state.output,
            np.zeros(state.tensor.onnx_shape, state.tensor.onnx_dtype),
        )
        for state in manifest.states
    }


def onnx_candidates(
    model: Path, layers: Sequence[Layer], bind: Sequence[str] = ()
) -> list[list[str]]:
    """For each layer the ONNX values that it may stand for, the nearest first."""
    graph = read_graph(model, parse_bindings(bind), tell_batch=lambda _: None)
    known = {node.name for node in graph.nodes}
    last = {n: i for i, layer in enumerate(layers) for n in (*layer.nodes[:1], layer.label)}
    found: list[list[str]] = []
    for index, layer in enumerate(layers):
        nodes = [node for node in layer.nodes if node in known]
        others = {n for other in layers if other is not layer for n in other.nodes}
        # Of several layers made of one node, the last one computes its output.
        mine = bool(nodes) and last[nodes[0]] == index
        found.append(chain(graph, nodes[0], others - set(nodes)) if mine else [])
    return found


def _real(values: Array, layer: Layer) -> Array:
    """Stored numbers as reals, if the layer's encoding is known."""
    if layer.encoding is None or values.dtype.kind not in "iu":
        return values.astype(np.float64)
    zero_point, scale = int(layer.encoding.zero_points[0]), float(layer.encoding.scales[0])
    return (values.astype(np.float64) - zero_point) * scale


def _best_match(
    layer: Layer, ours: Array, candidates: Sequence[str], values: Mapping[str, Array]
) -> tuple[str, Array] | None:
    """Which of the candidates, in which layout, the layer's values `ours` stand for.

    Returns its name and its reals in the layer's shape. What was folded into a layer is not
    recorded; usually all of the chain, so a later value counts unless an earlier one is clearly
    nearer.
    """
    best: tuple[float, str, Array] | None = None
    for name in candidates:
        value = values.get(name)
        if value is None or (layer.encoding is None and value.dtype.kind != layer.dtype.kind):
            continue
        stored = value.dtype == layer.dtype
        laid = [
            _real(array, layer) if stored else array.astype(np.float64)
            for array in map(layer.selected, layouts(value, layer.full_shape))
        ]
        nearest = max(laid, key=lambda array: sqnr(array, ours), default=None)
        if nearest is None:
            continue
        quality = sqnr(nearest, ours)
        if best is None or quality >= best[0] - CLEARLY_NEARER:
            best = (quality, name, nearest)
    return None if best is None else best[1:]


def compare_layer(
    layer: Layer,
    of_c: Array,
    of_interpreter: Array,
    candidates: Sequence[str],
    values: Mapping[str, Array],
) -> dict[str, Any]:
    """The numbers of one LayerComparison. Arrays are (N, *shape) as stored."""
    c, wanted = of_c.astype(np.float64), of_interpreter.astype(np.float64)
    bits = f"u{layer.dtype.itemsize}"
    differing = int((of_c.view(bits) != of_interpreter.view(bits)).sum())
    largest = float(np.abs(c - wanted).max(initial=0.0))
    limit = FLOAT_TOLERANCE * float(np.abs(wanted).max(initial=0.0))
    is_float = layer.dtype.kind == "f"
    numbers: dict[str, Any] = {
        "differing": differing,
        "max_difference": largest,
        "diverges": not largest <= limit if is_float else differing > 0,
        "onnx": None,
        "exact": False,
        "sqnr_db": None,
        "max_error": None,
        "max_error_steps": None,
    }
    match = _best_match(layer, _real(of_interpreter, layer), candidates, values)
    if match is not None:
        name, real = match
        mine = _real(of_c, layer)
        error = float(np.abs(mine - real).max(initial=0.0))
        quality = sqnr(real, mine)
        numbers |= {"onnx": name, "exact": error == 0, "max_error": error}
        numbers["sqnr_db"] = round(quality, 2) if np.isfinite(quality) else None
        if not is_float:
            step = 1.0 if layer.encoding is None else float(layer.encoding.scales[0])
            numbers["max_error_steps"] = error / step
    return numbers


def compare(
    model: Path,
    package: Path,
    arrays: Mapping[str, Array],
    board: str = "host",
    *,
    calibrate: Path | None = None,
    limit: int | None = None,
) -> Comparison:
    """Compare the layers of `package` with those of `model` on samples keyed as for `run_package`.

    Raises NnoptError if the package was not made of this model by this version of the compiler, and
    for whatever is wrong with package, inputs, board or tools.
    """
    manifest = read_manifest(package)
    options = recorded_options(package, model, calibrate)
    if limit is not None and limit < 1:
        raise NnoptError(f"the limit of {limit} leaves no sample to run")
    data, samples = pack_inputs(manifest, arrays, limit)
    placed, layers = compile_layers(model, options)
    _check_same_layers(manifest, layers)
    of_c = run_layers(package, arrays, board, limit=limit)
    of_interpreter = interpret_samples(placed, layers, manifest, data, samples)
    inputs = _onnx_samples(manifest, arrays, samples)
    if is_tflite(model):
        candidates = tflite_candidates(layers)
        values = tflite_values(model, inputs)
    else:
        candidates = onnx_candidates(model, layers, options.bind)
        runner = read_runner(model, [name for names in candidates for name in names])
        values = runner.run(inputs, _onnx_states(manifest))
    compared = [
        LayerComparison(
            index=index,
            name=layer.label,
            op=manifest.layers[index].op,
            dtype=layer.dtype.name,
            shape=layer.shape,
            **compare_layer(layer, c, interpreted, names, values),
        )
        for index, (layer, c, interpreted, names) in enumerate(
            zip(layers, of_c, of_interpreter, candidates, strict=True)
        )
    ]
    return Comparison(board, samples, tuple(compared))


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the command `compare` with its options to the program's commands; return its parser."""
    parser = subparsers.add_parser(
        "compare", help="compare layer by layer: ONNX, the interpreter, the C on a board"
    )
    parser.add_argument("model", type=Path, help="the network: a .onnx or .tflite file")
    parser.add_argument("package", type=Path, help="folder that `nnopt compile` made of it")
    parser.add_argument(
        "--input", type=Path, required=True, metavar="X.NPZ", help="samples, as for `nnopt run`"
    )
    parser.add_argument(
        "--board", default="host", metavar="BOARD", help=f"one of {', '.join(BOARDS)}"
    )
    parser.add_argument(
        "--calibrate", type=Path, metavar="X.NPZ", help="the file the package was compiled with"
    )
    parser.add_argument(
        "--limit", type=int, default=4, metavar="N", help="compare the first N samples (default 4)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, no table")
    parser.set_defaults(main=main)
    return parser


def main(args: argparse.Namespace) -> int:
    """Run the command; 1 if an integer layer of the C has other bits than the interpreter."""
    comparison = compare(
        args.model,
        args.package,
        load_npz(args.input),
        args.board,
        calibrate=args.calibrate,
        limit=args.limit,
    )
    if args.json:
        print(json.dumps(comparison.to_json(), indent=2))
    else:
        _print_table(comparison)
    return 0 if comparison.integers_are_equal else 1


def _agreement(layer: LayerComparison) -> str:
    if not layer.differing:
        return "same bits"
    return f"{layer.max_difference:.2g} apart"


def _error(layer: LayerComparison) -> tuple[str, str]:
    """Signal to noise and largest error against ONNX, for people."""
    if layer.max_error is None:
        return "–", "–"
    if layer.exact:
        return "exact", "0"
    quality = "–" if layer.sqnr_db is None else f"{layer.sqnr_db:.1f} dB"
    if layer.max_error_steps is None:
        return quality, f"{layer.max_error:.2g}"
    return quality, f"{layer.max_error_steps:.3g} steps"


def _print_table(comparison: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table

    title = (
        f"C on board {comparison.board}, {comparison.samples} samples: its noise and largest error "
        "against ONNX, and whether it has the interpreter's bits"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("layer", overflow="fold", min_width=16)
    for heading in ("op", "type"):
        table.add_column(heading, overflow="fold")
    for heading in ("SQNR", "error", "C, interpreter"):
        table.add_column(heading, no_wrap=True)
    for layer in comparison.layers:
        row = (layer.name, layer.op, layer.dtype, *_error(layer), _agreement(layer))
        table.add_row(*row, style="red" if layer.diverges else None)
    console = Console()
    console.print(table)
    first = comparison.first_divergence
    if first is None:
        floats = f" (floats: within {FLOAT_TOLERANCE:g} of the largest)"
        some = any(layer.differing for layer in comparison.layers)
        console.print(f"The C agrees with the interpreter in every layer{floats if some else ''}.")
    else:
        console.print(
            f"The C first leaves the interpreter in layer {first.index}, {first.name} ({first.op})."
        )
