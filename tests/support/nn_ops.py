"""What the tests of `nn` share: an op on arrays, run by the interpreter, and exact references.

`exact_conv2d` and its like compute with Python's integers and fractions, tap by tap, so that they
share nothing with the interpreters but the definition of the op.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp, TensorType, UnrealizedConversionCastOp
from xdsl.ir import Attribute, Operation, SSAValue

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import make_interpreter

Array = NDArray[Any]


def value(shape: Sequence[int], element: Attribute) -> SSAValue:
    """Return a value of a tensor type."""
    return UnrealizedConversionCastOp.get([], [TensorType(element, shape)]).results[0]


def value_like(array: Array, element: Attribute | None = None) -> SSAValue:
    """Return a value of the array's shape and type; `element` says what its integers stand for."""
    return value(array.shape, nn.element_of(array.dtype) if element is None else element)


def run(op: Operation, *arrays: Array) -> Array:
    """Return the result of a verified op; its shape and type are checked against the op's."""
    op.verify()
    (result,) = make_interpreter(ModuleOp([])).run_op(op, arrays)
    type_ = cast("TensorType[Attribute]", op.results[0].type)
    assert result.shape == type_.get_shape()
    assert result.dtype == nn.dtype_of(type_.element_type)
    return result


def random_integers(rng: np.random.Generator, shape: Sequence[int], dtype: Any) -> Array:
    """Return integers over the whole range of a type, its ends among them."""
    limits = np.iinfo(dtype)
    array = rng.integers(limits.min, limits.max, shape, endpoint=True).astype(dtype)
    array.reshape(-1)[:2] = [limits.min, limits.max][: array.size]
    return array


def fractions(element: fxp.FxpType, array: Array) -> NDArray[np.object_]:
    """Return what fxp elements stand for, exactly."""
    result = np.empty(array.shape, object)
    for index, q in np.ndenumerate(array):
        place = 0 if element.axis is None else index[element.axis]
        scale, zero = float(element.scales[place]), int(element.zero_points[place])
        result[index] = (int(q) - zero) * Fraction(scale)
    return result


def rounded(
    element: fxp.FxpType,
    array: NDArray[np.object_],
    low: float | None = None,
    high: float | None = None,
) -> Array:
    """Return the storage of exact numbers clamped to low..high: half to even, saturating."""
    result = np.empty(array.shape, element.dtype)
    scale, zero = Fraction(element.scale), element.zero_point
    for index, number in np.ndenumerate(array):
        real = number if low is None else max(number, Fraction(low))
        real = real if high is None else min(real, Fraction(high))
        result[index] = min(max(round(real / scale) + zero, element.qmin), element.qmax)
    return result


def taps(
    shape: Sequence[int], op: "nn.Conv2dOp | nn.MaxPool2dOp | nn.AvgPool2dOp", i: int, j: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (kh, kw, h, w) for the taps of the window at (i, j) that lie inside the image."""
    size, strides, pads, dilations = op.window()
    for kh, kw in product(range(size[0]), range(size[1])):
        h = i * strides[0] + kh * dilations[0] - pads[0]
        w = j * strides[1] + kw * dilations[1] - pads[1]
        if 0 <= h < shape[1] and 0 <= w < shape[2]:
            yield kh, kw, h, w


def exact_conv2d(op: nn.Conv2dOp, x: Array, w: Array, b: Array) -> NDArray[np.object_]:
    """Return the convolution of exact numbers (Python integers or fractions)."""
    result = np.empty(op.result.type.get_shape(), object)
    filters, channels = w.shape[0] // op.groups.value.data, w.shape[3]
    for n, i, j, o in np.ndindex(*result.shape):
        start = o // filters * channels
        result[n, i, j, o] = b[o] + sum(
            x[n, h, c_w, start + c] * w[o, kh, kw, c]
            for kh, kw, h, c_w in taps(x.shape, op, i, j)
            for c in range(channels)
        )
    return result


def exact_product(x: Array, w: Array) -> NDArray[np.object_]:
    """Return the matrix product of exact numbers."""
    return cast("NDArray[np.object_]", np.matmul(x, w))


def as_exact(array: Array, zero_point: int = 0) -> NDArray[np.object_]:
    """Return an array of Python integers, the zero point subtracted."""
    result = np.empty(array.shape, object)
    for index, number in np.ndenumerate(array):
        result[index] = int(number) - zero_point
    return result


def each(function: Callable[[Any], Any], array: Array) -> NDArray[np.object_]:
    """Return the function of each element."""
    result = np.empty(array.shape, object)
    for index, number in np.ndenumerate(array):
        result[index] = function(number)
    return result
