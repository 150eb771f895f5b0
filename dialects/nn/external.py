"""Operators that are registered by other packages (`dialects/external.py`), on tensors and on
memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    f64,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    prop_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

from ..errors import NnoptError
from ..external import (
    AttributeValue,
    ExternalOperator,
    OperatorCall,
    TensorSpec,
    find_operator,
)
from .common import AnyTensor, IntProp, NnOp, check, integer, listed, tensor_of
from .constant import dtype_of

__all__ = ["ExternalCallOp", "ExternalOp", "external_attributes"]


def external_attributes(values: Mapping[str, AttributeValue]) -> DictionaryAttr:
    """Attributes of an ONNX node as an attribute of the IR."""
    return DictionaryAttr({name: _attribute(value) for name, value in values.items()})


def _attribute(value: AttributeValue) -> Attribute:
    if isinstance(value, int):
        return IntegerAttr(value, i64)
    if isinstance(value, float):
        return FloatAttr(value, f64)
    if isinstance(value, str):
        return StringAttr(value)
    if all(isinstance(item, int) for item in value):
        return DenseArrayBase.from_list(i64, [int(item) for item in value])
    if all(isinstance(item, int | float) for item in value):
        return DenseArrayBase.from_list(f64, [float(item) for item in value])
    return ArrayAttr([StringAttr(str(item)) for item in value])


def _value(attribute: Attribute) -> AttributeValue:
    if isinstance(attribute, IntegerAttr):
        return attribute.value.data
    if isinstance(attribute, FloatAttr):
        return float(attribute.value.data)
    if isinstance(attribute, StringAttr):
        return attribute.data
    if isinstance(attribute, DenseArrayBase):
        return tuple(attribute.get_values())
    if isinstance(attribute, ArrayAttr):
        items = cast("ArrayAttr[Attribute]", attribute).data
        if all(isinstance(item, StringAttr) for item in items):
            return tuple(item.data for item in items if isinstance(item, StringAttr))
    raise VerifyException(f"(C2) {attribute} is no attribute of an ONNX node")


def _spec(type_: AnyTensor) -> TensorSpec:
    return TensorSpec(type_.get_shape(), dtype_of(type_.element_type))


def _operator(domain: str, op_type: str, opset: int) -> ExternalOperator:
    try:
        operator = find_operator(domain, op_type, opset)
    except NnoptError as error:
        raise VerifyException(f"(C1) {error}") from error
    if operator is None or operator.kernel is None:
        raise VerifyException(f"(C1) no kernel is registered for operator {domain}.{op_type}")
    return operator


@irdl_op_definition
class ExternalOp(NnOp):
    """An operator that another package computes.

    ```
    %y = nn.external "com.example" "Median" since 1 {width = 3 : i64} (%x)
        : (tensor<1x8xf32>) -> tensor<1x8xf32>
    ```

    (C1) a kernel is registered for the operator at that opset; (C2) attributes are numbers, texts
    or lists of them; (C3) results have the types that its shape rule gives.
    """

    name = "nn.external"
    domain = prop_def(StringAttr)
    op_type = prop_def(StringAttr)
    opset = prop_def(IntProp, default_value=integer(1))
    given = prop_def(DictionaryAttr, default_value=DictionaryAttr({}))
    inputs = var_operand_def(TensorType)
    outputs = var_result_def(TensorType)
    assembly_format = (
        "$domain $op_type (`since` $opset^)? $given `(` $inputs `)` attr-dict "
        "`:` functional-type($inputs, $outputs)"
    )

    def __init__(
        self,
        operator: ExternalOperator,
        opset: int,
        inputs: Sequence[SSAValue],
        given: DictionaryAttr,
        result_types: Sequence[Attribute],
    ):
        super().__init__(
            operands=[inputs],
            result_types=[result_types],
            properties={
                "domain": StringAttr(operator.domain),
                "op_type": StringAttr(operator.op_type),
                "opset": integer(opset),
                "given": given,
            },
        )

    @property
    def operator(self) -> ExternalOperator:
        """What is registered. Raises VerifyException if nothing is."""
        return _operator(self.domain.data, self.op_type.data, self.opset.value.data)

    @property
    def call(self) -> OperatorCall:
        """What shape rule and kernel are told."""
        return OperatorCall(
            tuple(_spec(tensor_of(value)) for value in self.inputs),
            {name: _value(attribute) for name, attribute in self.given.data.items()},
            tuple(_spec(tensor_of(value)) for value in self.outputs),
        )

    def check_constraints(self) -> None:
        operator, call = self.operator, self.call
        try:
            expected = operator.output_specs(call)
        except NnoptError as error:
            raise VerifyException(f"(C3) {error}") from error
        found = listed([f"{spec.dtype}{list(spec.shape)}" for spec in call.outputs])
        wanted = listed([f"{spec.dtype}{list(spec.shape)}" for spec in expected])
        check(expected == call.outputs, 3, f"results {wanted}", found)


@irdl_op_definition
class ExternalCallOp(IRDLOperation):
    """The same in the loops of a kernel: the call of the C function on memory.

    ```
    nn.external_call "com.example" "Median" since 1 {width = 3 : i64} (%x) to (%y) with (%s)
        types [tensor<1x8xf32>] [tensor<1x8xf32>]
        : (memref<8xf32>) (memref<8xf32>) (memref<6xi16>)
    ```

    (C1) as for nn.external; (C2) there is one type for each input and output.
    """

    name = "nn.external_call"
    domain = prop_def(StringAttr)
    op_type = prop_def(StringAttr)
    opset = prop_def(IntProp, default_value=integer(1))
    given = prop_def(DictionaryAttr, default_value=DictionaryAttr({}))
    input_types = prop_def(ArrayAttr)
    output_types = prop_def(ArrayAttr)
    inputs = var_operand_def(MemRefType)
    outputs = var_operand_def(MemRefType)
    scratch = var_operand_def(MemRefType)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$domain $op_type (`since` $opset^)? $given `(` $inputs `)` `to` `(` $outputs `)` "
        "`with` `(` $scratch `)` `types` $input_types $output_types attr-dict `:` "
        "`(` type($inputs) `)` `(` type($outputs) `)` `(` type($scratch) `)`"
    )

    def __init__(
        self,
        op: ExternalOp,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        scratch: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[inputs, outputs, scratch],
            properties={
                "domain": op.domain,
                "op_type": op.op_type,
                "opset": op.opset,
                "given": op.given,
                "input_types": ArrayAttr([value.type for value in op.inputs]),
                "output_types": ArrayAttr([value.type for value in op.outputs]),
            },
        )

    @property
    def operator(self) -> ExternalOperator:
        """What is registered. Raises VerifyException if nothing is."""
        return _operator(self.domain.data, self.op_type.data, self.opset.value.data)

    @property
    def call(self) -> OperatorCall:
        """What the kernel is told."""
        return OperatorCall(
            tuple(_spec(cast(AnyTensor, type_)) for type_ in self.input_types.data),
            {name: _value(attribute) for name, attribute in self.given.data.items()},
            tuple(_spec(cast(AnyTensor, type_)) for type_ in self.output_types.data),
        )

    def verify_(self) -> None:
        _ = self.operator
        counts = (len(self.inputs), len(self.outputs))
        types = (len(self.input_types.data), len(self.output_types.data))
        check(counts == types, 2, f"types for {counts} inputs and outputs", types)


def compute_on_memory(op: ExternalCallOp, memory: Sequence[Any]) -> None:
    """Run the reference on flat arrays and write its results into the last ones."""
    call = op.call
    arrays = [
        np.array(flat).reshape(spec.shape).astype(spec.dtype)
        for flat, spec in zip(memory, call.inputs, strict=False)
    ]
    results = op.operator.compute(arrays, call)
    targets = memory[len(call.inputs) : len(call.inputs) + len(call.outputs)]
    for target, result in zip(targets, results, strict=True):
        target[:] = result.reshape(-1)
