"""`nnopt`: the command for people who have a network and a microcontroller.

Each command lives in a module of its own, which is imported when it is asked for (`commands.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import textwrap
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from ..dialects.errors import NnoptError
from . import output
from .commands import COMMANDS, EXAMPLES, Command, overview


def _add_common(parser: argparse.ArgumentParser, default: object) -> None:
    """Add what every command takes, before its name or after."""
    group = parser.add_argument_group("what is said")
    for flags, text in (
        (("-v", "--verbose"), "say each step: passes with their times, compilers, emulators"),
        (("-q", "--quiet"), "say nothing but errors and what --json prints"),
        (("--debug",), "show tracebacks of errors"),
    ):
        group.add_argument(*flags, action="store_true", default=default, help=text)


def _finish(parser: argparse.ArgumentParser, command: Command) -> None:
    """Give a command's parser what all have: options, a description, examples."""
    _add_common(parser, argparse.SUPPRESS)
    sentence = command.summary[0].upper() + command.summary[1:]
    said = parser.description or f"{sentence.removesuffix('.')}."
    parser.description = textwrap.fill(" ".join(said.split()), 90)
    examples = "\n".join(("examples:", *(f"  {line}" for line in command.examples)))
    parser.epilog = f"{parser.epilog}\n\n{examples}" if parser.epilog else examples
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands; with `only`, the others are there by name, without options."""
    main_parser = argparse.ArgumentParser(
        prog="nnopt",
        usage="nnopt COMMAND … [--verbose | --quiet]",
        description=overview(),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main_parser.add_argument("--version", action="version", version=f"nnopt {version('nnopt')}")
    _add_common(main_parser, False)
    commands = main_parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS, prog="nnopt"
    )
    for command in COMMANDS.values():
        if only is not None and command.name != only:
            commands.add_parser(command.name, help=command.summary)
            continue
        import_module(f".{command.module}", __package__).add_parser(commands)
        _finish(commands.choices[command.name], command)
    return main_parser


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments, parsed by the command's own parser; ends the program where that fails."""
    if not arguments:
        parser("").print_help(sys.stderr)
        sys.exit(2)
    only = next((word for word in arguments if not word.startswith("-")), "")
    args = parser(only).parse_args(arguments)
    if args.quiet and args.verbose:
        parser(only).error("--quiet and --verbose exclude each other")
    return args


def _run(args: argparse.Namespace) -> int:
    """Run the command, saying as much as was asked for."""
    chosen = output.VERBOSE if args.verbose else output.QUIET if args.quiet else output.NORMAL
    with contextlib.ExitStack() as stack:
        stack.enter_context(output.level(chosen))
        if args.quiet and not getattr(args, "json", False):
            nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
        return args.main(args)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; errors of the user end as one line on standard error and exit code 1."""
    args = _parsed(sys.argv[1:] if argv is None else argv)
    try:
        return _run(args)
    except NnoptError as error:
        if args.debug:
            raise
        print(f"nnopt: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
