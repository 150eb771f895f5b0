"""Kernels of comparisons, bits, remainders, selection, indices, and integers that wrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from kernel_elements import BROADCASTS, MOVABLE, SHAPE, SPECIAL, data, made, single
from kernel_lab import ELEMENTS, Array, Case, KernelBuilder, integers, reals

from nnopt.dialects import nn

INTEGERS = "int8", "uint8", "int16", "uint16", "int32", "int64"
PREDICATES = "eq", "ne", "lt", "le", "gt", "ge"


def extremes(rng: np.random.Generator, dtype: str) -> tuple[Array, Array]:
    """All pairs of numbers at the ends of a type and around zero, and random ones."""
    limits = np.iinfo(dtype)
    corners = [limits.min, limits.min + 1, limits.max - 1, limits.max, 0, 1, 2, 3, 5, 7, 8, 31, 64]
    if limits.min < 0:
        corners += [-1, -2, -7]
    some = np.array([c for c in corners if limits.min <= c <= limits.max], dtype)
    a, b = (array.ravel() for array in np.meshgrid(some, some))
    rest = [integers(rng, (20,), dtype) for _ in range(2)]
    return np.concatenate([a, rest[0]]), np.concatenate([b, rest[1]])


def logic_cases() -> Iterator[Case]:
    """Comparisons, bits, shifts, remainders and selection, on every type that takes them."""
    rng = np.random.default_rng(11)
    both = [a.ravel() for a in np.meshgrid(SPECIAL, SPECIAL)]
    for predicate in PREDICATES:
        yield single(f"compare {predicate}", made(nn.CompareOp, predicate), *both)
    for truncated in (False, True):
        build = made(nn.RemainderOp, truncated)
        yield single(f"remainder {truncated}", build, *both)
        x, y = reals(rng, SHAPE, 100.0), reals(rng, SHAPE, 7.0)
        yield single(f"remainder {truncated} random", build, x, y)
    for dtype in INTEGERS:
        a, b = extremes(rng, dtype)
        for predicate in PREDICATES if dtype in ("uint8", "int64") else ("lt",):
            build = made(nn.CompareOp, predicate)
            yield single(f"compare {predicate} {dtype}", build, a, b)
        for truncated in (False, True):
            yield single(f"remainder {truncated} {dtype}", made(nn.RemainderOp, truncated), a, b)
        for direction in ("left", "right"):
            yield single(f"shift {direction} {dtype}", made(nn.ShiftOp, direction), a, b)
    for dtype in (*INTEGERS, "bool"):
        a, b = (data(rng, SHAPE, dtype) for _ in range(2))
        for kind in ("and", "or", "xor"):
            yield single(f"bitwise {kind} {dtype}", made(nn.BitwiseOp, kind), a, b)
    for dtype in MOVABLE:
        test, a, b = (data(rng, SHAPE, t) for t in ("bool", dtype, dtype))
        yield single(f"where {dtype}", nn.WhereOp, test, a, b)
    for first, second in BROADCASTS:
        test, a, b = data(rng, first, "bool"), reals(rng, second), reals(rng, (1,))
        yield single(f"where {first} {second}", nn.WhereOp, test, a, b)


def wrapping_cases() -> Iterator[Case]:
    """Sums, products and quotients at the ends of their types."""
    rng = np.random.default_rng(12)
    for dtype in INTEGERS:
        a, b = extremes(rng, dtype)
        for op in (nn.AddOp, nn.SubOp, nn.MulOp):
            yield wrapping(f"{op.name} {dtype}", op, a, b)
        yield single(f"div {dtype}", nn.DivOp, a, b)
        if not dtype.startswith("u"):
            yield single(f"negate {dtype}", nn.NegateOp, a)
        for kind in ("sum", "prod"):
            kernel = KernelBuilder(f"{kind} {dtype}")
            x = kernel.input(integers(rng, (4, 6), dtype))
            kernel.add(_wraps(nn.ReduceOp(x, kind, (1,), False)))
            yield kernel.case()
        # another operation reads what is computed before it is stored
        kernel = KernelBuilder(f"compare sums {dtype}")
        x, y = kernel.input(a), kernel.input(b)
        total = kernel.add(_wraps(nn.AddOp(x, y)))
        kernel.add(nn.CompareOp(total, x, "lt"))
        yield kernel.case()
        for target in INTEGERS:
            kernel = KernelBuilder(f"compare cast {dtype} {target}")
            x = kernel.add(nn.CastOp(kernel.input(a), ELEMENTS[target]))
            kernel.add(nn.CompareOp(x, kernel.input(b.astype(target)), "ge"))
            yield kernel.case()
        kernel = KernelBuilder(f"shifted and back {dtype}")
        x, y = kernel.input(a), kernel.input(np.full(a.shape, 3, dtype))
        left = kernel.add(nn.ShiftOp(x, y, "left"))
        kernel.add(nn.ShiftOp(left, y, "right"))
        yield kernel.case()


def _wraps(op: nn.RingOp | nn.ReduceOp) -> nn.RingOp | nn.ReduceOp:
    op.wraps = nn.UNIT
    return op


def wrapping(name: str, op: type[nn.RingOp], a: Array, b: Array) -> Case:
    """A kernel of one operation that wraps."""
    kernel = KernelBuilder(name)
    kernel.add(_wraps(op(kernel.input(a), kernel.input(b))))
    return kernel.case()


def indexing_cases() -> Iterator[Case]:
    """Gather, scatter and indices of extremes; indices beyond both ends among them."""
    rng = np.random.default_rng(13)
    for dtype in MOVABLE:
        x = data(rng, SHAPE, dtype)
        yield single(f"gather {dtype}", made(nn.GatherOp, 1), x, np.array([[2, -1], [0, 9]]))
    x = reals(rng, SHAPE)
    for axis in (0, 1, 2, -1):
        for shape in ((), (3,), (2, 2)):
            indices = integers(rng, shape, "int32" if shape else "int64")
            yield single(f"gather {axis} {shape}", made(nn.GatherOp, axis), x, indices)
    kernel = KernelBuilder("gather and negate")
    rows = kernel.input(np.array([1, 0]))
    kernel.add(nn.NegateOp(kernel.add(nn.GatherOp(kernel.input(x), rows, 2))))
    yield kernel.case()
    for dtype in ("float32", "bool", "uint8", "int32", "int64"):
        for kind in ("set", "add", "mul", "max", "min"):
            if dtype == "bool" and kind != "set":
                continue
            table, updates = data(rng, (4, 3), dtype), data(rng, (5, 3), dtype)
            if dtype == "int32":
                table[:] = integers(rng, table.shape, dtype)
            rows = np.array([1, -1, 1, -9, 9]).astype("int32" if kind == "add" else "int64")
            build = made(nn.ScatterOp, kind)
            yield single(f"scatter {kind} {dtype}", build, table, rows, updates)
    for dtype in ("float32", "uint8", "int64"):
        values = rng.integers(0, 4, SHAPE).astype(dtype)
        for kind in ("max", "min"):
            for last in (False, True):
                for axis in (0, 1, -1):
                    build = made(nn.ArgExtremeOp, kind, axis, last)
                    yield single(f"arg {kind} {last} {axis} {dtype}", build, values)
    corners = np.stack([SPECIAL, SPECIAL[::-1]])
    yield single("arg max special", made(nn.ArgExtremeOp, "max", 1, False), corners)


def ranking_cases() -> Iterator[Case]:
    """The extreme elements in order, with equals and NaN; bits seen as other types."""
    rng = np.random.default_rng(14)
    for dtype in ("float32", "uint8", "int32", "int64"):
        values = rng.integers(0, 5, SHAPE).astype(dtype)
        for kind in ("max", "min"):
            for axis, k in ((0, 2), (1, 1), (1, 3), (-1, 2)):
                build = made(nn.TopKOp, kind, axis, k)
                yield single(f"top {kind} {axis} {k} {dtype}", build, values)
    corners = np.stack([SPECIAL, SPECIAL[::-1]])
    for kind in ("max", "min"):
        yield single(f"top {kind} special", made(nn.TopKOp, kind, 1, len(SPECIAL)), corners)
    for group in (("int8", "uint8", "bool"), ("int16", "uint16"), ("int32", "float32"), ("int64",)):
        for source in group:
            for target in group:
                x = SPECIAL if source == "float32" else data(rng, SHAPE, source)
                yield single(f"bits {source} {target}", made(nn.BitcastOp, ELEMENTS[target]), x)
    for dtype in INTEGERS:
        a, b = extremes(rng, dtype)
        yield single(f"pow {dtype}", nn.PowOp, a, b)
