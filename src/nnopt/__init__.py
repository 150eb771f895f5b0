"""nnopt: ONNX networks to plain C99 for microcontrollers.

Everything else is imported on demand from the sub-packages `dialects`, `passes`, `lowering`,
`tools` and `runtime_c`; importing `nnopt` itself loads none of them. The names that packages with
operators of their own or accelerators need are here: see docs/custom-operators.md and
docs/accelerators.md.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dialects.external import CKernel, OperatorCall, TensorSpec, register_operator
    from .passes.offload.accelerator import (
        Accelerator,
        ClaimPattern,
        DriverCall,
        OffloadedRegion,
        constant_array,
        register_accelerator,
    )

__all__ = [
    "Accelerator",
    "CKernel",
    "ClaimPattern",
    "DriverCall",
    "OffloadedRegion",
    "OperatorCall",
    "TensorSpec",
    "__version__",
    "constant_array",
    "register_accelerator",
    "register_operator",
]

_MODULES = {
    ".dialects.external": {"CKernel", "OperatorCall", "TensorSpec", "register_operator"},
    ".passes.offload.accelerator": {
        "Accelerator",
        "ClaimPattern",
        "DriverCall",
        "OffloadedRegion",
        "constant_array",
        "register_accelerator",
    },
}

try:
    __version__ = version("nnopt")
except PackageNotFoundError:  # the folders were put on the path without being installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
