"""Element-wise functions of one tensor, computed for all inputs at compile time.

Of 8 bits they are exact. Of 16 bits, those that quantization after training left are followed by a
table with straight lines between its entries, to within one step of the result.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp, TensorType, i16
from xdsl.interpreter import Interpreter
from xdsl.ir import Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from ...dialects import fxp, nn
from ...dialects.fixed_point import (
    RoundingMode,
    as_shifts,
    quantize_multipliers,
    requantize,
)
from ...dialects.fxp import FxpType
from ...dialects.interpolation import BOUND, fit_table
from ...dialects.interpreters import make_interpreter
from ...passes.quantize.constants import quantized_constant, real_constant
from ...passes.quantize.operators import BY_TABLE, ELEMENTWISE, per_tensor_type
from ...passes.rewriting import element_of, rebuild, shape_of
from .conversion import Replacement, rounding_of

logger = logging.getLogger("nnopt.integer")

ENDS = (*ELEMENTWISE, fxp.QuantizeOp)
CHAINED = (*ENDS, fxp.DequantizeOp, fxp.StorageCastOp, fxp.LookupOp, fxp.RequantizeOp)
LONGEST_CHAIN = 32


@dataclass
class Chain:
    """Operations that together compute one tensor from one 8-bit tensor, element by element."""

    source: SSAValue
    ops: list[Operation]
    """In the order of computation."""


class TabulateChain(RewritePattern):
    """A function of one tensor becomes a rescale where that is exact, else a table.

    One of 16 bits that no table of 4097 entries follows to within a step stays on real numbers.
    """

    def __init__(self) -> None:
        self.interpreter: Interpreter = make_interpreter(ModuleOp([]))

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Replace the last operation of a chain."""
        chain = chain_to(op)
        if chain is None:
            return
        element = cast(FxpType, element_of(op.results[0]))
        source = cast(FxpType, element_of(chain.source))
        table = tabulate(chain, self.interpreter)
        rescale = _as_rescale(table, source, element)
        fitted = None
        if rescale is None and source.storage == i16:
            fitted = fit_table(_unclamped(chain, element, table, self.interpreter))
            if fitted is None:
                logger.info("%s: no table follows it", nn.node_name(op) or op.name)
                return
        replacement = Replacement(op, rewriter)
        input = replacement.storage(chain.source)
        if fitted is not None:
            replacement.finish(replacement.add(fxp.InterpolateOp(input, *fitted)))
            return
        if rescale is None:
            replacement.finish(replacement.add(fxp.LookupOp(input, table, element.storage)))
            return
        replacement.finish(
            replacement.add(
                fxp.RequantizeOp(
                    input,
                    rescale.multiplier,
                    rescale.shift,
                    rounding=rescale.rounding,
                    element_type=element.storage,
                    input_zero_point=source.zero_point,
                    zero_point=element.zero_point,
                    min_value=int(table.min()),
                    max_value=int(table.max()),
                )
            )
        )


def chain_to(op: Operation) -> Chain | None:
    """Return the shortest chain from a tensor that has a table and ends with `op`, None if there is
    none.
    """
    if not isinstance(op, ENDS) or per_tensor_type(op.results[0]) is None:
        return None
    shape = shape_of(op.results[0])
    members: set[Operation] = {op}
    frontier = set(_variable_operands(op))
    while len(members) <= LONGEST_CHAIN:
        if len(frontier) == 1:
            source = next(iter(frontier))
            element = per_tensor_type(source)
            if element is not None and _has_table(element, op, members):
                return Chain(source, _in_order(members)) if shape_of(source) == shape else None
        inner = [v.owner for v in frontier if isinstance(v.owner, CHAINED)]
        if not inner:
            return None
        last = inner[0]
        for other in inner[1:]:
            if last.parent_block() is other.parent_block() and last.is_before_in_block(other):
                last = other
        members.add(last)
        frontier -= set(last.results)
        frontier |= set(_variable_operands(last))
    return None


def _has_table(source: FxpType, last: Operation, members: set[Operation]) -> bool:
    """Return whether functions of a type, of which one is marked if it has 16 bits, have tables."""
    if source.storage.width.data == 8:
        return True
    result = per_tensor_type(last.results[0])
    return (
        source.storage == i16
        and result is not None
        and result.storage == i16
        and any(BY_TABLE in op.attributes for op in members)
    )


def tabulate(chain: Chain, interpreter: Interpreter) -> NDArray[Any]:
    """Return the results of a chain for all inputs, from the least to the greatest."""
    element = cast(FxpType, element_of(chain.source))
    inputs = np.arange(element.qmin, element.qmax + 1).astype(element.dtype)
    count = len(inputs)
    block = Block(arg_types=[TensorType(element, [count])])
    values: dict[SSAValue, SSAValue] = {chain.source: block.args[0]}
    arrays: dict[SSAValue, NDArray[Any]] = {block.args[0]: inputs}
    for op in chain.ops:
        for operand in op.operands:
            if operand not in values:
                small = _uniform(operand)
                values[operand] = small.results[0]
                block.add_op(small)
                arrays[small.results[0]] = small.array()
        type = TensorType(element_of(op.results[0]), [count])
        new = rebuild(op, [values[v] for v in op.operands], type)
        block.add_op(new)
        results = interpreter.run_op(new, tuple(arrays[v] for v in new.operands))
        values[op.results[0]] = new.results[0]
        arrays[new.results[0]] = results[0]
    return arrays[values[chain.ops[-1].results[0]]]


def _unclamped(
    chain: Chain, element: FxpType, results: NDArray[Any], interpreter: Interpreter
) -> NDArray[np.int64]:
    """Return the results of a chain without the saturation of a quantizer at its end."""
    *before, last = chain.ops
    if not isinstance(last, fxp.QuantizeOp) or not before:
        return results.astype(np.int64)
    real = tabulate(Chain(chain.source, before), interpreter).astype(np.float64)
    with np.errstate(over="ignore"):
        steps = np.rint(np.nan_to_num(real, nan=0.0) / element.scale) + element.zero_point
    wide = np.clip(steps, -BOUND, BOUND).astype(np.int64)
    inside = (wide >= element.qmin) & (wide <= element.qmax)
    return np.where(inside, results, wide)


def _variable_operands(op: Operation) -> Iterator[SSAValue]:
    return (v for v in op.operands if not _is_uniform(v))


def _is_uniform(value: SSAValue) -> bool:
    constant = real_constant(value)
    return constant is not None and constant.size > 0 and bool((constant == constant.flat[0]).all())


def _uniform(value: SSAValue) -> nn.ConstantOp:
    """Return a constant of one element with the number that all elements of `value` are."""
    quantized = quantized_constant(value) if fxp.is_fxp(value.type) else None
    array = quantized.array if quantized is not None else real_constant(value)
    if array is None:
        raise ValueError("the value is no constant")
    type = TensorType(element_of(value), [1])
    dtype = array.dtype if quantized is not None else np.float32
    return nn.ConstantOp.from_array(array.reshape(-1)[:1].astype(dtype), type)


def _in_order(ops: set[Operation]) -> list[Operation]:
    block = next(iter(ops)).parent_block()
    if block is None:
        return list(ops)
    first = next(iter(ops))
    for op in ops:
        if op.is_before_in_block(first):
            first = op
    ordered: list[Operation] = []
    current: Operation | None = first
    while current is not None and len(ordered) < len(ops):
        if current in ops:
            ordered.append(current)
        current = current.next_op
    return ordered


@dataclass(frozen=True)
class Rescale:
    """A factor and its rounding."""

    multiplier: int
    shift: int
    rounding: RoundingMode


def _as_rescale(table: NDArray[Any], source: FxpType, element: FxpType) -> Rescale | None:
    """Return a clamped rescale that equals the table, if there is one."""
    try:
        multipliers, shifts = as_shifts(*quantize_multipliers(source.scale / element.scale))
    except ValueError:
        return None
    inputs = np.arange(source.qmin, source.qmax + 1)
    for rounding in dict.fromkeys((rounding_of(element), "half_even")):
        rescaled = requantize(
            inputs,
            multipliers,
            shifts,
            input_zero_point=source.zero_point,
            zero_point=element.zero_point,
            rounding=rounding,
            low=int(table.min()),
            high=int(table.max()),
        )
        if np.array_equal(rescaled, table):
            return Rescale(int(multipliers[0]), int(shifts[0]), rounding)
    return None
