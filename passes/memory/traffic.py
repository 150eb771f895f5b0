"""How often kernels load from and store to their tensors and their scratch memory: an estimate.

It decides which tensors lie in the fastest memory. Products load both factors for each
multiplication: from the image where a kernel is direct, from scratch memory where the image has
been widened to it before, once for each row of the window. Everything else is read once per use.
"""

from __future__ import annotations

from math import prod

from ...dialects import nn, vpool
from ..analysis.cost import shape_of
from ..schedule.form_kernels import storage_root
from ..schedule.row_chain import executed_macs, heads_of, is_fused
from .network import KernelNetwork
from .problem import Problem


def _image_loads(kernel: vpool.KernelOp, number: int, scratch: bool) -> int:
    """Loads from an input of a kernel."""
    argument = kernel.body.block.args[number]
    elements, loads = prod(shape_of(argument)), 0
    for use in argument.uses:
        op = use.operation
        if not isinstance(op, nn.Conv2dOp | nn.FullyConnectedOp) or use.index:
            loads += elements
        elif scratch or is_fused(kernel):
            rows = shape_of(op.operands[1])[1] if isinstance(op, nn.Conv2dOp) else 1
            steps = int(op.strides.get_values()[0]) if isinstance(op, nn.Conv2dOp) else 1
            loads += elements * max(1, rows // steps)
        else:
            loads += executed_macs(kernel)
    return loads


def accesses_of(network: KernelNetwork, problem: Problem) -> list[int]:
    """Estimated loads and stores of each buffer of a placement problem."""
    of_tensor = [0] * len(network.values)
    of_kernel: list[int] = []
    for kernel, layer in zip(network.kernels, network.layers, strict=True):
        for number, value in enumerate(kernel.inputs):
            root = storage_root(value)
            if not isinstance(root.owner, nn.ConstantOp):
                loads = _image_loads(kernel, number, bool(layer.scratch))
                of_tensor[network.number(root)] += loads
        for value in kernel.outputs:
            of_tensor[network.number(value)] += prod(shape_of(value))
        stages = len(heads_of(kernel)) if is_fused(kernel) else 1
        of_kernel.append(executed_macs(kernel) // max(1, stages))
    found = [of_tensor[tensor] for tensor in problem.tensors]
    return [*found, *(of_kernel[step] for step, _ in problem.scratch)]
