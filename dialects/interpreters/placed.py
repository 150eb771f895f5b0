"""Runs functions after placement, whose arguments are memory: inputs, outputs and the arena.

`vpool.role` of an argument says which of them it is, `vpool.tensor` the tensor it holds. An input
or output with `vpool.offset` has no memory of its own: it lies in the arena, from that byte on, or
in the arena of the same `vpool.memory`, if there are several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerAttr, MemRefType, ModuleOp, StringAttr, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute
from xdsl.utils.exceptions import InterpretationError

from ..nn.constant import dtype_of
from ..vpool import MEMORY
from . import find_function, make_interpreter, names_of

POISON = 0xA5
"""What every byte of the arena and of the outputs holds before the run: nothing may rely on it."""


def attributes_of(function: FuncOp, index: int) -> Mapping[str, Attribute]:
    """Return the attributes of an argument."""
    return function.arg_attrs.data[index].data if function.arg_attrs is not None else {}


def role_of(function: FuncOp, index: int) -> str | None:
    """Return "input", "output" or "arena" for an argument of a placed function, None otherwise."""
    role = attributes_of(function, index).get("vpool.role")
    return role.data if isinstance(role, StringAttr) else None


def tensor_of(function: FuncOp, index: int) -> TensorType[Attribute]:
    """Return the type of the tensor that an input or output of a placed function holds.

    Raises InterpretationError where the argument does not say.
    """
    tensor = attributes_of(function, index).get("vpool.tensor")
    if not isinstance(tensor, TensorType):
        raise InterpretationError(f"argument {index} of a placed function has no vpool.tensor")
    return cast("TensorType[Attribute]", tensor)


def is_placed(function: FuncOp) -> bool:
    """Return whether the function works on memory that its caller gives it."""
    return any(role_of(function, index) is not None for index in range(len(function.args)))


def offset_of(function: FuncOp, index: int) -> int | None:
    """Return where in the arena an input or output lies; None if it has memory of its own."""
    offset = attributes_of(function, index).get("vpool.offset")
    return offset.value.data if isinstance(offset, IntegerAttr) else None


def arena_of(function: FuncOp, index: int) -> int:
    """Return the number of the arena that an input or output lies in."""
    name = attributes_of(function, index).get(MEMORY)
    count = len(function.function_type.inputs)
    return next(
        number
        for number in range(count)
        if role_of(function, number) == "arena"
        and attributes_of(function, number).get(MEMORY) == name
    )


def memory_of(function: FuncOp, inputs: Iterable[NDArray[Any]]) -> list[NDArray[Any]]:
    """Return the memory to call a placed function with: flat arrays, one per argument.

    `inputs` has one array per input of the function, of its element type. All else is poisoned.
    Raises InterpretationError where an argument has no role.
    """
    types = [cast("MemRefType[Attribute]", type_) for type_ in function.function_type.inputs]
    arenas = {
        index: poisoned(np.dtype(np.uint8), type_.element_count())
        for index, type_ in enumerate(types)
        if role_of(function, index) == "arena"
    }
    given = iter(inputs)
    memory: list[NDArray[Any]] = []
    for index, type_ in enumerate(types):
        role, offset = role_of(function, index), offset_of(function, index)
        if role not in ("input", "output", "arena"):
            raise InterpretationError(f"argument {index} of a placed function has no role")
        dtype, count = dtype_of(type_.element_type), type_.element_count()
        if role == "arena":
            memory.append(arenas[index].view(dtype))
            continue
        if offset is None:
            memory.append(poisoned(dtype, count))
        else:
            arena = arenas[arena_of(function, index)]
            memory.append(arena[offset : offset + count * dtype.itemsize].view(dtype))
        if role == "input":
            memory[-1][:] = np.asarray(next(given)).reshape(-1)
    return memory


def poisoned(dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """Return `count` elements of memory that nobody has written to."""
    return np.full(count * dtype.itemsize, POISON, np.uint8).view(dtype)


def run_placed(
    module: ModuleOp, inputs: Mapping[str, NDArray[Any]], function: str = "main"
) -> dict[str, NDArray[Any]]:
    """Run a placed function as `run_function` does: named tensors in, named tensors out.

    Raises NnoptError where the function is missing, KeyError where an input is, and
    InterpretationError where an argument has no role.
    """
    target = find_function(module, function)
    names = names_of(target.arg_attrs, len(target.args), "arg")
    given = [i for i in range(len(target.args)) if role_of(target, i) == "input"]
    memory = memory_of(target, [inputs[names[index]] for index in given])
    make_interpreter(module).call_op(target, tuple(memory))
    return {
        names[index]: array.reshape(tensor_of(target, index).get_shape())
        for index, array in enumerate(memory)
        if role_of(target, index) == "output"
    }
