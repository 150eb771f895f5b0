"""`nnopt new-op`: the five places of an op that computes each element from one element."""

from __future__ import annotations

import argparse
import keyword
import re
from typing import TYPE_CHECKING

import numpy as np

from ...dialects.errors import NnoptError
from ...dialects.float_math import C_FUNCTIONS
from ..output import note
from .new_pass import add_root, show
from .tree import Tree, camel_case, rendered

if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
_OPSET = 17

DEFINITION = "dialects/nn/elementwise.py"
MEANING = "dialects/interpreters/nn_elementwise.py"
HANDLERS = "lowering/onnx_frontend/elementwise.py"
LOOPS = "lowering/kernels/scalar.py"


def functions() -> dict[str, str]:
    """Functions of one number in `runtime_c/nnopt_math*.h` that numpy has, too, by numpy's name;
    the name of each one's twin in `dialects/float_math.py`.
    """
    found = {name.removeprefix("nnopt_"): twin.__name__ for name, twin in C_FUNCTIONS.items()}
    return {name: twin for name, twin in found.items() if _is_unary(name)}


def _is_unary(name: str) -> bool:
    function = getattr(np, name, None)
    return isinstance(function, np.ufunc) and function.nin == 1


def _since(operator: str) -> tuple[int, bool]:
    """The opset from which a new handler of an ONNX operator can hold, and whether there is one
    for older opsets. Raises NnoptError.
    """
    from onnx import defs

    from ...lowering.onnx_frontend.registry import registered_versions

    if not defs.has(operator):
        raise NnoptError(
            f"ONNX has no operator {operator}: name one with --onnx, or see "
            "docs/custom-operators.md for operators of your own"
        )
    schema = defs.get_schema(operator)
    if (schema.min_input, schema.max_input, schema.max_output) != (1, 1, 1):
        raise NnoptError(
            f"ONNX's {operator} is no function of one tensor; this skeleton is one. "
            "docs/tutorial-op.md says where the parts of other ops go"
        )
    since: int = schema.since_version
    known = registered_versions("", operator)
    if since in known:
        raise NnoptError(f"ONNX's {operator} is imported already, since opset {since}")
    return since, bool(known)


def plan_op(tree: Tree, name: str, operator: str | None, function: str | None) -> list[str]:
    """Plan an op; the commands that test it. Raises NnoptError."""
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name) or len(name) > _LONGEST:
        raise NnoptError(
            f"'{name}' cannot be an op: write lower-case words with '_' between them, at most "
            f"{_LONGEST} characters, as in hard_swish"
        )
    if function is not None and function not in functions():
        raise NnoptError(f"--function {function}: choose one of {', '.join(functions())}")
    from ...dialects import nn

    class_name = f"{camel_case(name.split('_'))}Op"
    definition = tree.text(DEFINITION)
    if hasattr(nn, class_name) or f"class {class_name}(" in definition:
        raise NnoptError(f"there is an op nn.{name} already: choose another name")
    operator = operator or camel_case(name.split("_"))
    since, is_known = _since(operator)

    tree.insert_in_list(DEFINITION, "__all__ = [", f'    "{class_name}",\n', is_sorted=True)
    values = {"name": name, "class_name": class_name, "function": function, "operator": operator}
    tree.append(DEFINITION, rendered("definition.py.j2", **values))
    twins = f"float_math.{functions()[function]}, np.{function}" if function else ""
    meaning = f"    nn.{class_name}: ({twins or 'lambda x: x, lambda x: x'}),\n"
    tree.insert_in_list(MEANING, "FUNCTIONS: dict", meaning)
    since_text = f", since={since}" if since > 1 else ""
    handler = f'handler("{operator}"{since_text})(_unary(nn.{class_name}))\n'
    tree.insert_after_last(HANDLERS, 'handler("', handler)
    if function:
        tree.insert_in_list(LOOPS, "FUNCTIONS: dict", f'    nn.{class_name}: "nnopt_{function}",\n')
    else:
        tree.append(LOOPS, rendered("loops.py.j2", **values))
    texts = {f"tests/filecheck/nn/{name}.onnxtxt": "op.onnxtxt.j2"}
    texts[f"tests/filecheck/nn/invalid_{name}.mlir"] = "invalid_op.mlir.j2"
    for path, template in texts.items():
        tree.create(path, rendered(template, opset=max(_OPSET, since), **values))
    if is_known:
        note(f"{operator} is imported already; from opset {since} on, nn.{name} takes its place")
    return [
        f"pytest -q {' '.join(texts)}",
        'pytest -q tests/structure/test_registries.py -k "[nn]"',
    ]


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `new-op`."""
    parser = subparsers.add_parser(
        "new-op",
        help="write the skeleton of an op, with its tests, into a checkout",
        description="Write the skeleton of an element-wise op into a checkout of nnopt: its "
        "definition, what it computes, the handler of the ONNX operator, its loops, its tests. The "
        "tests pass at once; docs/tutorial-op.md says how to go on.",
    )
    parser.set_defaults(main=main)
    parser.add_argument("name", metavar="NAME", help="name of the op, as in hard_swish")
    parser.add_argument("--onnx", metavar="OPERATOR", help="ONNX operator (default: as NAME)")
    parser.add_argument(
        "--function",
        help=f"what it computes (default: x, to be replaced): {', '.join(functions())}",
    )
    add_root(parser)


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    tree = Tree(args.root)
    tests = plan_op(tree, args.name, args.onnx, args.function)
    show(tree, tests)
    if args.function is None:
        print(f"then say what the op computes: nn.{args.name} gives x as it is, in {MEANING}")
        print(f"(the numbers) and {LOOPS} (the code); both have to have the same bits")
    return 0
