"""`nnopt-opt` with the accelerator of the example package: `python engine_opt.py file.mlir …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "matrix_engine"))

from nnopt_matrix_engine import MatrixEngine

from nnopt import register_accelerator
from nnopt.tools.nnopt_opt import run

if __name__ == "__main__":
    register_accelerator(MatrixEngine)
    sys.exit(run(sys.argv[1:]))
