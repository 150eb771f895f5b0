"""Each handler against onnxruntime: the interpreter of the imported module gives the same."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from onnx import helper
from onnx_reference import Array, check_against_onnxruntime, make_model

RANDOM = np.random.default_rng(20)


def real(*shape: int) -> Array:
    return RANDOM.normal(size=shape).astype(np.float32)


def positive(*shape: int) -> Array:
    return (RANDOM.uniform(0.1, 3.0, size=shape)).astype(np.float32)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


@dataclass
class Case:
    """One node: its run-time inputs, constant inputs and attributes."""

    op: str
    inputs: dict[str, Array]
    constants: dict[str, Array] = field(default_factory=lambda: dict[str, Array]())
    attributes: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    opset: int = 17
    outputs: int = 1
    order: list[str] | None = None
    domain: str = ""

    def __str__(self) -> str:
        parts = [f"{key}={value}" for key, value in self.attributes.items()]
        shapes = ["x".join(map(str, array.shape)) for array in self.inputs.values()]
        return "-".join([f"{self.op}{self.opset}", *shapes, *parts])


def run(case: Case, tolerance: float = 1e-5) -> None:
    names = case.order or [*case.inputs, *case.constants]
    outputs = ["y"] if case.outputs == 1 else [f"y{i}" for i in range(case.outputs)]
    node = helper.make_node(case.op, names, outputs, domain=case.domain, **case.attributes)
    model = make_model([node], case.inputs, case.constants, outputs, case.opset)
    check_against_onnxruntime(model, case.inputs, tolerance=tolerance)


def conv(x: Array, w: Array, bias: bool = True, **attributes: Any) -> Case:
    constants = {"w": w, "b": real(w.shape[0])} if bias else {"w": w}
    return Case("Conv", {"x": x}, constants, attributes)


WINDOWS = [
    conv(real(1, 3, 8, 9), real(4, 3, 3, 3)),
    conv(real(1, 3, 8, 9), real(4, 3, 3, 3), bias=False, pads=[1, 1, 1, 1]),
    conv(real(2, 4, 8, 9), real(6, 2, 3, 2), group=2, strides=[2, 1], pads=[0, 1, 2, 0]),
    conv(real(1, 4, 9, 9), real(4, 1, 3, 3), group=4, dilations=[2, 3], pads=[2, 3, 2, 3]),
    conv(real(1, 4, 9, 9), real(8, 1, 3, 3), group=4),
    conv(real(1, 3, 7, 8), real(4, 3, 3, 4), auto_pad="SAME_UPPER", strides=[2, 2]),
    conv(real(1, 3, 7, 8), real(4, 3, 3, 4), auto_pad="SAME_LOWER", strides=[2, 3]),
    conv(real(1, 3, 7, 8), real(4, 3, 3, 4), auto_pad="VALID", strides=[2, 2]),
    conv(real(1, 3, 7, 8), real(4, 3, 1, 1), auto_pad="SAME_UPPER", strides=[3, 3]),
    conv(real(1, 5, 17), real(4, 5, 3)),
    conv(real(2, 6, 17), real(4, 3, 4), group=2, strides=[3], pads=[2, 1], dilations=[2]),
    conv(real(1, 5, 17), real(5, 1, 4), group=5, auto_pad="SAME_LOWER"),
    Case("Conv", {"x": real(1, 3, 6, 6), "w": real(2, 3, 3, 3)}),
    Case("Conv", {"x": real(1, 3, 9), "w": real(2, 3, 3), "b": real(2)}),
    *[
        Case("MaxPool", {"x": real(1, 3, 9, 11)}, {}, attributes)
        for attributes in (
            {"kernel_shape": [2, 2], "strides": [2, 2]},
            {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
            {"kernel_shape": [3, 2], "strides": [2, 3], "ceil_mode": 1},
            {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "pads": [1, 0, 0, 1]},
            {"kernel_shape": [2, 2], "strides": [4, 4], "ceil_mode": 1, "pads": [0, 0, 1, 1]},
            {"kernel_shape": [3, 3], "dilations": [2, 2], "strides": [2, 1]},
            {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER", "strides": [2, 2]},
            {"kernel_shape": [4, 2], "auto_pad": "SAME_LOWER"},
        )
    ],
    Case("MaxPool", {"x": real(1, 3, 21)}, {}, {"kernel_shape": [20], "strides": [20]}),
    Case(
        "MaxPool",
        {"x": RANDOM.integers(-128, 128, (1, 3, 8, 8)).astype(np.int8)},
        {},
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
    ),
    *[
        Case("AveragePool", {"x": real(1, 3, 9, 11)}, {}, attributes, opset)
        for opset in (17, 19)
        for attributes in (
            {"kernel_shape": [2, 2], "strides": [2, 2]},
            {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
            {"kernel_shape": [3, 3], "pads": [1, 2, 0, 1], "count_include_pad": 1},
            {"kernel_shape": [3, 2], "strides": [2, 3], "ceil_mode": 1},
            {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER", "strides": [2, 2]},
        )
    ],
    Case(
        "AveragePool",
        {"x": real(1, 2, 8, 10)},
        {},
        {
            "kernel_shape": [3, 3],
            "strides": [2, 2],
            "ceil_mode": 1,
            "pads": [1, 1, 1, 1],
            "count_include_pad": 1,
        },
        opset=19,
    ),
    Case("AveragePool", {"x": real(1, 3, 21)}, {}, {"kernel_shape": [4], "strides": [3]}),
    Case("GlobalAveragePool", {"x": real(1, 3, 5, 7)}),
    Case("GlobalAveragePool", {"x": real(1, 3, 5)}),
    Case("GlobalMaxPool", {"x": real(1, 3, 5, 7)}),
    Case("GlobalMaxPool", {"x": real(2, 3, 5)}),
]

CONTRACTIONS = [
    Case("Gemm", {"a": real(2, 5)}, {"b": real(5, 3)}),
    Case("Gemm", {"a": real(2, 5)}, {"b": real(5, 3), "c": real(3)}),
    Case("Gemm", {"a": real(2, 5)}, {"b": real(3, 5), "c": real(1, 3)}, {"transB": 1}),
    Case("Gemm", {"a": real(5, 2)}, {"b": real(3, 5), "c": real(2, 3)}, {"transA": 1, "transB": 1}),
    Case("Gemm", {"a": real(2, 5)}, {"b": real(5, 3), "c": real(1)}, {"alpha": 0.5, "beta": 2.0}),
    Case("Gemm", {"a": real(2, 5)}, {"b": real(5, 3), "c": real(2, 1)}, {"beta": -1.5}),
    Case("Gemm", {"a": real(2, 5)}, {"b": real(5, 3), "c": real(3)}, {"beta": 0.0}),
    Case("Gemm", {"a": real(2, 5), "b": real(3, 5), "c": real(3)}, {}, {"transB": 1, "alpha": 2.0}),
    Case("Gemm", {"a": real(2, 5), "c": real(3)}, {"b": real(5, 3)}, order=["a", "b", "c"]),
    Case("MatMul", {"a": real(2, 5)}, {"b": real(5, 3)}),
    Case("MatMul", {"a": real(2, 4, 5)}, {"b": real(5, 3)}),
    Case("MatMul", {"a": real(5)}, {"b": real(5, 3)}),
    Case("MatMul", {"a": real(4, 5)}, {"b": real(5)}),
    Case("MatMul", {"a": real(2, 1, 4, 5), "b": real(3, 5, 6)}),
    Case("MatMul", {"a": real(5), "b": real(3, 5, 6)}),
    Case("MatMul", {"a": real(3, 4, 5), "b": real(5)}),
    Case("MatMul", {"a": real(5), "b": real(5)}),
    Case("MatMul", {"b": real(4, 6)}, {"a": real(3, 4)}, order=["a", "b"]),
]

ELEMENTWISE = [
    *[
        Case(op, {"x": 3 * real(2, 3, 4)}, {}, {}, 17)
        for op in [
            "Relu",
            "Sigmoid",
            "HardSwish",
            "Tanh",
            "Exp",
            "Erf",
            "Neg",
            "Floor",
            "Ceil",
            "LeakyRelu",
            "HardSigmoid",
        ]
    ],
    *[Case(op, {"x": positive(2, 3, 4)}) for op in ("Log", "Sqrt", "Reciprocal")],
    Case("LeakyRelu", {"x": real(3, 4)}, {}, {"alpha": 0.3}),
    Case("HardSigmoid", {"x": real(3, 4)}, {}, {"alpha": 0.3, "beta": 0.4}),
    Case("PRelu", {"x": real(2, 3, 4, 5)}, {"s": real(3, 1, 1)}),
    Case("PRelu", {"x": real(2, 3, 4, 5)}, {"s": real(1)}),
    Case("Gelu", {"x": real(3, 4)}, opset=20),
    Case("Gelu", {"x": real(3, 4)}, {}, {"approximate": "tanh"}, 20),
    Case("Gelu", {"x": real(3, 4)}, domain="com.microsoft"),
    Case("FastGelu", {"x": real(3, 4)}, {"b": real(4)}, domain="com.microsoft"),
    Case("Clip", {"x": 5 * real(3, 4)}, {}, {"min": -1.0, "max": 2.0}, 10),
    Case("Clip", {"x": 5 * real(3, 4)}, {}, {"max": 2.0}, 10),
    Case("Clip", {"x": 5 * real(3, 4)}, {}, {}, 10),
    Case(
        "Clip", {"x": 5 * real(3, 4)}, {"a": np.zeros((), np.float32), "b": np.array(6, np.float32)}
    ),
    Case("Clip", {"x": 5 * real(3, 4)}, {"a": np.array(-1, np.float32)}),
    Case("Clip", {"x": real(3, 4)}, {"b": np.array(0.5, np.float32)}, order=["x", "", "b"]),
    Case("Clip", {"x": real(3, 4), "a": np.array(0.1, np.float32)}),
    *[
        Case(op, {"a": positive(2, 3, 4), "b": positive(3, 1)}, opset=opset)
        for op in ("Add", "Sub", "Mul", "Div", "Pow")
        for opset in (7, 17)
    ],
    Case("Add", {"a": real(3, 4)}, {"b": real(4)}),
    Case("Sub", {"b": real(3, 4)}, {"a": real(1)}, order=["a", "b"]),
    Case("Mul", {"a": ints(2, 3), "b": ints(5, -6)}),
    *[
        Case("Pow", {"x": positive(3, 4)}, {"e": exponent})
        for exponent in (
            np.array(2, np.float32),
            np.array([0.5], np.float32),
            np.array(1.0, np.float32),
            np.array(3, np.int64),
            np.array([1.0, 2.0, 3.0, 0.5], np.float32),
        )
    ],
    *[
        Case(op, {"a": real(2, 3), "b": real(3), "c": real(2, 1)})
        for op in ("Sum", "Min", "Max", "Mean")
    ],
]

DATA_MOVEMENT = [
    Case("Reshape", {"x": real(2, 3, 4)}, {"s": ints(0, -1)}),
    Case("Reshape", {"x": real(2, 3, 4)}, {"s": ints(4, 6)}),
    *[Case("Flatten", {"x": real(2, 3, 4)}, {}, {"axis": axis}) for axis in (0, 1, 2, 3, -1)],
    Case("Transpose", {"x": real(2, 3, 4)}, {}, {"perm": [2, 0, 1]}),
    Case("Transpose", {"x": real(2, 3, 4)}),
    Case("Squeeze", {"x": real(1, 3, 1, 4)}, {}, {"axes": [0, -2]}, 11),
    Case("Squeeze", {"x": real(1, 3, 1, 4)}, {"a": ints(2)}),
    Case("Squeeze", {"x": real(1, 3, 1, 4)}),
    Case("Unsqueeze", {"x": real(3, 4)}, {}, {"axes": [0, 3]}, 11),
    Case("Unsqueeze", {"x": real(3, 4)}, {"a": ints(-1, 0)}),
    Case("Pad", {"x": real(1, 2, 3, 4)}, {}, {"pads": [0, 0, 1, 2, 0, 0, 2, 1], "value": 1.5}, 10),
    Case("Pad", {"x": real(2, 3)}, {"p": ints(1, 2, 0, 1)}),
    Case("Pad", {"x": real(2, 3)}, {"p": ints(1, -1, 0, 2), "v": np.array(-2.5, np.float32)}),
    Case("Pad", {"x": real(3, 5)}, {"p": ints(0, 2, 2, 1)}, {"mode": "reflect"}),
    Case("Pad", {"x": real(3, 5)}, {"p": ints(1, 2, 2, 1)}, {"mode": "edge"}),
    Case(
        "Pad",
        {"x": real(3, 5)},
        {"p": ints(2, 1), "a": ints(-1)},
        {},
        18,
        order=["x", "p", "", "a"],
    ),
    Case("Concat", {"a": real(2, 3), "b": real(2, 1), "c": real(2, 4)}, {}, {"axis": -1}),
    Case("Concat", {"a": real(2, 3)}, {"b": real(1, 3)}, {"axis": 0}),
    Case("Slice", {"x": real(5, 6)}, {}, {"starts": [1, -3], "ends": [4, 99]}, 9),
    Case("Slice", {"x": real(5, 6)}, {"s": ints(1), "e": ints(-1), "a": ints(1), "t": ints(2)}),
    Case("Split", {"x": real(6, 4)}, {}, {"axis": 0, "split": [1, 2, 3]}, 11, outputs=3),
    Case("Split", {"x": real(6, 4)}, {"s": ints(1, 3)}, {"axis": -1}, outputs=2),
    Case("Split", {"x": real(6, 4)}, {}, {"axis": 0}, outputs=3),
    Case("Split", {"x": real(7, 4)}, {}, {"axis": 0, "num_outputs": 3}, 18, outputs=3),
    Case("Expand", {"x": real(3, 1)}, {"s": ints(2, 1, 4)}),
    Case("Identity", {"x": real(3, 4)}),
    Case("Dropout", {"x": real(3, 4)}, opset=11),
    Case("Dropout", {"x": real(3, 4)}, {"r": np.array(0.5, np.float32)}),
    Case("Cast", {"x": RANDOM.integers(-9, 9, (3, 4)).astype(np.int8)}, {}, {"to": 1}),
    Case("Cast", {"x": real(3, 4)}, {}, {"to": 1}),
    Case("Shape", {"x": real(3, 4)}),
    Case("Shape", {"x": real(3, 4, 5)}, {}, {"start": 1, "end": -1}),
    Case("Size", {"x": real(3, 4)}),
    Case("Gather", {"x": real(3, 4)}, {"i": np.array(-1, np.int64)}, {"axis": 1}),
    Case("Gather", {"x": real(5, 4)}, {"i": ints(0, 2, 4)}),
]

REDUCTIONS = [
    *[
        Case(op, {"x": positive(2, 3, 4)}, {}, attributes, 11)
        for op in [
            "Mean",
            "Sum",
            "Max",
            "Min",
            "Prod",
            "L1",
            "L2",
            "SumSquare",
            "LogSum",
            "LogSumExp",
        ]
        for op in [f"Reduce{op}"]
        for attributes in ({}, {"axes": [1]}, {"axes": [0, -1], "keepdims": 0})
    ],
    *[
        Case(op, {"x": real(2, 3, 4)}, {"a": ints(-1, 0)}, {"keepdims": keep}, 18)
        for op in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2")
        for keep in (0, 1)
    ],
    Case("ReduceSum", {"x": real(2, 3)}, {"a": ints(1)}, {}, 13),
    Case("ReduceSum", {"x": real(2, 3)}, {}, {"noop_with_empty_axes": 1}, 13),
    Case("ReduceMax", {"x": real(2, 3)}, {}, {}, 18),
    *[
        Case(op, {"x": 9 * real(2, 3, 4)}, {}, attributes, opset)
        for op in ("Softmax", "LogSoftmax")
        for opset in (11, 13)
        for attributes in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1})
    ],
    Case("Softmax", {"x": real(2, 1, 1, 5)}, opset=11),
    Case("Softmax", {"x": real(2, 5, 1, 1)}, opset=11),
    Case("LogSoftmax", {"x": np.array([[0.0, 200.0]], np.float32)}),
]

NORMALIZATIONS = [
    *[
        Case(
            "BatchNormalization",
            {"x": x},
            {"s": real(3), "b": real(3), "m": real(3), "v": positive(3)},
            {"epsilon": 1e-3},
            opset,
        )
        for opset in (7, 9, 15)
        for x in (real(2, 3), real(2, 3, 4), real(2, 3, 4, 5))
    ],
    Case("LayerNormalization", {"x": real(2, 3, 4)}, {"s": real(4), "b": real(4)}),
    Case("LayerNormalization", {"x": real(2, 3, 4)}, {"s": real(3, 4)}, {"axis": 1}),
    Case("InstanceNormalization", {"x": real(2, 3, 4, 5)}, {"s": real(3), "b": real(3)}),
    Case("InstanceNormalization", {"x": real(2, 3, 9)}, {"s": real(3), "b": real(3)}),
    Case("Softplus", {"x": real(3, 4)}, opset=18),
]


@pytest.mark.parametrize(
    "case",
    [*WINDOWS, *CONTRACTIONS, *ELEMENTWISE, *DATA_MOVEMENT, *REDUCTIONS, *NORMALIZATIONS],
    ids=str,
)
def test_handler(case: Case) -> None:
    run(case)
