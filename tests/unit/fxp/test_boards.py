"""The runtime headers on the emulated boards: the bits of numpy, with and without an FPU."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nnopt.dialects.fixed_point import I32_MAX, I32_MIN, apply_scale, dequantize, quantize
from nnopt.dialects.float_math import C_FUNCTIONS, softmax
from nnopt.tools.run import BOARDS, run_package

SOURCES = Path(__file__).parent / "same_bits"
COUNT = 32
UNARY = ["exp", "log", "tanh", "sigmoid", "erf", "gelu", "gelu_tanh", "hard_swish"]
ROUNDED = ["sqrt", "reciprocal", "floor", "ceil"]
BINARY = ["pow", "max_f32", "min_f32"]

Array = NDArray[Any]


def tensor(name: str, dtype: str, shape: list[int]) -> dict[str, object]:
    return {
        "name": name,
        "c_name": name,
        "dtype": dtype,
        "shape": shape,
        "onnx_shape": shape,
        "perm": None,
        "encoding": None,
        "onnx_dtype": dtype,
    }


def package(folder: Path, include: Path) -> Path:
    headers = (include / f"nnopt_{name}.h" for name in ("fxp", "math", "math64"))
    for source in [*SOURCES.iterdir(), *headers]:
        shutil.copy(source, folder)
    outputs = [tensor("reals", "float32", [17, COUNT]), tensor("integers", "int32", [8, COUNT])]
    manifest = {
        "nnopt": "0",
        "prefix": "same_bits",
        "target": "generic",
        "entry": "same_bits_run",
        "header": "same_bits.h",
        "sources": ["same_bits.c"],
        "cflags": ["-O2", "-ffp-contract=off"],
        "arena_bytes": 8,
        "arena_align": 8,
        "inputs": [tensor(n, "float32", [COUNT]) for n in ("x", "y")]
        + [tensor(n, "int32", [COUNT]) for n in ("acc", "multiplier", "shift")],
        "outputs": outputs,
        "layers": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def arguments(samples: int) -> dict[str, Array]:
    rng = np.random.default_rng(11)
    shape = samples, COUNT
    bits = rng.integers(0, 2**32, shape, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = np.where(rng.random(shape) < 0.5, rng.normal(0, 4, shape), bits).astype(np.float32)
    x[0, :10] = [0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, -103.5, 88.72, 3e38]
    acc = rng.integers(I32_MIN, 2**31, shape) >> rng.integers(0, 32, shape)
    return {
        "x": x,
        "y": rng.normal(0, 4, shape).astype(np.float32),
        "acc": acc.astype(np.int32),
        "multiplier": (rng.integers(0, 2**31, shape) & -(1 << 20)).astype(np.int32),
        "shift": rng.integers(0, 63, shape).astype(np.int32),
    }


def expected_reals(a: dict[str, Array]) -> Array:
    rows = [C_FUNCTIONS[f"nnopt_{n}"](a["x"]) for n in [*UNARY, *ROUNDED]]
    rows += [C_FUNCTIONS[f"nnopt_{n}"](a["x"], a["y"]) for n in BINARY]
    rows += [dequantize(a["shift"], 0.1, -100), softmax(a["y"])]
    return np.stack(rows, 1)


def expected_integers(a: dict[str, Array]) -> Array:
    acc, multiplier, shift = a["acc"], a["multiplier"], a["shift"]
    wide = acc.astype(np.int64) * 1000003
    rows = [
        apply_scale(acc, multiplier, shift, "half_even"),
        apply_scale(acc, multiplier, shift, "half_up"),
        apply_scale(acc, multiplier, shift, "half_away"),
        apply_scale(acc, multiplier, shift, "double"),
        apply_scale(wide, multiplier, shift, "half_even"),
        C_FUNCTIONS["nnopt_truncate_f32"](a["x"]),
        quantize(a["x"], 0.1, -3, -128, 127),
        quantize(a["x"], 0.1, 7, 0, 65535),
    ]
    return np.stack([np.clip(r, I32_MIN, I32_MAX).astype(np.int32) for r in rows], 1)


@pytest.mark.parametrize("board", BOARDS)
def test_same_bits(board: str, include: Path, tmp_path: Path):
    command = BOARDS[board].compiler
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed")
    inputs = arguments(60)
    result = run_package(package(tmp_path, include), inputs, board, raw=True)
    reals, integers = result.outputs["reals"], result.outputs["integers"]
    expected = expected_reals(inputs)
    for row, name in enumerate([*UNARY, *ROUNDED, *BINARY, "int_to_real", "softmax"]):
        got = reals[:, row].view(np.uint32)
        np.testing.assert_array_equal(got, expected[:, row].view(np.uint32), err_msg=name)
    np.testing.assert_array_equal(integers, expected_integers(inputs))
