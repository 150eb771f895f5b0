"""The frame of a kernel: its memory, its constants, and how one output element is computed.

A kernel's region holds at most one *head* (a convolution, a pool, …), which has an emitter of its
own (`HEADS`), and element-wise ops around it, which are computed one element at a time (`SCALARS`).
Emitters drive loops and hand each finished accumulator to `Kernel.elements`, which applies the
element-wise rest and stores the results. So every fusion of element-wise work is one mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    IntegerType,
    MemRefType,
    TensorType,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.transforms.dead_code_elimination import region_dce
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import vpool
from .builder import Index, LoopBuilder, strides_of

Shape = tuple[int, ...]


def shape_of(value: SSAValue) -> Shape:
    """Shape of a tensor value."""
    assert isa(value.type, TensorType)
    return value.type.get_shape()


def element_of(value: SSAValue) -> Attribute:
    """Element type of a tensor value."""
    return cast(TensorType[Attribute], value.type).element_type


@dataclass(frozen=True)
class Ring:
    """Memory of a few rows: row r is number (r * stride + shift) % rows of them.

    The rows may be those of another tensor, `scale` times as long.
    """

    rows: int
    stride: int = 1
    shift: int = 0
    scale: int = 1

    def row(self, builder: LoopBuilder, row: Index) -> Index:
        """Number of a row from the beginning of the memory."""
        if self.rows == 1:
            return 0
        turned = builder.add(builder.mul(row, self.stride), self.shift)
        return builder.mul(builder.wrapped(turned, self.rows), self.scale)


@dataclass(frozen=True)
class Patch:
    """Memory of a part of an image (N = 1): some rows, each with `width` pixels of the image's.

    It begins at pixel `origin`, counted as if the whole image had rows of that width.
    """

    width: int
    origin: Index

    def pixel(self, builder: LoopBuilder, row: Index, column: Index) -> Index:
        """Number of a pixel of the image from the beginning of the memory."""
        return builder.sub(builder.linear((row, self.width), (column, 1)), self.origin)


class Position:
    """An index into the output, from which the flat position in any operand follows.

    Operands broadcast as in numpy: aligned at the last dimension, extent 1 is repeated.
    """

    def __init__(self, builder: LoopBuilder, indices: Sequence[Index], shape: Shape):
        self.builder = builder
        self.indices = tuple(indices)
        self.shape = shape

    def strides(self, shape: Shape) -> tuple[int, ...]:
        """Strides of an operand of the given shape along the dimensions of this position."""
        return broadcast_strides(shape, self.shape)

    def in_ring(self, ring: Ring) -> Position:
        """The same position (N, H, W, C) where memory holds some rows only, one after another."""
        n, row, *rest = self.indices
        wrapped = ring.row(self.builder, row)
        return Position(self.builder, (n, wrapped, *rest), self.shape)

    def offset(self, shape: Shape) -> Index:
        """Flat position in an operand of the given shape."""
        strides = self.strides(shape)
        return self.builder.linear(*zip(self.indices, strides, strict=True))


class PatchPosition(Position):
    """A position (N, H, W, C) in memory that holds a part of the image only."""

    def __init__(self, inner: Position, patch: Patch):
        super().__init__(inner.builder, inner.indices, inner.shape)
        self.patch = patch

    def offset(self, shape: Shape) -> Index:
        _, row, column, channel = self.indices
        pixel = self.patch.pixel(self.builder, row, column)
        return self.builder.linear((pixel, shape[3]), (channel, 1))


class CollapsedPosition(Position):
    """A position in a space whose dimensions were merged; strides are looked up by shape."""

    def __init__(
        self, builder: LoopBuilder, indices: Sequence[Index], table: dict[Shape, tuple[int, ...]]
    ):
        super().__init__(builder, indices, ())
        self.table = table

    def strides(self, shape: Shape) -> tuple[int, ...]:
        return self.table[shape]


def broadcast_strides(shape: Shape, to: Shape) -> tuple[int, ...]:
    """Row-major strides of `shape` along the dimensions of `to`; zero where it is repeated."""
    strides = strides_of(shape)
    own = (0 if extent == 1 else stride for extent, stride in zip(shape, strides, strict=True))
    return (0,) * (len(to) - len(shape)) + tuple(own)


def collapse(shape: Shape, shapes: Sequence[Shape]) -> tuple[Shape, dict[Shape, tuple[int, ...]]]:
    """Merge neighbouring dimensions that all operands walk alike.

    Returns the merged extents and, per operand shape, its strides along them.
    """
    dims = [d for d in range(len(shape)) if shape[d] != 1]
    rows = {s: broadcast_strides(s, shape) for s in shapes}
    groups: list[list[int]] = []
    for d in dims:
        joins = bool(groups) and all(r[groups[-1][-1]] == r[d] * shape[d] for r in rows.values())
        if joins:
            groups[-1].append(d)
        else:
            groups.append([d])
    extents = tuple(int(np.prod([shape[d] for d in group])) for group in groups)
    table = {s: tuple(r[group[-1]] for group in groups) for s, r in rows.items()}
    return extents, table


ScalarRule = Callable[["Kernel", Operation, Sequence[SSAValue], Position], SSAValue]
HeadEmitter = Callable[["Kernel", Operation], None]

SCALARS: dict[type[Operation], ScalarRule] = {}
"""How an element-wise op computes one element: op class → rule (filled by `scalar.py`)."""

HEADS: dict[type[Operation], HeadEmitter] = {}
"""How a head op loops: op class → emitter (filled by the files of this package)."""


VARIANTS: dict[tuple[type[Operation], str], HeadEmitter] = {}
"""How a head op loops with another algorithm than `direct`: (op class, algorithm) → emitter."""


def scalar(*classes: type[Operation]) -> Callable[[ScalarRule], ScalarRule]:
    """Register a rule for one element of the given element-wise ops."""

    def register(rule: ScalarRule) -> ScalarRule:
        for cls in classes:
            SCALARS[cls] = rule
        return rule

    return register


def head(
    *classes: type[Operation], algorithm: str = "direct"
) -> Callable[[HeadEmitter], HeadEmitter]:
    """Register the emitter of the given head ops for an algorithm."""

    def register(emitter: HeadEmitter) -> HeadEmitter:
        for cls in classes:
            if algorithm == "direct":
                HEADS[cls] = emitter
            else:
                VARIANTS[cls, algorithm] = emitter
        return emitter

    return register


@dataclass
class ExtraConstant:
    """An array that the loops read beside the kernel's inputs (multipliers, tables)."""

    argument: BlockArgument
    array: NDArray[Any]
    role: str


@dataclass
class Kernel:
    """One kernel function under construction."""

    launch: vpool.LaunchOp
    block: Block = field(default_factory=Block)
    extra: list[ExtraConstant] = field(default_factory=list[ExtraConstant])
    rows: tuple[Index, Index | None] | None = None
    """Rows of the output to compute, from the first to the end, or that one; None: all."""
    columns: tuple[Index, Index] | None = None
    """Columns of the output to compute, from the first to the end; None: all."""
    rings: dict[SSAValue, Ring] = field(default_factory=dict[SSAValue, Ring])
    """Tensors of which memory holds some rows only: row r in row r modulo this number."""
    patches: dict[SSAValue, Patch] = field(default_factory=dict[SSAValue, Patch])
    """Tensors of which memory holds a part of the image only."""

    def __post_init__(self) -> None:
        self.schedule = self.launch.schedule or vpool.ScheduleAttr()
        self.builder = LoopBuilder(self.block, self.schedule.is_reversed)
        self.memory: dict[SSAValue, BlockArgument] = {}
        roles = input_roles(self.launch)
        for value, memory, role in zip(
            self.launch.body.block.args, self.launch.inputs, roles, strict=True
        ):
            self.memory[value] = self._argument(memory.type, role)
        self.outputs = [
            self._argument(memory.type, "out" if len(self.launch.outputs) == 1 else f"out{i}")
            for i, memory in enumerate(self.launch.outputs)
        ]
        self.scratch = [self._argument(m.type, "scratch") for m in self.launch.scratch]
        terminator = self.launch.body.block.last_op
        assert isinstance(terminator, vpool.YieldOp)
        self.results = list(terminator.arguments)

    def _argument(self, type_: Attribute, role: str) -> BlockArgument:
        argument = self.block.insert_arg(type_, len(self.block.args))
        argument.name_hint = role
        return argument

    def constant(self, array: NDArray[Any], role: str) -> SSAValue:
        """Memory that holds `array` (int8/16/32/64, uint8 or float32), shared if it is equal."""
        for known in self.extra:
            same = known.array.dtype == array.dtype and np.array_equal(known.array, array)
            if known.role == role and same:
                return known.argument
        type_ = MemRefType(element_type_of(array.dtype), [array.size])
        argument = self._argument(type_, role)
        self.extra.append(ExtraConstant(argument, array, role))
        return argument

    def stage(
        self,
        result: SSAValue,
        memory: tuple[SSAValue, BlockArgument] | None,
        output: BlockArgument,
        rows: tuple[Index, Index | None],
        scratch: Sequence[BlockArgument] = (),
    ) -> Kernel:
        """The frame of one op among several: it computes some rows of `result` to `output`.

        `memory` is the tensor that the stage before has computed, and where it is.
        """
        part = copy(self)
        part.results, part.outputs, part.rows = [result], [output], rows
        part.scratch = list(scratch)
        part.memory = self.memory if memory is None else {**self.memory, memory[0]: memory[1]}
        return part

    def over_rows(self, extent: int, body: Callable[[Index], None]) -> None:
        """Loop over the rows of the output that are to be computed, `extent` if it is all."""

        def row(oh: Index) -> None:
            for result in self.results:
                if result in self.rings:  # what follows uses it
                    self.builder.named(self.rings[result].row(self.builder, oh), "row")
            body(oh)

        first, end = self.rows or (0, extent)
        if end is None:
            row(first)
        else:
            self.builder.over(first, end, row, hint="oh")

    def stored(self, position: Position, result: SSAValue | None = None) -> Position:
        """Where an element of a result (the only one, unless told) lies in its memory."""
        result = self.results[0] if result is None else result
        if result in self.patches:
            return PatchPosition(position, self.patches[result])
        ring = self.rings.get(result)
        return position if ring is None else position.in_ring(ring)

    def image_row(self, value: SSAValue, n: Index, row: Index) -> Index:
        """Number of a row of an image (of the batch), from the beginning of its memory."""
        if value in self.rings:
            return self.rings[value].row(self.builder, row)
        return self.builder.linear((n, shape_of(value)[1]), (row, 1))

    def image_pixel(self, value: SSAValue, n: Index, row: Index, column: Index) -> Index:
        """Number of a pixel of an image (of the batch), from the beginning of its memory."""
        if value in self.patches:
            return self.patches[value].pixel(self.builder, row, column)
        line = self.image_row(value, n, row)
        return self.builder.linear((line, shape_of(value)[2]), (column, 1))

    def load(self, value: SSAValue, offset: Index, hint: str | None = None) -> SSAValue:
        """One element at a flat position of an input, or of what is computed element by element
        from inputs of the same shape, as a register.
        """
        if value in self.memory:
            return self.builder.load(self.memory[value], offset, hint)
        assert isinstance(value, OpResult)
        if any(shape_of(operand) != shape_of(value) for operand in value.op.operands):
            raise PassFailedException(
                f"kernel {self.launch.label.data}: {value.op.name} repeats an operand, which only "
                "works behind the op that has loops of its own"
            )
        operands = [self.load(operand, offset) for operand in value.op.operands]
        at = Position(self.builder, (offset,), (self.memory_elements(value),))
        return SCALARS[type(value.op)](self, value.op, operands, at)

    @staticmethod
    def memory_elements(value: SSAValue) -> int:
        """Number of elements of a tensor value."""
        return int(np.prod(shape_of(value)))

    def element(
        self, value: SSAValue, position: Position, bound: dict[SSAValue, SSAValue]
    ) -> SSAValue:
        """The register of `value` at `position`; `bound` holds what is computed already."""
        if value in bound:
            return bound[value]
        if value in self.memory:
            register = self.load(value, position.offset(shape_of(value)))
        else:
            assert isinstance(value, OpResult)
            op = value.op
            rule = SCALARS.get(type(op))
            if rule is None:
                raise PassFailedException(
                    f"kernel {self.launch.label.data}: {op.name} is not element-wise and cannot be "
                    "computed inside another kernel"
                )
            operands = [self.element(operand, position, bound) for operand in op.operands]
            register = rule(self, op, operands, position)
        bound[value] = register
        return register

    def elements(
        self, positions: Sequence[Position], head: SSAValue | None, values: Sequence[SSAValue]
    ) -> None:
        """Finish several output elements: apply the element-wise rest to all, then store all."""
        for result, output in zip(self.results, self.outputs, strict=True):
            finished: list[SSAValue] = []
            for index, position in enumerate(positions):
                bound = {} if head is None else {head: values[index]}
                finished.append(self.element(result, position, bound))
            for position, register in zip(positions, finished, strict=True):
                place = self.stored(position, result)
                self.builder.store(register, output, place.offset(shape_of(result)))

    def function(self, name: str) -> func.FuncOp:
        """The finished function; call after the emitter has run."""
        self.block.add_op(func.ReturnOp())
        region = Region(self.block)
        region_dce(region)
        inputs = [arg.type for arg in self.block.args]
        return func.FuncOp(name, (inputs, []), region, visibility="private")


def input_roles(launch: vpool.LaunchOp) -> list[str]:
    """A name for each input: the operand of the op that reads it, `x` where that says nothing."""
    known = {1: "weights", 2: "bias"}
    roles: list[str] = []
    for arg in launch.body.block.args:
        uses = list(arg.uses)
        if uses and isinstance(uses[0].operation, vpool.UnpackOp):
            roles.append("weights")
            continue
        if uses and isinstance(uses[0].operation, vpool.UnshiftBiasOp):
            roles.append("bias")
            continue
        named = uses and type(uses[0].operation).__name__ in ("Conv2dOp", "FullyConnectedOp")
        role = (
            known.get(uses[0].index, "x")
            if named
            else ("x" if not uses or uses[0].index == 0 else "y")
        )
        roles.append(role)
    return roles


_ELEMENT_TYPES: dict[str, Attribute] = {
    "bool": i1,
    "int8": i8,
    "int16": i16,
    "int32": i32,
    "int64": i64,
}


def element_type_of(dtype: np.dtype[Any]) -> Attribute:
    """The IR element type of a numpy array held in memory."""
    from xdsl.dialects.builtin import Signedness, f32

    if dtype == np.float32:
        return f32
    if dtype.kind == "u":
        return IntegerType(dtype.itemsize * 8, Signedness.UNSIGNED)
    return _ELEMENT_TYPES[dtype.name]
