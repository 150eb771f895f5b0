"""`nnopt-opt` and plain `xdsl-opt` have our dialects, passes and the C target.

xDSL's tools learn of them through the entry point `xdsl.universe` of the installed package alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from layout import ROOT

from nnopt.lowering.registry import PASSES as LOWERING_PASSES
from nnopt.passes.registry import PASSES
from nnopt.tools.universe import DIALECTS, TARGETS

DRIVERS = ("nnopt-opt", "xdsl-opt")
SEPARATIONS = ROOT / "docs" / "separations.mlir"
TO_LOOPS = "form-kernels,schedule{loop-order=oc,oh,ow block=2,2 isa=armv7e-m},place,lower-kernels"

EVERY_DIALECT = """
func.func @ops(%x: tensor<4x!fxp.affine<i8, 0.5:-3>>, %m: memref<8xi8>, %i: index) {
  %r = nn.relu %x : tensor<4x!fxp.affine<i8, 0.5:-3>> -> tensor<4x!fxp.affine<i8, 0.5:-3>>
  %d = fxp.dequantize %r : tensor<4x!fxp.affine<i8, 0.5:-3>> -> tensor<4xf32>
  %e = vpool.load %m[%i] : memref<8xi8> -> i32
  %b = dsp.load_x4 %m[%i] : memref<8xi8>
  helium.fill %m[%i to %i] {value = 3 : i64} : memref<8xi8>
  %y = accel.offload "npu" {} ins(%d : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    accel.yield %a : tensor<4xf32>
  }
  func.return
}
"""

drivers = pytest.mark.parametrize("driver", DRIVERS)


def run(driver: str, *arguments: str | Path, given: str = "") -> str:
    """Run a driver as a command, outside of the checkout; what it printed."""
    program = Path(sys.executable).parent / driver
    done = subprocess.run(
        [program, *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@drivers
def test_help_lists_passes_and_target(driver: str):
    text = "".join(run(driver, "--help").split())  # argparse breaks lines inside of names
    for name in (*PASSES, *LOWERING_PASSES):
        assert re.search(rf"(?<![\w-]){re.escape(name)},", text), name
    for name in TARGETS:
        assert f"Availabletargetsare:{name}," in text


@drivers
def test_ops_and_types_of_every_dialect_are_parsed(driver: str):
    printed = run(driver, given=EVERY_DIALECT)
    for name in DIALECTS:
        assert re.search(rf" {name}\.\w+ ", printed), name
    assert "tensor<4x!fxp.affine<i8, 0.5:-3>>" in printed
    assert run(driver, given=printed) == printed
    assert '"nn.relu"(' in run(driver, "--print-op-generic", given=EVERY_DIALECT)


@drivers
def test_passes_with_options(driver: str):
    printed = run(driver, SEPARATIONS, "-p", TO_LOOPS.removesuffix(",place,lower-kernels"))
    assert '"direct", order = ["oc", "oh", "ow"], block = [2, 2], isa = "armv7e-m"' in printed
    assert "scf.for" in run(driver, SEPARATIONS, "-p", TO_LOOPS)


def test_both_print_the_same_c():
    texts = [run(driver, SEPARATIONS, "-p", TO_LOOPS, "-t", "c{prefix=tiny}") for driver in DRIVERS]
    assert texts[0] == texts[1]
    assert "int tiny_run(" in texts[0]
    assert "nnopt_smlad" in texts[0]


def test_our_passes_mix_with_those_of_xdsl():
    pipeline = f"canonicalize,cse,{TO_LOOPS},canonicalize,cse"
    texts = [run(driver, SEPARATIONS, "-p", pipeline) for driver in DRIVERS]
    assert texts[0] == texts[1]


def test_only_ours_reads_onnx():
    model = ROOT / "examples" / "models" / "digits_cnn.onnx"
    printed = run("nnopt-opt", model)
    assert "nn.conv2d" in printed
    assert run("xdsl-opt", given=printed) == printed
