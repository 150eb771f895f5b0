"""Skip the operands of dense products that hardly matter, on the integer graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import FloatAttr, ModuleOp, f64
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.transforms.dead_code_elimination import region_dce
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.errors import NnoptError
from ...dialects.interpreters import find_function
from ...dialects.interpreters.nn_contraction import padded, windows
from ..rewriting import constant_of, shape_of
from ..schedule.unpacked import unpacked_plan
from ..schedule.variants import window_of
from .batching import CHUNK, BatchRunner, run_all, stacked
from .calibrate import input_names
from .samples import open_samples, read_labels
from .significance import Moments, skip, skip_everywhere

Array = NDArray[Any]
Dense = nn.Conv2dOp | nn.FullyConnectedOp

ROWS = 32768
"""Positions that the moments of a layer's inputs are taken of, at most."""

UNITS = ("weights", "pairs", "channels")
"""What is skipped together."""

TRIALS = 8
"""Thresholds that the search tries."""

MOST_BIAS = 1 << 30
"""Bound of a bias after skipping."""

THRESHOLD, SKIPPED = "nn.threshold", "nn.skipped"
"""Attributes of the function: the threshold that was taken, the share of weights that are zero."""

RANGE = (1e-5, 0.1)
"""The thresholds that the search chooses from."""


def name_of(op: Operation) -> str:
    """The name of a layer: that of its node in the model."""
    return nn.node_name(op) or op.name


def is_dense(op: Operation) -> bool:
    """Whether operands of the op can be skipped: bytes times constant bytes, in one group."""
    if not isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp):
        return False
    weights, bias = constant_of(op.weight), constant_of(op.bias)
    return (
        weights is not None
        and weights.dtype == np.int8
        and bias is not None
        and bias.dtype == np.int32
        and op.weight_zero_point.value.data == 0
        and (not isinstance(op, nn.Conv2dOp) or op.groups.value.data == 1)
    )


def rows_of(op: Dense, x: Array) -> Array:
    """Some of the inputs (rows, K) that sums are taken over, minus their zero point."""
    centred = x.reshape(len(x), *shape_of(op.input)[1:]).astype(np.int64)
    centred = centred - op.input_zero_point.value.data
    if isinstance(op, nn.FullyConnectedOp):
        rows = centred.reshape(-1, centred.shape[-1])
        return rows[_some(len(rows))]
    size, strides, pads, dilations = op.window()
    views = windows(padded(centred, pads, 0), size, strides, dilations)
    count = int(np.prod(views.shape[:3]))
    chosen = np.unravel_index(_some(count), views.shape[:3])
    return views[chosen].transpose(0, 2, 3, 1).reshape(len(chosen[0]), -1)


def _some(count: int) -> Array:
    """Some of so many indices, evenly spread over primes of samples and positions."""
    if count <= ROWS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, ROWS, replace=False))


def units_of(op: Dense, unit: str) -> Array:
    """Numbers of the inputs of a sum that are skipped together, a row each; -1 for none."""
    size = int(np.prod(shape_of(op.weight)[1:]))
    if unit == "weights":
        return np.arange(size)[:, None]
    if unit == "channels":
        return np.arange(size).reshape(-1, shape_of(op.weight)[-1]).T
    pairs = unpacked_plan(window_of(op)).pairs()
    return pairs[(pairs >= 0).any(1)]


def integers(module: ModuleOp, samples: Mapping[str, Array]) -> dict[str, Array]:
    """Samples of the model's inputs as the integer graph takes them."""
    function = find_function(module, "main")
    given: dict[str, Array] = {}
    attributes = function.arg_attrs.data if function.arg_attrs is not None else ()
    for index, (name, argument) in enumerate(
        zip(input_names(function), function.body.block.args, strict=True)
    ):
        entry: dict[str, Any] = dict(attributes[index].data) if attributes else {}
        array, perm = samples[name], entry.get("nn.perm")
        if perm is not None:
            array = array.transpose(0, *(1 + int(a) for a in perm.get_values()))
        encoding = entry.get("nn.encoding")
        if isinstance(encoding, fxp.FxpType):
            array = encoding.quantize_array(array.astype(np.float32))
        given[name] = array.reshape(len(array), *shape_of(argument))
    return given


class _Chunked(BatchRunner):
    """Leaves dense products to the observer, which does them once, a few samples at a time."""

    def _run(self, op: Operation, values: dict[SSAValue, Array], count: int) -> Array:
        if is_dense(op):
            return np.zeros((count, *shape_of(op.results[0])), np.int32)
        return super()._run(op, values, count)

    def product(self, op: Dense, x: Array, weights: Array, bias: Array) -> Array:
        """The sums of a dense product for inputs (N, *shape)."""
        whole = x.reshape(len(x), *shape_of(op.input)[1:])
        parts = [
            np.asarray(self.interpreter.run_op(op, (part, weights, bias))[0])
            for part in np.array_split(whole, -(-len(x) // CHUNK))
        ]
        return np.concatenate(parts).reshape(len(x), *shape_of(op.results[0]))


@dataclass
class Skipping:
    """Skips operands layer by layer, each seeing what the layers before it give then."""

    unit: str
    compensate: bool
    samples: Mapping[str, Array]

    def apply(self, module: ModuleOp, thresholds: Mapping[str, float]) -> None:
        """Change weights and biases; `thresholds` has that of each layer by its name."""
        runner = _Chunked(module)
        changes: list[tuple[Dense, Array, Array]] = []

        def observe(op: Operation, operands: Sequence[Array], result: Array) -> Array:
            if not is_dense(op):
                return result
            dense = cast(Dense, op)
            x, weights, bias = operands
            threshold = thresholds.get(name_of(op), 0.0)
            if threshold > 0:
                weights, bias = self._skipped(dense, operands, threshold)
                changes.append((dense, weights, bias))
            return runner.product(dense, x, weights, bias)

        runner.run(self.samples, observe)
        for op, weights, bias in changes:
            _exchange(op, 1, weights)
            _exchange(op, 2, bias)

    def _skipped(
        self, op: Dense, operands: Sequence[Array], threshold: float
    ) -> tuple[Array, Array]:
        weights = operands[1]
        flat = weights.reshape(len(weights), -1)
        moments = Moments.of(rows_of(op, operands[0]))
        units = units_of(op, self.unit)
        if self.unit == "channels":
            skipped = skip_everywhere(flat, moments, units, threshold, self.compensate)
        else:
            skipped = skip(flat, moments, units, threshold, self.compensate)
        bias = np.clip(operands[2].astype(np.int64) + skipped.bias, -MOST_BIAS, MOST_BIAS)
        return skipped.weights.astype(np.int8).reshape(weights.shape), bias.astype(np.int32)


def _exchange(op: Operation, index: int, array: Array) -> None:
    """Give an op another constant operand."""
    constant = nn.ConstantOp.from_array(np.ascontiguousarray(array))
    constant.location = op.location
    constant.result.name_hint = op.operands[index].name_hint
    Rewriter.insert_op(constant, InsertPoint.before(op))
    op.operands[index] = constant.result


def shares(module: ModuleOp) -> dict[str, float]:
    """What skipping in each layer is worth: the sums that a weight is in, relative to the most.

    Nothing in products of one row beside others: they cost little, and there are as few samples of
    their inputs.
    """
    shapes = {name_of(op): shape_of(op.results[0]) for op in module.walk() if is_dense(op)}
    several = any(prod(shape[:-1]) > 1 for shape in shapes.values())
    sizes = {
        name: 0 if several and prod(shape[:-1]) == 1 else prod(shape)
        for name, shape in shapes.items()
    }
    most = max(sizes.values(), default=1)
    return {name: size / most for name, size in sizes.items()}


@dataclass
class Search:
    """The largest threshold with which samples that it was not measured on lose little."""

    module: ModuleOp
    skipping: Skipping
    thresholds: Callable[[float], Mapping[str, float]]
    samples: Mapping[str, Array]
    labels: Array | None
    budget: float

    def run(self) -> float:
        """Halve the range of thresholds, on a logarithmic scale; 0 where all lose too much."""
        output = run_all(BatchRunner(self.module), self.samples)
        truth: Array = output.argmax(1) if self.labels is None else self.labels
        least = _accuracy(output, truth) - self.budget / 100
        low, high = (float(np.log(end)) for end in RANGE)
        best = 0.0
        for _ in range(TRIALS):
            middle = (low + high) / 2
            copy = self.module.clone()
            self.skipping.apply(copy, self.thresholds(float(np.exp(middle))))
            if _accuracy(run_all(BatchRunner(copy), self.samples), truth) >= least:
                low = middle
                best = float(np.exp(middle))
            else:
                high = middle
        return best


def _accuracy(output: Array, truth: Array) -> float:
    """The share of samples (N, classes) with the right class."""
    return float(np.count_nonzero(output.argmax(1) == truth)) / len(output)


@dataclass(frozen=True)
class SkipOperandsPass(ModulePass):
    """Set weights that hardly matter to zero, and put what they add on average into the bias.

    After significance-aware skipping (https://arxiv.org/abs/2409.16815): what the products of an
    input's weight contribute to their sum is measured on samples, layer by layer, each with the
    layers before it changed already. What is skipped is a unit: single weights, the pairs of
    weights that one instruction multiplies in unpacked code, or whole input channels, which
    `drop-channels` then takes out of the layer that makes them too. A unit goes where the variance
    that is lost, relative to the sum's, lies below the layer's threshold: that of the network,
    times the sums that a weight of the layer is in relative to the largest layer, because that is
    what skipping saves. The weights that stay take over what they can of those that go.

    Run it on the integer graph before `merge-rescales`, whose bounds follow from the weights.

    The second and the third of these inputs are always the same, and the last is about 21: so what
    the third adds, the second adds too, and the last goes to the bias.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x4xi8> {nn.name = "x"}) -> tensor<1x1xi32> {
      %w = nn.constant {value = dense<[[9, 7, -5, 3]]> : tensor<1x4xi8>} : tensor<1x4xi8>
      %b = nn.constant {value = dense<100> : tensor<1xi32>} : tensor<1xi32>
      %y = nn.fully_connected %x, %w, %b
          : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi32>
      func.return %y : tensor<1x1xi32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x4xi8> {nn.name = "x"}) -> tensor<1x1xi32>
        attributes {nn.threshold = 0.01 : f64, nn.skipped = 0.5 : f64} {
      %w = nn.constant {value = dense<[[9, 2, 0, 0]]> : tensor<1x4xi8>} : tensor<1x4xi8>
      %b = nn.constant {value = dense<163> : tensor<1xi32>} : tensor<1xi32>
      %y = nn.fully_connected %x, %w, %b
          : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi32>
      func.return %y : tensor<1x1xi32>
    }
    ```
    """

    name = "skip-operands"

    data: str
    """An .npz with arrays (N, *input shape), or a folder of .npy files or images, one a sample."""

    threshold: float = 0.0
    """Significance below which the largest layer skips."""

    layers: str = "{}"
    """Thresholds of single layers in place of that, a JSON object of numbers by name."""

    unit: str = "pairs"
    """What is skipped together: weights, pairs or channels."""

    compensate: bool = True
    """Let the weights that stay take over what they can; otherwise only the bias changes."""

    budget: float = -1.0
    """Points of accuracy that may be lost: search for the threshold; negative: do not."""

    labels: str | None = None
    """Classes of the samples, for the search; without, agreement with the exact network counts."""

    limit: int = 2048
    """Measure inputs on the first so many samples (half of them if there are fewer and a budget),
    and the accuracy on those after them."""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise PassFailedException(
                f"skip-operands: unit {self.unit} is not known: choose one of {', '.join(UNITS)}"
            )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Skip in all layers."""
        try:
            self._apply(op)
        except NnoptError as error:
            raise PassFailedException(f"skip-operands: {error}") from error

    def _apply(self, op: ModuleOp) -> None:
        own = self._own(op)
        worth = shares(op)

        def thresholds(whole: float) -> dict[str, float]:
            return {name: own.get(name, whole * share) for name, share in worth.items()}

        samples = _samples(op, self.data, None if self.budget >= 0 else self.limit)
        count = len(next(iter(samples.values())))
        first = min(self.limit, count // 2) if self.budget >= 0 else count
        if first < 1:
            raise NnoptError(f"'{self.data}' has {count} samples, too few to measure on")
        given = integers(op, samples)
        skipping = Skipping(self.unit, self.compensate, {k: v[:first] for k, v in given.items()})
        threshold = self.threshold
        if self.budget >= 0:
            labels = None if self.labels is None else read_labels(self.labels, count)[first:]
            rest = {name: array[first:] for name, array in given.items()}
            threshold = Search(op, skipping, thresholds, rest, labels, self.budget).run()
        chosen = thresholds(threshold)
        skipping.apply(op, chosen)
        region_dce(op.body)
        function = find_function(op, "main")
        function.attributes[THRESHOLD] = FloatAttr(threshold, f64)
        function.attributes[SKIPPED] = FloatAttr(skipped_share(op), f64)

    def _own(self, op: ModuleOp) -> dict[str, float]:
        try:
            content: object = json.loads(self.layers)
        except json.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            raise NnoptError(f"layers: expected a JSON object of numbers by name: {self.layers}")
        own = {str(k): float(v) for k, v in cast("dict[str, Any]", content).items()}
        known = [name_of(inner) for inner in op.walk() if is_dense(inner)]
        for name in own:
            if name not in known:
                raise NnoptError(
                    f"no layer whose operands can be skipped is called '{name}': there are "
                    f"{', '.join(known) or 'none'}"
                )
        return own


def skipped_share(module: ModuleOp) -> float:
    """The share of the weights of dense products that are zero."""
    arrays = [constant_of(op.operands[1]) for op in module.walk() if is_dense(op)]
    known = [a for a in arrays if a is not None]
    total = sum(a.size for a in known)
    return round(1 - sum(int(np.count_nonzero(a)) for a in known) / max(1, total), 4)


def _samples(module: ModuleOp, path: str, limit: int | None) -> dict[str, Array]:
    """Samples of the model's inputs, as the model takes them."""
    function = find_function(module, "main")
    attributes = function.arg_attrs.data if function.arg_attrs is not None else ()
    shapes: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(input_names(function)):
        entry: dict[str, Any] = dict(attributes[index].data) if attributes else {}
        own = shape_of(function.body.block.args[index])
        shapes[name] = tuple(entry["nn.shape"].get_values()) if "nn.shape" in entry else own
    found = list(islice(open_samples(path, shapes), limit))
    if not found:
        raise NnoptError(f"'{path}' has no samples")
    return stacked(found)
