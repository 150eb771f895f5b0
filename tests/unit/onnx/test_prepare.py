"""What is wrong with a file is said in one sentence, whatever it is."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import import_model, read_graph

F32 = TensorProto.FLOAT


def model_of(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto] | None = None,
    outputs: list[str] | None = None,
    initializers: list[onnx.TensorProto] | None = None,
    opset: int = 17,
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        inputs or [helper.make_tensor_value_info("x", F32, [1, 4])],
        [helper.make_tensor_value_info(name, F32, None) for name in outputs or ["y"]],
        initializers or [],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def relu(source: str = "x", target: str = "y", name: str = "") -> onnx.NodeProto:
    return helper.make_node("Relu", [source], [target], name=name)


def test_nodes_are_sorted_and_dead_ones_dropped() -> None:
    graph = read_graph(
        model_of([relu("a", "y", "second"), relu("x", "unused", "dead"), relu("x", "a", "first")])
    )
    assert [node.name for node in graph.nodes] == ["first", "second"]


def test_nodes_get_unique_names() -> None:
    graph = read_graph(model_of([relu("x", "a", "n"), relu("a", "b", "n"), relu("b", "y")]))
    assert [node.name for node in graph.nodes] == ["n", "n#2", "Relu_2"]


def test_functions_are_inlined() -> None:
    twice = helper.make_function(
        "local", "Twice", ["a"], ["b"],
        [relu("a", "c"), relu("c", "b")],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    model = model_of([helper.make_node("Twice", ["x"], ["y"], domain="local")])
    model.functions.append(twice)
    model.opset_import.append(helper.make_opsetid("local", 1))
    assert [node.op_type for node in read_graph(model).nodes] == ["Relu", "Relu"]


def test_operators_defined_as_functions_are_expanded() -> None:
    node = helper.make_node("Swish", ["x"], ["y"])
    kinds = {node.op_type for node in read_graph(model_of([node], opset=24)).nodes}
    assert "Swish" not in kinds and {"Sigmoid", "Mul"} <= kinds


def test_defaults_of_expanded_functions_are_kept() -> None:
    node = helper.make_node("MeanVarianceNormalization", ["x"], ["y"])
    nodes = read_graph(model_of([node], opset=13)).nodes
    means = [n for n in nodes if n.op_type == "ReduceMean"]
    assert means and all(n.ints("axes") == (0, 2, 3) for n in means)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([relu("a", "b", "p"), relu("b", "a", "q"), relu("a", "y")], "node 'p' .*a cycle"),
        ([relu("nowhere", "y", "p")], "node 'p' .*reads 'nowhere'.*an initializer is missing"),
        ([relu("x", "y", "p"), relu("x", "y", "q")], "node 'q' .*makes the value 'y'.*as well"),
        ([relu("x", "x", "p")], "node 'p' .*makes the value 'x'.*as well"),
        ([relu("x", "z")], "nothing makes the output 'y'"),
        (
            [helper.make_node("Relu", ["x", "x"], ["y"], name="p")],
            r"node 'p' \(Relu\) is not valid ONNX: .*input",
        ),
        (
            [helper.make_node("Relu", ["x"], ["y"], name="p", alpha=1.0)],
            r"node 'p' \(Relu\) is not valid ONNX: .*alpha",
        ),
    ],
)
def test_bad_graphs(nodes: list[onnx.NodeProto], message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        read_graph(model_of(nodes))


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (
            helper.make_tensor_value_info("x", TensorProto.BFLOAT16, [4]),
            "'x' has element type bfloat16",
        ),
        (
            helper.make_tensor_value_info("x", TensorProto.STRING, [4]),
            "'x' has element type string, which is not supported; turn texts into numbers",
        ),
        (helper.make_tensor_value_info("x", F32, None), "'x' has no shape"),
        (helper.make_tensor_value_info("x", F32, [0, -1]), "a dimension below 0"),
        (helper.make_tensor_sequence_value_info("x", F32, [4]), "'x' is no tensor .sequence."),
    ],
)
def test_bad_inputs(info: onnx.ValueInfoProto, message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        read_graph(model_of([relu()], [info]))


@pytest.mark.parametrize(("opset", "message"), [(5, "older than 6"), (9999, "newer than")])
def test_opsets_out_of_range(opset: int, message: str) -> None:
    with pytest.raises(NnoptError, match=f"opset {opset}, {message}"):
        read_graph(model_of([relu()], opset=opset))


@pytest.mark.parametrize("shape", [[0, 1 << 62], [1 << 40]])
def test_inputs_too_large_for_any_memory(shape: list[int]) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.INT64, [])
    graph = helper.make_graph([helper.make_node("Size", ["x"], ["y"])], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(NnoptError, match=r"input 'x' has shape .* which cannot be meant"):
        import_model(model)


@pytest.mark.parametrize("opset", [0, -1, -(1 << 40), 1 << 40])
def test_opsets_that_cannot_be_meant(opset: int) -> None:
    with pytest.raises(NnoptError, match=f"opset {opset} of 'ai.onnx', which cannot be meant"):
        read_graph(model_of([relu()], opset=opset))


def tensor(dims: list[int], raw: bytes) -> onnx.TensorProto:
    result = onnx.TensorProto()
    result.name, result.data_type, result.raw_data = "w", F32, raw
    result.dims.extend(dims)
    return result


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ([1 << 31], "which cannot be meant"),
        ([1 << 31, 1 << 31, 1 << 31], "which cannot be meant"),
        ([-4], "which cannot be meant"),
        ([5], "needs 20 bytes, but has 16"),
    ],
)
def test_bad_dimensions_of_initializers(dims: list[int], message: str) -> None:
    add = helper.make_node("Add", ["x", "w"], ["y"])
    with pytest.raises(NnoptError, match=f"initializer 'w'.*{message}"):
        read_graph(model_of([add], initializers=[tensor(dims, bytes(16))]))


def test_elements_missing_in_a_typed_field() -> None:
    weights = helper.make_tensor("w", F32, [4], [1.0, 2.0, 3.0, 4.0])
    del weights.float_data[3:]
    add = helper.make_node("Add", ["x", "w"], ["y"])
    with pytest.raises(NnoptError, match="needs 4 elements, but has 3"):
        read_graph(model_of([add], initializers=[weights]))


def external(location: str, length: int = 16) -> onnx.ModelProto:
    weights = onnx.TensorProto()
    weights.name, weights.data_type = "w", F32
    weights.dims.append(4)
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "4"), ("length", str(length))):
        weights.external_data.add(key=key, value=value)
    add = helper.make_node("Add", ["x", "w"], ["y"])
    return model_of([add], initializers=[weights])


def test_external_data_of_the_model_folder_is_read(tmp_path: Path) -> None:
    numbers = np.arange(5, dtype=np.float32)
    (tmp_path / "w.bin").write_bytes(numbers.tobytes())
    path = tmp_path / "m.onnx"
    path.write_bytes(external("w.bin").SerializeToString())
    assert read_graph(path).constants["w"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("location", "length", "message"),
    [
        ("../w.bin", 16, "outside of the model's folder"),
        ("/etc/passwd", 16, "outside of the model's folder"),
        ("", 16, "outside of the model's folder"),
        ("link.bin", 16, "outside of the model's folder"),
        ("missing.bin", 16, "does not exist"),
        (".", 16, "does not exist"),
        ("short.bin", 16, "needs 16 bytes at offset 4 of 'short.bin', which has 8"),
        ("short.bin", -3, "needs 16 bytes"),
    ],
)
def test_external_data_elsewhere_is_refused(
    tmp_path: Path, location: str, length: int, message: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(bytes(20))
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    (folder / "short.bin").write_bytes(bytes(8))
    path = folder / "m.onnx"
    path.write_bytes(external(location, length).SerializeToString())
    with pytest.raises(NnoptError, match=f"initializer 'w'.*{message}"):
        read_graph(path)


def test_external_data_of_attributes_is_checked_as_well(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "w.bin").write_bytes(bytes(20))
    value = external("../w.bin").graph.initializer[0]
    node = helper.make_node("Constant", [], ["y"], name="p", value=value)
    path = tmp_path / "model" / "m.onnx"
    path.write_bytes(model_of([node]).SerializeToString())
    with pytest.raises(NnoptError, match="outside of the model's folder"):
        read_graph(path)
    path.write_bytes(model_of([constant_of(tensor([1 << 31], bytes(4)))]).SerializeToString())
    with pytest.raises(NnoptError, match="which cannot be meant"):
        read_graph(path)


def constant_of(value: onnx.TensorProto) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["y"], name="p", value=value)


def test_external_data_needs_a_folder() -> None:
    with pytest.raises(NnoptError, match="was not read from a file"):
        read_graph(external("w.bin"))


def test_files_that_are_no_models(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with pytest.raises(NnoptError, match=r"cannot read .*No such file"):
        read_graph(path)
    for data, message in (
        (b"", "it has no graph"),
        (b"not a model at all", "not an ONNX file or is corrupt"),
        (model_of([relu()]).SerializeToString()[:40], "m.onnx' is not|it has no"),
    ):
        path.write_bytes(data)
        with pytest.raises(NnoptError, match=message):
            read_graph(path)


def test_initializers_listed_as_inputs_are_constants() -> None:
    weights = numpy_helper.from_array(np.ones(4, np.float32), "w")
    infos = [helper.make_tensor_value_info(name, F32, [1, 4]) for name in ("x", "w")]
    add = helper.make_node("Add", ["x", "w"], ["y"])
    graph = read_graph(model_of([add], infos, initializers=[weights]))
    assert [info.name for info in graph.inputs] == ["x"] and list(graph.constants) == ["w"]


def test_text_form(tmp_path: Path) -> None:
    path = tmp_path / "m.onnxtxt"
    path.write_text(
        '# a comment\n<ir_version: 8, opset_import: ["" : 17]>\n'
        "g (float[1,4] x) => (float[1,4] y) { [first] y = Relu (x) }\n"
    )
    assert read_graph(path).nodes[0].name == "first"
    path.write_text("nonsense")
    with pytest.raises(NnoptError, match="is not ONNX text"):
        read_graph(path)


def test_split_makes_as_many_parts_as_it_has_outputs() -> None:
    node = helper.make_node("Split", ["x"], ["y", "z"], name="s", num_outputs=1 << 40)
    with pytest.raises(NnoptError, match="it has 2 outputs, but num_outputs is 1099511627776"):
        import_model(model_of([node], outputs=["y", "z"], opset=18))
