"""nnopt: ONNX networks to plain C99 for microcontrollers.

Everything else is imported on demand from the sub-packages `dialects`, `passes`, `lowering`,
`tools` and `runtime_c`; importing `nnopt` itself loads none of them.
"""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("nnopt")
except PackageNotFoundError:  # the folders were put on the path without being installed
    __version__ = "0+unknown"
