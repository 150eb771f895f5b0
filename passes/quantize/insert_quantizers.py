"""Put quantizers into a calibrated graph of real numbers: post-training quantization."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerType, ModuleOp, i8, i16
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fxp import AffineType
from .calibrate import drop_ranges, range_of
from .constants import QuantizedConstant, plain_constant
from .fold_arithmetic import constant, only_quantized
from .fold_qdq import FoldQdqPass
from .operators import CLAMPS, LINEAR, is_real, only_moves
from .ranges import affine_encoding, symmetric_encoding, weight_scales


@dataclass(frozen=True)
class Scheme:
    """How activations and weights are stored."""

    activation: IntegerType
    symmetric: bool
    """Activations have zero point 0."""
    fixed: dict[type[Operation], tuple[float, int]] = field(
        default_factory=dict[type[Operation], tuple[float, int]]
    )
    """Operations whose results always lie in the same range: scale and zero point for them."""
    weight: IntegerType = i8

    def encode(self, low: float, high: float) -> AffineType:
        """Return the type of an activation that was seen in [low, high]."""
        bits = self.activation.width.data
        make = symmetric_encoding if self.symmetric else affine_encoding
        encoding = make(low, high, bits)
        return AffineType.per_tensor(self.activation, encoding.scale, encoding.zero_point)


SCHEMES = {
    "int8": Scheme(
        i8,
        symmetric=False,
        fixed={
            nn.SoftmaxOp: (1 / 256, -128),
            nn.SigmoidOp: (1 / 256, -128),
            nn.HardSigmoidOp: (1 / 256, -128),
            nn.TanhOp: (1 / 128, 0),
        },
    ),
    "int16x8": Scheme(i16, symmetric=True),
}
"""int8: affine activations; int16x8: symmetric 16-bit activations. Weights are int8 per channel."""


@dataclass(frozen=True)
class InsertQuantizersPass(ModulePass):
    """Quantize every activation and the weights of a calibrated graph.

    After each value of real numbers stands a quantizer and a dequantizer for all users, so that
    `fold-qdq` can make integer operations of what is between. The ranges are the `nn.range`
    attributes left by `calibrate`. Values that are only moved, selected or joined share their
    scale.

    Before:

    ```mlir
    func.func @main(%x: tensor<4xf32> {nn.range = array<f64: -1.0, 30.875>}) -> tensor<4xf32> {
      %y = nn.sigmoid %x {nn.range = array<f64: 0.25, 1.0>} : tensor<4xf32> -> tensor<4xf32>
      func.return %y : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.125:-120>>
      %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.125:-120>> -> tensor<4xf32>
      %y = nn.sigmoid %1 : tensor<4xf32> -> tensor<4xf32>
      %2 = fxp.quantize %y : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.00390625:-128>>
      %3 = fxp.dequantize %2 : tensor<4x!fxp.affine<i8, 0.00390625:-128>> -> tensor<4xf32>
      func.return %3 : tensor<4xf32>
    }
    ```
    """

    name = "insert-quantizers"

    scheme: str = "int8"
    """int8 (affine 8-bit activations) or int16x8 (symmetric 16-bit activations); 8-bit weights."""

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise PassFailedException(
                f"insert-quantizers: unknown scheme '{self.scheme}', known: {', '.join(SCHEMES)}"
            )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Quantize activations, then weights; what is quantized already stays as it is."""
        if any(isinstance(inner, fxp.QuantizeOp) for inner in op.walk()):
            FoldQdqPass().apply(ctx, op)
        for function in op.body.block.ops:
            if isinstance(function, func.FuncOp) and not function.is_declaration:
                types = activation_types(function, SCHEMES[self.scheme])
                for value, element in types.items():
                    insert_pair(value, element)
                for inner in list(function.walk()):
                    if isinstance(inner, LINEAR):
                        quantize_weights(inner, SCHEMES[self.scheme])
                drop_ranges(function)


def activation_types(function: func.FuncOp, scheme: Scheme) -> dict[SSAValue, AffineType]:
    """Return the type for each real value of a function that is to be quantized."""
    leader: dict[SSAValue, SSAValue] = {}

    def find(value: SSAValue) -> SSAValue:
        while value in leader:
            value = leader[value]
        return value

    values = [v for v in _real_values(function) if not _clamped_only(v)]
    for value in values:
        op = value.owner
        if only_moves(op):
            for operand in op.operands:
                if plain_constant(operand) is None and find(operand) is not find(value):
                    leader[find(value)] = find(operand)
    groups: dict[SSAValue, list[SSAValue]] = {}
    for value in values:
        groups.setdefault(find(value), []).append(value)
    result: dict[SSAValue, AffineType] = {}
    for group in groups.values():
        element = _group_type(group, scheme)
        result.update(dict.fromkeys(group, element))
    return result


def _real_values(function: func.FuncOp) -> list[SSAValue]:
    block = function.body.block
    results = [r for op in block.ops if not isinstance(op, nn.ConstantOp) for r in op.results]
    return [
        v
        for v in (*block.args, *results)
        if is_real(v)
        and plain_constant(v) is None
        and not isinstance(v.owner, fxp.DequantizeOp)
        and not only_quantized(v)
    ]


def _clamped_only(value: SSAValue) -> bool:
    """Return whether the value is only clamped: then the clamp's result is quantized alone."""
    users = [use.operation for use in value.uses]
    return len(users) == 1 and isinstance(users[0], CLAMPS) and not isinstance(value, BlockArgument)


def _group_type(group: list[SSAValue], scheme: Scheme) -> AffineType:
    owners = [v.owner for v in group]
    fixed = {type(o) for o in owners if isinstance(o, Operation) and type(o) in scheme.fixed}
    makers = [o for o in owners if not only_moves(o)]
    if len(fixed) == 1 and all(type(o) in fixed for o in makers):
        return AffineType.per_tensor(scheme.activation, *scheme.fixed[fixed.pop()])
    ranges = [range_of(v) for v in group]
    return scheme.encode(min(low for low, _ in ranges), max(high for _, high in ranges))


def insert_pair(value: SSAValue, element: AffineType) -> None:
    """Put a quantizer and a dequantizer between a value and all its users."""
    owner = value.owner
    point = (
        InsertPoint.after(owner) if isinstance(owner, Operation) else InsertPoint.at_start(owner)
    )
    quantize = fxp.QuantizeOp(value, element)
    dequantize = fxp.DequantizeOp(quantize)
    for op in (quantize, dequantize):
        if isinstance(owner, Operation):
            op.location = owner.location
    Builder(point).insert(quantize)
    Builder(InsertPoint.after(quantize)).insert(dequantize)
    value.replace_uses_with_if(dequantize.result, lambda use: use.operation is not quantize)


def quantize_weights(op: "nn.Conv2dOp | nn.FullyConnectedOp", scheme: Scheme) -> None:
    """Make the weights of a linear operation with a quantized input quantized constants."""
    source = op.operands[0].owner
    weights, bias = plain_constant(op.operands[1]), plain_constant(op.operands[2])
    if not isinstance(source, fxp.DequantizeOp) or weights is None or bias is None:
        return
    input_scale = cast(AffineType, source.input_element).scale
    scales = weight_scales(weights, bias, input_scale, scheme.weight.width.data)
    element = AffineType.per_axis(scheme.weight, 0, scales)
    limit = 2 ** (scheme.weight.width.data - 1) - 1
    shaped = scales.reshape(-1, *[1] * (weights.ndim - 1))
    integers = np.clip(np.rint(weights.astype(np.float64) / shaped), -limit, limit)
    stored = constant(
        QuantizedConstant(cast("NDArray[np.int8]", integers.astype(element.dtype)), element)
    )
    real = fxp.DequantizeOp(stored)
    stored.location = real.location = op.location
    Builder(InsertPoint.before(op)).insert(stored)
    Builder(InsertPoint.before(op)).insert(real)
    op.operands[1] = real.result
