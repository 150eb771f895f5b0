"""`nnopt new-pass`: the three places of a pass, with a rewrite that works and is to be replaced."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ...dialects.errors import NnoptError
from ...lowering.registry import PASSES as LOWERING_PASSES
from ...passes.registry import PASSES
from .tree import Tree, camel_case, entry, rendered

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

FOLDERS = ("graph", "quantize", "schedule", "memory")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40


def plan_pass(tree: Tree, name: str, folder: str) -> list[str]:
    """Plan a pass; the commands that test it. Raises NnoptError."""
    if _NAME.fullmatch(name) is None or len(name) > _LONGEST:
        raise NnoptError(
            f"'{name}' cannot be a pass: write lower-case words with '-' between them, at most "
            f"{_LONGEST} characters, as in fold-unit-reduce"
        )
    if name in PASSES or name in LOWERING_PASSES or f'"{name}":' in tree.text("passes/registry.py"):
        raise NnoptError(f"there is a pass {name} already: choose another name")
    module, class_name = name.replace("-", "_"), camel_case(name.split("-"))
    tree.create(
        f"passes/{folder}/{module}.py", rendered("pass.py.j2", name=name, class_name=class_name)
    )
    line = entry(f'"{name}"', (f'"{folder}.{module}"', f'"{class_name}Pass"'))
    tree.insert_in_list("passes/registry.py", "PASSES: dict", line, is_sorted=True)
    test = f"tests/filecheck/{folder}/{name}.mlir"
    tree.create(test, rendered("pass.mlir.j2", name=name))
    documentation = " tests/unit/graph/test_graph_docs.py" if folder == "graph" else ""
    return [
        f"pytest -q {test}{documentation}",
        f"pytest -q tests/structure/test_registries.py -k {name}",
    ]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `new-pass`."""
    parser = subparsers.add_parser(
        "new-pass",
        help="write the skeleton of a pass, with its tests, into a checkout",
        description="Write the skeleton of a pass into a checkout of nnopt: the pass, its line in "
        "the registry, its FileCheck test. The tests pass at once; docs/tutorial-pass.md says how "
        "to go on.",
    )
    parser.set_defaults(main=main)
    parser.add_argument("name", metavar="NAME", help="name of the pass, as in fold-unit-reduce")
    parser.add_argument(
        "--folder", choices=FOLDERS, default="graph", help="folder of passes/ (default: graph)"
    )
    add_root(parser)


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add `--root`."""
    parser.add_argument(
        "--root", type=Path, default=Path(), help="the checkout (default: this folder)"
    )


def show(tree: Tree, tests: list[str]) -> None:
    """Write what was planned, and say what was done and what to run."""
    print("\n".join(tree.write()))
    print("now run:")
    print("\n".join(f"  {command}" for command in tests))


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    tree = Tree(Path(args.root))
    show(tree, plan_pass(tree, args.name, args.folder))
    return 0
