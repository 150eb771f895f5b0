"""dequantize → operation → quantize becomes the operation on quantized numbers."""

import math
from dataclasses import dataclass
from typing import TypeGuard, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import TensorType, i32
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, I32_MIN, accumulator_bound
from ...dialects.fxp import AffineType, FxpType
from ..rewriting import element_of, rebuild, shape_of
from .constants import QuantizedConstant, plain_constant, quantized_constant, real_constant
from .fold_movement import with_element
from .operators import BY_TABLE, LINEAR, SUMS, dequantized, is_real, per_tensor_type

BIAS_SCALE_TOLERANCE = 1e-5
"""A bias whose scales are input scale * weight scale up to float32 rounding is taken as it is."""


@dataclass(frozen=True)
class LinearOperands:
    """The operands of a linear operation on quantized numbers, ready to be built."""

    input: SSAValue
    weights: QuantizedConstant
    bias: QuantizedConstant

    def constants(self) -> tuple[nn.ConstantOp, nn.ConstantOp]:
        """Return new constants of the weights and the bias."""
        return constant(self.weights), constant(self.bias)


class FoldLinear(RewritePattern):
    """Convolution and fully connected layers between quantizers.

    The weights are quantized constants with one scale, or one per output channel. The bias becomes
    32-bit integers in steps of input scale * weight scale, whatever it was before.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Give the operation quantized operands and result."""
        linear = op.input.owner
        element = per_tensor_type(op.result)
        if not isinstance(linear, LINEAR) or element is None or not only_quantized(op.input):
            return
        operands = linear_operands(linear)
        if operands is None:
            return
        weights, bias = operands.constants()
        new = rebuild(linear, [operands.input, weights, bias], op.result.type)
        rewriter.replace(op, [weights, bias, new])


class KeepAccumulator(RewritePattern):
    """A linear operation whose real result is wanted returns its accumulator in fine 32-bit steps.

    That is exact to about 2**-30 of the largest possible result, and needs no real arithmetic but
    one multiplication per output.
    """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Give the operation quantized operands, and dequantize its result."""
        if not isinstance(op, LINEAR) or not is_real(op.results[0]):
            return
        operands = linear_operands(op)
        if operands is None:
            return
        element = AffineType.per_tensor(i32, accumulator_scale(operands))
        weights, bias = operands.constants()
        new = rebuild(op, [operands.input, weights, bias], with_element(op.results[0], element))
        rewriter.replace(op, [weights, bias, new, fxp.DequantizeOp(new)])


class MatmulOfConstant(RewritePattern):
    """matmul with quantized constant weights (K,N) is a fully connected layer with (N,K)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MatmulOp, rewriter: PatternRewriter) -> None:
        """Replace the matmul; its bias is zero."""
        weights = quantized_constant(op.operands[1])
        if weights is None or weights.array.ndim != 2 or dequantized(op.operands[0]) is None:
            return
        transposed = weights.transpose((1, 0))
        quantized = constant(transposed)
        real = fxp.DequantizeOp(quantized)
        zeros = nn.ConstantOp.from_array(np.zeros(len(transposed.array), np.float32))
        kept = {k: v for k, v in op.properties.items() if k in ("act_min", "act_max")}
        new = nn.FullyConnectedOp.create(
            operands=[op.operands[0], real.result, zeros.results[0]],
            result_types=op.result_types,
            properties=kept,
        )
        rewriter.replace(op, [quantized, real, zeros, new])


class AddIsBias(RewritePattern):
    """Adding a constant per channel to a linear operation adds to its bias."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.AddOp, rewriter: PatternRewriter) -> None:
        """Merge the constant into the bias."""
        for value, other in ((op.operands[0], op.operands[1]), (op.operands[1], op.operands[0])):
            linear = value.owner
            if not isinstance(linear, LINEAR) or not is_real(value) or not value.has_one_use():
                continue
            if "act_min" in linear.properties or "act_max" in linear.properties:
                continue
            addend, bias = real_constant(other), real_constant(linear.operands[2])
            channels = shape_of(value)[-1]
            if addend is None or bias is None or op.results[0].type != value.type:
                continue
            if addend.size not in (1, channels) or addend.size != (addend.shape or (1,))[-1]:
                continue
            self._merge(op, linear, other, addend, bias, rewriter)
            return

    def _merge(
        self,
        op: nn.AddOp,
        linear: "nn.Conv2dOp | nn.FullyConnectedOp",
        other: SSAValue,
        addend: NDArray[np.floating],
        bias: NDArray[np.floating],
        rewriter: PatternRewriter,
    ) -> None:
        new_ops: list[Operation] = []
        quantized = quantized_constant(other)
        if quantized is not None and not bias.any() and addend.size == bias.size:
            flat = quantized.reshape((bias.size,)) or quantized
            new_ops.append(stored := constant(flat))
            new_ops.append(fxp.DequantizeOp(stored))
        else:
            total = np.broadcast_to(addend.reshape(-1), bias.shape) + bias.astype(np.float64)
            new_ops.append(nn.ConstantOp.from_array(total.astype(np.float32)))
        act = {k: op.properties.get(k) for k in ("act_min", "act_max")}
        operands = [linear.operands[0], linear.operands[1], new_ops[-1].results[0]]
        rewriter.replace(op, [*new_ops, rebuild(linear, operands, attributes=act)])


class FoldElementwise(RewritePattern):
    """Sums, products, averages and products of matrices between quantizers.

    Real constants among the operands become integers of 31 bits.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Give the operation quantized operands and result."""
        middle = op.input.owner
        element = per_tensor_type(op.result)
        if element is None or not only_quantized(op.input) or not _is_foldable(middle):
            return
        inputs = [dequantized(v) for v in middle.operands]
        widths = [cast(FxpType, element_of(v)).storage.width.data for v in inputs if v is not None]
        if not widths or max(widths) > 16:
            return
        constants: list[nn.ConstantOp] = []
        operands: list[SSAValue] = []
        for value, quantized in zip(middle.operands, inputs, strict=True):
            if quantized is None and isinstance(middle, nn.LayerNormOp):
                if plain_constant(value) is None:
                    return
                quantized = value  # its scale and bias stay real
            if quantized is None:
                folded = _constant_operand(middle, value)
                if folded is None:
                    return
                constants.append(folded)
                quantized = folded.results[0]
            operands.append(quantized)
        rewriter.replace(op, [*constants, rebuild(middle, operands, op.result.type)])


def _is_foldable(op: object) -> TypeGuard[Operation]:
    if isinstance(op, nn.ReduceOp):
        return op.kind.data in ("mean", "sum")
    if isinstance(op, nn.SoftmaxOp | nn.LayerNormOp):
        return BY_TABLE in op.attributes
    return isinstance(op, (nn.MulOp, nn.PreluOp, nn.MatmulOp, nn.AvgPool2dOp, *SUMS))


def _constant_operand(op: object, value: SSAValue) -> nn.ConstantOp | None:
    """Return the constant `value` as integers: as given, or of real numbers rounded finely."""
    quantized = quantized_constant(value)
    if quantized is not None:
        return constant(quantized) if quantized.type.axis is None else None
    real = plain_constant(value)
    if real is None or not isinstance(op, (nn.MulOp, nn.PreluOp, *SUMS)):
        return None
    largest = float(np.abs(real).max(initial=0.0))
    scale = largest / 2**30 if 0 < largest < np.inf else 1.0
    element = AffineType.per_tensor(i32, scale)
    return constant(QuantizedConstant(element.quantize_array(real.astype(np.float64)), element))


def only_quantized(value: SSAValue) -> bool:
    """Return whether every user of the value quantizes it."""
    return all(isinstance(use.operation, fxp.QuantizeOp) for use in value.uses)


def constant(quantized: QuantizedConstant) -> nn.ConstantOp:
    """Return a constant op of quantized numbers."""
    shape = quantized.array.shape
    type = TensorType(quantized.type, shape)
    return nn.ConstantOp.from_array(np.asarray(quantized.array, order="C"), type)


def linear_operands(op: "nn.Conv2dOp | nn.FullyConnectedOp") -> LinearOperands | None:
    """Return quantized operands for a linear operation on real numbers; None if they are not known.

    Raises PassFailedException when the bias does not fit in 32 bits.
    """
    input = dequantized(op.operands[0])
    weights = quantized_constant(op.operands[1])
    bias = real_constant(op.operands[2])
    if input is None or weights is None or bias is None or weights.type.axis not in (None, 0):
        return None
    input_type = cast(FxpType, element_of(input))
    if input_type.storage.width.data > 16 or weights.type.storage.width.data > 16:
        return None
    scales = np.broadcast_to(input_type.scale * weights.type.scales, bias.shape)
    element = AffineType.per_axis(i32, 0, scales)
    stored = quantized_constant(op.operands[2])
    if (
        stored is not None
        and stored.type.storage == i32
        and not stored.type.zero_points.any()
        and np.allclose(stored.type.scales / scales, 1.0, rtol=BIAS_SCALE_TOLERANCE, atol=0)
    ):
        return LinearOperands(input, weights, QuantizedConstant(stored.array, element))
    integers = np.rint(bias.astype(np.float64) / scales)
    if (integers < I32_MIN).any() or (integers > I32_MAX).any():
        channel = int(np.argmax(np.abs(integers)))
        raise PassFailedException(
            f"{nn.node_name(op) or op.name}: the bias of channel {channel} is "
            f"{bias[channel]:g}, which does not fit in 32 bits in steps of "
            f"{scales[channel]:g}; choose a larger weight scale"
        )
    return LinearOperands(input, weights, QuantizedConstant(integers.astype(np.int32), element))


def accumulator_scale(operands: LinearOperands) -> float:
    """Return a power of two as scale in which every possible result fits in 31 bits."""
    element = cast(FxpType, element_of(operands.input))
    bound = accumulator_bound(
        operands.weights.centred,
        operands.bias.array,
        element.qmin,
        element.qmax,
        element.zero_point,
    )
    steps = [max(abs(lo), abs(hi)) for lo, hi in zip(bound.low, bound.high, strict=True)]
    largest = float(np.max(np.array(steps, np.float64) * operands.bias.type.scales, initial=0.0))
    return math.ldexp(1.0, math.frexp(largest)[1] - 30) if largest > 0 else 1.0


COMPUTE_PATTERNS = (FoldLinear(), FoldElementwise(), MatmulOfConstant(), AddIsBias())
