"""The pass `native-io`: the network takes and gives tensors as it computes them."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    ModuleOp,
    i64,
)
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Attribute, BlockArgument, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import Rewriter

from ...dialects import fxp, nn
from ...dialects.interpreters import names_of
from ...dialects.interpreters.streaming import state_names
from ..rewriting import (
    apply_patterns,
    element_of,
    producer,
    rebuild,
    shape_of,
    sole_user,
    with_element,
)
from .layout_rules import order_of
from .permutations import Permutation, compose, identity, inverse

MODES = ("native", "model")


@dataclass
class _Boundary:
    """What the caller has to know about one argument or result, as attributes."""

    attributes: dict[str, Attribute]

    @staticmethod
    def at(attributes: ArrayAttr[DictionaryAttr] | None, index: int) -> _Boundary:
        return _Boundary(dict(attributes.data[index].data) if attributes is not None else {})

    def moved(self, value: SSAValue, order: Permutation) -> None:
        """Record that the network sees the present tensor transposed by `order`."""
        self._remember(value)
        known = self.attributes.get("nn.perm")
        before = identity(len(order))
        if isinstance(known, DenseArrayBase):
            before = tuple(int(axis) for axis in known.get_values())
        self.attributes["nn.perm"] = DenseArrayBase.from_list(i64, compose(before, order))

    def encoded(self, value: SSAValue, encoding: fxp.FxpType) -> None:
        """Record that the network sees integers of an encoding."""
        self._remember(value)
        self.attributes["nn.encoding"] = encoding

    def _remember(self, value: SSAValue) -> None:
        """Keep the model's own shape and element type, before the first change."""
        self.attributes.setdefault("nn.shape", DenseArrayBase.from_list(i64, shape_of(value)))
        self.attributes.setdefault("nn.type", element_of(value))


def _encoding_of(value: SSAValue) -> fxp.FxpType | None:
    """Return the encoding of a tensor with one scale."""
    element = element_of(value)
    return element if isinstance(element, fxp.FxpType) and element.axis is None else None


def take_natively(function: FuncOp, index: int, boundary: _Boundary) -> bool:
    """Let an argument be what the operation that is its only user makes of it, if that is only
    a change of form; return whether it was.
    """
    argument = function.body.block.args[index]
    user = argument.get_user_of_unique_use()
    if isinstance(user, nn.TransposeOp):
        boundary.moved(argument, order_of(user))
    elif isinstance(user, fxp.QuantizeOp | fxp.StorageCastOp):
        encoding = _encoding_of(user.result)
        if encoding is None:
            return False
        boundary.encoded(argument, encoding)
    else:
        return False
    argument = Rewriter.replace_value_with_new_type(argument, user.results[0].type)
    user.results[0].replace_all_uses_with(argument)
    Rewriter.erase_op(user)
    return True


def give_natively(ret: ReturnOp, index: int, boundary: _Boundary) -> bool:
    """Return the operand of an operation that only changes the form of a result, if it is one and
    the result is its only use; say whether it was.
    """
    value = ret.operands[index]
    maker = value.owner
    if not value.has_one_use():
        return False
    if isinstance(maker, nn.TransposeOp):
        boundary.moved(value, inverse(order_of(maker)))
    elif isinstance(maker, fxp.DequantizeOp | fxp.StorageCastOp):
        encoding = _encoding_of(maker.input)
        if encoding is None:
            return False
        boundary.encoded(value, encoding)
    else:
        return False
    ret.operands[index] = maker.operands[0]
    Rewriter.erase_op(maker)
    return True


def _state_pairs(function: FuncOp) -> dict[int, int]:
    """The arguments that are states: the number of the result that each becomes."""
    types = function.function_type
    names = names_of(function.arg_attrs, len(types.inputs), "arg")
    results = names_of(function.res_attrs, len(types.outputs), "out")
    return {names.index(n): results.index(r) for n, r in state_names(function).items()}


def _changes_form_alike(argument: SSAValue, result: SSAValue) -> bool:
    """Whether a state may be kept in another form: what becomes of the argument first is undone
    to the result last.
    """
    user, maker = argument.get_user_of_unique_use(), result.owner
    if not result.has_one_use() or maker is user:
        return False
    if isinstance(user, nn.TransposeOp) and isinstance(maker, nn.TransposeOp):
        return order_of(user) == inverse(order_of(maker))
    taken = isinstance(user, fxp.QuantizeOp | fxp.StorageCastOp)
    if not taken or not isinstance(maker, fxp.DequantizeOp | fxp.StorageCastOp):
        return False
    same = isinstance(user, fxp.QuantizeOp) == isinstance(maker, fxp.DequantizeOp)
    encoding = _encoding_of(user.result)
    return same and encoding is not None and encoding == _encoding_of(maker.input)


class CastBeforeReshape(RewritePattern):
    """quantize(reshape(argument)) -> reshape(quantize(argument)), if nobody else needs them."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: fxp.QuantizeOp | fxp.StorageCastOp, rewriter: PatternRewriter, /
    ) -> None:
        reshape = producer(op.input, nn.ReshapeOp)
        if reshape is None or _encoding_of(op.result) is None or not op.input.has_one_use():
            return
        if not isinstance(reshape.input, BlockArgument) or not reshape.input.has_one_use():
            return
        cast = rebuild(op, [reshape.input], with_element(reshape.input, element_of(op.result)))
        rewriter.replace(op, [cast, rebuild(reshape, cast.results, op.result.type)])


class CastAfterReshape(RewritePattern):
    """reshape(dequantize(q)) as a result of the network -> dequantize(reshape(q))."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReshapeOp, rewriter: PatternRewriter, /) -> None:
        cast = op.input.owner
        if not isinstance(cast, fxp.DequantizeOp | fxp.StorageCastOp):
            return
        if _encoding_of(cast.input) is None or not isinstance(sole_user(op.result), ReturnOp):
            return
        if not op.input.has_one_use():
            return
        reshape = rebuild(op, [cast.input], with_element(op.result, element_of(cast.input)))
        rewriter.replace(op, [reshape, rebuild(cast, reshape.results, op.result.type)])


@dataclass(frozen=True)
class NativeIoPass(ModulePass):
    """Take away transposes, quantization and dequantization at the ends of the network.

    The caller then gives and gets tensors in the network's own order of axes and integers. What it
    has to know is recorded on the argument or result:

    - `nn.perm`: the network's array is the model's array, transposed by this permutation;
    - `nn.encoding`: the type in which the network's integers stand for the model's reals;
    - `nn.shape`, `nn.type`: shape and element type in the model.

    Attributes are left out where nothing was changed. A state (`nn.state`) changes its form as an
    argument only where it does so as a result, too.

    Before:

    ```mlir
    func.func @taken(%image: tensor<1x3x4x5xf32> {nn.name = "image"}) -> tensor<1x4x5x3xf32> {
      %0 = fxp.quantize %image
          : tensor<1x3x4x5xf32> -> tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>>
      %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 3, 1>}
          : tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
      %2 = nn.relu %1
          : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
      %3 = fxp.dequantize %2
          : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3xf32>
      func.return %3 : tensor<1x4x5x3xf32>
    }
    ```

    After:

    ```mlir
    func.func @taken(%image: tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> {
      nn.name = "image",
      nn.shape = array<i64: 1, 3, 4, 5>, nn.type = f32,
      nn.encoding = !fxp.affine<i8, 0.5:-1>, nn.perm = array<i64: 0, 2, 3, 1>
    }) -> (tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> {
      nn.shape = array<i64: 1, 4, 5, 3>, nn.type = f32, nn.encoding = !fxp.affine<i8, 0.5:-1>
    }) {
      %2 = nn.relu %image
          : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
      func.return %2 : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
    }
    ```
    """

    name = "native-io"

    io: str = "native"
    """`native`, or `model`: keep the model's own order of axes and element types."""

    def __post_init__(self) -> None:
        if self.io not in MODES:
            raise ValueError(f"native-io: io must be one of {', '.join(MODES)}, got {self.io}")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if self.io == "model":
            return
        apply_patterns(op, CastBeforeReshape(), CastAfterReshape())
        for function in op.ops:
            if isinstance(function, FuncOp) and function.body.blocks:
                self._apply(function)

    def _apply(self, function: FuncOp) -> None:
        block = function.body.block
        ret = block.last_op
        inputs = [_Boundary.at(function.arg_attrs, i) for i in range(len(block.args))]
        pairs = _state_pairs(function)
        for index, boundary in enumerate(inputs):
            while index not in pairs and take_natively(function, index, boundary):
                pass
        if isinstance(ret, ReturnOp):
            outputs = [_Boundary.at(function.res_attrs, i) for i in range(len(ret.operands))]
            for index, boundary in enumerate(outputs):
                while index not in pairs.values() and give_natively(ret, index, boundary):
                    pass
            for index, result in pairs.items():
                while _changes_form_alike(block.args[index], ret.operands[result]):
                    take_natively(function, index, inputs[index])
                    give_natively(ret, result, outputs[result])
            function.res_attrs = _dictionaries(outputs)
        function.arg_attrs = _dictionaries(inputs)
        function.update_function_type()


def _dictionaries(boundaries: list[_Boundary]) -> ArrayAttr[DictionaryAttr] | None:
    if not any(boundary.attributes for boundary in boundaries):
        return None
    return ArrayAttr([DictionaryAttr(boundary.attributes) for boundary in boundaries])
