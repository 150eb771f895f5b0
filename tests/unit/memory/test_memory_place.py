"""`place`: random networks compute the same in one arena, with poisoned memory, as on tensors."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from kernel_lab import Array, function_of, integers, reals, same_bits
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType, f32, i8
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects import fxp, nn, vpool
from nnopt.dialects.interpreters import run_function
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.memory.problem import STRATEGIES
from nnopt.passes.schedule.form_kernels import FormKernelsPass

SHAPES = (2, 6), (3, 4), (12,), (2, 3, 2)


class Graph:
    """A random graph of tensors with twelve elements: branches, views, constants, conversions."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        types: list[Attribute] = [TensorType(f32, SHAPES[0]), TensorType(i8, SHAPES[1])]
        self.block = Block(arg_types=types)
        self.values: list[SSAValue] = list(self.block.args)
        for _ in range(int(self.rng.integers(2, 14))):
            self.step()
        count = int(self.rng.integers(1, 4))
        returned = [self.values[-1], *(self.any(self.values) for _ in range(count - 1))]
        self.block.add_op(func.ReturnOp(*returned))
        names = [f"out{i}" for i in range(count)]
        self.module = ModuleOp([function_of(self.block, ["x", "q"], names)])
        self.module.verify()
        self.inputs = {"x": reals(self.rng, SHAPES[0]), "q": integers(self.rng, SHAPES[1], "int8")}

    def any(self, values: Sequence[Any]) -> Any:
        """One of some things."""
        return values[int(self.rng.integers(len(values)))]

    def add(self, op: Operation) -> SSAValue:
        """Append an op; its result may be used."""
        self.block.add_op(op)
        self.values.append(op.results[0])
        return op.results[0]

    def step(self) -> None:
        """Append one of many ops to a value."""
        value = self.any(self.values)
        type_ = cast("TensorType[Attribute]", value.type)
        shape, real = type_.get_shape(), type_.element_type == f32
        kind = int(self.rng.integers(7))
        if kind == 0:
            other = SHAPES[int(self.rng.integers(len(SHAPES)))]
            self.add(nn.ReshapeOp(value, other))
        elif kind == 1:
            self.add(nn.TransposeOp(value, list(range(len(shape)))[::-1]))
            moved = self.values[-1]
            self.add(nn.ReshapeOp(moved, shape))
        elif kind == 2:
            self.add(nn.ReluOp(value))
        elif kind == 3:
            self.add(fxp.FromRealOp(value, 0.05, 3) if real else fxp.ToRealOp(value, 0.05, 3))
        elif kind == 4 and real:
            self.add(nn.SoftmaxOp(value))
        elif real:
            others = [v for v in self.values if v.type == type_]
            constant = nn.ConstantOp.from_array(reals(self.rng, shape[-1:]))
            self.block.add_op(constant)
            other = self.any([*others, constant.results[0]])
            self.add(self.any([nn.AddOp, nn.MulOp, nn.SubOp])(value, other))
        else:
            self.add(nn.MaximumOp(value, self.any([v for v in self.values if v.type == type_])))


def assert_same(a: dict[str, Array], b: dict[str, Array]) -> None:
    assert a.keys() == b.keys()
    for name, array in a.items():
        assert same_bits(array, b[name]), name


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed: int):
    graph = Graph(seed)
    expected = run_function(graph.module, graph.inputs)
    sizes: dict[str, int] = {}
    for strategy in STRATEGIES:
        module = graph.module.clone()
        FormKernelsPass().apply(Context(), module)
        module.verify()
        assert_same(run_function(module, graph.inputs), expected)
        PlacePass(strategy).apply(Context(), module)
        module.verify()
        assert_same(run_placed(module, graph.inputs), expected)
        sizes[strategy] = arena_of(module)
        LowerKernelsPass().apply(Context(), module)
        module.verify()
        assert_same(run_placed(module, graph.inputs), expected)
    assert sizes["exact"] <= sizes["first-fit"] <= sizes["disjoint"]


def arena_of(module: ModuleOp) -> int:
    """Bytes of the arena of a placed module."""
    main = next(op for op in module.ops if isinstance(op, func.FuncOp))
    return vpool.byte_size(cast(Any, main.args[-1].type))


def chain(*ops: type[Operation], shape: tuple[int, ...] = (4,)) -> ModuleOp:
    """One kernel for each op, one after the other."""
    block = Block(arg_types=[TensorType(f32, shape)])
    value: SSAValue = block.args[0]
    for op in ops:
        body = Block(arg_types=[value.type])
        inner = cast(Any, op)(body.args[0])
        body.add_ops([inner, vpool.YieldOp(inner.results[0])])
        kernel = vpool.KernelOp(op.name, [value], [inner.results[0].type], body)
        block.add_op(kernel)
        value = kernel.outputs[0]
    block.add_op(func.ReturnOp(value))
    return ModuleOp([function_of(block, ["x"], ["y"])])


@pytest.mark.parametrize("strategy", ["first-fit", "exact"])
def test_kernels_that_read_before_they_write_run_in_place(strategy: str):
    module = chain(nn.ReluOp, nn.SigmoidOp, nn.TanhOp, nn.ExpOp)
    PlacePass(strategy).apply(Context(), module)
    assert arena_of(module) == 16
    module = chain(nn.ReluOp, nn.SoftmaxOp, nn.TanhOp, nn.ExpOp)
    PlacePass(strategy).apply(Context(), module)
    assert arena_of(module) == 16


def test_without_reuse_every_tensor_has_its_own_bytes():
    module = chain(nn.ReluOp, nn.SigmoidOp, nn.TanhOp, nn.ExpOp)
    PlacePass("disjoint").apply(Context(), module)
    assert arena_of(module) == 48


def test_an_input_that_is_needed_later_is_not_overwritten():
    block = Block(arg_types=[TensorType(f32, [4])])
    values: list[SSAValue] = [block.args[0]]
    for op, sources in (
        (nn.ReluOp, (0,)),
        (nn.NegateOp, (1,)),
        (nn.AddOp, (1, 2)),
        (nn.ExpOp, (3,)),
    ):
        body = Block(arg_types=[values[s].type for s in sources])
        inner = cast(Any, op)(*body.args)
        body.add_ops([inner, vpool.YieldOp(inner.results[0])])
        kernel = vpool.KernelOp("k", [values[s] for s in sources], [values[0].type], body)
        block.add_op(kernel)
        values.append(kernel.outputs[0])
    block.add_op(func.ReturnOp(values[-1]))
    module = ModuleOp([function_of(block, ["x"], ["y"])])
    PlacePass("exact").apply(Context(), module)
    assert arena_of(module) == 32
    x = np.array([-1, 2, -3, 4], np.float32)
    np.testing.assert_array_equal(run_placed(module, {"x": x})["y"], np.ones(4))


def test_equal_constants_are_stored_once():
    block = Block(arg_types=[TensorType(f32, [4])])
    value: SSAValue = block.args[0]
    for _ in range(2):
        constant = nn.ConstantOp.from_array(np.arange(4, dtype=np.float32))
        add = nn.SoftmaxOp(value)
        total = nn.MulOp(add.results[0], constant.results[0])
        block.add_ops([constant, add, total])
        value = total.result
    block.add_op(func.ReturnOp(value))
    module = ModuleOp([function_of(block, ["x"], ["y"])])
    FormKernelsPass().apply(Context(), module)
    PlacePass().apply(Context(), module)
    assert sum(op.name == "memref.global" for op in module.ops) == 1


def test_two_functions_share_no_symbols():
    first, second = chain(nn.ReluOp), chain(nn.ReluOp)
    for module in (first, second):
        kernel = next(op for op in module.walk() if isinstance(op, vpool.KernelOp))
        constant = nn.ConstantOp.from_array(np.arange(4, dtype=np.float32) + len(list(first.ops)))
        cast(Block, kernel.parent).insert_op_before(constant, kernel)
        argument = kernel.body.block.insert_arg(constant.results[0].type, 1)
        kernel.operands = [*kernel.operands, constant.results[0]]
        del argument
    other = next(op for op in second.ops if isinstance(op, func.FuncOp))
    other.detach()
    other.sym_name = cast(Any, type(other.sym_name))("other")
    first.body.block.add_op(other)
    PlacePass().apply(Context(), first)
    first.verify()


def test_ops_outside_of_kernels_are_refused():
    block = Block(arg_types=[TensorType(f32, [4])])
    relu = nn.ReluOp(block.args[0])
    block.add_ops([relu, func.ReturnOp(relu.results[0])])
    module = ModuleOp([function_of(block, ["x"], ["y"])])
    with pytest.raises(PassFailedException, match=r"nn\.relu is outside any kernel"):
        PlacePass().apply(Context(), module)


def test_unknown_strategies_are_refused():
    with pytest.raises(PassFailedException, match="strategy must be one of disjoint, first-fit"):
        PlacePass("best")
