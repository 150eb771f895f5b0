"""Shape mathematics of the `nn` ops: no xDSL here. All shapes are static; errors are ValueError."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Shape = tuple[int, ...]


def broadcast(*shapes: Sequence[int]) -> Shape:
    """The shape that all given shapes broadcast to, as numpy does it."""
    return tuple(int(d) for d in np.broadcast_shapes(*(tuple(s) for s in shapes)))


def window_outputs(extent: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> int:
    """Number of positions of a window on an axis of `extent` elements, padding included."""
    room = extent + before + after - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError(
            f"a window of {dilation * (kernel - 1) + 1} does not fit {extent} + {before} + {after}"
        )
    return room // stride + 1


def window_shape(
    image: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
    channels: int,
) -> Shape:
    """Shape (N, OH, OW, channels) of a sliding window over an image (N, H, W, C)."""
    height, width = (
        window_outputs(image[1 + a], kernel[a], strides[a], pads[a], pads[2 + a], dilations[a])
        for a in range(2)
    )
    return image[0], height, width, channels


def reduced(shape: Sequence[int], axes: Sequence[int], keepdims: bool) -> Shape:
    """Shape after reducing `axes`."""
    gone = {a % len(shape) for a in axes}
    if keepdims:
        return tuple(1 if d in gone else e for d, e in enumerate(shape))
    return tuple(e for d, e in enumerate(shape) if d not in gone)


def concatenated(shapes: Sequence[Sequence[int]], axis: int) -> Shape:
    """Shape of tensors joined along `axis`."""
    first = list(shapes[0])
    axis %= len(first)
    for shape in shapes[1:]:
        rest = [e for d, e in enumerate(shape) if d != axis]
        if rest != [e for d, e in enumerate(first) if d != axis]:
            raise ValueError(f"shapes {[tuple(s) for s in shapes]} do not join along axis {axis}")
    first[axis] = sum(s[axis] for s in shapes)
    return tuple(first)
