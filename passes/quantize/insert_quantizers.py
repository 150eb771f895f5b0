"""Put quantizers into a calibrated graph of real numbers: post-training quantization."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnitAttr
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import PassFailedException

from ...dialects import fxp, nn
from ...dialects.fxp import FxpType
from .calibrate import SCHEME, argument_attributes, drop_ranges, input_names, range_of
from .constants import QuantizedConstant, plain_constant
from .fold_arithmetic import constant, only_quantized
from .fold_qdq import FoldQdqPass
from .operators import BY_TABLE, CLAMPS, LINEAR, TABULATED, is_real, only_moves
from .recurrent import has_integer_cell, quantize_cell
from .schemes import FLOAT, UNIT_RANGES, Scheme, find_scheme, finest


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
      %y = nn.sigmoid %1 {nn.by_table} : tensor<4xf32> -> tensor<4xf32>
      %2 = fxp.quantize %y : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.00390625:-128>>
      %3 = fxp.dequantize %2 : tensor<4x!fxp.affine<i8, 0.00390625:-128>> -> tensor<4xf32>
      func.return %3 : tensor<4xf32>
    }
    ```
    """

    name = "insert-quantizers"

    scheme: str = "int8"
    """int8, int16x8 (16-bit activations, 8-bit weights), int16, or Qm.n fixed point: q7, q15."""

    layers: str = "{}"
    """Schemes of single layers, or float: a JSON object from names of nodes and inputs. They come
    before those that `choose-schemes` left.
    """

    fraction_bits: int | None = None
    """n of a Qm.n that the whole network shares (q7, q15); each layer its own by default."""

    real_inputs: bool = False
    """Quantize weights of layers with real inputs as well: to study layers one by one."""

    def __post_init__(self) -> None:
        self.chooser()

    def chooser(
        self, marked: Mapping[str, str] | None = None
    ) -> Callable[[str | None], Scheme | None]:
        """Return the function from the name of a node or input to its scheme; None: stay real.

        `marked` are schemes by name that count where no option says otherwise.
        """
        try:
            default = find_scheme(self.scheme, self.fraction_bits)
            content: object = json.loads(self.layers)
            if not isinstance(content, dict):
                raise PassFailedException("layers must be a JSON object of names and schemes")
            names = {**(marked or {}), **cast("dict[str, str]", content)}
            known = {n: None if v == FLOAT else find_scheme(v) for n, v in names.items()}
        except (PassFailedException, ValueError) as error:
            raise PassFailedException(f"insert-quantizers: {error}") from error
        return lambda name: default if name is None else known.get(name, default)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Quantize activations, then weights; what is quantized already stays as it is."""
        if any(isinstance(inner, fxp.QuantizeOp) for inner in op.walk()):
            FoldQdqPass().apply(ctx, op)
        for function in op.body.block.ops:
            if isinstance(function, func.FuncOp) and not function.is_declaration:
                choose = self.chooser(marked_schemes(function))
                types = activation_types(function, choose)
                for value, element in types.items():
                    insert_pair(value, element)
                for inner in list(function.walk()):
                    if isinstance(inner, LINEAR):
                        scheme = choose(nn.node_name(inner))
                        if scheme is not None:
                            quantize_weights(inner, scheme, real_inputs=self.real_inputs)
                    elif isinstance(inner, nn.RecurrentOp) and has_integer_cell(inner):
                        scheme = choose(nn.node_name(inner))
                        known = isinstance(inner.input.owner, fxp.DequantizeOp)
                        if scheme is not None and (known or self.real_inputs):
                            quantize_cell(inner, scheme)
                mark_tables(function)
                drop_ranges(function)


def marked_schemes(function: func.FuncOp) -> dict[str, str]:
    """Return the schemes that `choose-schemes` left, by the names of nodes and inputs."""
    marks = {nn.node_name(op): op.attributes.get(SCHEME) for op in function.body.block.ops}
    for name, attributes in zip(input_names(function), argument_attributes(function), strict=True):
        marks[name] = attributes.get(SCHEME)
    return {n: m.data for n, m in marks.items() if n is not None and isinstance(m, StringAttr)}


def mark_tables(function: func.FuncOp) -> None:
    """Let functions between quantizers be computed by tables."""
    for op in function.walk():
        given = any(isinstance(v.owner, fxp.DequantizeOp) for v in op.operands)
        if given and isinstance(op, TABULATED) and not isinstance(op, CLAMPS):
            op.attributes[BY_TABLE] = UnitAttr()


def activation_types(
    function: func.FuncOp, choose: Callable[[str | None], Scheme | None]
) -> dict[SSAValue, FxpType]:
    """Return the type for each real value of a function that is to be quantized.

    `choose` gives the scheme of a node or an input by its name. Values that share their type, as
    they are moved only, take the finest scheme among them.
    """
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
    result: dict[SSAValue, FxpType] = {}
    names = input_names(function)
    for group in groups.values():
        schemes = [choose(name_of(v, names)) for v in group if not only_moves(v.owner)]
        scheme = finest(schemes)
        if scheme is not None:
            result.update(dict.fromkeys(group, _group_type(group, scheme)))
    return result


def name_of(value: SSAValue, inputs: list[str]) -> str | None:
    """Return the name of the node that makes a value, or that of the input which it is."""
    if isinstance(value, BlockArgument):
        return inputs[value.index]
    return nn.node_name(value.owner) if isinstance(value.owner, Operation) else None


def _real_values(function: func.FuncOp) -> list[SSAValue]:
    block = function.body.block
    results = [r for op in block.ops if not isinstance(op, nn.ConstantOp) for r in _values_of(op)]
    return [
        v
        for v in (*block.args, *results)
        if is_real(v)
        and plain_constant(v) is None
        and not isinstance(v.owner, fxp.DequantizeOp)
        and not only_quantized(v)
    ]


def _values_of(op: Operation) -> list[SSAValue]:
    """Return the results that mean something: of a cell, those that are used."""
    if not isinstance(op, nn.RecurrentOp):
        return list(op.results)
    return [r for r in op.results if r is not op.workspace and list(r.uses)]


def _clamped_only(value: SSAValue) -> bool:
    """Return whether the value is only clamped: then the clamp's result is quantized alone."""
    users = [use.operation for use in value.uses]
    return len(users) == 1 and isinstance(users[0], CLAMPS) and not isinstance(value, BlockArgument)


def _group_type(group: list[SSAValue], scheme: Scheme) -> FxpType:
    makers = [unit_range(v.owner) for v in group if not only_moves(v.owner)]
    if makers and makers[0] is not None and len(set(makers)) == 1:
        return scheme.encode_unit(*makers[0])
    ranges = [range_of(v) for v in group]
    return scheme.encode(min(low for low, _ in ranges), max(high for _, high in ranges))


def unit_range(owner: object) -> tuple[float, float] | None:
    """Return the range that all results of an operation lie in, if it is one of the fixed ones."""
    if isinstance(owner, nn.RecurrentOp):
        return (-1.0, 1.0) if has_integer_cell(owner) else None
    return UNIT_RANGES.get(type(owner)) if isinstance(owner, Operation) else None


def insert_pair(value: SSAValue, element: FxpType) -> None:
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


def quantize_weights(
    op: "nn.Conv2dOp | nn.FullyConnectedOp", scheme: Scheme, *, real_inputs: bool = False
) -> None:
    """Make the weights of a linear operation quantized constants.

    Those of a real input stay real, or with `real_inputs` are treated as if it were quantized.
    """
    source = op.operands[0].owner
    weights, bias = plain_constant(op.operands[1]), plain_constant(op.operands[2])
    if weights is None or bias is None:
        return
    if isinstance(source, fxp.DequantizeOp):
        input_scale = cast(FxpType, source.input_element).scale
    elif real_inputs:
        input_scale = scheme.encode(*range_of(op.operands[0])).scale
    else:
        return
    stored = constant(rounded_weights(weights, bias, input_scale, scheme))
    real = fxp.DequantizeOp(stored)
    stored.location = real.location = op.location
    Builder(InsertPoint.before(op)).insert(stored)
    Builder(InsertPoint.before(op)).insert(real)
    op.operands[1] = real.result


def rounded_weights(
    weights: NDArray[np.floating], bias: NDArray[np.floating], input_scale: float, scheme: Scheme
) -> QuantizedConstant:
    """Return weights (O, ...) rounded to the nearest integers of the type that a scheme gives."""
    element = scheme.weight_type(weights, bias, input_scale)
    limit = 2 ** (scheme.weight.width.data - 1) - 1
    shaped = element.scales.reshape(-1, *[1] * (weights.ndim - 1))
    integers = np.clip(np.rint(weights.astype(np.float64) / shaped), -limit, limit)
    return QuantizedConstant(integers.astype(element.dtype), element)
