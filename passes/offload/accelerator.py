"""What a vendor writes to have an accelerator computed with: one class, registered by name.

The interface is that of microTVM's UMA (arXiv 2304.04842), made for xDSL: patterns are rewrite
patterns over the integer (or float) graph, passes are passes of xDSL.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import DictionaryAttr, FloatAttr, IntegerAttr, StringAttr, f32, i32
from xdsl.ir import Attribute, Block, Operation, OpResult, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ...dialects import accel, nn
from ...dialects.errors import NnoptError
from ...dialects.external import TensorSpec
from ...dialects.nn.common import node_name, tensor_of
from ...dialects.nn.constant import dtype_of

ENTRY_POINTS = "nnopt.accelerators"

Array = NDArray[Any]


@dataclass(frozen=True)
class OffloadedRegion:
    """What an accelerator is asked about: a part of a network that one of its patterns claimed."""

    op: accel.OffloadOp

    @property
    def ops(self) -> list[Operation]:
        """What is computed, in order; without constants."""
        return self.op.ops

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Shapes (NHWC) and element types of what comes in."""
        return tuple(_spec(value) for value in self.op.inputs)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Shapes and element types of what goes out."""
        return tuple(_spec(value) for value in self.op.outputs)

    def constant(self, value: SSAValue) -> Array:
        """A constant of the region as an array. Raises ValueError for other values."""
        array = constant_array(value)
        if array is None:
            raise ValueError(f"{value} is not a constant")
        return array

    @property
    def nodes(self) -> list[str]:
        """Names of the ONNX nodes that are computed."""
        names = (node_name(op) for op in self.ops)
        return list(dict.fromkeys(name for name in names if name))


def constant_array(value: SSAValue) -> Array | None:
    """The array of a constant; None for other values. Patterns ask this before they claim."""
    is_constant = isinstance(value, OpResult) and isinstance(value.op, nn.ConstantOp)
    return value.op.array() if is_constant else None  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue, reportUnknownVariableType]


@dataclass(frozen=True)
class DriverCall:
    """A call of the driver: the C function gets a pointer to each input, output and constant, a
    `void *` to scratch memory if it asks for any (aligned to 4 bytes, with any content), then the
    parameters: integers as int32_t, floats as float.
    """

    function: str
    constants: Sequence[Array] = ()
    """Weights and the like in the accelerator's own format: int8, uint8, int16, int32, float32."""
    parameters: Sequence[int | float] = ()
    scratch_bytes: int = 0
    """Bytes of the arena that the driver may use while it runs."""


class Accelerator(ABC):
    """A processor beside the processor. A subclass is a dataclass whose fields are its settings
    (numbers or texts with defaults), which users set: `--accelerator name:field=value`.
    """

    name: ClassVar[str]
    """What users call it by."""
    headers: ClassVar[Sequence[Path]] = ()
    """C headers that declare the driver; generated code includes them, the package has copies."""
    sources: ClassVar[Sequence[Path]] = ()
    """C files of the driver; they are compiled with the package."""
    models: ClassVar[Sequence[Path]] = ()
    """C files that play the hardware where there is none: on the host and in QEMU."""
    alignment: ClassVar[int] = 4
    """Bytes to which inputs and outputs in memory are aligned: a power of two."""

    @abstractmethod
    def patterns(self) -> Sequence[RewritePattern]:
        """Patterns that claim parts of the graph; `ClaimPattern` is their usual base."""

    @abstractmethod
    def cycles(self, region: OffloadedRegion) -> float:
        """Estimated cycles of the processor until the region is done, transfers included."""

    @abstractmethod
    def call(self, region: OffloadedRegion) -> DriverCall:
        """How the region is computed in C."""

    @abstractmethod
    def reference(self, region: OffloadedRegion, *inputs: Array) -> Any:
        """What the accelerator computes: an array, or a tuple of them, bit for bit."""

    def refuse(self, region: OffloadedRegion) -> str:
        """Why a claimed region cannot be computed; an empty text if it can."""
        return ""

    def before(self) -> Sequence[ModulePass]:
        """Passes over the graph before anything is claimed."""
        return ()

    def after(self) -> Sequence[ModulePass]:
        """Passes over the graph after that."""
        return ()

    def settings(self) -> dict[str, int | float | str]:
        """The values of the fields."""
        if not dataclasses.is_dataclass(self):
            return {}
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


class ClaimPattern(RewritePattern, ABC):
    """A rewrite pattern that hands what it matches to an accelerator."""

    def __init__(self, accelerator: Accelerator):
        self.accelerator = accelerator

    @abstractmethod
    def claimed(self, op: Operation) -> Sequence[Operation]:
        """The ops that are computed together with `op`, the last of them, in order; none if the
        pattern does not match. Constants need not be named.
        """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Put the ops that are claimed into a region."""
        if isinstance(op.parent_op(), accel.OffloadOp):
            return
        ops = list(self.claimed(op))
        if ops:
            claim(self.accelerator, ops, rewriter)


def claim(
    accelerator: Accelerator, ops: Sequence[Operation], rewriter: PatternRewriter
) -> accel.OffloadOp:
    """Replace ops, the last of which gives the only results that others use, by a region of them.

    Raises ValueError where another result is used outside.
    """
    last, inside = ops[-1], set(ops)
    for op in ops[:-1]:
        users = {use.operation for result in op.results for use in result.uses}
        if not users <= inside:
            raise ValueError(f"{op.name}: its result is used outside of what is claimed")
    constants: dict[SSAValue, Operation] = {}
    inputs: list[SSAValue] = []
    for op in ops:
        for operand in op.operands:
            owner = operand.owner
            if isinstance(owner, nn.ConstantOp):
                constants[operand] = owner
            elif not (isinstance(owner, Operation) and owner in inside) and operand not in inputs:
                inputs.append(operand)
    body = Block(arg_types=[value.type for value in inputs])
    for value, arg in zip(inputs, body.args, strict=True):
        arg.name_hint = value.name_hint
    copies: dict[SSAValue, SSAValue] = dict(zip(inputs, body.args, strict=True))
    for op in (*constants.values(), *ops):
        copy = op.clone(copies)
        copy.location = op.location
        body.add_op(copy)
    body.add_op(accel.YieldOp(*(copies[result] for result in last.results)))
    defaults = type(accelerator)().settings()
    changed = {k: v for k, v in accelerator.settings().items() if v != defaults[k]}
    new = accel.OffloadOp(
        accelerator.name,
        DictionaryAttr({key: _attribute(value) for key, value in changed.items()}),
        accelerator.alignment,
        inputs,
        [result.type for result in last.results],
        body,
    )
    new.location = ops[0].location
    for old, result in zip(last.results, new.outputs, strict=True):
        result.name_hint = old.name_hint
    rewriter.replace(last, new)
    for op in reversed(ops[:-1]):
        rewriter.erase(op)
    return new


def _attribute(value: int | float | str) -> Attribute:
    if isinstance(value, str):
        return StringAttr(value)
    return FloatAttr(value, f32) if isinstance(value, float) else IntegerAttr(value, i32)


def _spec(value: SSAValue) -> TensorSpec:
    type_ = tensor_of(value)
    return TensorSpec(type_.get_shape(), dtype_of(type_.element_type))


_REGISTERED: dict[str, type[Accelerator]] = {}
_LOADED: set[str] = set()


def register_accelerator(cls: type[Accelerator]) -> type[Accelerator]:
    """Make an accelerator known under its name. Raises ValueError if another one has it."""
    if _REGISTERED.setdefault(cls.name, cls) is not cls:
        raise ValueError(f"an accelerator called {cls.name} is registered already")
    return cls


def known_accelerators() -> dict[str, type[Accelerator]]:
    """All registered accelerators by name, those of installed packages among them.

    Raises NnoptError where the entry point of a package fails.
    """
    if not _LOADED:
        _LOADED.add(ENTRY_POINTS)
        for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
            try:
                register_accelerator(point.load())
            except Exception as error:  # somebody else's code
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                raise NnoptError(
                    f"the accelerator of entry point '{point.name}' ({point.value}) cannot be "
                    f"loaded: {reason}"
                ) from error
    return dict(_REGISTERED)


def make_accelerator(text: str) -> Accelerator:
    """The accelerator that a user names, `name` or `name:field=value,field=value`.

    Raises NnoptError for an unknown name, an unknown field or a value that is none for it.
    """
    name, _, rest = text.partition(":")
    pairs = [item.partition("=")[::2] for item in rest.split(",") if item]
    return with_settings(name, {key.strip(): value for key, value in pairs})


def with_settings(name: str, given: dict[str, Any]) -> Accelerator:
    """A registered accelerator with settings, which may be texts. Raises NnoptError."""
    known = known_accelerators()
    if name not in known:
        names = ", ".join(sorted(known)) or "none is installed"
        raise NnoptError(f"accelerator '{name}' is not known; known: {names}")
    defaults = known[name]().settings()
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in defaults:
            fields = ", ".join(defaults) or "it has none"
            raise NnoptError(f"accelerator '{name}' has no setting '{key}'; settings: {fields}")
        try:
            values[key] = type(defaults[key])(value)
        except ValueError:
            kind = type(defaults[key]).__name__
            raise NnoptError(f"accelerator '{name}': {key}={value} is no {kind}") from None
    return known[name](**values)


def accelerator_of(op: accel.OffloadOp | accel.CallOp) -> Accelerator:
    """The accelerator that computes a region. Raises NnoptError if it is not registered."""
    settings: dict[str, Any] = {
        key: value.data if isinstance(value, StringAttr) else value.value.data
        for key, value in op.given.data.items()
        if isinstance(value, StringAttr | IntegerAttr | FloatAttr)
    }
    return with_settings(op.accelerator.data, settings)


def driver_call(op: accel.OffloadOp) -> DriverCall:
    """How a region is computed in C, checked. Raises NnoptError."""
    accelerator, region = accelerator_of(op), OffloadedRegion(op)
    call: Any = asked(accelerator, "call()", lambda: accelerator.call(region))
    if not isinstance(call, DriverCall) or not re.fullmatch(
        r"[A-Za-z_]\w*", call.function, re.ASCII
    ):
        raise NnoptError(f"call() of accelerator {accelerator.name} gives no DriverCall: {call}")
    for number in call.parameters:
        if not isinstance(number, float) and not -(2**31) <= number < 2**31:
            raise NnoptError(
                f"accelerator {accelerator.name}: parameter {number} of {call.function} does not "
                "fit int32_t"
            )
    if call.scratch_bytes < 0:
        raise NnoptError(
            f"accelerator {accelerator.name} asks for {call.scratch_bytes} bytes of scratch memory"
        )
    return dataclasses.replace(call, scratch_bytes=-(-call.scratch_bytes // 4) * 4)


def asked(accelerator: Accelerator, what: str, question: Any) -> Any:
    """The answer of somebody else's code. Raises NnoptError where it fails."""
    try:
        return question()
    except NnoptError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise NnoptError(f"{what} of accelerator {accelerator.name} failed: {reason}") from error


def computed(accelerator: Accelerator, region: OffloadedRegion, *inputs: Array) -> list[Array]:
    """What the reference computes, checked to have the region's shapes and types.

    Raises NnoptError.
    """
    result: Any = asked(
        accelerator, "the reference", lambda: accelerator.reference(region, *inputs)
    )
    results = cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,)
    arrays: list[Array] = [np.asarray(item) for item in results]
    found = [(array.shape, array.dtype) for array in arrays]
    wanted = [(spec.shape, spec.dtype) for spec in region.outputs]
    if found != wanted:
        raise NnoptError(
            f"the reference of accelerator {accelerator.name} gives {found}, expected {wanted}"
        )
    return arrays
