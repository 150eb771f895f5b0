"""Operators of other packages: a call of their C function."""

from xdsl.ir import Operation

from ...dialects import nn
from .kernel import Kernel, head


@head(nn.ExternalOp)
def emit_external(kernel: Kernel, op: Operation) -> None:
    """The function gets the kernel's memory as it is."""
    assert isinstance(op, nn.ExternalOp)
    inputs = [kernel.memory[value] for value in op.inputs]
    kernel.block.add_op(nn.ExternalCallOp(op, inputs, kernel.outputs, kernel.scratch))
