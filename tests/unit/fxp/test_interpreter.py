"""Every operation of the dialect, run by the interpreter on a module given as text."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.dialects.func import Func
from xdsl.interpreter import Interpreter
from xdsl.interpreters.func import FuncFunctions
from xdsl.parser import Parser

from nnopt.dialects.fixed_point import ROUNDING_MODES, apply_scale
from nnopt.dialects.fxp import FXP
from nnopt.dialects.interpreters.fxp import FxpFunctions

Array = NDArray[Any]


def run(body: str, args: str, results: str, *values: Any) -> tuple[Any, ...]:
    """Run a function with arguments `args` whose body ends by returning %y of type `results`."""
    context = Context()
    for dialect in (Builtin, Func, FXP):
        context.load_dialect(dialect)
    text = f"func.func @main({args}) -> {results} {{ {body} func.return %y : {results} }}"
    module = Parser(context, text).parse_op()
    module.verify()
    interpreter = Interpreter(ModuleOp([module]))
    interpreter.register_implementations(FuncFunctions())
    interpreter.register_implementations(FxpFunctions())
    return interpreter.call_op("main", values)


def run_tensor(op: str, attributes: str, source: str, target: str, x: Array) -> Array:
    shape = "x".join(str(d) for d in x.shape)
    types = [f"tensor<{shape}x{t}>" for t in (source, target)]
    body = f"%y = {op} %x {attributes} : {types[0]} -> {types[1]}"
    return run(body, f"%x: {types[0]}", types[1], x)[0]


X = np.array([-100, -1.25, -0.75, -0.25, 0, 0.25, 0.75, 1.25, np.nan, 100], np.float32)


def test_quantize():
    q = run_tensor("fxp.quantize", "", "f32", "!fxp.affine<i8, 0.5:-1>", X)
    assert q.dtype == np.int8
    assert q.tolist() == [-128, -3, -3, -1, -1, -1, 1, 1, -1, 127]


def test_quantize_per_axis():
    x = np.full((2, 2), 1.5, np.float32)
    q = run_tensor("fxp.quantize", "", "f32", "!fxp.affine<ui8:1, {0.5:0, 1.0:7}>", x)
    assert q.dtype == np.uint8 and q.tolist() == [[3, 9], [3, 9]]


def test_quantize_to_binary_point():
    q = run_tensor("fxp.quantize", "", "f32", "!fxp.fixed<i16, 2>", X[:8])
    assert q.dtype == np.int16 and q.tolist() == [-400, -5, -3, -1, 0, 1, 3, 5]


def test_dequantize():
    q = np.array([-128, -1, 0, 127], np.int8)
    x = run_tensor("fxp.dequantize", "", "!fxp.affine<i8, 0.1:-1>", "f32", q)
    assert x.dtype == np.float32
    expected = np.array([-127, 0, 1, 128], np.float32) * np.float32(0.1)
    np.testing.assert_array_equal(x, expected)


def test_storage_cast():
    q = np.array([1, 2], np.uint8)
    assert run_tensor("fxp.storage_cast", "", "ui8", "!fxp.affine<ui8, 0.1:1>", q) is q


@pytest.mark.parametrize(("type", "dtype"), [("i8", np.int8), ("ui16", np.uint16)])
def test_from_real(type: str, dtype: Any):
    q = run_tensor("fxp.from_real", "{scale = 0.5 : f32, zero_point = 1 : i32}", "f32", type, X)
    expected = {
        "i8": [-128, -1, -1, 1, 1, 1, 3, 3, 1, 127],
        "ui16": [0, 0, 0, 1, 1, 1, 3, 3, 1, 201],
    }
    assert q.dtype == dtype and q.tolist() == expected[type]


def test_to_real():
    q = np.array([0, 255], np.uint8)
    x = run_tensor("fxp.to_real", "{scale = 0.1 : f32, zero_point = 5 : i32}", "ui8", "f32", q)
    np.testing.assert_array_equal(x, np.array([-5, 250], np.float32) * np.float32(0.1))


def test_widen():
    q = np.array([-128, 0, 127], np.int8)
    w = run_tensor("fxp.widen", "{zero_point = -128 : i32, multiplier = -3 : i32}", "i8", "i32", q)
    assert w.dtype == np.int32 and w.tolist() == [0, -384, -765]


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_requantize(mode: Any):
    acc = np.array([[-3, -3], [5, 5], [1000, -(2**31)]], np.int32)
    attributes = (
        "{input_zero_point = 1 : i32, multiplier = array<i32: 1073741824, 3>, "
        "shift = array<i32: 31, 1>, zero_point = 4 : i32, "
        f'rounding = "{mode}", min = -100 : i32, max = 120 : i32}}'
    )
    q = run_tensor("fxp.requantize", attributes, "i32", "i8", acc)
    expected = [
        [
            max(-100, min(120, apply_scale(max(int(a) - 1, -(2**31)), m, s, mode) + 4))
            for a, m, s in zip(row, (2**30, 3), (31, 1), strict=True)
        ]
        for row in acc
    ]
    assert q.dtype == np.int8 and q.tolist() == expected


def test_requantize_wide_accumulators():
    acc = np.array([2**45 + 2**44, -(2**45)], np.int64)
    attributes = (
        "{multiplier = array<i32: 1073741824>, shift = array<i32: 62>, "
        'rounding = "half_even", min = -32768 : i32, max = 32767 : i32}'
    )
    q = run_tensor("fxp.requantize", attributes, "i64", "i16", acc)
    assert q.dtype == np.int16 and q.tolist() == [12288, -8192]


def test_lookup():
    table = np.arange(256, dtype=np.uint8)[::-1]
    attributes = f'{{table = dense<"0x{table.tobytes().hex()}"> : tensor<256xui8>}}'
    q = np.array([-128, -127, 0, 127], np.int8)
    y = run_tensor("fxp.lookup", attributes, "i8", "ui8", q)
    assert y.dtype == np.uint8 and y.tolist() == [255, 254, 127, 0]


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_apply_scale(mode: Any):
    body = f'%y = fxp.apply_scale %a, %m, %s {{rounding = "{mode}"}} : i32'
    arguments = "%a: i32, %m: i32, %s: i32"
    for acc in (-5, -3, 3, 5, 2**31 - 1, -(2**31)):
        for multiplier, shift in ((2**30, 31), (2**31 - 1, 3), (1, 62)):
            y = run(body, arguments, "i32", acc, multiplier, shift)[0]
            exact = apply_scale(acc, multiplier, shift, mode)
            assert y == max(-(2**31), min(2**31 - 1, exact))


def test_saturate():
    body = "%y = fxp.saturate %x {min = -5 : i32, max = 7 : i32} : i64"
    assert [run(body, "%x: i64", "i32", x)[0] for x in (-(2**40), -5, 0, 7, 2**40)] == [
        -5,
        -5,
        0,
        7,
        7,
    ]


def test_scalars_agree_with_tensors():
    ends = "scale = 0.3 : f32, zero_point = 2 : i32"
    to_int = f"%y = fxp.real_to_int %x {{{ends}, min = -128 : i32, max = 127 : i32}}"
    to_real = f"%y = fxp.int_to_real %x {{{ends}}}"
    q = run_tensor("fxp.from_real", f"{{{ends}}}", "f32", "i8", X)
    assert [run(to_int, "%x: f32", "i32", float(v))[0] for v in X] == q.tolist()
    x = run_tensor("fxp.to_real", f"{{{ends}}}", "i8", "f32", q)
    assert [run(to_real, "%x: i32", "f32", int(v))[0] for v in q] == x.tolist()
