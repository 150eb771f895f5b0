"""`nnopt`: the command for people who have a network and a microcontroller.

Each command lives in a module of its own, which is imported when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..dialects.errors import NnoptError

EPILOG = """examples:
  nnopt check model.onnx
  nnopt compile model.onnx -o out --target cortex-m4
  nnopt run out --input x.npz --board mps2-an386
  nnopt compare model.onnx out --input x.npz
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    from .bench import add_parser as add_bench
    from .check import add_parser as add_check
    from .compare import add_parser as add_compare
    from .compile import add_parser as add_compile
    from .diagnosis.cli import add_parser as add_quantize_report
    from .packaging.package_cli import add_parser as add_package
    from .packaging.project import add_parser as add_init
    from .report import add_parser as add_report
    from .run.cli import add_parser as add_run
    from .scaffold.new_op import add_parser as add_new_op
    from .scaffold.new_pass import add_parser as add_new_pass
    from .train.cli import add_parser as add_train

    main_parser = argparse.ArgumentParser(
        prog="nnopt",
        description="Compile an ONNX network to plain C for a microcontroller, and run it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main_parser.add_argument("--debug", action="store_true", help="show tracebacks of errors")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_check(commands)
    add_compile(commands)
    add_run(commands)
    add_compare(commands)
    add_package(commands)
    add_init(commands)
    add_quantize_report(commands)
    add_train(commands)
    add_report(commands)
    add_bench(commands)
    add_new_pass(commands)
    add_new_op(commands)
    return main_parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; errors of the user end as one line on standard error and exit code 1."""
    args = parser().parse_args(argv)
    try:
        return args.main(args)
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
