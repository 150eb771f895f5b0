"""Comparisons, bits, shifts, remainders, selection and integers that wrap: against Python's
integers, and floats against numpy.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nn_ops import Array, random_integers, run, value, value_like
from xdsl.dialects.builtin import f32, i1, i32
from xdsl.ir import Operation

from nnopt.dialects import nn

Rule = Callable[[int, int], int]
INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.int64]
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -1.5, 1e-45, 3.4e38], np.float32)


def pairs(dtype: Any) -> tuple[Array, Array]:
    rng = np.random.default_rng(np.dtype(dtype).num)
    small = np.arange(-9 if np.dtype(dtype).kind == "i" else 0, 10).astype(dtype)
    some = np.concatenate([small, random_integers(rng, (12,), dtype)])
    a, b = np.meshgrid(some, some)
    return a, b


def modulo(number: int, dtype: Any) -> int:
    """The number of a type that equals another one modulo 2^bits."""
    limits = np.iinfo(dtype)
    span = int(limits.max) - int(limits.min) + 1
    return (number - int(limits.min)) % span + int(limits.min)


def check(op: Operation, expected: Rule, a: Array, b: Array) -> None:
    result = run(op, a, b)
    for x, y, found in zip(a.flat, b.flat, result.flat, strict=True):
        assert found == expected(int(x), int(y)), (x, y)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_wrap(dtype: Any):
    a, b = pairs(dtype)
    rules: dict[type[nn.RingOp], Rule] = {
        nn.AddOp: operator.add,
        nn.SubOp: operator.sub,
        nn.MulOp: operator.mul,
    }
    for kind, rule in rules.items():
        op = kind(value_like(a), value_like(b))
        op.wraps = nn.UNIT

        def exact(x: int, y: int, rule: Rule = rule) -> int:
            return modulo(rule(x, y), dtype)

        check(op, exact, a, b)
    for kind in ("sum", "prod"):
        fold = nn.ReduceOp(value_like(a), kind, (1,), False)
        fold.wraps = nn.UNIT
        whole = {"sum": sum, "prod": math.prod}[kind]
        expected = [modulo(whole(int(x) for x in row), dtype) for row in a]
        assert run(fold, a).tolist() == expected


@pytest.mark.parametrize("dtype", INTEGERS)
def test_quotients_and_remainders(dtype: Any):
    a, b = pairs(dtype)

    def quotient(x: int, y: int) -> int:
        whole = 0 if y == 0 else abs(x) // abs(y) * (-1 if (x < 0) != (y < 0) else 1)
        return modulo(whole, dtype)

    def floored(x: int, y: int) -> int:
        return 0 if y == 0 else x % y

    def cut(x: int, y: int) -> int:
        return 0 if y == 0 else abs(x) % abs(y) * (-1 if x < 0 else 1)

    check(nn.DivOp(value_like(a), value_like(b)), quotient, a, b)
    check(nn.RemainderOp(value_like(a), value_like(b), False), floored, a, b)
    check(nn.RemainderOp(value_like(a), value_like(b), True), cut, a, b)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shifts(dtype: Any):
    a, b = pairs(dtype)
    bits = np.dtype(dtype).itemsize * 8

    def left(x: int, y: int) -> int:
        return modulo(x << y, dtype) if 0 <= y < bits else 0

    def right(x: int, y: int) -> int:
        return x >> y if 0 <= y < bits else (-1 if x < 0 else 0)

    check(nn.ShiftOp(value_like(a), value_like(b), "left"), left, a, b)
    check(nn.ShiftOp(value_like(a), value_like(b), "right"), right, a, b)


@pytest.mark.parametrize("kind", ["and", "or", "xor"])
def test_bits(kind: str):
    def rule(x: int, y: int) -> int:
        return {"and": x & y, "or": x | y, "xor": x ^ y}[kind]

    for dtype in INTEGERS:
        a, b = pairs(dtype)
        check(nn.BitwiseOp(value_like(a), value_like(b), kind), rule, a, b)
    a, b = np.array([[False, True]] * 2), np.array([[False, False], [True, True]])
    check(nn.BitwiseOp(value_like(a), value_like(b), kind), rule, a, b)


def test_comparisons():
    names = ("eq", "ne", "lt", "le", "gt", "ge")
    rules: dict[str, Callable[[float, float], bool]] = {n: getattr(operator, n) for n in names}
    for predicate, rule in rules.items():
        for dtype in INTEGERS:
            a, b = pairs(dtype)
            check(nn.CompareOp(value_like(a), value_like(b), predicate), rule, a, b)
        reals, others = np.meshgrid(SPECIAL, SPECIAL)
        found = run(nn.CompareOp(value_like(reals), value_like(others), predicate), reals, others)
        for x, y, result in zip(reals.flat, others.flat, found.flat, strict=True):
            assert result == rule(float(x), float(y)), (predicate, x, y)


@pytest.mark.parametrize("truncated", [False, True])
def test_remainders_of_reals(truncated: bool):
    rng = np.random.default_rng(1)
    a = np.concatenate([SPECIAL, rng.normal(0, 100, 40).astype(np.float32)])
    a, b = np.meshgrid(a, np.append(SPECIAL, np.array([2.5, -0.75, 1e20], np.float32)))
    found = run(nn.RemainderOp(value_like(a), value_like(b), truncated), a, b)
    for x, y, result in zip(a.flat, b.flat, found.flat, strict=True):
        x, y = float(x), float(y)
        if math.isnan(x) or math.isnan(y) or math.isinf(x) or y == 0:
            assert math.isnan(result)
            continue
        expected = math.fmod(x, y)
        if not truncated and expected != 0 and (expected < 0) != (y < 0):
            expected = np.float32(expected) + np.float32(y)
        assert result == np.float32(expected), (x, y)


def test_selection_broadcasts():
    rng = np.random.default_rng(2)
    test = rng.random((3, 1)) < 0.5
    a, b = rng.normal(0, 1, (2, 1, 4)).astype(np.float32), np.array([7.0], np.float32)
    found = run(nn.WhereOp(value((3, 1), i1), value_like(a), value_like(b)), test, a, b)
    for i, j, k in np.ndindex(2, 3, 4):
        assert found[i, j, k] == (a[i, 0, k] if test[j, 0] else 7.0)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_powers(dtype: Any):
    a, b = pairs(dtype)

    def power(x: int, y: int) -> int:
        if y < 0:
            return x**-y if x in (1, -1) else 0
        return modulo(pow(x, y, 1 << 64), dtype)

    check(nn.PowOp(value_like(a), value_like(b)), power, a, b)


def test_bits_of_another_type():
    x = np.concatenate([SPECIAL, np.array([2.5], np.float32)])
    whole = run(nn.BitcastOp(value_like(x), i32), x)
    assert np.array_equal(whole, x.view(np.int32))
    back = run(nn.BitcastOp(value_like(whole), f32), whole)
    assert np.array_equal(back.view(np.int32), whole)
