"""`nnopt-opt` with the operators of the example package: `python filters_opt.py file.mlir …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "custom_operator"))

from nnopt_filters import register

from nnopt.tools.nnopt_opt import run

if __name__ == "__main__":
    register()
    sys.exit(run(sys.argv[1:]))
