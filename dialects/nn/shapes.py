"""Shape mathematics of the `nn` ops: no xDSL here. All shapes are static; errors are ValueError."""

from __future__ import annotations

import math
from collections.abc import Sequence

Shape = tuple[int, ...]


def broadcast(*shapes: Sequence[int]) -> Shape:
    """The shape that all given shapes broadcast to: aligned at the end, 1 stretches."""
    rank = max((len(s) for s in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for axis, extent in enumerate(shape, start=rank - len(shape)):
            if extent != 1 and result[axis] not in (1, extent):
                listed = " and ".join(str(tuple(s)) for s in shapes)
                raise ValueError(f"expected shapes that broadcast, found {listed}")
            result[axis] = extent if extent != 1 else result[axis]
    return tuple(result)


def window_outputs(
    extent: int, kernel: int, stride: int, before: int, after: int, dilation: int
) -> int:
    """Number of positions of a window on an axis of `extent` elements, padding included."""
    reach = dilation * (kernel - 1) + 1
    room = extent + before + after - reach
    if room < 0:
        raise ValueError(
            f"expected a window that fits in {extent} + {before} + {after} elements, found one "
            f"of {reach}"
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


def product(a: Sequence[int], b: Sequence[int]) -> Shape:
    """Shape (…, M, N) of a product of matrices (…, M, K) and (…, K, N)."""
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-2]:
        raise ValueError(
            f"expected matrices (…, M, K) and (…, K, N), found {tuple(a)} and {tuple(b)}"
        )
    return (*broadcast(a[:-2], b[:-2]), a[-2], b[-1])


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; negative ones count from the end."""
    if not -rank <= axis < rank:
        raise ValueError(f"expected an axis in {-rank}..{rank - 1}, found {axis}")
    return axis % rank


def axes_of(axes: Sequence[int], rank: int) -> Shape:
    """Distinct axes counted from the front, ascending."""
    result = sorted(axis_of(axis, rank) for axis in axes)
    if len(set(result)) != len(result):
        raise ValueError(f"expected distinct axes, found {tuple(axes)}")
    return tuple(result)


def reduced(shape: Sequence[int], axes: Sequence[int], keepdims: bool) -> Shape:
    """Shape after reducing `axes`, which stay as 1 or vanish."""
    gone = axes_of(axes, len(shape))
    if keepdims:
        return tuple(1 if d in gone else e for d, e in enumerate(shape))
    return tuple(e for d, e in enumerate(shape) if d not in gone)


def permuted(shape: Sequence[int], permutation: Sequence[int]) -> Shape:
    """Shape whose dimension d is dimension permutation[d] of `shape`."""
    if sorted(permutation) != list(range(len(shape))):
        raise ValueError(
            f"expected a permutation of {len(shape)} dimensions, found {tuple(permutation)}"
        )
    return tuple(shape[p] for p in permutation)


def reshaped(shape: Sequence[int], new_shape: Sequence[int]) -> Shape:
    """`new_shape`, if it has as many elements as `shape`."""
    if math.prod(shape) != math.prod(new_shape):
        raise ValueError(
            f"expected {math.prod(shape)} elements as in {tuple(shape)}, found {tuple(new_shape)}"
        )
    return tuple(new_shape)


def concatenated(shapes: Sequence[Sequence[int]], axis: int) -> Shape:
    """Shape of tensors joined along `axis`."""
    if not shapes:
        raise ValueError("expected at least one operand, found none")
    first = list(shapes[0])
    axis = axis_of(axis, len(first))
    for shape in shapes[1:]:
        rest = [e for d, e in enumerate(shape) if d != axis]
        if rest != [e for d, e in enumerate(first) if d != axis]:
            listed = " and ".join(str(tuple(s)) for s in shapes)
            raise ValueError(f"expected shapes that join along axis {axis}, found {listed}")
    first[axis] = sum(s[axis] for s in shapes)
    return tuple(first)


def padded(shape: Sequence[int], pads: Sequence[int], mode: str = "constant") -> Shape:
    """Shape with `pads` added: begin of every dimension, then end of every dimension.

    Mode "reflect" needs pads below the dimension, mode "edge" an element to repeat.
    """
    rank = len(shape)
    if len(pads) != 2 * rank or min(pads, default=0) < 0:
        raise ValueError(f"expected {2 * rank} pads of at least 0, found {tuple(pads)}")
    for d, extent in enumerate(shape):
        most = max(pads[d], pads[rank + d])
        if most and ((mode == "reflect" and most >= extent) or (mode == "edge" and not extent)):
            raise ValueError(f"expected pads that {mode} can fill from {extent}, found {most}")
    return tuple(e + pads[d] + pads[rank + d] for d, e in enumerate(shape))


def sliced(
    shape: Sequence[int], offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
) -> Shape:
    """`sizes`, if all positions offset + i * stride, i < size, lie inside `shape`."""
    lengths = (len(offsets), len(sizes), len(strides))
    if lengths != (len(shape),) * 3:
        raise ValueError(f"expected {len(shape)} offsets, sizes and strides, found {lengths}")
    for extent, offset, size, stride in zip(shape, offsets, sizes, strides, strict=True):
        last = offset + (size - 1) * stride
        inside = size == 0 or (0 <= offset < extent and 0 <= last < extent)
        if size < 0 or stride == 0 or not inside:
            raise ValueError(
                f"expected positions inside 0..{extent - 1}, found {size} from {offset} by {stride}"
            )
    return tuple(sizes)
