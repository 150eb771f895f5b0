"""Where things are in the checkout, for tests that look at the source text."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

LAYERS = ("dialects", "passes", "lowering", "tools")
"""The packages whose imports run one way: each may import from those before it."""

FOLDERS = (*LAYERS, "runtime_c")


@cache
def committed_files() -> tuple[Path, ...]:
    """Return the files that git tracks or would track, those of a plain folder without git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        names = (name for name in done.stdout.split("\0") if name)
        return tuple(path for name in sorted(names) if (path := ROOT / name).is_file())
    skipped = (".venv", ".git", "build", "__pycache__")
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not any(part in skipped for part in path.relative_to(ROOT).parts)
    )


def relative(path: Path) -> str:
    """Return a path of the checkout, relative to its top."""
    return path.relative_to(ROOT).as_posix()


def sources(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """Return the committed files of the given top-level folders with one of the suffixes.

    Without suffixes, all files.
    """
    return [
        path
        for path in committed_files()
        if (not suffixes or path.suffix in suffixes)
        and path.relative_to(ROOT).parts[0] in folders
        and not path.is_symlink()
    ]


def module_name(path: Path) -> str:
    """Return the import name of a Python file of the package, `nnopt.dialects.fxp` and so on."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("nnopt", *parts)).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def pyproject() -> dict[str, Any]:
    """Return the contents of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _imports_in(nodes: list[ast.AST], deferred: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not deferred:
            continue  # runs later: it cannot close a circle of imports
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) and not deferred:
            nodes.extend(node.orelse)
        else:
            nodes.extend(ast.iter_child_nodes(node))


def imports(path: Path, deferred: bool) -> set[str]:
    """Return the absolute names that a file of the package imports: modules, or names in them.

    With `deferred`, imports inside functions and under TYPE_CHECKING count as well.
    """
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    found: set[str] = set()
    for node in _imports_in([tree(path)], deferred):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
            continue
        base = package[: len(package) - node.level + 1] if node.level else []
        base = [*base, *(node.module.split(".") if node.module else [])]
        found.update(".".join([*base, alias.name]) for alias in node.names)
    return found
