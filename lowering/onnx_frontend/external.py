"""Operators that other packages register (`dialects/external.py`): imported as they are, or
replaced by the function that they are composed of.
"""

from typing import TYPE_CHECKING, Any

import onnx
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute

from ...dialects import nn
from ...dialects.errors import NnoptError
from ...dialects.external import (
    AttributeValue,
    ExternalOperator,
    OperatorCall,
    TensorSpec,
    find_operator,
)
from ...dialects.nn.constant import dtype_of
from . import onnx_api
from .model import Node
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def _attributes(node: Node) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    for name, value in node.attributes.items():
        if not isinstance(value, int | float | str | tuple):
            raise node.error(f"attribute '{name}' is no number, text or list of them")
        attributes[name] = value
    return attributes


def import_external(ctx: "Importer", node: Node) -> Result:
    """The handler of operators with a kernel: one nn.external."""
    from .importer import ELEMENT_TYPES, element_type_of, shape_of

    operator = find_operator(node.domain, node.op_type, node.opset)
    assert operator is not None
    if "" in node.inputs or "" in node.outputs:
        raise node.error("operators of other packages cannot leave inputs or outputs out")
    inputs = [ctx.operand(node, index) for index in range(len(node.inputs))]
    specs = tuple(TensorSpec(shape_of(v), dtype_of(element_type_of(v))) for v in inputs)
    call = OperatorCall(specs, _attributes(node))
    try:
        outputs = operator.output_specs(call)
    except NnoptError as error:
        raise node.error(str(error)) from error
    if len(outputs) != len(node.outputs):
        raise node.error(f"it has {len(node.outputs)} outputs, its shape rule {len(outputs)}")
    types: list[Attribute] = []
    for spec in outputs:
        if spec.dtype not in ELEMENT_TYPES:
            raise node.error(f"its shape rule gives element type {spec.dtype}, which is no C type")
        types.append(TensorType(ELEMENT_TYPES[spec.dtype], spec.shape))
    given = nn.external_attributes(call.attributes)
    op = nn.ExternalOp(operator, node.opset, inputs, given, types)
    ctx.add(op)
    return list(op.outputs)


def _function_of(operator: ExternalOperator, node: onnx.NodeProto) -> onnx.FunctionProto:
    made: Any = operator.decomposition
    if not isinstance(made, onnx.FunctionProto):
        made = onnx_api.guarded(
            f"the decomposition of operator {operator.kind} failed", lambda: made(node)
        )
    if not isinstance(made, onnx.FunctionProto):
        raise NnoptError(f"the decomposition of operator {operator.kind} is no FunctionProto")
    copy = onnx.FunctionProto()
    copy.CopyFrom(made)
    return copy


def add_decompositions(model: onnx.ModelProto, opsets: dict[str, int]) -> None:
    """Give the model the functions of operators that are registered with a decomposition, in
    place. Each node calls a function of its own, so that it may depend on the node. Raises
    NnoptError.
    """
    known = {(function.domain, function.name) for function in model.functions}
    for index, node in enumerate(model.graph.node):
        operator = find_operator(node.domain, node.op_type, opsets.get(node.domain, 1))
        if operator is None or operator.decomposition is None:
            continue
        if (node.domain, node.op_type) in known:
            continue
        function = _function_of(operator, node)
        function.domain, function.name = node.domain, f"{node.op_type}__{index}"
        model.functions.append(function)
        node.op_type = function.name
