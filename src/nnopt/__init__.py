"""nnopt: ONNX networks to plain C99 for microcontrollers.

Everything else is imported on demand from the sub-packages `dialects`, `passes`, `lowering`,
`tools` and `runtime_c`; importing `nnopt` itself loads none of them. The names that packages with
operators of their own need are here: see docs/custom-operators.md.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dialects.external import CKernel, OperatorCall, TensorSpec, register_operator

__all__ = ["CKernel", "OperatorCall", "TensorSpec", "__version__", "register_operator"]

try:
    __version__ = version("nnopt")
except PackageNotFoundError:  # the folders were put on the path without being installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(".dialects.external", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
