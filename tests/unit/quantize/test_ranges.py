"""Observers, encodings and streamed samples."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnopt.dialects.errors import NnoptError
from nnopt.passes.quantize.ranges import (
    MinMaxObserver,
    PercentileObserver,
    affine_encoding,
    symmetric_encoding,
    weight_scales,
)
from nnopt.passes.quantize.samples import SampleReader

FLOAT = st.floats(-1e6, 1e6, width=32)


@given(FLOAT, FLOAT)
def test_affine_encoding_covers_the_range_and_zero(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    code = affine_encoding(low, high)
    assert code.qmin <= code.zero_point <= code.qmax
    if code.scale != 1.0:
        assert (code.qmin - code.zero_point - 0.51) * code.scale <= min(low, 0) + 1e-6 * code.scale
        assert (code.qmax - code.zero_point + 0.51) * code.scale >= max(high, 0) - 1e-6 * code.scale


def test_affine_encoding_of_a_relu_output():
    code = affine_encoding(0.0, 25.5)
    assert (code.zero_point, code.qmin, code.qmax) == (-128, -128, 127)
    assert code.scale == pytest.approx(0.1)


def test_empty_range_has_scale_one():
    assert affine_encoding(0.0, 0.0).scale == 1.0
    assert symmetric_encoding(0.0, 0.0, 16).scale == 1.0


def test_symmetric_encoding_uses_the_larger_side():
    code = symmetric_encoding(-2.0, 1.0, 16)
    assert code.zero_point == 0
    assert code.scale == pytest.approx(2.0 / 32767)


def test_weight_scales_leave_room_for_the_bias():
    weights = np.array([[1.27, 0.1], [0.0, 0.0], [1e-9, 0.0]], np.float32)
    bias = np.array([0.5, 3.0, 3.0], np.float32)
    scales = weight_scales(weights, bias, 1e-3)
    assert scales[0] == pytest.approx(0.01)
    assert (np.abs(bias) / (1e-3 * scales) <= 2**30 * 1.001).all()


def test_min_max_observer_sees_every_sample():
    observer = MinMaxObserver()
    for sample in ([1.0, 2.0], [-3.0], [0.5]):
        observer.observe(np.array(sample, np.float32))
    assert observer.range() == (-3.0, 2.0)


def test_percentile_observer_ignores_rare_outliers():
    rng = np.random.default_rng(0)
    observer = PercentileObserver(99.9)
    for _ in range(20):
        observer.observe(rng.uniform(-1, 1, 5000).astype(np.float32))
    observer.observe(np.array([100.0, -50.0], np.float32))
    low, high = observer.range()
    assert -1.2 < low < -0.9
    assert 0.9 < high < 1.2


def test_samples_are_streamed_under_either_key(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    a, b = np.arange(12.0).reshape(3, 2, 2), np.arange(3, dtype=np.int8).reshape(3, 1)
    np.savez_compressed(path, in_serving_x_0=a, y=b)
    reader = SampleReader(path, ["serving/x:0", "y"])
    samples = list(reader)
    assert len(reader) == len(samples) == 3
    np.testing.assert_array_equal(np.stack([s["serving/x:0"] for s in samples]), a)
    np.testing.assert_array_equal(np.stack([s["y"] for s in samples]), b)


def test_missing_samples_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, other=np.zeros((2, 3)))
    with pytest.raises(NnoptError, match=r"no samples for input 'x'.*'in_x', found other"):
        SampleReader(path, ["x"])
    with pytest.raises(NnoptError, match="cannot read samples"):
        SampleReader(tmp_path / "absent.npz", ["x"])


def test_unequal_sample_counts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=np.zeros((2, 3)), b=np.zeros((3, 3)))
    with pytest.raises(NnoptError, match=r"different numbers of samples \(a: 2, b: 3\)"):
        SampleReader(path, ["a", "b"])
