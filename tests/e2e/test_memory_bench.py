"""`benchmarks/memory.*` says what the code does."""

from __future__ import annotations

import numpy as np
import pytest

from nnopt.dialects.interpreters import run_function
from nnopt.tools.memory_bench import BENCHMARKS, Case, cases, measure, network, stored, table


def test_table_is_that_of_the_results() -> None:
    assert [result.name for result in stored()] == [case.name for case in cases()]
    assert (BENCHMARKS / "memory.md").read_text(encoding="utf-8") == table(stored())


def test_all_need_less_than_the_figures() -> None:
    for result in stored():
        assert result.ours <= result.theirs, result.name


@pytest.mark.parametrize(
    "name", ["6 x 6, 64 to 128", "12 x 12, 32 to 64", "S3", "S8", "B14", "B17"]
)
def test_results_are_measured(name: str) -> None:
    (case,) = [case for case in cases() if case.name == name]
    (result,) = [result for result in stored() if result.name == name]
    assert measure(case) == result


def test_modules_compute_what_they_say() -> None:
    """The residual sum is there, the stride too."""
    x = np.random.default_rng(1).integers(-128, 128, (1, 6, 6, 4)).astype(np.int8)
    same, other = (
        run_function(network(Case("m", 6, (4, 8, 4), 0, 3, 1, residual)), {"x": x})["y"]
        for residual in (True, False)
    )
    assert same.shape == x.shape and not np.array_equal(same, other)
    strided = run_function(network(Case("m", 6, (4, 8, 5), 0, 3, 2)), {"x": x})["y"]
    assert strided.shape == (1, 3, 3, 5)
