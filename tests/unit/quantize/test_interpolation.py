"""Smooth functions of 16 bits: tables with lines, checked for all 65,536 inputs."""

from typing import Any

import numpy as np
import pytest
from graph_cases import parse, run_passes
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp
from nnopt.dialects.interpolation import BOUND, fit_table, interpolate, sampled
from nnopt.dialects.interpreters import run_function

INPUTS = np.arange(-(2**15), 2**15).astype(np.int16)


def network(function: str, scale: str, result: str) -> ModuleOp:
    first, last = f"!fxp.affine<i16, {scale}:0>", f"!fxp.affine<i16, {result}:0>"
    return parse(f"""
func.func @main(%x: tensor<65536x{first}>) -> tensor<65536x{last}> {{
  %0 = fxp.dequantize %x : tensor<65536x{first}> -> tensor<65536xf32>
  %1 = nn.{function} %0 {{nn.by_table}} : tensor<65536xf32> -> tensor<65536xf32>
  %2 = fxp.quantize %1 : tensor<65536xf32> -> tensor<65536x{last}>
  func.return %2 : tensor<65536x{last}>
}}""")


def results(module: ModuleOp) -> NDArray[Any]:
    return run_function(module, {"arg0": INPUTS})["out0"].astype(np.int64)


CASES = [
    ("sigmoid", "0.0003", "0.000030517578125"),
    ("sigmoid", "0.00390625", "0.000030517578125"),
    ("tanh", "0.000244140625", "0.000030517578125"),
    ("tanh", "0.0005", "0.00003"),
    ("gelu", "0.0003", "0.0003"),
    ("gelu", "0.0003", "0.0002"),
    ("sigmoid", "0.01", "0.000030517578125"),
    ("tanh", "0.02", "0.000030517578125"),
    ("exp", "0.00025", "0.03"),
    ("hard_swish", "0.000244140625", "0.0002"),
    ("erf", "0.0001", "0.000030517578125"),
]


@pytest.mark.parametrize(("function", "scale", "result"), CASES)
def test_all_results_are_within_a_step(function: str, scale: str, result: str) -> None:
    module = network(function, scale, result)
    exact = results(module)
    run_passes(module, "lower-quantized", "verify-integer")
    (table,) = [op for op in module.walk() if isinstance(op, fxp.InterpolateOp)]
    assert table.table_array().nbytes <= 4097 * 4
    assert np.abs(results(module) - exact).max() <= 1


def test_what_no_table_follows_is_computed_on_reals() -> None:
    module = network("sin", "0.05", "0.000030517578125")
    exact = results(module)
    run_passes(module, "lower-quantized", "verify-integer")
    assert not any(isinstance(op, fxp.InterpolateOp) for op in module.walk())
    np.testing.assert_array_equal(results(module), exact)


def test_what_a_rescale_does_needs_no_table() -> None:
    module = network("relu", "0.0003", "0.0003")
    exact = results(module)
    run_passes(module, "lower-quantized", "verify-integer")
    assert not any(isinstance(op, fxp.InterpolateOp) for op in module.walk())
    assert any(isinstance(op, fxp.RequantizeOp) for op in module.walk())
    np.testing.assert_array_equal(results(module), exact)


def test_networks_quantized_elsewhere_are_exact() -> None:
    module = network("sigmoid", "0.0003", "0.000030517578125")
    for op in module.walk():
        op.attributes.pop("nn.by_table", None)
    run_passes(module, "lower-quantized")
    assert not any(isinstance(op, fxp.InterpolateOp) for op in module.walk())


@pytest.mark.parametrize("bits", range(6, 16))
def test_entries_are_met_and_lines_are_straight(bits: int) -> None:
    rng = np.random.default_rng(bits)
    table = rng.integers(-(2**15), 2**15, (1 << bits) + 1)
    step = 2**16 >> bits
    got = interpolate(INPUTS, table)
    np.testing.assert_array_equal(got[::step], table[:-1])
    ideal = np.interp((INPUTS + 2.0**15) / step, np.arange(table.size), table)
    assert np.abs(got - ideal).max() <= 0.5


def test_the_smallest_table_is_taken() -> None:
    line = np.arange(2**16) // 2 - 2**14
    table = fit_table(line)
    assert table is not None
    assert (table.entries.size, table.left) == (65, 0)
    curve = np.rint(32767 * np.tanh(np.linspace(-3, 3, 2**16))).astype(np.int64)
    table = fit_table(curve)
    assert table is not None
    bits = (table.entries.size - 1).bit_length() - 1
    smaller = interpolate(INPUTS, sampled(curve, bits - 1))
    assert np.abs(smaller - curve).max() > 1
    flat = np.rint(32767 * np.tanh(np.linspace(-99, 99, 2**16))).astype(np.int64)
    wide = fit_table(flat)
    assert wide is not None
    assert wide.left == 4  # beyond 99 / 16, less than a step changes
    assert wide.entries.size <= 2049
    noise = np.random.default_rng(0).integers(-(2**15), 2**15, 2**16)
    assert fit_table(noise) is None
    assert np.abs(sampled(np.full(2**16, BOUND), 6)).max() == BOUND


def test_without_a_table_nothing_is_left_behind() -> None:
    """What the function was to read is lowered after it."""
    first, last = "!fxp.affine<i16, 0.001:0>", "!fxp.affine<i16, 0.01:0>"
    module = parse(f"""
func.func @main(%x: tensor<4x{first}>) -> tensor<4x{last}> {{
  %sum = nn.add %x, %x : (tensor<4x{first}>, tensor<4x{first}>) -> tensor<4x{first}>
  %0 = fxp.dequantize %sum : tensor<4x{first}> -> tensor<4xf32>
  %1 = nn.reciprocal %0 {{nn.by_table}} : tensor<4xf32> -> tensor<4xf32>
  %2 = fxp.quantize %1 : tensor<4xf32> -> tensor<4x{last}>
  func.return %2 : tensor<4x{last}>
}}""")
    run_passes(module, "fold-qdq", "verify-quantized", "lower-quantized", "verify-integer")
    assert any(op.name == "nn.reciprocal" for op in module.walk())
    x = np.array([1000, -500, 250, 20], np.int16)
    got = run_function(module, {"arg0": x})["out0"]
    assert got.tolist() == [50, -100, 200, 2500]
