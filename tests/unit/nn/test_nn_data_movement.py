"""Data movement against onnxruntime and numpy, on every kind of element; constants."""

from typing import Any

import numpy as np
import pytest
from nn_ops import Array, fractions, random_integers, rounded, run, value_like
from onnx import helper
from onnx_reference import make_model, run_onnxruntime
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    TensorType,
    f32,
    i1,
    i8,
    i16,
)
from xdsl.utils.exceptions import VerifyException

from nnopt.dialects import fxp, nn
from nnopt.dialects.fxp import AffineType

ENCODING = AffineType.per_tensor(i8, 0.3, -7)


def sample(kind: str, shape: tuple[int, ...]) -> tuple[Array, Any]:
    """Return an array and its element type."""
    rng = np.random.default_rng(len(shape))
    if kind == "f32":
        return rng.standard_normal(shape).astype(np.float32), f32
    if kind == "i1":
        return rng.integers(0, 2, shape).astype(np.bool_), i1
    return random_integers(rng, shape, np.int8), i8 if kind == "i8" else ENCODING


KINDS = pytest.mark.parametrize("kind", ["f32", "i8", "i1", "fxp"])


@KINDS
def test_reshape_transpose_broadcast(kind: str):
    x, element = sample(kind, (2, 3, 4))
    value = value_like(x, element)
    assert np.array_equal(run(nn.ReshapeOp(value, (4, 6)), x), x.reshape(4, 6))
    assert np.array_equal(run(nn.TransposeOp(value, (2, 0, 1)), x), x.transpose(2, 0, 1))
    assert np.array_equal(
        run(nn.BroadcastOp(value, (5, 2, 3, 4)), x), np.broadcast_to(x, (5, 2, 3, 4))
    )
    row, element = sample(kind, (1, 3, 1))
    op = nn.BroadcastOp(value_like(row, element), (2, 3, 4))
    assert np.array_equal(run(op, row), np.broadcast_to(row, (2, 3, 4)))


@KINDS
@pytest.mark.parametrize("axis", [1, -2])
def test_concat(kind: str, axis: int):
    x, element = sample(kind, (2, 3, 4))
    y, _ = sample(kind, (2, 1, 4))
    op = nn.ConcatOp([value_like(a, element) for a in (x, y, x)], axis)
    assert np.array_equal(run(op, x, y, x), np.concatenate([x, y, x], axis=axis))


def test_concat_recodes():
    rng = np.random.default_rng(0)
    a, b = random_integers(rng, (3, 2), np.int8), random_integers(rng, (4, 2), np.uint8)
    ta, tb = AffineType.per_tensor(i8, 0.1, 3), AffineType.per_tensor(fxp.ui8, 0.07, 100)
    target = AffineType.per_tensor(i8, 0.09, -5)
    values = [value_like(a, ta), value_like(b, tb)]
    op = nn.ConcatOp(values, 0, result_type=TensorType(target, (7, 2)))
    exact = np.concatenate([fractions(ta, a), fractions(tb, b)])
    assert np.array_equal(run(op, a, b), rounded(target, exact))


def test_transpose_takes_scales_along():
    q, _ = sample("i8", (2, 3, 4))
    source = AffineType.per_axis(i8, 1, [0.1, 0.2, 0.3])
    op = nn.TransposeOp(value_like(q, source), (2, 0, 1))
    target = source.with_axis(2)
    assert op.result.type == TensorType(target, (4, 2, 3))
    assert np.array_equal(fractions(target, run(op, q)), fractions(source, q).transpose(2, 0, 1))


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
def test_pad(mode: str):
    x, _ = sample("f32", (2, 3, 4))
    pads = (0, 2, 1, 1, 0, 3)
    inputs = {"x": x, "pads": np.array(pads, np.int64), "value": np.array(1.5, np.float32)}
    node = helper.make_node("Pad", list(inputs), ["y"], mode=mode)
    expected = run_onnxruntime(make_model([node], inputs), inputs)["y"]
    assert np.array_equal(run(nn.PadOp(value_like(x), pads, value=1.5, mode=mode), x), expected)


def test_pad_values_of_integers():
    q, _ = sample("i8", (2,))
    assert run(nn.PadOp(value_like(q), (1, 0), value=-128.0), q)[0] == -128
    op = nn.PadOp(value_like(q, ENCODING), (1, 2), value=0.75)
    padded = run(op, q)
    assert padded.tolist() == [-7 + 2, *q.tolist(), -7 + 2, -7 + 2]  # 2.5 steps, to even
    truth = np.array([True])
    assert run(nn.PadOp(value_like(truth), (1, 1), value=0.0), truth).tolist() == [
        False,
        True,
        False,
    ]


@KINDS
@pytest.mark.parametrize(
    ("offsets", "sizes", "strides"),
    [
        ((0, 0, 0), (2, 3, 4), (1, 1, 1)),
        ((1, 0, 3), (1, 2, 2), (1, 2, -3)),
        ((1, 2, 1), (2, 3, 1), (-1, -1, 5)),
        ((0, 0, 0), (2, 0, 4), (1, 1, 1)),
    ],
)
def test_slice(
    kind: str, offsets: tuple[int, ...], sizes: tuple[int, ...], strides: tuple[int, ...]
):
    x, element = sample(kind, (2, 3, 4))
    result = run(nn.SliceOp(value_like(x, element), offsets, sizes, strides), x)
    for index in np.ndindex(*sizes):
        place = tuple(o + i * s for o, i, s in zip(offsets, index, strides, strict=True))
        assert result[index] == x[place]


@KINDS
def test_constant(kind: str):
    x, element = sample(kind, (2, 3))
    op = nn.ConstantOp.from_array(x, TensorType(element, x.shape))
    assert np.array_equal(run(op), x)
    assert op.value.type.element_type == (i8 if kind == "fxp" else element)
    assert op.value.data.data == x.tobytes()


def test_constant_of_one_element():
    for element, data, expected in ((f32, np.float32(2).tobytes(), 2.0), (i1, b"\xff", True)):
        type_ = TensorType(element, (2, 3))
        op = nn.ConstantOp(DenseIntOrFPElementsAttr(type_, BytesAttr(data)))
        assert run(op).tolist() == [[expected] * 3] * 2


def test_constant_with_missing_bytes():
    value = DenseIntOrFPElementsAttr(TensorType(i16, (3,)), BytesAttr(b"1234"))
    with pytest.raises(VerifyException, match=r"\(C3\) expected 6 or 2 bytes, found 4"):
        nn.ConstantOp(value).verify()


def test_constants_are_converted_without_loss():
    wide = np.array([-128, 127])
    assert nn.ConstantOp.from_array(wide, TensorType(i8, (2,))).array().dtype == np.int8
    for lossy in (np.array([128]), np.array([0.5]), np.array([np.nan])):
        with pytest.raises(ValueError, match="has elements that are no int8"):
            nn.ConstantOp.from_array(lossy, TensorType(i8, (1,)))
    rounded_to_single = nn.ConstantOp.from_array(np.array([0.1]), TensorType(f32, (1,)))
    assert rounded_to_single.array()[0] == np.float32(0.1)


def test_constants_are_read_only():
    array = nn.ConstantOp.from_array(np.zeros(3, np.float32)).array()
    assert not array.flags.writeable
