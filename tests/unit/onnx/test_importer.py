"""What the walk over the graph does: constants, names, and the list of everything wrong."""

import itertools
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_reference import Array, check_against_onnxruntime, make_model
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.dialects.func import FuncOp

from nnopt.dialects import nn
from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import (
    Importer,
    ImportOptions,
    ModelProblems,
    Node,
    Result,
    handler,
    import_model,
    onnx_parser,
    onnxtxt_parser,
    registered_operators,
)
from nnopt.lowering.onnx_frontend.registry import find_handler

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(1, 3, 4)


def names(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk() if op.name.startswith("nn.")]


def test_shapes_are_constants() -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "i"], ["d"]),
        helper.make_node("Unsqueeze", ["d", "zero"], ["u"]),
        helper.make_node("Concat", ["u", "minus"], ["t"], axis=0),
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Reshape", ["r", "t"], ["y"]),
    ]
    constants = {
        "i": np.array(0, np.int64),
        "zero": np.array([0], np.int64),
        "minus": np.array([-1], np.int64),
    }
    model = make_model(nodes, {"x": X}, constants)
    check_against_onnxruntime(model, {"x": X})
    assert names(import_model(model)) == ["nn.relu", "nn.reshape"]


def test_what_only_a_shape_is_taken_of_is_dropped() -> None:
    nodes = [
        helper.make_node("Exp", ["x"], ["e"]),
        helper.make_node("Shape", ["e"], ["s"]),
        helper.make_node("Reshape", ["x", "s"], ["y"]),
    ]
    assert names(import_model(make_model(nodes, {"x": X}))) == []


def test_outputs_may_be_constants_and_inputs() -> None:
    constants = {"c": np.arange(3, dtype=np.float32)}
    nodes = [helper.make_node("Neg", ["c"], ["n"]), helper.make_node("Identity", ["x"], ["y"])]
    model = make_model(nodes, {"x": X}, constants, ["n", "y", "c"])
    check_against_onnxruntime(model, {"x": X})


def test_names_and_locations() -> None:
    nodes = [
        helper.make_node("Relu", ["in/put:x"], ["a.b"], name="block/relu"),
        helper.make_node("Exp", ["a.b"], ["out"]),
    ]
    module = import_model(make_model(nodes, {"in/put:x": X}, outputs=["out"]))
    function = next(op for op in module.walk() if isinstance(op, FuncOp))
    assert function.arg_attrs is not None and function.res_attrs is not None
    assert function.arg_attrs.data[0].data["nn.name"] == StringAttr("in/put:x")
    assert function.res_attrs.data[0].data["nn.name"] == StringAttr("out")
    relu, exponential = [op for op in module.walk() if op.name.startswith("nn.")]
    assert nn.node_name(relu) == "block/relu" and relu.results[0].name_hint == "a_b"
    assert nn.node_name(exponential) == "Exp_1"
    assert "%in_put_x" in str(module)


def test_shared_weights_are_one_constant() -> None:
    w = np.ones((3, 3, 3), np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1]),
        helper.make_node("Conv", ["a", "w"], ["y"], pads=[1, 1]),
    ]
    module = import_model(make_model(nodes, {"x": X}, {"w": w}))
    constants = [op for op in module.walk() if isinstance(op, nn.ConstantOp)]
    assert sum(op.array().size == 27 for op in constants) == 1


def test_everything_that_is_wrong_is_named_at_once() -> None:
    nodes = [
        helper.make_node("Unique", ["x"], ["a"], name="first"),
        helper.make_node("Unique", ["x"], ["b"], name="second"),
        helper.make_node("Strange", ["a"], ["c"], name="third", domain="my.domain"),
        helper.make_node("Shape", ["c"], ["s"]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Transpose", ["x"], ["t"], name="bad perm", perm=[0, 0, 1]),
        helper.make_node("Concat", ["d", "t"], ["y"], axis=0),
    ]
    model = make_model(nodes, {"x": X}, outputs=["y", "b", "s"])
    model.opset_import.append(helper.make_opsetid("my.domain", 3))
    with pytest.raises(ModelProblems) as caught:
        import_model(model)
    assert caught.value.problems == (
        "operators that are not supported: Unique (opset 17): 2 nodes, the first is 'first' (the "
        "size of its result depends on the data, and has to be known when C is made; end the "
        "network before it and do the rest in the firmware), "
        "my.domain.Strange (opset 3): node 'third'",
        "node 'bad perm' (Transpose): perm [0, 0, 1] is no permutation of 3 axes",
    )


def test_shapes_that_do_not_fit_name_the_node() -> None:
    w = np.ones((5, 7), np.float32)
    node = helper.make_node("Add", ["x", "w"], ["y"], name="sum")
    with pytest.raises(NnoptError, match=r"node 'sum' \(Add\): its inputs .* do not fit: .*bro"):
        import_model(make_model([node], {"x": X}, {"w": w}))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers(number: float) -> None:
    w = np.array([1, number, 2, 3], np.float32)
    node = helper.make_node("Mul", ["x", "w"], ["y"], name="scale")
    model = make_model([node], {"x": X}, {"w": w})
    with pytest.raises(NnoptError, match=r"'scale'.*'w' has 1 of 4 elements that are NaN or inf"):
        import_model(model)
    import_model(model, options=ImportOptions(allow_non_finite=True))


@pytest.mark.parametrize("number", [np.inf, -np.inf])
def test_infinities_are_masks_and_bounds(number: float) -> None:
    mask = np.array([1, number, 2, 3], np.float32)
    node = helper.make_node("Add", ["x", "m"], ["y"], name="mask")
    import_model(make_model([node], {"x": X}, {"m": mask}))
    mask[0] = np.nan
    with pytest.raises(NnoptError, match=r"'mask'.*'m' has 1 of 4 elements that are NaN"):
        import_model(make_model([node], {"x": X}, {"m": mask}))


def test_element_types_without_a_place_at_run_time() -> None:
    x = X.astype(np.float64)
    with pytest.raises(NnoptError, match="input 'x' has element type float64"):
        import_model(make_model([helper.make_node("Relu", ["x"], ["y"])], {"x": x}))
    node = helper.make_node("Cast", ["x"], ["y"], name="half", to=TensorProto.BFLOAT16)
    with pytest.raises(NnoptError, match=r"'half' \(Cast\): it casts to bfloat16"):
        import_model(make_model([node], {"x": X}))


def size_bombs() -> list[tuple[str, dict[str, Array]]]:
    huge = np.array([1 << 31, 4], np.int64)
    return [
        ("ConstantOfShape", {"s": huge}),
        ("Expand", {"v": np.ones(1, np.float32), "s": huge}),
        ("Tile", {"v": np.ones((1, 1), np.float32), "s": huge}),
        ("Range", {k: np.array(v, np.int64) for k, v in (("a", 0), ("b", 1 << 40), ("c", 1))}),
        ("Pad", {"v": np.ones(1, np.float32), "s": huge}),
        ("Add", {"a": np.ones((9000, 1), np.float32), "b": np.ones(9000, np.float32)}),
        ("MatMul", {"a": np.ones((9000, 1), np.float32), "b": np.ones((1, 9000), np.float32)}),
        ("Gather", {"a": np.ones((2, 9000), np.float32), "b": np.zeros(9000, np.int64)}),
    ]


def test_tensors_that_grow_without_bounds_are_refused() -> None:
    names = ["x", *(f"t{i}" for i in range(40)), "y"]
    nodes = [helper.make_node("Concat", [a, a], [b], axis=0) for a, b in itertools.pairwise(names)]
    with pytest.raises(NnoptError, match="it makes a tensor of dimensions"):
        import_model(make_model(nodes, {"x": X}))


def test_constants_of_a_shape() -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("ConstantOfShape", ["s"], ["c"]),
        helper.make_node("Add", ["x", "c"], ["y"]),
    ]
    check_against_onnxruntime(make_model(nodes, {"x": X}), {"x": X})


@pytest.mark.parametrize(("op", "constants"), size_bombs())
def test_size_bombs_are_refused(op: str, constants: dict[str, Array]) -> None:
    nodes = [
        helper.make_node(op, [*constants], ["big"], name="bomb"),
        helper.make_node("Cast", ["big"], ["y"], to=1),
    ]
    with pytest.raises(NnoptError, match=r"'bomb'.*more than [0-9]+ elements"):
        import_model(make_model(nodes, {"x": X}, constants))


def test_the_newest_handler_that_is_old_enough_is_chosen() -> None:
    def old(ctx: Importer, node: Node) -> Result:
        return ctx.operand(node, 0)

    def new(ctx: Importer, node: Node) -> Result:
        return ctx.add(nn.NegateOp(ctx.operand(node, 0)))

    handler("Mine", since=3, domain="test.domain")(old)
    handler("Mine", since=5, domain="test.domain")(new)
    assert find_handler("test.domain", "Mine", 2) is None
    assert find_handler("test.domain", "Mine", 4) is old
    assert find_handler("test.domain", "Mine", 9) is new
    assert registered_operators()["test.domain", "Mine"] == (3, 5)
    with pytest.raises(ValueError, match="two handlers"):
        handler("Mine", since=5, domain="test.domain")(old)
    model = make_model([helper.make_node("Mine", ["x"], ["y"], domain="test.domain")], {"x": X})
    model.opset_import.append(helper.make_opsetid("test.domain", 5))
    assert names(import_model(model)) == ["nn.negate"]


def test_frontends(tmp_path: Path) -> None:
    model = make_model([helper.make_node("Relu", ["x"], ["y"])], {"x": X})
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    with path.open("rb") as stream:
        module = onnx_parser(stream)
    assert names(module) == names(import_model(path)) == ["nn.relu"]
    text = b"""<ir_version: 8, opset_import: ["" : 17]>
        g (float[1,4] x) => (float[1,4] y) { y = Relu (x) }"""
    assert names(onnxtxt_parser(BytesIO(text))) == ["nn.relu"]
    with pytest.raises(NnoptError, match="the input is not an ONNX file"):
        onnx_parser(BytesIO(b"\x00garbage"))
