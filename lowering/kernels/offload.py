"""What accelerators compute: a call of the driver's C function."""

from xdsl.ir import Operation

from ...dialects import accel
from ...passes.offload.accelerator import driver_call
from .kernel import Kernel, head


@head(accel.OffloadOp)
def emit_offload(kernel: Kernel, op: Operation) -> None:
    """The driver gets the kernel's memory as it is, and constants in its own format."""
    assert isinstance(op, accel.OffloadOp)
    call = driver_call(op)
    constants = [
        kernel.constant(array.reshape(-1), f"{op.accelerator.data.replace('-', '_')}_{number}")
        for number, array in enumerate(call.constants)
    ]
    memory = [kernel.memory[value] for value in op.inputs], kernel.outputs
    kernel.block.add_op(
        accel.CallOp(op, call.function, call.parameters, memory, constants, kernel.scratch)
    )
