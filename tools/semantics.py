"""A pass instrument that runs the module before and after every pass and compares the results.

Inputs and outputs are compared as the user of the model sees them: in the layout of the ONNX file
and, where `nn.encoding` says that an argument or result is stored as integers, as real numbers. So
passes that change the signature of `@main` (`native-io`) can be checked as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    IntegerType,
    ModuleOp,
    StringAttr,
    TensorType,
    i1,
)
from xdsl.ir import Attribute
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import InterpretationError, PassFailedException

from ..dialects.errors import NnoptError
from ..dialects.fxp import FxpType, integer_range, storage_of
from ..dialects.interpreters import find_function, run_function
from ..dialects.interpreters.placed import (
    attributes_of,
    is_placed,
    role_of,
    run_placed,
    tensor_of,
)
from ..dialects.nn.constant import dtype_of

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]

SEED = 20240229
"""Seed of the inputs that `random` stands for."""


@dataclass(frozen=True)
class Port:
    """One argument or result of `@main`, and how it differs from that of the ONNX model."""

    name: str
    type: TensorType[Attribute]
    perm: tuple[int, ...] | None
    """Stored array = model's array, transposed by this."""
    encoding: FxpType | None
    """The type that says which real numbers the stored integers stand for."""

    def integer(self) -> IntegerType | None:
        """Return the integer type of the stored elements; None for real numbers."""
        element = storage_of(self.type.element_type)
        return cast(IntegerType, element) if isinstance(element, IntegerType) else None

    def model_shape(self) -> tuple[int, ...]:
        """Return the shape in the model's layout."""
        shape = self.type.get_shape()
        if self.perm is None:
            return shape
        return tuple(shape[self.perm.index(i)] for i in range(len(shape)))

    def store(self, array: Array) -> Array:
        """Return an array of the model's layout as the function takes it."""
        if self.perm is not None:
            array = array.transpose(self.perm)
        if self.encoding is not None and np.issubdtype(array.dtype, np.floating):
            array = self.encoding.quantize_array(array)
        return np.ascontiguousarray(array)

    def load(self, array: Array) -> Array:
        """Return an array of the function as the model would have it: layout and real numbers."""
        if self.encoding is not None:
            array = self.encoding.dequantize_array(array, np.float32)
        return array if self.perm is None else array.transpose(np.argsort(self.perm))

    def random(self, generator: np.random.Generator) -> Array:
        """Return random data in the model's layout: normal reals, uniform integers."""
        integer = self.integer()
        if integer is not None and self.encoding is None:
            low, high = (0, 1) if integer == i1 else integer_range(integer)
            # Wide integers stay small: sums of them must not overflow.
            low, high = max(low, -128), min(high, 255)
            return generator.integers(low, high, self.model_shape(), np.int64, endpoint=True)
        return generator.standard_normal(self.model_shape(), np.float32)


def ports(module: ModuleOp) -> tuple[list[Port], list[Port]]:
    """Return the inputs and the outputs of the module's `@main`, placed in memory or not.

    Raises `NnoptError` when there is no such function.
    """
    main = find_function(module, "main")
    if is_placed(main):
        memory = [
            (role_of(main, i), _port("", tensor_of(main, i), attributes_of(main, i)))
            for i in range(len(main.args))
            if role_of(main, i) != "arena"
        ]
        return (
            [port for role, port in memory if role == "input"],
            [port for role, port in memory if role == "output"],
        )
    signature = main.function_type
    return (
        _ports("arg", signature.inputs, main.arg_attrs),
        _ports("out", signature.outputs, main.res_attrs),
    )


def _ports(
    prefix: str, types: ArrayAttr[Attribute], attributes: ArrayAttr[DictionaryAttr] | None
) -> list[Port]:
    given = attributes.data if attributes is not None else [DictionaryAttr({}) for _ in types]
    return [
        _port(f"{prefix}{i}", type, dictionary.data)
        for i, (type, dictionary) in enumerate(zip(types, given, strict=True))
    ]


def _port(default: str, type: Attribute, attributes: Mapping[str, Attribute]) -> Port:
    if not isinstance(type, TensorType):
        raise NnoptError(f"--verify-each-semantics needs tensors in @main, {default} is {type}")
    name = attributes.get("nn.name")
    perm = attributes.get("nn.perm")
    encoding = attributes.get("nn.encoding")
    return Port(
        name.data if isinstance(name, StringAttr) else default,
        cast("TensorType[Attribute]", type),
        tuple(int(i) for i in perm.iter_values()) if isinstance(perm, DenseArrayBase) else None,
        encoding if isinstance(encoding, FxpType) else None,
    )


def read_inputs(path: Path) -> Arrays:
    """Return the first sample of each array in an `.npz` file of samples (N, model's shape).

    Raises `NnoptError` when the file cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name][:1] for name in archive.files}
    except (OSError, ValueError, IndexError) as error:
        raise NnoptError(f"cannot read inputs from {path}: {error}") from error


def take_input(samples: Arrays, port: Port) -> Array:
    """Return the sample for `port`, found by name or as `in_<name>`, in the model's layout."""
    keys = (port.name, "in_" + port.name.replace("/", "_").replace(":", "_"))
    found = next((samples[key] for key in keys if key in samples), None)
    if found is None:
        raise NnoptError(f"no input {port.name!r} in the file, it has {', '.join(samples)}")
    if found.size != int(np.prod(port.model_shape())):
        raise NnoptError(f"input {port.name!r} has shape {found.shape}, not {port.model_shape()}")
    return found.reshape(port.model_shape())


@dataclass
class SemanticsCheck:
    """The instrument: call it between passes, as a `PassPipeline` callback."""

    samples: Arrays | None
    """What the file holds; None: random inputs."""
    tolerance: float
    """Largest change of a floating-point output, relative to its largest magnitude."""
    inputs: Arrays | None = None
    before: Arrays | None = None

    @staticmethod
    def from_option(option: str, tolerance: float) -> SemanticsCheck:
        """Make the instrument from the value of `--verify-each-semantics`."""
        samples = None if option == "random" else read_inputs(Path(option))
        return SemanticsCheck(samples, tolerance)

    def __call__(
        self, previous: ModulePass | None, module: ModuleOp, following: ModulePass | None
    ) -> None:
        """Run `module`; raise `PassFailedException` if `previous` changed a result."""
        if previous is None:
            self.inputs = self.before = None  # another module starts
        after = self._run(module, previous)
        if previous is not None and self.before is not None:
            self._compare(previous.name, self.before, after)
        self.before = after

    def _run(self, module: ModuleOp, previous: ModulePass | None) -> Arrays:
        arguments, results = ports(module)
        if self.inputs is None:
            generator = np.random.default_rng(SEED)
            self.inputs = {
                port.name: port.random(generator)
                if self.samples is None
                else take_input(self.samples, port)
                for port in arguments
            }
        given = {port.name: _fit(port, self.inputs[port.name]) for port in arguments}
        try:
            run = run_placed if is_placed(find_function(module, "main")) else run_function
            outputs = run(module, given)
        except InterpretationError as error:
            place = f"after {previous.name}" if previous else "before the first pass"
            raise PassFailedException(f"the module cannot be run {place}: {error}") from error
        return {port.name: port.load(outputs[port.name]) for port in results}

    def _compare(self, name: str, before: Arrays, after: Arrays) -> None:
        if before.keys() != after.keys():
            raise PassFailedException(
                f"{name} changed the outputs from {', '.join(before)} to {', '.join(after)}"
            )
        for output, old in before.items():
            problem = difference(old, after[output], self.tolerance)
            if problem is not None:
                raise PassFailedException(f"{name} changed output {output!r}: {problem}")


def _fit(port: Port, array: Array) -> Array:
    stored = port.store(array)
    dtype = dtype_of(port.type.element_type)
    if port.integer() is not None and np.issubdtype(stored.dtype, np.floating):
        raise NnoptError(f"input {port.name!r} must hold integers, it has {stored.dtype}")
    return stored.astype(dtype)


def difference(old: Array, new: Array, tolerance: float) -> str | None:
    """Say how `new` differs from `old`; None if it does not.

    Integers have to be equal; reals may differ by `tolerance` times the largest magnitude of `old`,
    and NaN and infinities have to be at the same places.
    """
    if old.shape != new.shape:
        return f"shape {old.shape} became {new.shape}"
    if not (np.issubdtype(old.dtype, np.floating) or np.issubdtype(new.dtype, np.floating)):
        wrong = int(np.count_nonzero(old != new))
        return f"{wrong} of {old.size} integers differ" if wrong else None
    a, b = old.astype(np.float64), new.astype(np.float64)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return None
    if not np.isfinite(a[~same]).all() or not np.isfinite(b[~same]).all():
        return "not-a-number or infinity in other places"
    largest = float(np.abs(a[np.isfinite(a)]).max())
    error = float(np.abs(a - b)[~same].max())
    if error <= tolerance * largest:
        return None
    return f"largest difference {error:.3g}, largest magnitude {largest:.3g}"
