"""The commands of `nnopt`, by group, and the page that `nnopt --help` shows of them.

A command is a module with a function `add_parser`, imported when the command is asked for. The
summary here and the `help` that the module gives its parser are the same sentence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command."""

    name: str
    module: str
    """Where its `add_parser` is, relative to `nnopt.tools`."""
    summary: str
    examples: tuple[str, ...]
    """Lines to paste, for its help."""


GROUPS: dict[str, tuple[Command, ...]] = {
    "a network becomes C": (
        Command(
            "check",
            "check",
            "say everything that is wrong with a network",
            ("nnopt check model.onnx", "nnopt check model.onnx --bind N=1 --json"),
        ),
        Command(
            "compile",
            "compile",
            "compile an ONNX or TFLite network to C",
            (
                "nnopt compile model.onnx -o out --target cortex-m4",
                "nnopt compile model.onnx -o out --quantize int8 --calibrate samples.npz",
                "nnopt compile model.onnx -o out --fuse rows --ram-limit 64K --report",
            ),
        ),
        Command(
            "run",
            "run.cli",
            "build a compiled package for a board, run it and measure it",
            (
                "nnopt run out --input samples.npz --board mps2-an386",
                "nnopt run out --input samples.npz --board host --output results.npz",
                "nnopt run out --input samples.npz --profile",
            ),
        ),
        Command(
            "compare",
            "compare",
            "compare layer by layer: ONNX, the interpreter, the C on a board",
            ("nnopt compare model.onnx out --input samples.npz",),
        ),
        Command(
            "report",
            "report",
            "draw what a package does with its memory",
            ("nnopt report out", "nnopt report out -o memory.svg"),
        ),
        Command(
            "quantize-report",
            "diagnosis.cli",
            "which layers lose accuracy when quantized, why, what helps",
            ("nnopt quantize-report model.onnx --calibrate samples.npz --labels y.npy",),
        ),
        Command(
            "explore",
            "explore.cli",
            "search options for the best of accuracy, cycles, RAM and flash",
            (
                "nnopt explore examples/explore_digits.toml",
                "nnopt explore examples/explore_digits.toml --points 100 --jobs 2",
            ),
        ),
    ),
    "a network is trained": (
        Command(
            "train",
            "train.cli",
            "train a network, quantized as well, and measure it on a board",
            ("nnopt train examples/digits.toml -o trained",),
        ),
    ),
    "C becomes firmware": (
        Command(
            "init",
            "packaging.project",
            "begin a project: a network, main.c and a Makefile for a board",
            (
                "nnopt init hello --board mps2-an386 && make -C hello run",
                "nnopt init hello --board microbit --model model.tflite",
                "nnopt init hello --board host --package out",
            ),
        ),
        Command(
            "package",
            "packaging.package_cli",
            "make a compiled package a library of CMake, Arduino, Zephyr, …",
            (
                "nnopt package out --format cmake -o libnet",
                "nnopt package out --format arduino -o Digits --name Digits --version 1.2.0 --zip",
            ),
        ),
    ),
    "working on nnopt": (
        Command(
            "bench",
            "bench",
            "measure the models of benchmarks/models.toml",
            ("nnopt bench digits_cnn", "nnopt bench --update"),
        ),
        Command(
            "new-pass",
            "scaffold.new_pass",
            "write the skeleton of a pass, with its tests, into a checkout",
            ("nnopt new-pass fold-unit-reduce",),
        ),
        Command(
            "new-op",
            "scaffold.new_op",
            "write the skeleton of an op, with its tests, into a checkout",
            ("nnopt new-op sinh", "nnopt new-op absolute --onnx Abs --function abs"),
        ),
    ),
    "the shell": (
        Command(
            "completion",
            "completion",
            "print the script that completes commands with Tab",
            (
                "nnopt completion bash > ~/.local/share/bash-completion/completions/nnopt",
                "nnopt completion zsh > ~/.zfunc/_nnopt",
            ),
        ),
    ),
}
"""All commands, in the order in which they are needed."""

COMMANDS: dict[str, Command] = {
    command.name: command for group in GROUPS.values() for command in group
}

EXAMPLES = """examples:
  nnopt init hello --board mps2-an386 && make -C hello run     a first program, in QEMU
  nnopt check model.onnx                                       would it compile?
  nnopt compile model.onnx -o out --target cortex-m4           C, weights and a report in out/
  nnopt compile model.onnx -o out --quantize int8 --calibrate samples.npz
  nnopt run out --input samples.npz --board mps2-an386         instructions, RAM, flash, accuracy
  nnopt compare model.onnx out --input samples.npz             where do numbers differ?
  nnopt package out --format cmake -o libnet                   a library for your build system

`nnopt COMMAND --help` says more of each. `nnopt-opt` runs single passes on IR.
"""


def overview() -> str:
    """What `nnopt --help` says before the options."""
    width = max(len(name) for name in COMMANDS) + 2
    lines = ["Compile an ONNX or TFLite network to plain C for a microcontroller, and run it."]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {c.name:<{width}}{c.summary}" for c in group)]
    return "\n".join(lines)
