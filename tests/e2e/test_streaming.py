"""States: tensors that a network keeps between calls, from `--state` to the C on boards."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.parser import parse_model

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters.streaming import Stream
from nnopt.lowering.onnx_frontend import import_model
from nnopt.tools.compare import compare
from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt import main
from nnopt.tools.pipeline import Options
from nnopt.tools.run import read_manifest, run_package

EXPORTERS = Path(__file__).resolve().parents[1] / "exporters"
GRU = EXPORTERS / "torchscript_gru_step.onnx"
STEPS = 6

CAUSAL = """<ir_version: 8, opset_import: ["" : 17]>
causal (float[1,2,1] x, float[1,2,3] past) => (float[1,4,1] y, float[1,2,3] next_past)
<float[4,2,4] w, int64[1] one = {1}, int64[1] end = {4}, int64[1] axis = {2}>
{
    all = Concat <axis = 2> (past, x)
    c = Conv <kernel_shape = [4]> (all, w)
    y = Relu (c)
    next_past = Slice (all, one, end, axis)
}
"""

SWAP = """<ir_version: 8, opset_import: ["" : 17]>
swap (float[1,4] x, float[1,4] a, float[1,4] b) => (float[1,4] y, float[1,4] na, float[1,4] nb)
{
    na = Add (b, x)
    nb = Mul (a, x)
    y = Sub (na, nb)
}
"""


def causal() -> onnx.ModelProto:
    """A causal convolution over a history of three steps, with random weights."""
    model = parse_model(CAUSAL)
    weights = np.random.default_rng(1).normal(size=(4, 2, 4)).astype(np.float32)
    (tensor,) = [t for t in model.graph.initializer if t.name == "w"] or [
        model.graph.initializer.add()
    ]
    tensor.CopyFrom(onnx.numpy_helper.from_array(weights, "w"))
    return model


def saved(folder: Path, model: onnx.ModelProto) -> Path:
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def interpreted(model: Path, states: list[str], x: NDArray[Any]) -> NDArray[Any]:
    """The output y of a stream in the interpreter, at the level of import."""
    stream = Stream(import_model(model, states=states))
    return np.stack([stream.step({"x": sample})["y"] for sample in x])


def steps(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(2).normal(size=(STEPS, *shape)).astype(np.float32)


@pytest.mark.parametrize("board", ["host", "mps2-an386", "riscv32"])
def test_a_recurrent_step(tmp_path: Path, board: str) -> None:
    options = Options(place="first-fit", target="portable", state=("h:next_h",))
    unit = compile_model(GRU, tmp_path / "out", options)
    x = steps(1, 3)
    run = run_package(tmp_path / "out", {"x": x}, board, sanitize=board == "host")
    wanted = interpreted(GRU, ["h:next_h"], x)
    assert np.allclose(run.outputs["y"], wanted, rtol=1e-5, atol=1e-6)
    assert list(run.outputs) == ["y"]
    first = run_package(tmp_path / "out", {"x": x[1:]}, "host").outputs["y"][0]
    assert not np.allclose(first, wanted[1], rtol=1e-3), "the state must matter"
    # the last kernel computes the new state element by element from the old one
    assert unit.state_bytes == run.ram.state == 6 * 4


@pytest.mark.parametrize("io_memory", ["caller", "pool"])
def test_a_history_of_inputs(tmp_path: Path, io_memory: str) -> None:
    path = saved(tmp_path, causal())
    options = Options(place="first-fit", io_memory=io_memory, state=("past:next_past",))
    unit = compile_model(path, tmp_path / "out", options)
    assert unit.state_bytes == 6 * 4  # read whole before it is written
    in_pool = [tensor.offset is not None for tensor in (*unit.inputs, *unit.outputs)]
    assert all(in_pool) if io_memory == "pool" else not any(in_pool)
    assert all(p.tensor.offset is None and p.result.offset is None for p in unit.states)
    x = steps(1, 2, 1)
    outputs = run_package(tmp_path / "out", {"x": x}, "mps2-an386").outputs["y"]
    weights = next(
        onnx.numpy_helper.to_array(t) for t in causal().graph.initializer if t.name == "w"
    )
    signal = np.concatenate([np.zeros((3, 2), np.float32), x[:, 0, :, 0]])
    for t in range(STEPS):
        window = signal[t : t + 4].T  # (channels, time)
        wanted = np.maximum((weights * window).sum(axis=(1, 2)), 0)
        assert np.allclose(outputs[t].reshape(-1), wanted, rtol=1e-4, atol=1e-5)
    assert np.allclose(outputs, interpreted(path, ["past:next_past"], x), rtol=1e-5, atol=1e-6)


def test_states_that_depend_on_each_other(tmp_path: Path) -> None:
    path = saved(tmp_path, parse_model(SWAP))
    states = ("a:na", "b:nb")
    options = Options(place="first-fit", state=states)
    compile_model(path, tmp_path / "out", options)
    x = 1 + steps(1, 4)
    outputs = run_package(tmp_path / "out", {"x": x}, "host", sanitize=True).outputs["y"]
    assert np.array_equal(outputs, interpreted(path, list(states), x))
    places = [(s.offset, s.next_offset) for s in read_manifest(tmp_path / "out").states]
    assert any(old != new for old, new in places)  # one of them has to be copied


def test_a_quantized_stream(tmp_path: Path) -> None:
    path = saved(tmp_path, causal())
    x = steps(1, 2, 1)
    np.savez(tmp_path / "x.npz", x=x)
    options = Options(quantize="int8", calibrate=str(tmp_path / "x.npz"), state=("past:next_past",))
    unit = compile_model(path, tmp_path / "out", options)
    (place,) = unit.states
    assert place.tensor.c_type == "int8_t" and unit.state_bytes <= 2 * 8
    outputs = run_package(tmp_path / "out", {"x": x}, "mps2-an386").outputs["y"]
    wanted = interpreted(path, ["past:next_past"], x)
    assert np.abs(outputs - wanted).max() < 0.05 * np.abs(wanted).max()
    result = compare(
        path, tmp_path / "out", {"x": x}, "mps2-an386", calibrate=tmp_path / "x.npz", limit=STEPS
    )
    assert result.integers_are_equal and result.first_divergence is None


def test_compare_carries_the_state(tmp_path: Path) -> None:
    compile_model(GRU, tmp_path / "out", Options(place="first-fit", state=("h:next_h",)))
    result = compare(GRU, tmp_path / "out", {"x": steps(1, 3)}, limit=STEPS)
    assert result.first_divergence is None
    quality = {layer.onnx: layer.sqnr_db or 0.0 for layer in result.layers}
    assert quality["next_h"] > 100 and quality["y"] > 100


def test_the_header(tmp_path: Path) -> None:
    compile_model(GRU, tmp_path / "out", Options(place="first-fit", state=("h:next_h",)))
    header = (tmp_path / "out" / "net.h").read_text()
    assert "#define NET_STATE_BYTES 24" in header and "#define NET_STATE_ALIGN 4" in header
    assert "void net_reset(void *state);" in header
    assert "int net_run(const float *x, float *y, void *state, void *arena);" in header
    source = (tmp_path / "out" / "net.c").read_text()
    assert not re.search(r"^static (?!const|void|NNOPT_[A-Z_]+ void)", source, re.MULTILINE)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("h", "--state h: write INPUT:OUTPUT"),
        ("g:next_h", "no such input; it has 'h', 'x'"),
        ("h:g", "no such output; it has 'next_h', 'y'"),
        ("h:y", "the input has type .*1x6.*, the output .*1x2"),
    ],
)
def test_wrong_states(state: str, words: str) -> None:
    with pytest.raises(NnoptError, match=words):
        import_model(GRU, states=[state])


def test_two_states_of_one_tensor() -> None:
    with pytest.raises(NnoptError, match="in one state only"):
        import_model(GRU, states=["h:next_h", "h:next_h"])


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    assert main(["compile", str(GRU), "-o", out, "--state", "h:next_h"]) == 0
    np.savez(tmp_path / "x.npz", x=steps(1, 3))
    capsys.readouterr()
    assert main(["run", out, "--input", str(tmp_path / "x.npz"), "--board", "host", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ram"]["state"] == 24
    assert main(["check", str(GRU), "--state", "h:next_h"]) == 0
