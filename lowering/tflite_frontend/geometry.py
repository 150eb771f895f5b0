"""Windows over images as TFLite states them; no xDSL in here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .model import Operator
from .schema import names_of


@dataclass(frozen=True)
class Window:
    """Strides, dilations (height, width) and pads (top, left, bottom, right)."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pads: tuple[int, int, int, int]


def same_pads(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding before and after an axis such that the result has ceil(size / stride) elements."""
    steps = -(-size // stride)
    total = max((steps - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padding_of(op: Operator) -> str:
    """SAME or VALID. Raises NnoptError."""
    name = names_of("Padding").get(op.int_("Padding"), "?")
    if name not in ("SAME", "VALID"):
        raise op.error(f"its padding {name} is not known")
    return name


def window_of(op: Operator, image: tuple[int, ...], kernel: tuple[int, int]) -> Window:
    """The window of an operator on an image (N, H, W, C). Raises NnoptError."""
    if len(image) != 4:
        raise op.error(f"its input has {len(image)} dimensions, not 4")
    strides = op.int_("StrideH", 1), op.int_("StrideW", 1)
    dilations = op.int_("DilationHFactor", 1), op.int_("DilationWFactor", 1)
    if min(*strides, *dilations, *kernel) < 1:
        raise op.error(f"a stride, dilation or window below 1: {strides}, {dilations}, {kernel}")
    pads = (0, 0), (0, 0)
    if padding_of(op) == "SAME":
        rows, columns = (
            same_pads(image[1 + a], kernel[a], strides[a], dilations[a]) for a in range(2)
        )
        pads = rows, columns
    return Window(kernel, strides, dilations, (pads[0][0], pads[1][0], pads[0][1], pads[1][1]))


def tap_counts(image: tuple[int, ...], window: Window) -> NDArray[np.int64]:
    """How many taps of the window lie inside the image at each output position (OH, OW)."""
    sides: list[NDArray[np.int64]] = []
    for axis in range(2):
        before, after = window.pads[axis], window.pads[2 + axis]
        size, kernel, stride = image[1 + axis], window.kernel[axis], window.strides[axis]
        starts = np.arange((size + before + after - kernel) // stride + 1) * stride - before
        inside = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
        sides.append(np.maximum(inside, 0).astype(np.int64))
    return np.outer(sides[0], sides[1])
