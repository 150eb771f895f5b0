"""The runtime headers, compiled for the host, as functions on numpy arrays."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nnopt.runtime_c

HERE = Path(__file__).parent
INCLUDE = Path(nnopt.runtime_c.__path__[0])
FLAGS = ["-std=c99", "-O2", "-ffp-contract=off", f"-I{INCLUDE}"]

CFunction = Callable[..., None]


class Twins:
    """`twins.<name>(…)` calls a function of twins.c; arrays become pointers."""

    def __init__(self, library: Path):
        self._library = ctypes.CDLL(str(library))

    def __getattr__(self, name: str) -> CFunction:
        function = self._library[name]
        function.restype = None

        def call(*args: Any) -> None:
            function(*(self._convert(a) for a in args))

        return call

    @staticmethod
    def _convert(arg: "NDArray[Any] | float | int | np.int64") -> Any:
        if isinstance(arg, np.ndarray):
            assert arg.flags.c_contiguous
            return arg.ctypes.data_as(ctypes.c_void_p)
        if isinstance(arg, float):
            return ctypes.c_float(arg)
        return ctypes.c_int32(arg) if isinstance(arg, int) else ctypes.c_int64(int(arg))


@pytest.fixture(scope="session", params=["gcc", "clang"])
def twins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    """The C twins, built by each compiler of the host."""
    library = tmp_path_factory.mktemp("twins") / "twins.so"
    subprocess.run(
        [request.param, *FLAGS, "-shared", "-fPIC", str(HERE / "twins.c"), "-o", str(library)],
        check=True,
    )
    return Twins(library)


@pytest.fixture(scope="session")
def include() -> Path:
    """Folder of the runtime headers."""
    return INCLUDE
