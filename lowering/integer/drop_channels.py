"""Work that need not be done, removed exactly: channels that are constant or not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, ModuleOp, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import fxp, nn
from ...passes.graph.canonical_forms import ReshapeOfReshape
from ...passes.rewriting import apply_patterns, constant_of, rebuild, shape_of, with_shape
from .channel_ranges import Ints, centred_weights, channels_of, zero_point_of
from .channel_use import Mask, Use, is_dense, is_depthwise

KEPT, TOTAL = "nn.kept", "nn.channels"
"""Attributes of an op that has lost channels: which it has kept, of how many."""


class Dropper:
    """Rewrites the ops of a module without the channels that are not needed."""

    def __init__(self, use: Use):
        self.use = use
        self.masks = {value: mask.copy() for value, mask in use.keep.items()}
        self.folded = {
            op: use.foldable(cast(Any, op)) & ~use.keep[op.operands[0]]
            for op in use.ops
            if is_dense(op) and op.operands[0] in use.keep
        }

    def run(self) -> bool:
        """Rewrite every op that loses channels; whether there was any."""
        todo = [op for op in reversed(self.use.ops) if self._changes(op)]
        new = [(op, self._parts(op)) for op in todo]
        for op, (operands, attributes) in new:
            given = [operands.get(k, value) for k, value in enumerate(op.operands)]
            for value in operands.values():
                Rewriter.insert_op(cast(Operation, value.owner), InsertPoint.before(op))
            self._replace(op, given, attributes)
        return bool(todo)

    def _changes(self, op: Operation) -> bool:
        return any(not self.masks[v].all() for v in (*op.operands, *op.results) if v in self.masks)

    def _mask(self, value: SSAValue) -> Mask:
        return self.masks[value]

    def _replace(
        self, op: Operation, operands: list[SSAValue], attributes: dict[str, Attribute | None]
    ) -> None:
        (old,) = op.results
        mask = self._mask(old)
        kept = np.flatnonzero(mask)
        shape = shape_of(old)
        if isinstance(op, nn.ReshapeOp):
            shape = (*shape[:-1], len(kept))
        elif not mask.all():
            shape = (*shape[:-1], len(kept))
            before = op.attributes.get(KEPT)
            names = np.array(cast(Any, before).get_values()) if before else np.arange(len(mask))
            attributes[KEPT] = DenseArrayBase.from_list(i64, [int(c) for c in names[kept]])
            if before is None:
                attributes[TOTAL] = IntegerAttr(len(mask), i64)
        new = rebuild(op, operands, with_shape(old, shape), attributes)
        Rewriter.insert_op(new, InsertPoint.before(op))
        old.replace_all_uses_with(new.results[0])
        op.detach()
        op.erase()

    def _parts(self, op: Operation) -> tuple[dict[int, SSAValue], dict[str, Attribute | None]]:
        """New constants, by operand, and new attributes of an op."""
        if is_dense(op):
            return self._dense(cast(Any, op)), {}
        (result,) = op.results
        mask = self._mask(result)
        constants: dict[int, SSAValue] = {}
        attributes: dict[str, Attribute | None] = {}
        if is_depthwise(op):
            for k in (1, 2):
                array = cast("NDArray[Any]", constant_of(op.operands[k]))
                constants[k] = self._constant(op, k, array[mask])
            attributes["groups"] = IntegerAttr(int(mask.sum()), i64)
            return constants, attributes
        for k, operand in enumerate(op.operands):
            array = constant_of(operand)
            if array is not None and array.ndim and array.shape[-1] == len(mask) > 1:
                constants[k] = self._constant(op, k, array[..., mask])
        if isinstance(op, fxp.RequantizeOp) and len(op.multiplier.get_values()) == len(mask) > 1:
            for name, values in (("multiplier", op.multiplier), ("shift", op.shift)):
                array = np.array(values.get_values(), np.int32)[mask]
                attributes[name] = DenseArrayBase.from_list(i32, [int(v) for v in array])
        return constants, attributes

    def _dense(self, op: nn.Conv2dOp | nn.FullyConnectedOp) -> dict[int, SSAValue]:
        """Weights without what is dropped; the bias with what constant channels contribute."""
        rows, columns = self._mask(op.result), self._mask(op.input)
        weights = cast("NDArray[Any]", constant_of(op.weight))
        bias = cast("NDArray[Any]", constant_of(op.bias))
        return {
            1: self._constant(op, 1, weights[rows][..., columns]),
            2: self._constant(op, 2, (bias + self._contribution(op)).astype(bias.dtype)[rows]),
        }

    def _contribution(self, op: nn.Conv2dOp | nn.FullyConnectedOp) -> Ints:
        """What the dropped constant channels add to each output."""
        folded = self.folded[op]
        found = self.use.ranges.of(op.input)
        if found is None or not folded.any():
            return np.zeros(channels_of(op.result), np.int64)
        weights = cast(Ints, centred_weights(op)).sum(1)
        return weights[:, folded] @ (found.low - zero_point_of(op))[folded]

    def _constant(self, op: Operation, k: int, array: NDArray[Any]) -> SSAValue:
        """A new constant in place of operand k."""
        constant = nn.ConstantOp.from_array(np.ascontiguousarray(array))
        constant.location = op.location
        constant.result.name_hint = op.operands[k].name_hint
        return constant.result


@dataclass(frozen=True)
class DropChannelsPass(ModulePass):
    """Remove channels that are constant or multiplied by zero, wherever no output can tell.

    Training leaves channels without weights behind: they hold one number, whatever the input.
    Which do follows from the ranges of all channels (`channel_ranges.py`); a constant goes through
    rescales, sums, pools and depthwise convolutions and ends in the bias of the next layer, with
    which its channel is cut. So are channels that nothing reads (`channel_use.py`). The integers of
    all other channels stay the same. What is left says which channels it has kept, of how many.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
      %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [0, 0], [1, -1]]> : tensor<5x2xi8>}
          : tensor<5x2xi8>
      %b = nn.constant {value = dense<[1, 2, 3, 64, 5]> : tensor<5xi32>} : tensor<5xi32>
      %a = nn.fully_connected %x, %w, %b
          : (tensor<1x2xi8>, tensor<5x2xi8>, tensor<5xi32>) -> tensor<1x5xi32>
      %h = fxp.requantize %a {
          multiplier = array<i32: 1, 1, 1, 1, 1>, shift = array<i32: 1, 1, 1, 1, 1>,
          rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<1x5xi32> -> tensor<1x5xi8>
      %v = nn.constant {value = dense<[[1, 2, 3, 4, 5]]> : tensor<1x5xi8>} : tensor<1x5xi8>
      %c = nn.constant {value = dense<10> : tensor<1xi32>} : tensor<1xi32>
      %y = nn.fully_connected %h, %v, %c
          : (tensor<1x5xi8>, tensor<1x5xi8>, tensor<1xi32>) -> tensor<1x1xi32>
      func.return %y : tensor<1x1xi32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
      %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [1, -1]]> : tensor<4x2xi8>}
          : tensor<4x2xi8>
      %b = nn.constant {value = dense<[1, 2, 3, 5]> : tensor<4xi32>} : tensor<4xi32>
      %a = nn.fully_connected %x, %w, %b {nn.kept = array<i64: 0, 1, 2, 4>, nn.channels = 5 : i64}
          : (tensor<1x2xi8>, tensor<4x2xi8>, tensor<4xi32>) -> tensor<1x4xi32>
      %h = fxp.requantize %a {nn.kept = array<i64: 0, 1, 2, 4>, nn.channels = 5 : i64,
          multiplier = array<i32: 1, 1, 1, 1>, shift = array<i32: 1, 1, 1, 1>,
          rounding = "half_up", min = -128 : i32, max = 127 : i32}
          : tensor<1x4xi32> -> tensor<1x4xi8>
      %v = nn.constant {value = dense<[[1, 2, 3, 5]]> : tensor<1x4xi8>} : tensor<1x4xi8>
      %c = nn.constant {value = dense<138> : tensor<1xi32>} : tensor<1xi32>
      %y = nn.fully_connected %h, %v, %c
          : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi32>
      func.return %y : tensor<1x1xi32>
    }
    ```
    """

    name = "drop-channels"

    multiple: int = 4
    """Kept channels are rounded up to multiples of this, the register block of most kernels."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Drop channels of the whole module."""
        apply_patterns(op, ReshapeOfReshape())
        if Dropper(Use(op, self.multiple)).run():
            region_dce(op.body)
