"""Movement of integers, constants, and the borders to real numbers and to the caller."""

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    FunctionType,
    ModuleOp,
    f32,
)
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from ...passes.quantize.constants import quantized_constant
from ...passes.quantize.operators import only_moves, per_tensor_type
from ...passes.rewriting import rebuild, tensor_type_of
from .conversion import Replacement, activation_type, compute_on_reals


class LowerMovement(RewritePattern):
    """What moves or selects elements does the same with the plain integers."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Replace the operation."""
        if not only_moves(op) or not fxp.is_fxp(op.results[0].type):
            return
        replacement = Replacement(op, rewriter)
        operands: list[SSAValue] = [replacement.storage(v) for v in op.operands]
        attributes = {}
        if isinstance(op, nn.PadOp) and op.mode.data == "constant":
            element = activation_type(op.results[0])
            real = np.array([op.value.value.data])
            attributes = {"value": FloatAttr(float(element.quantize_array(real)[0]), f32)}
        new = rebuild(op, operands, fxp.storage_of(op.results[0].type), attributes)
        replacement.finish(replacement.add(new))


class LowerConstant(RewritePattern):
    """Constants of quantized numbers are constants of their integers."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ConstantOp, rewriter: PatternRewriter) -> None:
        """Replace the constant."""
        if not fxp.is_fxp(op.results[0].type):
            return
        replacement = Replacement(op, rewriter)
        type = tensor_type_of(fxp.storage_of(op.results[0].type))
        replacement.finish(replacement.add(nn.ConstantOp.from_array(op.array(), type)))


class LowerQuantize(RewritePattern):
    """Quantizers of real numbers become `fxp.from_real`; of dequantized ones, a rescale."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.QuantizeOp, rewriter: PatternRewriter) -> None:
        """Replace the quantizer."""
        element = per_tensor_type(op.result)
        if element is None:
            raise PassFailedException(
                f"{nn.node_name(op) or op.name} quantizes an activation with one scale per index "
                "of an axis; only constants may have that"
            )
        replacement = Replacement(op, rewriter)
        inner = op.input.owner
        source = per_tensor_type(inner.input) if isinstance(inner, fxp.DequantizeOp) else None
        if isinstance(inner, fxp.DequantizeOp) and source is not None:
            value = replacement.storage(inner.input)
            factor = source.scale / element.scale
            replacement.finish(
                replacement.requantize(
                    value,
                    factor,
                    element,
                    input_zero_point=source.zero_point,
                    rounding="half_even",
                )
            )
            return
        new = fxp.FromRealOp(op.input, element.scale, element.zero_point, element.storage)
        replacement.finish(replacement.add(new))


class LowerDequantize(RewritePattern):
    """Dequantizers become `fxp.to_real`; of constants, constants of real numbers."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.DequantizeOp, rewriter: PatternRewriter) -> None:
        """Replace the dequantizer."""
        if any(isinstance(use.operation, fxp.QuantizeOp) for use in op.result.uses):
            return
        replacement = Replacement(op, rewriter)
        constant = quantized_constant(op.input)
        if constant is not None:
            real = constant.type.dequantize_array(constant.array, np.float32)
            replacement.finish(
                replacement.add(nn.ConstantOp.from_array(real.astype(np.float32), op.result.type))
            )
            return
        element = per_tensor_type(op.input)
        if element is None:
            raise PassFailedException(
                f"{nn.node_name(op) or op.name} dequantizes an activation with one scale per "
                "index of an axis; only constants may have that"
            )
        value = replacement.storage(op.input)
        replacement.finish(replacement.add(fxp.ToRealOp(value, element.scale, element.zero_point)))


class LowerAnythingElse(RewritePattern):
    """What has no integer form is computed on real numbers."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Put the operation between dequantizers and a quantizer."""
        if not op.name.startswith("nn.") or isinstance(op, nn.ConstantOp) or len(op.results) != 1:
            return
        if fxp.is_fxp(op.results[0].type):
            compute_on_reals(op, rewriter, "it has no integer form")


class MergeClamp(RewritePattern):
    """A clamp alone joins the rescale that it follows."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: fxp.RequantizeOp, rewriter: PatternRewriter) -> None:
        """Replace the two by one."""
        first = op.input.owner
        if not isinstance(first, fxp.RequantizeOp) or not op.input.has_one_use():
            return
        clamp_only = (
            op.multiplier.get_values() == (1,)
            and op.shift.get_values() == (0,)
            and op.input_zero_point == op.zero_point
            and op.input.type == op.result.type
        )
        low = max(first.min_value.value.data, op.min_value.value.data)
        high = min(first.max_value.value.data, op.max_value.value.data)
        if not clamp_only or low > high:
            return
        ends = {"min": type(op.min_value)(low, 32), "max": type(op.max_value)(high, 32)}
        rewriter.replace(op, rebuild(first, attributes=ends))


def lower_signatures(module: ModuleOp) -> None:
    """Give functions plain integers as arguments and results, and say in `nn.encoding` what they
    mean.
    """
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and not function.is_declaration:
            _lower_signature(function)


def _lower_signature(function: func.FuncOp) -> None:
    block = function.body.block
    for argument in block.args:
        element = fxp.fxp_type_of(argument.type)
        if element is None:
            continue
        plain = Rewriter.replace_value_with_new_type(argument, fxp.storage_of(argument.type))
        cast_op = fxp.StorageCastOp(plain, element)
        plain.replace_uses_with_if(cast_op.result, lambda use, c=cast_op: use.operation is not c)
        Rewriter.insert_op(cast_op, InsertPoint.at_start(block))
        _set_encoding(function, "arg_attrs", argument.index, element)
    last = block.last_op
    if not isinstance(last, func.ReturnOp):
        return
    for index, value in enumerate(tuple(last.operands)):
        element = fxp.fxp_type_of(value.type)
        if element is None:
            continue
        cast_op = fxp.StorageCastOp(value)
        Rewriter.insert_op(cast_op, InsertPoint.before(last))
        last.operands[index] = cast_op.result
        _set_encoding(function, "res_attrs", index, element)
    function.function_type = FunctionType.from_lists(
        [a.type for a in block.args], [v.type for v in last.operands]
    )


def _set_encoding(function: func.FuncOp, which: str, index: int, element: FxpType) -> None:
    """Record the meaning of an argument's or result's integers, unless it is recorded already."""
    attributes = getattr(function, which)
    count = (
        len(function.body.block.args)
        if which == "arg_attrs"
        else len(function.function_type.outputs)
    )
    entries = list(attributes.data) if attributes is not None else [DictionaryAttr({})] * count
    entries[index] = DictionaryAttr({"nn.encoding": element, **entries[index].data})
    setattr(function, which, ArrayAttr(entries))
