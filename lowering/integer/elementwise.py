"""Sums, products, averages and clamps of quantized tensors in integers."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerAttr, StringAttr, TensorType, i32
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ...dialects.fixed_point import I32_MAX, as_shifts, quantize_multiplier, quantize_multipliers
from ...passes.quantize.constants import quantized_constant
from ...passes.quantize.operators import CLAMPS, SUMS
from ...passes.rewriting import rebuild, shape_of
from .conversion import (
    Replacement,
    activation_type,
    compute_on_reals,
    fits_i32,
    magnitude,
    rounding_of,
)
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
            fine = any(c is not None for c in constants)
            scaling = scale_sum(ratios, sizes, fine=fine)
        except ValueError as error:
            compute_on_reals(op, rewriter, str(error))
            return
        replacement = Replacement(op, rewriter)
        terms: list[SSAValue] = []
        for index, (value, constant) in enumerate(zip(op.operands, constants, strict=True)):
            if constant is not None:
                steps = np.rint(constant.real / result_type.scale * 2.0**scaling.shift)
                terms.append(replacement.constant(steps, i32))
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
        exact = scaling.error(ratios, sizes) == 0 and not fine
        rounding = rounding_of(result_type) if exact else "half_up"
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


class ScaleByConstant(RewritePattern):
    """The product with a constant per channel is a rescale per channel.

    Multipliers are not negative: where the constant is, the integers change sign before.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MulOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type):
            return
        shape = shape_of(op.results[0])
        for value, other in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
            constant = quantized_constant(other)
            if constant is None or shape_of(value) != shape or not shape:
                continue
            if constant.array.size not in (1, shape[-1]) or (
                constant.array.size != 1 and constant.array.shape[-1] != shape[-1]
            ):
                continue
            self._rescale(Replacement(op, rewriter), op, value, constant.real.reshape(-1))
            return

    def _rescale(
        self, replacement: Replacement, op: nn.MulOp, value: SSAValue, by: NDArray[np.floating]
    ) -> None:
        source, result_type = activation_type(value), activation_type(op.results[0])
        zero_point = source.zero_point
        plain = replacement.storage(value)
        if (by < 0).any():
            plain = replacement.add(fxp.WidenOp(plain, zero_point))
            signs = replacement.constant(np.where(by < 0, -1, 1), i32)
            plain = replacement.add(_plain(op, [plain, signs]))
            zero_point = 0
        factors = np.abs(by) * source.scale / result_type.scale
        replacement.finish(
            replacement.requantize(plain, factors, result_type, input_zero_point=zero_point)
        )


class LowerPrelu(RewritePattern):
    """A slope per channel for negative numbers: the two halves are rescaled apart, one is zero."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.PreluOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.result.type):
            return
        slope, channels = quantized_constant(op.slope), shape_of(op.input)[-1:]
        if (
            slope is None
            or slope.array.size != (slope.array.shape or (1,))[-1]
            or slope.array.shape[-1:] not in ((), (1,), channels)
            or (slope.real < 0).any()
        ):
            compute_on_reals(op, rewriter, "its slope is not one number >= 0 per channel")
            return
        source, result_type = activation_type(op.input), activation_type(op.result)
        ratio = source.scale / result_type.scale
        replacement = Replacement(op, rewriter)
        input = replacement.storage(op.input)
        halves: list[SSAValue] = []
        largest = 2 * (result_type.qmax - result_type.qmin)
        for factors, ends in (
            (ratio, (0, largest)),
            (slope.real.reshape(-1) * ratio, (-largest, 0)),
        ):
            multipliers, shifts = as_shifts(*quantize_multipliers(factors))
            halves.append(
                replacement.add(
                    fxp.RequantizeOp(
                        input,
                        multipliers,
                        shifts,
                        element_type=i32,
                        input_zero_point=source.zero_point,
                        rounding=rounding_of(result_type),
                        min_value=ends[0],
                        max_value=ends[1],
                    )
                )
            )
        both = replacement.add(nn.AddOp(*halves))
        replacement.finish(replacement.rescale(both, 1, 0, result_type))


class LowerProduct(RewritePattern):
    """The product of two quantized tensors, exact in 32 bits before the rescale.

    A constant of more bits than that allows is rounded to as many as it does.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MulOp, rewriter: PatternRewriter) -> None:
        """Replace the operation."""
        if not fxp.is_fxp(op.results[0].type):
            return
        factors = [_Factor.of(v) for v in op.operands]
        for index in (0, 1):
            factors[index] = factors[index].narrowed(factors[1 - index].size)
        if not fits_i32(factors[0].size * factors[1].size):
            compute_on_reals(op, rewriter, "its products can exceed 32 bits")
            return
        replacement = Replacement(op, rewriter)
        operands = [
            _centred(replacement, v)
            if f.constant is None
            else replacement.constant(f.constant, i32)
            for v, f in zip(op.operands, factors, strict=True)
        ]
        product = replacement.add(_plain(op, operands))
        result_type = activation_type(op.results[0])
        scale = factors[0].scale * factors[1].scale / result_type.scale
        replacement.finish(replacement.requantize(product, scale, result_type))


@dataclass(frozen=True)
class _Factor:
    """One operand of a product: the scale of its centred integers and their largest magnitude."""

    scale: float
    size: int
    constant: NDArray[np.int64] | None

    @staticmethod
    def of(value: SSAValue) -> "_Factor":
        element, constant = activation_type(value), quantized_constant(value)
        if constant is None:
            return _Factor(element.scale, magnitude(value, element.zero_point), None)
        centred = constant.centred
        return _Factor(element.scale, int(np.abs(centred).max(initial=0)), centred)

    def narrowed(self, other: int) -> "_Factor":
        """Return a constant rounded so that products with numbers up to `other` fit in 32 bits."""
        if self.constant is None or fits_i32(self.size * other):
            return self
        step = 2.0 ** math.ceil(math.log2(self.size * other / I32_MAX) + 0.01)
        rounded = np.rint(self.constant / step).astype(np.int64)
        return _Factor(self.scale * step, int(np.abs(rounded).max(initial=0)), rounded)


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
        wide = _centred(replacement, op.operands[0])
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


def _centred(replacement: Replacement, value: SSAValue) -> SSAValue:
    """Return the integers of a quantized tensor less its zero point, in 32 bits."""
    zero_point = activation_type(value).zero_point
    return replacement.add(fxp.WidenOp(replacement.storage(value), zero_point))
