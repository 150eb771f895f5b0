"""Run a graph of real numbers on sample data and remember what range each value takes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, DictionaryAttr, ModuleOp, f64
from xdsl.interpreter import Interpreter, PythonValues
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn
from ...dialects.errors import NnoptError
from ...dialects.interpreters import checked, find_function, make_interpreter, names_of
from ...dialects.interpreters.streaming import Stream, state_names
from ..rewriting import shape_of
from .observers import OBSERVERS, MinMaxObserver, Observer
from .operators import is_real
from .progress import shown
from .samples import Samples, open_samples

RANGE = "nn.range"
SCHEME = "nn.scheme"
"""Left by `choose-schemes`."""
"""Attribute of an operation or an argument: ``array<f64: low, high>`` of its (first) result."""

Progress = Callable[[int], None]
"""Called with the number of samples done after each."""


@dataclass(frozen=True)
class CalibratePass(ModulePass):
    """Attach the range of every real value, seen on the samples of an .npz file.

    Before:

    ```mlir
    func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> tensor<4xf32> {
      %y = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
      func.return %y : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.range = array<f64: -1.0, 2.5>})
        -> tensor<4xf32> {
      %y = nn.relu %x {nn.range = array<f64: 0.0, 2.5>} : tensor<4xf32> -> tensor<4xf32>
      func.return %y : tensor<4xf32>
    }
    ```
    """

    name = "calibrate"

    data: str
    """An .npz with arrays (N, *input shape), or a folder of .npy files or images, one a sample."""

    algorithm: str = "min-max"
    """min-max, percentile (99.99 % of the values of each tensor), entropy, or mse."""

    bits: int = 8
    """Of the integers to be chosen; entropy and mse depend on it."""

    limit: int | None = None
    """Use only the first so many samples."""

    def __post_init__(self) -> None:
        if self.algorithm not in OBSERVERS:
            raise PassFailedException(
                f"calibrate: unknown algorithm '{self.algorithm}', known: {', '.join(OBSERVERS)}"
            )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Read, run, attach."""
        try:
            samples = module_samples(op, self.data)
            total = min(len(samples), self.limit or len(samples))
            stream = shown(islice(samples, self.limit), total, "calibrating")
            calibrate(op, stream, lambda: OBSERVERS[self.algorithm](self.bits))
        except NnoptError as error:
            raise PassFailedException(f"calibrate: {error}") from error


class _Recorder(Interpreter.Listener):
    """Shows the results of every operation to the observers of its values."""

    def __init__(self, make: Callable[[], Observer]):
        self.make = make
        self.observers: dict[SSAValue, Observer] = {}

    def observe(self, value: SSAValue, array: object) -> None:
        """Show the array of one value to its observer."""
        if isinstance(array, np.ndarray | np.generic) and is_real(value):
            if value not in self.observers:
                self.observers[value] = self.make()
            self.observers[value].observe(np.asarray(array, np.float32))

    def did_interpret_op(self, op: Operation, results: PythonValues) -> None:
        """Observe the results."""
        if isinstance(op, nn.ConstantOp):
            return
        for value, array in zip(op.results, results, strict=True):
            self.observe(value, array)


def calibrate(
    module: ModuleOp,
    samples: Iterable[Mapping[str, NDArray[Any]]],
    make_observer: Callable[[], Observer] = MinMaxObserver,
    progress: Progress | None = None,
) -> int:
    """Run `module` on each sample and attach `nn.range` to its operations and arguments.

    `samples` map the original input names to arrays of the shape that `run_function` takes; they
    are consumed one by one, so that data larger than memory can be streamed. Returns the number of
    samples; raises NnoptError when there is none. Where the network keeps states (`nn.state`), the
    samples are one stream.
    """
    function = find_function(module, "main")
    block = function.body.block
    recorder = _Recorder(make_observer)
    interpreter = make_interpreter(module)
    interpreter.listeners = (recorder,)
    names = input_names(function)
    stream = Stream(module)
    outputs = names_of(function.res_attrs, len(function.function_type.outputs), "out")
    count = 0
    for sample in samples:
        known = {**sample, **stream.states}
        arrays = [
            checked(name, _as_given(known[name], argument), argument.type)
            for name, argument in zip(names, block.args, strict=True)
        ]
        for argument, array in zip(block.args, arrays, strict=True):
            recorder.observe(argument, array)
        results = interpreter.call_op(function, tuple(arrays))
        for name, result in stream.names.items():
            stream.states[name] = np.asarray(results[outputs.index(result)])
        count += 1
        if progress is not None:
            progress(count)
    if not count:
        raise NnoptError("calibration needs at least one sample")
    arguments: dict[int, Attribute] = {}
    ranges = {value: observer.range() for value, observer in recorder.observers.items()}
    _tie_states(function, ranges)
    for value, (low, high) in ranges.items():
        others = [ranges[r] for r in _siblings(value) if r in ranges]
        low, high = min([low, *(o[0] for o in others)]), max([high, *(o[1] for o in others)])
        attribute = DenseArrayBase.from_list(f64, [low, high])
        if isinstance(value.owner, Operation):
            value.owner.attributes[RANGE] = attribute
        else:
            arguments[block.args.index(value)] = attribute
    attributes = argument_attributes(function)
    for index, attribute in arguments.items():
        attributes[index][RANGE] = attribute
    function.arg_attrs = ArrayAttr([DictionaryAttr(a) for a in attributes])
    return count


def _siblings(value: SSAValue) -> list[SSAValue]:
    """Return the other results of the same operation, but for memory that means nothing."""
    owner = value.owner
    if not isinstance(owner, Operation) or len(owner.results) == 1:
        return []
    unused = owner.workspace if isinstance(owner, nn.RecurrentOp) else None
    return [r for r in owner.results if r is not value and r is not unused]


def _as_given(array: NDArray[Any], argument: SSAValue) -> NDArray[Any]:
    """Return numbers of any type in float32 for a real input, anything else as it is."""
    return np.asarray(array, np.float32 if is_real(argument) else None)


def module_samples(module: ModuleOp, path: str) -> Samples:
    """Open samples for the inputs of a module's main function, without states. Raises
    NnoptError.
    """
    function = find_function(module, "main")
    kept = state_names(function)
    arguments = zip(input_names(function), function.body.block.args, strict=True)
    shapes = {name: shape_of(argument) for name, argument in arguments if name not in kept}
    return open_samples(path, shapes)


def _tie_states(function: func.FuncOp, ranges: dict[SSAValue, tuple[float, float]]) -> None:
    """Give a state the same range as an argument and as a result, so that both are stored alike."""
    names = input_names(function)
    results = names_of(function.res_attrs, len(function.function_type.outputs), "out")
    terminator = function.body.block.last_op
    for name, result in state_names(function).items():
        if terminator is None:
            continue
        pair = [
            function.body.block.args[names.index(name)],
            terminator.operands[results.index(result)],
        ]
        if all(value in ranges for value in pair):
            low = min(ranges[value][0] for value in pair)
            high = max(ranges[value][1] for value in pair)
            ranges.update(dict.fromkeys(pair, (low, high)))


def range_of(value: SSAValue) -> tuple[float, float]:
    """Return the range that `calibrate` left; raises PassFailedException if there is none."""
    owner = value.owner
    if isinstance(owner, Operation):
        attribute = owner.attributes.get(RANGE)
        name = f"{nn.node_name(owner) or 'unnamed'} ({owner.name})"
    else:
        function = cast(func.FuncOp, owner.parent_op())
        index = owner.args.index(value)
        attribute = argument_attributes(function)[index].get(RANGE)
        name = f"input '{input_names(function)[index]}'"
    if not isinstance(attribute, DenseArrayBase):
        raise PassFailedException(f"{name} has no range: run calibrate first")
    low, high = cast("tuple[float, float]", attribute.get_values())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PassFailedException(f"{name} has the range {low} to {high} on the calibration data")
    return low, high


def drop_ranges(function: func.FuncOp) -> None:
    """Remove what `calibrate` and `choose-schemes` left."""
    left = (RANGE, SCHEME)
    for op in function.walk():
        for key in left:
            op.attributes.pop(key, None)
    if function.arg_attrs is not None:
        kept = [
            DictionaryAttr({k: v for k, v in entry.data.items() if k not in left})
            for entry in function.arg_attrs.data
        ]
        function.arg_attrs = ArrayAttr(kept) if any(e.data for e in kept) else None


def argument_attributes(function: func.FuncOp) -> list[dict[str, Attribute]]:
    """Return the attributes of each argument, to be changed freely."""
    if function.arg_attrs is None:
        return [{} for _ in function.body.block.args]
    return [dict(a.data) for a in function.arg_attrs.data]


def input_names(function: func.FuncOp) -> list[str]:
    """Return the original names of the arguments."""
    return names_of(function.arg_attrs, len(function.body.block.args), "arg")
