"""`nnopt completion`: a script with which a shell completes commands, options and files.

nnopt completion bash > ~/.local/share/bash-completion/completions/nnopt
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

SHELLS = ("bash", "zsh", "tcsh")


def add_parser(subparsers: Subparsers) -> None:
    """Add the command `completion`."""
    parser = subparsers.add_parser(
        "completion",
        help="print the script that completes commands with Tab",
        description="Print the script with which a shell completes commands, options and files.",
    )
    parser.set_defaults(main=main)
    parser.add_argument("shell", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")


def _complete_values(parser: argparse.ArgumentParser) -> None:
    """Tell shtab what it cannot see: which values are files, and names that are checked later."""
    import shtab

    from .packaging.boards import SKELETONS
    from .pipeline import QUANTIZE, TARGETS

    known = {"board": tuple(SKELETONS), "target": tuple(TARGETS), "quantize": QUANTIZE}
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            action.help = "command"  # what is suppressed is not completed
            commands = cast("Subparsers", action)
            for command in commands.choices.values():
                _complete_values(command)
        elif action.type is Path or action.dest == "calibrate":
            setattr(action, "complete", shtab.FILE)  # noqa: B010
        elif action.choices is None:
            action.choices = known.get(action.dest)


def script(shell: str) -> str:
    """The script for a shell."""
    import shtab

    from .nnopt import parser

    whole = parser()
    _complete_values(whole)
    return shtab.complete(whole, shell)


def main(args: argparse.Namespace) -> int:
    """Run the command."""
    print(script(args.shell))
    return 0
