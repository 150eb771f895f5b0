"""Every op and every pass that is registered is implemented, documented and tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from filecheck_runner import SUFFIXES
from layout import ROOT, committed_files, relative, sources, tree
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Dialect, Operation
from xdsl.universe import Universe

from nnopt.dialects.interpreters import make_interpreter
from nnopt.lowering.registry import PASSES as LOWERING_PASSES
from nnopt.passes.registry import PASSES
from nnopt.tools.universe import DIALECTS, dialect_factories, pass_factories

NO_INTERPRETER: dict[str, str] = {}
"""Ops that nothing can run, each with the reason."""

NO_INVALID_TEST: dict[str, str] = {}
"""Ops of which no instance that parses can be wrong, each with the reason."""

REGISTERED = {name: ("passes", *where) for name, where in PASSES.items()} | {
    name: ("lowering", *where) for name, where in LOWERING_PASSES.items()
}


def filecheck_tests() -> dict[Path, str]:
    """Return the text of every FileCheck test."""
    return {
        path: path.read_text("utf-8")
        for path in committed_files()
        if path.suffix in SUFFIXES and ROOT / "tests" / "filecheck" in path.parents
    }


def mentions(name: str, text: str) -> bool:
    """Return whether `text` holds `name` as a word of its own."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def load(name: str) -> Dialect:
    """Return one of our dialects."""
    return dialect_factories()[name]()


def ops_of(dialect: str) -> list[type[Operation]]:
    """Return the op classes of one of our dialects."""
    return list(load(dialect).operations)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialect_is_registered_under_its_name(dialect: str):
    assert load(dialect).name == dialect
    assert all(op.name.startswith(f"{dialect}.") for op in ops_of(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_op_has_an_interpreter(dialect: str):
    interpreter = make_interpreter(ModuleOp([]))
    known = getattr(getattr(interpreter, "_impls"), "_impl_dict")  # noqa: B009
    missing = [
        op.name for op in ops_of(dialect) if op not in known and op.name not in NO_INTERPRETER
    ]
    assert not missing, f"ops without interpreter: {', '.join(missing)}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_op_is_documented(dialect: str):
    missing = [op.name for op in ops_of(dialect) if not (op.__doc__ or "").strip()]
    assert not missing, f"ops without docstring: {', '.join(missing)}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_op_is_printed_in_a_test(dialect: str):
    tests = filecheck_tests()
    missing = [
        op.name for op in ops_of(dialect) if not any(mentions(op.name, t) for t in tests.values())
    ]
    assert not missing, f"ops that no FileCheck test names: {', '.join(missing)}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_op_has_an_invalid_test(dialect: str):
    invalid = [text for path, text in filecheck_tests().items() if "invalid" in path.stem]
    missing = [
        op.name
        for op in ops_of(dialect)
        if op.name not in NO_INVALID_TEST and not any(mentions(op.name, text) for text in invalid)
    ]
    assert not missing, f"ops that no `invalid` FileCheck test names: {', '.join(missing)}"


def test_exceptions_are_still_needed():
    names = {op.name for dialect in DIALECTS for op in ops_of(dialect)}
    assert set(NO_INTERPRETER) | set(NO_INVALID_TEST) <= names
    assert all(NO_INTERPRETER.values()) and all(NO_INVALID_TEST.values())


def test_no_name_is_taken_twice():
    everything = Universe.get_multiverse()  # raises on a clash with xDSL's own
    assert everything.all_passes.keys() >= REGISTERED.keys()
    assert everything.all_dialects.keys() >= DIALECTS.keys()


@pytest.mark.parametrize("name", REGISTERED)
def test_pass_is_what_its_registry_says(name: str):
    folder, module, _ = REGISTERED[name]
    assert pass_factories()[name]().name == name
    words = name.replace("-", "_")
    path = ROOT / folder / Path(*module.split("."))
    assert path.name == words or path.parent.name == words, f"{name} lives in {relative(path)}"


@pytest.mark.parametrize("name", REGISTERED)
def test_pass_has_a_filecheck_test(name: str):
    option = re.compile(rf"RUN:.*(?<![\w-]){re.escape(name)}(?![\w-])")
    assert any(option.search(text) for text in filecheck_tests().values()), (
        f"no RUN line in tests/filecheck names {name}"
    )


def pass_classes() -> dict[tuple[str, str], ast.ClassDef]:
    """Return the classes derived from ModulePass, by file and name."""
    return {
        (relative(path), node.name): node
        for path in sources("passes", "lowering")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).split(".")[-1] == "ModulePass" for base in node.bases)
    }


def test_every_pass_is_registered():
    known = {
        (f"{folder}/{module.replace('.', '/')}", name)
        for folder, module, name in REGISTERED.values()
    }
    stray = [
        f"{name} in {path}"
        for path, name in pass_classes()
        if (path.removesuffix("/__init__.py").removesuffix(".py"), name) not in known
    ]
    assert not stray, f"not in a registry: {', '.join(stray)}"


@pytest.mark.parametrize(
    ("where", "node"), pass_classes().items(), ids=[name for _, name in pass_classes()]
)
def test_pass_and_its_options_are_documented(where: tuple[str, str], node: ast.ClassDef):
    assert ast.get_docstring(node), f"{where[1]} has no docstring"
    undocumented = [
        ast.unparse(statement.target)
        for statement, following in zip(node.body, [*node.body[1:], None], strict=True)
        if isinstance(statement, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(statement.annotation)
        and not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant))
    ]
    assert not undocumented, f"options of {where[1]} without docstring: {', '.join(undocumented)}"
