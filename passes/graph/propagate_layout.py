"""The pass `propagate-layout`: no transposes between convolutions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import nn
from ..rewriting import apply_patterns, producer, rebuild, shape_of, with_shape
from .canonical_forms import ReshapeOfReshape
from .identities import SameTypeMovement
from .layout_problem import Labels, LayoutProblem
from .layout_rules import Broadcasting, order_of, permuted_type
from .permutations import Permutation, compose, identity, inverse, is_view
from .sink_reshapes import FlattenBeforeFullyConnected, SinkReshape
from .weights import column_order, has_free_columns, permute_columns


class FoldTransposeIntoWeights(RewritePattern):
    """fully_connected(reshape(transpose(x)), w) -> fully_connected(reshape(x), columns of w)."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.FullyConnectedOp, rewriter: PatternRewriter, /) -> None:
        reshape = producer(op.operands[0], nn.ReshapeOp)
        if reshape is None:
            return
        transpose = producer(reshape.operands[0], nn.TransposeOp)
        if transpose is None or not has_free_columns(op.operands[1]):
            return
        order = column_order(
            shape_of(transpose.result), shape_of(reshape.result), order_of(transpose)
        )
        if order is None:
            return
        flat = rebuild(reshape, transpose.operands)
        rewriter.insert(flat)
        weights = permute_columns(op.operands[1], order, rewriter)
        rewriter.replace(op, rebuild(op, [flat.results[0], weights, *op.operands[2:]]))


class _Relayout:
    """Rewrites one block according to labels."""

    def __init__(self, block: Block, problem: LayoutProblem, labels: Labels):
        self.block, self.problem, self.labels = block, problem, labels
        self.stored: dict[SSAValue, tuple[SSAValue, Permutation]] = {}
        self.made: dict[tuple[SSAValue, Permutation], SSAValue] = {}

    def run(self) -> None:
        """Rewrite the block; transposes and constants without users are left behind."""
        for op in list(self.block.ops):
            if isinstance(op, nn.TransposeOp):
                continue
            rule, label = self.problem.rules.get(op), self.labels.get(op)
            operands: list[SSAValue] = []
            for edge in self.problem.inputs[op]:
                order = self.problem.wanted(edge, self.labels)
                value = self._get(edge.root, order, op)
                if isinstance(rule, Broadcasting) and label not in (
                    None,
                    identity(len(label or ())),
                ):
                    shape = rule.aligned_shape(op, edge.index, label)
                    value = self._reshaped(value, shape, op)
                operands.append(value)
            if rule is None or label is None or not _moves(label):
                for edge, value in zip(self.problem.inputs[op], operands, strict=True):
                    op.operands[edge.index] = value
                continue
            new = rule.build(op, label, operands)
            Rewriter.insert_op(new, InsertPoint.before(op))
            order = rule.result(op, label)
            assert order is not None
            self.stored[op.results[0]] = (new.results[0], order)

    def _get(self, root: SSAValue, order: Permutation, user: Operation) -> SSAValue:
        """Return a value that holds root.transpose(order)."""
        value, made = self.stored.get(root, (root, identity(len(order))))
        step = compose(inverse(made), order)
        if step == identity(len(step)):
            return value
        if (root, order) not in self.made:
            self.made[root, order] = self._transposed(value, step, user)
        return self.made[root, order]

    def _transposed(self, value: SSAValue, step: Permutation, user: Operation) -> SSAValue:
        type_ = permuted_type(value.type, step)
        owner = value.owner
        if isinstance(owner, nn.ConstantOp):
            array = np.ascontiguousarray(owner.array().transpose(step))
            new: Operation = nn.ConstantOp.from_array(array, type_)
            new.location = owner.location
        elif is_view(shape_of(value), step):
            new = nn.ReshapeOp(value, shape_of(type_), result_type=type_)
            new.location = user.location
        else:
            new = nn.TransposeOp(value, step, result_type=type_)
            new.location = user.location
        return self._insert_after(value, new)

    def _reshaped(self, value: SSAValue, shape: tuple[int, ...], user: Operation) -> SSAValue:
        if shape_of(value) == shape:
            return value
        type_ = with_shape(value.type, shape)
        if isinstance(value.owner, nn.ConstantOp):
            array = value.owner.array().reshape(shape)
            new: Operation = nn.ConstantOp.from_array(array, type_)
        else:
            new = nn.ReshapeOp(value, shape)
        new.location = user.location
        return self._insert_after(value, new)

    def _insert_after(self, value: SSAValue, new: Operation) -> SSAValue:
        owner = value.owner
        point = (
            InsertPoint.after(owner)
            if isinstance(owner, Operation)
            else InsertPoint.at_start(self.block)
        )
        Rewriter.insert_op(new, point)
        new.results[0].name_hint = value.name_hint
        return new.results[0]


def _moves(label: Permutation) -> bool:
    return label != identity(len(label))


@dataclass(frozen=True)
class PropagateLayoutPass(ModulePass):
    """Choose the order of axes of every operation such that the fewest bytes are transposed.

    Models from ONNX are channels first, the windows of `nn` channels last, so an import surrounds
    every convolution by transposes. This pass sees the function as one problem (`layout_problem`):
    element-wise operations, concatenations, pads, slices, reductions, softmax, quantizers and
    reshapes that tear nothing apart work in whatever order costs least. Constants are stored anew,
    weights after a flattening take its transpose in (`weights`), and the reshapes of
    one-dimensional networks move out from between the layers (`sink_reshapes`). What remains lies
    at the ends of the function, where `native-io` takes it, or moves data by the model's own will.

    Before:

    ```mlir
    func.func @sink(%x: tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32> {
      %s = nn.constant {value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>} : tensor<2x1x1xf32>
      %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
          : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
      %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>}
          : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
      %2 = nn.mul %1, %s : (tensor<1x2x4x5xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x5xf32>
      %3 = nn.softmax %2 {axis = 1 : i64} : tensor<1x2x4x5xf32> -> tensor<1x2x4x5xf32>
      %4 = nn.transpose %3 {permutation = array<i64: 0, 2, 3, 1>}
          : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
      func.return %4 : tensor<1x4x5x2xf32>
    }
    ```

    After:

    ```mlir
    func.func @sink(%x: tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32> {
      %s = nn.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
      %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
          : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
      %1 = nn.mul %0, %s : (tensor<1x4x5x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
      %2 = nn.softmax %1 {axis = 3 : i64} : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
      func.return %2 : tensor<1x4x5x2xf32>
    }
    ```
    """

    name = "propagate-layout"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, FlattenBeforeFullyConnected())
        for function in op.ops:
            if isinstance(function, FuncOp) and function.body.blocks:
                self._relayout(function.body.block)
        apply_patterns(
            op, FoldTransposeIntoWeights(), SinkReshape(), ReshapeOfReshape(), SameTypeMovement()
        )

    def _relayout(self, block: Block) -> None:
        if not any(isinstance(op, nn.TransposeOp) for op in block.ops):
            return
        problem = LayoutProblem(block)
        _Relayout(block, problem, problem.solve()).run()
