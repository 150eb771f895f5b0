"""Loop order, register block, instruction set and placement are separate decisions.

One network, `docs/separations.mlir`, is taken through every combination of them by pass options
alone. Scheduled, placed, as loops, and as C on the host and on a Cortex-M4, all give the same bits.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layout import ROOT
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp, StringAttr

from nnopt.dialects import dsp, vpool
from nnopt.dialects.interpreters import run_function
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.tools.pipeline import run_passes
from nnopt.tools.run import RunResult, run_package
from nnopt.tools.sweep import Variant, main, random_inputs, read_module, variants, write_variant

FILE = ROOT / "docs" / "separations.mlir"
ORDERS = "loop-order=[oh,ow,oc|oc,oh,ow]"
BLOCKS = "block=[1,1|2,2]"
ISAS = "isa=[portable|armv7e-m]"
PLACES = "strategy=[disjoint|first-fit|exact] turn=false"
PIPELINE = f"form-kernels,schedule{{{ORDERS} {BLOCKS} {ISAS}}},place{{{PLACES}}},lower-kernels"
VARIANTS = variants(PIPELINE)
SAMPLES = 2

Array = NDArray[Any]

combinations = pytest.mark.parametrize(
    "variant", VARIANTS, ids=lambda variant: "-".join(variant.chosen.values())
)


@pytest.fixture(scope="module")
def network() -> ModuleOp:
    """The network at the integer level."""
    return read_module(FILE)


@pytest.fixture(scope="module")
def inputs(network: ModuleOp) -> Array:
    """Samples of the input."""
    return random_inputs(network, SAMPLES)["x"]


@pytest.fixture(scope="module")
def expected(network: ModuleOp, inputs: Array) -> Array:
    """What the ops of the integer graph mean."""
    return np.stack([run_function(network, {"x": x})["y"] for x in inputs])


def test_outputs_tell_something(expected: Array):
    assert len(np.unique(expected)) > 20
    assert all((expected[0] != other).any() for other in expected[1:])


def test_all_combinations_are_there():
    assert len(VARIANTS) == 2 * 2 * 2 * 3
    assert len({variant.pipeline for variant in VARIANTS}) == len(VARIANTS)


@pytest.mark.slow
@combinations
def test_every_level_gives_the_same_bits(
    variant: Variant, network: ModuleOp, inputs: Array, expected: Array
):
    module = network.clone()
    form, schedule, place, lower = split_passes(variant.pipeline)
    run_passes(module, [form, schedule])
    for x, y in zip(inputs, expected, strict=True):
        np.testing.assert_array_equal(run_function(module, {"x": x})["y"], y)
    for specification in (place, lower):  # one sample: loops are interpreted op by op
        run_passes(module, [specification])
        np.testing.assert_array_equal(run_placed(module, {"x": inputs[0]})["y"], expected[0])


def split_passes(pipeline: str) -> list[str]:
    """The passes of a pipeline: split at the commas outside of braces."""
    found, depth = [""], 0
    for character in pipeline:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


@pytest.mark.slow
@combinations
def test_c_on_the_host_gives_the_same_bits(
    variant: Variant, network: ModuleOp, inputs: Array, expected: Array, tmp_path: Path
):
    write_variant(network, variant.pipeline, tmp_path / "out")
    result = run_package(tmp_path / "out", {"x": inputs}, "host", sanitize=True)
    np.testing.assert_array_equal(result.outputs["y"], expected)


@pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
@pytest.mark.parametrize(
    "variant",
    (VARIANTS[0], VARIANTS[7], VARIANTS[10], VARIANTS[17], VARIANTS[-1]),
    ids=lambda variant: "-".join(variant.chosen.values()),
)
def test_c_on_a_cortex_m4_gives_the_same_bits(
    variant: Variant, network: ModuleOp, inputs: Array, expected: Array, tmp_path: Path
):
    write_variant(network, variant.pipeline, tmp_path / "out")
    result = run_package(tmp_path / "out", {"x": inputs}, "mps2-an386")
    np.testing.assert_array_equal(result.outputs["y"], expected)


def lowered(network: ModuleOp, **chosen: str) -> ModuleOp:
    """The loops of the one variant with these choices, defaults elsewhere."""
    module = network.clone()
    wanted = {"loop-order": "oh,ow,oc", "block": "1,1", "isa": "portable", "strategy": "exact"}
    wanted |= {name.replace("_", "-"): value for name, value in chosen.items()}
    (variant,) = (v for v in VARIANTS if v.chosen == wanted)
    run_passes(module, [variant.pipeline])
    return module


def kernels(module: ModuleOp) -> dict[str, str]:
    """The text of each kernel function by name; `main` is not one."""
    found: dict[str, str] = {}
    for op in module.body.block.ops:
        name = op.properties.get("sym_name")
        if op.name == "func.func" and isinstance(name, StringAttr) and name.data != "main":
            found[name.data] = str(op)
    return found


def test_each_choice_changes_what_it_is_about_and_nothing_else(network: ModuleOp):
    plain = lowered(network)
    for choice in ({"loop_order": "oc,oh,ow"}, {"block": "2,2"}, {"isa": "armv7e-m"}):
        other = kernels(lowered(network, **choice))
        assert other["conv2d"] != kernels(plain)["conv2d"], choice
    moved = lowered(network, strategy="disjoint")
    assert kernels(moved) == kernels(plain), "placement does not change kernels"
    assert offsets(moved) != offsets(plain)
    assert offsets(lowered(network, block="2,2", isa="armv7e-m")) == offsets(plain)


def offsets(module: ModuleOp) -> list[int]:
    """Where the tensors lie in the arena, in order of production."""
    return [op.offset.value.data for op in module.walk() if isinstance(op, vpool.ViewOp)]


def test_the_instruction_set_is_used_where_it_is_chosen(network: ModuleOp):
    def dual_macs(isa: str) -> int:
        return sum(isinstance(op, dsp.SmladOp) for op in lowered(network, isa=isa).walk())

    assert dual_macs("portable") == 0
    assert dual_macs("armv7e-m") > 0


def test_sweep_reports_a_wrong_variant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    pipeline = "form-kernels,schedule{block=[1,1|2,2]},place,lower-kernels"
    command = [str(FILE), "--board", "host", "-p", pipeline]
    assert main(command) == 0
    assert "2 variants on host: the same bits from all" in capsys.readouterr().out
    numbers = iter(range(2))

    def other_bits(result: RunResult) -> bytes:
        return bytes([next(numbers)])

    monkeypatch.setattr("nnopt.tools.sweep.bits", other_bits)
    assert main(command) == 1
    assert "2 different outputs" in capsys.readouterr().out
    assert main([*command[:-1], "no-such-pass"]) == 1
