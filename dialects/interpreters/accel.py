"""Interpreter of the `accel` dialect: what an accelerator computes is what its region says."""

from typing import Any

from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)

from .. import accel


@register_impls
class AccelFunctions(InterpreterFunctions):
    """Implementations of the `accel` ops."""

    @impl_terminator(accel.YieldOp)
    def yield_(
        self, interpreter: Interpreter, op: accel.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()

    @impl(accel.OffloadOp)
    def offload(self, interpreter: Interpreter, op: accel.OffloadOp, args: PythonValues) -> Any:
        return interpreter.run_ssacfg_region(op.body, args, op.accelerator.data)

    @impl(accel.CallOp)
    def call(self, interpreter: Interpreter, op: accel.CallOp, args: PythonValues) -> Any:
        tensors = op.tensors(args[: len(op.inputs)])
        results = interpreter.run_ssacfg_region(op.body, tuple(tensors), op.function.data)
        for memory, result in zip(args[len(op.inputs) :], results, strict=False):
            memory[:] = result.reshape(-1)
        return ()
