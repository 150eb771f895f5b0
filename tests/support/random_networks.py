"""Random networks of bytes: branches, residual sums, concatenations, strides, depthwise, pools."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from kernel_lab import Array, function_of, integers
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType, i8
from xdsl.ir import Block, Operation, SSAValue

from nnopt.dialects import fxp, nn
from nnopt.passes.analysis.cost import shape_of
from nnopt.passes.schedule.form_kernels import FormKernelsPass
from nnopt.passes.schedule.pack_weights import PackWeightsPass
from nnopt.passes.schedule.schedule import SchedulePass

Draw = Any
Shape = tuple[int, ...]


class RandomNetwork:
    """A function on integers that is built op by op; `values` are its tensors of bytes."""

    def __init__(self, seed: int, shape: Shape):
        self.rng = np.random.default_rng(seed)
        self.block = Block(arg_types=[TensorType(i8, shape)])
        self.values: list[SSAValue] = [self.block.args[0]]
        self.inputs: dict[str, Array] = {"x": integers(self.rng, shape, "int8")}

    def add(self, op: Operation) -> SSAValue:
        """Append an op."""
        self.block.add_op(op)
        return op.results[0]

    def constant(self, array: Array) -> SSAValue:
        """Append a constant."""
        return self.add(nn.ConstantOp.from_array(array))

    def keep(self, value: SSAValue) -> None:
        """A tensor of bytes that later ops may read."""
        self.values.append(value)

    def rescaled(self, value: SSAValue, taps: int) -> SSAValue:
        """Sums of about `taps` products of bytes become bytes."""
        multiplier = int(2**31 * 0.9 / (60.0 * np.sqrt(taps)))
        zero_point = int(self.rng.integers(-20, 20))
        op = fxp.RequantizeOp(value, multiplier, 31, zero_point=zero_point, rounding="half_up")
        return self.add(op)

    def window(self, x: SSAValue, filters: int | None, kernel: int, stride: int) -> None:
        """A convolution with padding; depthwise without `filters`."""
        depth, pad = shape_of(x)[3], kernel // 2
        count = filters or depth
        per_filter = 1 if filters is None else depth
        weights = integers(self.rng, (count, kernel, kernel, per_filter), "int8", 127)
        bias = integers(self.rng, (count,), "int32", 2000)
        op = nn.Conv2dOp(
            x,
            self.constant(weights),
            self.constant(bias),
            strides=(stride, stride),
            pads=(pad,) * 4,
            groups=1 if filters else depth,
            input_zero_point=int(self.rng.integers(-20, 20)),
        )
        self.keep(self.rescaled(self.add(op), kernel * kernel * per_filter))

    def pool(self, x: SSAValue, stride: int) -> None:
        """The largest of two by two."""
        self.keep(self.add(nn.MaxPool2dOp(x, kernel=(2, 2), strides=(stride, stride))))

    def sum(self, x: SSAValue, y: SSAValue) -> None:
        """A residual sum."""
        a, b = (self.add(fxp.WidenOp(v, int(z), 1 << 8)) for v, z in ((x, 3), (y, -4)))
        op = fxp.RequantizeOp(self.add(nn.AddOp(a, b)), 1 << 30, 39, rounding="half_up")
        self.keep(self.add(op))

    def concat(self, x: SSAValue, y: SSAValue) -> None:
        """Channels side by side."""
        self.keep(self.add(nn.ConcatOp([x, y], 3)))

    def table(self, x: SSAValue) -> None:
        """Any function of a byte."""
        self.keep(self.add(fxp.LookupOp(x, integers(self.rng, (256,), "int8"), i8)))

    def module(self, returned: list[SSAValue]) -> ModuleOp:
        """The finished function."""
        self.block.add_op(func.ReturnOp(*returned))
        names = [f"out{i}" for i in range(len(returned))]
        module = ModuleOp([function_of(self.block, ["x"], names)])
        module.verify()
        return module


def step(draw: Draw, network: RandomNetwork, most: int) -> None:
    """Append a random op to one of the last tensors."""
    recent = network.values[-4:]
    x = draw(st.sampled_from(recent))
    _, height, width, depth = shape_of(x)
    alike = [v for v in network.values if shape_of(v) == shape_of(x) and v is not x]
    beside = [v for v in network.values if shape_of(v)[:3] == shape_of(x)[:3] and v is not x]
    kinds = ["dense", "pointwise", "depthwise", "depthwise", "table"]
    kinds += ["sum"] * 3 if alike else []
    kinds += ["concat"] if beside and depth <= most else []
    kinds += ["pool"] if min(height, width) > 1 else []
    kind = draw(st.sampled_from(kinds))
    if kind == "sum":
        network.sum(x, draw(st.sampled_from(alike)))
    elif kind == "concat":
        network.concat(x, draw(st.sampled_from(beside)))
    elif kind == "table":
        network.table(x)
    elif kind == "pool":
        network.pool(x, draw(st.integers(1, 2)))
    else:
        filters = None if kind == "depthwise" else draw(st.sampled_from([1, 2, 4, 5, 8]))
        kernel = 1 if kind == "pointwise" else 3
        network.window(x, filters, kernel, draw(st.sampled_from([1, 1, 1, 2])))


@st.composite
def networks(draw: Draw, most: int = 6) -> tuple[ModuleOp, dict[str, Array]]:
    """A network of a few kernels at the level of integers, and its input."""
    shape = 1, draw(st.integers(2, 6)), draw(st.integers(2, 6)), draw(st.integers(1, 5))
    network = RandomNetwork(draw(st.integers(0, 1 << 20)), shape)
    for _ in range(draw(st.integers(2, 7))):
        step(draw, network, most)
    read = {operand for op in network.block.ops for operand in op.operands}
    ends = [v for v in network.values if v not in read]
    return network.module(ends), network.inputs


def scheduled(draw: Draw, module: ModuleOp) -> ModuleOp:
    """The network as kernels, with any schedule."""
    module = module.clone()
    FormKernelsPass().apply(Context(), module)
    order = tuple(draw(st.permutations(["oh", "ow", "oc"])))
    block = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    algorithm = draw(st.sampled_from(["auto", "direct", "lanes", "planes", "blocks"]))
    isa = draw(st.sampled_from(["armv7e-m", "armv7e-m", "portable"]))
    SchedulePass(algorithm, loop_order=order, block=block, isa=isa).apply(Context(), module)
    PackWeightsPass().apply(Context(), module)
    module.verify()
    return module
