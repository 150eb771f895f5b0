"""`nnopt-opt`: xDSL's opt driver with nnopt's dialects, passes and targets, for ONNX and TFLite.

    nnopt-opt file.mlir -p 'pass-a{option=1},pass-b'
    nnopt-opt model.onnx -p fold-constants
    nnopt-opt file.mlir -t c

A mistake of the user (a malformed file, a pass that cannot do its work, IR that does not verify)
ends as one message on standard error and exit code 1; with `--verify-diagnostics` it is printed on
standard output with exit code 0, for FileCheck tests.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from xdsl.utils.exceptions import ArgSpecParseError, DiagnosticException, ParseError
from xdsl.xdsl_opt_main import xDSLOptMain

from ..dialects.errors import NnoptError
from .model_options import add_model_options, parse_bindings, tell

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp
    from xdsl.passes import ModulePass


class UsageError(Exception):
    """The command line asks for something that does not exist; the message says what."""


@contextmanager
def _as_diagnostic() -> Generator[None]:
    """Turn an error in the user's model into what xDSL's driver reports as a diagnostic."""
    try:
        yield
    except NnoptError as error:
        raise DiagnosticException(str(error)) from error


class NnoptOptMain(xDSLOptMain):
    """The driver behind `nnopt-opt`; `args` defaults to the command line."""

    version_format = "nnopt-opt, xDSL {xdsl_version}"

    def __init__(self, args: Sequence[str] | None = None):
        super().__init__(description="nnopt modular optimizer driver", args=args)

    def register_all_frontends(self) -> None:
        """Register the file extensions `.mlir`, `.onnx`, `.onnxtxt` (ONNX's textual format) and
        `.tflite`.
        """
        super().register_all_frontends()

        def parse_onnx(stream: IO[bytes]) -> ModuleOp:
            from ..lowering.onnx_frontend import onnx_parser

            return onnx_parser(stream, self._bindings(), tell, self.args.state)

        def parse_onnxtxt(stream: IO[bytes]) -> ModuleOp:
            from ..lowering.onnx_frontend import onnxtxt_parser

            return onnxtxt_parser(stream, self._bindings(), tell, self.args.state)

        def parse_tflite(stream: IO[bytes]) -> ModuleOp:
            from ..lowering.tflite_frontend import tflite_parser

            return tflite_parser(stream)

        self.available_frontends["tflite"] = parse_tflite
        self.available_frontends["onnx"] = parse_onnx
        self.available_frontends["onnxtxt"] = parse_onnxtxt

    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        """Add the options of nnopt to those of xDSL's driver."""
        super().register_all_arguments(arg_parser)
        add_model_options(arg_parser.add_argument_group("ONNX input"))
        group = arg_parser.add_argument_group("semantics")
        group.add_argument(
            "--verify-each-semantics",
            metavar="INPUTS",
            help="run the module before and after each pass on INPUTS (an .npz file, or `random`) "
            "and fail, naming the pass, if a result changed",
        )
        group.add_argument(
            "--semantics-tolerance",
            type=float,
            default=1e-5,
            metavar="T",
            help="largest change of a floating-point output that is let pass, relative to the "
            "output's largest magnitude (default 1e-5); integer outputs must not change",
        )

    def _bindings(self) -> dict[str, int]:
        return parse_bindings(self.args.bind)

    def setup_pipeline(self) -> None:
        """Parse `--passes` and attach the instruments that were asked for."""
        try:
            super().setup_pipeline()
        except (ValueError, ArgSpecParseError) as error:
            raise UsageError(str(error)) from error
        if self.args.verify_each_semantics is None:
            return
        from .semantics import SemanticsCheck

        with _as_diagnostic():
            check = SemanticsCheck.from_option(
                self.args.verify_each_semantics, tolerance=self.args.semantics_tolerance
            )
        verify = self.pipeline.callback

        def callback(
            previous: ModulePass | None, module: ModuleOp, following: ModulePass | None
        ) -> None:
            if verify is not None:
                verify(previous, module, following)
            check(previous, module, following)

        self.pipeline = dataclasses.replace(self.pipeline, callback=callback)

    def prepare_input(self) -> tuple[list[tuple[IO[bytes], int]], str]:
        """Open the input; a missing or unknown kind of file is a `UsageError`."""
        try:
            return super().prepare_input()
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from error

    def prepare_output(self) -> IO[str]:
        """Open the output; a path that cannot be written is a `UsageError`."""
        try:
            return super().prepare_output()
        except OSError as error:
            raise UsageError(str(error)) from error

    def parse_chunk(
        self, chunk: IO[bytes], file_extension: str, start_offset: int = 0
    ) -> ModuleOp | None:
        """Parse or import one chunk of the input."""
        with _as_diagnostic():
            return super().parse_chunk(chunk, file_extension, start_offset)

    def apply_passes(self, prog: ModuleOp) -> None:
        """Run the pipeline on `prog`, in place."""
        with _as_diagnostic():
            super().apply_passes(prog)

    def output_resulting_program(self, prog: ModuleOp) -> str:
        """Print `prog` in the format of `--target`."""
        with _as_diagnostic():
            return super().output_resulting_program(prog)


def run(args: Sequence[str] | None = None) -> int:
    """Run `nnopt-opt` with `args` (default: the command line) and return its exit code.

    Results go to `sys.stdout`, messages to `sys.stderr`. Only a defect of the compiler escapes as
    an exception; `argparse` ends the process on malformed options, as usual.
    """
    try:
        NnoptOptMain(args).run()
    except (DiagnosticException, ParseError, UsageError, ArgSpecParseError) as error:
        notes = getattr(error, "__notes__", ())
        print("\n".join([f"nnopt-opt: {error}", *notes]), file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output stopped early: not our failure
        sys.stderr.close()
    return 0


def main() -> None:
    """Entry point of the command `nnopt-opt`."""
    sys.exit(run())
