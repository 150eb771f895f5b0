"""Every scheme of quantization, from a float network to C: near it, the same bits everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from end_to_end import Built, assert_same_bits, build, missing_program, run_levels, run_raw

from nnopt.passes.quantize.schemes import SCHEMES
from nnopt.tools.pipeline import Options
from nnopt.tools.run import check_c

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
CALIBRATION = SHIPPED / "digits_calibration.npz"
NEW = sorted(SCHEMES.keys() - {"int8"})
"""int8 has tests of its own."""

BOARDS = {"q7": "microbit", "q15": "microbit", "int16": "mps2-an386", "int16x8": "mps2-an386"}
"""With wide multipliers, and without for the schemes that need none."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Built]:
    """Compiles the network with a scheme once."""
    done: dict[str, Built] = {}

    def get(scheme: str) -> Built:
        if scheme not in done:
            options = Options(quantize=scheme, calibrate=str(CALIBRATION), target="cortex-m0plus")
            package = tmp_path_factory.mktemp(scheme) / "out"
            done[scheme] = build(SHIPPED / "digits_dscnn.onnx", package, options)
        return done[scheme]

    return get


@pytest.mark.parametrize("scheme", NEW)
def test_outputs_are_near_those_of_the_float_network(
    built: Callable[[str], Built], scheme: str
) -> None:
    network = built(scheme)
    samples = network.samples()
    (output,) = network.outputs_on_host().values()
    got, wanted = (a.reshape(len(a), -1) for a in (output, samples["out_output"]))
    decibels = -10 * np.log10(np.square(got - wanted).sum() / np.square(wanted).sum())
    assert decibels > {"q7": 22, "int16x8": 28, "q15": 50, "int16": 70}[scheme]


@pytest.mark.parametrize("scheme", NEW)
def test_interpreters_and_c_have_the_same_bits(built: Callable[[str], Built], scheme: str) -> None:
    network = built(scheme)
    for outputs in run_levels(network, 1).values():
        assert_same_bits(outputs, network.on_host)


@pytest.mark.parametrize(("scheme", "board"), BOARDS.items())
def test_boards_have_the_same_bits(built: Callable[[str], Built], scheme: str, board: str) -> None:
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    network = built(scheme)
    assert_same_bits(run_raw(network, board, 2), network.on_host)


@pytest.mark.parametrize("scheme", NEW)
def test_c_is_clean(built: Callable[[str], Built], scheme: str) -> None:
    check_c(built(scheme).package)


def test_fixed_point_rescales_by_shifts_alone(built: Callable[[str], Built]) -> None:
    for scheme in ("q7", "q15"):
        text = (built(scheme).package / "net.c").read_text()
        assert "nnopt_rounding_shift_half_up(" in text
        assert "nnopt_apply_scale" not in text
        assert "int64_t" not in text
