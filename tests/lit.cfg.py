"""lit configuration: `lit tests/filecheck`, with the virtual environment active or not."""

# pyright: basic

import os
import shutil
import sys
from pathlib import Path

import lit.formats

config = globals()["config"]  # given by lit

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent

config.name = "nnopt"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".onnxtxt"]
config.excludes = ["Inputs"]
config.test_source_root = str(TESTS)
config.test_exec_root = str(ROOT / "build" / "lit")


def find_tool(name: str) -> str:
    """Return the path of a tool: beside the running Python, in the checkout's venv, or on PATH."""
    for folder in (Path(sys.executable).parent, ROOT / ".venv" / "bin"):
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name) or name


os.makedirs(config.test_exec_root, exist_ok=True)
for tool in ("nnopt-opt", "xdsl-opt", "filecheck"):
    # A tool's name where a command starts, not a part of some longer word or path.
    config.substitutions.append((rf"(?<![\w/.-]){tool}(?![\w/.-])", find_tool(tool)))
config.environment["PATH"] = os.pathsep.join(
    [str(Path(find_tool("nnopt-opt")).parent), os.environ.get("PATH", "")]
)
if "PYTHONPATH" in os.environ:  # another checkout than the installed one
    config.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
