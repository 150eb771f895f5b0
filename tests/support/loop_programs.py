"""Programs at the loop level for tests of the C printer: random expressions and control flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from kernel_lab import Case, Levels
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IndexType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.transforms.dead_code_elimination import region_dce

from nnopt.dialects import fxp
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.lowering.c.unit import Unit
from nnopt.lowering.kernels.builder import LoopBuilder

Number = int | float


class Program:
    """A kernel function under construction: integers `x`, bytes `s`, reals `z`; results `out`."""

    def __init__(self, results: int, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.x = rng.integers(-1000, 1000, 8).astype(np.int32)
        self.s = rng.integers(-128, 128, 8).astype(np.int8)
        self.z = rng.normal(0, 3, 8).astype(np.float32)
        shapes = ((i32, 8), (i8, 8), (f32, 8), (i32, results), (f32, results))
        self.types = [MemRefType(element, [size]) for element, size in shapes]
        self.block = Block(arg_types=self.types)
        hints = ("x", "s", "z", "out", "real_out")
        for arg, hint in zip(self.block.args, hints, strict=True):
            arg.name_hint = hint
        self.builder = LoopBuilder(self.block)

    def emit(self, op: Operation) -> SSAValue:
        """Append an op where the builder is."""
        return self.builder.emit(op)

    def memory(self, name: str) -> SSAValue:
        """One of the arrays."""
        return self.block.args[("x", "s", "z", "out", "real_out").index(name)]

    def module(self) -> ModuleOp:
        """The whole module at the loop level."""
        self.builder.block.add_op(func.ReturnOp())
        region = Region(self.block)
        region_dce(region)
        kernel = func.FuncOp("k", (self.types, []), region, visibility="private")
        arena = MemRefType(i8, [0])
        main = Block(arg_types=[*self.types, arena])
        call = func.CallOp("k", list(main.args[:-1]), [])
        call.attributes["nn.output"] = IntegerAttr(3, i64)
        call.attributes["nn.tensor"] = _tensor(self.types[3])
        main.add_ops([call, func.ReturnOp()])
        function = func.FuncOp("main", ([*self.types, arena], []), Region(main))
        roles = ("input", "input", "input", "output", "output")
        names = ("x", "s", "z", "out", "real_out")
        entries = [
            {
                "nn.name": StringAttr(name),
                "vpool.role": StringAttr(role),
                "vpool.tensor": _tensor(t),
            }
            for name, role, t in zip(names, roles, self.types, strict=True)
        ]
        attributes = [*map(DictionaryAttr, entries), DictionaryAttr({"vpool.role": ARENA})]
        function.properties["arg_attrs"] = ArrayAttr(attributes)
        module = ModuleOp([kernel, function])
        module.verify()
        return module

    def levels(self, name: str, prefix: str) -> Levels:
        """The program interpreted, and its C ready to be compiled."""
        module = self.module()
        case = Case(name, module, {"x": self.x, "s": self.s, "z": self.z})
        results = run_placed(module, case.inputs)
        return Levels(case, results, results, Unit(module, prefix=prefix, single_file=True))


ARENA = StringAttr("arena")


def _tensor(memory: MemRefType[Any]) -> TensorType[Any]:
    return TensorType(memory.element_type, memory.get_shape())


class Expressions:
    """Random expression trees that neither overflow nor divide by zero on the program's inputs."""

    def __init__(self, program: Program, rng: np.random.Generator):
        self.program, self.rng = program, rng
        self.shared: list[tuple[SSAValue, int]] = []

    def _pick(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def integer(self, depth: int) -> tuple[SSAValue, int]:
        """An i32 register and its value."""
        if depth == 0:
            return self._leaf()
        kind = self._pick(("binary", "binary", "binary", "select", "extreme", "wide", "shared"))
        if kind == "shared" and self.shared:
            return self._pick(self.shared)
        if kind == "select":
            condition, truth = self.condition(depth - 1)
            (a, va), (b, vb) = self.integer(depth - 1), self.integer(depth - 1)
            return self.program.emit(arith.SelectOp(condition, a, b)), va if truth else vb
        if kind == "wide":
            return self._through_i64(depth)
        (a, va), (b, vb) = self.integer(depth - 1), self.integer(depth - 1)
        if kind == "extreme":
            op, best = self._pick(((arith.MinSIOp, min), (arith.MaxSIOp, max)))
            return self.program.emit(op(a, b)), best(va, vb)
        found = self._binary(a, va, b, vb)
        if self.rng.random() < 0.3:
            self.shared.append(found)
        return found

    def _leaf(self) -> tuple[SSAValue, int]:
        builder, index = self.program.builder, int(self.rng.integers(8))
        kind = int(self.rng.integers(4))
        if kind == 0:
            value = self._pick((0, 1, -1, 7, -13, 2**31 - 1, -(2**31), 255))
            return builder.integer(value), value
        name = "s" if kind == 1 else "x"
        value = int(getattr(self.program, name)[index])
        return builder.load(self.program.memory(name), index), value

    def _binary(self, a: SSAValue, va: int, b: SSAValue, vb: int) -> tuple[SSAValue, int]:
        table: list[tuple[type[Operation], Callable[[int, int], int]]] = [
            (arith.AddiOp, lambda p, q: p + q),
            (arith.SubiOp, lambda p, q: p - q),
            (arith.MuliOp, lambda p, q: p * q),
            (arith.AndIOp, lambda p, q: p & q),
            (arith.OrIOp, lambda p, q: p | q),
            (arith.XOrIOp, lambda p, q: p ^ q),
        ]
        if vb != 0:
            quotient = (abs(va) // abs(vb)) * (1 if (va < 0) == (vb < 0) else -1)
            table.append((arith.DivSIOp, lambda p, q: quotient))
            table.append((arith.RemSIOp, lambda p, q: p - quotient * q))
        if 0 <= vb < 31:
            table.append((arith.ShRSIOp, lambda p, q: p >> q))
            if va >= 0:
                table.append((arith.ShLIOp, lambda p, q: p << q))
        op, compute = self._pick(table)
        value = compute(va, vb)
        overflows = not -(2**31) <= value < 2**31 or (va == -(2**31) and vb == -1)
        return (a, va) if overflows else (self.program.emit(op(a, b)), value)  # type: ignore[call-arg]

    def _through_i64(self, depth: int) -> tuple[SSAValue, int]:
        (a, va), (b, vb) = self.integer(depth - 1), self.integer(depth - 1)
        wide = [self.program.emit(arith.ExtSIOp(v, i64)) for v in (a, b)]
        op, value = self._pick(((arith.MuliOp, va * vb), (arith.AddiOp, va + vb)))
        clamped = fxp.SaturateOp(self.program.emit(op(*wide)), -(2**31), 2**31 - 1)
        return self.program.emit(clamped), max(-(2**31), min(2**31 - 1, value))

    def condition(self, depth: int) -> tuple[SSAValue, bool]:
        """An i1 register and its truth."""
        (a, va), (b, vb) = self.integer(depth), self.integer(depth)
        options = {
            "eq": va == vb,
            "ne": va != vb,
            "slt": va < vb,
            "sle": va <= vb,
            "sgt": va > vb,
            "sge": va >= vb,
        }
        predicate = self._pick(list(options))
        return self.program.emit(arith.CmpiOp(a, b, predicate)), options[predicate]

    def real(self, depth: int) -> SSAValue:
        """An f32 register."""
        builder = self.program.builder
        if depth == 0:
            if self.rng.random() < 0.3:
                return builder.real(self._pick((0.0, -0.0, 1.5, -2.5, 1e-45, 3.4e38)))
            return builder.load(self.program.memory("z"), int(self.rng.integers(8)))
        if self.rng.random() < 0.1:
            return self.program.emit(arith.NegfOp(self.real(depth - 1)))
        if self.rng.random() < 0.1:
            return self.program.emit(arith.SIToFPOp(self.integer(depth - 1)[0], f32))
        a, b = self.real(depth - 1), self.real(depth - 1)
        if self.rng.random() < 0.1:
            predicate = self._pick(("oeq", "ogt", "oge", "olt", "ole", "une"))
            test = self.program.emit(arith.CmpfOp(a, b, predicate))
            return self.program.emit(arith.SelectOp(test, a, b))
        op = self._pick((arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp))
        return self.program.emit(op(a, b))


def random_expressions(seed: int, count: int = 24) -> Program:
    """A program that stores random expressions of integers and reals."""
    rng = np.random.default_rng(seed)
    program = Program(count, seed)
    for index in range(count):
        expressions = Expressions(program, rng)
        value, _ = expressions.integer(int(rng.integers(1, 6)))
        program.builder.store(value, program.memory("out"), index)
        program.builder.store(expressions.real(4), program.memory("real_out"), index)
    return program


class ControlFlow:
    """Random nests of loops and branches, with carried values and memory in between.

    All integers stay below 2^16, so that nothing overflows.
    """

    SIZE = 8

    def __init__(self, program: Program, rng: np.random.Generator):
        self.program, self.rng = program, rng

    @property
    def builder(self) -> LoopBuilder:
        """Where ops are appended."""
        return self.program.builder

    def _any(self, values: Sequence[SSAValue]) -> SSAValue:
        return values[int(self.rng.integers(len(values)))]

    def fill(self) -> None:
        """Give every result a value first: memory may be read."""
        for index in range(self.SIZE):
            self.builder.store(self.builder.integer(index), self.program.memory("out"), index)
            self.builder.store(self.builder.real(index), self.program.memory("real_out"), index)

    def step(self, values: list[SSAValue]) -> SSAValue:
        """A new value below 2^16 from others."""
        builder, kind = self.builder, int(self.rng.integers(6))
        mask = builder.integer(0xFFFF)
        a, b = self._any(values), self._any(values)
        if kind == 0:
            return builder.load(self.program.memory("out"), int(self.rng.integers(self.SIZE)))
        if kind == 1:
            small = builder.emit(arith.AndIOp(b, builder.integer(0xFF)))
            return builder.emit(arith.AndIOp(builder.emit(arith.MuliOp(a, small)), mask))
        if kind == 2:
            return builder.emit(arith.XOrIOp(a, b))
        if kind == 3:
            return builder.emit(arith.AndIOp(builder.emit(arith.AddiOp(a, b)), mask))
        if kind == 4:
            return builder.emit(arith.MaxSIOp(a, b))
        test = builder.emit(arith.CmpiOp(a, b, "slt"))
        return builder.emit(arith.SelectOp(test, a, b))

    def statements(self, values: list[SSAValue], depth: int) -> list[SSAValue]:
        """Append a few statements; returns the values that are known after them."""
        values = list(values)
        for _ in range(int(self.rng.integers(1, 5))):
            kind = int(self.rng.integers(6))
            if kind <= 1:
                values.append(self.step(values))
            elif kind <= 3 or depth == 0:
                index = int(self.rng.integers(self.SIZE))
                self.builder.store(self._any(values), self.program.memory("out"), index)
            elif kind == 4:
                values += self._loop(values, depth)
            else:
                values += self._branch(values, depth)
        return values

    def _loop(self, values: list[SSAValue], depth: int) -> list[SSAValue]:
        carried = [self._any(values) for _ in range(int(self.rng.integers(0, 4)))]
        upper = int(self.rng.integers(0, 4))
        bound = self.builder.value(upper)
        if self.rng.random() < 0.3:  # a bound that is read from memory, which the loop may change
            place = self.builder.value(int(self.rng.integers(self.SIZE)))
            read = self.builder.load(self.program.memory("out"), place)
            few = self.builder.emit(arith.AndIOp(read, self.builder.integer(3)))
            bound = self.builder.emit(arith.IndexCastOp(few, IndexType()))

        def body(index: Any, inside: list[SSAValue]) -> list[SSAValue]:
            known = [*values, *inside, self.builder.cast_index(index)]
            known = self.statements(known, depth - 1)
            return [self._any(known[-6:]) for _ in carried]

        return self.builder.for_(self.builder.value(0), bound, body, carried)

    def _branch(self, values: list[SSAValue], depth: int) -> list[SSAValue]:
        test = self.builder.emit(arith.CmpiOp(self._any(values), self._any(values), "sgt"))
        count = int(self.rng.integers(0, 3))
        types: list[Attribute] = [i32] * count
        arms = [self._arm(values, depth, count) for _ in range(2)]
        op = scf.IfOp(test, types, arms[0], arms[1] if count or self.rng.random() < 0.5 else None)
        self.builder.block.add_op(op)
        return list(op.results)

    def _arm(self, values: list[SSAValue], depth: int, count: int) -> Region:
        outer, self.builder.block = self.builder.block, Block()
        known = self.statements(values, depth - 1)
        self.builder.block.add_op(scf.YieldOp(*(self._any(known) for _ in range(count))))
        region = Region(self.builder.block)
        self.builder.block = outer
        return region


def random_control_flow(seed: int) -> Program:
    """A program of random loops and branches."""
    rng = np.random.default_rng(seed)
    program = Program(ControlFlow.SIZE, seed)
    flow = ControlFlow(program, rng)
    flow.fill()
    values = [program.builder.integer(int(v)) for v in rng.integers(0, 2**16, 3)]
    values = flow.statements(values, 3)
    for index, value in enumerate(values[-3:]):
        program.builder.store(value, program.memory("out"), index)
    return program
