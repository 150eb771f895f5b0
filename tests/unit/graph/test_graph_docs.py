"""What the documentation of a pass shows is what it does, and is part of its FileCheck test."""

import inspect
import re
from pathlib import Path

import pytest
from graph_cases import parse, run_passes

from nnopt.passes.graph import GRAPH_PIPELINE
from nnopt.passes.registry import PASSES
from nnopt.tools.universe import pass_factories

FILECHECK = Path(__file__).resolve().parents[2] / "filecheck" / "graph"
GRAPH_PASSES = [name for name, (module, _) in PASSES.items() if module.startswith("graph.")]


def words(text: str) -> str:
    return " ".join(text.split())


def examples(name: str) -> list[str]:
    documentation = inspect.getdoc(pass_factories()[name]()) or ""
    return re.findall(r"^(?:Before|After):\n\n```mlir\n(.*?)^```", documentation, re.S | re.M)


@pytest.mark.parametrize("name", GRAPH_PASSES)
def test_documentation_shows_what_the_pass_does(name: str) -> None:
    before, after = examples(name)
    module = parse(before)
    run_passes(module, name)
    assert module.is_structurally_equivalent(parse(after)), f"{name} gives\n{module}"


@pytest.mark.parametrize("name", GRAPH_PASSES)
def test_documentation_is_a_filecheck_test(name: str) -> None:
    before, _ = examples(name)
    assert words(before) in words((FILECHECK / f"{name}.mlir").read_text("utf-8"))


def test_pipeline_has_registered_passes_but_not_the_last() -> None:
    """A pass may also be for `nnopt-opt` alone."""
    assert set(GRAPH_PIPELINE) - {"cse", "dce"} <= set(GRAPH_PASSES) - {"native-io"}
