"""Operators that other people add: what each computes and how, registered by name. No xDSL here.

An operator has a shape rule, a reference in numpy, and either a C kernel or a decomposition into
operators that are known. It is registered from Python (`nnopt.register_operator`), or by an
installed package: each entry point of the group `nnopt.operators` names a function without
arguments that registers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from .errors import NnoptError

ENTRY_POINTS = "nnopt.operators"

Array: TypeAlias = NDArray[Any]
AttributeValue: TypeAlias = (
    int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]
)


FLOAT32 = np.dtype(np.float32)


@dataclass(frozen=True)
class TensorSpec:
    """Shape and element type of a tensor."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] = FLOAT32

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True)
class OperatorCall:
    """One use of an operator in a network."""

    inputs: tuple[TensorSpec, ...]
    attributes: Mapping[str, AttributeValue]
    outputs: tuple[TensorSpec, ...] = ()
    """Empty while the shape rule is asked for them."""


def _no_parameters(call: OperatorCall) -> Sequence[int | float]:
    return ()


def _no_scratch(call: OperatorCall) -> int:
    return 0


@dataclass(frozen=True)
class CKernel:
    """A C function that computes an operator.

    It is called with a pointer to each input (const), a pointer to each output, a `void *` to
    scratch memory if it asked for any (aligned to 4 bytes, with any content), and the parameters:
    integers as `int32_t`, floats as `float`. It returns nothing, writes nothing else and keeps
    nothing. All its arrays are dense, in ONNX's own layout.
    """

    source: Path
    """A file that the generated C includes; its functions are `static`."""
    function: str
    parameters: Callable[[OperatorCall], Sequence[int | float]] = _no_parameters
    """The numbers the function needs: sizes, attributes."""
    scratch_bytes: Callable[[OperatorCall], int] = _no_scratch
    """Bytes of memory that it needs for itself while it runs."""

    def text(self) -> str:
        """The source. Raises NnoptError if it cannot be read."""
        try:
            return Path(self.source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NnoptError(f"cannot read the kernel {self.source}: {error}") from None


@dataclass(frozen=True)
class ExternalOperator:
    """A registered operator, from one opset of its domain on."""

    domain: str
    op_type: str
    since: int
    reference: Callable[..., Any]
    """numpy arrays and attributes (by name) to an array, or to a tuple of them."""
    shapes: Callable[[OperatorCall], Sequence[TensorSpec]] | None = None
    kernel: CKernel | None = None
    decomposition: Any = None
    """An onnx FunctionProto, or a function that makes one of a NodeProto."""

    @property
    def kind(self) -> str:
        """The operator as people write it."""
        return f"{self.domain}.{self.op_type}" if self.domain else self.op_type

    def _asked(self, what: str, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except NnoptError:
            raise
        except Exception as error:  # somebody else's code
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise NnoptError(f"{what} of operator {self.kind} failed: {reason}") from error

    def output_specs(self, call: OperatorCall) -> tuple[TensorSpec, ...]:
        """What the shape rule says. Raises NnoptError."""
        rule = self.shapes
        assert rule is not None
        found = tuple(self._asked("the shape rule", lambda: list(rule(call))))
        for spec in found:
            if not isinstance(spec, TensorSpec):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise NnoptError(f"the shape rule of operator {self.kind} gives no TensorSpec")
        return found

    def compute(self, arrays: Sequence[Array], call: OperatorCall) -> tuple[Array, ...]:
        """What the reference computes, as the types of the call's outputs.

        Raises NnoptError where it fails or gives other shapes than the shape rule.
        """
        result: Any = self._asked(
            "the reference", lambda: self.reference(*arrays, **dict(call.attributes))
        )
        results = cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,)
        shapes = [np.shape(item) for item in results]
        if shapes != [spec.shape for spec in call.outputs]:
            raise NnoptError(
                f"the reference of operator {self.kind} gives shapes {shapes}, its shape rule "
                f"{[spec.shape for spec in call.outputs]}"
            )
        return tuple(
            np.asarray(item, spec.dtype) for item, spec in zip(results, call.outputs, strict=True)
        )

    def parameters(self, call: OperatorCall) -> tuple[int | float, ...]:
        """The numbers that the C function gets. Raises NnoptError."""
        kernel = self.kernel
        assert kernel is not None
        found: list[Any] = self._asked("parameters", lambda: list(kernel.parameters(call)))
        for number in found:
            if not -(2**31) <= number < 2**31 and np.asarray(number).dtype.kind != "f":
                raise NnoptError(f"parameter {number} of operator {self.kind} does not fit int32_t")
        kinds = [np.asarray(number).dtype.kind for number in found]
        return tuple(
            float(number) if kind == "f" else int(number)
            for number, kind in zip(found, kinds, strict=True)
        )

    def scratch_bytes(self, call: OperatorCall) -> int:
        """Bytes of scratch memory, a multiple of 4. Raises NnoptError."""
        kernel = self.kernel
        assert kernel is not None
        size = self._asked("scratch_bytes", lambda: int(kernel.scratch_bytes(call)))
        if size < 0:
            raise NnoptError(f"operator {self.kind} asks for {size} bytes of scratch memory")
        return -(-size // 4) * 4


@dataclass
class _Table:
    operators: dict[tuple[str, str], list[ExternalOperator]] = field(
        default_factory=dict[tuple[str, str], list[ExternalOperator]]
    )
    is_loaded: bool = False


_TABLE = _Table()

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def register_operator(
    op_type: str,
    *,
    domain: str,
    reference: Callable[..., Any],
    shapes: Callable[[OperatorCall], Sequence[TensorSpec]] | None = None,
    kernel: CKernel | None = None,
    decomposition: Any = None,
    since: int = 1,
) -> None:
    """Add an operator to those that can be compiled.

    `op_type`, `domain` and `since` (the first opset of the domain that it is right for) say which
    ONNX nodes it is for. `reference` computes it with numpy: arrays as positional arguments, the
    node's attributes by name. Either `kernel` with `shapes`, which gives the outputs of an
    OperatorCall, or `decomposition`, an onnx FunctionProto or a function from the NodeProto to one.

    Raises ValueError for anything else, and when the operator is registered already.
    """
    if (kernel is None) == (decomposition is None):
        raise ValueError(f"{op_type}: give either a kernel or a decomposition")
    if kernel is not None and shapes is None:
        raise ValueError(f"{op_type}: a kernel needs a shape rule")
    if kernel is not None and not _IDENTIFIER.fullmatch(kernel.function):
        raise ValueError(f"{op_type}: '{kernel.function}' is no name of a C function")
    if not domain:
        raise ValueError(f"{op_type}: operators of your own need a domain of their own")
    versions = _TABLE.operators.setdefault((domain, op_type), [])
    if any(known.since == since for known in versions):
        raise ValueError(f"{domain}.{op_type} since {since} is registered already")
    versions.append(
        ExternalOperator(domain, op_type, since, reference, shapes, kernel, decomposition)
    )
    versions.sort(key=lambda operator: operator.since)


def load_entry_points() -> None:
    """Let installed packages register, once. Raises NnoptError where one of them fails."""
    if _TABLE.is_loaded:
        return
    _TABLE.is_loaded = True
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            point.load()()
        except Exception as error:  # somebody else's code
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise NnoptError(
                f"the operators of entry point '{point.name}' ({point.value}) cannot be loaded: "
                f"{reason}"
            ) from error


def find_operator(domain: str, op_type: str, opset: int) -> ExternalOperator | None:
    """The newest registered operator of that name that is not newer than `opset`, or None.

    Raises NnoptError where an installed package fails to register.
    """
    if not domain:
        return None
    load_entry_points()
    versions = _TABLE.operators.get((domain, op_type), [])
    return next((known for known in reversed(versions) if known.since <= opset), None)
