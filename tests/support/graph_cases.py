"""What the tests of graph passes share: random inputs and random channels-first graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType, f32, i8
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.parser import Parser
from xdsl.rewriter import InsertPoint
from xdsl.universe import Universe

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import names_of

Arrays = dict[str, NDArray[Any]]


def parse(text: str) -> ModuleOp:
    """Return the verified module of a text."""
    context = Context()
    for name, factory in Universe.get_multiverse().all_dialects.items():
        context.register_dialect(name, factory)
    module = Parser(context, text).parse_module()
    module.verify()
    return module


def run_passes(module: ModuleOp, *names: str) -> None:
    """Run passes with their default options, verifying after each."""
    passes = Universe.get_multiverse().all_passes
    for name in names:
        passes[name]()().apply(Context(), module)
        module.verify()


def functions(module: ModuleOp) -> list[FuncOp]:
    """Return the functions of a module."""
    return [op for op in module.ops if isinstance(op, FuncOp)]


def random_array(type_: Attribute, generator: np.random.Generator) -> NDArray[Any]:
    """Return random values for a tensor: small reals, or integers over the whole range."""
    tensor = cast("TensorType[Attribute]", type_)
    dtype, shape = nn.dtype_of(tensor.element_type), tensor.get_shape()
    if dtype.kind == "f":
        return generator.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def random_inputs(function: FuncOp, seed: int = 0) -> Arrays:
    """Return random values for the arguments of a function, by name."""
    generator = np.random.default_rng(seed)
    names = names_of(function.arg_attrs, len(function.args), "arg")
    return {
        name: random_array(argument.type, generator)
        for name, argument in zip(names, function.args, strict=True)
    }


class ChannelsFirst:
    """Builds a function as an ONNX import does: channels first, transposes around windows."""

    def __init__(self, shape: Sequence[int], seed: int):
        self.generator = np.random.default_rng(seed)
        self.function = FuncOp("main", ([TensorType(f32, shape)], []))
        block = self.function.body.block
        self.builder = Builder(InsertPoint.at_end(block))
        self.values: list[SSAValue] = [block.args[0]]

    def add(self, op: Operation) -> SSAValue:
        """Append an operation."""
        return self.builder.insert(op).results[0]

    def constant(self, *shape: int, low: float | None = None) -> SSAValue:
        """Append a random constant; of numbers from `low` to `low` + 1 where that is given."""
        array = self.generator.normal(size=shape)
        if low is not None:
            array = low + self.generator.random(shape)
        return self.add(nn.ConstantOp.from_array(array.astype(np.float32)))

    def window(self, kind: str, x: SSAValue) -> SSAValue:
        """Append a convolution or pool between transposes."""
        image = self.add(nn.TransposeOp(x, (0, 2, 3, 1)))
        channels = shape_of(image)[3]
        if kind == "conv":
            weights = self.constant(channels, 3, 3, channels)
            op: Operation = nn.Conv2dOp(image, weights, self.constant(channels), pads=(1, 1, 1, 1))
        elif kind == "max_pool":
            op = nn.MaxPool2dOp(image, kernel=(3, 3), pads=(1, 1, 1, 1))
        else:
            op = nn.AvgPool2dOp(image, kernel=(3, 3), pads=(1, 1, 1, 1))
        return self.add(nn.TransposeOp(self.add(op), (0, 3, 1, 2)))

    def unary(self, kind: str, x: SSAValue) -> SSAValue:
        """Append an operation on one tensor that keeps its shape, or changes it a little."""
        channels, height, width = shape_of(x)[1:]
        if kind == "relu":
            return self.add(nn.ReluOp(x))
        if kind == "scale":
            return self.add(nn.MulOp(x, self.constant(channels, 1, 1)))
        if kind == "softmax":
            return self.add(nn.SoftmaxOp(x, 1))
        if kind == "pad":
            return self.add(nn.PadOp(x, (0, 0, 1, 0, 0, 0, 0, 1)))
        if kind == "slice":
            sizes = (1, channels, height, max(1, width - 1))
            return self.add(nn.SliceOp(x, (0, 0, 0, 0), sizes, (1, 1, 1, 1)))
        if kind == "quantize":
            quantized = self.add(fxp.QuantizeOp(x, fxp.AffineType.per_tensor(i8, 0.05, 3)))
            return self.add(fxp.DequantizeOp(quantized))
        if kind == "batch_norm":
            parameters = [self.constant(channels, low=0.5) for _ in range(4)]
            return self.add(nn.BatchNormOp(x, *parameters, axis=1))
        if kind == "squeeze":
            mean = self.add(nn.ReduceOp(x, "max", (2,), False))
            row = self.add(nn.ReshapeOp(mean, (1, channels, 1, width)))
            return self.add(nn.AddOp(x, row))
        return self.add(nn.TanhOp(x))

    def join(self, x: SSAValue) -> SSAValue:
        """Append the sum with the last value of the same shape, or else a concatenation."""
        for other in reversed(self.values[:-1]):
            if shape_of(other) == shape_of(x):
                return self.add(nn.AddOp(x, other))
        return self.add(nn.ConcatOp([x, x], 1)) if shape_of(x)[1] < 8 else x

    def classify(self, x: SSAValue) -> SSAValue:
        """Append a flattening and a fully connected layer."""
        size = int(np.prod(shape_of(x)))
        flat = self.add(nn.ReluOp(self.add(nn.ReshapeOp(x, (1, size)))))
        return self.add(nn.FullyConnectedOp(flat, self.constant(5, size), self.constant(5)))

    def finish(self, *results: SSAValue) -> ModuleOp:
        """Return the module."""
        self.add_return(results)
        module = ModuleOp([self.function])
        module.verify()
        return module

    def add_return(self, results: Sequence[SSAValue]) -> None:
        """End the function."""
        self.builder.insert(ReturnOp(*results))
        self.function.update_function_type()


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Return the shape of a tensor."""
    return cast("TensorType[Attribute]", value.type).get_shape()


WINDOWS = ("conv", "max_pool", "avg_pool")
UNARY = (
    "relu",
    "scale",
    "softmax",
    "pad",
    "slice",
    "quantize",
    "batch_norm",
    "squeeze",
    "tanh",
)


@st.composite
def channels_first_graphs(draw: st.DrawFn) -> ModuleOp:
    """Return chains of windows and other operations with residual sums and concatenations."""
    shape = (1, draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(2, 4)))
    graph = ChannelsFirst(shape, draw(st.integers(0, 2**16)))
    steps = draw(
        st.lists(st.sampled_from((*WINDOWS, *UNARY, "join", "join")), min_size=2, max_size=9)
    )
    for step in steps:
        x = graph.values[-1]
        if step in WINDOWS:
            new = graph.window(step, x)
        else:
            new = graph.join(x) if step == "join" else graph.unary(step, x)
        graph.values.append(new)
    result = graph.values[-1]
    return graph.finish(graph.classify(result) if draw(st.booleans()) else result)
