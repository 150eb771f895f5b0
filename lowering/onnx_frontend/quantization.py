"""QuantizeLinear, DequantizeLinear, and the operators that compute on quantized tensors.

A QLinear operator becomes dequantize, the real operator, quantize: the same form a QDQ model has,
so that all later passes know one form. Constants keep their integers: a dequantized constant is
nn.constant of an `!fxp` type with fxp.dequantize behind it.

ONNX: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html ; com.microsoft:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Operation, SSAValue

from ...dialects import fxp, nn
from .contraction import matmul_real
from .importer import ELEMENT_TYPES, element_type_of, is_real, shape_of
from .layout import channels_first, channels_last, filters_last, transposed, zeros
from .logic import as_real
from .model import Array, Node
from .reduction import softmax_flattened_real
from .registry import handler
from .runtime_quantization import dequantize, quantize
from .values import QuantizedConstant, Result, Unknown, Value
from .window import average_pool_real, conv_real, global_average_pool_real

if TYPE_CHECKING:
    from .importer import Importer

MICROSOFT = "com.microsoft"


def _storage(node: Node, dtype: "np.dtype[np.generic]") -> IntegerType:
    element = ELEMENT_TYPES.get(dtype)
    if element not in fxp.STORAGE_DTYPES:
        raise node.error(f"quantized tensors of type {dtype} are not supported")
    return cast(IntegerType, element)


def encoding(
    ctx: "Importer",
    node: Node,
    scale_index: int,
    zero_index: int,
    shape: Sequence[int],
    axis: int,
    dtype: "np.dtype[np.generic]",
    *,
    constant: bool = False,
) -> fxp.AffineType:
    """The `!fxp` type that a scale and a zero point give a tensor.

    The storage type is that of the zero point, or `dtype` when it is left out. Scales along `axis`
    only count as such when there is more than one. A scale of 0, which a `constant` may have for a
    channel of zeros, becomes 1; the caller sets the integers to the zero point then. Raises
    NnoptError when scales are not constant or do not fit the shape.
    """
    scales = ctx.constant(node, scale_index, "scale")
    zero = ctx.constant(node, zero_index, "zero point") if node.has_input(zero_index) else None
    storage = _storage(node, dtype if zero is None else zero.dtype)
    if scales.dtype != np.float32:
        raise node.error(f"scales of type {scales.dtype} are not supported", "use float32")
    if scales.ndim > 1:
        raise node.error("blocked quantization is not supported", "quantize per tensor or per axis")
    if not (np.isfinite(scales).all() and (scales >= 0).all() and (constant or scales.all())):
        raise node.error("its scale is zero, negative, NaN or infinite")
    flat = scales.reshape(-1).astype(np.float64)
    zeros_ = np.zeros(flat.size, np.int64) if zero is None else zero.reshape(-1).astype(np.int64)
    if zeros_.size == 1:
        zeros_ = np.broadcast_to(zeros_, flat.shape)
    if zeros_.size != flat.size:
        raise node.error(f"it has {flat.size} scales, but {zeros_.size} zero points")
    flat = np.where(flat == 0.0, 1.0, flat)
    if flat.size == 1:
        return fxp.AffineType.per_tensor(storage, float(flat[0]), int(zeros_[0]))
    axis = node.normalize_axes((axis,), len(shape))[0]
    if shape[axis] != flat.size:
        raise node.error(f"it has {flat.size} scales for axis {axis}, which has size {shape[axis]}")
    return fxp.AffineType.per_axis(storage, axis, flat, zeros_)


def _check_attributes(node: Node) -> None:
    if node.int_("block_size", 0):
        raise node.error("blocked quantization is not supported", "quantize per tensor or per axis")


def dequantized(
    ctx: "Importer", node: Node, index: int, scale_index: int, zero_index: int, axis: int
) -> QuantizedConstant | SSAValue:
    """The reals that an integer input stands for: a QuantizedConstant when it is constant, else
    fxp.dequantize.
    """
    value = ctx.value(node, index)
    shape = ctx.shape(node, index)
    if isinstance(value, np.ndarray):
        kind = encoding(ctx, node, scale_index, zero_index, shape, axis, value.dtype, constant=True)
        if np.dtype(kind.dtype) != value.dtype:
            raise node.error(f"its input has type {value.dtype}, but its zero point {kind.dtype}")
        return QuantizedConstant(
            _without_zero_scales(ctx, node, value, scale_index, kind), kind, node.inputs[index]
        )
    stored = ctx.stored(node, index)
    plain = fxp.storage_of(element_type_of(stored))
    kind = encoding(ctx, node, scale_index, zero_index, shape, axis, _dtype_of(node, plain))
    return ctx.add(fxp.DequantizeOp(as_encoded(ctx, node, stored, kind)))


def _dtype_of(node: Node, element: object) -> "np.dtype[np.generic]":
    for dtype, candidate in ELEMENT_TYPES.items():
        if candidate == element:
            return dtype
    raise node.error(f"tensors of type {element} cannot be dequantized")


def _without_zero_scales(
    ctx: "Importer", node: Node, storage: Array, scale_index: int, kind: fxp.AffineType
) -> Array:
    """The integers with those of a channel of scale 0 (all its reals are 0) set to the zero
    point.
    """
    scales = ctx.constant(node, scale_index, "scale").reshape(-1)
    if (scales != 0).all():
        return storage
    mask, zero_points = scales == 0, kind.zero_points
    if kind.axis is not None:
        along = [1] * storage.ndim
        along[kind.axis] = -1
        mask, zero_points = mask.reshape(along), zero_points.reshape(along)
    return np.where(mask, zero_points, storage).astype(storage.dtype)


def as_encoded(ctx: "Importer", node: Node, stored: SSAValue, kind: fxp.FxpType) -> SSAValue:
    """An integer tensor seen as reals; casts are only made where the type changes."""
    if element_type_of(stored) == kind:
        return stored
    plain = ctx.plain(stored)
    if element_type_of(plain) != kind.storage:
        raise node.error(
            f"its input has type {element_type_of(plain)}, but its zero point {kind.storage}",
            "both must be the same",
        )
    return ctx.add(fxp.StorageCastOp(plain, kind))


def quantized(
    ctx: "Importer", node: Node, value: SSAValue, scale_index: int, zero_index: int, axis: int = 1
) -> SSAValue:
    """A real tensor in the encoding of a scale and a zero point (uint8 when there is no zero
    point).
    """
    if not is_real(value):
        raise node.error(
            f"it quantizes a tensor of type {element_type_of(value)}", "only float32 can be"
        )
    dtype = np.dtype(np.uint8)
    kind = encoding(ctx, node, scale_index, zero_index, shape_of(value), axis, dtype)
    return ctx.add(fxp.QuantizeOp(value, kind))


def _at_run_time(ctx: "Importer", node: Node, *indices: int) -> bool:
    """Whether a scale or zero point is known only when the network runs."""
    return any(node.has_input(i) and isinstance(ctx.value(node, i), SSAValue) for i in indices)


@handler("QuantizeLinear", since=10)
@handler("QuantizeLinear", domain=MICROSOFT)
def quantize_linear(ctx: "Importer", node: Node) -> Result:
    """fxp.quantize; the result is an integer tensor that remembers its encoding."""
    if _at_run_time(ctx, node, 1, 2):
        return quantize(ctx, node, ctx.operand(node, 0), (1, 2), node.int_("axis", 1))
    _check_attributes(node)
    if node.int_("output_dtype", 0) and not node.has_input(2):
        raise node.error("output_dtype without a zero point is not supported", "give a zero point")
    return quantized(ctx, node, ctx.operand(node, 0), 1, 2, node.int_("axis", 1))


@handler("DequantizeLinear", since=10)
@handler("DequantizeLinear", domain=MICROSOFT)
def dequantize_linear(ctx: "Importer", node: Node) -> Result:
    """fxp.dequantize, or a quantized constant."""
    if _at_run_time(ctx, node, 1, 2):
        return dequantize(ctx, node, (0, 1, 2), node.int_("axis", 1))
    _check_attributes(node)
    return dequantized(ctx, node, 0, 1, 2, node.int_("axis", 1))


def _bias(
    ctx: "Importer", node: Node, index: int, x_scale: int, w_scale: int, channels: int
) -> Value:
    """The int32 bias of a QLinear operator: its scale is that of the accumulator, its zero point
    0.
    """
    if not node.has_input(index):
        return zeros(channels)
    integers = ctx.constant(node, index, "bias")
    if integers.dtype != np.int32:
        raise node.error(f"its bias has type {integers.dtype}; only int32 is supported")
    x = ctx.constant(node, x_scale, "scale").reshape(-1).astype(np.float64)
    w = ctx.constant(node, w_scale, "scale").reshape(-1).astype(np.float64)
    storage = cast(IntegerType, ELEMENT_TYPES[np.dtype(np.int32)])
    scales = x * w
    if scales.size == 1:
        kind = fxp.AffineType.per_tensor(storage, float(scales[0]))
    else:
        kind = fxp.AffineType.per_axis(storage, 0, np.where(scales == 0, 1.0, scales))
        integers = np.where(scales == 0, 0, integers.reshape(-1)).astype(np.int32)
    return QuantizedConstant(integers.reshape(-1), kind, node.inputs[index])


@handler("QLinearConv", since=10)
def qlinear_conv(ctx: "Importer", node: Node) -> Result:
    """Inputs: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, bias."""
    if _at_run_time(ctx, node, 1, 2, 4, 5, 6, 7):
        return _conv_at_run_time(ctx, node)
    x = ctx.build(dequantized(ctx, node, 0, 1, 2, 1))
    weights = dequantized(ctx, node, 3, 4, 5, 0)
    bias = ctx.build(
        _bias(
            ctx,
            node,
            8,
            1,
            4,
            weights.shape[0] if isinstance(weights, QuantizedConstant) else shape_of(weights)[0],
        ),
        _bias_name(node, 8),
    )
    filters = ctx.build(
        filters_last(ctx, weights, ctx.shape(node, 3), node.inputs[3]), node.inputs[3], "ohwi"
    )
    return quantized(ctx, node, conv_real(ctx, node, x, filters, bias), 6, 7)


def _conv_at_run_time(ctx: "Importer", node: Node) -> Result:
    """QLinearConv with scales that are inputs of the network."""
    x = dequantize(ctx, node, (0, 1, 2), 1)
    weights = dequantize(ctx, node, (3, 4, 5), 0)
    filters = filters_last(ctx, weights, ctx.shape(node, 3), "")
    channels = ctx.shape(node, 3)[0]
    bias = ctx.build(zeros(channels))
    if node.has_input(8):
        scale = ctx.add(nn.MulOp(ctx.operand(node, 1), ctx.operand(node, 4)))
        bias = ctx.add(nn.MulOp(as_real(ctx, ctx.operand(node, 8)), scale))
    result = conv_real(ctx, node, x, ctx.build(filters), bias)
    return quantize(ctx, node, result, (6, 7), 1)


def _bias_name(node: Node, index: int) -> str:
    return node.inputs[index] if node.has_input(index) else ""


@handler("QLinearMatMul", since=10)
def qlinear_matmul(ctx: "Importer", node: Node) -> Result:
    """Inputs: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point."""
    if _at_run_time(ctx, node, 1, 2, 4, 5, 6, 7):
        left = dequantize(ctx, node, (0, 1, 2), len(ctx.shape(node, 0)) - 2)
        right = dequantize(ctx, node, (3, 4, 5), len(ctx.shape(node, 3)) - 1)
        return quantize(ctx, node, ctx.add(nn.MatmulOp(left, right)), (6, 7), 1)
    a = ctx.build(dequantized(ctx, node, 0, 1, 2, len(ctx.shape(node, 0)) - 2))
    b = dequantized(ctx, node, 3, 4, 5, len(ctx.shape(node, 3)) - 1)
    return quantized(ctx, node, matmul_real(ctx, a, b, node.inputs[3]), 6, 7)


@handler("QGemm", domain=MICROSOFT)
def qgemm(ctx: "Importer", node: Node) -> Result:
    """Inputs: A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, y_scale, y_zero_point.

    Without y_scale the result is real.
    """
    if node.float_("alpha", 1.0) != 1.0:
        raise node.error("alpha other than 1 is not supported")
    a = ctx.build(
        transposed(
            ctx, dequantized(ctx, node, 0, 1, 2, 0), (1, 0) if node.int_("transA", 0) else (0, 1)
        )
    )
    per_output = 0 if node.int_("transB", 0) else 1
    b = dequantized(ctx, node, 3, 4, 5, per_output)
    weights = transposed(ctx, b, (0, 1) if per_output == 0 else (1, 0))
    if isinstance(weights, Unknown):
        raise node.error("its weights are unknown")
    rows = weights.shape[0] if not isinstance(weights, SSAValue) else shape_of(weights)[0]
    bias = ctx.build(_bias(ctx, node, 6, 1, 4, rows), _bias_name(node, 6))
    result = ctx.add(nn.FullyConnectedOp(a, ctx.build(weights, node.inputs[3], "mk"), bias))
    return quantized(ctx, node, result, 7, 8) if node.has_input(7) else result


def _binary(
    make: Callable[[SSAValue, SSAValue], Operation],
) -> Callable[["Importer", Node], Result]:
    """Inputs: A, a_scale, a_zero_point, B, b_scale, b_zero_point, C_scale, C_zero_point."""

    def qlinear_binary(ctx: "Importer", node: Node) -> Result:
        a = ctx.build(dequantized(ctx, node, 0, 1, 2, 0), node.inputs[0])
        b = ctx.build(dequantized(ctx, node, 3, 4, 5, 0), node.inputs[3])
        return quantized(ctx, node, ctx.add(make(a, b)), 6, 7)

    return qlinear_binary


handler("QLinearAdd", domain=MICROSOFT)(_binary(nn.AddOp))
handler("QLinearMul", domain=MICROSOFT)(_binary(nn.MulOp))


def _unary(
    make: Callable[["Importer", Node, SSAValue], SSAValue],
) -> Callable[["Importer", Node], Result]:
    """Inputs: X, X_scale, X_zero_point, Y_scale, Y_zero_point."""

    def qlinear_unary(ctx: "Importer", node: Node) -> Result:
        x = ctx.build(dequantized(ctx, node, 0, 1, 2, 0))
        return quantized(ctx, node, make(ctx, node, x), 3, 4)

    return qlinear_unary


def _sigmoid(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    return ctx.add(nn.SigmoidOp(x))


def _leaky_relu(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    return ctx.add(nn.LeakyReluOp(x, node.float_("alpha", 0.01)))


def _global_average_pool(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    if node.int_("channels_last", 0):
        return global_average_pool_real(ctx, x)
    rank = len(shape_of(x))
    return channels_first(ctx, global_average_pool_real(ctx, channels_last(ctx, node, x)), rank)


def _average_pool(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    if node.int_("channels_last", 0):
        raise node.error("channels_last is not supported")
    return average_pool_real(ctx, node, x)


def _softmax(ctx: "Importer", node: Node, x: SSAValue) -> SSAValue:
    axis = node.axis("axis", -1, len(shape_of(x)))
    flattened = node.int_("opset", 13) < 13
    return softmax_flattened_real(ctx, node, x) if flattened else ctx.add(nn.SoftmaxOp(x, axis))


handler("QLinearAveragePool", domain=MICROSOFT)(_unary(_average_pool))
handler("QLinearSoftmax", domain=MICROSOFT)(_unary(_softmax))
handler("QLinearSigmoid", domain=MICROSOFT)(_unary(_sigmoid))
handler("QLinearLeakyRelu", domain=MICROSOFT)(_unary(_leaky_relu))
handler("QLinearGlobalAveragePool", domain=MICROSOFT)(_unary(_global_average_pool))


@handler("QLinearConcat", domain=MICROSOFT)
def qlinear_concat(ctx: "Importer", node: Node) -> Result:
    """Inputs: Y_scale, Y_zero_point, then tensor, scale, zero point of each part."""
    if (len(node.inputs) - 2) % 3:
        raise node.error("it needs a tensor, a scale and a zero point for each part")
    parts = [
        ctx.build(dequantized(ctx, node, i, i + 1, i + 2, 0), node.inputs[i])
        for i in range(2, len(node.inputs), 3)
    ]
    axis = node.axis("axis", 0, len(shape_of(parts[0])))
    return quantized(ctx, node, ctx.add(nn.ConcatOp(parts, axis)), 0, 1)
