"""The Python interface of the fxp types."""

import numpy as np
import pytest
from xdsl.dialects.builtin import IntegerType, TensorType, f32, i8, i16, i32
from xdsl.utils.exceptions import VerifyException

from nnopt.dialects.fxp import (
    AffineType,
    FixedType,
    FxpType,
    fxp_type_of,
    integer_range,
    is_fxp,
    storage_of,
    ui8,
    ui16,
)


def test_per_tensor():
    type = AffineType.per_tensor(i8, 0.1, -3)
    assert type.storage == i8 and type.axis is None
    assert type.scales.tolist() == [0.1] and type.zero_points.tolist() == [-3]
    assert (type.scale, type.zero_point) == (0.1, -3)
    assert (type.qmin, type.qmax) == (-128, 127) and type.dtype == np.int8


def test_per_axis():
    type = AffineType.per_axis(ui8, 2, np.array([0.1, 0.2], np.float32))
    assert type.axis == 2 and type.zero_points.tolist() == [0, 0]
    assert type.scales.tolist() == [float(np.float32(0.1)), float(np.float32(0.2))]
    with pytest.raises(ValueError, match="parameters per axis"):
        _ = type.scale
    assert type.with_axis(0) == AffineType.per_axis(ui8, 0, type.scales)


def test_fixed():
    type = FixedType.get(i16, 12)
    assert type.fraction_bits == 12 and type.scale == 2.0**-12
    assert type.zero_point == 0 and type.axis is None and type.dtype == np.int16
    assert FixedType.get(i8, -2).scale == 4.0


def test_equal_parameters_are_equal_types():
    assert AffineType.per_tensor(i8, 0.1, 0) == AffineType.per_tensor(i8, 0.1)
    assert AffineType.per_tensor(i8, 0.1) != AffineType.per_axis(i8, 0, [0.1])
    assert len({AffineType.per_tensor(i8, 0.1), AffineType.per_tensor(i8, 0.1)}) == 1


@pytest.mark.parametrize(
    ("type", "expected"),
    [(i8, (-128, 127)), (ui8, (0, 255)), (i16, (-32768, 32767)), (ui16, (0, 65535))],
)
def test_integer_range(type: IntegerType, expected: tuple[int, int]):
    assert integer_range(type) == expected


def test_wrong_parameters_are_refused():
    for build in (
        lambda: AffineType.per_tensor(i8, 0.0),
        lambda: AffineType.per_tensor(i8, float("nan")),
        lambda: AffineType.per_tensor(ui8, 0.5, -1),
        lambda: AffineType.per_axis(i8, 0, [0.1, 0.2], [0]),
        lambda: AffineType.per_axis(i8, 0, []),
        lambda: AffineType.per_axis(i8, 0, [0.1, 0.2]).with_axis(None),
        lambda: FixedType.get(i32, 200),
    ):
        with pytest.raises(VerifyException):
            build()


def test_element_types_of_tensors():
    element = FixedType.get(i8, 5)
    tensor = TensorType(element, [1, 4])
    assert fxp_type_of(tensor) == fxp_type_of(element) == element
    assert is_fxp(tensor) and isinstance(element, FxpType)
    assert fxp_type_of(TensorType(f32, [2])) is None and not is_fxp(i8)
    assert storage_of(tensor) == TensorType(i8, [1, 4])
    assert storage_of(f32) == f32
