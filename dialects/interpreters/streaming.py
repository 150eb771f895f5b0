"""Networks that keep tensors between calls: `nn.state` of an argument names the result that is the
argument's value in the next call.

The function itself stays pure: it takes the states and returns the new ones. Whoever calls it
keeps them, as the C does in memory that its caller gives it. Before the first call, and after a
reset, a state is zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp, StringAttr, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute

from ..errors import NnoptError
from ..fxp import FxpType
from ..nn.constant import dtype_of
from . import Arrays, find_function, names_of, run_function

STATE = "nn.state"


def state_names(function: FuncOp) -> dict[str, str]:
    """The arguments that are states, by name: the name of the result that each becomes."""
    names = names_of(function.arg_attrs, len(function.function_type.inputs), "arg")
    found: dict[str, str] = {}
    for index, name in enumerate(names):
        entry = function.arg_attrs.data[index].data.get(STATE) if function.arg_attrs else None
        if isinstance(entry, StringAttr):
            found[name] = entry.data
    return found


def initial_state(type_: TensorType[Attribute], encoding: Attribute | None = None) -> NDArray[Any]:
    """A state before the first call: the number zero, as its element type or encoding has it."""
    element = type_.element_type
    known = element if isinstance(element, FxpType) else encoding
    zero = int(known.zero_points[0]) if isinstance(known, FxpType) else 0
    return np.full(type_.get_shape(), zero, dtype_of(element))


class Stream:
    """Calls a function of a module again and again and keeps its states."""

    def __init__(self, module: ModuleOp, function: str = "main"):
        self.module, self.function = module, function
        self.target = find_function(module, function)
        self.names = state_names(self.target)
        self.states: Arrays = {}
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        types = self.target.function_type.inputs
        names = names_of(self.target.arg_attrs, len(types), "arg")
        attributes = self.target.arg_attrs
        for index, name in enumerate(names):
            if name in self.names and attributes is not None:
                encoding = attributes.data[index].data.get("nn.encoding")
                type_ = cast("TensorType[Attribute]", types.data[index])
                self.states[name] = initial_state(type_, encoding)

    def step(self, inputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """Call the function once; the results that are no states. Raises NnoptError as
        `run_function` does, and where a state is given as an input.
        """
        given = sorted(self.names.keys() & inputs.keys())
        if given:
            raise NnoptError(f"state {', '.join(given)} is kept between calls, it is no input")
        results = run_function(self.module, {**inputs, **self.states}, self.function)
        for name, result in self.names.items():
            self.states[name] = results[result]
        kept = set(self.names.values())
        return {name: array for name, array in results.items() if name not in kept}
