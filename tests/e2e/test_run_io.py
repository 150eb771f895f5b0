"""Between ONNX's samples and C's buffers, and against reference outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hand_packages import int8_package
from onnx.reference import ReferenceEvaluator

from nnopt.dialects.errors import NnoptError
from nnopt.tools.run import compare_with_io_npz, load_npz, read_manifest
from nnopt.tools.run.compare import compare_output
from nnopt.tools.run.io import dequantize, from_c, pack_inputs, quantize, save_npz, to_c
from nnopt.tools.run.manifest import Encoding, Tensor


def tensor(**changes: Any) -> Tensor:
    fields: dict[str, Any] = {
        "name": "x",
        "c_name": "x",
        "dtype": np.dtype(np.int8),
        "shape": (2, 4, 3),
        "onnx_shape": (3, 2, 4),
        "perm": (1, 2, 0),
        "encoding": Encoding(0.1, -3),
        "onnx_dtype": np.dtype(np.float32),
    }
    return Tensor(**(fields | changes))


@pytest.mark.parametrize("zero_point", [-128, 0, 5])
@pytest.mark.parametrize("scale", [0.1, 0.00390625, 7.3e-4])
def test_quantize_is_onnx_quantize_linear(scale: float, zero_point: int):
    steps = np.arange(-300, 300) / 2  # every tie
    values = (steps * scale).astype(np.float32)
    node = onnx.helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"])
    graph = onnx.helper.make_graph(
        [node],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, values.shape)],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.INT8, values.shape)],
        [
            onnx.numpy_helper.from_array(np.array(scale, np.float32), "s"),
            onnx.numpy_helper.from_array(np.array(zero_point, np.int8), "z"),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    (expected,) = ReferenceEvaluator(model).run(None, {"x": values})  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
    got = quantize(values, Encoding(scale, zero_point), np.dtype(np.int8))
    np.testing.assert_array_equal(got, expected)
    assert got.dtype == np.int8 and len(np.unique(got)) > 100


def test_quantize_saturates_and_survives_what_is_no_number():
    values = np.array([1e30, -1e30, np.inf, -np.inf, np.nan], np.float32)
    got = quantize(values, Encoding(0.5, 10), np.dtype(np.int16))
    assert got.tolist() == [32767, -32768, 32767, -32768, 10]


def test_layout_and_encoding_there_and_back():
    stored = np.random.default_rng(1).integers(-128, 128, (5, 3, 2, 4))
    real = dequantize(stored, Encoding(0.1, -3))
    in_c = to_c(real, tensor())
    assert in_c.shape == (5, 2, 4, 3) and in_c.dtype == np.int8
    np.testing.assert_array_equal(in_c[4, 1, 2], stored[4, :, 1, 2])
    np.testing.assert_array_equal(from_c(in_c, tensor()), real, strict=True)
    assert from_c(in_c, tensor(), raw=True) is in_c


def test_integers_of_an_integer_input_pass_as_they_are():
    plain = tensor(encoding=None, onnx_dtype=np.dtype(np.int8), perm=None, shape=(24,))
    stored = np.random.default_rng(2).integers(-128, 128, (2, 3, 2, 4), dtype=np.int8)
    np.testing.assert_array_equal(to_c(stored, plain).reshape(stored.shape), stored)
    encoded = tensor(onnx_dtype=np.dtype(np.int8))
    np.testing.assert_array_equal(to_c(stored, encoded), stored.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(from_c(to_c(stored, encoded), encoded), stored, strict=True)
    with pytest.raises(NnoptError, match="do not fit"):
        to_c(stored.astype(np.int32) + 100, plain)
    with pytest.raises(NnoptError, match="do not fit"):
        to_c(stored + 0.5, plain)


def test_uint8_pictures_may_feed_a_float_input():
    picture = np.arange(24, dtype=np.uint8).reshape(1, 3, 2, 4)
    got = to_c(picture, tensor(perm=None, shape=(3, 2, 4), encoding=Encoding(1.0, -128)))
    np.testing.assert_array_equal(got.reshape(-1), np.arange(24) - 128)


def test_wrong_inputs_are_named(tmp_path: Path):
    manifest = read_manifest(int8_package(tmp_path))
    good = np.zeros((2, 1, 3, 4, 4), np.float32)
    with pytest.raises(NnoptError, match=r"'net/image:0' is missing.*'in_net_image_0'.*image"):
        pack_inputs(manifest, {"image": good})
    with pytest.raises(NnoptError, match=r"shape \(1, 3, 4, 4\), wanted \(N, 1, 3, 4, 4\)"):
        pack_inputs(manifest, {"net/image:0": good[0]})
    with pytest.raises(NnoptError, match="no sample"):
        pack_inputs(manifest, {"net/image:0": good[:0]})
    data, samples = pack_inputs(manifest, {"in_net/image:0": good}, limit=1)
    assert (len(data), samples) == (48, 1)


def test_files_that_are_no_npz(tmp_path: Path):
    text = tmp_path / "text.npz"
    text.write_text("no numbers")
    single = tmp_path / "single.npy"
    np.save(single, np.zeros(3))
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 not really")
    for path in (text, single, broken, tmp_path / "none.npz"):
        with pytest.raises(NnoptError, match=path.name):
            load_npz(path)


def test_npz_under_any_name(tmp_path: Path):
    arrays = {"file": np.arange(3), "net/out:0": np.ones((1, 2), np.int8)}
    for name in ("a.npz", "b"):
        save_npz(tmp_path / name, arrays)
        back = load_npz(tmp_path / name)
        assert back.keys() == arrays.keys()
        assert all(np.array_equal(back[key], arrays[key]) for key in arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b").read_bytes()


def test_comparison_counts_steps_and_top1():
    reference = np.array([[0.0, 1.0, 0.4], [0.5, 0.4, 0.0], [0.0, 0.1, 2.0]], np.float32)
    values = reference.copy()
    values[0, 0] = 0.1  # one step
    values[1] = [0.4, 0.5, 0.0]  # one step, and the top changes places
    values[2, 0] = 0.25  # two and a half
    output = tensor(onnx_shape=(3,), shape=(3,), perm=None, encoding=Encoding(0.1, 0))
    got = compare_output(output, values, reference, np.array([1, 0, 2]))
    assert got.max_abs_error == pytest.approx(0.25)
    assert got.max_rel_error == pytest.approx(0.125)
    assert got.within_one_step == pytest.approx(8 / 9)
    assert got.top1_agreement == pytest.approx(2 / 3)
    assert got.top1_agreement_clear == 1.0
    assert (got.accuracy, got.reference_accuracy) == (pytest.approx(2 / 3), 1.0)


def test_comparison_with_an_io_file(tmp_path: Path):
    manifest = read_manifest(int8_package(tmp_path))
    scores = np.arange(10, dtype=np.float32).reshape(2, 1, 5)
    np.savez(tmp_path / "io.npz", out_scores=np.concatenate([scores, scores]))
    (got,) = compare_with_io_npz(manifest, {"scores": scores + 0.5}, tmp_path / "io.npz")
    assert (got.samples, got.max_abs_error, got.within_one_step) == (2, 0.5, 1.0)
    assert got.accuracy is None
    np.savez(tmp_path / "none.npz", out_other=scores)
    with pytest.raises(NnoptError, match="no reference outputs"):
        compare_with_io_npz(manifest, {"scores": scores}, tmp_path / "none.npz")


DAMAGE: list[tuple[dict[str, object], str]] = [
    ({"entry": None}, "'entry' must be a text"),
    ({"entry": "run();"}, "'entry' must be a C identifier"),
    ({"arena_bytes": -1}, "'arena_bytes' must be an integer"),
    ({"arena_align": 12}, "'arena_align' must be a power of two"),
    ({"sources": ["gone.c"]}, "gone.c of the manifest is missing"),
    ({"sources": ["../dense_int8.c"]}, "is missing"),
    ({"cflags": ["-O2 -x"]}, "'cflags' must be a list of compiler flags"),
    ({"inputs": [3]}, r"inputs\[0\] is not a JSON object"),
    ({"layers": {}}, "'layers' must be a list"),
]


@pytest.mark.parametrize(("change", "message"), DAMAGE)
def test_damaged_manifests_are_explained(tmp_path: Path, change: dict[str, object], message: str):
    path = int8_package(tmp_path) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(NnoptError, match=message):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("dtype", "int7", "'dtype' must be one of int8"),
        ("perm", [0, 1, 1, 2], "'perm' must be a permutation of the 4 ONNX axes"),
        ("shape", [1, 4, 4, 4], "'shape' must be as many elements"),
        ("encoding", {"scale": 0}, "encoding: 'scale' must be a positive number"),
    ],
)
def test_damaged_tensors_are_explained(tmp_path: Path, key: str, value: object, message: str):
    path = int8_package(tmp_path) / "manifest.json"
    content = json.loads(path.read_text())
    content["inputs"][0][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(NnoptError, match=message):
        read_manifest(tmp_path)


def test_no_package(tmp_path: Path):
    with pytest.raises(NnoptError, match="not a compiled package"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(NnoptError, match="cannot be read"):
        read_manifest(tmp_path)
