"""Element-wise ops against onnxruntime, Python's mathematics and float_math."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nn_ops import Array, each, fractions, random_integers, rounded, run, value_like
from onnx import helper
from onnx_reference import make_model, run_onnxruntime
from xdsl.dialects.builtin import TensorType, i1, i8, i16, i32, i64
from xdsl.ir import Attribute, Operation

from nnopt.dialects import float_math, fxp, nn
from nnopt.dialects.fxp import AffineType

Unary = type[nn.UnaryElementwiseOp]

UNARY: dict[Unary, tuple[str, Callable[[float], float]]] = {
    nn.ReluOp: ("Relu", lambda x: max(x, 0.0)),
    nn.SigmoidOp: ("Sigmoid", lambda x: 1 / (1 + math.exp(-x))),
    nn.TanhOp: ("Tanh", math.tanh),
    nn.ExpOp: ("Exp", math.exp),
    nn.LogOp: ("Log", lambda x: math.log(x) if x > 0 else -math.inf if x == 0 else math.nan),
    nn.SqrtOp: ("Sqrt", lambda x: math.sqrt(x) if x >= 0 else math.nan),
    nn.ReciprocalOp: ("Reciprocal", lambda x: 1 / x if x else math.inf),
    nn.NegateOp: ("Neg", lambda x: -x),
    nn.ErfOp: ("Erf", math.erf),
    nn.GeluOp: ("Gelu", lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2)))),
    nn.FloorOp: ("Floor", math.floor),
    nn.CeilOp: ("Ceil", math.ceil),
    nn.RoundOp: ("Round", round),
    nn.SinOp: ("Sin", math.sin),
    nn.CosOp: ("Cos", math.cos),
    nn.AtanOp: ("Atan", math.atan),
    nn.HardSwishOp: ("HardSwish", lambda x: x * min(max(x / 6 + 0.5, 0.0), 1.0)),
}

ATTRIBUTED: list[
    tuple[Unary, tuple[float, ...], str, dict[str, float], Callable[[float], float]]
] = [
    (nn.LeakyReluOp, (0.3,), "LeakyRelu", {"alpha": 0.3}, lambda x: x if x >= 0 else 0.3 * x),
    (
        nn.HardSigmoidOp,
        (0.3, 0.4),
        "HardSigmoid",
        {"alpha": 0.3, "beta": 0.4},
        lambda x: min(max(0.3 * x + 0.4, 0.0), 1.0),
    ),
]


def onnx_result(operator: str, inputs: dict[str, Array], **attributes: Any) -> Array:
    node = helper.make_node(operator, list(inputs), ["y"], **attributes)
    return run_onnxruntime(make_model([node], inputs, opset=20), inputs)["y"]


def check_fxp(
    make: Callable[[Any, Attribute], Operation], function: Callable[[float], float]
) -> None:
    """All 256 inputs; a result may differ where the real one is a tie but for rounding."""
    q = np.arange(-128, 128).astype(np.int8)
    source, target = AffineType.per_tensor(i8, 0.0471, -3), AffineType.per_tensor(i8, 0.031, -9)
    result = run(make(value_like(q, source), TensorType(target, q.shape)), q)
    for integer, number in zip(q.tolist(), result.tolist(), strict=True):
        real = function((integer + 3) * 0.0471)
        steps = -9.0 if math.isnan(real) else min(max(real / 0.031 - 9, -128), 127)
        assert abs(number - steps) <= 0.5 + 1e-9, integer


@pytest.mark.parametrize("kind", UNARY, ids=lambda kind: kind.name)
def test_unary(kind: Unary):
    operator, function = UNARY[kind]
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((3, 50)) * 4).astype(np.float32)
    x = np.abs(x) if kind in (nn.LogOp, nn.SqrtOp) else x
    np.testing.assert_allclose(
        run(kind(value_like(x)), x), onnx_result(operator, {"x": x}), rtol=2e-5, atol=2e-6
    )
    check_fxp(lambda value, type_: kind(value, result_type=type_), function)


@pytest.mark.parametrize("case", ATTRIBUTED, ids=lambda case: case[0].name)
def test_unary_with_attributes(case: Any):
    kind, arguments, operator, attributes, function = case
    x = (np.random.default_rng(0).standard_normal((3, 50)) * 4).astype(np.float32)
    expected = onnx_result(operator, {"x": x}, **attributes)
    np.testing.assert_allclose(run(kind(value_like(x), *arguments), x), expected, rtol=1e-6)
    check_fxp(lambda value, type_: kind(value, *arguments, result_type=type_), function)


@pytest.mark.parametrize(
    ("kind", "twin"),
    [
        (nn.SigmoidOp, float_math.sigmoid),
        (nn.TanhOp, float_math.tanh),
        (nn.ExpOp, float_math.exp),
        (nn.LogOp, float_math.log),
        (nn.ErfOp, float_math.erf),
        (nn.GeluOp, float_math.gelu),
        (nn.HardSwishOp, float_math.hard_swish),
        (nn.ReciprocalOp, float_math.reciprocal),
    ],
)
def test_f32_has_the_bits_of_the_c(kind: Unary, twin: Callable[[Array], Array]):
    x = np.linspace(-9, 9, 999, dtype=np.float32)
    assert np.array_equal(run(kind(value_like(x)), x).view(np.int32), twin(x).view(np.int32))


def test_zeros_keep_their_sign_as_in_the_c():
    x = np.array([-0.0, 0.0], np.float32)
    for op in (nn.ReluOp(value_like(x)), nn.ClampOp(value_like(x), 0.0, 6.0)):
        assert np.signbit(run(op, x)).tolist() == [True, False]


def test_clamp():
    x = np.array([-np.inf, -2, 0.5, 3, np.inf], np.float32)
    op = nn.ClampOp(value_like(x), -math.inf, 1.0)
    assert run(op, x).tolist() == [-np.inf, -2, 0.5, 1, 1]
    q = random_integers(np.random.default_rng(0), (100,), np.int16)
    assert np.array_equal(run(nn.ClampOp(value_like(q), -1000, math.inf), q), np.maximum(q, -1000))
    source, target = AffineType.per_tensor(i16, 0.01, 5), AffineType.per_tensor(i8, 0.5, -1)
    op = nn.ClampOp(value_like(q, source), 0.7, 6.0, result_type=TensorType(target, q.shape))
    assert np.array_equal(
        run(op, q),
        rounded(target, fractions(source, q), float(np.float32(0.7)), 6.0),
    )


def test_integers_relu_and_negate():
    x = np.array([-128, -1, 0, 127], np.int8)
    assert run(nn.ReluOp(value_like(x)), x).tolist() == [0, 0, 0, 127]
    wide = x.astype(np.int32)
    assert run(nn.NegateOp(value_like(wide)), wide).tolist() == [128, 1, 0, -127]


BINARY: dict[type[nn.BinaryElementwiseOp], str] = {
    nn.AddOp: "Add",
    nn.SubOp: "Sub",
    nn.MulOp: "Mul",
    nn.DivOp: "Div",
    nn.MaximumOp: "Max",
    nn.MinimumOp: "Min",
    nn.PowOp: "Pow",
}
SHAPES = [((2, 3), (2, 3)), ((4, 1, 3), (2, 1)), ((), (5,)), ((1,), (2, 0))]


@pytest.mark.parametrize("kind", BINARY, ids=lambda kind: kind.name)
@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_binary_f32(
    kind: type[nn.BinaryElementwiseOp], left: tuple[int, ...], right: tuple[int, ...]
):
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(s).astype(np.float32) for s in (left, right))
    a = np.asarray(np.abs(a)) if kind is nn.PowOp else a
    expected = onnx_result(BINARY[kind], {"a": a, "b": b})
    result = run(kind(value_like(a), value_like(b)), a, b)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    limited = run(kind(value_like(a), value_like(b), act_min=-0.25, act_max=0.5), a, b)
    np.testing.assert_allclose(limited, np.clip(expected, -0.25, 0.5), rtol=1e-6)


@pytest.mark.parametrize("kind", [k for k in BINARY if k is not nn.PowOp], ids=lambda k: k.name)
def test_binary_integers(kind: type[nn.BinaryElementwiseOp]):
    rng = np.random.default_rng(2)
    a, b = (rng.integers(-30000, 30000, 200).astype(np.int32) for _ in range(2))
    b[b == 0] = 1
    functions: dict[Any, Callable[[int, int], int]] = {
        nn.AddOp: lambda x, y: x + y,
        nn.SubOp: lambda x, y: x - y,
        nn.MulOp: lambda x, y: x * y,
        nn.DivOp: lambda x, y: math.trunc(x / y),
        nn.MaximumOp: max,
        nn.MinimumOp: min,
    }
    expected = [functions[kind](x, y) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    assert run(kind(value_like(a), value_like(b)), a, b).tolist() == expected


@pytest.mark.parametrize("kind", [k for k in BINARY if k is not nn.PowOp], ids=lambda k: k.name)
def test_binary_fxp(kind: type[nn.BinaryElementwiseOp]):
    rng = np.random.default_rng(3)
    a, b = random_integers(rng, (40, 1), np.int8), random_integers(rng, (50,), np.uint8)
    b[b == 130] = 131  # 130 stands for 0
    ta, tb = AffineType.per_tensor(i8, 0.11, 3), AffineType.per_tensor(fxp.ui8, 0.07, 130)
    ty = AffineType.per_tensor(i8, 0.13, -20)
    op = kind(
        value_like(a, ta),
        value_like(b, tb),
        act_min=-8.0,
        result_type=TensorType(ty, (40, 50)),
    )
    functions: dict[Any, Callable[[Any, Any], Any]] = {
        nn.AddOp: lambda x, y: x + y,
        nn.SubOp: lambda x, y: x - y,
        nn.MulOp: lambda x, y: x * y,
        nn.DivOp: lambda x, y: x / y,
        nn.MaximumOp: max,
        nn.MinimumOp: min,
    }
    left, right = fractions(ta, a), fractions(tb, b)
    exact = np.empty((40, 50), object)
    for i, j in np.ndindex(40, 50):
        exact[i, j] = functions[kind](left[i, 0], right[j])
    assert np.array_equal(run(op, a, b), rounded(ty, exact, -8.0))


def test_prelu():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 3, 4)).astype(np.float32)
    slope = rng.standard_normal((3, 1)).astype(np.float32)
    result = run(nn.PreluOp(value_like(x), value_like(slope)), x, slope)
    assert np.array_equal(result, onnx_result("PRelu", {"x": x, "slope": slope}))
    q, s = random_integers(rng, (5, 4), np.int8), random_integers(rng, (4,), np.int8)
    tq, ts = AffineType.per_tensor(i8, 0.1, 4), AffineType.per_axis(i8, 0, [0.1, 0.2, 0.3, 0.4])
    exact, factors = fractions(tq, q), fractions(ts, s)
    for index, number in np.ndenumerate(exact):
        exact[index] = number if number >= 0 else number * factors[index[1]]
    ty = AffineType.per_tensor(i8, 0.7)
    op = nn.PreluOp(value_like(q, tq), value_like(s, ts), result_type=TensorType(ty, q.shape))
    assert np.array_equal(run(op, q, s), rounded(ty, exact))


def test_relu_with_scales_per_channel():
    q = random_integers(np.random.default_rng(5), (6, 3), np.int8)
    source = AffineType.per_axis(i8, 1, [0.1, 0.01, 0.5], [0, 3, -7])
    target = AffineType.per_tensor(i8, 0.2, -100)
    op = nn.ReluOp(value_like(q, source), result_type=TensorType(target, q.shape))
    exact = each(lambda number: max(number, 0), fractions(source, q))
    assert np.array_equal(run(op, q), rounded(target, exact))


def test_cast():
    x = np.array([np.nan, -np.inf, np.inf, -1.9, 2.9, 127.5, -300, 3e9, 1e30, 0], np.float32)

    def cast(array: Array, element: Attribute) -> list[Any]:
        return run(nn.CastOp(value_like(array), element), array).tolist()

    assert cast(x, i8) == [0, -128, 127, -1, 2, 127, -128, 127, 127, 0]
    assert cast(x, fxp.ui8) == [0, 0, 255, 0, 2, 127, 0, 255, 255, 0]
    assert cast(x, i32)[-3:] == [2**31 - 1, 2**31 - 1, 0]
    assert cast(x, i64)[1:3] == [-(2**63), 2**63 - 1]
    assert cast(x, i64)[-3:] == [3_000_000_000, 2**63 - 1, 0]
    assert cast(x, i1) == [True] * 9 + [False]
    wide = np.array([-1, 0, 300, 2**31 - 1], np.int32)
    assert cast(wide, i8) == [-1, 0, 44, -1]
    assert cast(wide, i1) == [True, False, True, True]
    assert cast(np.array([True, False]), i32) == [1, 0]
    assert cast(wide, nn.element_of(np.dtype(np.float32))) == [-1.0, 0.0, 300.0, 2.0**31]
