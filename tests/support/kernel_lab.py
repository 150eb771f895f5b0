"""Kernels taken through every level on random data: tensors, loops, C on the host.

A `Case` is one kernel with its inputs. `check` runs many cases and says where levels disagree:
integers have to be the same on all levels, floats the same in loops and C, and close to the
tensors.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerType,
    ModuleOp,
    Signedness,
    StringAttr,
    TensorType,
    f32,
    i1,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from nnopt.dialects import nn, vpool
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.lowering.c.unit import Unit
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.kernel_access import may_turn
from nnopt.passes.memory.place import PlacePass

Array = NDArray[Any]

ui8 = IntegerType(8, Signedness.UNSIGNED)
ui16 = IntegerType(16, Signedness.UNSIGNED)
ELEMENTS: dict[str, Attribute] = {
    "float32": f32,
    "bool": i1,
    "int8": i8,
    "uint8": ui8,
    "int16": i16,
    "uint16": ui16,
    "int32": i32,
    "int64": i64,
}
"""Element types by numpy type."""

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
FLAGS = ["-std=c99", "-ffp-contract=off", *WARNINGS]
SANITIZE = ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
DRIVER = Path(__file__).with_name("kernel_driver.c")
RUNTIME = Path(str(files("nnopt.runtime_c")))


@dataclass(frozen=True)
class Case:
    """One kernel: a module at the kernel level, and a value for each input of its function."""

    name: str
    module: ModuleOp
    inputs: dict[str, Array]
    in_place: bool = False


@dataclass
class KernelBuilder:
    """Builds a case: inputs first, then the ops of the region; the last op gives the result."""

    name: str
    schedule: vpool.ScheduleAttr | None = None
    block: Block = field(default_factory=Block)
    arrays: list[Array] = field(default_factory=list[Array])
    hidden: tuple[int, ...] = ()
    """Results that the function does not return: memory of the kernel."""

    def input(self, array: Array) -> SSAValue:
        """Add an input of the kernel, with its value."""
        type_ = TensorType(ELEMENTS[array.dtype.name], array.shape)
        self.arrays.append(array)
        return self.block.insert_arg(type_, len(self.block.args))

    def add(self, op: Operation) -> SSAValue:
        """Append an op to the region."""
        self.block.add_op(op)
        return op.results[0]

    def case(self, in_place: bool = False) -> Case:
        """The finished case, whose outputs are the results of the last op.

        With `in_place` the first input dies in the kernel, so that the result takes its memory;
        copies before and after keep both away from the buffers of the caller.
        """
        results = cast(Operation, self.block.last_op).results
        self.block.add_op(vpool.YieldOp(*results))
        main = Block(arg_types=[arg.type for arg in self.block.args])
        inputs: list[SSAValue] = list(main.args)
        if in_place:
            inputs[0] = copy_of(main, inputs[0], "before")
        types = [result.type for result in results]
        kernel = vpool.KernelOp(self.name, inputs, types, self.block, self.schedule)
        main.add_op(kernel)
        returned: list[SSAValue] = list(kernel.outputs)
        if in_place:
            returned = [copy_of(main, value, "after") for value in returned]
        returned = [v for i, v in enumerate(returned) if i not in self.hidden]
        main.add_op(func.ReturnOp(*returned))
        names = [f"in{i}" for i in range(len(self.arrays))]
        outputs = ["out"] if len(returned) == 1 else [f"out{i}" for i in range(len(returned))]
        module = ModuleOp([function_of(main, names, outputs)])
        module.verify()
        return Case(self.name, module, dict(zip(names, self.arrays, strict=True)), in_place)


def function_of(block: Block, names: Sequence[str], results: Sequence[str]) -> func.FuncOp:
    """`@main` with a body; arguments and results get names."""
    terminator = cast(func.ReturnOp, block.last_op)
    types = [arg.type for arg in block.args], [v.type for v in terminator.operands]
    function = func.FuncOp("main", types)
    function.body.detach_block(function.body.block)
    function.body.add_block(block)
    function.properties["arg_attrs"] = _named(names)
    function.properties["res_attrs"] = _named(results)
    return function


def _named(names: Sequence[str]) -> ArrayAttr[DictionaryAttr]:
    return ArrayAttr([DictionaryAttr({"nn.name": StringAttr(name)}) for name in names])


def copy_of(block: Block, value: SSAValue, label: str) -> SSAValue:
    """Append a kernel that copies a tensor."""
    body = Block(arg_types=[value.type])
    copy = nn.ReshapeOp(body.args[0], cast(TensorType[Attribute], value.type).get_shape())
    body.add_ops([copy, vpool.YieldOp(copy.result)])
    kernel = vpool.KernelOp(label, [value], [value.type], body)
    block.add_op(kernel)
    return kernel.outputs[0]


def turned(case: Case) -> Case:
    """The same case with its kernels run from their last steps to their first, where they may."""
    module = case.module.clone()
    for kernel in module.walk():
        if isinstance(kernel, vpool.KernelOp) and may_turn(kernel):
            kernel.schedule = (kernel.schedule or vpool.ScheduleAttr()).turned()
    return Case(f"{case.name} turned", module, case.inputs, case.in_place)


@dataclass
class Levels:
    """What a case gives on each level."""

    case: Case
    tensors: dict[str, Array]
    loops: dict[str, Array]
    unit: Unit
    c: dict[str, Array] = field(default_factory=dict[str, Array])

    def disagreement(self) -> str | None:
        """Where two levels differ, or None."""
        for name, tensor in self.tensors.items():
            loops, c = self.loops[name], self.c[name]
            if not same_bits(loops, c):
                return f"loops and C differ:\n{loops}\n{c}"
            if tensor.dtype.kind != "f" and not same_bits(tensor, loops):
                return f"tensors and loops differ:\n{tensor}\n{loops}"
            if tensor.dtype.kind == "f" and not is_close(tensor, loops):
                return f"tensors and loops differ by more than rounding:\n{tensor}\n{loops}"
        return None


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays have the same type, shape and elements; NaNs are equal, -0 is not 0."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool((a == b).all())
    same = a.view(np.uint32) == b.view(np.uint32)
    return bool((same | (np.isnan(a) & np.isnan(b))).all())


def is_close(a: Array, b: Array, tolerance: float = 1e-5) -> bool:
    """Whether two float arrays agree, relative to the largest magnitude."""
    finite = a[np.isfinite(a)]
    allowed = tolerance * float(np.abs(finite).max(initial=0.0))
    with np.errstate(invalid="ignore"):
        near = (a == b) | (np.abs(a.astype(np.float64) - b) <= allowed)
    return bool((near | (np.isnan(a) & np.isnan(b))).all())


def lower(case: Case, prefix: str) -> Levels:
    """Take a case through placement, loops and the C printer; run all but the C."""
    module = case.module.clone()
    PlacePass().apply(Context(), module)
    module.verify()
    tensors = run_placed(module, case.inputs)
    LowerKernelsPass().apply(Context(), module)
    module.verify()
    loops = run_placed(module, case.inputs)
    return Levels(case, tensors, loops, Unit(module, prefix=prefix, single_file=True))


def offsets(case: Case) -> list[int]:
    """Offsets of all views into the arena, in program order, after placement."""
    module = case.module.clone()
    PlacePass().apply(Context(), module)
    return [op.offset.value.data for op in module.walk() if isinstance(op, vpool.ViewOp)]


def table_entry(levels: Levels) -> str:
    """The C that lets the driver call a case: a wrapper, and its buffers in bytes."""
    unit = levels.unit
    count = len(unit.inputs) + len(unit.outputs) + 1
    arguments = ", ".join(f"buffers[{i}]" for i in range(count))
    sizes = [a.nbytes for a in levels.case.inputs.values()]
    sizes += [a.nbytes for a in levels.tensors.values()]
    body = ", ".join(str(n) for n in [*sizes, unit.arena_bytes])
    return (
        f"static int {unit.prefix}_call(void **buffers) {{ return {unit.entry}({arguments}); }}\n"
        f"static const size_t {unit.prefix}_sizes[] = {{{body}}};\n"
    )


def program(all_levels: Sequence[Levels]) -> str:
    """One C file with all cases and the table of them that the driver reads."""
    parts = [levels.unit.render("source.c.j2") for levels in all_levels]
    parts += [table_entry(levels) for levels in all_levels]
    rows: list[str] = []
    for levels in all_levels:
        unit = levels.unit
        counts = f"{len(unit.inputs)}, {len(unit.outputs)}"
        rows.append(f"    {{{unit.prefix}_call, {unit.prefix}_sizes, {counts}}},")
    table = "\n".join(["const struct test_case test_cases[] = {", *rows, "};"])
    count = f"const size_t test_case_count = {len(rows)};"
    return "\n".join(['#include "kernel_driver.h"', *parts, table, count, ""])


def run_c(
    all_levels: Sequence[Levels],
    folder: Path,
    compiler: str = "gcc",
    extra_flags: Sequence[str] = (),
) -> None:
    """Compile all cases under warnings and sanitizers, run them, and store their outputs."""
    (folder / "cases.c").write_text(program(all_levels), encoding="utf-8")
    include = [f"-I{RUNTIME}", f"-I{DRIVER.parent}"]
    flags = ["-O1", *FLAGS, *extra_flags, *SANITIZE, *include]
    _run([compiler, *flags, "cases.c", str(DRIVER), "-o", "cases"], folder)
    data = b"".join(a.tobytes() for levels in all_levels for a in levels.case.inputs.values())
    (folder / "inputs.bin").write_bytes(data)
    _run(["./cases", "inputs.bin", "outputs.bin"], folder)
    left = (folder / "outputs.bin").read_bytes()
    for levels in all_levels:
        for name, array in levels.tensors.items():
            mine, left = left[: array.nbytes], left[array.nbytes :]
            levels.c[name] = np.frombuffer(mine, array.dtype).reshape(array.shape)
    assert not left


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stderr[:4000]}"


def check(cases: Sequence[Case], folder: Path, compiler: str = "gcc") -> None:
    """Run cases on all levels; fails with every case whose levels disagree."""
    assert len({case.name for case in cases}) == len(cases)
    all_levels = [lower(case, f"k{i}") for i, case in enumerate(cases)]
    run_c(all_levels, folder, compiler)
    wrong = [f"{lv.case.name}: {d}" for lv in all_levels if (d := lv.disagreement())]
    assert not wrong, f"{len(wrong)} of {len(cases)} cases:\n" + "\n".join(wrong[:5])


def ops_of(cases: Sequence[Case]) -> set[type[Operation]]:
    """The classes of all ops in the kernels of some cases."""
    return {type(op) for case in cases for op in case.module.walk()}


def integers(
    rng: np.random.Generator, shape: Sequence[int], dtype: str, largest: int | None = None
) -> Array:
    """Random integers of the whole range of a type, or of at most some magnitude; ends included."""
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    if largest is not None:
        low, high = max(low, -largest), min(high, largest)
    array = rng.integers(low, high, tuple(shape), dtype=np.int64, endpoint=True)
    if array.size > 2:
        array.flat[0], array.flat[-1] = low, high
    return array.astype(dtype)


def reals(rng: np.random.Generator, shape: Sequence[int], scale: float = 1.0) -> Array:
    """Random normal numbers."""
    return rng.normal(0, scale, tuple(shape)).astype(np.float32)


def joined(cases: Sequence[Case]) -> Case:
    """One function that runs many cases, each with inputs and an output of its own."""
    main = Block()
    returned: list[SSAValue] = []
    inputs: dict[str, Array] = {}
    for number, case in enumerate(cases):
        values: dict[SSAValue, SSAValue] = {}
        function = next(op for op in case.module.ops if isinstance(op, func.FuncOp))
        for arg, array in zip(function.args, case.inputs.values(), strict=True):
            values[arg] = main.insert_arg(arg.type, len(main.args))
            inputs[f"in{number}_{len(inputs)}"] = array
        for op in function.body.block.ops:
            if isinstance(op, func.ReturnOp):
                returned += [values[v] for v in op.operands]
            else:
                main.add_op(op.clone(values))
    main.add_op(func.ReturnOp(*returned))
    results = [f"out{i}" for i in range(len(cases))]
    module = ModuleOp([function_of(main, list(inputs), results)])
    module.verify()
    return Case("all", module, inputs)
