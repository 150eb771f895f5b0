"""The shipped networks, end to end: outputs, the same bits on every board, clean C, same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from end_to_end import (
    EMULATED,
    Built,
    assert_close,
    assert_same_bits,
    build,
    files_of,
    missing_program,
    run_levels,
    run_raw,
)

from nnopt.tools.pipeline import TARGETS, Options
from nnopt.tools.run import check_c, run_package

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"
CALIBRATION = SHIPPED / "digits_calibration.npz"
TO_INT8 = Options(quantize="int8", calibrate=str(CALIBRATION))

CASES = {
    "digits_cnn": Options(),
    "digits_dscnn": Options(),
    "digits_resnet": Options(),
    "digits_cnn_int8": Options(),
    "digits_resnet_int8": Options(),
    "digits_cnn_to_int8": TO_INT8,
    "digits_dscnn_to_int8": TO_INT8,
    "digits_resnet_to_int8": TO_INT8,
}
"""Options by name of the case; `_to_int8` is the float network quantized by the compiler."""

INTEGER = [name for name in CASES if name.endswith("int8")]


def model_of(case: str) -> Path:
    """The model file of a case."""
    return SHIPPED / f"{case.removesuffix('_to_int8')}.onnx"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Built]:
    """Compiles a case once."""
    done: dict[str, Built] = {}

    def get(case: str) -> Built:
        if case not in done:
            package = tmp_path_factory.mktemp(case) / "out"
            done[case] = build(model_of(case), package, CASES[case])
        return done[case]

    return get


@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_onnxruntime(built: Callable[[str], Built], case: str) -> None:
    network = built(case)
    outputs = network.outputs_on_host()
    if CASES[case].quantize == "float":
        assert_close(network, outputs, int8=case.endswith("_int8"))
        return
    samples = network.samples()
    for name, array in outputs.items():
        wanted = samples[f"out_{name}"].reshape(len(array), -1)
        got = array.reshape(len(array), -1)
        noise = np.square(got - wanted).sum() / np.square(wanted).sum()
        assert noise < 10**-2.5, f"{-10 * np.log10(noise):.1f} dB"
        assert (got.argmax(axis=1) == samples["label"]).mean() >= 0.99


@pytest.mark.parametrize("case", INTEGER)
def test_integers_are_those_of_the_interpreters(built: Callable[[str], Built], case: str) -> None:
    network = built(case)
    for outputs in run_levels(network, 4).values():
        assert_same_bits(outputs, network.on_host)


@pytest.mark.parametrize("board", EMULATED)
@pytest.mark.parametrize("case", CASES)
def test_a_board_has_the_bits_of_the_host(
    built: Callable[[str], Built], case: str, board: str
) -> None:
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    network = built(case)
    assert_same_bits(run_raw(network, board, 4), network.on_host)


@pytest.mark.parametrize("board", EMULATED)
def test_a_run_takes_the_same_instructions_again(built: Callable[[str], Built], board: str) -> None:
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    network = built("digits_cnn_to_int8")
    first, second = (
        run_package(network.package, network.samples(), board, limit=3) for _ in range(2)
    )
    assert first.per_sample_instructions == second.per_sample_instructions
    assert first.cycles_estimate == second.cycles_estimate
    assert first.instructions is not None and first.instructions > 10_000


@pytest.mark.parametrize("case", CASES)
def test_the_c_is_clean(built: Callable[[str], Built], case: str) -> None:
    network = built(case)
    assert check_c(network.package, network.samples(), limit=4) == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_gives_the_same_bits(
    built: Callable[[str], Built], tmp_path: Path, target: str
) -> None:
    case = "digits_resnet_int8"
    other = build(model_of(case), tmp_path / "out", Options(target=target))
    assert_same_bits(other.on_host, built(case).on_host)


def test_a_microbit_runs_a_network_for_cortex_m0plus(tmp_path: Path) -> None:
    if program := missing_program("microbit"):
        pytest.skip(f"{program} is not installed")
    model = model_of("digits_cnn_int8")
    network = build(model, tmp_path / "out", Options(target="cortex-m0plus"))
    assert_same_bits(run_raw(network, "microbit", 2), network.on_host)


def test_outputs_in_the_models_own_form_are_the_same_numbers(
    built: Callable[[str], Built], tmp_path: Path
) -> None:
    native = built("digits_resnet_int8")
    model = build(native.model, tmp_path / "out", Options(io="model"))
    assert [tensor.dtype for tensor in model.manifest.outputs] == [np.float32]
    for name, array in model.outputs_on_host().items():
        np.testing.assert_array_equal(array, native.outputs_on_host()[name])


def test_a_prefix_keeps_two_networks_apart(tmp_path: Path) -> None:
    """Linking fails where two objects define the same symbol."""
    objects: list[Path] = []
    for prefix in ("first", "second"):
        folder = tmp_path / prefix
        network = build(model_of("digits_cnn_int8"), folder, Options(prefix=prefix))
        for source in network.manifest.sources:
            objects.append(tmp_path / f"{Path(source).stem}.o")
            command = ["gcc", "-c", str(folder / source), "-o", str(objects[-1])]
            subprocess.run(command, check=True)
    joined = tmp_path / "both.o"
    subprocess.run(["ld", "-r", *map(str, objects), "-o", str(joined)], check=True)


@pytest.mark.parametrize("case", ["digits_cnn", "digits_resnet_int8", "digits_dscnn_to_int8"])
def test_surroundings_leave_no_trace_in_the_package(
    built: Callable[[str], Built], tmp_path: Path, case: str
) -> None:
    """Another folder, process, hash seed, locale, time zone, umask and path of the model."""
    wanted = files_of(built(case).package)
    surroundings = [
        ({"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"}, 0o022),
        ({"PYTHONHASHSEED": "77", "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}, 0o077),
    ]
    for index, (variables, umask) in enumerate(surroundings):
        folder = tmp_path / f"{index}"
        folder.mkdir()
        model = folder / "renamed.onnx"
        model.write_bytes(model_of(case).read_bytes())
        arguments = ["compile", model.name, "-o", "deep/er/out"]
        if CASES[case].quantize != "float":
            arguments += ["--quantize", "int8", "--calibrate", str(CALIBRATION)]
        subprocess.run(
            [sys.executable, "-m", "nnopt.tools.nnopt", *arguments],
            cwd=folder,
            env={**os.environ, **variables},
            umask=umask,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        assert files_of(folder / "deep" / "er" / "out") == wanted
