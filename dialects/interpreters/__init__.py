"""Interpreters: what every op of every level computes, in numpy.

`run_function` runs a function of a module on named arrays; passes are checked by running the IR
before and after them. An op's implementation is its specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr, TensorType
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls
from xdsl.interpreters.arith import ArithFunctions
from xdsl.interpreters.builtin import BuiltinFunctions
from xdsl.interpreters.func import FuncFunctions
from xdsl.interpreters.scf import ScfFunctions
from xdsl.ir import Attribute, Operation

from ..errors import NnoptError
from ..nn.constant import dtype_of

Arrays = dict[str, NDArray[Any]]


def make_interpreter(module: ModuleOp) -> Interpreter:
    """An interpreter that runs every dialect of this project, and the upstream ones it uses."""
    interpreter = Interpreter(module)
    for functions in _implementations():
        interpreter.register_implementations(functions, override=True)
    return interpreter


@cache
def _implementations() -> tuple[InterpreterFunctions, ...]:
    """All implementations, later ones in place of earlier ones; they have no state."""
    from .accel import AccelFunctions
    from .dsp import DspFunctions
    from .fxp import FxpFunctions
    from .fxp_recurrent import FxpRecurrentFunctions
    from .helium import HeliumFunctions
    from .loops import LoopFunctions
    from .nn_contraction import NnContractionFunctions
    from .nn_data_movement import NnDataMovementFunctions
    from .nn_elementwise import BINARY, FUNCTIONS, NnElementwiseFunctions, run_binary, run_unary
    from .nn_external import NnExternalFunctions
    from .nn_indexing import NnIndexingFunctions
    from .nn_logic import NnLogicFunctions
    from .nn_pool import NnPoolFunctions
    from .nn_recurrent import NnRecurrentFunctions
    from .vpool import VpoolFunctions

    classes = (
        ArithFunctions,
        BuiltinFunctions,
        FuncFunctions,
        ScfFunctions,
        AccelFunctions,
        DspFunctions,
        HeliumFunctions,
        FxpFunctions,
        FxpRecurrentFunctions,
        LoopFunctions,
        NnContractionFunctions,
        NnDataMovementFunctions,
        NnElementwiseFunctions,
        NnExternalFunctions,
        NnIndexingFunctions,
        NnLogicFunctions,
        NnPoolFunctions,
        NnRecurrentFunctions,
        VpoolFunctions,
    )
    tables = ((FUNCTIONS, run_unary), (BINARY, run_binary))
    return (
        *(functions() for functions in classes),
        *(_functions_of(op_type, run) for table, run in tables for op_type in table),
    )


def _functions_of(op_type: type[Operation], run: Any) -> InterpreterFunctions:
    """Implementations that call `run(op, args) -> results` for ops of one class."""

    class Functions(InterpreterFunctions):
        """One implementation."""

        @impl(op_type)
        def run_op(self, _: Interpreter, op: Operation, args: tuple[Any, ...]) -> Any:
            """Call the table's function."""
            return run(op, args)

    return register_impls(Functions)()


def names_of(attributes: ArrayAttr[DictionaryAttr] | None, count: int, prefix: str) -> list[str]:
    """The `nn.name` of each argument or result; `prefix` and a number where there is none."""
    names: list[str] = []
    for index in range(count):
        entry = attributes.data[index].data.get("nn.name") if attributes else None
        names.append(entry.data if isinstance(entry, StringAttr) else f"{prefix}{index}")
    return names


def find_function(module: ModuleOp, name: str) -> func.FuncOp:
    """The function `name` of a module. Raises NnoptError."""
    for op in module.body.block.ops:
        if isinstance(op, func.FuncOp) and op.sym_name.data == name:
            return op
    raise NnoptError(f"the module has no function '{name}'")


def checked(name: str, array: NDArray[Any], type_: Attribute) -> NDArray[Any]:
    """`array` if it has the shape and the numpy type of `type_`. Raises NnoptError."""
    if not isinstance(type_, TensorType):
        raise NnoptError(f"input '{name}' is no tensor but {type_}: only tensors can be given")
    tensor = cast("TensorType[Attribute]", type_)
    shape, dtype = tensor.get_shape(), dtype_of(tensor.element_type)
    if array.shape != shape or array.dtype != dtype:
        raise NnoptError(
            f"input '{name}' must have shape {shape} and type {dtype}, "
            f"found {array.shape} and {array.dtype}"
        )
    return array


def run_function(
    module: ModuleOp, inputs: Mapping[str, NDArray[Any]], function: str = "main"
) -> Arrays:
    """Run a function on arrays named as its arguments (`nn.name`, or arg0, arg1, …).

    Returns the results by name (`nn.name`, or out0, …). Raises NnoptError where an input is missing
    or does not fit.
    """
    target = find_function(module, function)
    types = target.function_type
    names = names_of(target.arg_attrs, len(types.inputs), "arg")
    missing = [name for name in names if name not in inputs]
    if missing:
        raise NnoptError(f"no value for input {', '.join(missing)}: given are {sorted(inputs)}")
    arrays = tuple(
        checked(name, np.asarray(inputs[name]), type_)
        for name, type_ in zip(names, types.inputs, strict=True)
    )
    results = make_interpreter(module).call_op(target, arrays)
    outputs = names_of(target.res_attrs, len(types.outputs), "out")
    return dict(zip(outputs, (np.asarray(r) for r in results), strict=True))
