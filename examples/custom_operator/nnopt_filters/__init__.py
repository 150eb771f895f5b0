"""Two operators that ONNX does not have: a running median, in C, and Mish, composed of others."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx.parser import parse_function

from nnopt import CKernel, OperatorCall, TensorSpec, register_operator

DOMAIN = "com.example.filters"

MISH = """<domain: "com.example.filters", opset_import: ["" : 17]>
Mish (x) => (y) {
    soft = Softplus (x)
    bounded = Tanh (soft)
    y = Mul (x, bounded)
}"""


def median(x: NDArray[np.float32], width: int = 3) -> NDArray[np.float32]:
    """The median of each `width` neighbours (an odd number) along the last axis."""
    return np.median(sliding_window_view(x, width, -1), axis=-1).astype(np.float32)


def mish(x: NDArray[np.float32]) -> Any:
    """Mish: x * tanh(softplus(x))."""
    return x * np.tanh(np.log1p(np.exp(x)))


def _width(call: OperatorCall) -> int:
    width = call.attributes.get("width", 3)
    length = call.inputs[0].shape[-1]
    if not isinstance(width, int) or width % 2 == 0 or not 0 < width <= length:
        raise ValueError(f"width must be odd and at most {length}, not {width}")
    return width


def _median_shape(call: OperatorCall) -> list[TensorSpec]:
    *rows, length = call.inputs[0].shape
    return [TensorSpec((*rows, length - _width(call) + 1))]


def _median_numbers(call: OperatorCall) -> list[int]:
    length = call.inputs[0].shape[-1]
    return [call.inputs[0].size // length, length, _width(call)]


def register() -> None:
    """The entry point `nnopt.operators` of this package."""
    register_operator(
        "RunningMedian",
        domain=DOMAIN,
        shapes=_median_shape,
        reference=median,
        kernel=CKernel(
            source=Path(__file__).parent / "running_median.h",
            function="filters_running_median",
            parameters=_median_numbers,
            scratch_bytes=lambda call: 4 * _width(call),
        ),
    )
    register_operator("Mish", domain=DOMAIN, reference=mish, decomposition=parse_function(MISH))
