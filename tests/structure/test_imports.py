"""Which way imports run: tools → lowering → passes → dialects, and never in a circle."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from layout import FOLDERS, LAYERS, ROOT, imports, module_name, relative, sources, tree

PLAIN = sorted(
    relative(path)
    for path in sources(*LAYERS)
    if re.search(r"\bno xDSL(?: in here)?\s*\.", ast.get_docstring(tree(path)) or "", re.IGNORECASE)
)
"""Plain mathematics: files that say in their docstring that there is no xDSL in them."""

MUST_BE_PLAIN = {"dialects/fixed_point.py", "dialects/float_math.py"}


def layer_of(name: str) -> int | None:
    """Return the place of a module in LAYERS, None for what is outside."""
    parts = name.split(".")
    return LAYERS.index(parts[1]) if parts[0] == "nnopt" and parts[1:2][0] in LAYERS else None


@pytest.mark.parametrize("path", sources(*LAYERS), ids=relative)
def test_imports_run_down(path: Path):
    own = LAYERS.index(path.relative_to(ROOT).parts[0])
    back = [
        name
        for name in imports(path, deferred=True)
        if name.startswith("nnopt.") and (other := layer_of(name)) is not None and other > own
    ]
    assert not back, f"{relative(path)} imports from a layer above: {', '.join(back)}"


@pytest.mark.parametrize("path", sources(*FOLDERS), ids=relative)
def test_imports_inside_the_package_are_relative(path: Path):
    absolute = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module))
        or (isinstance(node, ast.Import) and any(_is_ours(alias.name) for alias in node.names))
    ]
    assert not absolute, f"{relative(path)}: {'; '.join(absolute)}"


def _is_ours(name: str | None) -> bool:
    return name is not None and name.split(".")[0] == "nnopt"


def import_graph() -> dict[str, set[str]]:
    """Return for each module of the package the modules that it imports when it is loaded."""
    files = {module_name(path): path for path in sources(*FOLDERS)}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        needed: set[str] = set()
        for target in imports(path, deferred=False):
            # `from .a import b`: the module a.b where there is one, else a
            module = target if target in files else target.rpartition(".")[0]
            if module in files and module != name:
                needed.add(module)
        graph[name] = needed
    return graph


def test_no_circle_of_imports():
    try:
        TopologicalSorter(import_graph()).prepare()
    except CycleError as error:
        pytest.fail(f"circle of imports: {' → '.join(reversed(error.args[1]))}")


def test_a_circle_would_be_found():
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()
    graph = import_graph()
    assert "nnopt.passes.registry" in graph["nnopt.tools.universe"], "relative imports not resolved"


@pytest.mark.parametrize("name", PLAIN)
def test_plain_mathematics_imports_no_xdsl(name: str):
    """Neither directly nor through a module of ours."""
    graph = import_graph()
    files = {module_name(path): path for path in sources(*FOLDERS)}
    todo, seen = [module_name(ROOT / name)], set[str]()
    while todo:
        module = todo.pop()
        seen.add(module)
        found = imports(files[module], deferred=True)
        xdsl = [target for target in found if target.split(".")[0] == "xdsl"]
        assert not xdsl, f"{name} reaches {', '.join(xdsl)} through {module}"
        todo.extend(graph[module] - seen)


def test_plain_files_say_so():
    assert set(PLAIN) >= MUST_BE_PLAIN, "their docstrings have to say that no xDSL is in them"


def test_the_driver_loads_nothing_before_it_is_needed():
    """Start-up of `nnopt-opt` stays near half a second: no dialect, no pass, no big library."""
    code = (
        "import sys; from nnopt.tools.nnopt_opt import NnoptOptMain; NnoptOptMain(['x.mlir']);"
        "print(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    big = ("numpy", "onnx", "onnxruntime", "ortools", "rich", "jinja2", "torch", "joblib")
    allowed = ("nnopt", "nnopt.dialects", "nnopt.dialects.errors", "nnopt.passes", "nnopt.lowering")
    loaded = [
        name
        for name in done.stdout.split()
        if name in big
        or (
            (name.startswith("nnopt.") and name not in allowed and ".tools" not in name)
            and not name.endswith(".registry")
        )
    ]
    assert not loaded, f"loaded at start-up: {', '.join(loaded)}"
