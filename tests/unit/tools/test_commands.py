"""What all commands of `nnopt` share: help, how much is said, colours, completion."""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from onnx.parser import parse_model
from rich.console import Console

from nnopt.tools.commands import COMMANDS, EXAMPLES, GROUPS
from nnopt.tools.completion import script
from nnopt.tools.nnopt import main, parser
from nnopt.tools.output import NORMAL, QUIET, VERBOSE, detail, level, note, progress

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

MODEL = """<ir_version: 8, opset_import: ["" : 17]>
small (float[N,4] x) => (float[N,4] y) { y = Relu (x) }
"""


def subparsers(of: argparse.ArgumentParser) -> Subparsers:
    """The action that holds a parser's commands."""
    found = [a for a in of._actions if a.dest == "command"]  # pyright: ignore[reportPrivateUsage]
    return cast("Subparsers", found[0])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network whose compilation has a note to say: its batch is assumed to be 1."""
    path = tmp_path / "small.onnx"
    path.write_bytes(parse_model(MODEL).SerializeToString())
    return path


def test_help_shows_every_command_in_its_group(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for title, group in GROUPS.items():
        section = text.split(f"{title}:\n")[1].split("\n\n")[0]
        found = re.findall(r"^  (\S+) +(.*)$", section, re.MULTILINE)
        assert found == [(command.name, command.summary) for command in group]
    examples = re.findall(r"^  nnopt (\S+)", text.split("examples:")[1], re.MULTILINE)
    assert len(examples) >= 6 and set(examples) <= COMMANDS.keys()
    assert max(map(len, text.splitlines())) <= 100


def test_every_command_says_the_same_of_itself_and_takes_the_same_options():
    action = subparsers(parser())
    assert list(action.choices) == list(COMMANDS)
    said = {choice.dest: choice.help for choice in action._choices_actions}  # pyright: ignore[reportPrivateUsage]
    assert said == {command.name: command.summary for command in COMMANDS.values()}
    for command in action.choices.values():
        taken = command._option_string_actions.keys()  # pyright: ignore[reportPrivateUsage]
        assert {"--verbose", "--quiet", "--debug", "-v", "-q"} <= taken
        assert command.epilog is not None and "examples:\n  nnopt" in command.epilog
        assert max(map(len, command.format_help().splitlines())) <= 100


def test_examples_can_be_parsed():
    """Those of each command, and those of the overview."""
    whole = parser()
    lines = [line for command in COMMANDS.values() for line in command.examples]
    lines += re.findall(r"^  (nnopt .*?)(?:   .*)?$", EXAMPLES, re.MULTILINE)
    assert len(lines) >= 20
    for line in lines:
        words = shlex.split(re.split(" && | > ", line)[0])
        assert whole.parse_args(words[1:]).command == words[1], line


def test_without_a_command_help_is_an_error(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "a network becomes C:" in capsys.readouterr().err


def test_help_loads_nothing_big():
    code = "import sys; from nnopt.tools.nnopt import parser; parser('').format_help();"
    code += "print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    big = {"numpy", "onnx", "onnxruntime", "ortools", "rich", "jinja2", "torch", "joblib", "xdsl"}
    assert not big & set(done.stdout.split())


@pytest.mark.parametrize("before", (True, False))
def test_quiet(before: bool, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    command = ["compile", str(model), "-o", str(tmp_path / "out")]
    assert main(["--quiet", *command] if before else [*command, "-q"]) == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    assert main([*command, "--quiet", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("{") and not captured.err
    assert main(["--quiet", "compile", "absent.onnx", "-o", str(tmp_path / "x")]) == 1
    captured = capsys.readouterr()
    assert not captured.out and captured.err.startswith("nnopt: ")


def test_verbose(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    command = ["compile", str(model), "-o", str(tmp_path / "out")]
    assert main(command) == 0
    normal = capsys.readouterr()
    assert normal.err.startswith("nnopt: note: ") and normal.err.count("\n") == 1
    assert main([*command, "--verbose"]) == 0
    verbose = capsys.readouterr()
    assert verbose.out == normal.out
    for step in ("import", "place", "print C"):
        assert re.search(rf"^nnopt: {step}: \d+\.\d+ s$", verbose.err, re.MULTILINE)
    with pytest.raises(SystemExit):
        main(["--quiet", *command, "--verbose"])


def test_levels_end_with_their_block(capsys: pytest.CaptureFixture[str]):
    for chosen, lines in ((QUIET, 0), (NORMAL, 2), (VERBOSE, 3)):
        with level(chosen):
            note("a")
            progress("b")
            detail("c")
        assert len(capsys.readouterr().err.splitlines()) == lines
    detail("c")
    assert not capsys.readouterr().err


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch):
    """Red in a terminal, nothing in a pipe, nothing where NO_COLOR is set."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def printed(no_color: bool) -> str:
        if no_color:
            monkeypatch.setenv("NO_COLOR", "1")
        reader, writer = pty.openpty()
        with os.fdopen(writer, "w") as terminal:
            Console(file=terminal).print("[red]error[/red]")
            terminal.flush()
            text = os.read(reader, 1000).decode()
        os.close(reader)
        return text

    assert "\x1b[31m" in printed(False)
    assert "\x1b[31m" not in printed(True)
    pipe = io.StringIO()
    Console(file=pipe).print("[red]error[/red]")
    assert pipe.getvalue() == "error\n"


def completed(bash_script: Path, *words: str) -> set[str]:
    """What bash offers for the last of some words."""
    line = " ".join(f"'{word}'" for word in words)
    code = f"""
        source {bash_script}
        COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; COMP_TYPE=9; COMPREPLY=()
        function=$(complete -p nnopt | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function nnopt '{words[-1]}' '{words[-2]}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    return {word.strip() for word in done.stdout.split()}


def test_completion(tmp_path: Path):
    bash_script = tmp_path / "nnopt.bash"
    bash_script.write_text(script("bash"))
    assert completed(bash_script, "nnopt", "com") == {"compile", "compare", "completion"}
    assert completed(bash_script, "nnopt", "package", "--f") == {"--format"}
    offered = completed(bash_script, "nnopt", "package", "--format", "c")
    assert offered == {"cmake", "cmsis-pack"}
    assert completed(bash_script, "nnopt", "run", "--board", "mps2") == {"mps2-an386", "mps2-an500"}
    assert completed(bash_script, "nnopt", "compile", "--target", "rv") == {"rv32imc"}


@pytest.mark.parametrize("shell", ("zsh", "tcsh"))
def test_completion_of_other_shells(shell: str, capsys: pytest.CaptureFixture[str]):
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)
