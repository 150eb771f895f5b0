"""Layers and modules beside vMCU's figures: how much memory each needs, alone, as it is compiled.

    python -m nnopt.tools.memory_bench --update

`benchmarks/memory.toml` says what is measured, `memory.json` and `memory.md` hold the results. A
layer or module is a network of its own at the level of integers, with input and output in the
pool; its memory is the whole arena: tensors, rings of rows and scratch memory of kernels.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
    i8,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ..dialects import fxp, nn, vpool
from ..passes.analysis.cost import macs
from ..passes.schedule.row_chain import executed_macs
from .pipeline import Options, phases, run_passes

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
KILOBYTE = 1000

AGAIN = (1.5, 2.0, 3.0, 4.0, 6.0)
"""Factors of `--max-recompute` that are tried."""

RUNS = {"none": "one after the other", "rows": "row by row", "again": "computed again"}
"""What the table says of how a case runs."""


@dataclass(frozen=True)
class Case:
    """A layer (two numbers of channels) or a module (three), and what vMCU needs for it."""

    name: str
    size: int
    channels: tuple[int, ...]
    theirs: int
    """Bytes; of a layer, those left of input and output together by the printed saving."""
    kernel: int = 1
    stride: int = 1
    residual: bool = False


@dataclass(frozen=True)
class Result:
    """What a case needs here, in bytes, and how it runs then."""

    name: str
    ours: int
    theirs: int
    fuse: str
    again: float = 1.0
    """How many times the multiplications of the case are done."""


def cases(path: Path | None = None) -> list[Case]:
    """The layers and modules of `memory.toml`."""
    data = tomllib.loads((path or BENCHMARKS / "memory.toml").read_text(encoding="utf-8"))
    found: list[Case] = []
    for layer in data["layer"]:
        size, channels = layer["size"], tuple(layer["channels"])
        both = size * size * sum(channels)
        name = f"{size} x {size}, {channels[0]} to {channels[1]}"
        found.append(Case(name, size, channels, round(both * (1 - layer["saved"] / 100))))
    for module in data["module"]:
        theirs = round(module.pop("kilobytes") * KILOBYTE)
        rest: dict[str, Any] = {**module, "channels": tuple(module["channels"])}
        found.append(Case(**rest, theirs=theirs))
    return found


class Builder:
    """Builds the network of a case."""

    def __init__(self, case: Case):
        self.random = np.random.default_rng(0)
        shape = (1, case.size, case.size, case.channels[0])
        self.block = Block(arg_types=[TensorType(i8, shape)])

    def add(self, op: Operation) -> SSAValue:
        """Append an op."""
        self.block.add_op(op)
        return op.results[0]

    def window(self, x: SSAValue, shape: tuple[int, int, int, int], stride: int = 1) -> SSAValue:
        """A convolution with weights of a shape (O, KH, KW, C), and its rescaling."""
        weights = self.random.integers(-127, 128, shape).astype(np.int8)
        bias = self.random.integers(-2000, 2000, shape[0]).astype(np.int32)
        constants = [self.add(nn.ConstantOp.from_array(array)) for array in (weights, bias)]
        op = nn.Conv2dOp(
            x,
            *constants,
            strides=(stride, stride),
            pads=(shape[1] // 2,) * 4,
            groups=shape[0] if shape[3] == 1 else 1,
            input_zero_point=-3,
        )
        return self.rescale(self.add(op), 1 << 24)

    def rescale(self, x: SSAValue, multiplier: int) -> SSAValue:
        """Sums become bytes."""
        return self.add(fxp.RequantizeOp(x, multiplier, 31, zero_point=4, rounding="half_up"))

    def module(self, result: SSAValue) -> ModuleOp:
        """The finished network."""
        self.block.add_op(func.ReturnOp(result))
        types = FunctionType.from_lists([a.type for a in self.block.args], [result.type])
        names = ({"nn.name": StringAttr("x")}, {"nn.name": StringAttr("y")})
        function = func.FuncOp("main", types, Region(self.block))
        for key, name in zip(("arg_attrs", "res_attrs"), names, strict=True):
            function.properties[key] = ArrayAttr([DictionaryAttr(name)])
        return ModuleOp([function])


def network(case: Case) -> ModuleOp:
    """A case at the level of integers."""
    builder = Builder(case)
    (x,) = builder.block.args
    if len(case.channels) == 2:
        before, behind = case.channels
        return builder.module(builder.window(x, (behind, 1, 1, before)))
    before, between, behind = case.channels
    wide = builder.window(x, (between, 1, 1, before))
    wide = builder.window(wide, (between, case.kernel, case.kernel, 1), case.stride)
    y = builder.window(wide, (behind, 1, 1, between))
    if case.residual:
        terms = [builder.add(fxp.WidenOp(value, 2, 1 << 8)) for value in (x, y)]
        y = builder.rescale(builder.add(nn.AddOp(*terms)), 1 << 22)
    return builder.module(y)


def placed(case: Case, options: Options) -> tuple[int, float]:
    """The arena of a case, input and output included, and how often it multiplies."""
    module, steps = network(case), phases(options)
    run_passes(module, [*steps["scheduled"], *steps["placed"]])
    (main,) = [op for op in module.body.block.ops if isinstance(op, func.FuncOp)]
    kernels = [op for op in module.walk() if isinstance(op, vpool.LaunchOp)]
    again = sum(map(executed_macs, kernels)) / sum(map(macs, kernels))
    size = vpool.byte_size(cast("MemRefType[Attribute]", main.body.block.args[-1].type))
    return size, round(again, 2)


def measure(case: Case) -> Result:
    """A case one kernel after the other and row by row: what needs less. Where that is more than
    their figure, with as little computed again as it takes to come below it.
    """
    ways = {fuse: placed(case, Options(io_memory="pool", fuse=fuse)) for fuse in ("none", "rows")}
    fuse = min(ways, key=lambda way: (ways[way], way))
    size, again = ways[fuse]
    for most in AGAIN if size > case.theirs else ():
        options = Options(io_memory="pool", fuse="rows", max_recompute=most)
        size, again = placed(case, options)
        fuse = "again"
        if size <= case.theirs:
            break
    return Result(case.name, size, case.theirs, fuse, again)


def table(results: list[Result]) -> str:
    """The results as Markdown."""
    by_name = {case.name: case for case in cases()}
    lines = [
        "# Memory of layers and modules, beside vMCU",
        "",
        "Bytes of the whole arena, with input, output and scratch memory; kernels for Armv7E-M.",
        "vMCU (MLSys 2024): savings as printed, kilobytes (of 1,000) as read off its figures, to",
        "about one. Written by `python -m nnopt.tools.memory_bench --update` from `memory.toml`.",
        "",
        "| pointwise layer | input and output | here | saved | vMCU saved |",
        "|---|---:|---:|---:|---:|",
    ]
    for result in results:
        case = by_name[result.name]
        if len(case.channels) == 2:
            both = case.size**2 * sum(case.channels)
            saved, theirs = (100 * (1 - size / both) for size in (result.ours, result.theirs))
            lines.append(
                f"| {result.name} | {both:,} | {result.ours:,} | {saved:.2f} % | {theirs:.2f} % |"
            )
    lines += [
        "",
        "| module | shape | window | here | vMCU | runs |",
        "|---|---|---|---:|---:|---|",
    ]
    for result in results:
        case = by_name[result.name]
        if len(case.channels) == 3:
            shape = f"{case.size} x {case.size} x {' → '.join(map(str, case.channels))}"
            window = f"{case.kernel} x {case.kernel}, stride {case.stride}"
            mark = "" if result.ours <= result.theirs else " **more**"
            runs = RUNS[result.fuse]
            if result.again > 1:
                runs += f", {result.again:g} times the multiplications"
            sizes = f"{result.ours:,}{mark} | {result.theirs:,}"
            lines.append(f"| {result.name} | {shape} | {window} | {sizes} | {runs} |")
    return "\n".join(lines) + "\n"


def stored() -> list[Result]:
    """The committed results."""
    data = json.loads((BENCHMARKS / "memory.json").read_text(encoding="utf-8"))
    return [Result(**entry) for entry in data]


def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m nnopt.tools.memory_bench")
    parser.add_argument("--update", action="store_true", help="write benchmarks/memory.*")
    args = parser.parse_args(argv)
    results = [measure(case) for case in cases()]
    text = table(results)
    if args.update:
        data: list[dict[str, Any]] = [asdict(result) for result in results]
        (BENCHMARKS / "memory.json").write_text(json.dumps(data, indent=1) + "\n")
        (BENCHMARKS / "memory.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
