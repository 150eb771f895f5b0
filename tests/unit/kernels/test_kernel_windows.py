"""Convolutions, products and pools: the same numbers as tensors, as loops and as C."""

from pathlib import Path

import numpy as np
import pytest
from kernel_lab import Case, KernelBuilder, check, reals, turned
from kernel_windows import random_conv, random_pool, random_product

from nnopt.dialects import nn, vpool


@pytest.mark.parametrize("part", range(4))
def test_convolutions(part: int, tmp_path: Path):
    cases = [random_conv(seed) for seed in range(part * 25, part * 25 + 25)]
    check([turned(case) for case in cases] if part % 2 else cases, tmp_path)


@pytest.mark.parametrize("part", range(2))
def test_pools(part: int, tmp_path: Path):
    cases = [random_pool(seed) for seed in range(part * 25, part * 25 + 25)]
    check([turned(case) for case in cases] if part else cases, tmp_path)


@pytest.mark.parametrize("part", range(2))
def test_products(part: int, tmp_path: Path):
    cases = [random_product(seed) for seed in range(part * 30, part * 30 + 30)]
    check([turned(case) for case in cases] if part else cases, tmp_path)


def with_operand(name: str, shape: tuple[int, ...], blocked: bool) -> Case:
    """A fully connected layer or a convolution, and a sum with an operand that is repeated."""
    rng = np.random.default_rng(len(shape))
    schedule = vpool.ScheduleAttr(block=(2, 3) if blocked else (1, 1))
    kernel = KernelBuilder(f"{name} {shape} {blocked}", schedule)
    if name == "fully connected":
        x, w = reals(rng, (2, 3, 5)), reals(rng, (4, 5))
        op = nn.FullyConnectedOp(*(kernel.input(a) for a in (x, w, reals(rng, (4,)))))
    else:
        x, w = reals(rng, (1, 2, 3, 5)), reals(rng, (4, 1, 1, 5))
        op = nn.Conv2dOp(*(kernel.input(a) for a in (x, w, reals(rng, (4,)))))
    kernel.add(nn.AddOp(kernel.add(op), kernel.input(reals(rng, shape))))
    return kernel.case()


def test_operands_repeated_behind_a_contraction(tmp_path: Path):
    shapes = ((4,), (3, 4), (3, 1), (2, 1, 4), (2, 1, 1), (1, 3, 1), (2, 3, 4), (1,), ())
    names = ("fully connected", "convolution")
    check([with_operand(n, s, b) for n in names for s in shapes for b in (False, True)], tmp_path)
