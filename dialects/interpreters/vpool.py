"""Interpreter of the `vpool` dialect.

Memory is a one-dimensional numpy array; `vpool.view` gives a view of the arena's bytes, so that
ranges which overlap really share their bytes. A kernel runs its region on whole tensors.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import Float32Type, IntegerType, TensorType
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
from xdsl.ir import Attribute
from xdsl.utils.exceptions import InterpretationError
from xdsl.utils.hints import isa

from .. import packing, vpool


def memory_dtype(element: Attribute) -> np.dtype[Any]:
    """The numpy type of an element in memory; booleans are bool."""
    if isinstance(element, Float32Type):
        return np.dtype(np.float32)
    assert isa(element, IntegerType)
    if element.width.data == 1:
        return np.dtype(np.bool_)
    prefix = "u" if vpool.is_unsigned(element) else ""
    return np.dtype(f"{prefix}int{element.width.data}")


def checked_index(memory: NDArray[Any], index: int, name: str) -> int:
    """`index`, if it lies inside `memory`; raises InterpretationError otherwise."""
    if not 0 <= index < memory.size:
        raise InterpretationError(f"{name}: index {index} outside {memory.size} elements")
    return index


@register_impls
class VpoolFunctions(InterpreterFunctions):
    """Implementations of the `vpool` ops."""

    @impl_terminator(vpool.YieldOp)
    def yield_(
        self, interpreter: Interpreter, op: vpool.YieldOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        return ReturnedValues(args), ()

    @impl(vpool.KernelOp)
    def kernel(self, interpreter: Interpreter, op: vpool.KernelOp, args: PythonValues) -> Any:
        return interpreter.run_ssacfg_region(op.body, args, op.label.data)

    @impl(vpool.LaunchOp)
    def launch(self, interpreter: Interpreter, op: vpool.LaunchOp, args: PythonValues) -> Any:
        count = len(op.inputs)
        tensors: list[NDArray[Any]] = []
        for value, arg in zip(args[:count], op.body.block.args, strict=True):
            assert isa(arg.type, TensorType)
            tensors.append(np.array(value).reshape(arg.type.get_shape()))
        results = interpreter.run_ssacfg_region(op.body, tuple(tensors), op.label.data)
        for memory, result in zip(args[count : count + len(op.outputs)], results, strict=True):
            memory[:] = np.asarray(result).reshape(-1)
        return ()

    @impl(vpool.UnpackOp)
    def unpack(self, interpreter: Interpreter, op: vpool.UnpackOp, args: PythonValues) -> Any:
        assert isa(op.result.type, TensorType)
        weights = packing.unpack(args[0], op.weights_shape, op.layout.data)
        return (weights.reshape(op.result.type.get_shape()),)

    @impl(vpool.UnshiftBiasOp)
    def unshift_bias(
        self, interpreter: Interpreter, op: vpool.UnshiftBiasOp, args: PythonValues
    ) -> Any:
        bias, weights = args
        sums = weights.reshape(len(weights), -1).astype(np.int64).sum(1)
        return ((bias.astype(np.int64) + op.zero_point.value.data * sums).astype(np.int32),)

    @impl(vpool.ViewOp)
    def view(self, interpreter: Interpreter, op: vpool.ViewOp, args: PythonValues) -> Any:
        type_ = op.result.type
        start = op.offset.value.data
        data = cast(NDArray[Any], args[0]).view(np.uint8)
        data = data[start : start + vpool.byte_size(type_)]
        return (data.view(memory_dtype(type_.element_type)),)

    @impl(vpool.FetchOp)
    def fetch(self, interpreter: Interpreter, op: vpool.FetchOp, args: PythonValues) -> Any:
        return (args[0],)

    @impl(vpool.ReadRowsOp)
    def read_rows(self, interpreter: Interpreter, op: vpool.ReadRowsOp, args: PythonValues) -> Any:
        source, row, count, memory, index = args
        width = op.width.value.data
        first, size = row * width, count * width
        for where, array, begin in (("source", source, first), ("memory", memory, index)):
            if begin < 0 or size < 0 or begin + size > array.size:
                raise InterpretationError(
                    f"{op.name}: {where} {begin} to {begin + size} outside {array.size} elements"
                )
        memory[index : index + size] = source[first : first + size]
        return ()

    @impl(vpool.LoadOp)
    def load(self, interpreter: Interpreter, op: vpool.LoadOp, args: PythonValues) -> Any:
        memory, index = args
        value = memory[checked_index(memory, index, op.name)]
        return (np.float32(value) if isinstance(op.result.type, Float32Type) else int(value),)

    @impl(vpool.StoreOp)
    def store(self, interpreter: Interpreter, op: vpool.StoreOp, args: PythonValues) -> Any:
        value, memory, index = args
        if memory.dtype.kind in "iu":
            value = np.array(value & 0xFFFF_FFFF_FFFF_FFFF, np.uint64).astype(memory.dtype)
        memory[checked_index(memory, index, op.name)] = value
        return ()
