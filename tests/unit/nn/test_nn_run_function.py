"""Functions run on named arrays, ops built from Python values, names of nodes."""

from collections.abc import Callable

import numpy as np
import pytest
from nn_ops import Array, value
from xdsl.context import Context
from xdsl.dialects.builtin import (
    Builtin,
    FusedLoc,
    ModuleOp,
    NoneAttr,
    TensorType,
    UnknownLoc,
    f32,
    i8,
)
from xdsl.dialects.func import Func
from xdsl.ir import SSAValue
from xdsl.parser import Parser

from nnopt.dialects import fxp, nn
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import make_interpreter, run_function

TEXT = """
func.func @main(%x: tensor<1x2xf32> {nn.name = "input:0"}, %y: tensor<2xf32>)
    -> (tensor<1x2xf32> {nn.name = "/out"}, tensor<1x2x!fxp.affine<i8, 0.5:1>>) {
  %0 = nn.add %x, %y : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = fxp.quantize %0 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 0.5:1>>
  %2 = func.call @twice(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  func.return %2, %1 : tensor<1x2xf32>, tensor<1x2x!fxp.affine<i8, 0.5:1>>
}
func.func private @twice(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.add %x, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  func.return %0 : tensor<1x2xf32>
}
"""

X: Array = np.array([[1, 2]], np.float32)
Y: Array = np.array([0.5, -1], np.float32)


def parse(text: str) -> ModuleOp:
    context = Context()
    for dialect in (Builtin, Func, nn.NN, fxp.FXP):
        context.load_dialect(dialect)
    module = Parser(context, text).parse_module()
    module.verify()
    return module


def test_run_function_by_names():
    results = run_function(parse(TEXT), {"input:0": X, "arg1": Y})
    assert list(results) == ["/out", "out1"]
    assert results["/out"].tolist() == [[3.0, 2.0]]
    assert results["out1"].tolist() == [[4, 3]]
    assert results["out1"].dtype == np.int8


def test_run_another_function():
    results = run_function(parse(TEXT), {"arg0": X}, "twice")
    assert results["out0"].tolist() == [[2.0, 4.0]]


@pytest.mark.parametrize(
    ("inputs", "function", "message"),
    [
        ({"input:0": X}, "main", "no value for input arg1"),
        ({"input:0": X, "arg1": Y}, "other", "no function 'other'"),
        ({"input:0": X[0], "arg1": Y}, "main", r"'input:0' must have shape \(1, 2\)"),
        ({"input:0": X.astype(np.float64), "arg1": Y}, "main", "and type float32"),
    ],
)
def test_run_function_refuses(inputs: dict[str, Array], function: str, message: str):
    with pytest.raises(NnoptError, match=message):
        run_function(parse(TEXT), inputs, function)


def test_interpreters_do_not_share_values():
    module = parse(TEXT)
    first, second = make_interpreter(module), make_interpreter(module)
    assert np.array_equal(first.call_op("twice", (X,))[0], 2 * X)
    assert np.array_equal(second.call_op("twice", (Y,))[0], 2 * Y)


def test_node_names():
    op = nn.ReluOp(value((2,), f32))
    assert nn.node_name(op) is None
    op.location = nn.name_location("/conv1/Relu")
    assert nn.node_name(op) == "/conv1/Relu"
    op.location = FusedLoc((UnknownLoc(), nn.name_location("b"), nn.name_location("c")), NoneAttr())
    assert nn.node_name(op) == "b"
    assert nn.name_location("") == UnknownLoc()
    assert nn.identifier("/conv1/Relu:0") == "conv1_Relu_0"


CASES: list[tuple[Callable[[SSAValue], nn.NnOp], tuple[int, ...]]] = [
    (lambda x: nn.AddOp(x, value((4, 1, 1), f32)), (4, 2, 3)),
    (lambda x: nn.ReduceOp(x, "sum", (-1,)), (2, 1)),
    (lambda x: nn.ReduceOp(x, "sum", (-1,), keepdims=False), (2,)),
    (lambda x: nn.TransposeOp(x, (1, 0)), (3, 2)),
    (lambda x: nn.ConcatOp([x, x], -1), (2, 6)),
    (lambda x: nn.PadOp(x, (1, 0, 0, 2)), (3, 5)),
    (lambda x: nn.SliceOp(x, (0, 2), (2, 2), (1, -1)), (2, 2)),
    (lambda x: nn.MatmulOp(x, value((3, 7), f32)), (2, 7)),
    (lambda x: nn.FullyConnectedOp(x, value((5, 3), f32), value((5,), f32)), (2, 5)),
    (lambda x: nn.SoftmaxOp(x), (2, 3)),
]


@pytest.mark.parametrize(("make", "shape"), CASES)
def test_result_shapes_are_inferred(make: Callable[[SSAValue], nn.NnOp], shape: tuple[int, ...]):
    op = make(value((2, 3), f32))
    op.verify()
    assert op.results[0].type == TensorType(f32, shape)


def test_result_elements_are_inferred():
    x = value((2, 3), i8)
    assert nn.CastOp(x, f32).result.type == TensorType(f32, (2, 3))
    assert nn.ReluOp(x).result.type == x.type
