"""The pattern driver keeps locations and names."""

import numpy as np
from graph_cases import ChannelsFirst, parse
from xdsl.dialects.builtin import UnknownLoc
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nnopt.dialects import nn
from nnopt.passes.rewriting import (
    apply_patterns,
    constant_of,
    is_constant,
    producer,
    rebuild,
    sole_user,
    splat_of,
)


class ReluToMaximum(RewritePattern):
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nn.ReluOp, rewriter: PatternRewriter, /) -> None:
        zero = nn.ConstantOp.from_array(np.zeros((), np.float32))
        rewriter.replace(op, [zero, nn.MaximumOp(op.input, zero)])


def relu_named(name: str) -> tuple[ChannelsFirst, nn.ReluOp]:
    graph = ChannelsFirst((1, 2, 3, 4), 0)
    relu = nn.ReluOp(graph.values[0])
    relu.location = nn.name_location(name)
    relu.result.name_hint = "activated"
    graph.add(relu)
    return graph, relu


def test_new_operations_have_the_location_of_the_match() -> None:
    graph, relu = relu_named("/block/Relu")
    module = graph.finish(relu.result)
    assert apply_patterns(module, ReluToMaximum())
    new = [op for op in module.walk() if isinstance(op, nn.ConstantOp | nn.MaximumOp)]
    assert [nn.node_name(op) for op in new] == ["/block/Relu"] * 2
    assert new[-1].results[0].name_hint == "activated"


def test_rebuilt_operations_keep_their_own_location() -> None:
    class OneMore(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: nn.TanhOp, rewriter: PatternRewriter, /) -> None:
            before = producer(op.input, nn.ReluOp)
            if before is not None:
                rewriter.replace(op, rebuild(before))

    graph, relu = relu_named("/Relu")
    tanh = nn.TanhOp(relu)
    tanh.location = nn.name_location("/Tanh")
    module = graph.finish(graph.add(tanh))
    assert apply_patterns(module, OneMore())
    assert [nn.node_name(op) for op in module.walk() if isinstance(op, nn.ReluOp)] == ["/Relu"]


def test_unknown_locations_stay_unknown() -> None:
    graph, relu = relu_named("x")
    relu.location = UnknownLoc()
    module = graph.finish(relu.result)
    apply_patterns(module, ReluToMaximum())
    assert all(isinstance(op.location, UnknownLoc) for op in module.walk())


def test_dead_operations_are_erased() -> None:
    graph, _ = relu_named("x")
    module = graph.finish(graph.values[0])
    apply_patterns(module)
    assert not [op for op in module.walk() if isinstance(op, nn.ReluOp)]


def test_questions() -> None:
    module = parse("""
        func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %same = nn.constant {value = dense<3.0> : tensor<2xf32>} : tensor<2xf32>
          %differ = nn.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
          %sum = nn.add %same, %differ : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
          %y = nn.add %x, %sum : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
          func.return %y : tensor<2xf32>
        }
    """)
    same, differ, total, last = (
        op for op in module.walk() if isinstance(op, nn.ConstantOp | nn.AddOp)
    )
    assert splat_of(same.results[0]) == 3.0
    assert splat_of(differ.results[0]) is None and splat_of(total.results[0]) is None
    array = constant_of(differ.results[0])
    assert array is not None and array.tolist() == [1.0, 2.0]
    assert not is_constant(total.results[0]) and constant_of(total.results[0]) is None
    assert producer(total.results[0], nn.AddOp) is total
    assert producer(last.operands[0], nn.AddOp) is None
    assert sole_user(total.results[0]) is last


def test_attributes_are_dropped_by_none() -> None:
    graph = ChannelsFirst((1, 2, 3, 4), 0)
    x = graph.values[0]
    op = nn.AddOp(x, x, act_min=0.0, act_max=6.0)
    new = rebuild(op, attributes={"act_max": None})
    assert new.act_max is None and new.act_min is not None
    assert op.act_max is not None
