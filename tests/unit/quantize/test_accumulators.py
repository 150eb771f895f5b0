"""Accumulators cannot overflow: their bounds are proven, and reached by some input."""

import numpy as np
import pytest
from graph_cases import parse
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import IntegerType, TensorType, i8, i32, i64
from xdsl.ir import Block
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects import fxp, nn
from nnopt.dialects.fixed_point import accumulator_bound
from nnopt.dialects.fxp import AffineType
from nnopt.lowering.integer.intervals import interval_of
from nnopt.lowering.integer.linear import accumulator_type, plain_weights
from nnopt.passes.quantize.constants import QuantizedConstant


def layer(weights: np.ndarray, bias: np.ndarray, zero_point: int) -> nn.FullyConnectedOp:
    block = Block(arg_types=[TensorType(i8, [1, weights.shape[1]])])
    w = nn.ConstantOp.from_array(weights)
    b = nn.ConstantOp.from_array(bias)
    op = nn.FullyConnectedOp(block.args[0], w, b, input_zero_point=zero_point)
    block.add_ops([w, b, op])
    return op


@given(st.integers(0, 2**31 - 1), st.integers(-128, 127))
@settings(max_examples=40, deadline=None)
def test_interval_of_a_layer_is_reached(seed: int, zero_point: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(-128, 128, (3, 5)).astype(np.int8)
    bias = rng.integers(-1000, 1000, 3).astype(np.int32)
    interval = interval_of(layer(weights, bias, zero_point).result)
    for channel in range(3):
        largest = np.where(weights[channel] > 0, 127, -128) - zero_point
        smallest = np.where(weights[channel] > 0, -128, 127) - zero_point
        row = weights[channel].astype(np.int64)
        assert interval.high[channel] == row @ largest + bias[channel]
        assert interval.low[channel] == row @ smallest + bias[channel]


@pytest.mark.parametrize(("bias", "expected"), [(0, i32), (2**31 - 1, i64), (-(2**31), i64)])
def test_accumulator_is_as_wide_as_the_proof_needs(bias: int, expected: IntegerType) -> None:
    weights = np.full((1, 9), 127, np.int8)
    stored = np.array([bias], np.int64)
    op = layer(weights, stored.astype(np.int32), 0)
    assert accumulator_type(op, accumulator_bound(weights, stored, -128, 127)) == expected


def test_beyond_64_bits_is_an_error_that_names_the_node() -> None:
    op = layer(np.ones((1, 1), np.int8), np.zeros(1, np.int32), 0)
    op.location = nn.name_location("/fc/Gemm")
    bound = accumulator_bound(np.ones((1, 1), np.int8), None, -(2**63), 2**63)
    with pytest.raises(PassFailedException, match=r"/fc/Gemm.*beyond 64 bits"):
        accumulator_type(op, bound)


@given(st.integers(0, 2**31 - 1), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_plain_weights_stand_for_the_same_numbers(seed: int, unsigned: bool, axis: bool) -> None:
    rng = np.random.default_rng(seed)
    storage = fxp.ui8 if unsigned else i8
    low = 0 if unsigned else -128
    array = rng.integers(low, low + 256, (3, 4)).astype(fxp.STORAGE_DTYPES[storage])
    zeros = rng.integers(low, low + 256, 3)
    if axis:
        element = AffineType.per_axis(storage, 0, np.ones(3), zeros)
    else:
        element = AffineType.per_tensor(storage, 1.0, int(zeros[0]))
    plain = plain_weights(QuantizedConstant(array, element))
    wide = plain.array.astype(np.int64) - plain.zero_point
    np.testing.assert_array_equal(wide, element.dequantize_array(array).astype(np.int64))


def test_narrow_inputs_narrow_the_interval() -> None:
    module = parse("""
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
      %0 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>,
          rounding = "half_even", min = 0 : i32, max = 6 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
      %w = nn.constant {value = dense<[[3, -2]]> : tensor<1x2xi8>} : tensor<1x2xi8>
      %b = nn.constant {value = dense<1> : tensor<1xi32>} : tensor<1xi32>
      %a = nn.fully_connected %0, %w, %b
          : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi32>
      func.return %a : tensor<1x1xi32>
    }""")
    (op,) = [op for op in module.walk() if isinstance(op, nn.FullyConnectedOp)]
    interval = interval_of(op.result)
    assert (interval.least, interval.greatest) == (1 - 12, 1 + 18)
