"""Interpreter of operators that other packages register: their own numpy references."""

from typing import Any

from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    impl,
    register_impls,
)
from xdsl.utils.exceptions import InterpretationError

from .. import nn
from ..errors import NnoptError
from ..nn.external import compute_on_memory


@register_impls
class NnExternalFunctions(InterpreterFunctions):
    """Implementations of `nn.external` and `nn.external_call`."""

    @impl(nn.ExternalOp)
    def external(self, interpreter: Interpreter, op: nn.ExternalOp, args: PythonValues) -> Any:
        try:
            return op.operator.compute(args, op.call)
        except NnoptError as error:
            raise InterpretationError(str(error)) from error

    @impl(nn.ExternalCallOp)
    def external_call(
        self, interpreter: Interpreter, op: nn.ExternalCallOp, args: PythonValues
    ) -> Any:
        try:
            compute_on_memory(op, args)
        except NnoptError as error:
            raise InterpretationError(str(error)) from error
        return ()
