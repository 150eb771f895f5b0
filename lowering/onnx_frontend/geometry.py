"""Windows of convolutions and pools as ONNX describes them, made explicit. Plain mathematics, no
xDSL.

Rules: https://onnx.ai/onnx/operators/onnx__Conv.html (auto_pad),
https://onnx.ai/onnx/operators/onnx__MaxPool.html (ceil_mode; as PyTorch and onnxruntime do, a
window that would start beyond the input and its leading padding is left out).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .model import Node


@dataclass(frozen=True)
class Axis:
    """One spatial dimension of a window."""

    kernel: int
    stride: int
    dilation: int
    before: int
    """Padding before the first element."""
    after: int
    """Padding after the last element, as the file says."""
    extra: int
    """Further padding that only ceil_mode asks for; its elements count for nothing."""


@dataclass(frozen=True)
class Window:
    """The window of a one- or two-dimensional operator, as two dimensions: height 1 where there
    is only one.
    """

    height: Axis
    width: Axis

    @property
    def kernel(self) -> tuple[int, int]:
        """(KH, KW)."""
        return self.height.kernel, self.width.kernel

    @property
    def strides(self) -> tuple[int, int]:
        """(SH, SW)."""
        return self.height.stride, self.width.stride

    @property
    def dilations(self) -> tuple[int, int]:
        """(DH, DW)."""
        return self.height.dilation, self.width.dilation

    @property
    def pads(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) with what ceil_mode adds."""
        h, w = self.height, self.width
        return h.before, w.before, h.after + h.extra, w.after + w.extra

    @property
    def stated_pads(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) without what ceil_mode adds."""
        h, w = self.height, self.width
        return h.before, w.before, h.after, w.after

    @property
    def extra(self) -> tuple[int, int, int, int]:
        """(0, 0, bottom, right): only what ceil_mode adds."""
        return 0, 0, self.height.extra, self.width.extra


NO_WINDOW = Axis(1, 1, 1, 0, 0, 0)


def same_padding(
    size: int, kernel: int, stride: int, dilation: int, *, upper: bool
) -> tuple[int, int]:
    """The padding with which the output has ceil(size / stride) elements; the odd one goes after
    when `upper`.
    """
    steps = -(-size // stride)
    total = max(0, (steps - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return (total // 2, total - total // 2) if upper else (total - total // 2, total // 2)


def ceil_extra(size: int, kernel: int, stride: int, dilation: int, before: int, after: int) -> int:
    """The padding at the end that ceil_mode needs on top of the stated one."""
    span = (kernel - 1) * dilation + 1
    steps = -(-(size + before + after - span) // stride) + 1
    if (steps - 1) * stride >= size + before:
        steps -= 1
    return max(0, (steps - 1) * stride + span - (size + before + after))


def window_of(node: Node, spatial: Sequence[int], kernel: Sequence[int]) -> Window:
    """The window of a Conv or pool node with one or two spatial dimensions. Raises NnoptError."""
    axes = window_axes(node, spatial, kernel)
    return Window(NO_WINDOW, axes[0]) if len(axes) == 1 else Window(axes[0], axes[1])


def window_axes(node: Node, spatial: Sequence[int], kernel: Sequence[int]) -> list[Axis]:
    """The window of a Conv or pool node over an input with these spatial dimensions.

    Raises NnoptError when attributes do not fit each other or the window does not fit the input.
    """
    rank = len(spatial)
    if len(kernel) != rank:
        raise node.error(f"its kernel has {len(kernel)} dimensions, its input {rank} spatial ones")
    strides = node.ints("strides") or (1,) * rank
    dilations = node.ints("dilations") or (1,) * rank
    pads = node.ints("pads") or (0,) * (2 * rank)
    auto_pad = node.string("auto_pad", "NOTSET") or "NOTSET"
    for name, values, wanted in (
        ("strides", strides, rank),
        ("dilations", dilations, rank),
        ("pads", pads, 2 * rank),
    ):
        if len(values) != wanted:
            raise node.error(f"{name} has {len(values)} numbers, but {wanted} are needed")
    if auto_pad not in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
        raise node.error(f"auto_pad '{auto_pad}' does not exist")
    ceil = node.int_("ceil_mode", 0) != 0 and auto_pad == "NOTSET"
    axes: list[Axis] = []
    for i, size in enumerate(spatial):
        k, s, d = kernel[i], strides[i], dilations[i]
        if k < 1 or s < 1 or d < 1 or pads[i] < 0 or pads[i + rank] < 0:
            raise node.error("kernel, strides and dilations must be at least 1, pads at least 0")
        before, after = pads[i], pads[i + rank]
        if auto_pad == "VALID":
            before, after = 0, 0
        elif auto_pad != "NOTSET":
            before, after = same_padding(size, k, s, d, upper=auto_pad == "SAME_UPPER")
        if (k - 1) * d + 1 > size + before + after:
            raise node.error(
                f"its window of {(k - 1) * d + 1} does not fit its padded input of "
                f"{size + before + after}"
            )
        extra = ceil_extra(size, k, s, d, before, after) if ceil else 0
        axes.append(Axis(k, s, d, before, after, extra))
    return axes
