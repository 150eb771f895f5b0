"""Quantized operators against onnxruntime, and the form in which they are imported."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx_reference import Array, check_against_onnxruntime, make_model
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from nnopt.dialects import fxp, nn
from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import import_model

RANDOM = np.random.default_rng(21)
MICROSOFT = "com.microsoft"


def integers(dtype: Any, *shape: int) -> Array:
    info = np.iinfo(dtype)
    low, high = max(info.min, -1000), min(info.max, 1000)
    return RANDOM.integers(low, high + 1, shape).astype(dtype)


def scale(*values: float) -> Array:
    result = np.array(values, np.float32)
    return result if len(values) > 1 else result.reshape(())


def ops_of(module: ModuleOp, kind: type[Any]) -> list[Any]:
    return [op for op in module.walk() if isinstance(op, kind)]


def names_of(module: ModuleOp) -> list[str]:
    def is_plain(op: Operation) -> bool:
        return op.name.startswith(("nn.", "fxp.")) and op.name != "nn.constant"

    return [op.name for op in module.walk() if is_plain(op)]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16])
def test_quantize_and_dequantize(dtype: Any) -> None:
    x = (40 * RANDOM.normal(size=(3, 8))).astype(np.float32)
    x[0, :4] = [0.25, 0.75, 1.25, -0.25]
    constants = {"s": scale(0.5), "z": np.array(3, dtype)}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"]),
    ]
    model = make_model(nodes, {"x": x}, constants, ["q", "y"], 21)
    check_against_onnxruntime(model, {"x": x}, tolerance=0.0)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_quantization_per_axis(axis: int) -> None:
    x = (9 * RANDOM.normal(size=(3, 3))).astype(np.float32)
    constants = {"s": scale(0.1, 0.2, 0.05), "z": np.array([1, -2, 3], np.int8)}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"], axis=axis),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=axis),
    ]
    model = make_model(nodes, {"x": x}, constants, ["q", "y"])
    check_against_onnxruntime(model, {"x": x}, tolerance=0.0)


def test_quantization_without_zero_point_is_unsigned() -> None:
    x = np.array([-1.0, 0.5, 3.0], np.float32)
    node = helper.make_node("QuantizeLinear", ["x", "s"], ["y"])
    got = check_against_onnxruntime(make_model([node], {"x": x}, {"s": scale(0.5)}), {"x": x})
    assert got["y"].dtype == np.uint8


def test_an_encoding_is_remembered_between_quantize_and_dequantize() -> None:
    x = RANDOM.normal(size=(1, 2, 4, 4)).astype(np.float32)
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("MaxPool", ["q"], ["p"], kernel_shape=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("DequantizeLinear", ["f", "s", "z"], ["y"]),
    ]
    model = make_model(nodes, {"x": x}, {"s": scale(0.5), "z": np.array(3, np.int8)})
    check_against_onnxruntime(model, {"x": x})
    module = import_model(model)
    assert not ops_of(module, fxp.StorageCastOp)
    assert fxp.is_fxp(ops_of(module, nn.MaxPool2dOp)[0].operands[0].type)


def test_another_encoding_goes_through_the_plain_integers() -> None:
    x = RANDOM.normal(size=(2, 3)).astype(np.float32)
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "t", "z"], ["y"]),
    ]
    constants = {"s": scale(0.5), "t": scale(0.25), "z": np.array(3, np.int8)}
    model = make_model(nodes, {"x": x}, constants)
    check_against_onnxruntime(model, {"x": x})
    assert len(ops_of(import_model(model), fxp.StorageCastOp)) == 2


def qdq_conv(rank: int) -> tuple[onnx.ModelProto, dict[str, Array]]:
    x = RANDOM.normal(size=(1, 3, 6, 7)[: rank + 2]).astype(np.float32)
    weights = integers(np.int8, *(4, 3, 3, 2)[: rank + 2])
    constants = {
        "w": weights,
        "ws": scale(0.1, 0.2, 0.3, 0.4),
        "wz": np.zeros(4, np.int8),
        "b": integers(np.int32, 4),
        "bs": scale(0.01, 0.02, 0.03, 0.04),
        "bz": np.zeros(4, np.int32),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wr"], axis=0),
        helper.make_node("DequantizeLinear", ["b", "bs", "bz"], ["br"], axis=0),
        helper.make_node("Conv", ["x", "wr", "br"], ["y"], name="the conv"),
    ]
    return make_model(nodes, {"x": x}, constants), {"x": x}


@pytest.mark.parametrize("rank", [1, 2])
def test_weights_stay_quantized_and_are_transposed(rank: int) -> None:
    model, inputs = qdq_conv(rank)
    check_against_onnxruntime(model, inputs)
    module = import_model(model)
    conv = ops_of(module, nn.Conv2dOp)[0]
    weights = conv.operands[1].owner
    assert isinstance(weights, fxp.DequantizeOp)
    encoding = fxp.fxp_type_of(weights.input.type)
    assert encoding is not None and encoding.axis == 0
    assert nn.node_name(conv) == "the conv"


@pytest.mark.parametrize("transposed", [0, 1])
def test_gemm_with_quantized_weights(transposed: int) -> None:
    x = RANDOM.normal(size=(2, 5)).astype(np.float32)
    constants = {
        "w": integers(np.int8, *((3, 5) if transposed else (5, 3))),
        "s": scale(0.1, 0.2, 0.3),
        "z": np.zeros(3, np.int8),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s", "z"], ["r"], axis=1 - transposed),
        helper.make_node("Gemm", ["x", "r"], ["y"], transB=transposed),
    ]
    model = make_model(nodes, {"x": x}, constants)
    check_against_onnxruntime(model, {"x": x})
    product = ops_of(import_model(model), nn.FullyConnectedOp)[0]
    encoding = fxp.fxp_type_of(product.operands[1].owner.operands[0].type)
    assert encoding is not None and encoding.axis == 0


@pytest.mark.parametrize(
    ("moves", "axis"),
    [
        (["Transpose"], 1),
        (["Reshape 3 1 5", "Squeeze 1"], 0),
        (["Identity", "Unsqueeze 0", "Reshape 3 5"], 0),
    ],
    ids=str,
)
def test_moved_weights_stay_quantized(moves: list[str], axis: int) -> None:
    x = RANDOM.normal(size=(2, 5)).astype(np.float32)
    shape = (5, 3) if axis else (3, 5)
    constants = {"w": integers(np.int8, *shape), "s": scale(0.1, 0.2, 0.3)}
    nodes = [helper.make_node("DequantizeLinear", ["w", "s"], ["m0"], axis=axis)]
    for i, move in enumerate(moves):
        op, *numbers = move.split()
        if numbers:
            constants[f"n{i}"] = np.array(numbers, np.int64)
        names = [f"m{i}", f"n{i}"] if numbers else [f"m{i}"]
        nodes.append(helper.make_node(op, names, [f"m{i + 1}"]))
    nodes.append(helper.make_node("Gemm", ["x", f"m{len(moves)}"], ["y"], transB=1))
    model = make_model(nodes, {"x": x}, constants)
    check_against_onnxruntime(model, {"x": x})
    assert names_of(import_model(model)) == ["fxp.dequantize", "nn.fully_connected"]


def test_a_scale_of_zero_is_refused_where_values_are_not_known() -> None:
    x = RANDOM.normal(size=(2, 5)).astype(np.float32)
    node = helper.make_node("QuantizeLinear", ["x", "s"], ["y"], name="the quantizer")
    with pytest.raises(NnoptError, match=r"'the quantizer'.*its scale is zero"):
        import_model(make_model([node], {"x": x}, {"s": scale(0.0)}))


def test_a_channel_of_scale_zero_is_zero() -> None:
    x = RANDOM.normal(size=(2, 5)).astype(np.float32)
    constants = {"w": integers(np.int8, 3, 5), "s": scale(0.1, 0.0, 0.3)}
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s"], ["r"], axis=0),
        helper.make_node("Gemm", ["x", "r"], ["y"], transB=1),
    ]
    check_against_onnxruntime(make_model(nodes, {"x": x}, constants), {"x": x})


def test_weights_quantized_in_the_graph_become_constants() -> None:
    x = RANDOM.normal(size=(2, 5)).astype(np.float32)
    constants = {
        "w": RANDOM.normal(size=(3, 5)).astype(np.float32),
        "s": scale(0.01),
        "z": np.array(2, np.int8),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["w", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["r"]),
        helper.make_node("Gemm", ["x", "r"], ["y"], transB=1),
    ]
    model = make_model(nodes, {"x": x}, constants)
    check_against_onnxruntime(model, {"x": x})
    assert names_of(import_model(model)) == ["fxp.dequantize", "nn.fully_connected"]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("per_channel", [False, True])
def test_qlinear_conv(dtype: Any, per_channel: bool) -> None:
    x = integers(dtype, 1, 3, 6, 7)
    constants = {
        "xs": scale(0.02),
        "xz": np.array(5, dtype),
        "w": integers(np.int8, 4, 3, 3, 2),
        "ws": scale(0.01, 0.02, 0.03, 0.04) if per_channel else scale(0.02),
        "wz": np.zeros(4 if per_channel else (), np.int8),
        "ys": scale(0.1),
        "yz": np.array(7, dtype),
        "b": integers(np.int32, 4),
    }
    node = helper.make_node("QLinearConv", ["x", *constants], ["y"], pads=[1, 0, 0, 1])
    check_against_onnxruntime(make_model([node], {"x": x}, constants), {"x": x}, steps=1)


def test_qlinear_matmul() -> None:
    a = integers(np.uint8, 2, 5)
    constants = {
        "as": scale(0.02),
        "az": np.array(100, np.uint8),
        "b": integers(np.int8, 5, 3),
        "bs": scale(0.03),
        "bz": np.array(1, np.int8),
        "ys": scale(0.1),
        "yz": np.array(120, np.uint8),
    }
    node = helper.make_node("QLinearMatMul", ["a", *constants], ["y"])
    check_against_onnxruntime(make_model([node], {"a": a}, constants), {"a": a}, steps=1)


@pytest.mark.parametrize("real_result", [False, True])
@pytest.mark.parametrize("transposed", [0, 1])
def test_qgemm(real_result: bool, transposed: int) -> None:
    a = integers(np.int8, 2, 5)
    constants = {
        "as": scale(0.02),
        "az": np.array(-5, np.int8),
        "b": integers(np.int8, *((3, 5) if transposed else (5, 3))),
        "bs": scale(0.03, 0.02, 0.01),
        "bz": np.zeros(3, np.int8),
        "c": integers(np.int32, 3),
    }
    if not real_result:
        constants |= {"ys": scale(0.1), "yz": np.array(12, np.int8)}
    node = helper.make_node("QGemm", ["a", *constants], ["y"], domain=MICROSOFT, transB=transposed)
    check_against_onnxruntime(make_model([node], {"a": a}, constants), {"a": a}, steps=1)


@pytest.mark.parametrize("op", ["QLinearAdd", "QLinearMul"])
@pytest.mark.parametrize("constant", [False, True])
def test_qlinear_binary(op: str, constant: bool) -> None:
    a, b = integers(np.int8, 2, 3), integers(np.int8, 3)
    constants = {
        "as": scale(0.02),
        "az": np.array(-5, np.int8),
        "bs": scale(0.03),
        "bz": np.array(4, np.int8),
        "ys": scale(0.04),
        "yz": np.array(12, np.int8),
    }
    inputs = {"a": a} if constant else {"a": a, "b": b}
    names = ["a", "as", "az", "b", "bs", "bz", "ys", "yz"]
    node = helper.make_node(op, names, ["y"], domain=MICROSOFT)
    model = make_model([node], inputs, constants | ({"b": b} if constant else {}))
    check_against_onnxruntime(model, inputs, steps=1)


@pytest.mark.parametrize(
    ("op", "attributes"),
    [
        ("QLinearSigmoid", {}),
        ("QLinearLeakyRelu", {"alpha": 0.2}),
        ("QLinearAveragePool", {"kernel_shape": [2, 3], "pads": [0, 1, 0, 1]}),
        ("QLinearSoftmax", {"axis": 2, "opset": 13}),
        ("QLinearSoftmax", {"axis": 2, "opset": 12}),
        ("QLinearGlobalAveragePool", {}),
        ("QLinearGlobalAveragePool", {"channels_last": 1}),
    ],
)
def test_qlinear_unary(op: str, attributes: dict[str, Any]) -> None:
    x = integers(np.uint8, 1, 3, 4, 5)
    constants = {
        "xs": scale(0.04),
        "xz": np.array(100, np.uint8),
        "ys": scale(0.01),
        "yz": np.array(90, np.uint8),
    }
    node = helper.make_node(op, ["x", *constants], ["y"], domain=MICROSOFT, **attributes)
    check_against_onnxruntime(make_model([node], {"x": x}, constants), {"x": x}, steps=1)


def test_qlinear_concat() -> None:
    inputs = {"a": integers(np.uint8, 2, 3), "b": integers(np.uint8, 2, 2)}
    constants = {
        "ys": scale(0.04),
        "yz": np.array(100, np.uint8),
        "as": scale(0.02),
        "az": np.array(90, np.uint8),
        "bs": scale(0.04),
        "bz": np.array(80, np.uint8),
    }
    names = ["ys", "yz", "a", "as", "az", "b", "bs", "bz"]
    node = helper.make_node("QLinearConcat", names, ["y"], domain=MICROSOFT, axis=1)
    check_against_onnxruntime(make_model([node], inputs, constants), inputs, steps=1)
