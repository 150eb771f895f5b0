"""A package gives the same bits on every board, and what it costs is measured there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_packages import (
    B0,
    B1,
    OUTPUT_SCALE,
    W0,
    W1,
    float_inputs,
    float_package,
    float_reference,
    int8_images,
    int8_package,
    int8_reference,
)

from nnopt.tools.run import BOARDS, run_package

EMULATED = [name for name, board in BOARDS.items() if not board.is_host]
WEIGHT_BYTES = W0.size + 4 * B0.size + W1.size + 4 * B1.size


@pytest.mark.parametrize("board", BOARDS)
def test_int8_network_gives_the_reference_bits(tmp_path: Path, board: str):
    images = int8_images(3)
    result = run_package(int8_package(tmp_path), {"in_net_image_0": images}, board, raw=True)
    np.testing.assert_array_equal(result.outputs["scores"], int8_reference(images), strict=True)
    assert len(np.unique(result.outputs["scores"])) > 5  # not all saturated or zero


@pytest.mark.parametrize("board", BOARDS)
def test_float_network_with_two_inputs(tmp_path: Path, board: str):
    inputs = float_inputs(3)
    result = run_package(float_package(tmp_path), inputs, board)
    assert result.outputs["scores"].dtype == np.float32
    np.testing.assert_allclose(result.outputs["scores"], float_reference(inputs), atol=1e-6)


@pytest.mark.parametrize("board", EMULATED)
def test_costs_of_the_int8_network(tmp_path: Path, board: str):
    images = {"net/image:0": int8_images(2)}
    result = run_package(int8_package(tmp_path), images, board, profile=True)
    ram, flash = result.ram, result.flash
    assert (ram.pool, ram.scratch, ram.io) == (64, 0, 48 + 5)
    assert ram.stack is not None and 0 < ram.stack < 200
    assert ram.total == 64 + ram.stack
    assert WEIGHT_BYTES <= flash.weights <= WEIGHT_BYTES + 12  # alignment
    assert 100 < flash.code < 600
    assert len(result.per_sample_instructions) == 2
    assert result.instructions is not None
    # At least one multiplication per weight use; and the layers are all there is but the call.
    assert 512 < result.instructions < 8000
    first = result.per_sample_instructions[0]
    inside = sum(layer.instructions for layer in result.layers)
    assert [layer.name for layer in result.layers] == ["/conv", "/fc"]
    assert 0 <= abs(first - inside) < 60
    if BOARDS[board].estimates_cycles:
        assert result.cycles_estimate is not None
        assert result.instructions < result.cycles_estimate < 3 * result.instructions


@pytest.mark.parametrize("board", EMULATED)
def test_stack_is_measured_to_the_byte(tmp_path: Path, board: str):
    package, images = int8_package(tmp_path), {"net/image:0": int8_images(1)}
    stacks = [
        run_package(package, images, board, cflags=[f"-DSTACK_BYTES={size}"]).ram.stack
        for size in (256, 1024)
    ]
    assert stacks[0] is not None and stacks[1] is not None
    assert stacks[1] - stacks[0] == 768


def test_library_functions_count_as_code_of_the_network(tmp_path: Path):
    inputs = float_inputs(1)
    soft = run_package(float_package(tmp_path), inputs, "riscv32")
    hard = run_package(float_package(tmp_path), inputs, "mps2-an386")
    assert hard.flash.weights == soft.flash.weights == 4 * (30 + 5)
    assert soft.flash.code > hard.flash.code + 2000  # soft-float arithmetic, expf with its tables


def test_samples_stream_whatever_their_number(tmp_path: Path):
    package, images = int8_package(tmp_path), int8_images(500)
    result = run_package(package, {"net/image:0": images}, "mps2-an386")
    expected = int8_reference(images).astype(np.float32) * np.float32(OUTPUT_SCALE)
    np.testing.assert_array_equal(result.outputs["scores"], expected, strict=True)
    limited = run_package(package, {"net/image:0": images}, "mps2-an386", limit=2)
    np.testing.assert_array_equal(limited.outputs["scores"], expected[:2])


def test_instructions_do_not_depend_on_profiling(tmp_path: Path):
    package, images = int8_package(tmp_path), {"net/image:0": int8_images(2)}
    plain = run_package(package, images, "mps2-an386")
    profiled = run_package(package, images, "mps2-an386", profile=True)
    assert plain.per_sample_instructions == profiled.per_sample_instructions
    assert (plain.layers, len(profiled.layers)) == ((), 2)


def test_json_has_the_agreed_keys(tmp_path: Path):
    images = {"net/image:0": int8_images(1)}
    result = run_package(int8_package(tmp_path), images, "mps2-an386", profile=True)
    content: dict[str, Any] = json.loads(json.dumps(result.to_json("y.npz")))
    assert set(content) == {
        *("outputs", "instructions", "cycles_estimate", "ram", "flash", "board", "target"),
        "layers",
    }
    assert {"pool", "scratch", "stack", "total"} <= set(content["ram"])
    assert set(content["flash"]) == {"code", "weights", "total"}
    assert {"name", "op", "instructions", "macs"} <= set(content["layers"][0])


def test_the_documentation_lists_the_boards():
    text = (Path(__file__).resolve().parents[2] / "docs" / "running.md").read_text()
    rows = [line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")]
    assert rows == list(BOARDS)
