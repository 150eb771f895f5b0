"""Runs the RUN lines of FileCheck tests in the current process.

lit starts two Pythons per RUN line, which costs 0.35 s and more; here a line of the form

    [not] nnopt-opt ARGS [2>&1] [| nnopt-opt ARGS …] | filecheck ARGS

calls the driver and the matcher as functions. Files with anything else in them (another command,
`%t`, `REQUIRES:`, options that change global state) are handed to lit, so that the two never
disagree about what a test means.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from filecheck.parser import Parser

SUFFIXES = (".mlir", ".onnxtxt")
"""File name endings of FileCheck tests, the same as in `tests/lit.cfg.py`."""

_RUN = re.compile(r"^\s*(?://|#)\s*RUN:\s*(.*?)\s*$")
_LIT_ONLY = re.compile(
    r"^\s*(?://|#)\s*(REQUIRES|UNSUPPORTED|XFAIL|ALLOW_RETRIES|DEFINE|REDEFINE):"
)
_GLOBAL_STATE = ("--disable-verify", "--syntax-highlight", "--shrink", "--output-file", "-o")


class NeedsLit(Exception):
    """A test uses something that only lit understands; the message says what."""


@dataclass(frozen=True)
class RunLine:
    """One RUN line, understood: arguments of each driver and, if there is one, of the matcher."""

    drivers: tuple[tuple[str, ...], ...]
    check: tuple[str, ...] | None
    expect_failure: bool
    """Whether the last driver has to fail."""
    merge_stderr: bool
    """Whether messages of the last driver go down the pipe as well."""


def run_lines(text: str) -> list[str]:
    """Return the RUN lines of a test, continuation lines joined.

    Raises `NeedsLit` when the file carries a keyword that decides whether it runs at all.
    """
    lines: list[str] = []
    continued = False
    for line in text.splitlines():
        if keyword := _LIT_ONLY.match(line):
            raise NeedsLit(keyword[1])
        if not (match := _RUN.match(line)):
            continue
        if continued:
            lines[-1] = f"{lines[-1]} {match[1]}"
        else:
            lines.append(match[1])
        continued = lines[-1].endswith("\\")
        lines[-1] = lines[-1].rstrip("\\").rstrip()
    return lines


def _commands(line: str) -> list[list[str]]:
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError as error:
        raise NeedsLit(str(error)) from error
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            commands.append([])
        elif re.fullmatch(r"[|&;<>()]+", word) or word.startswith("%") or "`" in word:
            raise NeedsLit(word)
        else:
            commands[-1].append(word)
    return commands


def parse_run_line(line: str, path: Path) -> RunLine:
    """Take a RUN line of the test `path` apart; raises `NeedsLit` when it is not of our form."""
    line = line.replace("%s", shlex.quote(str(path))).replace("%S", shlex.quote(str(path.parent)))
    merge = "2>&1" in line
    commands = _commands(line.replace("2>&1", " "))
    check = tuple(commands.pop()) if commands[-1][:1] == ["filecheck"] else None
    expect_failure = len(commands) == 1 and commands[0][:1] == ["not"]
    if expect_failure:
        commands[0].pop(0)
    if not commands or any(command[:1] != ["nnopt-opt"] for command in commands):
        raise NeedsLit(line)
    if merge and len(commands) > 1:
        raise NeedsLit("messages of one of several drivers go down the pipe")
    drivers = tuple(tuple(command[1:]) for command in commands)
    if any(argument.split("=")[0] in _GLOBAL_STATE for driver in drivers for argument in driver):
        raise NeedsLit("an option that changes global state or writes files")
    return RunLine(drivers, check, expect_failure, merge)


def run_driver(
    arguments: tuple[str, ...], merge_stderr: bool, text: str = ""
) -> tuple[int, str, str]:
    """Call `nnopt-opt` with `arguments` and `text` as standard input.

    Returns exit code, standard output, standard error.
    """
    from nnopt.tools import nnopt_opt

    out = io.StringIO()
    err = out if merge_stderr else io.StringIO()
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = nnopt_opt.run(arguments)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.stdin = before
    return code, out.getvalue(), "" if merge_stderr else err.getvalue()


def check(arguments: tuple[str, ...], text: str) -> str | None:
    """Match `text` with `filecheck ARGUMENTS`; return what went wrong, or None."""
    messages = io.StringIO()
    with redirect_stdout(messages), redirect_stderr(messages):
        options = parse_argv_options(list(arguments))
        content = FInput.canonicalize_line_ends(text)
        code = Matcher(options, FInput("-", content), Parser.from_opts(options)).run()
    return messages.getvalue() if code else None


def run_line(line: RunLine) -> str | None:
    """Run one line; return what went wrong, or None."""
    out, err = "", ""
    for arguments in line.drivers:
        code, out, err = run_driver(arguments, line.merge_stderr, out)
        if bool(code) != line.expect_failure:
            return f"nnopt-opt {shlex.join(arguments)}\nended with exit code {code}\n{out}{err}"
    if line.check is None:
        return None
    failure = check(line.check, out)
    return failure and f"{failure}\n{err}"


def run_with_lit(path: Path) -> tuple[str, str]:
    """Run one test file with lit; return lit's result code (PASS, FAIL, …) and its output."""
    start = "from lit.main import main; main()"
    command = [sys.executable, "-c", start, "-a", "--no-progress-bar", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    result = re.search(r"^([A-Z]+): nnopt ::", output, re.MULTILINE)
    return (result[1] if result else "UNRESOLVED"), output


def run_file(path: Path) -> tuple[str, str]:
    """Run one test file; return PASS, FAIL, UNSUPPORTED … and the message that goes with it."""
    try:
        lines = [parse_run_line(line, path) for line in run_lines(path.read_text("utf-8"))]
    except NeedsLit:
        return run_with_lit(path)
    if not lines:
        return "FAIL", "no RUN line"
    for number, line in enumerate(lines, 1):
        failure = run_line(line)
        if failure is not None:
            return "FAIL", f"RUN line {number}: {failure}"
    return "PASS", ""
