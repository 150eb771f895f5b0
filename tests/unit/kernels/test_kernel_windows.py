"""Convolutions, products and pools: the same numbers as tensors, as loops and as C."""

from pathlib import Path

import pytest
from kernel_lab import check
from kernel_windows import random_conv, random_pool, random_product


@pytest.mark.parametrize("part", range(4))
def test_convolutions(part: int, tmp_path: Path):
    check([random_conv(seed) for seed in range(part * 25, part * 25 + 25)], tmp_path)


@pytest.mark.parametrize("part", range(2))
def test_pools(part: int, tmp_path: Path):
    check([random_pool(seed) for seed in range(part * 25, part * 25 + 25)], tmp_path)


@pytest.mark.parametrize("part", range(2))
def test_products(part: int, tmp_path: Path):
    check([random_product(seed) for seed in range(part * 30, part * 30 + 30)], tmp_path)
