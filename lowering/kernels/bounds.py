"""How large the sums of a kernel can get, from the sizes of its weights and from its bias."""

from __future__ import annotations

from typing import cast

import numpy as np
from xdsl.dialects import memref
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerType
from xdsl.ir import BlockArgument, OpResult, SSAValue
from xdsl.traits import SymbolTable

from ...dialects import fxp, nn, vpool
from ...dialects.interpreters.vpool import memory_dtype
from ...passes.analysis.cost import op_macs
from .kernel import Kernel, element_of, shape_of


def largest_sum(kernel: Kernel, value: SSAValue) -> int | None:
    """A bound of the magnitude of the sums that a convolution or a fully connected layer makes,
    for any weights of their type; None for another value, or where the bias is not constant.
    """
    op = value.owner
    if not isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp):
        return None
    bias = op.bias
    if isinstance(bias.owner, vpool.UnshiftBiasOp):  # then sums begin with that, inputs as they are
        bias = bias.owner.bias
    bias = _largest_constant(kernel, bias)
    if bias is None:
        return None
    taps = op_macs(op) // max(int(np.prod(shape_of(op.result))), 1)
    sizes = (
        _largest_distance(op.input, op.input_zero_point.value.data),
        _largest_distance(op.weight, op.weight_zero_point.value.data),
    )
    return taps * sizes[0] * sizes[1] + bias


def _largest_distance(value: SSAValue, zero_point: int) -> int:
    low, high = fxp.integer_range(cast(IntegerType, element_of(value)))
    return max(high - zero_point, zero_point - low)


def _largest_constant(kernel: Kernel, value: SSAValue) -> int | None:
    """The largest magnitude in a constant input of the kernel."""
    if not isinstance(value, BlockArgument):
        return None
    given = kernel.launch.inputs[value.index]
    if not isinstance(given, OpResult) or not isinstance(given.op, memref.GetGlobalOp):
        return None
    definition = SymbolTable.lookup_symbol(kernel.launch, given.op.name_)
    if not isinstance(definition, memref.GlobalOp):
        return None
    content = definition.initial_value
    if not isinstance(content, DenseIntOrFPElementsAttr):
        return None
    array = np.frombuffer(content.data.data, memory_dtype(content.type.element_type))
    return int(np.abs(array.astype(np.int64)).max(initial=0))
