"""The C of random programs at the loop level computes what the interpreter does."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from kernel_lab import Levels, run_c
from loop_programs import Program, random_control_flow, random_expressions
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IndexType, i32
from xdsl.ir import Block, Region, SSAValue

from nnopt.lowering.kernels.builder import Index

QUIET = [
    "-Wno-tautological-compare",
    "-Wno-type-limits",
    "-Wno-unused-variable",
    "-Wno-unused-but-set-variable",
]
"""Random programs compare what people would not, and carry what nobody asks for."""


def agree(all_levels: Sequence[Levels], folder: Path, compiler: str = "gcc") -> None:
    run_c(all_levels, folder, compiler, QUIET)
    for levels in all_levels:
        assert levels.disagreement() is None, f"{levels.case.name}: {levels.disagreement()}"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_expressions(compiler: str, tmp_path: Path):
    programs = [random_expressions(seed).levels(f"{seed}", f"p{seed}") for seed in range(12)]
    agree(programs, tmp_path, compiler)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_control_flow(compiler: str, tmp_path: Path):
    programs = [random_control_flow(seed).levels(f"{seed}", f"p{seed}") for seed in range(100)]
    agree(programs, tmp_path, compiler)


def stored(build: Callable[[Program], Sequence[SSAValue]]) -> Program:
    """A program that stores some integers."""
    program = Program(8)
    values = build(program)
    for index in range(8):
        value = values[index] if index < len(values) else program.builder.integer(0)
        program.builder.store(value, program.memory("out"), index)
        program.builder.store(program.builder.real(0), program.memory("real_out"), index)
    return program


def rotation(program: Program) -> Sequence[SSAValue]:
    """Carried values that change places: (a, b, c) becomes (b, c, a + b)."""
    builder = program.builder

    def body(_: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        a, b, c = carried
        return b, c, builder.emit(arith.AddiOp(a, b))

    return builder.for_(0, 5, body, [builder.integer(n) for n in (1, 2, 3)])


def swap(program: Program) -> Sequence[SSAValue]:
    """Two carried values that swap, with nothing else."""
    start = [program.builder.integer(n) for n in (1, 2)]
    return program.builder.for_(0, 3, lambda _, pair: pair[::-1], start)


def restart(program: Program) -> Sequence[SSAValue]:
    """An inner loop that begins with an outer value each time: it must not be its variable."""
    builder = program.builder

    def count(_: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        return [builder.emit(arith.AddiOp(carried[0], builder.integer(1)))]

    def outer(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        def middle(_: Index, __: list[SSAValue]) -> Sequence[SSAValue]:
            (sum_,) = builder.for_(0, 4, count, carried)
            builder.store(sum_, program.memory("out"), 0)
            return ()

        builder.for_(0, 3, middle)
        return [builder.cast_index(i)]

    builder.for_(0, 3, outer, [builder.integer(10)])
    return [builder.load(program.memory("out"), 0)]


def moving_bound(program: Program) -> Sequence[SSAValue]:
    """A loop whose bound is read from memory that the loop changes."""
    builder, out = program.builder, program.memory("out")
    builder.store(builder.integer(3), out, 0)
    bound = builder.emit(arith.IndexCastOp(builder.load(out, 0), IndexType()))

    def body(i: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        builder.store(builder.integer(1), out, 0)
        return [builder.emit(arith.AddiOp(carried[0], builder.cast_index(i)))]

    return builder.for_(builder.value(0), bound, body, [builder.integer(0)])


def branch(program: Program) -> Sequence[SSAValue]:
    """A branch with two results that are each other's operands."""
    builder, x = program.builder, program.memory("x")
    a, b = builder.load(x, 0), builder.load(x, 1)
    test = builder.emit(arith.CmpiOp(a, b, "slt"))
    yes, no = (Region(Block([scf.YieldOp(*pair)])) for pair in ((a, b), (b, a)))
    op = scf.IfOp(test, [i32, i32], yes, no)
    builder.block.add_op(op)
    return op.results


def late_store(program: Program) -> Sequence[SSAValue]:
    """What is read before memory changes keeps its value."""
    builder, out = program.builder, program.memory("out")
    builder.store(builder.integer(5), out, 0)
    before = builder.load(out, 0)
    builder.store(builder.integer(6), out, 0)
    return [builder.emit(arith.AddiOp(before, builder.load(out, 0)))]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (rotation, [6, 8, 11]),
        (swap, [2, 1]),
        (restart, [5]),
        (moving_bound, [3]),
        (late_store, [11]),
        (branch, None),
    ],
)
def test_statements(
    build: Callable[[Program], Sequence[SSAValue]], expected: list[int] | None, tmp_path: Path
):
    levels = stored(build).levels(build.__name__, "p")
    run_c([levels], tmp_path)
    assert levels.disagreement() is None
    if expected is not None:
        assert levels.c["out"][: len(expected)].tolist() == expected


def test_sums_of_floats_keep_their_order(tmp_path: Path):
    program = Program(8)
    builder, z = program.builder, program.memory("z")
    program.z[:3] = 1e8, -1e8, 1.0

    def left(_: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        total = builder.emit(arith.AddfOp(carried[0], builder.load(z, 0)))
        return [builder.emit(arith.AddfOp(total, builder.load(z, 1)))]

    def right(_: Index, carried: list[SSAValue]) -> Sequence[SSAValue]:
        both = builder.emit(arith.AddfOp(builder.load(z, 0), builder.load(z, 1)))
        return [builder.emit(arith.AddfOp(carried[0], both))]

    for index, body in enumerate((left, right)):
        (total,) = builder.for_(0, 3, body, [builder.load(z, 2)])
        builder.store(total, program.memory("real_out"), index)
    levels = stored_reals(program).levels("sums", "p")
    run_c([levels], tmp_path)
    assert levels.disagreement() is None
    assert levels.c["real_out"][:2].tolist() == [0.0, 1.0]


def stored_reals(program: Program) -> Program:
    """The program with all other results set."""
    for index in range(8):
        program.builder.store(program.builder.integer(0), program.memory("out"), index)
        if index >= 2:
            program.builder.store(program.builder.real(0), program.memory("real_out"), index)
    return program
