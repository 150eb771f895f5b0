"""Literals: what C reads back is what was meant."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from kernel_lab import FLAGS, RUNTIME
from numpy.typing import NDArray

from nnopt.lowering.c.arrays import WeightArray, array_text
from nnopt.lowering.c.spelling import float_literal, integer_literal

REALS = np.array(
    [
        *(0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 1.1754944e-38, 1.1754942e-38),
        *(3.4028235e38, 16777216.0, 16777218.0, 0.1, 1 / 3, 1e10, 1e16, 1e17, 123456.7, -5e-324),
    ],
    np.float32,
)


def random_reals(count: int) -> NDArray[np.float32]:
    bits = np.random.default_rng(0).integers(0, 2**32, count, dtype=np.uint64)
    values = bits.astype(np.uint32).view(np.float32)
    return values[~np.isnan(values)]


def read_back(folder: Path, definition: str, count: int, size: int) -> bytes:
    """The bytes of the array `a` that a definition makes."""
    text = f"""
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "nnopt_math.h"
{definition}
int main(void) {{ return fwrite(a, {size}, {count}, stdout) == {count} ? 0 : 1; }}
"""
    (folder / "a.c").write_text(text, encoding="utf-8")
    subprocess.run(["gcc", *FLAGS, f"-I{RUNTIME}", "a.c", "-o", "a"], cwd=folder, check=True)
    return subprocess.run(["./a"], cwd=folder, check=True, capture_output=True).stdout


@pytest.mark.parametrize(
    ("values", "c_type"),
    [
        (REALS, "float"),
        (random_reals(3000), "float"),
        (np.array([-(2**31), 2**31 - 1, 0, -1], np.int32), "int32_t"),
        (np.array([-(2**63), 2**63 - 1, 0, -1, 2**31], np.int64), "int64_t"),
        (np.array([-128, 127, 0], np.int8), "int8_t"),
        (np.array([0, 255], np.uint8), "uint8_t"),
        (np.array([-32768, 32767], np.int16), "int16_t"),
        (np.array([0, 65535], np.uint16), "uint16_t"),
        (np.array([True, False]), "bool"),
    ],
    ids=lambda v: v if isinstance(v, str) else "values",
)
def test_arrays(values: NDArray[np.generic], c_type: str, tmp_path: Path):
    definition = array_text(WeightArray("a", c_type, values), "", "static ")
    found = read_back(tmp_path, definition, values.size, values.itemsize)
    assert found == values.tobytes()


def test_expressions(tmp_path: Path):
    reals = [*REALS.tolist(), *random_reals(300).tolist()]
    assign = "\n".join(f"    a[{i}] = {float_literal(v)};" for i, v in enumerate(reals))
    text = f"""
#include <stdio.h>
#include "nnopt_math.h"
int main(void) {{
    float a[{len(reals)}];
{assign}
    return fwrite(a, 4, {len(reals)}, stdout) == {len(reals)} ? 0 : 1;
}}
"""
    (tmp_path / "a.c").write_text(text, encoding="utf-8")
    subprocess.run(["clang", *FLAGS, f"-I{RUNTIME}", "a.c", "-o", "a"], cwd=tmp_path, check=True)
    found = subprocess.run(["./a"], cwd=tmp_path, check=True, capture_output=True).stdout
    assert found == np.array(reals, np.float32).tobytes()


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (-(2**31), 32, "INT32_MIN"),
        (-(2**63), 64, "INT64_MIN"),
        (-(2**31), 64, "INT64_C(-2147483648)"),
        (2**31 - 1, 32, "2147483647"),
        (-128, 8, "-128"),
        (-1, 32, "-1"),
    ],
)
def test_integers(value: int, width: int, text: str):
    literal = integer_literal(value, width)
    assert literal.text == text
    assert literal.within(16).startswith("(") == (value < 0 and "MIN" not in text)


def test_floats_are_short():
    assert float_literal(0.1) == "0.1f"
    assert float_literal(1.0) == "1.0f"
    assert float_literal(1e-45) == "1e-45f"
    assert float_literal(-np.inf) == "-nnopt_inf()"
