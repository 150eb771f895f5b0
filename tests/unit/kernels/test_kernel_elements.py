"""Every element-wise op, data movement and reduction: the same as tensors, as loops and as C."""

from pathlib import Path

import pytest
from kernel_elements import GROUPS as ELEMENTS
from kernel_elements import in_place_cases
from kernel_integers import indexing_cases, logic_cases, ranking_cases, wrapping_cases
from kernel_lab import Case, check, offsets, ops_of, turned
from kernel_recurrent import integer_recurrent_cases, recurrent_cases
from kernel_windows import random_conv, random_pool, random_product

from nnopt.lowering.kernels.kernel import HEADS, SCALARS

GROUPS = {
    **ELEMENTS,
    "logic": logic_cases,
    "wrapping": wrapping_cases,
    "indexing": indexing_cases,
    "ranking": ranking_cases,
    "recurrent": recurrent_cases,
    "integer recurrent": integer_recurrent_cases,
}


@pytest.mark.parametrize("group", GROUPS)
def test_same_on_all_levels(group: str, tmp_path: Path):
    check(list(GROUPS[group]()), tmp_path)


@pytest.mark.parametrize("group", ["movement", "reduction"])
def test_backwards_the_same(group: str, tmp_path: Path):
    check([turned(case) for case in GROUPS[group]()], tmp_path)


def test_every_op_with_loops_has_a_case():
    cases = [case for make in GROUPS.values() for case in make()]
    cases += [
        make(seed) for make in (random_conv, random_pool, random_product) for seed in range(9)
    ]
    missing = {op.name for op in {*HEADS, *SCALARS} - ops_of(cases)}
    assert missing == {"nn.external", "accel.offload"}, (
        "their C comes from elsewhere: e2e/test_example_packages.py"
    )


@pytest.mark.parametrize("case", list(in_place_cases()), ids=lambda case: case.name)
def test_in_place_means_the_same_memory(case: Case):
    first, second = offsets(case)
    assert first == second
