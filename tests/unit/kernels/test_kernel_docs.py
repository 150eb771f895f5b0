"""What the documentation of the passes from kernels to loops shows is what they do."""

import inspect
import re
from pathlib import Path

import pytest
from graph_cases import parse

from nnopt.tools.pipeline import run_passes
from nnopt.tools.universe import pass_factories

FILECHECK = Path(__file__).resolve().parents[2] / "filecheck"
FILES = {
    "form-kernels": "schedule/form-kernels.mlir",
    "schedule": "schedule/schedule.mlir",
    "place": "memory/place.mlir",
    "lower-kernels": "lowering/lower-kernels.mlir",
}


def words(text: str) -> str:
    return " ".join(text.split())


def documentation(name: str) -> tuple[str, str, str]:
    """The example before, the pass with its options, and the example after."""
    module = inspect.getmodule(pass_factories()[name]())
    text = inspect.getdoc(module) or ""
    found = re.search(
        r"^Before:\n\n```mlir\n(.*?)^```\n\nAfter(?: `(.*?)`)?:\n\n```mlir\n(.*?)^```",
        text,
        re.S | re.M,
    )
    assert found is not None, f"{name} shows no example"
    return found[1], found[2] or name, found[3]


@pytest.mark.parametrize("name", FILES)
def test_documentation_shows_what_the_pass_does(name: str) -> None:
    before, spelled, after = documentation(name)
    module = parse(before)
    run_passes(module, [spelled])
    assert module.is_structurally_equivalent(parse(after)), f"{name} gives\n{module}"


@pytest.mark.parametrize("name", FILES)
def test_documentation_is_a_filecheck_test(name: str) -> None:
    before, _, _ = documentation(name)
    assert words(before) in words((FILECHECK / FILES[name]).read_text("utf-8"))
