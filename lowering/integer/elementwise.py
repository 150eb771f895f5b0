"""Sums, products, averages and clamps of quantized tensors in integers."""

import math

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerAttr, StringAttr, TensorType, i32
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fixed_point import quantize_multiplier
from ...passes.quantize.constants import QuantizedConstant, quantized_constant
from ...passes.quantize.operators import CLAMPS, SUMS
from ...passes.rewriting import rebuild, shape_of
from .conversion import Replacement, activation_type, compute_on_reals, fits_i32, magnitude
from .scaling import scale_sum, window_counts


class LowerSum(RewritePattern):
    """Sums, differences, maxima and minima: both operands in common fine steps of 32 bits."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Replace the operation."""
        if not isinstance(op, SUMS) or not fxp.is_fxp(op.results[0].type):
            return
        result_type = activation_type(op.results[0])
        constants = [quantized_constant(v) for v in op.operands]
        ratios: list[float] = []
        sizes: list[float] = []
        for value, constant in zip(op.operands, constants, strict=True):
            element = activation_type(value)
            if constant is None:
                ratios.append(element.scale / result_type.scale)
                sizes.append(magnitude(value, element.zero_point))
            else:
                ratios.append(1.0)
                sizes.append(float(np.abs(constant.real).max(initial=0.0)) / result_type.scale + 1)
        try:
            scaling = scale_sum(ratios, sizes)
        except ValueError as error:
            compute_on_reals(op, rewriter, str(error))
            return
        replacement = Replacement(op, rewriter)
        terms: list[SSAValue] = []
        for index, (value, constant) in enumerate(zip(op.operands, constants, strict=True)):
            if constant is not None:
                fine = np.rint(constant.real / result_type.scale * 2.0**scaling.shift)
                terms.append(replacement.constant(fine, i32))
            elif scaling.factors is not None:
                zero_point = activation_type(value).zero_point
                plain = replacement.storage(value)
                terms.append(
                    replacement.add(fxp.WidenOp(plain, zero_point, scaling.factors[index]))
                )
            else:
                terms.append(
                    _in_fine_steps(replacement, value, ratios[index], sizes[index], scaling.shift)
                )
        acc = replacement.add(_plain(op, terms))
        # Where the terms are rounded, ties of the integers are no ties of the reals, and the
        # cheaper rounding is as right as the other.
        rounding = "half_even" if scaling.error(ratios, sizes) == 0 else "half_up"
        replacement.finish(
            replacement.rescale(acc, 1, scaling.shift, result_type, rounding=rounding)
        )


def _in_fine_steps(
    replacement: Replacement, value: SSAValue, ratio: float, size: float, shift: int
) -> SSAValue:
    """Return a term of a sum in steps of ``2**-shift`` of the result, rounded."""
    multiplier, right = quantize_multiplier(math.ldexp(ratio, shift))
    bound = math.ceil(math.ldexp(ratio * size, shift)) + 1
    return replacement.add(
        fxp.RequantizeOp(
            replacement.storage(value),
            multiplier,
            right,
            element_type=i32,
            input_zero_point=activation_type(value).zero_point,
            min_value=-bound,
            max_value=bound,
        )
    )


class LowerProduct(RewritePattern):
    """The product of two quantized tensors, exact in 32 bits before the rescale."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MulOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type):
            return
        constants = [quantized_constant(v) for v in op.operands]
        types = [activation_type(v) for v in op.operands]
        sizes = [
            magnitude(v, t.zero_point) if c is None else int(np.abs(c.centred).max(initial=0))
            for v, t, c in zip(op.operands, types, constants, strict=True)
        ]
        if not fits_i32(sizes[0] * sizes[1]):
            compute_on_reals(op, rewriter, "its products can exceed 32 bits")
            return
        replacement = Replacement(op, rewriter)
        factors = [_centred(replacement, v, c) for v, c in zip(op.operands, constants, strict=True)]
        product = replacement.add(_plain(op, factors))
        result_type = activation_type(op.results[0])
        scale = types[0].scale * types[1].scale / result_type.scale
        replacement.finish(replacement.requantize(product, scale, result_type))


class LowerAveragePool(RewritePattern):
    """The sum over the window, then a rescale that divides by the number of taps.

    Where windows at the border hold fewer taps, sums are first brought to a common denominator.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.AvgPool2dOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type):
            return
        source, result_type = activation_type(op.operands[0]), activation_type(op.results[0])
        counts = pool_counts(op)
        common = math.lcm(*(int(c) for c in np.unique(counts)))
        if common == 0 or not fits_i32(magnitude(op.operands[0], source.zero_point) * common):
            compute_on_reals(op, rewriter, "its windows have too many different sizes")
            return
        replacement = Replacement(op, rewriter)
        type = TensorType(i32, shape_of(op.results[0]))
        attributes = {"input_zero_point": IntegerAttr(source.zero_point, i32)}
        acc = replacement.add(
            rebuild(
                op,
                [replacement.storage(op.operands[0])],
                type,
                {"act_min": None, "act_max": None, **attributes},
            )
        )
        if (counts != common).any():
            shares = replacement.constant((common // counts)[None, :, :, None], i32)
            acc = replacement.add(nn.MulOp.create(operands=[acc, shares], result_types=[type]))
        factor = source.scale / (result_type.scale * common)
        replacement.finish(replacement.requantize(acc, factor, result_type))


class LowerReduce(RewritePattern):
    """Sums and means over dimensions, exact in 32 bits before the rescale."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReduceOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type) or op.kind.data not in ("mean", "sum"):
            return
        source, result_type = activation_type(op.operands[0]), activation_type(op.results[0])
        count = math.prod(shape_of(op.operands[0])) // max(math.prod(shape_of(op.results[0])), 1)
        if not fits_i32(magnitude(op.operands[0], source.zero_point) * count):
            compute_on_reals(op, rewriter, "its sums can exceed 32 bits")
            return
        replacement = Replacement(op, rewriter)
        wide = _centred(replacement, op.operands[0], None)
        type = TensorType(i32, shape_of(op.results[0]))
        acc = replacement.add(rebuild(op, [wide], type, {"kind": StringAttr("sum")}))
        divisor = count if op.kind.data == "mean" else 1
        factor = source.scale / (result_type.scale * divisor)
        replacement.finish(replacement.requantize(acc, factor, result_type))


class LowerClamp(RewritePattern):
    """Clamps of quantized numbers: a rescale with narrower ends."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Replace the operation."""
        if not isinstance(op, CLAMPS) or not fxp.is_fxp(op.results[0].type):
            return
        replacement = Replacement(op, rewriter)
        source, result_type = activation_type(op.operands[0]), activation_type(op.results[0])
        value = replacement.storage(op.operands[0])
        zero_point = source.zero_point
        if source.scale == result_type.scale:
            value = replacement.rescale(value, 1, 0, result_type, input_zero_point=zero_point)
        else:
            factor = source.scale / result_type.scale
            value = replacement.requantize(value, factor, result_type, input_zero_point=zero_point)
        replacement.finish(value)


def pool_counts(op: nn.AvgPool2dOp) -> NDArray[np.int64]:
    """Return the number of taps that each output position (OH, OW) divides by."""
    height, width = shape_of(op.operands[0])[1:3]
    (kh, kw), (sh, sw) = op.kernel.get_values(), op.strides.get_values()
    top, left, bottom, right = op.pads.get_values()
    rows = window_counts(height, kh, sh, top, bottom)
    columns = window_counts(width, kw, sw, left, right)
    counts = np.outer(rows, columns)
    return np.full_like(counts, kh * kw) if bool(op.count_include_pad.value.data) else counts


def _plain(op: Operation, operands: list[SSAValue]) -> Operation:
    """Return the same operation on plain 32-bit integers."""
    type = TensorType(i32, shape_of(op.results[0]))
    return rebuild(op, operands, type, {"act_min": None, "act_max": None})


def _centred(
    replacement: Replacement, value: SSAValue, constant: QuantizedConstant | None
) -> SSAValue:
    """Return the integers of a quantized tensor less its zero point, in 32 bits."""
    if constant is not None:
        return replacement.constant(constant.centred, i32)
    zero_point = activation_type(value).zero_point
    return replacement.add(fxp.WidenOp(replacement.storage(value), zero_point))
