"""Convolutions and fully connected layers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import nn
from ...dialects.fixed_point import accumulator_bound
from .arithmetic import (
    Rescale,
    rescale,
    rescale_in_double,
    rescale_wide,
    settled_channels,
)
from .geometry import padding_of, same_pads, window_of
from .importer import Result, is_real, shape_of
from .model import Array, Operator, Tensor
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer

MAX_DEPTH = (1 << 31) // 255**2
"""How many products of bytes a sum of 32 bits holds."""


@handler("CONV_2D")
def conv_2d(ctx: "Importer", op: Operator) -> Result:
    """Inputs: image (N, H, W, C), filters (O, KH, KW, C / groups), optional bias (O)."""
    image, filters = ctx.tensor(op, 0).shape, ctx.tensor(op, 1).shape
    if len(image) != 4 or len(filters) != 4 or filters[3] < 1 or image[3] % filters[3]:
        raise op.error(f"filters of {list(filters)} do not fit an image of {list(image)}")
    weights = ctx.array(op, 1, "filters")
    return _convolution(ctx, op, weights, 0, image[3] // filters[3])


@handler("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(ctx: "Importer", op: Operator) -> Result:
    """Inputs: image (N, H, W, C), filters (1, KH, KW, C * multiplier), optional bias."""
    image, filters = ctx.tensor(op, 0).shape, ctx.tensor(op, 1).shape
    if len(image) != 4 or len(filters) != 4 or filters[0] != 1 or filters[3] % max(image[3], 1):
        raise op.error(f"filters of {list(filters)} do not fit an image of {list(image)}")
    weights = np.ascontiguousarray(ctx.array(op, 1, "filters").transpose(3, 1, 2, 0))
    return _convolution(ctx, op, weights, 3, image[3])


def _convolution(
    ctx: "Importer", op: Operator, weights: Array, channel_axis: int, groups: int
) -> SSAValue:
    image = ctx.tensor(op, 0)
    filters, kh, kw = weights.shape[:3]
    window = window_of(op, image.shape, (kh, kw))
    x = ctx.value(op, 0)
    if is_real(x):
        return ctx.add(
            nn.Conv2dOp(
                x,
                ctx.constant(_real(op, weights)),
                ctx.constant(_real(op, _bias(ctx, op, filters, np.dtype(np.float32)))),
                strides=window.strides,
                pads=window.pads,
                dilations=window.dilations,
                groups=groups,
                **ctx.real_activation(op),
            )
        )
    integers = _Integers.of(ctx, op, weights, channel_axis)
    acc = ctx.add(
        nn.Conv2dOp(
            x,
            ctx.constant(integers.weights),
            ctx.constant(integers.bias),
            strides=window.strides,
            pads=window.pads,
            dilations=window.dilations,
            groups=groups,
            input_zero_point=integers.input_zero_point,
            weight_zero_point=integers.weight_zero_point,
        )
    )
    return ctx.requantize(op, acc, integers.scaling, ends=ctx.activation(op))


@handler("TRANSPOSE_CONV")
def transpose_conv(ctx: "Importer", op: Operator) -> Result:
    """Inputs: the shape of the result, filters (O, KH, KW, I), image, optional bias.

    The image, with zeros put between its pixels, is convolved with the filters turned around.
    """
    out = ctx.integers(op, 0, "output shape")
    weights = np.ascontiguousarray(ctx.array(op, 1, "filters")[:, ::-1, ::-1])
    x, source = ctx.value(op, 2), ctx.tensor(op, 2)
    image, kernel = shape_of(x), weights.shape[1:3]
    strides = op.int_("StrideH", 1), op.int_("StrideW", 1)
    if len(image) != 4 or len(out) != 4 or weights.ndim != 4 or min(strides) < 1:
        raise op.error(f"{list(weights.shape)} and {list(image)} do not fit {list(out)}")
    zero = 0 if is_real(x) else ctx.encoding(op, source).zero_point
    stuffed = _with_zeros_between(ctx, x, strides, zero)
    before: list[int] = []
    after: list[int] = []
    for axis in range(2):
        size, taps = out[1 + axis], kernel[axis]
        same = padding_of(op) == "SAME"
        inset = same_pads(size, taps, strides[axis], 1)[0] if same else 0
        before.append(taps - 1 - inset)
        after.append(size - shape_of(stuffed)[1 + axis] - before[axis] + taps - 1)
    kept = [n + min(a, 0) for n, a in zip(shape_of(stuffed)[1:3], after, strict=True)]
    sizes = (image[0], *kept, image[3])
    if sizes != shape_of(stuffed):
        stuffed = ctx.add(nn.SliceOp(stuffed, (0, 0, 0, 0), sizes, (1, 1, 1, 1)))
    pads = (*before, *(max(a, 0) for a in after))
    if is_real(x):
        bias = ctx.constant(_real(op, _bias(ctx, op, out[3], np.dtype(np.float32), 3)))
        filters, clamp = ctx.constant(_real(op, weights)), ctx.real_activation(op)
        return ctx.add(nn.Conv2dOp(stuffed, filters, bias, pads=pads, **clamp))
    integers = _Integers.of(ctx, op, weights, 0, 2, 3)
    acc = ctx.add(
        nn.Conv2dOp(
            stuffed,
            ctx.constant(integers.weights),
            ctx.constant(integers.bias),
            pads=pads,
            input_zero_point=integers.input_zero_point,
            weight_zero_point=integers.weight_zero_point,
        )
    )
    return ctx.requantize(op, acc, integers.scaling, ends=ctx.activation(op))


def _with_zeros_between(
    ctx: "Importer", x: SSAValue, strides: tuple[int, int], zero: int
) -> SSAValue:
    """(N, H, W, C) to (N, H * stride, W * stride, C), `zero` behind each pixel."""
    if strides == (1, 1):
        return x
    batch, height, width, channels = shape_of(x)
    apart = ctx.add(nn.ReshapeOp(x, [batch, height, 1, width, 1, channels]))
    pads = [0] * 6 + [0, 0, strides[0] - 1, 0, strides[1] - 1, 0]
    filled = ctx.add(nn.PadOp(apart, pads, value=float(zero)))
    return ctx.add(nn.ReshapeOp(filled, [batch, height * strides[0], width * strides[1], channels]))


@handler("FULLY_CONNECTED")
def fully_connected(ctx: "Importer", op: Operator) -> Result:
    """Inputs: x (…, K), weights (M, K), optional bias (M); the result is (N, M) or (…, M)."""
    if op.int_("WeightsFormat") != 0:
        raise op.error("its weights are shuffled, which is not supported")
    weights = ctx.array(op, 1, "weights")
    x = ctx.value(op, 0)
    shape = shape_of(x)
    if weights.ndim != 2:
        raise op.error(f"its weights have {weights.ndim} dimensions, not 2")
    units, depth = weights.shape
    if depth < 1 or int(np.prod(shape)) % depth:
        raise op.error(f"weights of {list(weights.shape)} do not fit an input of {list(shape)}")
    keep = op.bool_("KeepNumDims")
    if keep and (not shape or shape[-1] != depth):
        raise op.error(f"weights of {list(weights.shape)} do not fit an input of {list(shape)}")
    rows = ctx.reshape(x, (int(np.prod(shape)) // depth, depth))
    out = (*shape[:-1], units) if keep else (shape_of(rows)[0], units)
    if is_real(x):
        product = ctx.add(
            nn.FullyConnectedOp(
                rows,
                ctx.constant(_real(op, weights)),
                ctx.constant(_real(op, _bias(ctx, op, units, np.dtype(np.float32)))),
                **ctx.real_activation(op),
            )
        )
        return ctx.reshape(product, out)
    integers = _Integers.of(ctx, op, weights, 0)
    acc = ctx.add(
        nn.FullyConnectedOp(
            rows,
            ctx.constant(integers.weights),
            ctx.constant(integers.bias),
            input_zero_point=integers.input_zero_point,
            weight_zero_point=integers.weight_zero_point,
        )
    )
    return ctx.reshape(ctx.requantize(op, acc, integers.scaling, ends=ctx.activation(op)), out)


@handler("BATCH_MATMUL")
def batch_matmul(ctx: "Importer", op: Operator) -> Result:
    """Inputs: a (…, M, K) and b (…, K, N), or with their last two dimensions exchanged."""
    names = ("AdjX", "AdjY")
    a, b = (_matrix(ctx, op, index, op.bool_(name)) for index, name in enumerate(names))
    tensors = ctx.tensor(op, 0), ctx.tensor(op, 1), ctx.output(op)
    if is_real(a) != is_real(b):
        raise op.error("one operand is real and the other is not, which is not supported")
    if is_real(a):
        return ctx.add(nn.MatmulOp(a, b))
    if any(tensor.type_name != "INT8" for tensor in tensors):
        kinds = ", ".join(tensor.type_name for tensor in tensors)
        raise op.error(f"of elements of {kinds} it is not supported")
    left, right, target = (ctx.encoding(op, tensor) for tensor in tensors)
    if shape_of(a)[-1] > MAX_DEPTH:
        raise op.error(f"sums of more than {MAX_DEPTH} products are not supported")
    acc = ctx.add(
        nn.MatmulOp(a, b, lhs_zero_point=left.zero_point, rhs_zero_point=right.zero_point)
    )
    product = np.float64(left.scale * right.scale)  # a product of floats
    return ctx.requantize(op, acc, rescale(float(product / np.float64(target.scale))))


def _matrix(ctx: "Importer", op: Operator, index: int, exchanged: bool) -> SSAValue:
    x = ctx.value(op, index)
    rank = len(shape_of(x))
    if rank < 2:
        raise op.error(f"its operand {index} has dimensions {list(shape_of(x))}")
    order = (*range(rank - 2), rank - 1, rank - 2)
    return ctx.add(nn.TransposeOp(x, order)) if exchanged else x


def _real(op: Operator, array: Array) -> Array:
    if array.dtype.name not in ("float32", "float16"):
        raise op.error(
            f"its input is real, its constants are {array.dtype} (dynamic-range quantization), "
            "which is not supported",
            "convert the model with full integer quantization, or without any",
        )
    return array


def _bias(
    ctx: "Importer", op: Operator, size: int, dtype: "np.dtype[np.generic]", index: int = 2
) -> Array:
    """The bias as the model has it, zeros where it is left out."""
    if not op.has_input(index):
        return np.zeros(size, dtype)
    bias = ctx.array(op, index, "bias")
    if bias.size != size:
        raise op.error(f"its bias has {bias.size} elements for {size} filters")
    return bias.reshape(size)


@dataclass(frozen=True)
class _Integers:
    """A linear operator in integers: what is summed, and how the sums are rescaled."""

    weights: Array
    bias: Array
    input_zero_point: int
    weight_zero_point: int
    scaling: Rescale

    @staticmethod
    def of(
        ctx: "Importer",
        op: Operator,
        weights: Array,
        channel_axis: int,
        image_index: int = 0,
        bias_index: int = 2,
    ) -> "_Integers":
        """`weights` have the output channel first; in the model it is `channel_axis`."""
        image, filters, output = ctx.tensor(op, image_index), ctx.tensor(op, 1), ctx.output(op)
        source, target = ctx.encoding(op, image), ctx.encoding(op, output)
        quantization = filters.quantization
        if quantization is None or weights.dtype.name not in ("int8", "uint8", "int16"):
            raise op.error(f"its weights are {filters.type_name} and not quantized")
        if not quantization.per_tensor and quantization.axis != channel_axis:
            raise op.error(f"its weights have scales along axis {quantization.axis}")
        if not (quantization.zero_points == quantization.zero_point).all():
            raise op.error("its weights have one zero point per channel, which is not supported")
        wide = image.type_name == "INT16" and not _has_narrow_bias(ctx, op, bias_index)
        narrow = np.dtype(np.int64 if wide else np.int32)
        bias = _bias(ctx, op, weights.shape[0], narrow, bias_index)
        if bias.dtype.name not in ("int32", "int64"):
            raise op.error(f"its bias has elements of {bias.dtype}")
        factors = _factors(op, image, filters, output)
        if op.kind == "FULLY_CONNECTED" and image.type_name != "UINT8":
            low, high = (end - target.zero_point for end in ctx.limits(op, ctx.activation(op)))
            scaling = rescale_in_double(factors, low, high)
        else:
            scaling = rescale_wide(factors) if wide else rescale(factors)
        limits = np.iinfo(cast("np.dtype[Any]", image.dtype))
        bound = accumulator_bound(
            weights, bias, limits.min, limits.max, source.zero_point, quantization.zero_point
        )
        if wide and bound.fits(32):
            bias = bias.astype(np.int32)
        ends = tuple(end - target.zero_point for end in ctx.limits(op, ctx.activation(op)))
        settled = settled_channels(scaling, bound.low, bound.high, (ends[0], ends[1]))
        if settled is not None:
            column = settled.channels.reshape(-1, *[1] * (weights.ndim - 1))
            weights = np.where(column, weights.dtype.type(quantization.zero_point), weights)
            bias = np.where(settled.channels, settled.bias, bias).astype(bias.dtype)
            scaling = settled.scaling
        return _Integers(weights, bias, source.zero_point, quantization.zero_point, scaling)


def _has_narrow_bias(ctx: "Importer", op: Operator, index: int) -> bool:
    return op.has_input(index) and ctx.tensor(op, index).type_name == "INT32"


def _factors(
    op: Operator, image: Tensor, filters: Tensor, output: Tensor
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Input scale * filter scale / output scale, in the precision of TFLite's kernel: kernels of
    unsigned bytes multiply the first two in float (GetQuantizedConvolutionMultipler).
    """
    source, weights, target = image.quantization, filters.quantization, output.quantization
    assert source is not None and weights is not None and target is not None
    if image.type_name == "UINT8":
        product = np.array([source.scale * weights.scale], np.float32).astype(np.float64)
    else:
        product = np.float64(source.scale) * weights.scales.astype(np.float64)
    return product / np.float64(target.scale)
