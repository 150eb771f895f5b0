"""The pass `fold-pad`: convolutions and pools pad their own input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from xdsl.context import Context
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, IntegerType, ModuleOp, i1, i64
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import fxp, nn
from ..rewriting import apply_patterns, element_of, producer, rebuild
from .activation import EVERYTHING, activation_of, limits_of


def spatial_pads(op: nn.PadOp) -> tuple[int, int, int, int] | None:
    """Return (top, left, bottom, right) of a constant pad of an image's height and width only."""
    pads = [int(p) for p in op.pads.get_values()]
    if len(pads) != 8 or op.mode.data != "constant" or min(pads) < 0:
        return None
    if any(pads[axis] for axis in (0, 3, 4, 7)):
        return None
    return (pads[1], pads[2], pads[5], pads[6])


def widened(pads: DenseArrayBase[IntegerType], more: Sequence[int]) -> DenseArrayBase[IntegerType]:
    """Return the pads of a window operation plus those of the pad before it."""
    total = [int(a) + b for a, b in zip(pads.get_values(), more, strict=True)]
    return DenseArrayBase.from_list(i64, total)


def pads_with_zero(op: nn.PadOp, zero_point: int) -> bool:
    """Return whether a pad adds what a convolution's own padding adds: zero, on plain integers the
    zero point.
    """
    plain = isinstance(element_of(op.operands[0]), IntegerType)
    return float(op.value.value.data) == (zero_point if plain else 0)


def lower_bound(value: SSAValue) -> float:
    """Return a number that no element of a tensor is less than: -inf where nothing is known."""
    bound = -inf
    element, owner = element_of(value), value.owner
    if isinstance(element, fxp.FxpType) and element.axis is None:
        bound = (element.qmin - element.zero_point) * element.scale
    if isinstance(owner, Operation):
        bound = max(bound, (limits_of(owner) or EVERYTHING)[0], activation_of(owner)[0])
    return bound


def pad_before(value: SSAValue) -> tuple[nn.PadOp, SSAValue] | None:
    """Return the pad that makes a value, and the value without it.

    Also dequantize(quantize(pad(dequantize(q)))) with one encoding, which is dequantize(q) with
    padding (of zeros, which every encoding has).
    """
    pad = producer(value, nn.PadOp)
    if pad is not None:
        return pad, pad.input
    last = producer(value, fxp.DequantizeOp)
    middle = producer(last.input, fxp.QuantizeOp) if last is not None else None
    pad = producer(middle.input, nn.PadOp) if middle is not None else None
    first = producer(pad.input, fxp.DequantizeOp) if pad is not None else None
    if middle is None or pad is None or first is None or pad.value.value.data != 0:
        return None
    if element_of(middle.result) != element_of(first.input):
        return None
    return pad, first.result


class PadIntoConvolution(RewritePattern):
    """conv2d(pad(x, 0)) -> conv2d(x) with larger pads."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.Conv2dOp, rewriter: PatternRewriter, /) -> None:
        found = pad_before(op.input)
        if found is None or (pads := spatial_pads(found[0])) is None:
            return
        if not pads_with_zero(found[0], op.input_zero_point.value.data):
            return
        operands = [found[1], *op.operands[1:]]
        rewriter.replace(op, rebuild(op, operands, attributes={"pads": widened(op.pads, pads)}))


class PadIntoAveragePool(RewritePattern):
    """avg_pool2d(pad(x, 0)) -> avg_pool2d(x) with larger pads that count as elements."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.AvgPool2dOp, rewriter: PatternRewriter, /) -> None:
        pad = producer(op.operands[0], nn.PadOp)
        if pad is None or (pads := spatial_pads(pad)) is None:
            return
        if not pads_with_zero(pad, op.input_zero_point.value.data):
            return
        if any(op.pads.get_values()) and not op.count_include_pad.value.data:
            return  # padding that counts and padding that does not
        attributes = {"pads": widened(op.pads, pads), "count_include_pad": IntegerAttr(1, i1)}
        rewriter.replace(op, rebuild(op, pad.operands, attributes=attributes))


def every_window_has_elements(op: nn.MaxPool2dOp, pads: DenseArrayBase[IntegerType]) -> bool:
    """Return whether no window of a pool with these pads can lie in the padding alone."""
    if not any(pads.get_values()):
        return True
    kernel = [int(k) for k in op.kernel.get_values()] * 2
    if any(d != 1 for d in op.dilations.get_values()):
        return False
    return all(int(p) < k for p, k in zip(pads.get_values(), kernel, strict=True))


class PadIntoMaxPool(RewritePattern):
    """max_pool2d(pad(x, v)) -> max_pool2d(x) with larger pads, where v never is the maximum.

    That is: no element of x is less than v, and each window holds an element of x.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.MaxPool2dOp, rewriter: PatternRewriter, /) -> None:
        pad = producer(op.operands[0], nn.PadOp)
        if pad is None or (pads := spatial_pads(pad)) is None:
            return
        if float(pad.value.value.data) > lower_bound(pad.operands[0]):
            return
        total = widened(op.pads, pads)
        if not every_window_has_elements(op, total):
            return
        rewriter.replace(op, rebuild(op, pad.operands, attributes={"pads": total}))


@dataclass(frozen=True)
class FoldPadPass(ModulePass):
    """Let convolutions and pools do the padding before them, where that changes no result.

    Before:

    ```mlir
    func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x3x1xf32> {
      %w = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
      %b = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
      %p = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 1, 1, 0>}
          : tensor<1x2x2x1xf32> -> tensor<1x4x3x1xf32>
      %y = nn.conv2d %p, %w, %b
          : (tensor<1x4x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x3x1xf32>
      func.return %y : tensor<1x4x3x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x3x1xf32> {
      %w = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
      %b = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
      %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 0, 1, 1>}
          : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x3x1xf32>
      func.return %y : tensor<1x4x3x1xf32>
    }
    ```
    """

    name = "fold-pad"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, PadIntoConvolution(), PadIntoAveragePool(), PadIntoMaxPool())
