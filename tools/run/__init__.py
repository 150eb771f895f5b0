"""Building a compiled package and running it on the host or on an emulated board.

    from nnopt.tools.run import run_package
    result = run_package(Path("out"), {"input": samples}, "mps2-an386", profile=True)

`docs/running.md` tells how instructions, RAM, stack and flash are measured.
"""

from .boards import BOARDS, Board
from .check import check_c
from .compare import OutputComparison, compare_with_io_npz
from .io import load_npz
from .manifest import Manifest, read_manifest
from .package import run_package
from .result import LayerResult, Ram, RunResult

__all__ = [
    "BOARDS",
    "Board",
    "LayerResult",
    "Manifest",
    "OutputComparison",
    "Ram",
    "RunResult",
    "check_c",
    "compare_with_io_npz",
    "load_npz",
    "read_manifest",
    "run_package",
]
