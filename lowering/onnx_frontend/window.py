"""Operators that slide a window over an image: convolutions and pools."""

from typing import TYPE_CHECKING, Literal

from xdsl.ir import SSAValue

from ...dialects import nn
from .geometry import window_of
from .importer import shape_of
from .layout import channels_first, channels_last, filters_last, zeros
from .model import Node
from .placing import max_pool_indices
from .registry import handler
from .values import Result
from .volume import average_pool_volume, conv_volume, max_pool_volume

if TYPE_CHECKING:
    from .importer import Importer


def _check_rank(node: Node, rank: int) -> None:
    if rank not in (3, 4):
        raise node.error(
            f"its input has {rank} dimensions; 1 to 3 spatial dimensions are supported"
        )


def conv_real(
    ctx: "Importer", node: Node, x: SSAValue, filters: SSAValue, bias: SSAValue
) -> SSAValue:
    """nn.conv2d between the two layouts.

    x: (N, C, L) or (N, C, H, W) real; filters: (O, KH, KW, C / groups); bias: (O).
    """
    shape = shape_of(x)
    _check_rank(node, len(shape))
    spatial = shape[2:]
    kernel = shape_of(filters)[1:3] if len(spatial) == 2 else shape_of(filters)[2:3]
    stated = node.ints("kernel_shape")
    if stated is not None and tuple(stated) != tuple(kernel):
        raise node.error(
            f"kernel_shape {list(stated)} is not the size of its filters, {list(kernel)}"
        )
    groups = node.int_("group", 1)
    if groups < 1 or shape[1] % groups or shape_of(filters)[3] * groups != shape[1]:
        raise node.error(
            f"its input has {shape[1]} channels, its filters take {shape_of(filters)[3]} in "
            f"each of {groups} groups"
        )
    window = window_of(node, spatial, kernel)
    result = ctx.add(
        nn.Conv2dOp(
            channels_last(ctx, node, x),
            filters,
            bias,
            strides=window.strides,
            pads=window.pads,
            dilations=window.dilations,
            groups=groups,
        )
    )
    return channels_first(ctx, result, len(shape))


@handler("Conv")
def conv(ctx: "Importer", node: Node) -> Result:
    """Inputs: X, W (O, C / groups, spatial…), optional B (O)."""
    x = ctx.operand(node, 0)
    shape = ctx.shape(node, 1)
    if len(shape_of(x)) == len(shape) == 5:
        return conv_volume(ctx, node, x)
    _check_rank(node, len(shape_of(x)))
    if len(shape) != len(shape_of(x)):
        raise node.error(f"its input has {len(shape_of(x))} dimensions, its filters {len(shape)}")
    filters = ctx.build(
        filters_last(ctx, ctx.value(node, 1), shape, node.inputs[1]), node.inputs[1], "ohwi"
    )
    bias = ctx.operand(node, 2) if node.has_input(2) else ctx.build(zeros(shape[0]))
    return conv_real(ctx, node, x, filters, bias)


@handler("MaxPool")
def max_pool(ctx: "Importer", node: Node) -> Result:
    """Real and integer tensors; the second output is where the largest elements lie."""
    x = ctx.raw(node, 0)
    if node.has_output(1):
        return [_max_pool(ctx, node, x), max_pool_indices(ctx, node, ctx.plain(x))]
    return _max_pool(ctx, node, x)


def _max_pool(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    shape = shape_of(x)
    if len(shape) == 5:
        return max_pool_volume(ctx, node, x)
    _check_rank(node, len(shape))
    window = window_of(node, shape[2:], node.ints("kernel_shape") or ())
    result = ctx.add(
        nn.MaxPool2dOp(
            channels_last(ctx, node, x),
            kernel=window.kernel,
            strides=window.strides,
            pads=window.pads,
            dilations=window.dilations,
        )
    )
    return channels_first(ctx, result, len(shape))


@handler("AveragePool")
def average_pool(ctx: "Importer", node: Node) -> Result:
    """What ceil_mode adds at the end never counts; stated padding does with count_include_pad."""
    return average_pool_real(ctx, node, ctx.operand(node, 0))


def average_pool_real(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    """The nn.avg_pool2d of (N, C, L) or (N, C, H, W) between the two layouts."""
    shape = shape_of(x)
    dilated = any(d != 1 for d in node.ints("dilations") or ())
    if len(shape) == 5 or (dilated and len(shape) in (3, 4)):
        return average_pool_volume(ctx, node, x)
    _check_rank(node, len(shape))
    window = window_of(node, shape[2:], node.ints("kernel_shape") or ())
    image, pads = channels_last(ctx, node, x), window.pads
    include = node.int_("count_include_pad", 0) != 0
    if include and any(window.extra):
        # Zeros stand for the padding that counts, so that only the one that does not is left.
        top, left, bottom, right = window.stated_pads
        image = ctx.add(nn.PadOp(image, (0, top, left, 0, 0, bottom, right, 0), value=0.0))
        pads, include = window.extra, False
    result = ctx.add(
        nn.AvgPool2dOp(
            image,
            kernel=window.kernel,
            strides=window.strides,
            pads=pads,
            count_include_pad=include,
        )
    )
    return channels_first(ctx, result, len(shape))


def global_average_pool_real(ctx: "Importer", image: SSAValue) -> SSAValue:
    """The mean over H and W of (N, H, W, C): (N, 1, 1, C)."""
    _, height, width, _ = shape_of(image)
    return ctx.add(
        nn.AvgPool2dOp(
            image,
            kernel=(height, width),
            strides=(1, 1),
            pads=(0, 0, 0, 0),
            count_include_pad=False,
        )
    )


@handler("GlobalAveragePool")
def global_average_pool(ctx: "Importer", node: Node) -> Result:
    """One window as large as the image."""
    x = ctx.operand(node, 0)
    rank = len(shape_of(x))
    if rank == 5:
        return _global_volume(ctx, x, "mean")
    _check_rank(node, rank)
    return channels_first(ctx, global_average_pool_real(ctx, channels_last(ctx, node, x)), rank)


def _global_volume(ctx: "Importer", x: SSAValue, kind: Literal["mean", "max"]) -> SSAValue:
    return ctx.add(nn.ReduceOp(x, kind, (2, 3, 4)))


@handler("GlobalMaxPool")
def global_max_pool(ctx: "Importer", node: Node) -> Result:
    """One window as large as the image."""
    x = ctx.raw(node, 0)
    rank = len(shape_of(x))
    if rank == 5:
        return _global_volume(ctx, ctx.plain(x), "max")
    _check_rank(node, rank)
    image = channels_last(ctx, node, x)
    _, height, width, _ = shape_of(image)
    result = ctx.add(
        nn.MaxPool2dOp(
            image, kernel=(height, width), strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1)
        )
    )
    return channels_first(ctx, result, rank)
