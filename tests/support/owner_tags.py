"""Runs placed loops on memory whose every byte knows which byte of which tensor it holds.

A load must find the byte that its tensor has there, or the kernel reads what another has written
over it; what a function returns must be whole at the end. This is the proof of a placement: it
looks at every load and every store, and knows nothing of distances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import BlockArgument, OpResult, SSAValue

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import find_function, make_interpreter, names_of
from nnopt.dialects.interpreters.placed import (
    arena_of,
    memory_of,
    offset_of,
    role_of,
    tensor_of,
)
from nnopt.dialects.interpreters.vpool import memory_dtype

Array = NDArray[Any]


class LostByteError(AssertionError):
    """A byte was overwritten before it was read for the last time."""


@dataclass
class Owner:
    """A tensor, or scratch of a kernel: its number, and the tags of its bytes in memory."""

    number: int
    tags: Array
    label: str = ""

    def expected(self) -> Array:
        """The tags of all bytes when the tensor is whole."""
        return (self.number << 32) + np.arange(len(self.tags))


class Tagged(np.ndarray[Any, Any]):
    """Elements of a tensor in memory; loads check the tags of their bytes, stores set them."""

    owner: Owner

    def _bytes(self, index: Any) -> Array:
        places = np.atleast_1d(np.arange(self.size)[index])
        return (places[:, None] * self.itemsize + np.arange(self.itemsize)).reshape(-1)

    def __getitem__(self, index: Any) -> Any:
        places = self._bytes(index)
        wrong = self.owner.tags[places] != (self.owner.number << 32) + places
        if wrong.any():
            raise LostByteError(f"{self.owner.label}: byte {places[wrong][0]} is not its own")
        return np.asarray(self)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        places = self._bytes(index)
        self.owner.tags[places] = (self.owner.number << 32) + places
        np.asarray(self)[index] = value


class TaggedRun:
    """One run of a module at the level of loops."""

    def __init__(self, module: ModuleOp, inputs: Mapping[str, Array]):
        self.module, self.main = module, find_function(module, "main")
        self.names = names_of(self.main.arg_attrs, len(self.main.args), "arg")
        count = len(self.main.args)
        given = [inputs[self.names[i]] for i in range(count) if role_of(self.main, i) == "input"]
        self.memory = memory_of(self.main, given)
        self.arenas = {
            index: np.full(self.memory[index].nbytes, -1)
            for index in range(count)
            if role_of(self.main, index) == "arena"
        }
        self.tags: list[Array] = []
        self.owners: dict[SSAValue, Owner] = {}
        for index, (argument, memory) in enumerate(zip(self.main.args, self.memory, strict=True)):
            offset = offset_of(self.main, index)
            tags = self.arenas.get(index, np.full(memory.nbytes, -1))
            if offset is not None:
                tags = self.arenas[arena_of(self.main, index)][offset : offset + memory.nbytes]
            self.tags.append(tags)
            self.owners[argument] = Owner(index, tags, f"argument {index}")
        for index in range(count):
            if role_of(self.main, index) == "input":
                owner = self.owners[self.main.args[index]]
                owner.tags[:] = owner.expected()

    def run(self) -> dict[str, Array]:
        """Run all kernels; the outputs by name. Raises LostByteError."""
        interpreter = make_interpreter(self.module)
        functions = {f.sym_name.data: f for f in self.module.ops if isinstance(f, func.FuncOp)}
        views: dict[SSAValue, Array] = dict(zip(self.main.args, self.memory, strict=True))
        for op in self.main.body.block.ops:
            if isinstance(op, vpool.ViewOp):
                views[op.result] = self._view(op)
            elif isinstance(op, memref.GetGlobalOp):
                (views[op.memref],) = interpreter.run_op(op, ())
            elif isinstance(op, func.CallOp):
                arguments = [self._tagged(value, views[value]) for value in op.arguments]
                interpreter.call_op(functions[op.callee.string_value()], tuple(arguments))
        results: dict[str, Array] = {}
        for index, argument in enumerate(self.main.args):
            if role_of(self.main, index) == "output":
                owner = self.owners[argument]
                if (owner.tags != owner.expected()).any():
                    raise LostByteError(f"output {self.names[index]} is not whole")
                shape = tensor_of(self.main, index).get_shape()
                results[self.names[index]] = self.memory[index].reshape(shape)
        return results

    def _view(self, op: vpool.ViewOp) -> Array:
        type_ = op.result.type
        first, size = op.offset.value.data, vpool.byte_size(type_)
        assert isinstance(op.arena, BlockArgument)
        arena = op.arena.index
        self.owners[op.result] = Owner(
            len(self.owners), self.tags[arena][first : first + size], op.result.name_hint or "range"
        )
        data = self.memory[arena].view(np.uint8)[first : first + size]
        return data.view(memory_dtype(type_.element_type))

    def _tagged(self, value: SSAValue, memory: Array) -> Array:
        if value not in self.owners:  # a constant
            assert isinstance(value, OpResult)
            return memory
        tagged = memory.view(Tagged)
        tagged.owner = self.owners[value]
        return tagged


def run_tagged(module: ModuleOp, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Run a module at the level of loops on tagged memory; the outputs by name.

    Raises LostByteError where a byte is read that its tensor has lost.
    """
    return TaggedRun(module, inputs).run()


def moved(module: ModuleOp, views: Sequence[vpool.ViewOp], by: int) -> None:
    """Move ranges of the arena, to see that the check notices."""
    for view in views:
        view.offset = IntegerAttr(view.offset.value.data + by, view.offset.type)
