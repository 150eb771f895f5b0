"""Channels go, results stay: random integer networks with channels that are constant or unread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from kernel_lab import function_of
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType, i8
from xdsl.ir import Block, Operation, SSAValue

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.integer.channel_ranges import Ranges
from nnopt.lowering.integer.drop_channels import DropChannelsPass
from nnopt.passes.analysis.cost import shape_of, total_macs


@dataclass
class Network:
    """A random integer network under construction."""

    rng: np.random.Generator
    block: Block

    def add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]

    def constant(self, array: NDArray[Any]) -> SSAValue:
        return self.add(nn.ConstantOp.from_array(array))

    def parameters(self, shape: tuple[int, ...], dead: float) -> list[SSAValue]:
        """Weights, of which rows and columns are zero, and a bias that is now and then extreme."""
        rng = self.rng
        weights = rng.integers(-127, 128, shape).astype(np.int8)
        weights[rng.random(shape[0]) < dead] = 0
        if shape[-1] > 1:
            weights[..., rng.random(shape[-1]) < dead / 2] = 0
        bias = rng.integers(-3000, 3000, shape[0]).astype(np.int32)
        bias[rng.random(shape[0]) < 0.2] = 1 << 29
        return [self.constant(weights), self.constant(bias)]

    def rescaled(self, acc: SSAValue, zero_point: int, low: int = -128) -> SSAValue:
        channels = shape_of(acc)[-1]
        count = channels if self.rng.random() < 0.7 else 1
        multiplier = self.rng.integers(1 << 30, (1 << 31) - 1, count).astype(np.int32)
        shift = self.rng.integers(37, 41, count).astype(np.int32)
        op = fxp.RequantizeOp(
            acc,
            multiplier,
            shift,
            element_type=i8,
            zero_point=zero_point,
            rounding="half_up",
            min_value=low,
            max_value=127,
        )
        return self.add(op)

    def convolution(
        self, x: SSAValue, zero_point: int, filters: int, size: int = 1, depthwise: bool = False
    ) -> SSAValue:
        channels = shape_of(x)[-1]
        shape = (channels, size, size, 1) if depthwise else (filters, size, size, channels)
        padded = size > 1 and self.rng.random() < 0.7
        op = nn.Conv2dOp(
            x,
            *self.parameters(shape, 0.4),
            pads=(1, 1, 1, 1) if padded else (0, 0, 0, 0),
            groups=channels if depthwise else 1,
            input_zero_point=zero_point,
        )
        return self.add(op)


def random_network(seed: int) -> ModuleOp:
    rng = np.random.default_rng(seed)
    net = Network(rng, Block(arg_types=[TensorType(i8, [1, 6, 6, 3])]))
    x: SSAValue = net.block.args[0]
    zero = -128
    for _ in range(int(rng.integers(1, 4))):
        relu = bool(rng.random() < 0.7)
        after = -128 if relu else int(rng.integers(-128, 128))
        kind = rng.integers(4)
        if kind == 0 and min(shape_of(x)[1:3]) >= 3 and shape_of(x)[-1] > 1:
            acc = net.convolution(x, zero, 0, 3, depthwise=True)
        elif kind == 1 and min(shape_of(x)[1:3]) >= 3:
            acc = net.convolution(x, zero, int(rng.integers(1, 9)), 3)
        else:
            acc = net.convolution(x, zero, int(rng.integers(2, 13)))
        y = net.rescaled(acc, after)
        if kind == 3:
            branch = net.rescaled(net.convolution(y, after, shape_of(y)[-1]), after)
            wide = [net.add(fxp.WidenOp(v, after, 1 << 10)) for v in (y, branch)]
            y = net.rescaled(net.add(nn.AddOp(*wide)), after)
        x, zero = y, after
    if rng.random() < 0.5 and min(shape_of(x)[1:3]) >= 2:
        x = net.add(nn.MaxPool2dOp(x, kernel=(2, 2)))
    if rng.random() < 0.4:
        table = rng.integers(-128, 128, 256).astype(np.int8)
        x = net.add(fxp.LookupOp(x, table, i8))
        zero = 3
    x = net.add(nn.ReshapeOp(x, (1, int(np.prod(shape_of(x))))))
    weights = net.parameters((4, shape_of(x)[-1]), 0.3)
    y = net.add(nn.FullyConnectedOp(x, *weights, input_zero_point=zero))
    net.block.add_op(func.ReturnOp(y))
    module = ModuleOp([function_of(net.block, ["x"], ["y"])])
    module.verify()
    return module


@pytest.mark.parametrize("multiple", [1, 4])
def test_results_stay_the_same(multiple: int) -> None:
    smaller = 0
    for seed in range(120):
        before = random_network(seed)
        after = before.clone()
        DropChannelsPass(multiple).apply(Context(), after)
        after.verify()
        rng = np.random.default_rng(seed)
        for limit in (128, 128, 2):
            x = {"x": rng.integers(-limit, limit, (1, 6, 6, 3)).astype(np.int8)}
            wanted, given = (run_function(module, x)["y"] for module in (before, after))
            assert np.array_equal(wanted, given), seed
        smaller += total_macs(after.walk()) < total_macs(before.walk())
        DropChannelsPass(multiple).apply(Context(), again := after.clone())
        assert again.is_structurally_equivalent(after), seed
    assert smaller > 60


def test_ranges_hold() -> None:
    """Every value that the interpreter computes lies in the range of its channel."""
    for seed in range(40):
        module = random_network(seed)
        ranges = Ranges(module)
        main = next(op for op in module.walk() if isinstance(op, func.FuncOp))
        rng = np.random.default_rng(seed)
        known: dict[SSAValue, Any] = {
            main.body.block.args[0]: rng.integers(-128, 128, (1, 6, 6, 3)).astype(np.int8)
        }
        for op in main.body.block.ops:
            if isinstance(op, func.ReturnOp):
                continue
            args = tuple(known[v] for v in op.operands)
            (known[op.results[0]],) = ranges.interpreter.run_op(op, args)
            found = ranges.of(op.results[0])
            assert found is not None
            rows = known[op.results[0]].reshape(-1, len(found.low)).astype(np.int64)
            assert (found.low <= rows).all() and (rows <= found.high).all(), (seed, op.name)


def constant_channel(weights: NDArray[np.int8], pads: int, value: int, zero_point: int) -> ModuleOp:
    """A channel that holds `value` everywhere, read by a 3 x 3 window with or without padding."""
    block = Block(arg_types=[TensorType(i8, [1, 4, 4, 1])])
    constants = [
        nn.ConstantOp.from_array(array)
        for array in (
            np.array([1, 1, 1, 1, 0], np.int8).reshape(5, 1, 1, 1),
            np.array([0, 0, 0, 0, value], np.int32),
            weights,
            np.zeros(1, np.int32),
        )
    ]
    one = nn.Conv2dOp(block.args[0], constants[0].result, constants[1].result)
    scaled = fxp.RequantizeOp(
        one.result, np.array([1], np.int32), np.array([0], np.int32), element_type=i8
    )
    two = nn.Conv2dOp(
        scaled.result,
        constants[2].result,
        constants[3].result,
        pads=(pads,) * 4,
        input_zero_point=zero_point,
    )
    block.add_ops([*constants, one, scaled, two, func.ReturnOp(two.result)])
    return ModuleOp([function_of(block, ["x"], ["y"])])


@pytest.mark.parametrize(
    ("pads", "value", "zero_point", "dropped"),
    [(0, 9, 0, True), (1, 9, 0, False), (1, 9, 9, True)],
)
def test_padding_next_to_a_constant(pads: int, value: int, zero_point: int, dropped: bool) -> None:
    """At the border a window sees less of a constant that is not the zero point."""
    weights = np.arange(1, 46, dtype=np.int8).reshape(1, 3, 3, 5)
    before = constant_channel(weights, pads, value, zero_point)
    after = before.clone()
    DropChannelsPass(1).apply(Context(), after)
    assert (total_macs(after.walk()) < total_macs(before.walk())) == dropped
    x = {"x": np.arange(16, dtype=np.int8).reshape(1, 4, 4, 1)}
    assert np.array_equal(run_function(before, x)["y"], run_function(after, x)["y"])
