"""Share the range of channels between a layer and the one after it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import FloatAttr, ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import nn
from ..rewriting import sole_user
from .constants import plain_constant
from .operators import LINEAR

ROUNDS = 10
PASS_THROUGH = (nn.ReluOp, nn.MaxPool2dOp, nn.AvgPool2dOp, nn.LeakyReluOp)
"""Operations f with f(s * x) = s * f(x) for every s > 0, channel by channel."""


@dataclass(frozen=True)
class Pair:
    """Two layers of which the second takes the channels of the first, and of nothing else."""

    first: Operation
    second: Operation


@dataclass(frozen=True)
class EqualizePass(ModulePass):
    """Scale channels between consecutive layers so that all need the same range.

    Cross-layer equalization after Nagel et al. (https://arxiv.org/abs/1906.04721): where the
    weights of channel i are r1 at most in the first layer and r2 in the second, the first is
    divided by sqrt(r1 / r2), rounded to a power of two, and the second multiplied by it. The
    network computes the same, but one channel no longer spoils the steps of all others. Between
    the layers may be ReLUs and pools.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
      %w1 = nn.constant {value = dense<[[1.0], [64.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
      %b1 = nn.constant {value = dense<[2.0, 8.0]> : tensor<2xf32>} : tensor<2xf32>
      %w2 = nn.constant {value = dense<[[1.0, 1.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
      %b2 = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w1, %b1 {act_min = 0.0 : f32}
          : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
      %y = nn.fully_connected %h, %w2, %b2
          : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %y : tensor<1x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
      %w1 = nn.constant {value = dense<[[1.0], [8.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
      %b1 = nn.constant {value = dense<[2.0, 1.0]> : tensor<2xf32>} : tensor<2xf32>
      %w2 = nn.constant {value = dense<[[1.0, 8.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
      %b2 = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w1, %b1 {act_min = 0.0 : f32}
          : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
      %y = nn.fully_connected %h, %w2, %b2
          : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %y : tensor<1x1xf32>
    }
    ```
    """

    name = "equalize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Go over all pairs until their channels are balanced."""
        for _ in range(ROUNDS):
            changes = [equalize(pair) for pair in pairs(op)]
            if max(changes, default=1.0) == 1.0:
                break
        region_dce(op.body)


def pairs(module: ModuleOp) -> Iterator[Pair]:
    """Yield the layers whose channels can be scaled."""
    for op in list(module.walk()):
        if not isinstance(op, LINEAR) or not _has_constants(op) or not _is_homogeneous(op):
            continue
        user = sole_user(op.results[0])
        while isinstance(user, PASS_THROUGH):
            user = sole_user(user.results[0])
        if isinstance(user, LINEAR) and _has_constants(user) and _input_scales(user) is not None:
            yield Pair(op, user)


def equalize(pair: Pair) -> float:
    """Balance the channels of a pair; return the largest factor by which one was changed."""
    first, bias = (plain_constant(v) for v in pair.first.operands[1:3])
    second, incoming = plain_constant(pair.second.operands[1]), _input_scales(pair.second)
    if first is None or bias is None or second is None or incoming is None:
        return 1.0
    outgoing = np.abs(first.reshape(len(first), -1)).max(axis=1)
    outgoing = np.maximum(outgoing, np.finfo(np.float32).tiny).astype(np.float64)
    if len(outgoing) != len(incoming):
        return 1.0
    dead = (incoming <= 0) | (outgoing <= 1e-30)
    ratios = np.sqrt(outgoing / np.where(dead, outgoing, incoming))
    factors = np.where(dead, 1.0, 2.0 ** np.rint(np.log2(ratios)))  # exact in floating point
    if (factors == 1).all():
        return 1.0
    replace_constant(pair.first, 1, first / factors.reshape(-1, *[1] * (first.ndim - 1)))
    replace_constant(pair.first, 2, bias / factors)
    replace_constant(pair.second, 1, second * _along_inputs(pair.second, second, factors))
    return float(np.maximum(factors, 1 / factors).max())


def _has_constants(op: Operation) -> bool:
    return all(plain_constant(v) is not None for v in op.operands[1:3])


def _is_homogeneous(op: Operation) -> bool:
    """Return whether the fused activation lets positive factors through."""
    low, high = op.properties.get("act_min"), op.properties.get("act_max")
    zero = not isinstance(low, FloatAttr) or low.value.data in (0.0, -np.inf)
    return zero and (not isinstance(high, FloatAttr) or high.value.data == np.inf)


def _input_scales(op: Operation) -> NDArray[np.float64] | None:
    """Return the largest weight of each input channel; None if it is not known which that is."""
    weights = plain_constant(op.operands[1])
    if weights is None:
        return None
    sizes = np.abs(weights.astype(np.float64))
    if isinstance(op, nn.FullyConnectedOp):
        return sizes.max(axis=0)
    if not isinstance(op, nn.Conv2dOp):
        return None
    groups = op.groups.value.data
    if groups == 1:
        return sizes.max(axis=(0, 1, 2))
    per_group = sizes.reshape(groups, -1, *sizes.shape[1:]).max(axis=(1, 2, 3))
    return per_group.reshape(-1)


def _along_inputs(
    op: Operation, weights: NDArray[np.floating], factors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return factors of input channels in the shape of the weights (or one that broadcasts)."""
    if isinstance(op, nn.FullyConnectedOp):
        return factors[None, :]
    groups = op.groups.value.data if isinstance(op, nn.Conv2dOp) else 1
    of_group = np.repeat(factors.reshape(groups, -1), len(weights) // groups, axis=0)
    return of_group[:, None, None, :]


def replace_constant(op: Operation, index: int, array: NDArray[np.floating]) -> None:
    """Give an operation another constant operand of real numbers."""
    old = op.operands[index]
    constant = nn.ConstantOp.from_array(np.ascontiguousarray(array, np.float32))
    constant.location = op.location
    constant.results[0].name_hint = old.name_hint
    alone = isinstance(old.owner, nn.ConstantOp) and old.has_one_use()
    place = old.owner if alone and isinstance(old.owner, Operation) else op
    Rewriter.insert_op(constant, InsertPoint.before(place))
    op.operands[index] = constant.results[0]
