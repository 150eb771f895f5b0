"""The walk over the operators of a TFLite model that builds a module.

An operator whose inputs are all constants is evaluated by the interpreter, with the operations its
handler makes. An operator that cannot be imported is noted and its results are unknown from then
on, so that one run names everything that is wrong.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, cast

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    IntegerType,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
)
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.interpreter import Interpreter
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint
from xdsl.transforms.dead_code_elimination import dce
from xdsl.utils.exceptions import VerifyException

from ...dialects import fxp, nn
from ...dialects.errors import NnoptError
from ...dialects.interpreters import make_interpreter
from ..onnx_frontend.importer import ELEMENT_TYPES, MAX_ELEMENTS, element_type_of, shape_of
from ..onnx_frontend.model import ModelProblems, one_line
from ..onnx_frontend.names import sanitized
from .arithmetic import ACTIVATIONS, Rescale, clamp_ends
from .model import Array, Model, Operator, Quantization, Tensor
from .registry import find_handler
from .schema import names_of
from .variables import STATEFUL, VARIABLE_KINDS, Variables

Result: TypeAlias = "SSAValue | Sequence[SSAValue]"
"""What a handler returns: the value of the only output, or of each output."""

Value: TypeAlias = "SSAValue | Array | None"
"""A value computed at run time, a constant, or nothing because of an earlier problem."""

_MISFITS = (VerifyException, ValueError, IndexError, TypeError, KeyError, OverflowError)
"""What building an operation from inputs and options that do not fit raises."""


class RealClamp(TypedDict):
    """The clamp that is fused into an operation on reals."""

    act_min: float | None
    act_max: float | None


class Importer:
    """The state of one import; handlers get it as `ctx`."""

    def __init__(self, model: Model):
        self.model = model
        self.block = Block()
        self.builder = Builder(InsertPoint.at_end(self.block))
        self.values: dict[int, Value] = {}
        self.problems: list[str] = []
        self.unsupported: dict[str, list[Operator]] = {}
        self.variables = Variables(self)
        self._added: list[Operation] = []
        self._location = nn.name_location(model.name)
        self._interpreter: Interpreter | None = None

    # What handlers use to read an operator's inputs and outputs

    def tensor(self, op: Operator, index: int) -> Tensor:
        """What the model says of an input."""
        if not op.has_input(index):
            raise op.error(f"input {index} is missing")
        return self.model.tensors[op.inputs[index]]

    def output(self, op: Operator, index: int = 0) -> Tensor:
        """What the model says of an output."""
        if index >= len(op.outputs):
            raise op.error(f"output {index} is missing")
        return self.model.tensors[op.outputs[index]]

    def value(self, op: Operator, index: int) -> SSAValue:
        """An input as a run-time value; constants are made once per use."""
        value = self.values.get(self.tensor(op, index).index)
        if value is None:
            raise op.error(f"input {index} is not computed by any operator before")
        return value if isinstance(value, SSAValue) else self.constant(value)

    def array(self, op: Operator, index: int, what: str) -> Array:
        """An input that must be constant. Raises NnoptError when it is not."""
        value = self.values.get(self.tensor(op, index).index)
        if not isinstance(value, np.ndarray):
            raise op.error(
                f"its {what} ('{self.tensor(op, index).name}') is not constant, which is not "
                "supported",
                "convert the model with fixed shapes",
            )
        return value

    def integers(self, op: Operator, index: int, what: str) -> tuple[int, ...]:
        """The elements of a constant integer input."""
        array = self.array(op, index, what)
        if array.dtype.kind not in "iu":
            raise op.error(f"its {what} must be integers")
        return tuple(int(item) for item in array.reshape(-1))

    def is_quantized(self, tensor: Tensor) -> bool:
        """Whether a tensor holds integers that stand for reals."""
        return tensor.quantization is not None and tensor.type_name in ("INT8", "UINT8", "INT16")

    def encoding(self, op: Operator, tensor: Tensor) -> Quantization:
        """The only scale and zero point of a quantized activation. Raises NnoptError."""
        quantization = tensor.quantization
        if quantization is None or not self.is_quantized(tensor):
            raise op.error(f"'{tensor.name}' ({tensor.type_name}) is not quantized")
        if not quantization.per_tensor:
            raise op.error(f"'{tensor.name}' has one scale per channel, which is not supported")
        limits = np.iinfo(cast("np.dtype[Any]", tensor.dtype))
        if not limits.min <= quantization.zero_point <= limits.max:
            raise op.error(f"'{tensor.name}' has the zero point {quantization.zero_point}")
        return quantization

    # What handlers use to make operations

    def add(self, op: Operation) -> SSAValue:
        """Append an operation at the current operator's location; returns its first result."""
        op.location = self._location
        self.builder.insert(op)
        self._added.append(op)
        op.verify(verify_nested_ops=False)
        for result in op.results:
            if math.prod(shape_of(result)) > MAX_ELEMENTS:
                raise NnoptError(f"it makes a tensor of dimensions {list(shape_of(result))}")
        return op.results[0]

    def constant(self, array: Array) -> SSAValue:
        """Append an array as nn.constant; f16 becomes f32."""
        if array.dtype == np.float16:
            array = array.astype(np.float32)
        if array.dtype not in ELEMENT_TYPES:
            raise NnoptError(f"a constant has element type {array.dtype}, which is not supported")
        if array.dtype == np.float32 and not np.isfinite(array).all():
            wrong = int(np.count_nonzero(~np.isfinite(array)))
            raise NnoptError(f"{wrong} of {array.size} elements of a constant are not finite")
        return self.add(nn.ConstantOp.from_array(array))

    def reshape(self, value: SSAValue, shape: Sequence[int]) -> SSAValue:
        """nn.reshape, left out when the shape stays."""
        same = tuple(shape) == shape_of(value)
        return value if same else self.add(nn.ReshapeOp(value, list(shape)))

    def activation(self, op: Operator) -> tuple[float, float]:
        """The ends of the clamp that is fused into an operator, infinite where there is none."""
        name = names_of("ActivationFunctionType").get(op.int_("FusedActivationFunction"), "?")
        if name not in ACTIVATIONS:
            raise op.error(f"the fused activation {name} is not supported")
        return ACTIVATIONS[name]

    def real_activation(self, op: Operator) -> RealClamp:
        """The fused clamp as `act_min` and `act_max` of an operation on reals."""
        low, high = self.activation(op)
        return {
            "act_min": low if math.isfinite(low) else None,
            "act_max": high if math.isfinite(high) else None,
        }

    def limits(
        self, op: Operator, ends: tuple[float, float] = (-math.inf, math.inf)
    ) -> tuple[int, int]:
        """The integers to which the first output of a quantized operator is clamped."""
        tensor = self.output(op)
        encoding = self.encoding(op, tensor)
        info = np.iinfo(cast("np.dtype[Any]", tensor.dtype))
        limits = int(info.min), int(info.max)
        low, high = clamp_ends(ends, encoding.scale, encoding.zero_point, limits)
        if low > high:
            raise op.error("its fused activation leaves no number at all")
        return low, high

    def requantize(
        self,
        op: Operator,
        value: SSAValue,
        scaling: Rescale,
        *,
        ends: tuple[float, float] = (-math.inf, math.inf),
        input_zero_point: int = 0,
        centred: bool = True,
    ) -> SSAValue:
        """Rescale integers to the first output of a quantized operator, clamped.

        The output's zero point is added, unless the integers are not `centred`.
        """
        tensor = self.output(op)
        low, high = self.limits(op, ends)
        return self.add(
            fxp.RequantizeOp(
                value,
                scaling.multipliers,
                scaling.shifts,
                element_type=self.integer_type(op, tensor),
                input_zero_point=input_zero_point,
                zero_point=self.encoding(op, tensor).zero_point if centred else 0,
                rounding=scaling.rounding,
                min_value=low,
                max_value=high,
            )
        )

    def element_type(self, op: Operator, tensor: Tensor) -> Attribute:
        """The element type of a tensor. Raises NnoptError for one that is not supported."""
        if tensor.dtype is None or tensor.dtype not in ELEMENT_TYPES:
            raise op.error(f"'{tensor.name}' has element type {tensor.type_name}, unsupported")
        return ELEMENT_TYPES[tensor.dtype]

    def integer_type(self, op: Operator, tensor: Tensor) -> IntegerType:
        """The element type of a quantized tensor."""
        self.encoding(op, tensor)
        return cast(IntegerType, self.element_type(op, tensor))

    def clamp(self, op: Operator, value: SSAValue) -> SSAValue:
        """The fused clamp of an operator that keeps its input's encoding, as an operation."""
        ends = self.activation(op)
        if ends == (-math.inf, math.inf):
            return value
        if is_real(value):
            return self.add(nn.ClampOp(value, *ends))
        low, high = self.limits(op, ends)
        return self.add(nn.ClampOp(value, low, high))

    def same_encoding(self, op: Operator, index: int = 0) -> None:
        """Check that an input and the first output stand for reals in the same way: TFLite's
        kernels of operators that keep integers as they are take it for granted.
        """
        source, target = (self.encoding(op, t) for t in (self.tensor(op, index), self.output(op)))
        if source.scale != target.scale or source.zero_point != target.zero_point:
            raise op.error(
                "its input and output differ in scale or zero point, which its kernel ignores"
            )

    # The walk

    def run(self) -> ModuleOp:
        """Import the model. Raises ModelProblems with everything that is wrong."""
        self._inputs()
        self.variables.initialize()
        for tensor in self.model.tensors:
            if tensor.data is not None and not tensor.problem:
                self.values.setdefault(tensor.index, tensor.data)
        if not self.problems:
            for op in self.model.operators:
                self._import(op)
        self._note_unsupported()
        if self.problems:
            raise ModelProblems(tuple(self.problems))
        try:
            module = self._module()
        except NnoptError as error:
            raise ModelProblems((str(error),)) from error
        dce(module)
        return module

    def _inputs(self) -> None:
        for number in self.model.inputs:
            tensor = self.model.tensors[number]
            if tensor.problem:
                self.problems.append(f"input '{tensor.name}' {tensor.problem}")
                continue
            if number in self.values:
                self.problems.append(f"input '{tensor.name}' is there twice")
                continue
            if tensor.dtype is None or tensor.dtype not in ELEMENT_TYPES:
                self.problems.append(
                    f"input '{tensor.name}' has element type {tensor.type_name}, which is not "
                    "supported"
                )
                continue
            if 0 in tensor.shape or any(axis > 0 for axis in tensor.free_axes):
                open_shape = [
                    "?" if axis in tensor.free_axes else size
                    for axis, size in enumerate(tensor.shape)
                ]
                self.problems.append(
                    f"input '{tensor.name}' has dimensions that are not fixed: "
                    f"[{', '.join(map(str, open_shape))}]; convert the model with a fixed shape"
                )
                continue
            type = TensorType(ELEMENT_TYPES[tensor.dtype], tensor.shape)
            argument = self.block.insert_arg(type, len(self.block.args))
            argument.name_hint = sanitized(tensor.name)
            self.values[number] = argument

    def _import(self, op: Operator) -> None:
        self._location = nn.name_location(op.name)
        self._added = []
        results: Sequence[Value] | None = None
        try:
            results = self._results(op)
        except NnoptError as error:
            text = str(error)
            named = text if f"'{op.name}'" in text else str(op.error(text))
            self.problems.append(named)
        except _MISFITS as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self.problems.append(str(op.error(f"its inputs and options do not fit: {reason}")))
        for index, number in enumerate(op.outputs):
            value = None if results is None or index >= len(results) else results[index]
            if isinstance(value, SSAValue) and value.name_hint is None:
                value.name_hint = sanitized(self.model.tensors[number].name)
            if number in self.model.inputs or self.model.tensors[number].data is not None:
                self.problems.append(str(op.error(f"its output {index} is an input or a constant")))
            self.values[number] = value

    def _results(self, op: Operator) -> Sequence[Value] | None:
        if op.kind in VARIABLE_KINDS:
            return self.variables.results(op)
        handler = find_handler(op.kind)
        if handler is None:
            self.unsupported.setdefault(op.kind, []).append(op)
            return None
        for number in (*op.inputs, *op.outputs):
            tensor = self.model.tensors[number]
            if number >= 0 and tensor.problem:
                raise op.error(f"'{tensor.name}' {tensor.problem}")
            if number >= 0 and tensor.variable and op.kind not in STATEFUL:
                raise op.error(
                    f"'{tensor.name}' keeps its value between calls, which is not supported here"
                )
        present = [number for number in op.inputs if number >= 0]
        given = [number for number in present if not self.model.tensors[number].variable]
        inputs = [self.values.get(number) for number in given]
        known = {number for number in op.inputs if number in self.values}
        if any(value is None for value in inputs):
            missing = [number for number in given if number not in known]
            if missing:
                name = self.model.tensors[missing[0]].name
                raise op.error(f"its input '{name}' is not computed by any operator before it")
            return None  # the reason has been noted
        made = handler(self, op)
        results = [made] if isinstance(made, SSAValue) else list(made)
        self._check(op, results)
        if op.kind in STATEFUL:
            return results
        known_inputs = inputs and all(isinstance(value, np.ndarray) for value in inputs)
        if known_inputs or all(isinstance(value.owner, nn.ConstantOp) for value in results):
            return self._evaluated(results)
        return results

    def _check(self, op: Operator, results: Sequence[SSAValue]) -> None:
        """Check that the results are what the model says they are."""
        for index, value in enumerate(results[: len(op.outputs)]):
            tensor = self.output(op, index)
            declared, found = tensor.shape, shape_of(value)
            if declared and declared != found and not tensor.free_axes:
                raise op.error(
                    f"its output {index} has dimensions {list(found)}, but the model says "
                    f"{list(declared)}"
                )
            element = self.element_type(op, tensor)
            if element != element_type_of(value):
                raise op.error(
                    f"its output {index} has elements {element_type_of(value)}, but the model says "
                    f"{tensor.type_name}"
                )

    def _evaluated(self, results: Sequence[SSAValue]) -> list[Value]:
        """Run the operations of an operator on constants and take them away."""
        interpreter = self._interpreter = self._interpreter or make_interpreter(ModuleOp([]))
        arrays: dict[SSAValue, Any] = {}
        for op in self._added:
            values = interpreter.run_op(op, tuple(arrays[v] for v in op.operands))
            arrays.update(zip(op.results, values, strict=True))
        for op in reversed(self._added):
            op.detach()
            op.erase()
        return [np.asarray(arrays[value]) for value in results]

    def _note_unsupported(self) -> None:
        if not self.unsupported:
            return
        parts: list[str] = []
        for kind, ops in sorted(self.unsupported.items()):
            count = f"{len(ops)}, the first is" if len(ops) > 1 else "one"
            parts.append(f"{kind}: {count} '{ops[0].name}'")
        self.problems.insert(0, f"operators that are not supported: {', '.join(parts)}")

    def _module(self) -> ModuleOp:
        self._location = nn.name_location(self.model.name)
        results: list[SSAValue] = []
        for number in self.model.outputs:
            value = self.values.get(number)
            if value is None:
                name = self.model.tensors[number].name
                raise NnoptError(f"output '{name}' is not computed by any operator")
            results.append(value if isinstance(value, SSAValue) else self.constant(value))
        kept = self.variables.kept()
        results.extend(state.value for state in kept)
        op = ReturnOp(*results)
        op.location = self._location
        self.builder.insert(op)
        function = FuncOp(
            "main",
            FunctionType.from_lists(self.block.arg_types, [value.type for value in results]),
            Region(self.block),
            visibility="public",
            arg_attrs=self._attributes(self.model.inputs, [s.argument_attributes for s in kept]),
            res_attrs=self._attributes(self.model.outputs, [s.result_attributes for s in kept]),
        )
        function.location = self._location
        return ModuleOp([function])

    def _attributes(
        self, numbers: Sequence[int], states: Sequence[Mapping[str, Attribute]]
    ) -> ArrayAttr[DictionaryAttr]:
        found: list[DictionaryAttr] = []
        for tensor in (self.model.tensors[number] for number in numbers):
            attributes: dict[str, Attribute] = {"nn.name": StringAttr(one_line(tensor.name))}
            encoding = self.encoding_type(tensor)
            if encoding is not None:
                attributes["nn.encoding"] = encoding
            found.append(DictionaryAttr(cast(Mapping[str, Attribute], attributes)))
        return ArrayAttr([*found, *map(DictionaryAttr, states)])

    def encoding_type(self, tensor: Tensor) -> fxp.AffineType | None:
        """How the integers of a quantized tensor stand for reals, None for others."""
        quantization = tensor.quantization
        if quantization is None or not quantization.per_tensor or not self.is_quantized(tensor):
            return None
        return fxp.AffineType.per_tensor(
            cast(IntegerType, ELEMENT_TYPES[cast("np.dtype[Any]", tensor.dtype)]),
            float(quantization.scale),
            quantization.zero_point,
        )


def is_real(value: SSAValue) -> bool:
    """Whether a value is an f32 tensor."""
    return element_type_of(value) == f32


__all__ = ["Importer", "Result", "Value", "element_type_of", "is_real", "shape_of"]
