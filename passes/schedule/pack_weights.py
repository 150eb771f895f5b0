"""`pack-weights`: constants in the order in which the scheduled kernels read them.

Runs after `schedule`. The weights of each kernel whose algorithm packs them become a constant of
bytes, and an op in the region says how to get them back, so that the kernel means the same. Where
inputs are multiplied as they are, without their zero point, what it adds to the sums is taken off
the bias (`vpool.unshift_bias`).

Before:

```mlir
%q = vpool.kernel "dense" ins(%x, %w, %b : …) -> … schedule <"lanes", …> {
^bb0(%x0: tensor<1x8xi8>, %w0: tensor<3x8xi8>, %b0: tensor<3xi32>):
  %a = nn.fully_connected %x0, %w0, %b0 : …
```

After:

```mlir
%q = vpool.kernel "dense" ins(%x, %packed, %b : …) -> … schedule <"lanes", …> {
^bb0(%x0: tensor<1x8xi8>, %p0: tensor<32xi8>, %b0: tensor<3xi32>):
  %w0 = vpool.unpack %p0 {layout = "patches"} : tensor<32xi8> -> tensor<3x8xi8>
  %a = nn.fully_connected %x0, %w0, %b0 : …
```

Weights that are a part of the code, as those of the algorithm `unpacked`, become a constant in the
region, and are no input of the kernel any more.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import BlockArgument
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException
from xdsl.utils.hints import isa

from ...dialects import nn, packing, vpool
from ..analysis.cost import head_of
from .variants import (
    Variant,
    constant_operand,
    element,
    variant_of,
    weights_4d,
    zero_point_of,
)


def pack_kernel(kernel: vpool.KernelOp, variant: Variant) -> None:
    """Pack the weights of one kernel."""
    head = head_of(kernel)
    value = head.operands[1]
    weights = constant_operand(kernel, value)
    if weights is None or not isinstance(value, BlockArgument):
        raise PassFailedException(
            f"pack-weights: the weights of kernel {kernel.label.data} are not constant"
        )
    if variant.immediate:
        _inside(kernel, value, weights)
        return
    pieces = variant.pieces(kernel, weights)
    if pieces is None:
        raise PassFailedException(
            f"pack-weights: the weights of kernel {kernel.label.data} cannot be packed for "
            f"{variant.algorithm}"
        )
    layout = variant.layout(kernel)
    packed = packing.pack(weights_4d(weights), layout)
    old = kernel.inputs[value.index].owner
    assert isa(value.type, TensorType)
    constant = nn.ConstantOp.from_array(packed, TensorType(value.type.element_type, [packed.size]))
    assert isinstance(old, nn.ConstantOp)
    constant.location = old.location
    Rewriter.insert_op(constant, InsertPoint.before(kernel))
    kernel.operands[value.index] = constant.result
    block = kernel.body.block
    argument = block.insert_arg(constant.result.type, value.index)
    unpack = vpool.UnpackOp(argument, value.type, layout, pieces)
    unpack.location = head.location
    Rewriter.insert_op(unpack, InsertPoint.at_start(block))
    value.replace_all_uses_with(unpack.result)
    block.erase_arg(value)
    erase_unused(old)
    if variant.shifts_bias:
        shift_bias(kernel, weights, unpack)


def erase_unused(constant: nn.ConstantOp) -> None:
    """Remove a constant that nothing reads any more."""
    if not list(constant.result.uses):
        constant.detach()
        constant.erase()


def shift_bias(kernel: vpool.KernelOp, weights: NDArray[Any], unpack: vpool.UnpackOp) -> None:
    """Take off the bias of a kernel what the zero point of its inputs adds to the sums."""
    head = head_of(kernel)
    value, x = head.operands[2], element(head.operands[0])
    bias = constant_operand(kernel, value)
    assert bias is not None
    assert isinstance(value, BlockArgument)
    assert x is not None
    zero_point = zero_point_of(head) - (128 if vpool.is_unsigned(x) else 0)
    sums = weights.reshape(len(weights), -1).astype(np.int64).sum(1)
    shifted = (bias.astype(np.int64) - zero_point * sums).astype(np.int32)
    old = kernel.inputs[value.index].owner
    assert isinstance(old, nn.ConstantOp)
    constant = nn.ConstantOp.from_array(shifted)
    constant.location = old.location
    Rewriter.insert_op(constant, InsertPoint.before(kernel))
    kernel.operands[value.index] = constant.result
    back = vpool.UnshiftBiasOp(value, unpack.result, zero_point)
    back.location, back.result.name_hint = head.location, value.name_hint
    value.name_hint = None
    Rewriter.insert_op(back, InsertPoint.after(unpack))
    value.replace_uses_with_if(back.result, lambda use: use.operation is not back)
    erase_unused(old)


def _inside(kernel: vpool.KernelOp, value: BlockArgument, weights: NDArray[Any]) -> None:
    """Weights that are a part of the code: a constant of the region, no input any more."""
    old = kernel.inputs[value.index].owner
    constant = nn.ConstantOp.from_array(weights)
    constant.location = head_of(kernel).location
    Rewriter.insert_op(constant, InsertPoint.at_start(kernel.body.block))
    value.replace_all_uses_with(constant.result)
    index = value.index
    kernel.body.block.erase_arg(value)
    kernel.operands = [v for k, v in enumerate(kernel.inputs) if k != index]
    assert isinstance(old, nn.ConstantOp)
    if not list(old.result.uses):
        old.detach()
        old.erase()


@dataclass(frozen=True)
class PackWeightsPass(ModulePass):
    """Reorder constant weights for the kernels that read them packed."""

    name = "pack-weights"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Pack the weights of every kernel whose variant wants it, once."""
        for kernel in list(op.walk()):
            if not isinstance(kernel, vpool.KernelOp):
                continue
            variant = variant_of(kernel)
            inside = vpool.UnpackOp | nn.ConstantOp
            done = any(isinstance(inner, inside) for inner in kernel.body.block.ops)
            if variant is not None and not done:
                pack_kernel(kernel, variant)
