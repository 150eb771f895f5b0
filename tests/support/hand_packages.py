"""Small packages written by hand, in the form in which the compiler writes packages.

`int8_package` computes `int8_reference`, `float_package` computes `float_reference`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCES = Path(__file__).resolve().parent / "hand_package"
Array = NDArray[Any]

INPUT_SCALE, INPUT_ZERO_POINT = 0.02, 3
OUTPUT_SCALE, OUTPUT_ZERO_POINT = 0.5, 0

_random = np.random.default_rng(20240607)
W0 = _random.integers(-127, 128, (4, 3))
B0 = _random.integers(-2000, 2000, 4)
W1 = _random.integers(-127, 128, (5, 64))
B1 = _random.integers(-3000, 3000, 5)
WF = np.round(_random.normal(size=(5, 6)), 3).astype(np.float32)
BF = np.round(_random.normal(size=5), 3).astype(np.float32)


def _constant(kind: str, name: str, values: Array) -> str:
    suffix = "F" if kind == "float" else ""
    numbers = ", ".join(f"{value}{suffix}" for value in values.reshape(-1).tolist())
    return f"const {kind} {name}[{values.size}] = {{{numbers}}};\n"


def _tensor(name: str, dtype: str, shape: list[int], **changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": name,
        "c_name": name.rpartition("/")[2].partition(":")[0],
        "dtype": dtype,
        "shape": shape,
        "onnx_shape": shape,
        "perm": None,
        "encoding": None,
        "onnx_dtype": "float32",
    }
    return entry | changes


def _finish(folder: Path, prefix: str, weights: str, **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in (".h", ".c"):
        shutil.copy(SOURCES / f"{prefix}{suffix}", folder)
    text = f'#include "{prefix}.h"\n' + weights
    (folder / f"{prefix}_weights.c").write_text(text, encoding="utf-8")
    manifest: dict[str, object] = {
        "nnopt": "0",
        "prefix": prefix,
        "target": "cortex-m4",
        "entry": f"{prefix}_run",
        "header": f"{prefix}.h",
        "sources": [f"{prefix}.c", f"{prefix}_weights.c"],
        "cflags": ["-O2", "-ffp-contract=off"],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest | changes), encoding="utf-8")
    return folder


def int8_package(folder: Path) -> Path:
    """Real image (1, 3, 4, 4) in, stored as int8 NHWC; real scores (1, 5) out, stored as int8."""
    weights = (
        _constant("int8_t", "dense_int8_w0", W0)
        + _constant("int32_t", "dense_int8_b0", B0)
        + _constant("int8_t", "dense_int8_w1", W1)
        + _constant("int32_t", "dense_int8_b1", B1)
    )
    encoding_in = {"scale": INPUT_SCALE, "zero_point": INPUT_ZERO_POINT}
    encoding_out = {"scale": OUTPUT_SCALE, "zero_point": OUTPUT_ZERO_POINT}
    image = _tensor(
        "net/image:0",
        "int8",
        [1, 4, 4, 3],
        onnx_shape=[1, 3, 4, 4],
        perm=[0, 2, 3, 1],
        encoding=encoding_in,
    )
    return _finish(
        folder,
        "dense_int8",
        weights,
        arena_bytes=64,
        arena_align=8,
        inputs=[image],
        outputs=[_tensor("scores", "int8", [1, 5], encoding=encoding_out)],
        layers=[
            {"index": 0, "name": "/conv", "op": "conv2d", "macs": 192},
            {"index": 1, "name": "/fc", "op": "fully_connected", "macs": 320},
        ],
    )


def int8_images(count: int) -> Array:
    """Images for the int8 package, (count, 1, 3, 4, 4), some values beyond its range."""
    return np.random.default_rng(7).normal(0, 1.2, (count, 1, 3, 4, 4)).astype(np.float32)


def int8_reference(images: Array) -> Array:
    """Stored scores (N, 1, 5) of the int8 package, by numpy integers."""
    stored = np.rint(images / np.float32(INPUT_SCALE)) + INPUT_ZERO_POINT
    stored = np.clip(stored, -128, 127).astype(np.int64).transpose(0, 1, 3, 4, 2)
    pixels = stored.reshape(len(images), 16, 3) - 3
    sums = pixels @ W0.T + B0
    hidden = np.clip(np.trunc(sums / 256), 0, 127).astype(np.int64).reshape(len(images), 64)
    scores = np.clip(np.trunc((hidden @ W1.T + B1) / 512), -128, 127)
    return scores.astype(np.int8).reshape(-1, 1, 5)


def float_package(folder: Path) -> Path:
    """Two real inputs (4,) and (1, 2); softmax scores (5,) by the library's expf."""
    weights = _constant("float", "dense_float_w", WF) + _constant("float", "dense_float_b", BF)
    return _finish(
        folder,
        "dense_float",
        weights,
        arena_bytes=32,
        arena_align=16,
        inputs=[_tensor("left", "float32", [4]), _tensor("right", "float32", [1, 2])],
        outputs=[_tensor("scores", "float32", [5])],
        layers=[
            {"index": 0, "name": "/fc", "op": "fully_connected", "macs": 30},
            {"index": 1, "name": "/softmax", "op": "softmax", "macs": 0},
        ],
    )


def float_inputs(count: int) -> dict[str, Array]:
    """Inputs of the float package for `count` samples."""
    random = np.random.default_rng(8)
    return {
        "left": random.normal(size=(count, 4)).astype(np.float32),
        "right": random.normal(size=(count, 1, 2)).astype(np.float32),
    }


def float_reference(inputs: dict[str, Array]) -> Array:
    """Scores (N, 5) of the float package in float64."""
    joined = np.concatenate([inputs["left"], inputs["right"][:, 0]], axis=1).astype(np.float64)
    sums = np.exp(joined @ WF.astype(np.float64).T + BF)
    return sums / sums.sum(axis=1, keepdims=True)


def probe_package(folder: Path) -> Path:
    """Counts: `probe.c`, to be built with -DPROBE=0 … 4; rounds (1,) int32 in, (1,) int32 out."""
    return _finish(
        folder,
        "probe",
        "",
        arena_bytes=4096,
        arena_align=8,
        inputs=[_tensor("rounds", "int32", [1], onnx_dtype="int32")],
        outputs=[_tensor("result", "int32", [1], onnx_dtype="int32")],
        layers=[],
    )
