"""The placement problem of a function of kernels: its tensors, and how close they may lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerType, MemRefType, TensorType
from xdsl.ir import Attribute, OpResult, SSAValue
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import accel, nn, vpool
from ...dialects.interpreters import names_of
from ...dialects.interpreters.streaming import state_names
from ..analysis.cost import head_of
from ..schedule.form_kernels import storage_root
from ..schedule.row_chain import STRIPS, rings_of, scratch_of_stages
from ..schedule.variants import scratch_bytes, scratch_element
from .access import Nest, Walk
from .kernel_access import byte_size, element_size, may_turn, runs_of, walk_of
from .problem import Layer, Problem, problem


@dataclass
class KernelNetwork:
    """Tensors and layers of a function whose ops are kernels, constants and views.

    `values[i]` is tensor i, of `sizes[i]` bytes; views count as the tensor that they show,
    constants as nothing. `layers[i]` is `kernels[i]`. Kernels may run backwards only if `turn`;
    `block` asks for another register block than that of the schedules (see `walk_of`).
    """

    function: func.FuncOp
    block: tuple[int, int] | None = None
    turn: bool = False
    only: vpool.KernelOp | None = None
    """Look at one kernel's accesses and scratch memory only: enough for what its step needs."""
    values: list[SSAValue] = field(default_factory=list[SSAValue])
    sizes: list[int] = field(default_factory=list[int])
    kernels: list[vpool.KernelOp] = field(default_factory=list[vpool.KernelOp])
    layers: list[Layer] = field(default_factory=list[Layer])
    returned: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self._number: dict[SSAValue, int] = {}
        body = self.function.body.block
        for argument in body.args:
            self.number(argument)
        self.kernels = [op for op in body.ops if isinstance(op, vpool.KernelOp)]
        self.layers = [self._layer(kernel) for kernel in self.kernels]
        terminator = body.last_op
        if not isinstance(terminator, func.ReturnOp):
            raise PassFailedException("a function of kernels must end in func.return")
        self.returned = [self.number(value) for value in terminator.operands]

    def number(self, value: SSAValue) -> int:
        """The number of the tensor whose bytes `value` shows."""
        root = storage_root(value)
        if root not in self._number:
            self._number[root] = len(self.values)
            self.values.append(root)
            self.sizes.append(byte_size(root))
        return self._number[root]

    def _layer(self, kernel: vpool.KernelOp) -> Layer:
        place: dict[int, int] = {}
        inputs: list[int] = []
        for operand, value in enumerate(kernel.inputs):
            root = storage_root(value)
            if isinstance(root, OpResult) and isinstance(root.op, nn.ConstantOp):
                continue
            place[operand] = len(inputs)
            inputs.append(self.number(value))
        output, *further = (self.number(value) for value in kernel.outputs)
        if self.only is not None and kernel is not self.only:
            return Layer(tuple(inputs), output, further=tuple(further))
        walk = None if further else self._walk(kernel, place)
        runs = None if walk is None else runs_of(kernel)
        return Layer(
            tuple(inputs),
            output,
            walk,
            may_turn=self.turn and may_turn(kernel),
            apart=frozenset(
                place[n] for n in place if not may_alias(kernel.inputs[n], kernel.outputs[0])
            ),
            scratch=tuple(vpool.byte_size(type_) for type_ in scratch_types(kernel)),
            further=tuple(further),
            runs=None if runs is None else (runs[0], _renumbered(runs[1], place)),
        )

    def _walk(self, kernel: vpool.KernelOp, place: dict[int, int]) -> Walk | None:
        """What a kernel reads of the tensors and writes; None where that is not known."""
        try:
            walk = walk_of(kernel, self.block)
        except PassFailedException:
            return None
        return _renumbered(walk, place)

    def problem(self, in_pool: bool = False, alignment: int = 4) -> Problem:
        """What is to be placed; the function's inputs and outputs too if they lie `in_pool`, except
        states, which the caller keeps between calls, and inputs whose rows are asked for.

        Every tensor is aligned to `alignment` bytes, or to its elements where they are larger.
        """
        owned = range(len(self.function.body.block.args))
        outside = self._kept() if in_pool else {*owned, *self.returned}
        alignments = [max(alignment, element_size(value)) for value in self.values]
        for kernel in self.kernels:
            for value in (*kernel.inputs, *kernel.outputs):
                number = self._number.get(storage_root(value))
                if number is not None:
                    alignments[number] = max(alignments[number], self.alignment_of(kernel))
        return problem(self.sizes, self.layers, self.returned, outside, alignments)

    @staticmethod
    def alignment_of(kernel: vpool.KernelOp) -> int:
        """Bytes to which an accelerator wants its inputs and outputs aligned; 1 for kernels."""
        head = head_of(kernel)
        return head.alignment.value.data if isinstance(head, accel.OffloadOp) else 1

    def _kept(self) -> set[int]:
        """The tensors that are states before the call, or after it, or come row by row."""
        function, states = self.function, state_names(self.function)
        arguments = names_of(function.arg_attrs, len(function.function_type.inputs), "arg")
        results = names_of(function.res_attrs, len(function.function_type.outputs), "out")
        before = {number for number, name in enumerate(arguments) if name in states}
        kept = set(states.values())
        after = {n for n, name in zip(self.returned, results, strict=True) if name in kept}
        attributes = function.arg_attrs or ()
        strips = {number for number, attrs in enumerate(attributes) if STRIPS in attrs.data}
        return before | after | strips


def scratch_types(kernel: vpool.KernelOp) -> list[MemRefType[Attribute]]:
    """The memory that a kernel needs for itself: lanes of its algorithm, rings of rows."""
    found = [MemRefType(element, [count]) for element, count in rings_of(kernel)]
    own = scratch_bytes(kernel)
    ranges = [(scratch_element(kernel), own)] if own else []
    for element, size in [*ranges, *scratch_of_stages(kernel)[0]]:
        found.append(MemRefType(element, [size // vpool.element_bytes(element)]))
    return found


def _renumbered(walk: Walk, place: dict[int, int]) -> Walk:
    """A walk whose inputs are counted by their places; those without one are left out."""
    return tuple(
        Nest(nest.write, tuple((place[n], read) for n, read in nest.reads if n in place))
        for nest in walk
    )


def may_alias(source: SSAValue, target: SSAValue) -> bool:
    """Whether C lets a kernel read one tensor and write another in the same bytes.

    Accesses through pointers to different types may be reordered by a C compiler, unless one of
    them is a character type (int8_t, uint8_t) or they differ in sign only.
    """
    a, b = (cast("TensorType[Attribute]", value.type).element_type for value in (source, target))
    widths = [e.width.data if isa(e, IntegerType) else None for e in (a, b)]
    return a == b or 8 in widths or (None not in widths and widths[0] == widths[1])
