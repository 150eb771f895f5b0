"""What the documentation of a pass shows is what it does, and is part of its FileCheck test."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from graph_cases import parse
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from nnopt.lowering.integer import INTEGER_PIPELINE
from nnopt.lowering.registry import PASSES as LOWERING
from nnopt.passes.quantize import QUANTIZED_PIPELINE
from nnopt.passes.registry import PASSES
from nnopt.tools.universe import pass_factories

FILECHECK = Path(__file__).resolve().parents[2] / "filecheck"
FOLDERS = {
    **{name: "quantize" for name, (module, _) in PASSES.items() if module.startswith("quantize.")},
    **{name: "integer" for name, (module, _) in LOWERING.items() if module.startswith("integer.")},
}


def words(text: str) -> str:
    return " ".join(text.split())


def examples(name: str) -> list[str]:
    documentation = inspect.getdoc(pass_factories()[name]()) or ""
    return re.findall(
        r"^(?:Before|After|This graph passes):\n\n```mlir\n(.*?)^```", documentation, re.S | re.M
    )


def run(name: str, module: ModuleOp, folder: Path) -> None:
    make = pass_factories()[name]()
    options: dict[str, str | float] = {}
    if name == "calibrate":
        np.savez(folder / "x.npz", x=np.array([[-1, 0, 2, 1], [0, 2.5, 1, 1]], np.float32))
        options = {"data": str(folder / "x.npz")}
    elif name in ("round-weights", "correct-bias", "choose-schemes"):
        equal = FILECHECK / "quantize" / "Inputs" / "equal.npz"
        options = {"data": str(equal)}
        if name == "choose-schemes":
            options["sqnr"] = 40.0
    elif name == "skip-operands":
        follow = FILECHECK / "quantize" / "Inputs" / "follow.npz"
        options = {"data": str(follow), "threshold": 0.01, "unit": "weights"}
    made: ModulePass = make(**options)
    made.apply(Context(), module)
    module.verify()


@pytest.mark.parametrize("name", FOLDERS)
def test_documentation_shows_what_the_pass_does(name: str, tmp_path: Path) -> None:
    before, *after = examples(name)
    module = parse(before)
    run(name, module, tmp_path)
    assert bool(after) != name.startswith("verify-")
    expected = parse(after[0] if after else before)
    assert module.is_structurally_equivalent(expected), f"{name} gives\n{module}"


@pytest.mark.parametrize("name", FOLDERS)
def test_documentation_is_a_filecheck_test(name: str) -> None:
    text = (FILECHECK / FOLDERS[name] / f"{name}.mlir").read_text("utf-8")
    assert words(examples(name)[0]) in words(text)


def test_pipelines_name_registered_passes() -> None:
    assert set(QUANTIZED_PIPELINE) <= set(PASSES)
    assert set(INTEGER_PIPELINE) <= set(LOWERING)
    outside = set(FOLDERS) - set(QUANTIZED_PIPELINE) - set(INTEGER_PIPELINE)
    before = {"equalize", "calibrate", "round-weights", "correct-bias", "insert-quantizers"}
    assert outside == before | {"choose-schemes", "binary-points", "skip-operands"}
