"""The mathematics of shapes against numpy and against counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.nn import shapes

SIZES = st.lists(st.integers(0, 4), max_size=4)


@given(st.lists(SIZES, min_size=1, max_size=3))
def test_broadcast_is_numpys(operands: list[list[int]]):
    try:
        expected = np.broadcast_shapes(*(tuple(s) for s in operands))
    except ValueError:
        with pytest.raises(ValueError, match="expected shapes that broadcast"):
            shapes.broadcast(*operands)
    else:
        assert shapes.broadcast(*operands) == expected


@given(
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 3),
)
def test_windows_are_counted(
    extent: int, kernel: int, stride: int, before: int, after: int, dilation: int
):
    starts = range(-before, extent + after - dilation * (kernel - 1), stride)
    if not starts:
        with pytest.raises(ValueError, match="expected a window that fits"):
            shapes.window_outputs(extent, kernel, stride, before, after, dilation)
    else:
        found = shapes.window_outputs(extent, kernel, stride, before, after, dilation)
        assert found == len(starts)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_reduced_is_numpys(shape: list[int], data: st.DataObject):
    rank = len(shape)
    axes = data.draw(st.lists(st.integers(-rank, rank - 1), unique_by=lambda a: a % rank))
    keepdims = data.draw(st.booleans())
    expected = np.zeros(shape).sum(axis=tuple(axes), keepdims=keepdims).shape
    assert shapes.reduced(shape, axes, keepdims) == expected


@given(st.integers(1, 6), st.integers(-2, 7), st.integers(0, 4), st.integers(-3, 3))
def test_slices_stay_inside(extent: int, offset: int, size: int, stride: int):
    places = [offset + i * stride for i in range(size)]
    if stride and all(0 <= p < extent for p in places):
        assert shapes.sliced((extent,), (offset,), (size,), (stride,)) == (size,)
    else:
        with pytest.raises(ValueError, match="expected positions inside"):
            shapes.sliced((extent,), (offset,), (size,), (stride,))


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_padded_is_numpys(mode: str, extent: int, before: int, after: int):
    allowed = (
        mode == "constant"
        or before == after == 0
        or (extent if mode == "edge" else max(before, after) < extent)
    )
    if not allowed:
        with pytest.raises(ValueError, match="expected pads that"):
            shapes.padded((extent,), (before, after), mode)
    else:
        assert shapes.padded((extent,), (before, after), mode) == (extent + before + after,)


@given(SIZES, SIZES)
def test_products_are_numpys(left: list[int], right: list[int]):
    if len(left) < 2 or len(right) < 2:
        with pytest.raises(ValueError, match="expected matrices"):
            shapes.product(left, right)
        return
    try:
        expected = np.matmul(np.zeros(left), np.zeros(right)).shape
    except ValueError:
        with pytest.raises(ValueError, match="expected"):
            shapes.product(left, right)
    else:
        assert shapes.product(left, right) == expected
