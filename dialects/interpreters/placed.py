"""Runs functions after placement, whose arguments are memory: inputs, outputs and the arena.

`vpool.role` of an argument says which of them it is, `vpool.tensor` the tensor it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import MemRefType, ModuleOp, StringAttr, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute
from xdsl.utils.exceptions import InterpretationError

from ..nn.constant import dtype_of
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
    memory: list[NDArray[Any]] = []
    for index, type_ in enumerate(target.function_type.inputs):
        role = role_of(target, index)
        if role == "input":
            memory.append(np.array(inputs[names[index]]).reshape(-1))
        elif role in ("output", "arena") and isinstance(type_, MemRefType):
            flat = cast("MemRefType[Attribute]", type_)
            memory.append(poisoned(dtype_of(flat.element_type), flat.element_count()))
        else:
            raise InterpretationError(f"argument {index} of a placed function has no role")
    make_interpreter(module).call_op(target, tuple(memory))
    return {
        names[index]: array.reshape(tensor_of(target, index).get_shape())
        for index, array in enumerate(memory)
        if role_of(target, index) == "output"
    }
