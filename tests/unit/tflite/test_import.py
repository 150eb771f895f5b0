"""What is refused, how it is said, and what an import looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tflite_models import ModelBuilder, needs_reference, random_inputs, reference, small_network
from xdsl.dialects.func import FuncOp

from nnopt.dialects import nn
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import ModelProblems
from nnopt.lowering.tflite_frontend import handler, import_tflite

Change = Callable[[ModelBuilder], None]


@pytest.mark.parametrize("seed", range(4))
def test_small_network(seed: int):
    needs_reference()
    model = small_network(seed)
    data = model.build()
    module = import_tflite(data)
    inputs = random_inputs(model, np.random.default_rng(seed))
    wanted, got = reference(data, inputs), run_function(module, inputs)
    np.testing.assert_array_equal(got["probabilities"], wanted["probabilities"])
    assert len(set(got["probabilities"].flat)) > 2


def test_operations_and_names():
    module = import_tflite(small_network().build())
    (function,) = [op for op in module.ops if isinstance(op, FuncOp)]
    body = [op for op in function.body.block.ops if not isinstance(op, nn.ConstantOp)]
    assert [(op.name, nn.node_name(op)) for op in body if op.name != "func.return"] == [
        ("nn.conv2d", "first"),
        ("fxp.requantize", "first"),
        ("nn.conv2d", "second"),
        ("fxp.requantize", "second"),
        ("fxp.widen", "sum"),
        ("fxp.requantize", "sum"),
        ("fxp.widen", "sum"),
        ("fxp.requantize", "sum"),
        ("nn.add", "sum"),
        ("fxp.requantize", "sum"),
        ("nn.avg_pool2d", "pool"),
        ("fxp.requantize", "pool"),
        ("nn.reshape", "flat"),
        ("nn.fully_connected", "logits"),
        ("fxp.requantize", "logits"),
        ("fxp.softmax", "probabilities"),
    ]
    assert function.arg_attrs is not None and function.res_attrs is not None
    (argument,), (result,) = function.arg_attrs.data, function.res_attrs.data
    assert str(argument.data["nn.name"]) == '"image"'
    assert str(argument.data["nn.encoding"]) == "!fxp.affine<i8, 0.5:-1>"
    assert str(result.data["nn.encoding"]) == "!fxp.affine<i8, 0.00390625:-128>"


def message(model: ModelBuilder) -> str:
    with pytest.raises(ModelProblems) as caught:
        import_tflite(model.build())
    text = str(caught.value)
    assert "\n" not in text
    return text


def one(kind: str, **tensor: object) -> ModelBuilder:
    model = ModelBuilder()
    x = model.input((1, 4), "float32", **tensor)
    y = model.tensor((1, 4), "float32", name="y")
    model.operator(kind, [x], [y])
    model.outputs.append(y)
    return model


def test_unsupported_operators_are_all_named():
    model = one("ATAN2")
    z = model.tensor((1, 4), "float32", name="z")
    model.operator("CUSTOM MyThing", [0], [z])
    text = message(model)
    assert "CUSTOM MyThing: one 'z'" in text and "ATAN2: one 'y'" in text


def test_open_dimensions():
    text = message(one("NEG", name="x", signature=(-1, -1)))
    assert "'x' has dimensions that are not fixed: [?, ?]" in text
    import_tflite(one("NEG", signature=(-1, 4)).build()).verify()


@pytest.mark.parametrize(
    ("dtype", "said"), [("STRING", "element type STRING"), ("COMPLEX64", "element type COMPLEX64")]
)
def test_foreign_element_types(dtype: str, said: str):
    model = ModelBuilder()
    model.outputs.append(model.input((1,), dtype, name="x"))
    assert said in message(model)


def unmade(model: ModelBuilder) -> None:
    model.operators.pop(0)


def no_scale(model: ModelBuilder) -> None:
    model.tensors[model.operators[0].outputs[0]].scales = []


def bad_scale(model: ModelBuilder) -> None:
    model.tensors[model.operators[0].outputs[0]].scales = [float("nan")]


def other_shape(model: ModelBuilder) -> None:
    model.tensors[model.operators[0].outputs[0]].shape = (1, 5, 4, 8)


def short_data(model: ModelBuilder) -> None:
    tensor = model.tensors[model.operators[0].inputs[1]]
    assert tensor.data is not None
    tensor.data = tensor.data[:3]


def variable(model: ModelBuilder) -> None:
    model.tensors[model.operators[0].outputs[0]].variable = True


def other_scale(model: ModelBuilder) -> None:
    model.tensors[model.operators[3].outputs[0]].scales = [0.123]


def wrong_softmax(model: ModelBuilder) -> None:
    model.tensors[model.outputs[0]].scales = [0.5]


def run_time_filters(model: ModelBuilder) -> None:
    tensor = model.tensors[model.operators[0].inputs[1]]
    tensor.data = None
    model.inputs.append(model.operators[0].inputs[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unmade, "operator 'second' (CONV_2D): its input 'first' is not computed by any operator"),
        (no_scale, "operator 'first' (CONV_2D): 'first' (INT8) is not quantized"),
        (bad_scale, "'first' has a scale that is not a positive number"),
        (other_shape, "has dimensions [1, 4, 4, 8], but the model says [1, 5, 4, 8]"),
        (short_data, "its dimensions [8, 3, 3, 3] need 216"),
        (variable, "'first' keeps its value between calls"),
        (other_scale, "operator 'pool' (AVERAGE_POOL_2D): its input and output differ in scale"),
        (wrong_softmax, "its output must have scale 1/256 and zero point -128"),
        (run_time_filters, "its filters ('t2') is not constant"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_wrong_is_named(change: Change, said: str):
    model = small_network()
    change(model)
    assert said in message(model)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no TFLite model"),
        (b"GIF89a" + bytes(100), "is no TFLite model"),
        (bytes(4) + b"TFL3", "uses version 0 of TFLite"),
        (small_network().build()[:400], "is damaged"),
    ],
)
def test_foreign_files(data: bytes, said: str, tmp_path: Path):
    path = tmp_path / "model.tflite"
    path.write_bytes(data)
    with pytest.raises(NnoptError, match=said) as caught:
        import_tflite(path)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path):
    with pytest.raises(NnoptError, match="cannot read"):
        import_tflite(tmp_path / "no.tflite")


def test_an_operator_has_one_handler():
    with pytest.raises(ValueError, match="two handlers for CONV_2D"):
        handler("CONV_2D")(lambda ctx, op: [])
