"""One shift for all channels gives the same integers for every accumulator in range."""

import numpy as np
import pytest
from graph_cases import parse
from xdsl.context import Context

from nnopt.dialects.interpreters import run_function
from nnopt.lowering.integer.uniform_shifts import Channel, UniformShiftsPass, one_shift


@pytest.mark.parametrize("rounding", ["half_up"])
def test_all_accumulators_give_the_same(rounding: str) -> None:
    """16-bit accumulators, all of them, with multipliers of 31 bits and different shifts."""
    rng = np.random.default_rng(0)
    values = np.arange(-(1 << 15), 1 << 15, dtype=np.int16).reshape(-1, 1)
    changed = 0
    for _ in range(12):
        channels = 4
        multiplier = ", ".join(str(m) for m in rng.integers(1 << 30, (1 << 31) - 1, channels))
        shift = ", ".join(str(s) for s in rng.integers(36, 42, channels))
        zero_point = int(rng.integers(-128, 128))
        text = f"""
        func.func @main(%x: tensor<65536x{channels}xi16> {{nn.name = "x"}})
            -> (tensor<65536x{channels}xi8> {{nn.name = "y"}}) {{
          %y = fxp.requantize %x {{multiplier = array<i32: {multiplier}>,
              shift = array<i32: {shift}>, zero_point = {zero_point} : i32,
              rounding = "{rounding}", min = -128 : i32, max = 127 : i32}}
              : tensor<65536x{channels}xi16> -> tensor<65536x{channels}xi8>
          func.return %y : tensor<65536x{channels}xi8>
        }}"""
        before, after = parse(text), parse(text)
        UniformShiftsPass().apply(Context(), after)
        x = {"x": np.repeat(values, channels, axis=1)}
        assert np.array_equal(run_function(before, x)["y"], run_function(after, x)["y"])
        changed += not before.is_structurally_equivalent(after)
    assert changed >= 10


def test_a_shift_that_loses_a_step_is_not_taken() -> None:
    fine = Channel(multiplier=(1 << 30) + 1, shift=60, low=-(1 << 31), high=(1 << 31) - 1)
    coarse = Channel(multiplier=1, shift=30, low=-(1 << 31), high=(1 << 31) - 1)
    assert one_shift([fine, coarse], -100, 100) is None
    assert one_shift([coarse, coarse], -100, 100) == (30, [1, 1])


def test_constant_channels_do_not_count() -> None:
    small = Channel(multiplier=1, shift=40, low=-100, high=100)
    usual = Channel(multiplier=1 << 30, shift=33, low=-100, high=100)
    assert one_shift([small, usual], -128, 127) == (33, [0, 1 << 30])
    assert one_shift([small, small], -128, 127) is None
